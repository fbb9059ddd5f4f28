//! What is found in a line, and what the forms have in common.

use super::event::Fields;

/// Is handed a hop's fields, or what is wrong with a line that looks like one; and the process, where its line tells.
pub(super) type OnFound<'f> = &'f mut dyn FnMut(Found<'_>, Option<u32>);

/// A hop's fields, or what is wrong with a line that looks like one.
pub(super) type Found<'a> = Result<&'a Fields<'a>, String>;

pub(super) const TORN: &str = "torn: no newline ends it";
pub(super) const TOO_LONG: &str = "longer than a line may be";

pub(super) const TANGLED: &str = "too tangled to tell its hops apart";
