//! The subscriber that adds spans up in memory.

mod blocks;
mod capture;
mod drain;
mod group;
mod histogram;
#[cfg(feature = "layer")]
mod layer;
mod local;
mod recorder;
mod sites;
mod stack;
mod stat;
mod state;
mod subscriber;
mod tally;
mod tree;

pub use capture::{Capture, Reporter, Settings, arm, arm_unattended, decide_off, executable};
#[cfg(feature = "layer")]
pub use layer::LedgerLayer;
pub use local::{
    PoolThread, hop, job_begins, job_ended, lone_copy, lone_lock, named_lock, one_in_sixteen, submitted, withdrawn,
};
pub use sites::{MAX_SITES, MAX_SPAN_NAMES, OTHER};
pub use state::{Armed, armed};
pub use subscriber::LedgerSubscriber;
pub use tally::Tally;
