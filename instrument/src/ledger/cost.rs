//! What it costs a thread to record: floors of the clock, and spans recorded by the code that records all others, in a capture
//! aside.
//!
//! Measured when a capture is armed, at each checkpoint and at the end, and the mean told: what a span costs depends on what
//! else the machine is doing. On a processor of two threads one costs 37 ns beside an idle one, 60 beside a busy one.

use std::hint::black_box;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber, callsite};

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
    /// Measures once more: 0.3 ms. The spans are left out where another thread is measuring them, or the calling thread is being torn down.
    pub(super) fn measure(&mut self) {
        let (grain, floor, ordered_floor) = clock::floors();
        self.grain = if self.floor.count == 0 { grain } else { grain.min(self.grain) };
        self.floor.add(floor);
        self.ordered_floor.add(ordered_floor);
        self.measure_spans();
    }

    fn measure_spans(&mut self) {
        static SHARED: Mutex<Option<Arc<Shared>>> = Mutex::new(None);
        let Some(mut shared) = SHARED.try_lock() else { return };
        let aside = shared.get_or_insert_with(|| Arc::new(Shared::aside(ASIDE)));
        local::aside(Arc::clone(aside), || {
            self.span.add(mean_ns(probed));
            let other = Aside(LedgerSubscriber::new());
            let subscriber: &dyn Subscriber = black_box(&other);
            let fields = METADATA.fields();
            let values = fields.value_set(&[]);
            self.entered_span.add(mean_ns(|| entered(subscriber, &Attributes::new(&METADATA, &values))));
        });
        let spans = aside.report(true).spans;
        let lengths = spans.iter().find(|span| !span.kind.is_probed()).map(|span| &span.ns);
        if let Some(floor) = lengths.and_then(|lengths| lengths.quantile(0.5)) {
            self.entered_floor.add(floor);
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

/// As [`crate::probe::Ambient`] does it.
#[inline(always)]
fn probed() {
    black_box(super::armed().is_detailed());
    let open = clock::ordered();
    local::lone_copy(ASIDE, clock::ordered().wrapping_sub(open), 0);
}

/// As `tracing` does it.
#[inline(always)]
fn entered(subscriber: &dyn Subscriber, attributes: &Attributes<'_>) {
    let id = subscriber.new_span(attributes);
    subscriber.enter(&id);
    subscriber.exit(&id);
    subscriber.try_close(id);
}

/// The ledger's form as a subscriber, for a capture that is not armed.
struct Aside(LedgerSubscriber);

impl Subscriber for Aside {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.0.new_span(attributes)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        if let Some(name) = self.0.name(span) {
            black_box(super::armed().is_on());
            stack::enter_in(ASIDE, span.into_u64(), name);
        }
    }

    fn exit(&self, span: &Id) {
        black_box(super::armed().is_on());
        stack::exit_in(ASIDE, span.into_u64());
    }
}

/// Of the span that is measured. Its call site is never registered, so that nobody's subscriber hears of it.
static METADATA: Metadata<'static> = Metadata::new(
    "empty",
    module_path!(),
    Level::TRACE,
    None,
    None,
    None,
    FieldSet::new(&[], callsite::Identifier(&CALLSITE)),
    Kind::SPAN,
);

static CALLSITE: Unregistered = Unregistered;

struct Unregistered;

impl callsite::Callsite for Unregistered {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}
