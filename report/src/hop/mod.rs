//! One hop as plain data: its stamps, what they add up to, and the record that a log holds.
//!
//! ```text
//! caller    called ──────── returned
//! pool            ·········· previous_end   run_start ── run_end ── published
//! awaiter                                          first_poll ·········· ready ── copied
//!
//!           submit   backlog            start     run      publish  unpolled resume transfer
//! ```
//!
//! The phases are a monotone partition of `called ..= copied`: each one ends where the next begins, so they add up to
//! the hop exactly, in whole nanoseconds. A stamp that lies before its predecessor (clocks of two processors that
//! disagree, or the closure that starts before `spawn_blocking` returns) gives its phase the length 0; the former is
//! counted, the latter is part of the definition of `submit`: the call up to the closure's beginning, and what is left of it
//! once the outcome has been published.

mod how;
mod op;
mod ops;
mod phases;
mod record;
mod stamps;

pub use how::{Circumstances, How, SiteId};
pub use op::{Op, OpKind, PackedOp};
pub use ops::Ops;
pub use phases::Phases;
pub use record::{HopRecord, Site, Threads};
pub use stamps::{Conversion, Since, Stamps, Ticks};
