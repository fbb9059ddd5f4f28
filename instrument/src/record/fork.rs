//! What a process does that was forked off while a capture was armed. It has a copy of that capture, and of its locks, which threads
//! may hold that it does not have. So it finds out where the recorder rarely runs, records no more, and waits for none of these locks.
//!
//! Finding out takes a system call. That is why no hop looks: a thread looks when it joins a capture or runs its first job of one,
//! and a forked process, which has one thread, comes there with its first hop. A lock is tried first, and whoever finds it held looks then.
//!
//! A forked process may arm anew. What it inherited stays where it is, never dropped: threads that it does not have may have been at it. Of the locks
//! that a process has once, it goes on with ones that nobody holds ([`PerProcess`]).

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use super::state;
use super::sync::{Mutex, MutexGuard, RwLock};

/// The process that armed last, and in the lowest bit whether a guard holds what it armed. 0: none has.
static ARMED: AtomicU64 = AtomicU64::new(0);

/// Notes that the calling process arms.
pub(super) fn arms(by_guard: bool) {
    // ORDERING: release; who finds that its own process has armed goes on with the locks that this one has left ready.
    ARMED.store(u64::from(std::process::id()) << 1 | u64::from(by_guard), Ordering::Release);
}

/// Whether what is armed is another process's.
pub(super) fn is_inherited() -> bool {
    // ORDERING: acquire, see `arms`. A forked process reads what was written before it was there.
    let armed = ARMED.load(Ordering::Acquire);
    armed != 0 && armed >> 1 != u64::from(std::process::id())
}

/// The same, and then nothing is armed in this process: it has yet to decide, and may have to report that a guard's capture has
/// nothing of it.
pub(super) fn found() -> bool {
    let inherited = is_inherited();
    let armed = state::armed();
    if inherited && armed.is_on() {
        // ORDERING: relaxed; the bit belongs to the process that was looked at.
        let by_guard = ARMED.load(Ordering::Relaxed) & 1 == 1;
        // If another thread was faster, it has done the same.
        let _ = state::replace(armed, armed.forked(by_guard));
    }
    inherited
}

/// A lock that a forked process need not wait for.
#[derive(Debug)]
pub(crate) struct Lock<T> {
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

    /// `None` in a forked process if a thread held it at the fork.
    pub(crate) fn lock_unless_forked(&self) -> Option<MutexGuard<'_, T>> {
        self.try_lock().or_else(|| (self.pid == std::process::id()).then(|| self.lock()))
    }
}

/// The same for many readers.
#[derive(Debug)]
pub(super) struct ReadLock<T> {
    inner: RwLock<T>,
    pid: u32,
}

impl<T: Default> Default for ReadLock<T> {
    fn default() -> Self {
        Self { inner: RwLock::default(), pid: std::process::id() }
    }
}

impl<T> ReadLock<T> {
    /// `None` in a forked process if a thread was writing at the fork.
    #[inline]
    pub(super) fn read_unless_forked(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.inner.try_read().or_else(|| (self.pid == std::process::id()).then(|| self.inner.read()))
    }

    /// `None` in a forked process if a thread held it at the fork.
    pub(super) fn write_unless_forked(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.inner.try_write().or_else(|| (self.pid == std::process::id()).then(|| self.inner.write()))
    }
}

/// So many times a process and its forebears can fork while the lock in use is held.
pub(super) const LOCKS: usize = 4;

/// What a process has one of, in a static, behind a lock. One that a thread held at a fork stays locked in the forked process, which goes on
/// with the next one.
#[derive(Debug)]
pub(super) struct PerProcess<L> {
    locks: [L; LOCKS],
    current: AtomicUsize,
}

impl<L> PerProcess<L> {
    pub(super) const fn new(locks: [L; LOCKS]) -> Self {
        Self { locks, current: AtomicUsize::new(0) }
    }

    /// The lock in use, which can be waited for in a process that has armed; `None` if all were held at forks.
    #[inline]
    pub(super) fn get(&self) -> Option<&L> {
        // ORDERING: relaxed; who may wait has found before that its process has armed (`is_inherited`).
        self.locks.get(self.current.load(Ordering::Relaxed))
    }

    /// Goes on with a lock that is free. Inside [`once_a_process`].
    pub(super) fn renew(&self, is_free: impl Fn(&L) -> bool) {
        let current = self.locks.iter().position(is_free).unwrap_or(LOCKS);
        // ORDERING: relaxed; published by `arms`, and to other threads that arm by `once_a_process`.
        self.current.store(current, Ordering::Relaxed);
    }
}

/// Runs `f` in the first thread of each process that comes here. When it returns, that is done.
pub(super) fn once_a_process(f: impl FnOnce()) {
    /// The process that came here last, and in the lowest bit whether it is done.
    static LAST: AtomicU64 = AtomicU64::new(0);
    let begun = u64::from(std::process::id()) << 1;
    let done = begun | 1;
    loop {
        // ORDERING: acquire; pairs with the release below.
        let last = LAST.load(Ordering::Acquire);
        if last == done {
            return;
        }
        // ORDERING: relaxed; nothing is published by it.
        if last != begun && LAST.compare_exchange(last, begun, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            f();
            // ORDERING: release; who finds it done sees what `f` did.
            LAST.store(done, Ordering::Release);
            return;
        }
        // Another thread is at it, for some ns.
        std::thread::yield_now();
    }
}
