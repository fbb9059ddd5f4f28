//! Escape sequences, such as those of colours.

use std::borrow::Cow;

use memchr::memmem;

const RSYSLOGS: &[u8] = b"#033[";

/// Takes off escape sequences (`ESC [ … letter`), one that is cut off at the end among them, also where rsyslog wrote
/// `#033` for the escape character.
pub(super) fn without(bytes: &[u8]) -> Cow<'_, [u8]> {
    let introducer: &[u8] = if memchr::memchr(0x1b, bytes).is_some() {
        b"\x1b["
    } else if memmem::find(bytes, RSYSLOGS).is_some() {
        RSYSLOGS
    } else {
        return Cow::Borrowed(bytes);
    };
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(introducer[0], rest) {
        let sequence = &rest[at..];
        rest = match sequence.strip_prefix(introducer) {
            Some(parameters) => {
                plain.extend_from_slice(&rest[..at]);
                let end = parameters.iter().position(|b| (0x40..=0x7e).contains(b));
                end.map_or(&[], |end| &parameters[end + 1..])
            }
            // Where the line breaks off.
            None if sequence == b"\x1b" => {
                plain.extend_from_slice(&rest[..at]);
                &[]
            }
            None => {
                plain.extend_from_slice(&rest[..=at]);
                &sequence[1..]
            }
        };
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(&*without(b"\x1b[2m2024\x1b[0m \x1b[34mDEBUG\x1b[0m \x1b[2"), b"2024 DEBUG ");
        assert_eq!(&*without(b"#033[2m2024#033[0m#1 #033[1;34mDEBUG"), b"2024#1 DEBUG");
        assert_eq!(&*without(b"\x1b[1m\x1b[2ma\x1b"), b"a");
        assert_eq!(&*without(b"a\x1bXb"), b"a\x1bXb");
        assert!(matches!(without(b"plain"), Cow::Borrowed(_)));
    }
}
