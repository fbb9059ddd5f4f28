//! What was in flight when a report was taken: a state, not a sum. An interval has the later one, and a merged report has none.

use super::written::written;

/// What was in flight when the report was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Live {
    /// From this age on a job that waits or runs counts as stuck (`TOLLBRIDGE_STUCK`).
    pub stuck_after_ns: u64,
    /// Sites that have something in flight, sorted by site and job.
    pub sites: Vec<LiveSite>,
    /// Which jobs that run wait for which that are queued: hops that were called inside a job and have not begun.
    pub waits: Vec<Wait>,
    /// Pools whose threads all wait for hops that are queued behind them.
    pub deadlocks: Vec<Deadlock>,
    /// Jobs in flight beyond those that can be told apart.
    pub unlisted: u64,
}

/// What one site has in flight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct LiveSite {
    /// `path:line:column`, or `<other>` beyond the cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
    /// Jobs that have not begun; their age counts from the call.
    pub queued: Aged,
    /// Jobs that run; their age counts from the job's begin.
    pub running: Aged,
    /// Jobs that have ended and whose outcome nobody has taken; their age counts from the job's end.
    pub finished: Aged,
    /// Of those that run: how many nobody waits for any more, because their handle was dropped (a timeout, a lost `select!`).
    pub abandoned: u64,
    /// Of those that are queued or run: how many were called inside another job.
    pub nested: u64,
    /// Of those that are queued or run: how many have been so for [`Live::stuck_after_ns`] or longer.
    pub stuck: u64,
}

/// How many there are, and how old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Aged {
    /// How many.
    pub count: u64,
    /// Age of the oldest in ns; 0 if there is none.
    pub oldest_ns: u64,
    /// Their ages added up, in ns.
    pub total_ns: u64,
}

/// Jobs that run and wait for a hop that is queued.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Wait {
    /// Site of the jobs that run.
    pub site: String,
    /// Their closure's type name.
    pub job: String,
    /// Site of the queued hops that they called.
    pub queued_site: String,
    /// Their closure's type name.
    pub queued_job: String,
    /// How many queued hops.
    pub count: u64,
    /// Age of the oldest of them in ns, from the call.
    pub oldest_ns: u64,
}

/// A pool whose threads all wait for hops that are queued behind them: none of it can ever go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Deadlock {
    /// Number of the runtime, as in [`RuntimePool`](super::RuntimePool).
    pub runtime: u32,
    /// How many jobs run, each of which waits.
    pub running: u64,
    /// How many jobs are queued.
    pub queued: u64,
    /// How long no job has begun, in ns.
    pub age_ns: u64,
    /// Who waits for whom, most first.
    pub waits: Vec<Wait>,
}

impl Aged {
    /// Adds a job of that age.
    pub fn add(&mut self, age_ns: u64) {
        self.count += 1;
        self.oldest_ns = self.oldest_ns.max(age_ns);
        self.total_ns = self.total_ns.saturating_add(age_ns);
    }
}

written!(Live { stuck_after_ns, sites, waits, deadlocks, unlisted });
written!(LiveSite { site, job, queued, running, finished, abandoned, nested, stuck });
written!(Aged { count, oldest_ns, total_ns });
written!(Wait { site, job, queued_site, queued_job, count, oldest_ns });
written!(Deadlock { runtime, running, queued, age_ns, waits });
