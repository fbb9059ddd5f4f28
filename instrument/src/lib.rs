//! Span vocabulary, probes, clock, ledger and report of tollbridge.

pub mod callout;
pub mod clock;
pub mod disk;
pub mod event;
pub mod hop;
pub mod ledger;
pub mod mutex;
pub mod names;
pub mod paths;
pub mod phase_span;
pub mod probe;
pub mod report;
