//! Finds hop events in the lines of a log, by what is in them: any form of `tracing_subscriber::fmt`, any prefix.

use memchr::memmem::Finder;

use super::blocks::{Block, Line};
use super::event::ANCHOR;
use super::found::{Found, TORN};
use super::{json, text, torn, wrapped};

/// Objects around a line that are undone: a container's log that a collector packed again.
const MAX_WRAPPINGS: u32 = 3;

pub(super) struct Scanner {
    /// What a line that is looked at holds: a name in a hop's fields, or a journal's text in bytes, which then are to
    /// hold that name.
    signs: [Finder<'static>; 2],
    anchor_in_bytes: Finder<'static>,
    /// Where in its line the last hop had the first of them.
    anchor_at: usize,
}

impl Default for Scanner {
    fn default() -> Self {
        let anchor_in_bytes = Finder::new(&wrapped::in_bytes(ANCHOR)).into_owned();
        Self { signs: [Finder::new(ANCHOR), Finder::new(wrapped::BYTES)], anchor_in_bytes, anchor_at: 0 }
    }
}

impl Scanner {
    /// Hands every hop in the block to `found`, with the place of its line's first byte.
    pub(super) fn scan(&mut self, block: &Block<'_>, found: &mut dyn FnMut(usize, Found<'_>)) {
        match block {
            Block::One(line) => self.scan_one(line, found),
            Block::Whole(bytes) => {
                let mut next = [0, 1].map(|sign| self.find(sign, bytes, 0));
                while let Some(at) = next.into_iter().flatten().min() {
                    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
                    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
                    let line = &bytes[start..end];
                    if next[0] == Some(at) || self.anchor_in_bytes.find(line).is_some() {
                        scan_line(&Line::new(line, true), MAX_WRAPPINGS, &mut |fields| {
                            self.anchor_at = at - start;
                            found(start, fields);
                        });
                    }
                    for (sign, next) in next.iter_mut().enumerate() {
                        if next.is_some_and(|at| at < end) {
                            *next = self.find(sign, bytes, end);
                        }
                    }
                }
            }
        }
    }

    fn find(&self, sign: usize, bytes: &[u8], from: usize) -> Option<usize> {
        self.signs[sign].find(&bytes[from..]).map(|at| from + at)
    }

    fn scan_one(&self, line: &Line<'_>, found: &mut dyn FnMut(usize, Found<'_>)) {
        let mut any = false;
        scan_line(line, MAX_WRAPPINGS, &mut |fields| {
            any = true;
            found(0, fields);
        });
        if !any && !line.ended && !line.too_long && torn::may_have_been_a_hop(line.bytes, self.anchor_at) {
            found(0, Err(TORN.to_owned()));
        }
    }
}

fn scan_line(line: &Line<'_>, wrappings: u32, found: &mut dyn FnMut(Found<'_>)) {
    let line = &Line { ended: line.ended && !is_part(line.bytes), ..*line };
    if json::scan(line, found) {
        return;
    }
    match wrapped::unwrap(line).filter(|_| wrappings > 0) {
        Some(Ok(inner)) => scan_line(&inner.line(), wrappings - 1, found),
        Some(Err(reason)) => found(Err(reason)),
        None => text::scan(line, found),
    }
}

/// Whether a container runtime says that the line goes on in its next one: `2024-01-01T00:00:00Z stderr P …` (CRI).
fn is_part(bytes: &[u8]) -> bool {
    let mut words = bytes.splitn(4, |&b| b == b' ').skip(1);
    matches!(words.next(), Some(b"stdout" | b"stderr")) && words.next() == Some(b"P")
}
