//! The level in a line.

/// The level of hop events, as it is printed.
pub(super) const OF_HOPS: &str = "DEBUG";

const ALL: [&str; 5] = ["TRACE", OF_HOPS, "INFO", "WARN", "ERROR"];

/// The level that a word names.
pub(super) fn named(word: &[u8]) -> Option<&'static str> {
    ALL.into_iter().find(|level| level.as_bytes() == word)
}

/// The first word of the line that is a level, and what follows it. A level stands before any span's fields, whose texts
/// may hold the word.
pub(super) fn first(bytes: &[u8]) -> Option<(&'static str, &[u8])> {
    let mut at = 0;
    let words = bytes.split(|&b| b == b' ');
    words.take_while(|word| memchr::memchr2(b'{', b'"', word).is_none()).find_map(|word| {
        at += word.len() + 1;
        Some((named(word)?, bytes.get(at..).unwrap_or_default()))
    })
}

/// Whether a hop's own line begins somewhere in the text, behind one that broke off: its level stands there, with a time
/// before it or written on behind what was torn.
pub(super) fn begins_anew(text: &[u8]) -> bool {
    last_line_of_hops(text).is_some()
}

/// Where the level of that line is.
pub(super) fn last_line_of_hops(text: &[u8]) -> Option<usize> {
    let at = memchr::memmem::rfind(text, OF_HOPS.as_bytes())?;
    let before = &text[..at];
    let is_word = matches!(text.get(at + OF_HOPS.len()), None | Some(b' '));
    let glued = before.last().is_some_and(u8::is_ascii_alphanumeric);
    let mut words = before.rsplit(|&b| b == b' ').filter(|word| !word.is_empty());
    let timed = before.ends_with(b" ")
        && words.next().is_some_and(|word| match word {
            b"AM" | b"PM" => words.next().is_some_and(ends_in_time),
            word => ends_in_time(word),
        });
    (is_word && (glued || timed)).then_some(at)
}

/// `…12:00:00.000001Z`, `1.000001s`, `…+00:00`.
fn ends_in_time(word: &[u8]) -> bool {
    let word = word.strip_suffix(b"Z").or_else(|| word.strip_suffix(b"s")).unwrap_or(word);
    let of_time = word.iter().rev().take_while(|b| b.is_ascii_digit() || b"T:.+-".contains(b)).count();
    let time = &word[word.len() - of_time..];
    time.iter().filter(|b| b.is_ascii_digit()).count() > 3 && time.iter().any(|b| b":.".contains(b))
}
