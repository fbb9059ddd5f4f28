//! What tasks do with the blocking pool in their lives, by where they were spawned.

use super::Distribution;
use super::written::written;

/// Tasks that were spawned by one call and have called a hop. Their lengths are of those that have completed; none of the lengths is of a hop alone.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct TaskSite {
    /// `path:line:column` of the call that spawned them; empty where that is not known, `<other>` beyond the cap on sites.
    pub spawned: String,
    /// How many hops each called: counts, not ns.
    pub hops: Distribution,
    /// How long these took, from the call until the task had the outcome, added up for each task. Of hops in flight at once each counts in full; one whose
    /// handle was dropped adds nothing.
    pub hop_ns: Distribution,
    /// How long it was from a task's first call until it had its last outcome; 0 if it has had none.
    pub span_ns: Distribution,
    /// How many had not completed when the report was taken.
    pub live: u64,
    /// How many hops those had called.
    pub live_hops: u64,
    /// How long these took, as in [`hop_ns`](Self::hop_ns).
    pub live_hop_ns: u64,
}

written!(TaskSite { spawned, hops, hop_ns, span_ns, live, live_hops, live_hop_ns });
