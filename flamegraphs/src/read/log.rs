//! Logs of the app: their hop events, added up with the ledger's own code.

use std::collections::BTreeSet;
use std::io::Read;

use tollbridge_instrument::hop::HopRecord;
use tollbridge_instrument::ledger::Tally;
use tollbridge_instrument::names::{Arm, Detail};
use tollbridge_instrument::report::{FORMAT, Report, Settings};

use super::bad_line::BadLine;
use super::blocks::{Block, Blocks};
use super::found::Found;
use super::packed::BrokenOff;
use super::scan::Scanner;
use crate::harmless::short;

/// Lines at a log's beginning in which a NUL byte says that it is none.
const LINES_OF_TEXT: u64 = 10;

/// What was found in the logs so far. Their order does not matter.
#[derive(Default)]
pub(super) struct Logs {
    tally: Tally,
    arms: BTreeSet<Arm>,
    detail: Option<Detail>,
    hops: u64,
    unreadable: u64,
    first_bad_line: Option<BadLine>,
}

impl Logs {
    /// Adds the hops of one. Gives what stands in it instead, if there are none.
    pub(super) fn read(
        &mut self,
        reader: impl Read,
        name: &str,
        broken_off: &BrokenOff,
    ) -> std::io::Result<Option<String>> {
        let (mut blocks, mut scanner) = (Blocks::new(reader), Scanner::default());
        let (hops, unreadable) = (self.hops, self.unreadable);
        let (mut binary, mut rest_is_lost) = (false, false);
        while let Some((before, block)) = blocks.next()? {
            let bytes = match block {
                Block::Whole(bytes) => bytes,
                Block::One(line) => {
                    rest_is_lost = !line.ended && broken_off.get().is_some();
                    line.bytes
                }
            };
            let head = usize::try_from(LINES_OF_TEXT.saturating_sub(before)).unwrap_or(0);
            binary |= bytes.split(|&b| b == b'\n').take(head).any(|line| memchr::memchr(0, line).is_some());
            if !rest_is_lost {
                scanner.scan(&block, &mut |start, found| {
                    let newlines = || memchr::memchr_iter(b'\n', &bytes[..start]).count() as u64;
                    self.found(found, name, || before + newlines() + 1);
                });
            }
        }
        if let Some(packing) = broken_off.get() {
            let last = blocks.lines() + u64::from(!rest_is_lost);
            self.unreadable(name, || last, format!("the {} data breaks off here", packing.name()));
        }
        if self.hops > hops {
            return Ok(None);
        }
        let lines = if blocks.lines() == 1 { "1 line".to_owned() } else { format!("{} lines", blocks.lines()) };
        let bad = self.first_bad_line.as_ref().filter(|bad| self.unreadable > unreadable && bad.file == name);
        Ok(Some(match bad {
            _ if binary => "binary data".to_owned(),
            Some(bad) => format!("{lines}, no whole hop; line {} looks like one: {}", bad.number, bad.reason),
            None if self.unreadable > unreadable => format!("{lines}, no whole hop"),
            None => format!("{lines}, none of them a hop"),
        }))
    }

    fn found(&mut self, found: Found<'_>, file: &str, number: impl Fn() -> u64) {
        match found.and_then(|fields| fields.hop()) {
            Ok(hop) => self.hop(&hop),
            Err(reason) => self.unreadable(file, number, reason),
        }
    }

    fn unreadable(&mut self, file: &str, number: impl Fn() -> u64, reason: String) {
        self.unreadable += 1;
        self.first_bad_line.get_or_insert_with(|| BadLine {
            file: file.to_owned(),
            number: number(),
            // It may quote the line.
            reason: short(&reason),
        });
    }

    fn hop(&mut self, hop: &HopRecord<'_>) {
        self.hops += 1;
        self.tally.hop(hop);
        if hop.arm != Arm::Wrapped {
            self.arms.insert(hop.arm);
        }
        self.detail = self.detail.max(Some(hop.detail));
    }

    /// The report of all, and the first line that could not be read; `None` without any hop.
    pub(super) fn finish(self) -> Option<(Report, Option<BadLine>)> {
        let detail = self.detail?;
        let mut report: Report = self.tally.report();
        report.format = FORMAT;
        report.tool = concat!("tollbridge ", env!("CARGO_PKG_VERSION"), ", from a log").to_owned();
        // That the log exists says that the app's subscriber saw the hops.
        report.settings = Some(Settings { detail, arms: self.arms.into_iter().collect(), visible: true });
        report.clock = None;
        report.dropped.lines += self.unreadable;
        report.derive();
        Some((report, self.first_bad_line))
    }
}
