//! What it costs a thread to record: means of what was measured ([`super::measure`]), for a report.

use crate::clock;
use crate::report::{Clock, Observer};

/// Means of what was measured, in ns.
#[derive(Debug, Default)]
pub(super) struct Costs {
    pub(super) grain: f64,
    pub(super) floor: Mean,
    pub(super) ordered_floor: Mean,
    /// All of an empty span of the probes; its share of the adding up is in it.
    pub(super) span: Mean,
    /// What an empty span of somebody else measures.
    pub(super) entered_floor: Mean,
    /// All of one: opened, entered, left, closed.
    pub(super) entered_span: Mean,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// `None` if nothing was measured.
    pub(super) fn get(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

impl Costs {
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
