//! The bridges of hops of the copy: a lock and a state word beside tokio's outcome, which stays in its task.
//!
//! The naive bridge asks four times, each time under the lock, and moves the outcome at the last; the snapshot bridge looks at the word once and moves it.
//! They lock, look and copy as `tollbridge::bridge` does, in the same order; there the outcome lies in a source of its own.

use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::{Mutex, MutexGuard};

use super::outlet::Outlet;
use crate::names::{Arm, LockOp, Outcome};
use crate::probe::Probe;

/// The lock and the word.
#[derive(Debug, Default)]
pub(super) struct Bridge {
    lock: Mutex<()>,
    state: AtomicU8,
}

const FINISHED: u8 = 1;
const CANCELLED: u8 = 2;

impl Bridge {
    #[inline(always)]
    fn lock<P: Probe>(&self, op: LockOp, probe: &P) -> MutexGuard<'_, ()> {
        probe.acquire(op, || self.lock.try_lock(), || self.lock.lock())
    }

    fn state(&self) -> u8 {
        // ORDERING: acquire, as the bridges of the drop-in: what was published is seen by whoever sees that it was. (tokio has made it visible too.)
        self.state.load(Ordering::Acquire)
    }

    fn store(&self, state: u8) {
        // ORDERING: release, as above.
        self.state.store(state, Ordering::Release);
    }

    /// The job has panicked: tokio has its outcome, and nobody publishes one.
    pub(super) fn finish(&self) {
        self.store(FINISHED);
    }

    /// Whether the outcome is there.
    pub(super) fn is_finished(&self) -> bool {
        self.state() == FINISHED
    }

    /// The outcome is there.
    pub(super) fn publish<P: Probe>(&self, probe: &P) {
        probe.settle();
        let locked = self.lock(LockOp::Publish, probe);
        self.store(FINISHED);
        drop(locked);
    }

    /// Takes the outcome.
    pub(super) fn transfer<P: Probe>(&self, arm: Arm, outlet: &Outlet, probe: &P) {
        match outlet.outcome() {
            Outcome::Cancelled => self.store(CANCELLED),
            // Also of a job that never ran, and whose closure panicked when it was dropped.
            Outcome::Panicked => self.finish(),
            Outcome::Joined | Outcome::Detached => {}
        }
        probe.settle();
        if arm == Arm::Naive { self.naive(outlet, probe) } else { self.snapshot(outlet, probe) }
    }

    fn naive<P: Probe>(&self, outlet: &Outlet, probe: &P) {
        let is_done = {
            let _locked = self.lock(LockOp::Done, probe);
            self.state() != 0
        };
        debug_assert!(is_done, "tokio has said so");
        let is_cancelled = {
            let _locked = self.lock(LockOp::Cancelled, probe);
            self.state() == CANCELLED
        };
        if is_cancelled {
            return outlet.take();
        }
        {
            let _locked = self.lock(LockOp::Exception, probe);
            if outlet.outcome() == Outcome::Panicked {
                return copy(outlet, probe);
            }
        }
        let _locked = self.lock(LockOp::Result, probe);
        copy(outlet, probe);
    }

    fn snapshot<P: Probe>(&self, outlet: &Outlet, probe: &P) {
        if self.is_finished() {
            return copy(outlet, probe);
        }
        let _locked = self.lock(LockOp::Snapshot, probe);
        outlet.take();
    }
}

/// Moves the outcome, inside a span.
#[inline(always)]
fn copy<P: Probe>(outlet: &Outlet, probe: &P) {
    let opened = probe.open_copy(outlet.bytes());
    outlet.take();
    probe.close_copy(opened, outlet.bytes());
}
