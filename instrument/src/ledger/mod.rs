//! The subscriber that adds spans up in memory.

mod blocks;
mod capture;
mod drain;
mod histogram;
#[cfg(feature = "layer")]
mod layer;
mod local;
mod recorder;
mod sites;
mod stack;
mod state;
mod subscriber;
mod tally;
mod tree;

pub use capture::{Capture, Reporter, Settings, arm, arm_unattended, decide_off, executable};
pub use local::{PoolThread, hop, job_begins, job_ended, lone_copy, lone_lock, named_lock, one_in_sixteen, submitted};
pub use subscriber::LedgerSubscriber;
#[cfg(feature = "layer")]
pub use layer::LedgerLayer;
pub use sites::{MAX_SITES, MAX_SPAN_NAMES, OTHER};
pub use state::{Armed, armed};
pub use tally::Tally;
