//! A parking_lot mutex whose acquisitions are spans.
//!
//! Use it for a lock that you suspect. While recording is on with locks, each acquisition is counted and timed under
//! `lock NAME`, and contended ones are counted separately. Otherwise it costs one more relaxed load than the mutex inside.

use parking_lot::MutexGuard;

use crate::clock;
use crate::record::{self, NamedNode};

/// A `parking_lot` mutex whose acquisitions are recorded as spans, under the name that you give it.
#[derive(Debug, Default)]
pub struct Mutex<T: ?Sized> {
    node: NamedNode,
    inner: parking_lot::Mutex<T>,
}

impl<T> Mutex<T> {
    /// Creates a free mutex around `value`. Reports show it under `name`.
    pub const fn new(name: &'static str, value: T) -> Self {
        Self { node: NamedNode::new(name), inner: parking_lot::Mutex::new(value) }
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Takes the lock, and blocks until it has it.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let armed = record::armed();
        if armed.is_detailed() { self.lock_watched(armed.generation()) } else { self.inner.lock() }
    }

    #[inline(never)]
    fn lock_watched(&self, generation: u32) -> MutexGuard<'_, T> {
        // What this allocates, it allocates while the lock is free: the app's allocator may need it.
        let found = record::find_lock(generation, &self.node);
        let open = clock::ordered();
        let (guard, contended) = match self.inner.try_lock() {
            Some(guard) => (guard, false),
            None => (self.inner.lock(), true),
        };
        let ticks = clock::settled().wrapping_sub(open);
        record::named_lock(generation, found, ticks, contended);
        guard
    }

    /// Takes the lock if it is free. This is not recorded, because it never waits.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.inner.try_lock()
    }

    /// Returns the value, without locking.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }
}
