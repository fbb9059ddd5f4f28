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
