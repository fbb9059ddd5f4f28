//! The recorder of tollbridge: clock, probes, phase spans and the instrumented mutex, [`record`], which adds up what they measure, and
//! [`session`], from arming to the last report.
//!
//! What both sides of a report share is in [`tollbridge_report`]; its modules are re-exported here under the same names.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod callout;
pub mod clock;
pub mod event;
pub mod every_job;
pub mod hop;
pub mod mutex;
pub mod phase_span;
pub mod probe;
pub mod record;
pub mod session;

#[doc(no_inline)]
pub use tollbridge_report as report;
#[doc(no_inline)]
pub use tollbridge_report::{disk, names, paths};
