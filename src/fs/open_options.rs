//! How to open a file.

use std::fmt;
use std::io;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
#[cfg(windows)]
use std::os::windows::fs::OpenOptionsExt as _;
use std::panic::Location;
use std::path::{Path, PathBuf};

use super::hop::{is_armed, measured};

/// [`tokio::fs::OpenOptions`] with a measured [`open`](Self::open).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use tollbridge::fs::OpenOptions;
///
/// let file: tokio::fs::File = OpenOptions::new().read(true).open("Cargo.toml").await?;
/// # drop(file);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct OpenOptions {
    /// Opens while nothing is armed.
    tokio: tokio::fs::OpenOptions,
    /// Opens in a measured hop: tokio's do not give theirs away.
    std: std::fs::OpenOptions,
}

/// Sets an option in both.
macro_rules! options {
    ($($name:ident: $value:ty),+) => { $(
        #[doc = concat!("Sets the same option as [`tokio::fs::OpenOptions::", stringify!($name), "`].")]
        pub fn $name(&mut self, $name: $value) -> &mut Self {
            self.tokio.$name($name);
            self.std.$name($name);
            self
        }
    )+ };
}

impl OpenOptions {
    /// Creates options with nothing set, as [`tokio::fs::OpenOptions::new`] does.
    #[must_use]
    pub fn new() -> Self {
        Self { tokio: tokio::fs::OpenOptions::new(), std: std::fs::OpenOptions::new() }
    }

    options! { read: bool, write: bool, append: bool, truncate: bool, create: bool, create_new: bool }

    /// Does the same as [`tokio::fs::OpenOptions::open`], and measures the hop while recording is on.
    ///
    /// # Errors
    /// The same as tokio's.
    #[track_caller]
    pub fn open(&self, path: impl AsRef<Path>) -> impl Future<Output = io::Result<tokio::fs::File>> {
        // Not generic, so that the job's name says what it does and not of which type the path was.
        fn open(options: std::fs::OpenOptions, path: PathBuf) -> impl FnOnce() -> io::Result<std::fs::File> + Send {
            move || options.open(path)
        }
        let location = Location::caller();
        async move {
            if !is_armed() {
                return self.tokio.open(path).await;
            }
            let job = open(self.std.clone(), path.as_ref().to_owned());
            measured(location, job).await.map(tokio::fs::File::from_std)
        }
    }
}

#[cfg(unix)]
impl OpenOptions {
    options! { mode: u32, custom_flags: i32 }
}

#[cfg(windows)]
impl OpenOptions {
    options! { access_mode: u32, share_mode: u32, custom_flags: u32, attributes: u32, security_qos_flags: u32 }
}

impl From<std::fs::OpenOptions> for OpenOptions {
    fn from(options: std::fs::OpenOptions) -> Self {
        Self { tokio: options.clone().into(), std: options }
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokio.fmt(f)
    }
}
