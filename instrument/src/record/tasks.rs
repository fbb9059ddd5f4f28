//! What tasks call in their lives. A copy of tokio tells of that (`cargo tollbridge`).

use super::burst::NO_TASK;
use super::local;
use super::task_table::{Entry, claim, find, is_used};
use crate::hop::Site;

/// A task calls a hop; 0 stands for none. `spawned`: where it was spawned; `None` if that is not known any more: then it is followed if it is already.
#[inline]
pub fn calls(generation: u32, task: u64, called: u64, spawned: impl FnOnce() -> Option<Site<'static>>) {
    if task == NO_TASK {
        return;
    }
    match find(task) {
        Some(entry) if entry.is_of(generation) => entry.calls(),
        own => begins(generation, task, called, own, spawned().as_ref()),
    }
}

/// It is its first one in the capture. `own`: its entry, of an earlier capture.
#[cold]
#[inline(never)]
fn begins(generation: u32, task: u64, called: u64, own: Option<&'static Entry>, spawned: Option<&Site<'static>>) {
    let entry =
        spawned.and_then(|_| own.filter(|own| own.is_taken_over(generation, task)).or_else(|| claim(generation, task)));
    match entry.zip(spawned) {
        Some((entry, spawned)) => match local::spawn_site(generation, spawned) {
            Some(site) => entry.begin(generation, site, called),
            // The capture is over.
            None => entry.refuse(task),
        },
        None => local::task_lost(generation),
    }
}

/// A task has the outcome of a hop.
#[inline]
pub fn has(generation: u32, task: u64, called: u64, end: u64) {
    // No task is followed without a copy of tokio.
    if !is_used() || task == NO_TASK {
        return;
    }
    if let Some(entry) = find(task).filter(|entry| entry.is_of(generation)) {
        entry.has(called, end);
    }
}

/// A task completes.
pub fn ended(task: u64) {
    let Some(entry) = find(task) else { return };
    let hops = entry.hops();
    if let Some((generation, site)) = entry.give_back(task) {
        local::task_ended(generation, site, hops);
    }
}
