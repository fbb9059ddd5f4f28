//! The subscriber that adds spans up in memory.

mod account;
mod accounts;
mod blocks;
mod capture;
mod cost;
mod drain;
mod entered;
mod fork;
mod group;
mod histogram;
mod journal;
mod key_map;
#[cfg(feature = "layer")]
mod layer;
mod local;
mod measure;
mod pool_thread;
mod random;
mod seat;
mod settings;
mod shared;
mod stack;
mod stat;
mod state;
mod subscriber;
mod tables;
mod tally;
mod timeline;

pub use capture::{Capture, Reporter, arm, arm_unattended, decide_off};
#[cfg(feature = "layer")]
pub use layer::LedgerLayer;
pub use local::{NamedNode, hop, lone_copy, lone_lock, named_lock, since, submitted};
pub use pool_thread::{PoolThread, caller, job_begins, job_ended, thread_number};
pub use random::one_in_sixteen;
pub use settings::{DEFAULT_STUCK, Settings};
pub use shared::executable;
pub use state::{Armed, armed};
pub use subscriber::LedgerSubscriber;
pub use tables::{MAX_SITES, MAX_SPAN_NAMES, OTHER};
pub use tally::Tally;
