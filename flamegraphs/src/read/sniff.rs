//! Tells a report from a log by its first bytes. Both may be JSON objects: a report's first member is one of its own
//! (`format`, unless a tool sorted them), that of a log line (`timestamp`, `level`, `fields`) is not.

use std::io::Read;

/// Enough for a byte order mark, white space and the first member's name.
const HEAD_BYTES: u64 = 512;

/// Bytes of a report's text that are read at a time.
const PIECE: u64 = 1 << 20;

pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Members that a report's text may begin with.
const REPORT_MEMBERS: [&str; 16] = [
    "format",
    "tool",
    "processes",
    "settings",
    "clock",
    "observer",
    "dropped",
    "outcomes",
    "pool",
    "arms",
    "contrast",
    "sites",
    "groups",
    "spans",
    "blocks",
    "timeline",
];

/// What the bytes seem to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Empty,
    Report,
    Log,
    Utf16,
}

/// The first bytes; fewer than there is room for only at the end of the input.
pub(super) fn head(reader: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// All of a report's text, or why it cannot be one: what `too_much` finds at the length so far.
pub(super) fn text(
    mut reader: impl Read,
    too_much: impl Fn(u64) -> Option<&'static str>,
) -> std::io::Result<Result<Vec<u8>, &'static str>> {
    let mut text = Vec::new();
    while reader.by_ref().take(PIECE).read_to_end(&mut text)? > 0 {
        if let Some(found) = too_much(text.len() as u64) {
            return Ok(Err(found));
        }
    }
    Ok(Ok(text))
}

pub(super) fn form(head: &[u8]) -> Form {
    if head.is_empty() {
        return Form::Empty;
    }
    // A byte order mark and a first letter.
    if matches!(head, [0xff, 0xfe, 1..=255, 0, ..] | [0xfe, 0xff, 0, 1..=255, ..]) {
        return Form::Utf16;
    }
    let text = head.strip_prefix(UTF8_MARK).unwrap_or(head).trim_ascii_start();
    let Some(member) = text.strip_prefix(b"{").and_then(|rest| rest.trim_ascii_start().strip_prefix(b"\"")) else {
        return Form::Log;
    };
    let of_report = |name: &&str| member.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"\""));
    // Cut off within the very first name: a file that ends after `{"for` was a report.
    let cut = head.len() < 20 && REPORT_MEMBERS.iter().any(|name| name.as_bytes().starts_with(member));
    if REPORT_MEMBERS.iter().any(of_report) || cut { Form::Report } else { Form::Log }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_and_logs_are_told_apart() {
        for (head, expected) in [
            ("", Form::Empty),
            ("{\"format\":1,", Form::Report),
            ("\u{feff} {\n  \"format\": 1", Form::Report),
            ("{\"arms\":{}", Form::Report),
            ("{\"for", Form::Report),
            ("{\"timestamp\":\"2024\",\"fields\":{\"message\":\"format\"}}", Form::Log),
            ("{\"formatted\":1}", Form::Log),
            ("{}", Form::Log),
            ("{", Form::Log),
            ("2024-01-01T00:00:00Z  INFO app: {\"format\":1}", Form::Log),
            ("\n", Form::Log),
        ] {
            assert_eq!(form(head.as_bytes()), expected, "{head:?}");
        }
        assert_eq!(form(b"\xff\xfe2\x000\x00"), Form::Utf16);
    }

    #[test]
    fn the_head_is_gathered_from_small_reads() {
        let mut pipe = b"{\"".chain(&b"format"[..]).chain(&b"\":1}"[..]);
        assert_eq!(head(&mut pipe).unwrap(), b"{\"format\":1}");
    }
}
