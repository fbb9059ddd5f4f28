//! Where a task's outcome goes when its handle takes it.

use std::ffi::c_void;

use crate::names::Outcome;

/// Where the outcome goes.
#[derive(Debug)]
#[repr(C)]
pub struct Outlet {
    /// Moves it there, once.
    take: extern "C" fn(*mut c_void),
    context: *mut c_void,
    /// Its size.
    bytes: usize,
    /// Number of the task that gets it; 0 outside any.
    task: u64,
    /// How it ended: 0 with a result, 1 cancelled, 2 by a panic.
    outcome: u32,
}

impl Outlet {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn task(&self) -> u64 {
        self.task
    }

    pub(super) fn take(&self) {
        (self.take)(self.context);
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self.outcome {
            0 => Outcome::Joined,
            1 => Outcome::Cancelled,
            _ => Outcome::Panicked,
        }
    }
}
