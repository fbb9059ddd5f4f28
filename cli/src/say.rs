//! Standard error: errors and notes, a line each.

use std::io::Write;

use anstyle::Style;
use clap::builder::Styles;

use crate::colour;
use crate::error::Error;
use tollbridge_flamegraphs::harmless;

/// Says a line. What stands before its first colon is how it is meant: `error`, `left out`, `note`. File names in it cannot do
/// anything to a terminal.
pub(crate) fn say(stderr: &mut dyn Write, text: &str) {
    let plain = harmless(text);
    let line = if colour::suits(&std::io::stderr()) { toned(&plain) } else { plain };
    // If standard error is closed there is nowhere left to say so.
    let _ = writeln!(stderr, "{line}");
}

/// Says what went wrong, and what was behind it.
pub(crate) fn say_error(stderr: &mut dyn Write, label: &str, error: &Error) {
    say(stderr, &format!("{label}: {error}"));
    for cause in causes(error) {
        say(stderr, &format!("  cause: {cause}"));
    }
}

/// What was behind an error, the nearest first.
pub(crate) fn causes(error: &Error) -> impl Iterator<Item = String> {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |cause| cause.source()).map(ToString::to_string)
}

/// Errors look as clap's own do.
fn toned(line: &str) -> String {
    let (error, note) = (Styles::styled().get_error().to_owned(), Style::new().dimmed());
    match line.split_once(": ") {
        Some((label @ ("error" | "left out"), rest)) => format!("{error}{label}:{error:#} {rest}"),
        Some(("note", _)) => format!("{note}{line}{note:#}"),
        _ => line.to_owned(),
    }
}
