//! What the tests of reports share: random hops, and the reports of them.

#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part")]

use proptest::prelude::*;
use tollbridge_instrument::hop::{HopRecord, Op, OpKind, Ops, Site, Stamps};
use tollbridge_instrument::ledger::Tally;
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome};
use tollbridge_instrument::report::Report;

#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) site: usize,
    pub(crate) arm: usize,
    pub(crate) detail: usize,
    pub(crate) outcome: usize,
    /// Time since the one before, and its own lengths.
    pub(crate) gap: u64,
    pub(crate) lengths: [u64; 7],
}

pub(crate) fn drawn() -> impl Strategy<Value = Drawn> {
    let length = || prop_oneof![Just(0u64), 0u64..200, 0u64..5_000_000];
    (0usize..3, 0usize..3, 0usize..2, 0usize..4, 0u64..400_000_000, prop::array::uniform7(length()))
        .prop_map(|(site, arm, detail, outcome, gap, lengths)| Drawn { site, arm, detail, outcome, gap, lengths })
}

/// What has been tallied after `hops`, as a report of the capture that lasted as long as they did.
pub(crate) fn report(tally: &Tally) -> Report {
    let mut report = tally.report();
    let process = &mut report.processes[0];
    (process.exe, process.pid, process.started_unix_ms) = ("app".to_owned(), 7, 1_000);
    report
}

pub(crate) fn add(tally: &mut Tally, now: &mut u64, drawn: &Drawn) {
    const FILES: [&str; 3] = ["a.rs", "b.rs", "c.rs"];
    *now += drawn.gap;
    let mut at = *now;
    let mut after = |length: u64| {
        at += length;
        Some(at)
    };
    let [a, b, c, d, e, f, lock] = drawn.lengths;
    let detail = Detail::ALL[drawn.detail];
    let mut ops = Ops::default();
    if detail == Detail::Locks {
        ops.push(Op { kind: OpKind::Lock(LockOp::Done), ns: lock, contended: lock % 2 == 1 });
        ops.push(Op { kind: OpKind::Copy, ns: lock / 2, contended: false });
        ops.push(Op { kind: OpKind::Empty, ns: lock % 50, contended: false });
    }
    let stamps = Stamps {
        called: *now,
        returned: after(a),
        previous_end: None,
        run_start: after(b),
        run_end: after(c),
        published: after(d),
        first_poll: Some(*now),
        ready: after(e),
        copied: after(f),
        pool_thread: Some(1),
    };
    *now = at;
    tally.hop(&HopRecord {
        site: Site { file: FILES[drawn.site], line: 1, column: 1, job: "job" },
        arm: [Arm::Naive, Arm::Snapshot, Arm::Native][drawn.arm],
        detail,
        outcome: [Outcome::Joined, Outcome::Panicked, Outcome::Cancelled, Outcome::Detached][drawn.outcome],
        stamps,
        ops,
        copied_bytes: lock,
    });
}
