//! How to create a folder.

use std::io;
#[cfg(unix)]
use std::os::unix::fs::DirBuilderExt as _;
use std::panic::Location;
use std::path::{Path, PathBuf};

use super::hop::{is_armed, measured};

/// [`tokio::fs::DirBuilder`] with a measured [`create`](Self::create).
// tokio's own fields, so it prints the same; which builder they are for is known when `create` is first polled.
#[derive(Debug, Default)]
pub struct DirBuilder {
    recursive: bool,
    #[cfg(unix)]
    mode: Option<u32>,
}

/// The builder that `$builder` is to be, of whichever of the two.
macro_rules! built {
    ($self:expr, $builder:ty) => {{
        let mut builder = <$builder>::new();
        builder.recursive($self.recursive);
        #[cfg(unix)]
        if let Some(mode) = $self.mode {
            builder.mode(mode);
        }
        builder
    }};
}

impl DirBuilder {
    /// Creates a builder, as [`tokio::fs::DirBuilder::new`] does.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether missing parent folders are created too, as [`tokio::fs::DirBuilder::recursive`] does.
    pub fn recursive(&mut self, recursive: bool) -> &mut Self {
        self.recursive = recursive;
        self
    }

    /// Sets the mode of new folders, as [`tokio::fs::DirBuilder::mode`] does.
    #[cfg(unix)]
    pub fn mode(&mut self, mode: u32) -> &mut Self {
        self.mode = Some(mode);
        self
    }

    /// Does the same as [`tokio::fs::DirBuilder::create`], and measures the hop while recording is on.
    ///
    /// # Errors
    /// The same as tokio's.
    #[track_caller]
    pub fn create(&self, path: impl AsRef<Path>) -> impl Future<Output = io::Result<()>> {
        // Not generic, so that the job's name says what it does and not of which type the path was.
        fn create(builder: std::fs::DirBuilder, path: PathBuf) -> impl FnOnce() -> io::Result<()> + Send {
            move || builder.create(path)
        }
        let location = Location::caller();
        async move {
            if !is_armed() {
                return built!(self, tokio::fs::DirBuilder).create(path).await;
            }
            measured(location, create(built!(self, std::fs::DirBuilder), path.as_ref().to_owned())).await
        }
    }
}
