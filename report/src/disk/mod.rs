//! Files that are there whole or not at all, and never larger than the process may make them.

mod limit;
mod whole;

pub use limit::{check_size, file_limit};
pub use whole::{Readers, Temporary, replace};
