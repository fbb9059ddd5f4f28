//! What to try, site by site, and what it would save: rules that are written down, tested, and checked by experiments.
//!
//! [`verdicts`] looks at a report and gives every [`Verdict`] that follows, those first from which most is to be gained. Each says on
//! what it rests, what it would save, how sure that is, what might go wrong, and what to write or to run.
//!
//! # What is never done
//! - Nothing is advised from times that contain the app's own logging, nor from what lies below the clock's floor. A site's durations count from
//!   [`MIN_HOPS`] joined hops on. Rules about what is in flight, and about hops that wait for 10 ms, need fewer: a starved app makes few hops.
//! - Fewer threads are never advised where a job calls hops and waits for them: such a pool stops for good.
//! - Running a job on the awaiter's own thread is never advised from a median: one job that takes long there holds up every task of
//!   that worker. It takes the p99.9 (`small_work`).
//!
//! # How right the savings are
//! Every [`Rule`] that saves something has an experiment (`benches/verdicts`) that applies the advice, and a workload at which it has to keep silent.
//! An estimate is within a factor of [`Saving::FACTOR`] of what was measured there, but for `late-awaiter` and `wide-pool`, whose ranges are wider; `docs/guide/verdicts.md` has the figures, and the rules that were left
//! out because theirs were not. A rule's own file says what it looks at, and why.

mod backlog;
mod bridge_locks;
mod deadlock;
mod evidence;
mod facts;
mod fine;
mod held;
mod jobs_compute;
mod late_awaiter;
mod leak;
mod long_tail;
mod model;
mod rank;
mod sequence;
mod small_work;
mod starved;
mod stuck;
mod unpolled;
mod unseen_jobs;
mod wide_pool;

pub use facts::MIN_HOPS;
pub(crate) use facts::{Facts, Site};
pub use model::{Confidence, Level, Per, Rule, Saving, Verdict};
pub(crate) use rank::of_facts;
pub use rank::verdicts;
