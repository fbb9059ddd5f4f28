//! Whose a call is, from what a report has of its site: the path of the source, and the type of the job.
//!
//! A report of every job of the pool holds calls that tokio makes for `tokio::fs`, DNS and standard I/O, and calls of dependencies. Their
//! locations are files that whoever owns the app cannot edit, so they are named by what they do ([`name`]), and advice about them is another one.
//!
//! # How it is known
//! - tokio's: the job is a closure of the crate `tokio`, wherever its sources lie (a registry, a vendored folder, a copy). Which part of
//!   tokio is the module that the closure stands in.
//! - A dependency's: the path is one of those in which cargo keeps sources of packages (`package`).
//! - All else is the app's: path dependencies and members of its workspace too.
//!
//! # Limits
//! Who *called* tokio or the dependency is not in a site: an app's loop over `tokio::fs::metadata` and one in a web framework look the same
//! ([`callers`](crate::callers) has what sampled backtraces tell of it). A
//! folder `NAME-1.2.3/src` is taken for a package of others, since short paths look like it, and so is `vendor/NAME/src`.

mod name;
mod package;
mod site;
mod type_path;
mod whose;

pub(crate) use name::{LAST_LEVEL, STD_FILES, function_name, name, std_function};
pub use package::Package;
pub(crate) use package::file_in_package;
pub(crate) use site::parts;
pub use whose::Origin;

#[cfg(test)]
mod tests;
