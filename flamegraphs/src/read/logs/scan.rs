//! Finds hop events in the lines of a log, by what is in them: any form of `tracing_subscriber::fmt`, any prefix.

use memchr::memmem::Finder;

use super::blocks::{Block, LogLine, RECORD};
use super::event::ANCHOR;
use super::found::{Found, OnFound, TORN};
use super::objects::Work;
use super::remedy::Remedy;
use super::wrapped::Next;
use super::{json, pid, remedy, text, torn, wide, wrapped};

/// Objects around a line that are undone: a container's log that a collector packed again.
const MAX_WRAPPINGS: u32 = 3;

pub(super) struct Scanner {
    /// What a line that is looked at holds: a name in a hop's fields, or a journal's text in bytes, which then are to
    /// hold that name.
    signs: [Finder<'static>; 2],
    anchor_in_bytes: Finder<'static>,
    /// Where in its line the last hop had the first of them.
    anchor_at: usize,
    /// Lines with a hop's name that were none, and what to do with the first of which that can be told.
    passed_over: u32,
    remedy: Option<(String, Remedy)>,
}

/// So many lines are looked at for a remedy.
const MAX_PASSED_OVER: u32 = 64;

impl Default for Scanner {
    fn default() -> Self {
        let anchor_in_bytes = Finder::new(&wrapped::in_bytes(ANCHOR)).into_owned();
        Self {
            signs: [Finder::new(ANCHOR), Finder::new(wrapped::BYTES)],
            anchor_in_bytes,
            anchor_at: 0,
            passed_over: 0,
            remedy: None,
        }
    }
}

impl Scanner {
    /// Hands every hop in the block to `found`, with the place of its line's first byte.
    pub(super) fn scan(&mut self, block: &Block<'_>, found: &mut dyn FnMut(usize, Found<'_>, Option<u32>)) {
        match block {
            Block::One(line) => {
                scan_wide(line.bytes, found);
                for piece in line.pieces() {
                    if !self.scan_one(&piece, found) {
                        self.passed_over(piece.bytes);
                    }
                }
            }
            Block::Whole(bytes) => {
                scan_wide(bytes, found);
                let mut next = [0, 1].map(|sign| self.find(sign, bytes, 0));
                while let Some(at) = next.into_iter().flatten().min() {
                    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
                    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
                    let line = &bytes[start..end];
                    if next[0] == Some(at) || self.anchor_in_bytes.find(line).is_some() {
                        let mut any = false;
                        for piece in LogLine::new(line, true).pieces() {
                            scan_line(&piece, MAX_WRAPPINGS, None, &mut |fields, pid| {
                                any = true;
                                self.anchor_at = at - start;
                                found(start, fields, pid);
                            });
                        }
                        if !any {
                            self.passed_over(line);
                        }
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

    /// What to do if there was no hop, if a line tells; and what is found there.
    pub(super) fn remedy(self) -> Option<(String, Remedy)> {
        self.remedy
    }

    fn passed_over(&mut self, line: &[u8]) {
        if self.remedy.is_none() && self.passed_over < MAX_PASSED_OVER {
            self.passed_over += 1;
            self.remedy = remedy::of_line(line);
        }
    }

    fn scan_one(&self, line: &LogLine<'_>, found: &mut dyn FnMut(usize, Found<'_>, Option<u32>)) -> bool {
        let mut any = false;
        if !line.bytes.iter().all(|&b| b == 0) {
            scan_line(line, MAX_WRAPPINGS, None, &mut |fields, pid| {
                any = true;
                found(0, fields, pid);
            });
        }
        let last = &line.bytes[memchr::memrchr(0, line.bytes).map_or(0, |hole| hole + 1)..];
        if !any && !line.ended && !line.too_long && torn::may_have_been_a_hop(last, self.anchor_at) {
            found(0, Err(TORN.to_owned()), None);
        }
        any
    }
}

/// Counts the hops in UTF-16 as lost.
fn scan_wide(bytes: &[u8], found: &mut dyn FnMut(usize, Found<'_>, Option<u32>)) {
    wide::lines(bytes, &mut |start, narrow| {
        for piece in LogLine::new(narrow, true).pieces() {
            scan_line(&piece, MAX_WRAPPINGS, None, &mut |_, _| found(start, Err(wide::UTF_16.to_owned()), None));
        }
    });
}

/// Hands every hop in a line to `found`. `pid`: the process, if what the line was in tells.
fn scan_line(line: &LogLine<'_>, wrappings: u32, pid: Option<u32>, found: OnFound<'_>) {
    let line = &LogLine { ended: line.ended && !is_part(line.bytes), ..*line };
    let mut rest = line.bytes;
    loop {
        // A hole of NULs may be gigantic.
        rest = &rest[rest.iter().position(|&b| b != 0).unwrap_or(rest.len())..];
        let Some(end) = memchr::memchr2(0, RECORD, rest) else {
            return scan_record(&LogLine { bytes: rest, ..*line }, wrappings, pid, found);
        };
        // A hole is what a lost write leaves, so the line before it may have lost its end.
        scan_record(&LogLine { bytes: &rest[..end], ended: rest[end] == RECORD, ..*line }, wrappings, pid, found);
        rest = &rest[end + 1..];
    }
}

fn scan_record(line: &LogLine<'_>, wrappings: u32, pid: Option<u32>, found: OnFound<'_>) {
    let of_line = || pid.or_else(|| pid::of_prefix(line.bytes));
    if line.bytes.is_empty() || !json::scan(line, &mut |fields| found(fields, of_line())) {
        return;
    }
    let mut work = Work::on(line.bytes);
    let (mut from, mut open_from) = (0, 0);
    while let Some(next) = (wrappings > 0).then(|| wrapped::next(line, from, open_from, &mut work)).flatten() {
        match next {
            Next::Inner(inner) => {
                // After a damaged object the next one may begin before what was looked at.
                text::scan(&LogLine { bytes: &line.bytes[from..inner.open], ended: false, ..*line }, &mut |fields| {
                    found(fields, of_line());
                });
                scan_line(&inner.line(), wrappings - 1, inner.pid.or(pid), &mut |fields, inner_pid| {
                    found(fields, inner_pid.or_else(of_line));
                });
                (from, open_from) = (inner.end, inner.end);
            }
            Next::Broken { reason, end } => {
                let segment = &line.bytes[from..end];
                let (mut told, ended) = (0, line.ended && end == line.bytes.len());
                text::scan(&LogLine { bytes: segment, ended, ..*line }, &mut |fields| {
                    told += 1;
                    found(fields, of_line());
                });
                // Those that a line behind it told are no hops of the damaged object.
                if told == 0 || wrapped::hops_said(segment) > told {
                    found(Err(reason), of_line());
                }
                from = end;
            }
        }
    }
    text::scan(&LogLine { bytes: &line.bytes[from..], ..*line }, &mut |fields| found(fields, of_line()));
}

/// Whether a container runtime says that the line goes on in its next one: `2024-01-01T00:00:00Z stderr P …` (CRI).
fn is_part(bytes: &[u8]) -> bool {
    let stream = memchr::memchr(b' ', bytes).map(|time| &bytes[time + 1..]);
    stream.is_some_and(|rest| {
        [&b"stdout P"[..], b"stderr P"]
            .iter()
            .any(|part| rest.strip_prefix(*part).is_some_and(|rest| rest.first().is_none_or(|&b| b == b' ')))
    })
}
