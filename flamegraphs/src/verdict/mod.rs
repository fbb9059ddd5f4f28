//! What to try, site by site, and what it would save: rules that are written down, tested, and held to experiments.
//!
//! [`verdicts`] looks at a report and gives every [`Verdict`] that follows, those first from which most is to be gained. Each says on
//! what it rests, what it would save, how sure that is, what might go wrong, and what to write or to run.
//!
//! # What is never done
//! - Nothing is advised from times that contain the app's own logging, from fewer than [`MIN_HOPS`] joined hops of a site, nor from
//!   what lies below the clock's floor.
//! - Running a job on the awaiter's own thread is never advised from a median: one job that takes long there holds up every task of
//!   that worker. It takes the p99.9 (`small_work`).
//!
//! # How right the savings are
//! Every [`Rule`] has an experiment (`benches/verdicts`) that applies the advice, and a workload at which it has to keep silent. An estimate is
//! within a factor of [`Saving::FACTOR`] of what was measured there; `docs/verdicts.md` has the figures, and the rules that were left
//! out because theirs were not. A rule's own file says what it looks at, and why.

mod backlog;
mod bridge_locks;
mod evidence;
mod facts;
mod fine;
mod late_awaiter;
mod long_tail;
mod model;
mod rank;
mod small_work;
mod unpolled;
mod wide_pool;

pub use facts::MIN_HOPS;
pub(crate) use facts::{Facts, Site};
pub use model::{Confidence, Level, Per, Rule, Saving, Verdict};
pub(crate) use rank::of_facts;
pub use rank::verdicts;
