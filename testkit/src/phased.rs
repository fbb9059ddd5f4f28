//! Hops made by how long each of their phases lasts, and reports of them.

use tollbridge_report::Report;
use tollbridge_report::hop::{Circumstances, HopRecord, Ops, Site, Stamps};
use tollbridge_report::names::{Arm, Detail, Outcome, Spacing, StartKind};

/// Durations in ns.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the phases")]
pub struct Hop {
    /// Line of its site.
    pub line: u32,
    pub submit: u64,
    pub backlog: u64,
    /// How its job got its thread.
    pub kind: StartKind,
    pub start: u64,
    pub run: u64,
    pub unpolled: u64,
    pub resume: u64,
}

const PUBLISH: u64 = 80;

const TRANSFER: u64 = 50;

/// What each of [`ORDINARY`] pays to cross.
pub const CROSSING: u64 = 1_000 + 5_000 + PUBLISH + 8_000 + TRANSFER;

/// A job of 400 us on a thread that was woken.
pub const ORDINARY: Hop = Hop {
    line: 7,
    submit: 1_000,
    backlog: 0,
    kind: StartKind::Pickup,
    start: 5_000,
    run: 400_000,
    unpolled: 0,
    resume: 8_000,
};

impl Hop {
    /// The hop of this number in a row of them.
    pub fn record(&self, i: u64) -> HopRecord<'static> {
        self.record_spaced(i, Spacing::Row)
    }

    /// The same, at another distance from the one before it.
    pub fn record_spaced(&self, i: u64, spacing: Spacing) -> HopRecord<'static> {
        let called = 10_000_000_000 + 1_000 * i;
        let returned = called + self.submit;
        let previous_end = match self.kind {
            StartKind::NewThread => None,
            StartKind::Pickup => Some(called - 1),
            StartKind::Handoff => Some(returned + self.backlog),
        };
        let run_start = returned.max(previous_end.unwrap_or(0)) + self.start;
        let run_end = run_start + self.run;
        let published = run_end + PUBLISH;
        let first_poll = if self.unpolled > 0 { published + self.unpolled } else { published };
        let ready = first_poll + self.resume;
        HopRecord {
            site: Site {
                file: "src/store/meta.rs",
                line: self.line,
                column: 9,
                job: "svc::store::meta::get::{{closure}}",
            },
            arm: Arm::Snapshot,
            detail: Detail::Phases,
            outcome: Outcome::Joined,
            stamps: Stamps {
                called,
                returned: Some(returned),
                previous_end,
                run_start: Some(run_start),
                run_end: Some(run_end),
                published: Some(published),
                first_poll: Some(first_poll),
                ready: Some(ready),
                copied: Some(ready + TRANSFER),
                pool_thread: Some(1),
            },
            ops: Ops::default(),
            copied_bytes: 24,
            circumstances: Circumstances {
                // There is none before the first.
                spacing: if i > 0 { spacing } else { Spacing::Apart },
                ..Circumstances::default()
            },
        }
    }
}

/// A report of hops of which `under_way` (tenths) were so at a time, on so many threads.
pub fn report_of(hops: &[HopRecord<'_>], tenths_under_way: u64, threads: u64) -> Report {
    let mut report = crate::logs::stored_report(hops);
    let ns: u64 = hops.iter().map(|hop| hop.stamps.copied.unwrap() - hop.stamps.called).sum();
    report.processes[0].duration_ns = 10 * ns / tenths_under_way;
    report.pool.threads_seen = threads;
    report
}

/// One hop after the other.
pub fn records(hops: &[Hop]) -> Vec<HopRecord<'static>> {
    (0u64..).zip(hops).map(|(i, hop)| hop.record(i)).collect()
}

/// Of hops that come one by one.
/// The report of these, one after the other.
pub fn report(hops: &[Hop]) -> Report {
    report_of(&records(hops), 5, 2)
}

/// The report of many like it.
pub fn alike(hop: Hop) -> Report {
    report(&[hop; 100])
}
