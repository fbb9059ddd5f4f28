//! What tasks did with the pool in their lives, by where they were spawned.

use std::collections::BTreeMap;

use super::tables::Tables;
use crate::hop::Since;
use crate::{Distribution, TaskSite};

/// A task's hops, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskHops {
    /// How many it has called.
    pub hops: u64,
    /// How long it had one in flight whose outcome it took.
    pub ticks: u64,
    /// The first call.
    pub first: u64,
    /// When the task had its last outcome; 0 if it has had none.
    pub last: u64,
}

impl TaskHops {
    /// The task has the outcome of a hop. Time that was counted already is not counted once more: hops that lie in each other count once.
    #[inline]
    #[must_use]
    pub fn has(self, called: u64, end: u64) -> Self {
        let counted = self.last.max(self.first);
        Self { ticks: self.ticks + end.saturating_sub(called.max(counted)), last: end.max(self.last), ..self }
    }
}

/// Of the tasks of one site that have completed.
#[derive(Clone, Debug, Default)]
struct Completed {
    hops: Distribution,
    hop_ns: Distribution,
    span_ns: Distribution,
}

/// Tasks by the numbers of their sites, which have no job.
#[derive(Clone, Debug, Default)]
pub struct Tasks(BTreeMap<u32, Completed>);

impl Tasks {
    /// Adds a task that has completed.
    pub fn add(&mut self, site: u32, task: TaskHops, since: Since) {
        let of = self.0.entry(site).or_default();
        of.hops.add(task.hops);
        of.hop_ns.add(since.length_ns(task.ticks));
        of.span_ns.add(since.length_ns(task.last.saturating_sub(task.first)));
    }

    /// Adds another thread's.
    pub fn merge(&mut self, other: &Self) {
        for (&site, other) in &other.0 {
            let of = self.0.entry(site).or_default();
            of.hops.merge(&other.hops);
            of.hop_ns.merge(&other.hop_ns);
            of.span_ns.merge(&other.span_ns);
        }
    }

    /// All of them, sorted. `live`: those that have not completed.
    pub fn report(
        self,
        live: impl IntoIterator<Item = (u32, TaskHops)>,
        tables: &Tables,
        since: Since,
    ) -> Vec<TaskSite> {
        let mut sites: BTreeMap<u32, TaskSite> = BTreeMap::new();
        for (id, Completed { hops, hop_ns, span_ns }) in self.0 {
            sites.insert(id, TaskSite { hops, hop_ns, span_ns, ..TaskSite::default() });
        }
        for (id, task) in live {
            let site = sites.entry(id).or_default();
            site.live += 1;
            site.live_hops = site.live_hops.saturating_add(task.hops);
            site.live_hop_ns = site.live_hop_ns.saturating_add(since.length_ns(task.ticks));
        }
        let named = |(id, site)| TaskSite { spawned: tables.site(id).0, ..site };
        let mut sites: Vec<TaskSite> = sites.into_iter().map(named).collect();
        sites.sort_by(|a, b| a.spawned.cmp(&b.spawned));
        sites
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::OTHER;
    use crate::aggregate::tables::OTHER_ID;
    use crate::hop::{Conversion, Site};

    #[test]
    fn tasks_of_one_call_are_added_up_and_those_under_way_are_apart() {
        let since = Since::new(0, Conversion::NS);
        let (mut tables, mut tasks, mut others) = (Tables::default(), Tasks::default(), Tasks::default());
        let [a, b] = [7, 8].map(|line| tables.site_id(&Site { file: "src/a.rs", line, column: 5, job: "" }));
        tasks.add(a, TaskHops { hops: 600, ticks: 8_200, first: 100, last: 9_100 }, since);
        others.add(a, TaskHops { hops: 2, ticks: 0, first: 100, last: 0 }, since);
        tasks.merge(&others);
        let live = TaskHops { hops: 3, ticks: 30, first: 1, last: 40 };
        let sites = tasks.report([(b, live), (a, live), (OTHER_ID, live)], &tables, since);
        let names: Vec<&str> = sites.iter().map(|site| site.spawned.as_str()).collect();
        assert_eq!(names, [OTHER, "src/a.rs:7:5", "src/a.rs:8:5"]);
        let of = &sites[1];
        assert_eq!((of.hops.count(), of.hops.sum(), of.hops.max()), (2, 602, Some(600)));
        assert_eq!((of.hop_ns.sum(), of.span_ns.sum(), of.span_ns.min()), (8_200, 9_000, Some(0)));
        assert_eq!((of.live, of.live_hops, of.live_hop_ns), (1, 3, 30));
        assert_eq!((sites[2].hops.count(), sites[2].live), (0, 1));
    }

    #[test]
    fn time_counts_once_however_many_hops_lie_in_it() {
        let of = |hops: &[(u64, u64)]| {
            let first = TaskHops { first: hops[0].0, ..TaskHops::default() };
            hops.iter().fold(first, |task, &(called, end)| task.has(called, end)).ticks
        };
        assert_eq!(of(&[(10, 20), (25, 30)]), 15, "one after the other");
        assert_eq!(of(&[(10, 20), (10, 30), (11, 40)]), 30, "at the same time");
        assert_eq!(of(&[(10, 20), (1, 30)]), 20, "none before its first call, whoever called it");
        // What lies in a longer one is found out too late: never too much.
        assert_eq!(of(&[(10, 12), (20, 22), (11, 40)]), 22);
    }
}
