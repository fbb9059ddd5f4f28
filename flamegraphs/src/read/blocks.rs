//! The lines of a reader in blocks of many, in bounded memory: other people's lines are passed over by one search
//! through a whole block, never one by one.

use std::io::{ErrorKind, Read, Result};

/// Longest line that is kept; what lies beyond is passed over. A hop's line takes 600 bytes and the names of its site,
/// job and surrounding spans.
pub(super) const MAX_LINE_BYTES: usize = 256 << 10;

/// What is read at a time: small enough for a core's second cache.
const BUFFER_BYTES: usize = 2 * MAX_LINE_BYTES;

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The line, or the first [`MAX_LINE_BYTES`] of it.
    pub(super) bytes: &'a [u8],
    /// Whether a newline ends it; the last line of a log whose writer was killed has none.
    pub(super) ended: bool,
    /// Whether it is longer than what was kept.
    pub(super) too_long: bool,
}

impl<'a> Line<'a> {
    /// A whole line, or the beginning of one, from its bytes before the newline.
    pub(super) fn new(bytes: &'a [u8], ended: bool) -> Self {
        let kept = &bytes[..bytes.len().min(MAX_LINE_BYTES)];
        let too_long = kept.len() < bytes.len();
        // A carriage return within a line that was cut is not its end.
        let bytes = if ended && !too_long { kept.strip_suffix(b"\r").unwrap_or(kept) } else { kept };
        Self { bytes, ended, too_long }
    }
}

/// Lines that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block<'a> {
    /// Each ended by its newline.
    Whole(&'a [u8]),
    /// One that no newline ends, or that was cut.
    One(Line<'a>),
}

pub(super) struct Blocks<R> {
    reader: R,
    buffer: Box<[u8]>,
    /// What was read and not yet handed out.
    start: usize,
    end: usize,
    /// The rest of a line that was cut comes next.
    skipping: bool,
    /// Lines before the block that was handed out last, and those in it.
    lines: u64,
    in_block: u64,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(reader: R) -> Self {
        let buffer = vec![0; BUFFER_BYTES].into_boxed_slice();
        Self { reader, buffer, start: 0, end: 0, skipping: false, lines: 0, in_block: 0 }
    }

    /// Lines up to the last block's end.
    pub(super) fn lines(&self) -> u64 {
        self.lines + self.in_block
    }

    /// The next lines, and how many stand before them; `None` at the end of the input.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Block<'_>)>> {
        self.lines += std::mem::take(&mut self.in_block);
        loop {
            let unseen = &self.buffer[self.start..self.end];
            if self.skipping {
                if let Some(at) = memchr::memchr(b'\n', unseen) {
                    (self.start, self.skipping) = (self.start + at + 1, false);
                    continue;
                }
                self.start = self.end;
            } else if let Some(at) = memchr::memrchr(b'\n', unseen) {
                let whole = self.start..self.start + at + 1;
                self.start = whole.end;
                let whole = &self.buffer[whole];
                self.in_block = memchr::memchr_iter(b'\n', whole).count() as u64;
                return Ok(Some((self.lines, Block::Whole(whole))));
            } else if unseen.len() == BUFFER_BYTES {
                (self.start, self.skipping, self.in_block) = (self.end, true, 1);
                return Ok(Some((self.lines, Block::One(Line::new(&self.buffer, true)))));
            }
            if self.read()? == 0 {
                let rest = self.start..self.end;
                self.start = self.end;
                if rest.is_empty() {
                    return Ok(None);
                }
                self.in_block = 1;
                return Ok(Some((self.lines, Block::One(Line::new(&self.buffer[rest], false)))));
            }
        }
    }

    /// Reads more behind what is there; the buffer is not full.
    fn read(&mut self) -> Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most so many bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl std::io::Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.by_ref().take(most as u64).read(&mut buffer[..most])
        }
    }

    /// All lines with their numbers.
    fn lines(text: &[u8], at_a_time: usize) -> Vec<(u64, Vec<u8>, bool, bool)> {
        let (mut blocks, mut all) = (Blocks::new(Drops(text, at_a_time)), Vec::new());
        while let Some((before, block)) = blocks.next().unwrap() {
            let mut push = |i: usize, line: Line<'_>| {
                all.push((before + 1 + i as u64, line.bytes.to_vec(), line.ended, line.too_long));
            };
            match block {
                Block::One(line) => push(0, line),
                Block::Whole(bytes) => {
                    let lines = bytes.strip_suffix(b"\n").unwrap().split(|&b| b == b'\n');
                    lines.enumerate().for_each(|(i, line)| push(i, Line::new(line, true)));
                }
            }
        }
        assert_eq!(blocks.lines(), all.len() as u64);
        all
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        for at_a_time in [1, 2, 3, 64] {
            let expected = [
                (1, b"one".to_vec(), true, false),
                (2, b"".to_vec(), true, false),
                (3, b"two \xff".to_vec(), true, false),
                (4, b"three".to_vec(), false, false),
            ];
            assert_eq!(lines(b"one\r\n\ntwo \xff\nthree", at_a_time), expected, "{at_a_time}");
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_cut_and_the_next_one_is_whole() {
        for length in [MAX_LINE_BYTES + 1, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, 5 * BUFFER_BYTES] {
            for at_a_time in [1000, BUFFER_BYTES] {
                let text = [b"first\n".to_vec(), vec![b'x'; length], b"\nnext\n".to_vec()].concat();
                let seen = lines(&text, at_a_time);
                assert_eq!(seen.len(), 3, "{length}");
                assert_eq!((seen[1].1.len(), seen[1].3), (MAX_LINE_BYTES, true));
                assert_eq!(seen[2], (3, b"next".to_vec(), true, false));
            }
        }
    }

    #[test]
    fn a_line_of_just_the_limit_is_whole() {
        let text = [vec![b'x'; MAX_LINE_BYTES], b"\n".to_vec()].concat();
        let seen = lines(&text, 4096);
        assert_eq!((seen.len(), seen[0].1.len(), seen[0].3), (1, MAX_LINE_BYTES, false));
    }
}
