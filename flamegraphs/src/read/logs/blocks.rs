//! The lines of a reader in blocks of many, in bounded memory: other people's lines are passed over by one search
//! through a whole block, never one by one.

use std::io::{ErrorKind, Read, Result};

use memchr::memmem;

use super::event::ANCHOR;

/// Longest line that is looked at in one piece. A hop's line takes 600 bytes and the names of its site, job and
/// surrounding spans; a line of many objects is cut between two of them.
pub(super) const MAX_LINE_BYTES: usize = 256 << 10;

/// What is read at a time: small enough for a core's second cache.
const BUFFER_BYTES: usize = 2 * MAX_LINE_BYTES;

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogLine<'a> {
    /// The line, or the first [`MAX_LINE_BYTES`] of it.
    pub(super) bytes: &'a [u8],
    /// Whether a newline ends it; the last line of a log whose writer was killed has none.
    pub(super) ended: bool,
    /// Whether it is a piece of a longer one.
    pub(super) too_long: bool,
}

impl<'a> LogLine<'a> {
    /// A line from its bytes before the newline.
    pub(super) fn new(bytes: &'a [u8], ended: bool) -> Self {
        // Terminals that were passed through twice leave two.
        let returns = bytes.iter().rev().take_while(|&&b| ended && b == b'\r').count();
        Self { bytes: &bytes[..bytes.len() - returns], ended, too_long: false }
    }

    /// The line, in pieces that are as long as a line may be.
    pub(super) fn pieces(self) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let line = rest.take()?;
            if line.bytes.len() <= MAX_LINE_BYTES {
                return Some(line);
            }
            let (piece, behind) = line.bytes.split_at(cut(&line.bytes[..MAX_LINE_BYTES]));
            let begins_anew = ends_record(piece);
            rest = Some(Self { bytes: behind, ended: line.ended, too_long: !begins_anew });
            Some(Self { bytes: piece, ended: false, too_long: line.too_long || !begins_anew })
        })
    }
}

/// Whether what follows has nothing to do with it: holes of NULs, and the separator of JSON text sequences.
fn ends_record(piece: &[u8]) -> bool {
    matches!(piece.last(), Some(&(0 | RECORD)))
}

/// Begins an object in a JSON text sequence.
pub(super) const RECORD: u8 = 0x1e;

/// Where a line that goes on behind `window` is cut, so that what tells a hop stays together: between two records or
/// objects, before an object, or in plain text.
fn cut(window: &[u8]) -> usize {
    const TAIL: usize = 128;
    const MESSAGE_AND_MORE: usize = 32;
    if let Some(end) = memchr::memrchr2(0, RECORD, window) {
        return end + 1;
    }
    let behind_object = |&open: &usize| {
        let between = |b: &&u8| b" ,\t\r".contains(b);
        window[..open].iter().rev().find(|b| !between(b)) == Some(&b'}')
    };
    let opens = || memchr::memrchr_iter(b'{', window).filter(|&open| open > 0);
    if let Some(open) = opens().find(behind_object).or_else(|| opens().next()) {
        return open;
    }
    let tail = window.len().saturating_sub(TAIL);
    memmem::rfind(&window[tail..], ANCHOR.as_bytes())
        .map_or(window.len() - TAIL / 2, |at| (tail + at).saturating_sub(MESSAGE_AND_MORE))
        .max(1)
}

/// Lines that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block<'a> {
    /// Each ended by its newline.
    Whole(&'a [u8]),
    /// One that no newline ends, or that was cut.
    One(LogLine<'a>),
}

pub(super) struct Blocks<R> {
    reader: R,
    buffer: Box<[u8]>,
    /// What was read and not yet handed out.
    start: usize,
    end: usize,
    /// What follows is the rest of a line that was cut, and whether that is a piece of it.
    within: Option<bool>,
    /// Lines before the block that was handed out last, and those in it.
    lines: u64,
    in_block: u64,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(reader: R) -> Self {
        let buffer = vec![0; BUFFER_BYTES].into_boxed_slice();
        Self { reader, buffer, start: 0, end: 0, within: None, lines: 0, in_block: 0 }
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
            let newline = match self.within {
                Some(_) => memchr::memchr(b'\n', unseen),
                None => memchr::memrchr(b'\n', unseen),
            };
            match (newline, self.within) {
                (Some(at), Some(too_long)) => {
                    let rest = self.start..self.start + at;
                    (self.start, self.within) = (rest.end + 1, None);
                    let line = LogLine { too_long, ..LogLine::new(&self.buffer[rest], true) };
                    return Ok(Some((self.lines - 1, Block::One(line))));
                }
                (Some(at), None) => {
                    let whole = self.start..self.start + at + 1;
                    self.start = whole.end;
                    let whole = &self.buffer[whole];
                    self.in_block = memchr::memchr_iter(b'\n', whole).count() as u64;
                    return Ok(Some((self.lines, Block::Whole(whole))));
                }
                (None, within) if unseen.len() > MAX_LINE_BYTES => {
                    let piece = self.start..self.start + cut(&unseen[..MAX_LINE_BYTES]);
                    self.start = piece.end;
                    let piece = &self.buffer[piece];
                    let begins_anew = ends_record(piece);
                    self.within = Some(!begins_anew);
                    let line = LogLine { bytes: piece, ended: false, too_long: within == Some(true) || !begins_anew };
                    let before = self.lines - u64::from(within.is_some());
                    self.in_block = u64::from(within.is_none());
                    return Ok(Some((before, Block::One(line))));
                }
                (None, _) => {}
            }
            if self.read()? == 0 {
                let rest = self.start..self.end;
                self.start = self.end;
                let within = self.within.take();
                if rest.is_empty() {
                    return Ok(None);
                }
                let before = self.lines - u64::from(within.is_some());
                self.in_block = u64::from(within.is_none());
                let line = LogLine { too_long: within == Some(true), ..LogLine::new(&self.buffer[rest], false) };
                return Ok(Some((before, Block::One(line))));
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
            let mut push = |i: usize, line: LogLine<'_>| {
                let number = before + 1 + i as u64;
                all.extend(line.pieces().map(|line| (number, line.bytes.to_vec(), line.ended, line.too_long)));
            };
            match block {
                Block::One(line) => push(0, line),
                Block::Whole(bytes) => {
                    let lines = bytes.strip_suffix(b"\n").unwrap().split(|&b| b == b'\n');
                    lines.enumerate().for_each(|(i, line)| push(i, LogLine::new(line, true)));
                }
            }
        }
        assert_eq!(blocks.lines(), all.last().map_or(0, |line| line.0));
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
                let (pieces, next) = seen[1..].split_at(seen.len() - 2);
                assert!(
                    pieces.iter().all(|piece| piece.0 == 2 && piece.1.len() <= MAX_LINE_BYTES && piece.3),
                    "{length}"
                );
                assert_eq!(pieces.iter().map(|piece| piece.1.len()).sum::<usize>(), length);
                assert_eq!(next, [(3, b"next".to_vec(), true, false)]);
            }
        }
    }

    #[test]
    fn a_long_line_is_cut_between_objects_and_behind_holes() {
        let objects = vec![b"{\"a\":1},".to_vec(); MAX_LINE_BYTES / 4].concat();
        for (_, piece, ..) in lines(&objects, 1000) {
            assert!(piece.starts_with(b"{") && piece.ends_with(b","));
        }
        let hole = [vec![0; 3 * MAX_LINE_BYTES], b"line\n".to_vec()].concat();
        assert_eq!(lines(&hole, 1000).last().unwrap(), &(1, b"line".to_vec(), true, false));
        let anchor = [vec![b'x'; MAX_LINE_BYTES - 20], b"hop code.file.path=".to_vec(), vec![b'x'; 500]].concat();
        assert!(lines(&anchor, 1000)[1].1.windows(19).any(|part| part == b"hop code.file.path="));
    }

    #[test]
    fn a_line_of_just_the_limit_is_whole() {
        let text = [vec![b'x'; MAX_LINE_BYTES], b"\n".to_vec()].concat();
        let seen = lines(&text, 4096);
        assert_eq!((seen.len(), seen[0].1.len(), seen[0].3), (1, MAX_LINE_BYTES, false));
    }
}
