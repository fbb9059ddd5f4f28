//! A parking_lot mutex whose acquisitions are spans.
//!
//! For locks that the app suspects: while a capture is armed in detail, each acquisition is counted and timed under
//! `lock NAME`, contended ones apart. Off it costs one relaxed load more than the mutex inside.

use parking_lot::MutexGuard;

use crate::clock;
use crate::record::{self, NamedNode};

/// A mutex whose acquisitions are spans.
#[derive(Debug, Default)]
pub struct Mutex<T: ?Sized> {
    node: NamedNode,
    inner: parking_lot::Mutex<T>,
}

impl<T> Mutex<T> {
    /// A free mutex around `value`. `name` stands in reports.
    pub const fn new(name: &'static str, value: T) -> Self {
        Self { node: NamedNode::new(name), inner: parking_lot::Mutex::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Blocks until the lock is held.
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

    /// Takes the lock if it is free. Not recorded: it never waits.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.inner.try_lock()
    }

    /// The value, without locking.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }
}
