//! The functions that the copy calls.

use crate::clock;
use crate::every_job::{Call, Job};
use crate::names::Outcome;

/// Number of this protocol. A copy that was made for another one refuses the table.
pub const VERSION: u32 = 1;

/// What the copy calls at the moments of a hop. All but `submits` are called for hops that are recorded alone.
#[derive(Debug)]
#[repr(C)]
pub struct Hooks {
    version: u32,
    /// Size of [`Job`], for which the copy has room.
    job_size: u32,
    submits: extern "C" fn(&Job, &Call),
    returned: extern "C" fn(&Job),
    begins: extern "C" fn(&Job),
    ended: extern "C" fn(&Job),
    published: extern "C" fn(&Job),
    polled: extern "C" fn(&Job),
    ready: extern "C" fn(&Job) -> u64,
    taken: extern "C" fn(&Job, ready: u64, outcome: u32, task: u64),
    dropped: extern "C" fn(&Job),
}

#[expect(clippy::cast_possible_truncation, reason = "some hundred bytes")]
const JOB_SIZE: u32 = size_of::<Job>() as u32;

/// The table.
pub static HOOKS: Hooks = Hooks {
    version: VERSION,
    job_size: JOB_SIZE,
    submits,
    returned,
    begins,
    ended,
    published,
    polled,
    ready,
    taken,
    dropped,
};

extern "C" fn submits(job: &Job, call: &Call) {
    job.submits(call);
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

extern "C" fn published(job: &Job) {
    job.published();
}

extern "C" fn polled(job: &Job) {
    job.polled();
}

extern "C" fn ready(_: &Job) -> u64 {
    clock::now()
}

extern "C" fn taken(job: &Job, ready: u64, outcome: u32, task: u64) {
    let outcome = match outcome {
        0 => Outcome::Joined,
        1 => Outcome::Cancelled,
        _ => Outcome::Panicked,
    };
    job.taken(ready, outcome, task);
}

extern "C" fn dropped(job: &Job) {
    job.dropped();
}
