//! The name to open files by.

use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};

use super::OpenOptions;
use super::hop::{is_armed, measured};

/// Opens files as [`tokio::fs::File`], and measures the hop while recording is on.
///
/// There is no value of this type. It is only the name before `::open`, because nobody can add a function to tokio's type. In
/// type positions write [`tokio::fs::File`]. Its reads and writes stay tokio's own; the [module](super) explains why.
#[derive(Debug)]
pub enum File {}

/// The job stands in a function of its own so that its name says what it does.
macro_rules! opens {
    ($($name:ident)+) => { $(
        #[doc = concat!("Does the same as [`tokio::fs::File::", stringify!($name), "`], and measures the hop while recording is on.")]
        ///
        /// # Errors
        /// The same as tokio's.
        #[track_caller]
        pub fn $name<P: AsRef<Path>>(path: P) -> impl Future<Output = io::Result<tokio::fs::File>> {
            fn $name(path: PathBuf) -> impl FnOnce() -> io::Result<std::fs::File> + Send {
                move || std::fs::File::$name(path)
            }
            let location = Location::caller();
            async move {
                if !is_armed() {
                    return tokio::fs::File::$name(path).await;
                }
                measured(location, $name(path.as_ref().to_owned())).await.map(tokio::fs::File::from_std)
            }
        }
    )+ };
}

impl File {
    opens! { open create create_new }

    /// Returns options to open a file by, as [`tokio::fs::File::options`] does. Their `open` is measured.
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Converts a file, as [`tokio::fs::File::from_std`] does. This makes no hop.
    #[must_use]
    pub fn from_std(std: std::fs::File) -> tokio::fs::File {
        tokio::fs::File::from_std(std)
    }
}
