//! What it costs a thread to record: floors of the clock, and spans recorded by the code that records all others, in a capture
//! aside.
//!
//! Measured when a capture is armed, at each checkpoint and at the end, and the mean told: what a span costs depends on what
//! else the machine is doing. On a processor of two threads one costs 37 ns beside an idle one, 60 beside a busy one.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use tracing::span::Id;

use super::capture::Shared;
use super::subscriber::LedgerSubscriber;
use super::{local, stack};
use crate::clock;
use crate::report::{Clock, Observer};

/// The generation of the capture aside; those that are armed count from 1.
const ASIDE: u32 = 0;

/// Means of what was measured, in ns.
#[derive(Debug, Default)]
pub(super) struct Costs {
    grain: f64,
    floor: Mean,
    ordered_floor: Mean,
    /// All of an empty span of the probes; its share of the adding up is in it.
    span: Mean,
    /// What an empty span of somebody else measures.
    entered_floor: Mean,
    /// All of one: opened, entered, left, closed.
    entered_span: Mean,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn get(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

impl Costs {
    /// Measures once more: 0.3 ms. The spans are left out where the calling thread is being torn down.
    pub(super) fn measure(&mut self) {
        let (grain, floor, ordered_floor) = clock::floors();
        self.grain = if self.floor.count == 0 { grain } else { grain.min(self.grain) };
        self.floor.add(floor);
        self.ordered_floor.add(ordered_floor);
        self.measure_spans();
    }

    fn measure_spans(&mut self) {
        let aside = Arc::new(Shared::aside(ASIDE));
        let work = Work::default();
        let work_ns = mean_ns(|| work.run());
        local::aside(Arc::clone(&aside), || {
            self.span.add(cost_ns(&work, work_ns, |_, work| probed(work)));
            let others = Others::default();
            self.entered_span.add(cost_ns(&work, work_ns, |name, work| others.span(name, work)));
        });
        let spans = aside.report(true).spans;
        let length = |name| spans.iter().find(|span| span.path == [name]).and_then(|span| span.ns.quantile(0.5));
        if let (Some(alone), Some(beside)) = (length(ALONE), length(BESIDE)) {
            self.entered_floor.add((alone + (beside - work_ns).max(0.0)) / 2.0);
        }
    }

    pub(super) fn clock(&self, corrected: u64) -> Clock {
        Clock {
            source: clock::source().to_owned(),
            ticks_per_ns: clock::ticks_per_ns(),
            grain_ns: self.grain,
            floor_ns: self.floor.get().unwrap_or_default(),
            ordered_floor_ns: self.ordered_floor.get().unwrap_or_default(),
            corrected,
        }
    }

    pub(super) fn tell(&self, observer: &mut Observer) {
        observer.span_ns = self.span.get();
        observer.entered_floor_ns = self.entered_floor.get();
        observer.entered_span_ns = self.entered_span.get();
    }
}

/// Spans of one batch: the thread adds them up twice.
const BATCH: u32 = 256;
/// An odd number; the median of their means is told, since an interruption spoils one.
const BATCHES: usize = 5;

/// Of one call, in ns.
fn mean_ns(span: impl Fn()) -> f64 {
    let batch = || {
        let open = clock::ordered();
        (0..BATCH).for_each(|_| span());
        clock::ordered().saturating_sub(open) as f64 / f64::from(BATCH) / clock::ticks_per_ns()
    };
    // The first one warms the caches up.
    let _ = batch();
    let mut means = [0.0; BATCHES].map(|_| batch());
    means.sort_by(f64::total_cmp);
    means[BATCHES / 2]
}

/// Names of the spans that are measured: of empty ones, and of those beside other work.
const ALONE: &str = "alone";
const BESIDE: &str = "beside";

/// What a span costs: the mean of what it costs alone, and beside work that leaves the processor half idle, where a part of the
/// recording is done meanwhile.
fn cost_ns(work: &Work, work_ns: f64, span: impl Fn(&'static str, &dyn Fn())) -> f64 {
    let alone = mean_ns(|| span(ALONE, &|| ()));
    let beside = mean_ns(|| {
        work.run();
        span(BESIDE, &|| work.run());
    });
    (alone + (beside - 2.0 * work_ns).max(0.0)) / 2.0
}

/// Steps of which each needs the one before, some 40 ns.
#[derive(Default)]
struct Work(Cell<u64>);

impl Work {
    fn run(&self) {
        const STEPS: u32 = 32;
        let mut value = self.0.get();
        for _ in 0..STEPS {
            value = black_box(value.wrapping_mul(3).wrapping_add(1));
        }
        self.0.set(value);
    }
}

/// A span as [`crate::probe::Ambient`] records it.
#[inline(always)]
fn probed(work: &dyn Fn()) {
    black_box(super::armed().is_detailed());
    let open = clock::ordered();
    work();
    local::lone_copy(ASIDE, clock::settled().wrapping_sub(open), 0);
}

/// Spans as `tracing` has the ledger's form as a subscriber record them.
#[derive(Default)]
struct Others(LedgerSubscriber);

impl Others {
    #[inline(always)]
    fn span(&self, name: &'static str, work: &dyn Fn()) {
        let id = self.0.id(name);
        self.enter(&id);
        work();
        self.exit(&id);
    }

    #[inline(never)]
    fn enter(&self, span: &Id) {
        if let Some(name) = self.0.name(span) {
            black_box(super::armed().is_on());
            stack::enter_in(ASIDE, span.into_u64(), name);
        }
    }

    #[inline(never)]
    fn exit(&self, span: &Id) {
        black_box(super::armed().is_on());
        stack::exit_in(ASIDE, span.into_u64());
    }
}
