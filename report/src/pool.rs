//! The pools of a report's runtimes, the CPU time of their jobs, and which calls follow each other.

use super::written::written;

/// The blocking pool, as far as tollbridge's jobs show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Pool {
    /// Threads that ran a job during the capture.
    pub threads_seen: u64,
    /// Sum of the processes' capture lengths times their threads: what [`busy_ns`](Self::busy_ns) can be compared with.
    pub thread_ns: u64,
    /// How long these threads ran jobs of tollbridge's, however those ended, and those that still run up to now. `None` from a log and in
    /// an older report.
    #[cfg_attr(feature = "read", serde(default))]
    pub busy_ns: Option<u64>,
    /// CPU time of these threads; `None` where the system does not tell.
    #[cfg_attr(feature = "read", serde(default))]
    pub cpu_ns: Option<u64>,
    /// CPU time that a sample of them spent between two jobs: giving the outcome back, fetching the next job, sleeping and waking.
    /// What is above [`Between::MOST_NS`] belongs to a job that is not seen and is left out.
    #[cfg_attr(feature = "read", serde(default))]
    pub between: Between,
}

/// CPU time of pool threads between two seen jobs, for a sample of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Between {
    /// How many were looked at.
    pub count: u64,
    /// Their CPU time in ns, each counted up to [`MOST_NS`](Self::MOST_NS).
    pub cpu_ns: u64,
}

impl Between {
    /// What a pool thread needs between two jobs, at most: to park and to be woken takes 5 to 15 us of CPU time.
    pub const MOST_NS: u64 = 20_000;
}

/// The blocking pool of one runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct RuntimePool {
    /// Number of the runtime, counted up from 1 in its capture by when a job first ran on it; 0 where it is not known.
    pub runtime: u32,
    /// As in [`Pool`].
    pub threads_seen: u64,
    /// As in [`Pool`].
    pub thread_ns: u64,
    /// As in [`Pool`].
    pub busy_ns: u64,
}

/// Every job of the pools while recording was on, as far as tokio tells of it: a copy of it of all (`cargo tollbridge`), one that is built for tokio-console
/// of those for which it opened a span (the layer).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Observed {
    /// How many there were, without the runtime's own workers.
    pub jobs: u64,
    /// How many of them came through tollbridge's own calls.
    pub imported: u64,
    /// How often a worker of the runtime itself took a thread of the pool: one each when a runtime of several threads starts, and one each time that
    /// `block_in_place` hands a worker's tasks over. None of those that were there before recording began.
    #[cfg_attr(feature = "read", serde(default))]
    pub workers: u64,
}

/// CPU time of a sample of a site's jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct SiteCpu {
    /// `path:line:column`, or `<other>` beyond the cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
    /// How many jobs were looked at.
    pub jobs: u64,
    /// How long they ran, added up.
    pub run_ns: u64,
    /// CPU time that they used of that; the rest they waited.
    pub cpu_ns: u64,
}

/// Hops of one site that tasks call soon after one of another, or of the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Sequence {
    /// Site of the hop before.
    pub before_site: String,
    /// Its closure's type name.
    pub before_job: String,
    /// Site of the hop after it.
    pub site: String,
    /// Its closure's type name.
    pub job: String,
    /// How many hops: called by a task less than 2 ms after it called the one before or came back from it, and with no sign that it waited
    /// for anything else in between.
    pub hops: u64,
    /// How many of them less than 10 us after.
    pub in_a_row: u64,
    /// How many of them while the one before had not come back: the task has both in flight at once.
    #[cfg_attr(feature = "read", serde(default))]
    pub together: u64,
    /// Time in between, added up, in ns.
    pub gap_ns: u64,
}

written!(Pool { threads_seen, thread_ns, busy_ns, cpu_ns, between });
written!(Between { count, cpu_ns });
written!(RuntimePool { runtime, threads_seen, thread_ns, busy_ns });
written!(Observed { jobs, imported, workers });
written!(SiteCpu { site, job, jobs, run_ns, cpu_ns });
written!(Sequence { before_site, before_job, site, job, hops, in_a_row, together, gap_ns });
