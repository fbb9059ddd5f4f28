//! Folded stacks: what the flamegraphs are drawn from, and files of their own.
//!
//! Lines stand in time order, each parent before its children, and one line's value is its last frame's self value.

mod folded;
mod hop;
mod sums;
mod transfer;

pub(super) use folded::{Stacks, Value};
pub(super) use hop::{Drawn, Shown, hop};
pub(super) use transfer::{Scale, difference, transfers};
