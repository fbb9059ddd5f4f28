//! Logs of the app: their hop events, added up with the recorder's own code.

use std::collections::BTreeSet;
use std::io::Read;

use tollbridge_report::aggregate::Tally;
use tollbridge_report::hop::HopRecord;
use tollbridge_report::names::{Arm, Detail};
use tollbridge_report::{FORMAT, Process, Report, Settings};

use super::blocks::{Block, Blocks};
use super::found::{Found, TORN, short};
use super::gaps::Gaps;
use super::packed::BrokenOff;
use super::remedy::Remedy;
use super::scan::Scanner;
use super::starts::{Start, Starts};
use super::twice::Twice;
use super::wide;
use crate::read::bad_line::BadLine;

/// Lines at a log's beginning in which a NUL byte says that it is none.
const LINES_OF_TEXT: usize = 10;

/// What was found in the logs so far. Their order does not matter.
#[derive(Default)]
pub(super) struct Logs {
    tally: Tally,
    arms: BTreeSet<Arm>,
    detail: Option<Detail>,
    hops: u64,
    unreadable: u64,
    first_bad_line: Option<BadLine>,
    twice: Twice,
    starts: Starts,
    gaps: Gaps,
    /// Where hops stand as texts beside those that were read.
    elsewhere: Option<String>,
}

/// What was added up, and what should be known of it.
pub(super) struct Whole {
    pub(super) report: Report,
    pub(super) first_bad_line: Option<BadLine>,
    pub(super) notes: Vec<String>,
}

impl Logs {
    /// Adds the hops of one. Gives what stands in it instead, if there are none, and what to do.
    pub(super) fn read(
        &mut self,
        reader: impl Read,
        name: &str,
        broken_off: &BrokenOff,
    ) -> std::io::Result<Option<(String, Remedy)>> {
        self.starts.file();
        let (mut blocks, mut scanner) = (Blocks::new(reader), Scanner::default());
        let (hops, again, unreadable) = (self.hops, self.twice.again(), self.unreadable);
        let (mut binary, mut rest_is_lost) = (false, false);
        while let Some((before, block)) = blocks.next()? {
            let bytes = match block {
                Block::Whole(bytes) => bytes,
                Block::One(line) => {
                    rest_is_lost = !line.ended && broken_off.get().is_some();
                    line.bytes
                }
            };
            let more = usize::try_from(before).ok().and_then(|before| LINES_OF_TEXT.checked_sub(before + 1));
            if let Some(more) = more {
                let head = memchr::memchr_iter(b'\n', bytes).nth(more).unwrap_or(bytes.len());
                binary |= memchr::memchr(0, &bytes[..head]).is_some();
            }
            self.gaps.look(bytes);
            if !rest_is_lost {
                scanner.scan(&block, &mut |start, found, pid| {
                    let newlines = || memchr::memchr_iter(b'\n', &bytes[..start]).count() as u64;
                    self.found(found, pid, name, || before + newlines() + 1);
                });
            }
        }
        if let Some(broken) = broken_off.get() {
            let last = blocks.lines() + u64::from(!rest_is_lost);
            self.unreadable(name, || last, broken.said());
        }
        let remedy = scanner.remedy();
        if self.hops > hops || self.twice.again() > again {
            if let Some((found, Remedy::Member(path))) = remedy {
                self.elsewhere
                    .get_or_insert_with(|| format!("{name}: {found} as well, and are not counted: see jq -r '{path}'"));
            }
            return Ok(None);
        }
        let lines = if blocks.lines() == 1 { "1 line".to_owned() } else { format!("{} lines", blocks.lines()) };
        let bad = self.first_bad_line.as_ref().filter(|bad| self.unreadable > unreadable && bad.file == name);
        Ok(Some(match (bad, remedy) {
            (Some(bad), None) if bad.reason == wide::UTF_16 => {
                (format!("{lines}, {}", bad.reason), Remedy::Pipe("iconv -f UTF-16LE -t UTF-8"))
            }
            (Some(bad), remedy) if bad.reason != TORN || remedy.is_none() => {
                let found = format!("{lines}, no whole hop; line {} looks like one: {}", bad.number, bad.reason);
                (found, Remedy::Mend)
            }
            (None, None) if self.unreadable > unreadable => (format!("{lines}, no whole hop"), Remedy::Mend),
            (_, Some((found, remedy))) => (format!("{lines}; {found}"), remedy),
            (_, None) if binary => ("binary data".to_owned(), Remedy::Run),
            (_, None) => (format!("{lines}, none of them a hop"), Remedy::Run),
        }))
    }

    fn found(&mut self, found: Found<'_>, pid: Option<u32>, file: &str, number: impl Fn() -> u64) {
        match found.and_then(|fields| fields.hop()) {
            Ok(hop) => self.hop(&hop, pid),
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

    fn hop(&mut self, hop: &HopRecord<'_>, pid: Option<u32>) {
        if !self.twice.is_new(hop) {
            return;
        }
        self.starts.hop(&hop.stamps, pid);
        self.hops += 1;
        self.tally.hop(hop);
        if hop.arm != Arm::Wrapped {
            self.arms.insert(hop.arm);
        }
        self.detail = self.detail.max(Some(hop.detail));
    }

    /// The report of all; `None` without any hop.
    pub(super) fn finish(self) -> Option<Whole> {
        let detail = self.detail?;
        let mut report: Report = self.tally.report();
        report.format = FORMAT;
        report.tool = concat!("tollbridge ", env!("CARGO_PKG_VERSION"), ", from a log").to_owned();
        // That the log exists says that the app's subscriber saw the hops.
        report.settings = Some(Settings { detail, arms: self.arms.into_iter().collect(), visible: true });
        report.clock = None;
        report.dropped.lines += self.unreadable;
        let by =
            if self.starts.have_pids() { "by pid and by moments that begin anew" } else { "as its moments begin anew" };
        let starts = self.starts.finish();
        let mut notes: Vec<String> = self.twice.notes().collect();
        if starts.len() > 1 {
            notes.push(format!(
                "the log is of {} starts of the app, {by}; their threads and times are added up",
                starts.len()
            ));
            add_up(&mut report, &starts);
        }
        notes.extend(self.elsewhere);
        notes.extend(self.gaps.notes());
        report.derive();
        Some(Whole { report, first_bad_line: self.first_bad_line, notes })
    }
}

/// Each start had threads of its own, and all of its time: as if there were a report of each.
fn add_up(report: &mut Report, starts: &[Start]) {
    let sum = |of: fn(&Start) -> u64| starts.iter().map(of).fold(0, u64::saturating_add);
    report.pool.threads_seen = sum(|start| start.threads);
    report.pool.thread_ns = sum(|start| start.threads.saturating_mul(start.duration_ns));
    let process = |start: &Start| Process { duration_ns: start.duration_ns, complete: true, ..Process::default() };
    report.processes = starts.iter().map(process).collect();
}
