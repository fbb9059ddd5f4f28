//! The functions that the copy calls.

use super::job::{Call, Job};
use super::outlet::Outlet;
use crate::record::{self, tasks};

/// Number of this protocol. A copy that was made for another one refuses the table.
pub const VERSION: u32 = 1;

/// What the copy calls: at the moments of a hop, with its job, and besides. All with a shared job are called for hops that are recorded alone.
#[derive(Debug)]
#[repr(C)]
pub struct Hooks {
    version: u32,
    /// Size of [`Job`], for which the copy has room, and of this table.
    job_size: u32,
    hooks_size: u32,
    installed: extern "C" fn(),
    worker: extern "C" fn(),
    imported: extern "C" fn(&Call),
    task_ended: extern "C" fn(u64),
    submits: extern "C" fn(&mut Job, &Call),
    returned: extern "C" fn(&Job),
    begins: extern "C" fn(&Job),
    ended: extern "C" fn(&Job),
    panicked: extern "C" fn(&Job),
    published: extern "C" fn(&Job),
    polled: extern "C" fn(&Job),
    takes: extern "C" fn(&Job, &Outlet),
    dropped: extern "C" fn(&Job),
    freed: extern "C" fn(&Job),
}

#[expect(clippy::cast_possible_truncation, reason = "some hundred bytes")]
const JOB_SIZE: u32 = size_of::<Job>() as u32;

#[expect(clippy::cast_possible_truncation, reason = "some hundred bytes")]
const HOOKS_SIZE: u32 = size_of::<Hooks>() as u32;

/// The table.
pub static HOOKS: Hooks = Hooks {
    version: VERSION,
    job_size: JOB_SIZE,
    hooks_size: HOOKS_SIZE,
    installed,
    worker,
    imported,
    task_ended,
    submits,
    returned,
    begins,
    ended,
    panicked,
    published,
    polled,
    takes,
    dropped,
    freed,
};

/// The copy has taken the table.
extern "C" fn installed() {
    record::observed::copied();
}

/// A worker of the runtime comes to the pool.
extern "C" fn worker() {
    let armed = record::armed();
    if armed.is_on() {
        record::worker_comes(armed.generation());
    }
}

/// A job comes through tollbridge's own calls, which record its hop.
extern "C" fn imported(call: &Call) {
    call.is_imported();
}

/// A task completes that may have called hops.
extern "C" fn task_ended(task: u64) {
    tasks::ended(task);
}

/// `job`: of zeros.
extern "C" fn submits(job: &mut Job, call: &Call) {
    if let Some(submitted) = Job::submitted(call) {
        *job = submitted;
    }
}

extern "C" fn returned(job: &Job) {
    job.returned();
}

extern "C" fn begins(job: &Job) {
    job.begins();
}

extern "C" fn ended(job: &Job) {
    job.ended();
}

extern "C" fn panicked(job: &Job) {
    job.panicked();
}

extern "C" fn published(job: &Job) {
    job.published();
}

extern "C" fn polled(job: &Job) {
    job.polled();
}

extern "C" fn takes(job: &Job, outlet: &Outlet) {
    job.takes(outlet);
}

extern "C" fn dropped(job: &Job) {
    job.dropped();
}

extern "C" fn freed(job: &Job) {
    job.freed();
}
