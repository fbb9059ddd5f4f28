//! What tasks do with the blocking pool in their lives, by where they were spawned.

use super::Distribution;
use super::written::written;

/// Tasks that were spawned by one call and have called a hop. Distributions have a value for each task that has completed, with all that it did in its life.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct TaskSite {
    /// `path:line:column` of the call that spawned them; `<other>` beyond the cap on sites.
    pub spawned: String,
    /// How many hops each called: counts, not ns.
    pub hops: Distribution,
    /// How long each had a hop in flight whose outcome it took. A lower bound: exact where it calls them one after the other, or several at once;
    /// a hop that outlasts others counts from the last outcome before its own. One whose outcome nobody takes adds nothing, nor does one of `wrap`.
    pub hop_ns: Distribution,
    /// How long it was from a task's first call until it had its last outcome; 0 if it has had none.
    pub span_ns: Distribution,
    /// How many had not completed when the report was taken.
    pub live: u64,
    /// How many hops those had called.
    pub live_hops: u64,
    /// How long they had one in flight, as in [`hop_ns`](Self::hop_ns), added up.
    pub live_hop_ns: u64,
}

written!(TaskSite { spawned, hops, hop_ns, span_ns, live, live_hops, live_hop_ns });
