//! What is found in a line, and what the forms have in common.

use super::event::Fields;
use crate::harmless::harmless;

/// Is handed a hop's fields, or what is wrong with a line that looks like one; and the process, where its line tells.
pub(super) type OnFound<'f> = &'f mut dyn FnMut(Found<'_>, Option<u32>);

/// A hop's fields, or what is wrong with a line that looks like one.
pub(super) type Found<'a> = Result<&'a Fields<'a>, String>;

pub(super) const TORN: &str = "torn: no newline ends it";
pub(super) const TOO_LONG: &str = "longer than a line may be";

pub(super) const TANGLED: &str = "too tangled to tell its hops apart";

/// The beginning of a text that may be of any length, made harmless.
pub(super) fn short(text: &str) -> String {
    const SHOWN: usize = 200;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => harmless(&text[..end]) + " ...",
        None => harmless(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short() {
        assert_eq!(short("a\tb"), "a b");
        assert_eq!(short(&"\u{e4}".repeat(300)), "\u{e4}".repeat(200) + " ...");
    }
}
