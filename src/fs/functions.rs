//! The free functions: for each the same two roads, tokio's own and one measured hop to std's.

use std::fs::{Metadata, Permissions};
use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};

use super::hop::{is_armed, measured};

/// Functions of paths. Inside each stands one of the same name that is not generic and makes the job: a job's name is
/// shown, and has to say what it does, not of which type the path was.
macro_rules! of_paths {
    ($($(#[$attribute:meta])* $name:ident($($path:ident),+) -> $output:ty = $std:path;)+) => { $(
        #[doc = concat!("Does the same as [`tokio::fs::", stringify!($name), "`], and measures the hop while recording is on.")]
        ///
        /// # Errors
        /// The same as tokio's.
        $(#[$attribute])*
        #[track_caller]
        pub fn $name($($path: impl AsRef<Path>),+) -> impl Future<Output = io::Result<$output>> {
            fn $name($($path: PathBuf),+) -> impl FnOnce() -> io::Result<$output> + Send {
                move || $std($($path),+)
            }
            let location = Location::caller();
            async move {
                if !is_armed() {
                    return tokio::fs::$name($($path),+).await;
                }
                measured(location, $name($($path.as_ref().to_owned()),+)).await
            }
        }
    )+ };
}

of_paths! {
    canonicalize(path) -> PathBuf = std::fs::canonicalize;
    copy(from, to) -> u64 = std::fs::copy;
    create_dir(path) -> () = std::fs::create_dir;
    create_dir_all(path) -> () = std::fs::create_dir_all;
    hard_link(original, link) -> () = std::fs::hard_link;
    metadata(path) -> Metadata = std::fs::metadata;
    read(path) -> Vec<u8> = std::fs::read;
    read_link(path) -> PathBuf = std::fs::read_link;
    read_to_string(path) -> String = std::fs::read_to_string;
    remove_dir(path) -> () = std::fs::remove_dir;
    remove_dir_all(path) -> () = std::fs::remove_dir_all;
    remove_file(path) -> () = std::fs::remove_file;
    rename(from, to) -> () = std::fs::rename;
    symlink_metadata(path) -> Metadata = std::fs::symlink_metadata;
    try_exists(path) -> bool = std::fs::exists;
    #[cfg(unix)]
    symlink(original, link) -> () = std::os::unix::fs::symlink;
    #[cfg(windows)]
    symlink_dir(original, link) -> () = std::os::windows::fs::symlink_dir;
    #[cfg(windows)]
    symlink_file(original, link) -> () = std::os::windows::fs::symlink_file;
}

/// Does the same as [`tokio::fs::set_permissions`], and measures the hop while recording is on.
///
/// # Errors
/// The same as tokio's.
#[track_caller]
pub fn set_permissions(path: impl AsRef<Path>, perm: Permissions) -> impl Future<Output = io::Result<()>> {
    fn set_permissions(path: PathBuf, perm: Permissions) -> impl FnOnce() -> io::Result<()> + Send {
        move || std::fs::set_permissions(path, perm)
    }
    let location = Location::caller();
    async move {
        if !is_armed() {
            return tokio::fs::set_permissions(path, perm).await;
        }
        measured(location, set_permissions(path.as_ref().to_owned(), perm)).await
    }
}

/// Does the same as [`tokio::fs::write`], and measures the hop while recording is on.
///
/// While recording is on, it copies the contents before the hop. tokio takes over a `Vec<u8>`, a `String` or a `Bytes` without a copy.
///
/// # Errors
/// The same as tokio's.
#[track_caller]
pub fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> impl Future<Output = io::Result<()>> {
    fn write(path: PathBuf, contents: Vec<u8>) -> impl FnOnce() -> io::Result<()> + Send {
        move || std::fs::write(path, contents)
    }
    let location = Location::caller();
    async move {
        if !is_armed() {
            return tokio::fs::write(path, contents).await;
        }
        measured(location, write(path.as_ref().to_owned(), contents.as_ref().to_owned())).await
    }
}
