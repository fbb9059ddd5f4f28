//! Runs before a change against runs after it: what each site pays more or less, and whether that can be known.
//!
//! The **run** is the unit. Hops of one run share its layout of memory, its neighbours, its weather, so however many they are they
//! say little of what another run would show: each run gives one mean per site and figure, and what is compared are the two
//! sides' means of those. With one run a side nothing can be said; the figures are shown without a verdict.
//!
//! - [`Run`]: a report's means, by site, job and arm. Only like runs can be compared: same detail, same arms, none from a log.
//! - `pair`: which site after the change is which one before it. Lines shift between builds.
//! - `welch`: a difference with its interval.
//! - [`Gate`]: whether any site pays more than it may, at one stated rate of false alarms however many sites there are.
//!
//! # Limits
//! Intervals are 95 % each, not jointly. What drifts while runs are made (a neighbour, a warm machine) is in the difference
//! unless the two sides take turns.

mod comparison;
mod figure;
mod gate;
mod pair;
mod run;
mod welch;

pub use comparison::{Change, Comparison, Pair, SAME_RATE, SiteName, compare};
pub use figure::Figure;
pub use gate::{FALSE_ALARMS, Gate, GateVerdict, Ruling, Unseen};
pub use run::Run;
pub use welch::Sample;
