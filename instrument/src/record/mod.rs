//! Recording: takes hops and spans from the app's threads, and adds them up in memory.

mod accounts;
pub mod burst;
mod busy;
#[cfg(all(feature = "callers", unix))]
mod callers;
mod capture;
mod cost;
mod entered;
mod fork;
#[cfg(all(feature = "callers", unix))]
mod frames;
mod here;
mod job_cpu;
mod jobs;
mod journal;
#[cfg(feature = "layer")]
mod layer;
mod live;
mod local;
mod measure;
#[cfg(test)]
mod model;
pub mod observed;
mod pool_thread;
mod processors;
mod random;
mod runtimes;
mod seat;
mod settings;
mod shared;
mod slot;
mod stack;
mod state;
mod subscriber;
mod sync;
mod task_table;
pub mod tasks;
mod turn;

pub use capture::{Capture, Reporter, arm, arm_unattended, decide_off};
#[cfg(feature = "layer")]
pub(crate) use fork::Lock;
pub use here::{caller, thread_number};
#[cfg(feature = "layer")]
pub use layer::RecorderLayer;
pub use local::{
    FoundLock, NamedNode, begin, begin_observed, begins_as_import, detach, find_lock, hop, is_in_job, lone_copy,
    lone_lock, named_lock, ran, refused, since, worker_comes,
};
pub use pool_thread::{PoolThread, job_begins, job_dropped, job_ended, job_runs, wrapped};
pub use random::one_in_sixteen;
pub use settings::{DEFAULT_STUCK, Settings};
pub use shared::executable;
pub use state::{Armed, armed};
pub use subscriber::RecorderSubscriber;
pub use tollbridge_report::aggregate::{MAX_SITES, MAX_SPAN_NAMES, OTHER, Tally};
pub use turn::{Turn, take_turn};
