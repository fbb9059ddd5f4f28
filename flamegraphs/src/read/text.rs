//! Hop events in the full text form of `tracing_subscriber::fmt`, with or without colours:
//!
//! ```text
//! 2024-01-01T00:00:00.000001Z DEBUG request{id=1}:inner: tollbridge::hop: hop code.file.path="src/main.rs" … ops=done:9
//! ```
//!
//! The target may stand after any number of spans, whose fields may hold any text, this very one included. So every
//! place that may be the event's start is tried; inside a quoted value the quotes are escaped, and it does not parse.
//! A line whose level is not DEBUG is somebody's message about us.

use std::borrow::Cow;

use memchr::memmem;
use tollbridge_instrument::event::{MESSAGE, field};
use tollbridge_instrument::names::TARGET_HOP;

use super::event::Fields;
use super::lines::Line;

/// A hop, or what is wrong with a line that looks like one.
pub(super) type Found<'a> = Result<&'a Fields<'a>, String>;

pub(super) const TORN: &str = "torn: no newline ends it";
pub(super) const TOO_LONG: &str = "longer than a line may be";

const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
const LEVEL: &str = "DEBUG";

/// Hands every hop in a line to `found`. There is more than one only where a torn line was written on.
pub(super) fn scan(line: &Line<'_>, found: &mut dyn FnMut(Found<'_>)) {
    let bytes = without_colours(line.bytes);
    let bytes = bytes.as_ref();
    if first_level(bytes).is_some_and(|(level, _)| level != LEVEL) {
        return;
    }
    let mut any = false;
    for at in memmem::find_iter(bytes, TARGET_HOP) {
        let before = bytes[..at].last();
        let Some(fields) = event_start(&bytes[at + TARGET_HOP.len()..]) else {
            continue;
        };
        if !before.is_none_or(u8::is_ascii_whitespace) {
            continue;
        }
        any = true;
        let parsed = match std::str::from_utf8(fields) {
            Err(_) => Err("it is not UTF-8".to_owned()),
            Ok(_) if line.too_long => Err(TOO_LONG.to_owned()),
            // Its last number may have lost digits.
            Ok(_) if !line.ended => Err(TORN.to_owned()),
            Ok(fields) => parse(fields),
        };
        match parsed {
            Ok(fields) => {
                found(Ok(&fields));
                return;
            }
            Err(reason) => found(Err(reason)),
        }
    }
    // Torn within its first colour there is nothing to see at all.
    let unseen = bytes.is_empty() && !line.bytes.is_empty();
    if !any && !line.ended && !line.too_long && (unseen || may_have_become_a_hop(bytes)) {
        found(Err(TORN.to_owned()));
    }
}

/// Where the fields begin, given what follows the target: `: hop code.file.path="…`, with the callsite's file and line
/// before the message if the app's formatter was told to print them.
fn event_start(after_target: &[u8]) -> Option<&[u8]> {
    let rest = after_target.strip_prefix(b": ")?;
    let first = format!("{MESSAGE} {}=\"", field::FILE);
    let at = memmem::find(rest, first.as_bytes())?;
    let place = &rest[..at];
    let is_place =
        place.is_empty() || (place.ends_with(b": ") || place.ends_with(b" ")) && !place[..at - 1].contains(&b' ');
    is_place.then(|| &rest[at + MESSAGE.len() + 1..])
}

/// `name=value name="value" …` to the end.
fn parse(mut text: &str) -> Result<Fields<'_>, String> {
    let mut fields = Fields::default();
    loop {
        text = text.trim_start_matches(' ');
        if text.is_empty() {
            return Ok(fields);
        }
        let (name, rest) = text.split_once('=').ok_or("a field without a value")?;
        if name.contains(' ') {
            return Err("a field without a value".to_owned());
        }
        let (value, rest) = if rest.starts_with('"') {
            unquote(rest).ok_or_else(|| format!("the text of `{name}` does not end"))?
        } else {
            let (value, rest) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
            (Cow::Borrowed(value), rest)
        };
        if !(rest.is_empty() || rest.starts_with(' ')) {
            return Err(format!("something follows the text of `{name}`"));
        }
        fields.set(name, value)?;
        text = rest;
    }
}

/// Reads a string as `Debug` writes it; gives it and what follows.
fn unquote(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let inner = quoted.strip_prefix('"')?;
    let end = inner.find(['"', '\\'])?;
    if inner[end..].starts_with('"') {
        return Some((Cow::Borrowed(&inner[..end]), &inner[end + 1..]));
    }
    let mut value = inner[..end].to_owned();
    let mut chars = inner[end..].chars();
    loop {
        match chars.next()? {
            '"' => return Some((Cow::Owned(value), chars.as_str())),
            '\\' => value.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'u' => {
                    let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                    chars = rest.chars();
                    char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
                }
                itself @ ('\\' | '"' | '\'') => itself,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
}

/// The line without its escape sequences (`ESC [ … letter`), one that is cut off at its end among them.
fn without_colours(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(0x1b, bytes) else {
        return Cow::Borrowed(bytes);
    };
    let mut plain = bytes[..first].to_vec();
    let mut rest = &bytes[first..];
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, after) {
            (0x1b, []) => after,
            (0x1b, [b'[', parameters @ ..]) => {
                let end = parameters.iter().position(|b| (0x40..=0x7e).contains(b));
                end.map_or(&[], |end| &parameters[end + 1..])
            }
            _ => {
                plain.push(byte);
                after
            }
        };
    }
    Cow::Owned(plain)
}

/// The first word of the line that is a level, and what follows it.
fn first_level(bytes: &[u8]) -> Option<(&'static str, &[u8])> {
    let mut at = 0;
    bytes.split(|&b| b == b' ').find_map(|word| {
        at += word.len() + 1;
        let level = LEVELS.iter().find(|level| level.as_bytes() == word)?;
        Some((*level, bytes.get(at..).unwrap_or_default()))
    })
}

/// Whether a torn line that shows no hop yet may have been about to: it breaks off in the timestamp, in the level, or
/// behind DEBUG in what may be a span, our target, or our message.
fn may_have_become_a_hop(bytes: &[u8]) -> bool {
    let Some((_, rest)) = first_level(bytes) else {
        let (time, rest) = bytes.split_at(bytes.iter().position(|&b| b == b' ').unwrap_or(bytes.len()));
        let in_time = |b: &u8| b.is_ascii_digit() || b"TZ:.+-".contains(b);
        let timed = time.first().is_some_and(u8::is_ascii_digit) && time.iter().all(in_time);
        return timed && LEVEL.as_bytes().starts_with(rest.trim_ascii_start());
    };
    let event = format!("{TARGET_HOP}: {MESSAGE} {}=\"", field::FILE);
    if let Some(at) = memmem::rfind(rest, TARGET_HOP.as_bytes()) {
        return event.as_bytes().starts_with(&rest[at..]);
    }
    match memmem::rfind(rest, b": ") {
        None => true,
        Some(at) => TARGET_HOP.as_bytes().starts_with(&rest[at + 2..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOP: &str = "2024-01-01T00:00:00.000001Z DEBUG tollbridge::hop: hop code.file.path=\"src/main.rs\" \
                       code.line.number=7 code.column.number=5 job=\"app::job\" arm=\"snapshot\" detail=\"locks\" \
                       outcome=\"joined\" called_ns=1 returned_ns=2 locks=0 publish_locks=1 copies=1 copied_bytes=8 \
                       ops=publish:21,copy:10";

    /// What is found in a line: the job of a hop, or the reason why it is none.
    fn found(text: impl AsRef<[u8]>, ended: bool) -> Vec<Result<String, String>> {
        let mut all = Vec::new();
        let line = Line { number: 1, bytes: text.as_ref(), ended, too_long: false };
        scan(&line, &mut |found| {
            all.push(found.and_then(|fields| fields.hop().map(|hop| hop.site.job.to_owned())));
        });
        all
    }

    fn job(name: &str) -> Vec<Result<String, String>> {
        vec![Ok(name.to_owned())]
    }

    #[test]
    fn a_plain_line() {
        assert_eq!(found(HOP, true), job("app::job"));
    }

    #[test]
    fn spans_places_and_prefixes_may_stand_before_it() {
        for prefix in [
            "DEBUG request{id=1}:inner: tollbridge::hop: ",
            "DEBUG a b: tollbridge::hop: ",
            "DEBUG request{level=INFO text=\"tollbridge::hop: hop code.file.path=\\\"x\\\"\"}: tollbridge::hop: ",
            "DEBUG tollbridge::hop: src/event.rs:61: ",
            "DEBUG tollbridge::hop: src/event.rs:61 ",
            "DEBUG ThreadId(01) tollbridge::hop: ",
        ] {
            assert_eq!(found(HOP.replace("DEBUG tollbridge::hop: ", prefix), true), job("app::job"), "{prefix}");
        }
        assert_eq!(found(format!("Jan 01 host app[7]: {HOP}"), true), job("app::job"));
        assert_eq!(found(format!("{HOP} request_id=7 job=\"of a span\""), true), job("app::job"));
    }

    #[test]
    fn escapes_are_undone() {
        let text = "a\"b\\c\nd\te\u{7f}f'g\u{301}\0\r";
        assert_eq!(found(HOP.replace("\"app::job\"", &format!("{text:?}")), true), job(text));
        assert_eq!(unquote("\"a\\u{e9}\" x"), Some(("a\u{e9}".into(), " x")));
        for broken in ["\"a", "\"a\\", "\"a\\x\"", "\"a\\u{zz}\"", "\"\\u{d800}\"", "a\""] {
            assert_eq!(unquote(broken), None, "{broken}");
        }
    }

    #[test]
    fn messages_about_us_are_neither_hops_nor_lost() {
        for line in [
            "2024-01-01T00:00:00Z  INFO app: tollbridge::hop is a target",
            "2024-01-01T00:00:00Z  INFO app: tollbridge::hop: hop code.file.path=\"x\"",
            "2024-01-01T00:00:00Z DEBUG app: tollbridge::hop: hop",
            "2024-01-01T00:00:00Z DEBUG app: filter=tollbridge::hop=debug",
            "2024-01-01T00:00:00Z DEBUG app: text=\"tollbridge::hop: hop code.file.path=\\\"x\\\"\"",
            "2024-01-01T00:00:00Z DEBUG hop{arm=\"naive\"}: tollbridge::hop: close time.busy=1.2us time.idle=3us",
        ] {
            assert_eq!(found(line, true), vec![], "{line}");
        }
        let echoed = HOP.replace("DEBUG", " INFO app: DEBUG");
        assert_eq!(found(echoed, true), vec![]);
    }

    #[test]
    fn a_tear_anywhere_is_counted_once() {
        for end in 1..=HOP.len() {
            assert_eq!(found(&HOP[..end], false), vec![Err(TORN.to_owned())], "{}", &HOP[..end]);
        }
    }

    #[test]
    fn a_torn_line_of_somebody_else_is_not_ours() {
        for line in ["2024-01-01T00:00:00Z  INFO app: hello", "2024-01-01T00:00:00Z DEBUG app: hel", "bye", ""] {
            assert_eq!(found(line, false), vec![], "{line}");
        }
    }

    #[test]
    fn a_torn_line_that_was_written_on_loses_one_hop_not_two() {
        for end in [HOP.len() - 1, HOP.len() - 40, HOP.len() - 200] {
            let all = found(format!("{}{}", &HOP[..end], HOP.replace("app::job", "next")), true);
            if let [lost, next] = &all[..] {
                assert!(lost.is_err());
                assert_eq!(next, &Ok("next".to_owned()));
            } else {
                panic!("{end}: {all:?}");
            }
        }
    }

    #[test]
    fn damage_is_told() {
        for (from, to, reason) in [
            ("called_ns=1", "called_ns=x", "`called_ns` is no number: `x`"),
            ("called_ns=1 ", "", "`called_ns` is missing"),
            ("arm=\"snapshot\"", "arm=\"ferry\"", "`arm`: `ferry` is none of naive, snapshot, native, wrapped"),
            ("job=\"app::job\"", "job=\"app::job", "something follows the text of `job`"),
            ("copies=1", "copies=2", "`copies` and `ops` disagree"),
            ("publish:21", "publish", "`publish` has no length"),
        ] {
            assert_eq!(found(HOP.replace(from, to), true), vec![Err(reason.to_owned())], "{to}");
        }
        let mut bytes = HOP.as_bytes().to_vec();
        let at = HOP.find("app::job").unwrap();
        bytes[at] = 0xff;
        assert_eq!(found(bytes, true), vec![Err("it is not UTF-8".to_owned())]);
        let before = [b"\xff\xfe ".to_vec(), HOP.as_bytes().to_vec()].concat();
        assert_eq!(found(before, true), job("app::job"));
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(&*without_colours(b"\x1b[2m2024\x1b[0m \x1b[34mDEBUG\x1b[0m \x1b[2"), b"2024 DEBUG ");
        assert_eq!(&*without_colours(b"a\x1b"), b"a");
        assert_eq!(&*without_colours(b"a\x1bXb"), b"a\x1bXb");
        assert!(matches!(without_colours(b"plain"), Cow::Borrowed(_)));
    }
}
