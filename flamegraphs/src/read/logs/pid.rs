//! The process that a line is of, where a log daemon says so: `svc[4127]: ` before it.

use super::event::ANCHORS;

/// Before the names of the first hop in the line; `None` where nothing says so, or several do that do not agree.
pub(super) fn of_prefix(line: &[u8]) -> Option<u32> {
    let head = &line[..ANCHORS.find(line).unwrap_or(line.len())];
    let mut pids = memchr::memchr_iter(b']', head).filter_map(|at| ends_tag(head, at));
    let first = pids.next()?;
    pids.all(|pid| pid == first).then_some(first)
}

/// The number in a tag whose bracket closes at `at`.
fn ends_tag(head: &[u8], at: usize) -> Option<u32> {
    let before = head[at + 1..].starts_with(b": ").then_some(&head[..at])?;
    let open = memchr::memrchr(b'[', before)?;
    let is_of_name = |b: &u8| b.is_ascii_alphanumeric() || b"_-./@".contains(b);
    // What a span's fields hold is no tag.
    let is_tag =
        before[..open].last().is_some_and(is_of_name) && memchr::memchr2(b'{', b'"', &before[..open]).is_none();
    std::str::from_utf8(&before[open + 1..]).ok().filter(|_| is_tag)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_a_log_daemon_tells_it() {
        for (line, expected) in [
            ("Nov 25 10:00:00 host svc[4127]: 2024 DEBUG tollbridge::hop: hop code.file.path=\"x\"", Some(4127)),
            ("2024-01-01T00:00:00+00:00 host my.app@1[7]: {\"timestamp\":1,\"code.file.path\":2}", Some(7)),
            ("Nov 25 host a[1]: torn Nov 25 host a[2]: DEBUG hop code.file.path=x", None),
            ("Nov 25 host a[2]: torn Nov 25 host a[2]: DEBUG hop code.file.path=x", Some(2)),
            ("2024 DEBUG request{id=a[1]: }: hop code.file.path=x", None),
            ("2024 DEBUG hop code.file.path=x a[1]: ", None),
            ("a[1] DEBUG hop code.file.path=x", None),
            ("a[x]: [1]: a[99999999999]: hop", None),
        ] {
            assert_eq!(of_prefix(line.as_bytes()), expected, "{line}");
        }
    }
}
