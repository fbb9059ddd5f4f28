//! The screen: which sites there are, what they do, what they pay, why, and what to try. One section a file.

mod all_verdicts;
mod brief;
mod callers;
pub(in crate::write) mod compared;
mod cpu;
mod footer;
mod header;
mod in_flight;
mod locks;
mod options;
mod origins;
mod page;
mod pool;
mod sequences;
mod sites;
mod table;
mod tasks;
mod tone;
mod verdicts;
mod what_if;
mod whole;

pub use all_verdicts::verdicts_text;
pub use compared::compared;
pub use options::ScreenOptions;
pub use whole::screen;
