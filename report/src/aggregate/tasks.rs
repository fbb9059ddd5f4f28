//! What tasks did with the pool in their lives, by where they were spawned.

use std::collections::BTreeMap;

use super::tables::{Interner, MAX_SITES, OTHER, OTHER_ID};
use crate::hop::{Since, Site};
use crate::{Distribution, TaskSite, paths};

/// A task's hops, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskHops {
    /// How many it has called.
    pub hops: u64,
    /// From each call until the task had the outcome, added up.
    pub ticks: u64,
    /// The first call.
    pub first: u64,
    /// When the task had its last outcome; 0 if it has had none.
    pub last: u64,
}

/// Of the tasks of one site that have completed.
#[derive(Clone, Debug, Default)]
struct Completed {
    hops: Distribution,
    hop_ns: Distribution,
    span_ns: Distribution,
}

/// Tasks of a capture by site.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    sites: Interner<String>,
    completed: BTreeMap<u32, Completed>,
}

impl Tasks {
    /// The number of the call that spawned a task; `None` if that is not known. [`OTHER_ID`] beyond [`MAX_SITES`].
    pub fn site_id(&mut self, spawned: Option<&Site<'_>>) -> u32 {
        let at = |site: &Site<'_>| format!("{}:{}:{}", paths::shown(site.file), site.line, site.column);
        self.sites.intern(&spawned.map_or_else(String::new, at), MAX_SITES).unwrap_or(OTHER_ID)
    }

    /// Adds a task that has completed.
    pub fn add(&mut self, site: u32, task: TaskHops, since: Since) {
        let of = self.completed.entry(site).or_default();
        of.hops.add(task.hops);
        of.hop_ns.add(since.length_ns(task.ticks));
        of.span_ns.add(since.length_ns(task.last.saturating_sub(task.first)));
    }

    /// All of them, sorted. `live`: those that have not completed.
    pub fn report(&self, live: impl IntoIterator<Item = (u32, TaskHops)>, since: Since) -> Vec<TaskSite> {
        let mut sites: BTreeMap<u32, TaskSite> =
            self.completed.iter().map(|(&id, of)| (id, self.completed(id, of))).collect();
        for (id, task) in live {
            let site = sites.entry(id).or_insert_with(|| self.completed(id, &Completed::default()));
            site.live += 1;
            site.live_hops = site.live_hops.saturating_add(task.hops);
            site.live_hop_ns = site.live_hop_ns.saturating_add(since.length_ns(task.ticks));
        }
        let mut sites: Vec<TaskSite> = sites.into_values().collect();
        sites.sort_by(|a, b| a.spawned.cmp(&b.spawned));
        sites
    }

    fn completed(&self, id: u32, Completed { hops, hop_ns, span_ns }: &Completed) -> TaskSite {
        let spawned = self.sites.get(id).cloned().unwrap_or_else(|| OTHER.to_owned());
        TaskSite {
            spawned,
            hops: hops.clone(),
            hop_ns: hop_ns.clone(),
            span_ns: span_ns.clone(),
            ..TaskSite::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hop::Conversion;

    #[test]
    fn tasks_of_one_call_are_added_up_and_those_under_way_are_apart() {
        let since = Since::new(0, Conversion::NS);
        let mut tasks = Tasks::default();
        let site = |line| Site { file: "src/a.rs", line, column: 5, job: "" };
        let a = tasks.site_id(Some(&site(7)));
        assert_eq!(a, tasks.site_id(Some(&site(7))));
        let unknown = tasks.site_id(None);
        tasks.add(a, TaskHops { hops: 600, ticks: 8_200, first: 100, last: 9_100 }, since);
        tasks.add(a, TaskHops { hops: 2, ticks: 0, first: 100, last: 0 }, since);
        let live = TaskHops { hops: 3, ticks: 30, first: 1, last: 40 };
        let sites = tasks.report([(unknown, live), (a, live), (OTHER_ID, live)], since);
        let names: Vec<&str> = sites.iter().map(|site| site.spawned.as_str()).collect();
        assert_eq!(names, ["", OTHER, "src/a.rs:7:5"]);
        let of = &sites[2];
        assert_eq!((of.hops.count(), of.hops.sum(), of.hops.max()), (2, 602, Some(600)));
        assert_eq!((of.hop_ns.sum(), of.span_ns.sum(), of.span_ns.min()), (8_200, 9_000, Some(0)));
        assert_eq!((of.live, of.live_hops, of.live_hop_ns), (1, 3, 30));
        assert_eq!((sites[0].hops.count(), sites[0].live), (0, 1));
    }

    #[test]
    fn calls_beyond_the_cap_are_others() {
        let mut tasks = Tasks::default();
        let cap = u32::try_from(MAX_SITES).unwrap();
        let ids: Vec<u32> =
            (0..=cap).map(|line| tasks.site_id(Some(&Site { file: "a.rs", line, column: 1, job: "" }))).collect();
        assert_eq!((ids[MAX_SITES - 1], ids[MAX_SITES]), (cap - 1, OTHER_ID));
    }
}
