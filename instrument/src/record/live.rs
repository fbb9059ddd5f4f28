//! What is in flight at one moment, by site: what is queued, what runs, what nobody has taken, and who waits for whom.

use std::collections::{BTreeMap, HashMap};

use super::jobs::{Parent, Seen, State};
use super::slot::Held;
use crate::hop::Since;
use crate::names::Arm;
use crate::report::{Deadlock, Live, LiveSite, Wait};
use tollbridge_report::aggregate::stretches::Spell;
use tollbridge_report::aggregate::tables::Tables;

/// A pool whose threads all wait, and in which no job has begun for so long, goes on by itself no more: an idle thread takes a job within
/// some ms even on a busy machine.
const DEADLOCK_NS: u64 = 1_000_000_000;

/// A moment, and what was seen in it.
pub(super) struct Moment<'a> {
    pub(super) now: u64,
    pub(super) since: Since,
    pub(super) stuck_after_ns: u64,
    pub(super) jobs: &'a [Seen],
    pub(super) slots: &'a [Held],
    pub(super) tables: &'a Tables,
}

/// A queued hop and the running job that called it.
struct Edge<'a> {
    runs: &'a Seen,
    queued: &'a Seen,
}

/// When a job in flight was what, up to `now`. `slots`: what threads were at before it was looked at.
pub(super) fn spell(job: &Seen, since: Since, now: u64, slots: &[Held]) -> Spell {
    let ns = |ticks: u64| since.ns(ticks);
    let (called, now_ns) = (ns(job.called), ns(now));
    let (queued, runs) = match job.state {
        State::Queued => ([called, now_ns], [0; 2]),
        State::Running(start) => ([called, ns(start)], [ns(start), now_ns]),
        State::Finished(end) => ([called, ns(job.start)], [ns(job.start), ns(end)]),
        State::Dropped => ([0; 2], [0; 2]),
    };
    let runs = if is_inner(job, slots) { [0; 2] } else { runs };
    // The hop of one that is abandoned has ended, and is counted.
    let in_flight = if job.is_abandoned { [0; 2] } else { [called, now_ns] };
    Spell { in_flight, queued, runs }
}

/// Another job runs it as a function, which only a wrapped one can be: its thread is at that one.
fn is_inner(job: &Seen, slots: &[Held]) -> bool {
    let is_own = |slot: &Held| slot.runs.is_some_and(|(place, _)| place == job.place);
    job.head.is_nested() && job.head.arm() == Arm::Wrapped && !slots.iter().any(is_own)
}

impl Moment<'_> {
    /// `in_flight`: hops whose handles have not ended, as they are counted.
    pub(super) fn live(&self, in_flight: u64) -> Live {
        let edges = self.edges();
        let listed = self.jobs.iter().filter(|job| !job.is_abandoned).count() as u64;
        Live {
            stuck_after_ns: self.stuck_after_ns,
            sites: self.sites(),
            waits: self.waits(edges.iter()),
            deadlocks: self.deadlocks(&edges),
            unlisted: in_flight.saturating_sub(listed),
        }
    }

    fn age_ns(&self, since: u64) -> u64 {
        self.since.length_ns(self.now.saturating_sub(since))
    }

    fn sites(&self) -> Vec<LiveSite> {
        let mut sites: BTreeMap<(String, String), LiveSite> = BTreeMap::new();
        for job in self.jobs.iter().filter(|job| job.state != State::Dropped) {
            let site = sites.entry(self.tables.site(job.head.site())).or_default();
            let age_ns = match job.state {
                State::Queued => {
                    let age_ns = self.age_ns(job.called);
                    site.queued.add(age_ns);
                    age_ns
                }
                State::Running(start) => {
                    let age_ns = self.age_ns(start);
                    site.running.add(age_ns);
                    site.abandoned += u64::from(job.is_abandoned);
                    age_ns
                }
                State::Finished(end) => {
                    site.finished.add(self.age_ns(end));
                    continue;
                }
                // Left out above.
                State::Dropped => continue,
            };
            site.nested += u64::from(job.head.is_nested());
            site.stuck += u64::from(age_ns >= self.stuck_after_ns);
        }
        sites.into_iter().map(|((site, job), live)| LiveSite { site, job, ..live }).collect()
    }

    fn edges(&self) -> Vec<Edge<'_>> {
        let running = |job: &&Seen| matches!(job.state, State::Running(_));
        let by_parent: HashMap<Parent, &Seen> =
            self.jobs.iter().filter(running).map(|job| (job.as_parent(), job)).collect();
        let queued = self.jobs.iter().filter(|job| job.state == State::Queued && job.head.is_nested());
        queued.filter_map(|queued| Some(Edge { runs: by_parent.get(&queued.parent)?, queued })).collect()
    }

    fn waits<'a>(&self, edges: impl Iterator<Item = &'a Edge<'a>>) -> Vec<Wait> {
        let mut waits: BTreeMap<(u32, u32), Wait> = BTreeMap::new();
        for Edge { runs, queued } in edges {
            let wait = waits.entry((runs.head.site(), queued.head.site())).or_insert_with(|| {
                let ((site, job), (queued_site, queued_job)) =
                    (self.tables.site(runs.head.site()), self.tables.site(queued.head.site()));
                Wait { site, job, queued_site, queued_job, count: 0, oldest_ns: 0 }
            });
            wait.count += 1;
            wait.oldest_ns = wait.oldest_ns.max(self.age_ns(queued.called));
        }
        let mut waits: Vec<Wait> = waits.into_values().collect();
        waits.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.cmp(b)));
        waits
    }

    /// Pools of which every thread that is known runs a job that waits for a queued hop, and in which nothing has begun for a while.
    fn deadlocks(&self, edges: &[Edge<'_>]) -> Vec<Deadlock> {
        let mut pools: BTreeMap<u32, Vec<&Held>> = BTreeMap::new();
        self.slots
            .iter()
            .filter(|slot| slot.is_alive)
            .for_each(|slot| pools.entry(slot.runtime).or_default().push(slot));
        let mut deadlocks = Vec::new();
        for (runtime, threads) in pools {
            let waiting: Option<Vec<&Edge<'_>>> = threads
                .iter()
                .map(|slot| {
                    let (place, _) = slot.runs?;
                    edges.iter().find(|edge| edge.runs.place == place)
                })
                .collect();
            let Some(waiting) = waiting.filter(|waiting| !waiting.is_empty()) else { continue };
            let last = threads.iter().filter_map(|slot| Some(slot.run_end.max(slot.runs?.1))).max();
            let called = waiting.iter().map(|edge| edge.queued.called).max();
            let age_ns = last.max(called).map_or(0, |last| self.age_ns(last));
            if age_ns < DEADLOCK_NS {
                continue;
            }
            let places: Vec<_> = threads.iter().filter_map(|slot| Some(slot.runs?.0)).collect();
            let of_pool = edges.iter().filter(|edge| places.contains(&edge.runs.place));
            deadlocks.push(Deadlock {
                runtime,
                running: threads.len() as u64,
                queued: self.jobs.iter().filter(|job| job.state == State::Queued).count() as u64,
                age_ns,
                waits: self.waits(of_pool),
            });
        }
        deadlocks
    }
}
