//! What is found in a line, and what the forms have in common.

use super::event::Fields;

/// A hop's fields, or what is wrong with a line that looks like one.
pub(super) type Found<'a> = Result<&'a Fields<'a>, String>;

pub(super) const TORN: &str = "torn: no newline ends it";
pub(super) const TOO_LONG: &str = "longer than a line may be";

/// Names of hops that are tried in one line. There is one; two where a torn line was written on.
pub(super) const MAX_TRIES: usize = 16;
