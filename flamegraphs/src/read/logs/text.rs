//! Hop events in the text forms of `tracing_subscriber::fmt`: full, compact and pretty, with or without colours:
//!
//! ```text
//! 2024-01-01T00:00:00.000001Z DEBUG request{id=1}:inner: tollbridge::hop: hop code.file.path="src/main.rs" … ops=done:9
//! 2024-01-01T00:00:00.000001Z DEBUG request:inner: tollbridge::hop: hop code.file.path="src/main.rs" … ops=done:9 id=1
//!   2024-01-01T00:00:00.000001Z DEBUG tollbridge::hop: hop, code.file.path: "src/main.rs", … ops: done:9
//! ```
//!
//! Only the list of fields is read. Where it stands, and what is before it (time, level, threads, spans, target, what a
//! container put there), is left open: the list is found by a name in it, behind the event's message; fields in an
//! order of the app's own by their names. Quotes inside a quoted value are escaped, so a value that quotes a hop does
//! not parse. A line whose level is not DEBUG is somebody's message about us.

use std::borrow::Cow;

use memchr::memmem;
use tollbridge_report::event::MESSAGE;
use tollbridge_report::names::TARGET_HOP;

use super::blocks::LogLine;
use super::event::{ANCHOR, ANCHORS, EVENT_ONLY, Fields, NAMES};
use super::found::{Found, TANGLED, TOO_LONG, TORN};
use super::objects::Work;
use super::{colours, level};

const FOREIGN: &str = "a line of another level goes before it";

/// What may stand between two fields.
fn is_between(b: &u8) -> bool {
    matches!(b, b' ' | b',' | b';' | b'|' | b'\t')
}

/// Lists that may be the fields of one event, tried from the first on. There are two where spans are printed as well.
const MAX_STARTS: usize = 64;

/// Hands every hop in a line to `found`. There is more than one only where a line was written on.
pub(super) fn scan(line: &LogLine<'_>, found: &mut dyn FnMut(Found<'_>)) {
    let bytes = colours::without(line.bytes);
    let bytes = bytes.as_ref();
    let mut work = Work::on(bytes);
    // Behind the last name, and behind the last hop.
    let (mut from, mut read_to, mut foreign) = (0, 0, false);
    let names = ANCHORS.find_iter(bytes).filter_map(|at| Some((at, separator(&bytes[at + ANCHOR.len()..])?)));
    for (at, separator) in names {
        if at < read_to {
            continue;
        }
        foreign = is_foreign(&bytes[from..at], foreign);
        from = at + ANCHOR.len();
        let event = if follows_message(&bytes[..at]) {
            match (line.too_long, line.ended) {
                _ if foreign && (line.too_long || !line.ended) => None,
                (true, _) => Some(Err(TOO_LONG.to_owned())),
                // A hop, or the text of a span that quotes one: the value would show which. `torn` has the last word.
                (false, false) if at + ANCHOR.len() + separator.len() == bytes.len() => None,
                // Its last number may have lost digits.
                (false, false) => Some(Err(TORN.to_owned())),
                (false, true) if !work.spend(bytes.len() - at) => Some(Err(TANGLED.to_owned())),
                (false, true) => match parse(&bytes[at..], separator) {
                    parsed if !foreign => Some(parsed),
                    Ok((fields, _)) if fields.hop().is_ok() => Some(Err(FOREIGN.to_owned())),
                    _ => None,
                },
            }
        } else if line.ended && !line.too_long && !foreign {
            if work.spend(NAMES.len() * (bytes.len() - read_to)) {
                reordered(&bytes[read_to..], separator)
            } else {
                Some(Err(TANGLED.to_owned()))
            }
        } else {
            None
        };
        match event {
            Some(Ok((fields, rest))) => {
                found(Ok(&fields));
                read_to = bytes.len() - rest;
                from = from.max(read_to);
            }
            Some(Err(reason)) => found(Err(reason)),
            None => {}
        }
    }
}

/// Whether what stands before a list of fields says that its line is somebody's message about us. `before`: whether the
/// text before that did.
fn is_foreign(head: &[u8], before: bool) -> bool {
    match level::first(head) {
        None => before && !level::begins_anew(head),
        Some((level::OF_HOPS, _)) if !before => false,
        Some(_) => !level::begins_anew(head),
    }
}

/// What stands between a name and its value, given what follows the name; `None` inside a quoted value.
fn separator(after_name: &[u8]) -> Option<&'static str> {
    let separator = ["=", ": "].into_iter().find(|separator| after_name.starts_with(separator.as_bytes()))?;
    (after_name.get(separator.len()) != Some(&b'\\')).then_some(separator)
}

/// Whether the event's message ends here, and its fields begin.
fn follows_message(before: &[u8]) -> bool {
    let end = before.iter().rposition(|b| !is_between(b)).map_or(0, |last| last + 1);
    let message = before[..end].strip_suffix(b"\"").unwrap_or(&before[..end]);
    end < before.len()
        && message
            .strip_suffix(MESSAGE.as_bytes())
            .is_some_and(|before| before.last().is_none_or(|b| is_between(b) || matches!(b, b'=' | b'"')))
}

/// The fields of an event in an order of the app's own: the first list that makes a hop, whichever of them it begins
/// with. `None` if it is not about a hop, but of one of its spans.
fn reordered<'a>(bytes: &'a [u8], separator: &str) -> Option<Result<(Fields<'a>, usize), String>> {
    let has = |name: &str| memmem::find(bytes, name.as_bytes()).is_some();
    if !EVENT_ONLY.into_iter().all(has) {
        return None;
    }
    let is_start = |&at: &usize| at.checked_sub(1).is_none_or(|before| is_between(&bytes[before]));
    let mut starts: Vec<usize> =
        NAMES.iter().flat_map(|name| memmem::find_iter(bytes, name.as_bytes()).filter(is_start)).collect();
    starts.sort_unstable();
    let mut lists = starts.into_iter().take(MAX_STARTS).filter_map(|at| parse(&bytes[at..], separator).ok());
    match lists.find(|(fields, _)| fields.hop().is_ok()) {
        Some(list) => Some(Ok(list)),
        None => has(TARGET_HOP).then(|| Err("its fields cannot be separated".to_owned())),
    }
}

/// `name=value name="value" …` to the end, or to the first field that is a span's; and how many bytes are left.
fn parse<'a>(bytes: &'a [u8], separator: &str) -> Result<(Fields<'a>, usize), String> {
    let mut text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut fields = Fields::default();
    loop {
        text = &text[text.bytes().take_while(is_between).count()..];
        if text.is_empty() {
            return Ok((fields, text.len()));
        }
        let (name, rest) = text.split_at(find(text, ends_name).unwrap_or(text.len()));
        let rest = rest.strip_prefix(separator).filter(|_| !name.is_empty()).ok_or("a field without a value")?;
        let (value, rest) = match value(rest) {
            Some(split) => split,
            None if NAMES.contains(&name) => return Err(format!("the text of `{name}` does not end")),
            None => return Ok((fields, text.len())),
        };
        if !fields.set(name, value)? {
            return Ok((fields, text.len()));
        }
        if !rest.as_bytes().first().is_none_or(is_between) {
            return Err(format!("something follows the text of `{name}`"));
        }
        text = rest;
    }
}

fn ends_name(c: char) -> bool {
    c.is_whitespace() || matches!(c, '=' | ':' | '"' | ',' | '{' | '}')
}

/// A value, and what follows it; `None` if its quotes do not end.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if text.starts_with('"') {
        return unquote(text);
    }
    let word = &text[..find(text, char::is_whitespace).unwrap_or(text.len())];
    let word = &word[..word.len() - word.bytes().rev().take_while(is_between).count()];
    Some((Cow::Borrowed(word), &text[word.len()..]))
}

/// As [`str::find`], and quick where all is ASCII.
fn find(text: &str, is_it: impl Fn(char) -> bool) -> Option<usize> {
    let at = text.bytes().position(|b| !b.is_ascii() || is_it(char::from(b)))?;
    if text.as_bytes()[at].is_ascii() { Some(at) } else { text[at..].find(is_it).map(|more| at + more) }
}

/// Reads a string as `Debug` writes it; gives it and what follows.
fn unquote(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let inner = quoted.strip_prefix('"')?;
    let end = memchr::memchr2(b'"', b'\\', inner.as_bytes())?;
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
        let line = LogLine::new(text.as_ref(), ended);
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
    fn fields_of_spans_behind_it_are_not_its_own() {
        for behind in ["id=7 job=\"of a span\"", "text=a b=c {d} \"e", "returned_ns=99 x", "html.lang=\"open"] {
            assert_eq!(found(format!("{HOP} {behind}"), true), job("app::job"), "{behind}");
        }
    }

    #[test]
    fn the_target_may_be_missing_and_pretty_commas_present() {
        assert_eq!(found(HOP.replace("tollbridge::hop: ", ""), true), job("app::job"));
        assert_eq!(found(HOP.replace("DEBUG tollbridge::hop: ", ""), true), job("app::job"));
        let in_span = HOP.replace("DEBUG tollbridge::hop: ", "request{id=1 text=\"an INFO b\"}: ");
        assert_eq!(found(in_span, true), job("app::job"));
        let pretty = HOP.replace(" code.", ", code.").replace("\" ", "\", ").replace('=', ": ");
        let pretty = pretty.replace(" returned", ", returned").replace(" publish_", ", publish_");
        let pretty = pretty.replace(" locks:", ", locks:").replace(" copi", ", copi").replace(" ops", ", ops");
        assert!(pretty.contains("hop, code.file.path: \"src/main.rs\", code.line.number: 7, code.column"), "{pretty}");
        assert_eq!(found(&pretty, true), job("app::job"));
    }

    #[test]
    fn a_list_in_another_order_is_found_by_its_names() {
        let (head, list) = HOP.split_once("hop code").unwrap();
        let mut fields: Vec<&str> = list.split(' ').collect();
        let first = format!("code{}", fields.remove(0));
        fields.push(&first);
        fields.reverse();
        assert_eq!(found(format!("{head}{} message=hop", fields.join(" ")), true), job("app::job"));
        assert_eq!(found(format!("{head}message=hop | {}", fields.join(" | ")), true), job("app::job"));
        // Ended by a number that may have lost digits.
        assert_eq!(found(format!("{head}{} message=hop", fields.join(" ")), false), vec![]);
        let unreadable = fields.join(" ").replace("called_ns=", "called_ns=x");
        assert_eq!(found(format!("{head}{unreadable}"), true), [Err("its fields cannot be separated".to_owned())]);
    }

    #[test]
    fn lines_within_a_hops_span_are_none() {
        let span = &HOP[HOP.find("code.file").unwrap()..HOP.find(" outcome").unwrap()];
        for line in [format!("2024 INFO hop{{{span}}}: app: x"), format!("2024 DEBUG hop: app: hops {span}")] {
            assert_eq!(found(line, true), vec![]);
        }
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
        // It may stand behind a line that was torn just there.
        let echoed = HOP.replace("DEBUG", " INFO app: DEBUG");
        assert_eq!(found(echoed, true), [Err(FOREIGN.to_owned())]);
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
    fn a_line_that_breaks_off_in_a_spans_text_loses_one_hop() {
        let line = format!(
            "{HOP} id=3 text=\"tollbridge::hop: hop code.file.path=\\\"y\\\"; \" text.again=\"hop code.file.path: \\\"z\\\"\""
        );
        for end in HOP.find("src/main.rs").unwrap()..line.len() {
            assert_eq!(found(&line[..end], false), [Err(TORN.to_owned())], "{}", &line[..end]);
        }
        // Two that were written into one line.
        let two = format!("{}{HOP}", &HOP[..HOP.len() - 40]);
        assert_eq!(found(&two[..two.len() - 40], false), [Err(TORN.to_owned()), Err(TORN.to_owned())]);
    }

    #[test]
    fn a_hop_behind_another_line_that_was_torn_is_read() {
        for torn in [
            "2024-01-01T00:00:00.000001Z  INFO request{id=1 text=\"a b",
            "2024-01-01T00:00:00.000001Z ERROR app: hel",
            "loading INFO ... ",
            "2024-01-01T00:00:00.000001Z  WARN app: hop code.file.path=x ",
        ] {
            assert_eq!(found(format!("{torn}{HOP}"), true), job("app::job"), "{torn}");
        }
        let untimed = HOP.split_once("Z ").unwrap().1;
        assert_eq!(found(format!(" INFO app: hel{untimed}"), true), job("app::job"));
        assert_eq!(found(format!("   0.000079228s  INFO app: hel   0.000079228s {untimed}"), true), job("app::job"));
    }

    #[test]
    fn a_hop_behind_one_whose_spans_were_torn_is_read_as_well() {
        let next = HOP.replace("app::job", "next");
        let both = [Ok("app::job".to_owned()), Ok("next".to_owned())];
        assert_eq!(found(format!("{HOP} id=1{next}"), true), both);
        assert_eq!(found(format!("{HOP} id=1 {next}"), true), both);
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
}
