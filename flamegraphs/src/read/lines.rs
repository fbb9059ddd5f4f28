//! The lines of a reader as bytes, in bounded memory.

use std::io::{BufRead, ErrorKind};

/// Longest line that is kept; what lies beyond is passed over. A hop's line takes 600 bytes and the names of its site,
/// job and surrounding spans.
pub(super) const MAX_LINE_BYTES: usize = 256 << 10;

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// The line, or the first [`MAX_LINE_BYTES`] of it.
    pub(super) bytes: &'a [u8],
    /// Whether a newline ends it; the last line of a log whose writer was killed has none.
    pub(super) ended: bool,
    /// Whether it is longer than what was kept.
    pub(super) too_long: bool,
}

pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), number: 0 }
    }

    /// The next line; `None` at the end of the input.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let (mut seen_any, mut ended, mut too_long) = (false, false, false);
        while !ended {
            let chunk = match self.reader.fill_buf() {
                Ok([]) => break,
                Ok(chunk) => chunk,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            seen_any = true;
            let newline = memchr::memchr(b'\n', chunk);
            let piece = &chunk[..newline.unwrap_or(chunk.len())];
            let room = MAX_LINE_BYTES - self.buffer.len();
            too_long |= piece.len() > room;
            self.buffer.extend_from_slice(&piece[..piece.len().min(room)]);
            let consumed = newline.map_or(piece.len(), |at| at + 1);
            ended = newline.is_some();
            self.reader.consume(consumed);
        }
        if !seen_any {
            return Ok(None);
        }
        self.number += 1;
        let bytes = self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer);
        Ok(Some(Line { number: self.number, bytes, ended, too_long }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_are_the_same_whatever_the_buffer() {
        for capacity in [1, 2, 3, 64] {
            let text: &[u8] = b"one\r\n\ntwo \xff\nthree";
            let mut lines = Lines::new(BufReader::with_capacity(capacity, text));
            let mut seen = Vec::new();
            while let Some(line) = lines.next().unwrap() {
                seen.push((line.number, line.bytes.to_vec(), line.ended));
            }
            let expected: Vec<(u64, Vec<u8>, bool)> = vec![
                (1, b"one".into(), true),
                (2, b"".into(), true),
                (3, b"two \xff".into(), true),
                (4, b"three".into(), false),
            ];
            assert_eq!(seen, expected, "capacity {capacity}");
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_cut_and_the_next_one_is_whole() {
        let text = [vec![b'x'; MAX_LINE_BYTES + 1], b"\nnext\n".to_vec()].concat();
        let mut lines = Lines::new(BufReader::with_capacity(1000, text.as_slice()));
        let first = lines.next().unwrap().unwrap();
        assert_eq!((first.bytes.len(), first.too_long, first.ended), (MAX_LINE_BYTES, true, true));
        let next = lines.next().unwrap().unwrap();
        assert_eq!((next.bytes, next.too_long), (&b"next"[..], false));
        assert_eq!(lines.next().unwrap(), None);
    }

    #[test]
    fn a_line_of_just_the_limit_is_whole() {
        let text = [vec![b'x'; MAX_LINE_BYTES], b"\n".to_vec()].concat();
        let mut lines = Lines::new(text.as_slice());
        assert!(!lines.next().unwrap().unwrap().too_long);
    }
}
