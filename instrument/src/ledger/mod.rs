//! The subscriber that adds spans up in memory.

mod blocks;
mod capture;
mod drain;
mod group;
mod histogram;
mod key_map;
#[cfg(feature = "layer")]
mod layer;
mod local;
mod pool_thread;
mod random;
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
pub use local::{hop, lone_copy, lone_lock, named_lock, start_ns, submitted};
pub use pool_thread::{PoolThread, job_begins, job_ended};
pub use random::one_in_sixteen;
pub use sites::{MAX_SITES, MAX_SPAN_NAMES, OTHER};
pub use state::{Armed, armed};
pub use subscriber::LedgerSubscriber;
pub use tally::Tally;
