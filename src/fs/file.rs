//! The name to open files by.

use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};

use super::OpenOptions;
use super::hop::{is_armed, measured};

/// Opens files, measured while a capture is armed. What it opens is a [`tokio::fs::File`].
///
/// There is no value of this type: nobody can add a function to tokio's, so this is only the name before `::open`. In
/// type positions write [`tokio::fs::File`], whose reads and writes stay tokio's own (why is said in the
/// [module](super)).
#[derive(Debug)]
pub enum File {}

/// The job stands in a function of its own so that its name says what it does.
macro_rules! opens {
    ($($name:ident)+) => { $(
        #[doc = concat!("As [`tokio::fs::File::", stringify!($name), "`], measured while a capture is armed.")]
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

    /// As [`tokio::fs::File::options`]: what it opens is measured.
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// As [`tokio::fs::File::from_std`]. No hop.
    #[must_use]
    pub fn from_std(std: std::fs::File) -> tokio::fs::File {
        tokio::fs::File::from_std(std)
    }
}
