//! Adding up: hops that are alike to groups, groups to a report. The recorder adds up what its threads took down; [`Tally`], by the same
//! arithmetic, what stands in a log. No threads and no clock: moments come in ticks, with what turns them into ns ([`Since`](crate::hop::Since)).
//!
//! This is the inside of tollbridge's own crates: it changes without notice.

pub mod account;
pub mod blocks;
pub mod cpu_times;
pub mod drain;
pub mod group;
pub mod histogram;
pub mod key_map;
pub mod sequences;
pub mod stat;
pub mod stretches;
pub mod tables;
pub mod tally;
pub mod tasks;
pub mod timeline;

pub use tables::{MAX_SITES, MAX_SPAN_NAMES, OTHER};
pub use tally::Tally;
