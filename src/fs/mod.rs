//! `tokio::fs` with measured functions. Import this module instead; everything else stays tokio's.
//!
//! tokio's file system functions send a closure to the blocking pool themselves. The functions here do the same through tollbridge, so a
//! report names the line that called them:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! use tollbridge::fs; // was: use tokio::fs;
//!
//! let manifest = fs::read_to_string("Cargo.toml").await?; // one hop, whose site is this line
//! assert!(manifest.contains("[package]"));
//! # Ok(()) }
//! ```
//!
//! As tokio's, they do nothing before they are first polled. If recording is off at that moment, they are tokio's own functions, io_uring included.
//! If it is on, they use the blocking pool, also where tokio would
//! use io_uring. Their errors are tokio's: [`io::Error::other`](std::io::Error::other) with `background task failed` if
//! the runtime shuts down meanwhile.
//!
//! # Files
//!
//! [`File`] is a name to open files by. It opens a [`tokio::fs::File`]; write that name where a type is needed:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! use tollbridge::fs::File;
//!
//! async fn length(file: &tokio::fs::File) -> std::io::Result<u64> {
//!     Ok(file.metadata().await?.len()) // tokio's own hop, which is not recorded
//! }
//! let file = File::open("Cargo.toml").await?; // a measured hop
//! assert!(length(&file).await? > 0);
//! # Ok(()) }
//! ```
//!
//! Opening is measured. Operations on an open file (reads, writes, seeks, `flush`, `metadata`, `sync_all`, `set_len`, ...) are
//! not: they use ways into the pool, and state of the file, that are private to tokio.
//!
//! # Folders
//!
//! [`read_dir`] returns a [`ReadDir`] of this module, because tokio's cannot be made outside tokio. If you need tokio's own type
//! (`tokio_stream::wrappers::ReadDirStream`), call [`tokio::fs::read_dir`].

mod dir_builder;
mod file;
mod functions;
mod hop;
mod open_options;
mod read_dir;

#[allow(
    unused_imports,
    unreachable_pub,
    clippy::allow_attributes,
    reason = "of the oldest tokio all names are replaced, of newer ones not"
)]
pub use tokio::fs::*;

pub use self::dir_builder::DirBuilder;
pub use self::file::File;
#[cfg(unix)]
pub use self::functions::symlink;
pub use self::functions::{
    canonicalize, copy, create_dir, create_dir_all, hard_link, metadata, read, read_link, read_to_string, remove_dir,
    remove_dir_all, remove_file, rename, set_permissions, symlink_metadata, try_exists, write,
};
#[cfg(windows)]
pub use self::functions::{symlink_dir, symlink_file};
pub use self::open_options::OpenOptions;
pub use self::read_dir::{DirEntry, ReadDir, read_dir};
