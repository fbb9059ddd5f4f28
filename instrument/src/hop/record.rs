//! A hop at its end: as the ledger takes it, and as a log holds it.

use super::how::{Circumstances, How, SiteId};
use super::ops::Ops;
use super::spans::HopSpans;
use super::stamps::{Since, Stamps, Ticks};
use crate::names::{Arm, Detail, Outcome, Spacing};

/// Where a hop was called from, and with what job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site<'a> {
    /// Source file of the call, as the compiler names it.
    pub file: &'a str,
    /// Line of the call, from 1.
    pub line: u32,
    /// Column of the call, from 1.
    pub column: u32,
    /// Type name of the closure.
    pub job: &'a str,
}

/// The threads that a hop was on, as [`thread_number`](crate::ledger::thread_number) numbers them; 0 where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threads {
    /// The one that called; known only while whole hops are kept.
    pub caller: u32,
    /// The one of the pool.
    pub pool: u32,
}

/// Where a hop stands among the jobs under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub(crate) u32);

impl Place {
    /// It stands nowhere: there was no room.
    pub const NONE: Self = Self(0);
}

/// What the ledger knows of a hop that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its site.
    pub site: SiteId,
    /// Where it stands among the jobs under way.
    pub place: Place,
    /// It was called inside another job.
    pub nested: bool,
    /// The tick of the call.
    pub called: u64,
}

/// One hop at its end, as the ledger takes it.
#[derive(Clone, Copy, Debug)]
pub struct EndedHop<'a> {
    /// Call site and job.
    pub site: SiteId,
    /// Where it stands among the jobs under way.
    pub place: Place,
    /// How the outcome crossed.
    pub arm: Arm,
    /// How much was recorded.
    pub detail: Detail,
    /// How the hop ended.
    pub outcome: Outcome,
    /// Its moments.
    pub ticks: Ticks,
    /// Its threads, but for the one that it ends on.
    pub threads: Threads,
    /// Its spans, if `detail` is [`Detail::Locks`] and it got so far.
    pub spans: Option<&'a HopSpans>,
    /// Size of the state that was copied.
    pub copied_bytes: u64,
    /// How it was called.
    pub how: How,
}

impl<'a> EndedHop<'a> {
    /// A hop of which no more is known.
    #[must_use]
    pub fn of(begun: &Begun, arm: Arm, detail: Detail, outcome: Outcome, ticks: Ticks) -> Self {
        let Begun { site, place, nested, .. } = *begun;
        let how = How::new(Spacing::Apart, nested, None);
        let (threads, spans, copied_bytes) = (Threads::default(), None, 0);
        Self { site, place, arm, detail, outcome, ticks, threads, spans, copied_bytes, how }
    }

    /// The same in ns, as a log holds it.
    #[must_use]
    pub fn record(&self, site: Site<'static>, since: Since) -> HopRecord<'static> {
        let Self { arm, detail, outcome, ticks, threads, spans, copied_bytes, how, .. } = *self;
        let circumstances = how.circumstances();
        let pool_thread = (threads.pool != 0).then_some(threads.pool);
        let ops = spans.map(|spans| spans.ops(since)).unwrap_or_default();
        HopRecord {
            site,
            arm,
            detail,
            outcome,
            stamps: ticks.stamps(since, pool_thread),
            ops,
            copied_bytes,
            circumstances,
        }
    }
}

/// One hop at its end, as a log holds it.
#[derive(Clone, Copy, Debug)]
pub struct HopRecord<'a> {
    /// Call site and job.
    pub site: Site<'a>,
    /// How the outcome crossed.
    pub arm: Arm,
    /// How much was recorded.
    pub detail: Detail,
    /// How the hop ended.
    pub outcome: Outcome,
    /// Its moments.
    pub stamps: Stamps,
    /// Its spans, if `detail` is [`Detail::Locks`].
    pub ops: Ops,
    /// Size of the state that was copied.
    pub copied_bytes: u64,
    /// As in [`EndedHop`].
    pub circumstances: Circumstances,
}
