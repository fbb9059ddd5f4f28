//! What is added up: hops that are alike, and spans outside of hops.

use std::collections::BTreeMap;

use super::Distribution;
use super::written::written;
use crate::names::{Arm, Detail, LockOp, Outcome, Phase, SpanKind, StartKind};

/// How hops ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Outcomes {
    /// All that were submitted. In a report from a log: all that ended.
    pub submitted: u64,
    /// The awaiter held the result.
    pub joined: u64,
    /// The awaiter held the panic.
    pub panicked: u64,
    /// The awaiter held the cancellation.
    pub cancelled: u64,
    /// The handle was dropped first.
    pub detached: u64,
    /// Not ended when the report was taken.
    pub in_flight: u64,
}

/// What makes hops alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct GroupKey {
    /// `path:line:column`, or `<other>` beyond the cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
    /// How the outcomes crossed.
    pub arm: Arm,
    /// How much was recorded.
    pub detail: Detail,
    /// How they ended.
    pub outcome: Outcome,
}

/// Acquisitions of a bridge lock for one purpose.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct LockCount {
    /// Lengths of the acquisitions.
    pub ns: Distribution,
    /// How many were not free at the first try.
    pub contended: u64,
}

/// Hops that are alike, added up.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct HopGroup {
    /// What makes them alike.
    pub key: GroupKey,
    /// From `called` to `copied`; to the handle's end if not joined.
    pub hop_ns: Distribution,
    /// The overhead; joined hops only.
    pub overhead_ns: Distribution,
    /// The phases of joined hops; of others what is known: `transfer`, and of jobs that ran `reach` and `run`. A job may end after its
    /// handle, so of detached hops there may be fewer runs than hops.
    pub phases: BTreeMap<Phase, Distribution>,
    /// The `start` phase, by how the job got its thread.
    pub starts: BTreeMap<StartKind, Distribution>,
    /// Bridge locks, by purpose; detailed hops only.
    pub locks: BTreeMap<LockOp, LockCount>,
    /// State copies; detailed hops only.
    pub copies: Distribution,
    /// Bytes that they moved.
    pub copied_bytes: u64,
    /// How many were called in a row: by a task that less than 10 us before had called another hop, or come back from it. 0 in a
    /// report of a version that did not look.
    #[cfg_attr(feature = "read", serde(default))]
    pub in_a_row: u64,
    /// How many were called in a burst and not in a row: 10 us to 2 ms after the task called another hop or came back from it, and with
    /// no sign that it waited for anything else in between.
    #[cfg_attr(feature = "read", serde(default))]
    pub in_a_burst: u64,
    /// How many were the first that their task called, as far as is known.
    #[cfg_attr(feature = "read", serde(default))]
    pub first_of_task: u64,
    /// How many were called inside another job, on a thread of a pool.
    #[cfg_attr(feature = "read", serde(default))]
    pub nested: u64,
    /// How many ran on which runtime's pool, by its number as in [`RuntimePool`](super::RuntimePool).
    #[cfg_attr(feature = "read", serde(default))]
    pub pools: BTreeMap<u32, u64>,
}

/// A span outside any hop.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct SpanReport {
    /// Names from the root to this span.
    pub path: Vec<String>,
    /// What it is about.
    pub kind: SpanKind,
    /// Enter to exit.
    pub ns: Distribution,
    /// For locks: how many were not free at the first try.
    pub contended: u64,
}

written!(Outcomes { submitted, joined, panicked, cancelled, detached, in_flight });
written!(GroupKey { site, job, arm, detail, outcome });
written!(LockCount { ns, contended });
written!(HopGroup {
    key,
    hop_ns,
    overhead_ns,
    phases,
    starts,
    locks,
    copies,
    copied_bytes,
    in_a_row,
    in_a_burst,
    first_of_task,
    nested,
    pools
});
written!(SpanReport { path, kind, ns, contended });
