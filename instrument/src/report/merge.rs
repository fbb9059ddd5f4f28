//! Adding reports up. Only primary data is looked at; the derived layer is computed anew. Associative and commutative,
//! with [`Report::default`] as identity, but for rounding in the sums of squares.

use std::collections::BTreeMap;

use super::model::{Clock, GroupKey, HopGroup, LockCount, Report, SpanReport};

impl HopGroup {
    pub(crate) fn new(key: GroupKey) -> Self {
        Self {
            key,
            hop_ns: Default::default(),
            overhead_ns: Default::default(),
            phases: BTreeMap::new(),
            starts: BTreeMap::new(),
            locks: BTreeMap::new(),
            copies: Default::default(),
            copied_bytes: 0,
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
            own.contended += lock.contended;
        }
        self.copies.merge(&other.copies);
        self.copied_bytes += other.copied_bytes;
    }
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
    /// of like clocks the coarser grain and the higher floors stay.
    pub fn merge(&mut self, other: &Self) {
        if *other == Self::default() {
            return;
        }
        if *self == Self::default() {
            self.clone_from(other);
            self.derive();
            return;
        }
        if self.tool != other.tool {
            self.tool = "several".to_owned();
        }
        self.processes.extend_from_slice(&other.processes);
        self.processes.sort();
        if self.settings != other.settings {
            self.settings = None;
        }
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
        ] {
            *own = own.saturating_add(theirs);
        }
        self.merge_groups(&other.groups);
        self.merge_spans(&other.spans);
        self.blocks.extend_from_slice(&other.blocks);
        self.blocks.sort();
        self.derive();
    }

    fn merge_groups(&mut self, others: &[HopGroup]) {
        let own = std::mem::take(&mut self.groups);
        let mut by_key: BTreeMap<GroupKey, HopGroup> = own.into_iter().map(|g| (g.key.clone(), g)).collect();
        for group in others {
            by_key.entry(group.key.clone()).or_insert_with(|| HopGroup::new(group.key.clone())).merge(group);
        }
        self.groups = by_key.into_values().collect();
    }

    fn merge_spans(&mut self, others: &[SpanReport]) {
        let own = std::mem::take(&mut self.spans);
        let key = |span: &SpanReport| (span.path.clone(), span.kind);
        let mut by_key: BTreeMap<_, SpanReport> = own.into_iter().map(|span| (key(&span), span)).collect();
        for span in others {
            by_key
                .entry(key(span))
                .and_modify(|own| {
                    own.ns.merge(&span.ns);
                    own.contended += span.contended;
                })
                .or_insert_with(|| span.clone());
        }
        self.spans = by_key.into_values().collect();
    }
}
