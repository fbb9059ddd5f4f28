//! What a process does that was forked off while a capture was armed: it has a copy of that capture, and of its locks, which threads
//! may hold that it does not have. So it finds out in the ledger's cold places, records no more, and waits for none of these locks.
//!
//! Finding out takes a system call. That is why no hop looks: a thread looks when it joins a capture or runs its first job of one,
//! and a forked process, which has one thread, comes there with its first hop.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard, RwLock, RwLockWriteGuard};

use super::state;

/// The process that armed last, and in the lowest bit whether a guard holds what it armed. 0: none has.
static ARMED: AtomicU64 = AtomicU64::new(0);

/// Notes that the calling process arms.
pub(super) fn arms(by_guard: bool) {
    // ORDERING: relaxed; a forked process reads what was written before it was there.
    ARMED.store(u64::from(std::process::id()) << 1 | u64::from(by_guard), Ordering::Relaxed);
}

/// Whether what is armed is another process's.
pub(super) fn is_inherited() -> bool {
    // ORDERING: as in `arms`.
    let armed = ARMED.load(Ordering::Relaxed);
    armed != 0 && armed >> 1 != u64::from(std::process::id())
}

/// The same, and then nothing is armed in this process: it has yet to decide, and may have to report that a guard's capture has
/// nothing of it.
pub(super) fn found() -> bool {
    let inherited = is_inherited();
    let armed = state::armed();
    if inherited && armed.is_on() {
        // ORDERING: as in `arms`.
        let by_guard = ARMED.load(Ordering::Relaxed) & 1 == 1;
        // If another thread was faster, it has done the same.
        let _ = state::replace(armed, armed.forked(by_guard));
    }
    inherited
}

/// A lock that a forked process need not wait for.
#[derive(Debug)]
pub(super) struct Lock<T> {
    inner: Mutex<T>,
    pid: u32,
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self { inner: Mutex::default(), pid: std::process::id() }
    }
}

impl<T> Lock<T> {
    /// For those that are in the process that made it.
    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.inner.lock()
    }

    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.inner.try_lock()
    }

    /// `None` in a forked process. It does not even try: to unlock what others had waited for takes a lock of parking_lot's own.
    /// For cold places, since it takes a system call.
    pub(super) fn lock_unless_forked(&self) -> Option<MutexGuard<'_, T>> {
        (self.pid == std::process::id()).then(|| self.lock())
    }
}

/// Locks what captures of all processes have in common. `None` in a forked process if a thread held it at the fork.
pub(super) fn write<T>(lock: &RwLock<T>) -> Option<RwLockWriteGuard<'_, T>> {
    if is_inherited() { lock.try_write() } else { Some(lock.write()) }
}
