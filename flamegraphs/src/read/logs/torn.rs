//! A last line that breaks off before it shows whether it is a hop's. It counts as one that was lost if it may have been.

use memchr::memmem;
use tollbridge_report::event::MESSAGE;
use tollbridge_report::names::TARGET_HOP;

use super::event::ANCHOR;
use super::{colours, level};

/// Whether a line without an end may have been about to become a hop. `anchor_at`: where the last hop of this log had
/// its first name; a line that ends before may hold nothing yet of what tells it from others, unless it shows a level.
pub(super) fn may_have_been_a_hop(line: &[u8], anchor_at: usize) -> bool {
    let plain = colours::without(line);
    // Behind another line that was torn.
    if let Some(at) = level::last_line_of_hops(&plain).filter(|&at| at > 0) {
        return text_follows(&plain[(at + level::OF_HOPS.len() + 1).min(plain.len())..]);
    }
    match level_in(&plain) {
        Some((level, _)) if level != level::OF_HOPS => false,
        Some((_, [b'"', rest @ ..])) => json_follows(rest),
        Some((_, rest)) => text_follows(rest),
        // Lines that end the other way round leave a return; no hop's line begins as an object or a list ends.
        None if line.iter().all(|&b| b == b'\r') || matches!(plain.trim_ascii_start(), [b'}' | b']', ..]) => false,
        // Torn within its first colour there is nothing to see at all.
        None => {
            plain.is_empty()
                || line.len() < anchor_at + ANCHOR.len()
                || in_time(&plain)
                || in_member(&plain)
                || to_value().any(|begin| plain.ends_with(begin.as_bytes()))
        }
    }
}

/// The level as a word, or as a member of an object, and what follows it.
fn level_in(plain: &[u8]) -> Option<(&'static str, &[u8])> {
    let member = br#""level":""#;
    let Some(at) = memmem::find(plain, member) else {
        return level::first(plain);
    };
    let value = &plain[at + member.len()..];
    let end = memchr::memchr(b'"', value)?;
    level::named(&value[..end]).map(|level| (level, &value[end..]))
}

/// What follows the level's text in a hop's line of JSON, as far as it goes.
fn json_follows(rest: &[u8]) -> bool {
    ["\"fields\":{", ""]
        .into_iter()
        .any(|fields| format!(r#",{fields}"message":"{MESSAGE}","{ANCHOR}""#).as_bytes().starts_with(rest))
}

/// What follows the level in a hop's line of text: spans, our target, a place, our message.
fn text_follows(rest: &[u8]) -> bool {
    let message = |rest: &[u8]| to_value().any(|begin| begin.as_bytes().starts_with(rest));
    if let Some(at) = memmem::rfind(rest, TARGET_HOP.as_bytes()) {
        let Some(rest) = rest[at + TARGET_HOP.len()..].strip_prefix(b": ") else {
            return b": ".starts_with(&rest[at + TARGET_HOP.len()..]);
        };
        // The callsite's file and line, if the app's formatter was told to print them.
        return message(rest)
            || match memchr::memchr(b' ', rest) {
                None => true,
                Some(end) => message(&rest[end + 1..]),
            };
    }
    match memmem::rfind(rest, b": ") {
        None => true,
        Some(at) => TARGET_HOP.as_bytes().starts_with(&rest[at + 2..]) || message(&rest[at + 2..]),
    }
}

/// A hop's line of text from its message to its first value, which shows whether this is not somebody's text about a hop.
fn to_value() -> impl Iterator<Item = String> {
    [(" ", "="), (", ", ": ")].into_iter().map(|(between, value)| format!("{MESSAGE}{between}{ANCHOR}{value}"))
}

/// Within the timestamp, or in the level behind it.
fn in_time(plain: &[u8]) -> bool {
    let (time, rest) = plain.split_at(plain.iter().position(|&b| b == b' ').unwrap_or(plain.len()));
    let is_of_time = |b: &u8| b.is_ascii_digit() || b"TZ:.+-".contains(b);
    let timed = time.first().is_some_and(u8::is_ascii_digit) && time.iter().all(is_of_time);
    timed && level::OF_HOPS.as_bytes().starts_with(rest.trim_ascii_start())
}

/// Within the first member of an object.
fn in_member(plain: &[u8]) -> bool {
    let first = br#"{"timestamp":""#;
    first.starts_with(plain) || plain.starts_with(first) && memmem::find(plain, br#","f"#).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hops up to their first name, as many forms begin them.
    const HOPS: [&str; 9] = [
        "2024-01-01T00:00:00.000001Z DEBUG tollbridge::hop: hop code.file.path",
        "2024-01-01T00:00:00.000001Z DEBUG request{id=1}:inner: tollbridge::hop: hop code.file.path",
        "2024-01-01T00:00:00.000001Z DEBUG main ThreadId(01) tollbridge::hop: src/event.rs:61: hop code.file.path",
        "2024-01-01T00:00:00.000001Z DEBUG hop code.file.path",
        "  2024-01-01T00:00:00.000001Z DEBUG tollbridge::hop: hop, code.file.path",
        "   0.000079228s DEBUG tollbridge::hop: hop code.file.path",
        "svc-1  | request{id=1}: hop code.file.path",
        r#"{"timestamp":"2024-01-01T00:00:00.000001Z","level":"DEBUG","fields":{"message":"hop","code.file.path"#,
        r#"{"timestamp":"2024-01-01T00:00:00.000001Z","level":"DEBUG","message":"hop","code.file.path"#,
    ];

    #[test]
    fn a_hop_may_be_torn_anywhere() {
        for hop in HOPS {
            let anchor_at = hop.len() - ANCHOR.len();
            for end in 1..hop.len() {
                assert!(may_have_been_a_hop(&hop.as_bytes()[..end], anchor_at), "{}", &hop[..end]);
            }
        }
        for hop in HOPS.into_iter().filter(|hop| !hop.starts_with('{')) {
            let values: &[&str] = if hop.contains("hop, ") { &[":", ": "] } else { &["="] };
            for value in values {
                assert!(may_have_been_a_hop(format!("{hop}{value}").as_bytes(), 0), "{hop}{value}");
            }
        }
        for coloured in
            ["\x1b", "\x1b[2", "\x1b[2m", "\x1b[2m2024-01-01T00:00:00Z\x1b[0m \x1b[34mDEBUG\x1b[0m \x1b[2mtoll"]
        {
            assert!(may_have_been_a_hop(coloured.as_bytes(), 0), "{coloured:?}");
        }
    }

    #[test]
    fn lines_that_show_something_else_were_none() {
        for line in [
            "",
            "\r",
            "}",
            " ]}",
            "bye, all of you, here",
            "2024-01-01T00:00:00Z  INFO app: hello",
            "2024-01-01T00:00:00Z DEBUG app: hel",
            "2024-01-01T00:00:00Z DEBUG tollbridge::hop: close time",
            r#"{"timestamp":"2024-01-01T00:00:00Z","level":"INFO","fields":{"mess"#,
            r#"{"timestamp":"2024-01-01T00:00:00Z","level":"DEBUG","fields":{"message":"ho "#,
            r#"{"timestamp":"2024-01-01T00:00:00Z","fields":{"message":"other"#,
        ] {
            assert!(!may_have_been_a_hop(line.as_bytes(), 0), "{line}");
        }
    }
}
