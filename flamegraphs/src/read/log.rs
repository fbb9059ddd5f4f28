//! A log of the app: its hop events, added up with the ledger's own code.

use std::collections::BTreeSet;
use std::io::BufRead;

use memchr::memmem::Finder;
use tollbridge_instrument::event::field;
use tollbridge_instrument::hop::HopRecord;
use tollbridge_instrument::ledger::Tally;
use tollbridge_instrument::names::{Arm, Detail, TARGET_HOP};
use tollbridge_instrument::report::{FORMAT, Report, Settings};

use super::input::{BadLine, Input, InputKind};
use super::lines::{Line, Lines};
use super::{json, text};
use crate::Error;

pub(super) fn read(reader: impl BufRead, name: &str) -> Result<Input, Error> {
    let (target, first_field) = (Finder::new(TARGET_HOP), Finder::new(field::FILE));
    let mut lines = Lines::new(reader);
    let mut log = Log::default();
    while let Some(line) = lines.next().map_err(|source| Error::read(name, source))? {
        log.seen(&line);
        // In JSON the target comes last, so a torn line may lack it; a torn line of either form may lack both.
        if target.find(line.bytes).is_none() && line.ended && first_field.find(line.bytes).is_none() {
            continue;
        }
        if line.bytes.trim_ascii_start().starts_with(b"{") {
            json::scan(&line, &mut |found| log.found(line.number, found));
        } else {
            text::scan(&line, &mut |found| log.found(line.number, found));
        }
    }
    log.finish(name)
}

/// What was found so far.
#[derive(Default)]
struct Log {
    tally: Tally,
    arms: BTreeSet<Arm>,
    detail: Option<Detail>,
    unreadable: u64,
    first_bad_line: Option<BadLine>,
    lines: u64,
    binary: bool,
}

impl Log {
    fn seen(&mut self, line: &Line<'_>) {
        self.lines = line.number;
        self.binary |= line.number <= 10 && line.bytes.contains(&0);
    }

    fn found(&mut self, number: u64, found: text::Found<'_>) {
        match found.and_then(|fields| fields.hop()) {
            Ok(hop) => self.hop(&hop),
            Err(reason) => {
                self.unreadable += 1;
                self.first_bad_line.get_or_insert(BadLine { number, reason });
            }
        }
    }

    fn hop(&mut self, hop: &HopRecord<'_>) {
        self.tally.hop(hop);
        if hop.arm != Arm::Wrapped {
            self.arms.insert(hop.arm);
        }
        self.detail = self.detail.max(Some(hop.detail));
    }

    fn finish(self, name: &str) -> Result<Input, Error> {
        let Some(detail) = self.detail else {
            return Err(Error::foreign(name, self.instead()));
        };
        let mut report: Report = self.tally.report();
        report.format = FORMAT;
        report.tool = concat!("tollbridge ", env!("CARGO_PKG_VERSION"), ", from a log").to_owned();
        // That the log exists says that the app's subscriber saw the hops.
        report.settings = Some(Settings { detail, arms: self.arms.into_iter().collect(), visible: true });
        report.clock = None;
        report.dropped.lines += self.unreadable;
        report.derive();
        Ok(Input { report, kind: InputKind::Log, first_bad_line: self.first_bad_line })
    }

    /// What stands in the file instead of hops.
    fn instead(&self) -> String {
        if self.binary {
            return "binary data".to_owned();
        }
        let lines = if self.lines == 1 { "1 line".to_owned() } else { format!("{} lines", self.lines) };
        match &self.first_bad_line {
            None => format!("{lines}, none of them a hop"),
            Some(bad) => format!("{lines}, no whole hop; line {} looks like one: {}", bad.number, bad.reason),
        }
    }
}
