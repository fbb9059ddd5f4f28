//! Whether a report that was read can be one. A type of JSON is not all that a number has to be.

use std::ops::RangeInclusive;

use super::{Caller, Distribution, Observer, Report};

/// All that a report counts adds up to less: 300 years of a million hops a second, and what every reader of JSON still counts
/// one by one. So no sum of counts overflows, in a report or in some thousand of them together.
const COUNTED: u64 = 1 << 53;

/// Spans around a span, itself included: as many as the recorder has nodes. Each of them is looked at for each span.
const DEPTH: usize = 2_048;

/// From a clock of a tick a ms to one of 1,000 GHz.
const TICKS_PER_NS: RangeInclusive<f64> = 1e-6..=1e3;

/// What the steps of a clock, and empty spans, may take.
const SHORT_NS: RangeInclusive<f64> = 0.0..=1e9;

impl Report {
    /// What is wrong, if anything is.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !self.groups.is_sorted_by(|a, b| a.key < b.key) {
            return Err("its groups are not in order, or one is there twice");
        }
        if !self.spans.is_sorted_by(|a, b| (&a.path, a.kind) < (&b.path, b.kind)) {
            return Err("its spans are not in order, or one is there twice");
        }
        if !self.pools.is_sorted_by(|a, b| a.runtime < b.runtime) {
            return Err("its pools are not in order, or one is there twice");
        }
        if !self.cpu.is_sorted_by(|a, b| (&a.site, &a.job) < (&b.site, &b.job)) {
            return Err("its CPU times of sites are not in order, or one is there twice");
        }
        if !self.sequences.is_sorted_by(|a, b| a.key() < b.key()) {
            return Err("its sequences are not in order, or one is there twice");
        }
        if !self.tasks.is_sorted_by(|a, b| a.spawned < b.spawned) {
            return Err("its tasks are not in order, or one of their sites is there twice");
        }
        if self.tasks.iter().any(|of| [of.hop_ns.count(), of.span_ns.count()] != [of.hops.count(); 2]) {
            return Err("its tasks have not as many lengths as tasks");
        }
        if self.observed.is_some_and(|observed| observed.imported > observed.jobs) {
            return Err("more of its observed jobs are imported than were observed");
        }
        if !self.callers.is_sorted_by(|a, b| a.key() < b.key()) {
            return Err("its callers are not in order, or one is there twice");
        }
        if !self.callers.iter().all(Caller::is_possible) {
            return Err("a sample of its callers stands for less than itself");
        }
        let rate = self.clock.as_ref().map(|clock| clock.ticks_per_ns);
        if rate.is_some_and(|rate| !TICKS_PER_NS.contains(&rate)) {
            return Err("its clock has a tick rate that no clock has");
        }
        if self.short_ns().any(|ns| !SHORT_NS.contains(&ns)) {
            return Err("an empty span, or the grain of its clock, is shorter than nothing or longer than a second");
        }
        if self.spans.iter().any(|span| span.path.len() > DEPTH) {
            return Err("a span lies deeper than any can");
        }
        let counted = self.counts().try_fold(0, u64::checked_add);
        if counted.is_none_or(|counted| counted >= COUNTED) {
            return Err("it counts more than there can be: 2^53 or more");
        }
        Ok(())
    }

    /// Durations of next to nothing, from which others are told.
    fn short_ns(&self) -> impl Iterator<Item = f64> {
        let clock = self.clock.iter().flat_map(|clock| [clock.grain_ns, clock.floor_ns, clock.ordered_floor_ns]);
        let Observer { span_ns, entered_floor_ns, entered_span_ns, .. } = &self.observer;
        clock.chain([span_ns, entered_floor_ns, entered_span_ns].into_iter().copied().flatten())
    }

    /// Everything that is counted, whatever it is. Bytes and ns are no counts: their sums stop at the largest number.
    fn counts(&self) -> impl Iterator<Item = u64> {
        let groups = self.groups.iter().flat_map(|group| {
            let locks = group.locks.values().flat_map(|lock| [lock.ns.count(), lock.contended]);
            let lengths = group.phases.values().chain(group.starts.values());
            let lengths = lengths.chain([&group.hop_ns, &group.overhead_ns, &group.copies]);
            lengths.map(Distribution::count).chain(locks).chain(group.pools.values().copied()).chain([
                group.in_a_row,
                group.in_a_burst,
                group.first_of_task,
                group.nested,
            ])
        });
        let spans = self.spans.iter().flat_map(|span| [span.ns.count(), span.contended]);
        let dropped = &self.dropped;
        let outcomes = &self.outcomes;
        let rest = [
            dropped.hops,
            dropped.spans,
            dropped.sites,
            dropped.histogram_values,
            dropped.outliers,
            dropped.lines,
            dropped.threads,
            dropped.tasks,
            outcomes.submitted,
            outcomes.joined,
            outcomes.panicked,
            outcomes.cancelled,
            outcomes.detached,
            outcomes.in_flight,
            self.pool.threads_seen,
            self.pool.between.count,
            self.observer.in_situ_span_ns.count(),
        ];
        let live = self.live.iter().flat_map(|live| {
            let sites = live.sites.iter().flat_map(|site| {
                [site.queued, site.running, site.finished].map(|aged| aged.count).into_iter().chain([
                    site.abandoned,
                    site.nested,
                    site.stuck,
                ])
            });
            let waits = live.waits.iter().chain(live.deadlocks.iter().flat_map(|deadlock| &deadlock.waits));
            let deadlocks = live.deadlocks.iter().flat_map(|deadlock| [deadlock.running, deadlock.queued]);
            sites.chain(waits.map(|wait| wait.count)).chain(deadlocks).chain([live.unlisted])
        });
        let pools = self.pools.iter().map(|pool| pool.threads_seen);
        let observed = self.observed.iter().flat_map(|observed| [observed.jobs, observed.imported, observed.workers]);
        let tasks = self.tasks.iter().flat_map(|of| [of.hops.count(), of.live, of.live_hops]);
        let jobs = self.cpu.iter().map(|cpu| cpu.jobs);
        let sequences = self.sequences.iter().flat_map(|of| [of.hops, of.in_a_row, of.together]);
        let callers = self.callers.iter().map(|caller| caller.calls).chain([self.callers_lost]);
        groups
            .chain(spans)
            .chain(rest)
            .chain(live)
            .chain(pools)
            .chain(observed)
            .chain(jobs)
            .chain(sequences)
            .chain(tasks)
            .chain(callers)
    }
}
