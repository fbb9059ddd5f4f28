//! What is computed from what was added up.

use std::collections::BTreeMap;

use super::Distribution;
use super::group::Outcomes;
use super::written::written;
use crate::names::{Arm, LockOp, Phase, SpanKind, StartKind};

/// Means of a span outside any hop. How right they are is in `docs/reference/truth.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanMeans {
    /// As in [`SpanReport`](super::SpanReport).
    pub path: Vec<String>,
    /// As in [`SpanReport`](super::SpanReport).
    pub kind: SpanKind,
    /// Spans right below it, for each of it.
    pub children_per_span: f64,
    /// Its length; corrected by its floor and by all that the spans below it cost.
    pub mean_ns: Mean,
    /// What its children leave of it; corrected by its floor and by what they cost outside their own lengths.
    pub self_ns: Mean,
}

/// A value with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the interval leaves out "no difference".
    pub significant: bool,
}

/// Two arms against each other. `None` where there is too little to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The minuend.
    pub a: Arm,
    /// The subtrahend.
    pub b: Arm,
    /// Mean transfer of `a` less that of `b`.
    pub transfer_difference_ns: Option<Interval>,
    /// Mean hop of `a` less that of `b`.
    pub hop_difference_ns: Option<Interval>,
    /// Mean transfer of `a` divided by that of `b`; only where the smaller one lies above the clock's floor.
    pub transfer_ratio: Option<Interval>,
}

/// A mean as it was measured, and less what looking at it cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    /// As measured.
    pub raw: f64,
    /// Less what an empty span measures, and what spans inside it cost; `None` where nothing is left, or where that is
    /// unknown.
    pub corrected: Option<f64>,
}

/// One arm over all sites. The durations are those of coarse hops where there are some, of all joined hops otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmReport {
    /// Hops that ended, however.
    pub hops: u64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// Outcomes that reached an awaiter.
    pub transfers: u64,
    /// Those of them whose bridge locks and copies were recorded.
    pub detailed_transfers: u64,
    /// Bridge locks of the transfer alone; `None` if none was recorded in detail.
    pub locks_per_transfer: Option<f64>,
    /// Bridge locks of the publishing side, per transfer.
    pub publish_locks_per_transfer: Option<f64>,
    /// State copies.
    pub copies_per_transfer: Option<f64>,
    /// Bridge locks, by purpose.
    pub bridge_locks: BTreeMap<LockOp, u64>,
    /// How many of them were contended.
    pub contended: u64,
    /// Mean lengths of their acquisitions, by purpose.
    pub lock_mean_ns: BTreeMap<LockOp, Mean>,
    /// Mean length of a state copy.
    pub copy_mean_ns: Option<Mean>,
    /// Lengths of the transfers.
    pub transfer_ns: Distribution,
    /// Lengths of the hops.
    pub hop_ns: Distribution,
    /// Their overhead.
    pub overhead_ns: Distribution,
}

/// One site, job and arm. The durations are those of coarse hops where there are some, of all joined hops otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteReport {
    /// `path:line:column`, or `<other>` beyond the cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
    /// How the outcomes crossed.
    pub arm: Arm,
    /// Hops that ended, however.
    pub hops: u64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// As in [`HopGroup`](super::HopGroup), of all that ended.
    pub in_a_row: u64,
    /// As in [`HopGroup`](super::HopGroup), of all that ended.
    pub in_a_burst: u64,
    /// As in [`HopGroup`](super::HopGroup), of all that ended.
    pub first_of_task: u64,
    /// As in [`HopGroup`](super::HopGroup), of all that ended.
    pub nested: u64,
    /// As in [`HopGroup`](super::HopGroup), of all that ended.
    pub pools: BTreeMap<u32, u64>,
    /// Runs of jobs that were not joined: they panicked, or their handle was dropped before they ended.
    pub unjoined_run_ns: Distribution,
    /// How long jobs of this site ran, however they ended. Those that still run are in [`Report::live`](super::Report::live).
    pub busy_ns: u64,
    /// The phases of joined hops.
    pub phases: BTreeMap<Phase, Distribution>,
    /// The `start` phase, by how the job got its thread.
    pub starts: BTreeMap<StartKind, Distribution>,
    /// Lengths of joined hops.
    pub hop_ns: Distribution,
    /// Their overhead.
    pub overhead_ns: Distribution,
}

written!(SpanMeans { path, kind, children_per_span, mean_ns, self_ns });
written!(Interval { value, low, high, significant });
written!(Contrast { a, b, transfer_difference_ns, hop_difference_ns, transfer_ratio });
written!(Mean { raw, corrected });
written!(ArmReport {
    hops,
    outcomes,
    transfers,
    detailed_transfers,
    locks_per_transfer,
    publish_locks_per_transfer,
    copies_per_transfer,
    bridge_locks,
    contended,
    lock_mean_ns,
    copy_mean_ns,
    transfer_ns,
    hop_ns,
    overhead_ns
});
written!(SiteReport {
    site,
    job,
    arm,
    hops,
    outcomes,
    in_a_row,
    in_a_burst,
    first_of_task,
    nested,
    pools,
    unjoined_run_ns,
    busy_ns,
    phases,
    starts,
    hop_ns,
    overhead_ns
});
