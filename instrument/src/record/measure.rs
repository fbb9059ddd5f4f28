//! Measures what it costs a thread to record: floors of the clock, and spans recorded by the code that records all others, in a
//! capture aside.
//!
//! Done when a capture is armed, at each checkpoint and at the end, and the mean told: what a span costs depends on what
//! else the machine is doing. On a processor of two threads one costs 37 ns beside an idle one, 60 beside a busy one.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use tracing::span::Id;

use super::cost::Costs;
use super::settings::Settings;
use super::shared::Shared;
use super::subscriber::RecorderSubscriber;
use super::{entered, local};
use crate::clock;
use crate::report::Distribution;

/// The generation of the capture aside; those that are armed count from 1.
const ASIDE: u32 = 0;

/// Measures once more: 0.3 ms. The spans are left out where the calling thread is being torn down.
pub(super) fn measure(costs: &mut Costs) {
    let (grain, floor, ordered_floor) = clock::floors();
    costs.grain = if costs.floor.get().is_none() { grain } else { grain.min(costs.grain) };
    costs.floor.add(floor);
    costs.ordered_floor.add(ordered_floor);
    measure_spans(costs);
}

fn measure_spans(costs: &mut Costs) {
    let aside = Arc::new(Shared::new(ASIDE, Settings::default(), Costs::default()));
    let work = Work::default();
    let work_ns = mean_ns(|| work.run());
    local::aside(Arc::clone(&aside), || {
        costs.span.add(cost_ns(&work, work_ns, |_, work| probed(work)));
        let others = Others::default();
        costs.entered_span.add(cost_ns(&work, work_ns, |name, work| others.span(name, work)));
    });
    let spans = aside.report(true).spans;
    let length =
        |name| spans.iter().find(|span| span.path == [name]).and_then(|span| typical_ns(&span.ns, costs.grain));
    if let (Some(alone), Some(beside)) = (length(ALONE), length(BESIDE)) {
        costs.entered_floor.add((alone + (beside - work_ns).max(0.0)) / 2.0);
    }
}

/// The median of some lengths. Where the clock's steps are longer than what is measured, a median is a whole number of steps, mostly none:
/// there it is the mean without the longest few, which an interruption may have spoiled.
fn typical_ns(lengths: &Distribution, grain: f64) -> Option<f64> {
    const COARSE_NS: f64 = 10.0;
    const PARTS: u32 = 32;
    if grain < COARSE_NS {
        return lengths.quantile(0.5);
    }
    let quantile = |part| lengths.quantile((f64::from(part) + 0.5) / f64::from(PARTS));
    let sum: Option<f64> = (0..PARTS).map(quantile).sum();
    Some(sum? / f64::from(PARTS))
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

/// Spans as `tracing` records them through [`RecorderSubscriber`].
#[derive(Default)]
struct Others(RecorderSubscriber);

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
            entered::enter_in(ASIDE, span.into_u64(), name);
        }
    }

    #[inline(never)]
    fn exit(&self, span: &Id) {
        black_box(super::armed().is_on());
        entered::exit_in(ASIDE, span.into_u64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typical_length_is_a_median_where_steps_are_short_and_a_mean_of_most_where_they_are_long() {
        // 12 ns, read with steps of 40 ns: 3 of 10 see one. One is interrupted.
        let mut lengths = Distribution::default();
        for i in 0..1_000 {
            lengths.add(if i % 10 < 3 { 40 } else { 0 });
        }
        lengths.add(5_000_000);
        assert_eq!(typical_ns(&lengths, 0.4), Some(0.0));
        let long = typical_ns(&lengths, 40.0).expect("there are some");
        assert!((long - 12.0).abs() < 1.3, "{long}");
        assert_eq!(typical_ns(&Distribution::default(), 40.0), None);
    }
}
