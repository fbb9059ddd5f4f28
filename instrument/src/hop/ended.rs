//! A hop while it is recorded: what is known of it when it begins, and when it has ended.

use tollbridge_report::hop::{HopRecord, How, Since, Site, SiteId, Threads, Ticks};

use super::spans::HopSpans;
use crate::names::{Arm, Detail, Outcome, Spacing};

/// Where a hop stands among the jobs in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub u32);

impl Place {
    /// It stands nowhere: there was no room.
    pub const NONE: Self = Self(0);
}

/// What the recorder knows of a hop that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its site.
    pub site: SiteId,
    /// Where it stands among the jobs in flight.
    pub place: Place,
    /// It was called inside another job.
    pub nested: bool,
    /// The tick of the call.
    pub called: u64,
}

/// One hop at its end, as the recorder takes it.
#[derive(Clone, Copy, Debug)]
pub struct EndedHop<'a> {
    /// Call site and job.
    pub site: SiteId,
    /// Where it stands among the jobs in flight.
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

    /// Returns the same in ns, as a log holds it.
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
