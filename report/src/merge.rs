//! Adding reports up. Only primary data is looked at; the derived layer is computed anew. Associative and commutative,
//! with [`Report::default`] as identity.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{
    Caller, Clock, GroupKey, HopGroup, LockCount, Observed, Report, RuntimePool, Sequence, SiteCpu, SpanReport,
    TaskSite,
};
use crate::names::SpanKind;

impl HopGroup {
    /// A group without hops.
    #[must_use]
    pub fn new(key: GroupKey) -> Self {
        Self {
            key,
            hop_ns: Default::default(),
            overhead_ns: Default::default(),
            phases: BTreeMap::new(),
            starts: BTreeMap::new(),
            locks: BTreeMap::new(),
            copies: Default::default(),
            copied_bytes: 0,
            in_a_row: 0,
            in_a_burst: 0,
            first_of_task: 0,
            nested: 0,
            pools: BTreeMap::new(),
        }
    }

    /// Adds the hops of a group of the same key.
    pub(crate) fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.key, other.key);
        self.hop_ns.merge(&other.hop_ns);
        self.overhead_ns.merge(&other.overhead_ns);
        for (&phase, lengths) in &other.phases {
            self.phases.entry(phase).or_default().merge(lengths);
        }
        for (&kind, lengths) in &other.starts {
            self.starts.entry(kind).or_default().merge(lengths);
        }
        for (&op, lock) in &other.locks {
            let own: &mut LockCount = self.locks.entry(op).or_default();
            own.ns.merge(&lock.ns);
            own.contended = own.contended.saturating_add(lock.contended);
        }
        self.copies.merge(&other.copies);
        self.copied_bytes = self.copied_bytes.saturating_add(other.copied_bytes);
        for (own, theirs) in [
            (&mut self.in_a_row, other.in_a_row),
            (&mut self.in_a_burst, other.in_a_burst),
            (&mut self.first_of_task, other.first_of_task),
            (&mut self.nested, other.nested),
        ] {
            *own = own.saturating_add(theirs);
        }
        for (&runtime, &hops) in &other.pools {
            let own = self.pools.entry(runtime).or_default();
            *own = own.saturating_add(hops);
        }
    }
}

/// Adds the members of a list to one that is sorted by the same key.
fn add_members<T: Clone, K: Ord>(own: &mut Vec<T>, other: &[T], key: impl Fn(&T) -> K, add: impl Fn(&mut T, &T)) {
    for member in other {
        match own.binary_search_by(|own| key(own).cmp(&key(member))) {
            Ok(at) => add(&mut own[at], member),
            Err(at) => own.insert(at, member.clone()),
        }
    }
}

impl SiteCpu {
    pub(crate) fn key(&self) -> (String, String) {
        (self.site.clone(), self.job.clone())
    }

    fn add(&mut self, other: &Self) {
        let own = [&mut self.jobs, &mut self.run_ns, &mut self.cpu_ns];
        add_counts(own, [other.jobs, other.run_ns, other.cpu_ns]);
    }
}

impl Sequence {
    pub(crate) fn key(&self) -> [String; 4] {
        [&self.before_site, &self.before_job, &self.site, &self.job].map(Clone::clone)
    }

    fn add(&mut self, other: &Self) {
        let own = [&mut self.hops, &mut self.in_a_row, &mut self.together, &mut self.gap_ns];
        add_counts(own, [other.hops, other.in_a_row, other.together, other.gap_ns]);
    }
}

impl RuntimePool {
    fn add(&mut self, other: &Self) {
        let own = [&mut self.threads_seen, &mut self.thread_ns, &mut self.busy_ns];
        add_counts(own, [other.threads_seen, other.thread_ns, other.busy_ns]);
    }
}

impl Observed {
    fn plus(mut self, other: Self) -> Self {
        let own = [&mut self.jobs, &mut self.imported, &mut self.workers];
        add_counts(own, [other.jobs, other.imported, other.workers]);
        self
    }
}

impl TaskSite {
    fn add(&mut self, other: &Self) {
        self.hops.merge(&other.hops);
        self.hop_ns.merge(&other.hop_ns);
        self.span_ns.merge(&other.span_ns);
        let own = [&mut self.live, &mut self.live_hops, &mut self.live_hop_ns];
        add_counts(own, [other.live, other.live_hops, other.live_hop_ns]);
    }
}

fn add_counts<const N: usize>(own: [&mut u64; N], other: [u64; N]) {
    own.into_iter().zip(other).for_each(|(own, other)| *own = own.saturating_add(other));
}

/// What is known of both together.
fn both(own: Option<u64>, other: Option<u64>) -> Option<u64> {
    own.zip(other).map(|(own, other)| own.saturating_add(other))
}

impl Clock {
    /// Both: the coarser grain and the higher floors. Unlike sources have nothing in common.
    fn merged(self, other: &Self) -> Option<Self> {
        (self.source == other.source).then(|| Self {
            source: self.source,
            ticks_per_ns: self.ticks_per_ns.max(other.ticks_per_ns),
            grain_ns: self.grain_ns.max(other.grain_ns),
            floor_ns: self.floor_ns.max(other.floor_ns),
            ordered_floor_ns: self.ordered_floor_ns.max(other.ordered_floor_ns),
            corrected: self.corrected.saturating_add(other.corrected),
        })
    }
}

impl Report {
    /// Adds another report's hops, spans and counts. Settings that differ and clocks of unlike sources become unknown;
    /// of like clocks the coarser grain and the higher floors stay. Many reports are added up by a [`Merger`].
    pub fn merge(&mut self, other: &Self) {
        let mut merger = Merger::default();
        merger.add(std::mem::take(self));
        merger.add(other.clone());
        *self = merger.finish();
    }

    fn settings_to_processes(&mut self) {
        if let Some(settings) = self.settings.take() {
            self.processes.iter_mut().for_each(|process| process.settings = Some(settings.clone()));
        }
    }

    /// Adds all but groups and spans.
    fn merge_rest(&mut self, mut other: Self) {
        self.format = self.format.max(other.format);
        if self.tool != other.tool {
            self.tool = "several".to_owned();
        }
        if self.settings != other.settings {
            // What they do not have in common each process keeps.
            self.settings_to_processes();
            other.settings_to_processes();
        }
        self.processes.append(&mut other.processes);
        self.clock = match (self.clock.take(), &other.clock) {
            (Some(own), Some(theirs)) => own.merged(theirs),
            _ => None,
        };
        for (own, theirs) in [
            (&mut self.observer.span_ns, other.observer.span_ns),
            (&mut self.observer.entered_floor_ns, other.observer.entered_floor_ns),
            (&mut self.observer.entered_span_ns, other.observer.entered_span_ns),
        ] {
            *own = own.zip(theirs).map(|(own, theirs)| own.max(theirs));
        }
        self.observer.in_situ_span_ns.merge(&other.observer.in_situ_span_ns);
        for (own, theirs) in [
            (&mut self.dropped.hops, other.dropped.hops),
            (&mut self.dropped.spans, other.dropped.spans),
            (&mut self.dropped.sites, other.dropped.sites),
            (&mut self.dropped.histogram_values, other.dropped.histogram_values),
            (&mut self.dropped.outliers, other.dropped.outliers),
            (&mut self.dropped.lines, other.dropped.lines),
            (&mut self.outcomes.submitted, other.outcomes.submitted),
            (&mut self.outcomes.joined, other.outcomes.joined),
            (&mut self.outcomes.panicked, other.outcomes.panicked),
            (&mut self.outcomes.cancelled, other.outcomes.cancelled),
            (&mut self.outcomes.detached, other.outcomes.detached),
            (&mut self.outcomes.in_flight, other.outcomes.in_flight),
            (&mut self.pool.threads_seen, other.pool.threads_seen),
            (&mut self.pool.thread_ns, other.pool.thread_ns),
            (&mut self.pool.between.count, other.pool.between.count),
            (&mut self.pool.between.cpu_ns, other.pool.between.cpu_ns),
            (&mut self.dropped.threads, other.dropped.threads),
            (&mut self.dropped.tasks, other.dropped.tasks),
            (&mut self.callers_lost, other.callers_lost),
        ] {
            *own = own.saturating_add(theirs);
        }
        self.pool.busy_ns = both(self.pool.busy_ns, other.pool.busy_ns);
        self.pool.cpu_ns = both(self.pool.cpu_ns, other.pool.cpu_ns);
        add_members(&mut self.pools, &other.pools, |pool| pool.runtime, RuntimePool::add);
        self.observed = self.observed.zip(other.observed).map(|(own, theirs)| own.plus(theirs));
        add_members(&mut self.cpu, &other.cpu, SiteCpu::key, SiteCpu::add);
        add_members(&mut self.sequences, &other.sequences, Sequence::key, Sequence::add);
        add_members(&mut self.tasks, &other.tasks, |of| of.spawned.clone(), TaskSite::add);
        Caller::add_all(&mut self.callers, std::mem::take(&mut other.callers));
        // Each was a moment of its own process.
        self.live = None;
        self.blocks.append(&mut other.blocks);
        // A report without a timeline adds nothing to the other one's.
        self.timeline = match (self.timeline.take(), other.timeline.take()) {
            (Some(own), Some(theirs)) => Some(own.merged(&theirs)),
            (own, theirs) => own.or(theirs),
        };
    }
}

/// Adds reports up one by one: any number of them in the memory of their sum. The order makes no difference.
///
/// ```
/// # use tollbridge_report::{Merger, Report};
/// # let reports = [Report::default(), Report::default()];
/// let mut merger = Merger::default();
/// for report in reports {
///     merger.add(report);
/// }
/// let whole = merger.finish();
/// # assert_eq!(whole, Report::default());
/// ```
#[derive(Debug, Default)]
pub struct Merger {
    /// All but groups and spans; `None` until there is something.
    rest: Option<Report>,
    groups: BTreeMap<GroupKey, HopGroup>,
    spans: BTreeMap<(Vec<String>, SpanKind), SpanReport>,
}

impl Merger {
    /// Adds a report as [`Report::merge`] does. Its derived data is not looked at.
    pub fn add(&mut self, mut report: Report) {
        if report == Report::default() {
            return;
        }
        std::mem::take(&mut report.groups).into_iter().for_each(|group| self.add_group(group));
        std::mem::take(&mut report.spans).into_iter().for_each(|span| self.add_span(span));
        self.add_rest(report);
    }

    /// Adds the sum of another one, such as another thread's.
    pub fn append(&mut self, other: Self) {
        let Some(rest) = other.rest else { return };
        other.groups.into_values().for_each(|group| self.add_group(group));
        other.spans.into_values().for_each(|span| self.add_span(span));
        self.add_rest(rest);
    }

    fn add_group(&mut self, group: HopGroup) {
        match self.groups.get_mut(&group.key) {
            Some(own) => own.merge(&group),
            None => _ = self.groups.insert(group.key.clone(), group),
        }
    }

    fn add_span(&mut self, span: SpanReport) {
        match self.spans.entry((span.path.clone(), span.kind)) {
            Entry::Occupied(mut own) => {
                let own = own.get_mut();
                own.ns.merge(&span.ns);
                own.contended = own.contended.saturating_add(span.contended);
            }
            Entry::Vacant(none) => _ = none.insert(span),
        }
    }

    fn add_rest(&mut self, report: Report) {
        match &mut self.rest {
            Some(rest) => rest.merge_rest(report),
            None => self.rest = Some(report),
        }
    }

    /// The sum, with its derived data; the empty report if nothing was added.
    #[must_use]
    pub fn finish(self) -> Report {
        let Some(mut report) = self.rest else {
            return Report::default();
        };
        report.groups = self.groups.into_values().collect();
        report.spans = self.spans.into_values().collect();
        report.processes.sort();
        report.blocks.sort();
        report.derive();
        report
    }
}
