//! The recorder's locks and atomics.
//!
//! The locks are std's. parking_lot keeps waiting threads in tables of the process, which have locks themselves, and tokio waits in the same
//! tables. A thread that is at one of them at a fork leaves it locked in the child, where tokio's next wait would then never end. std's locks
//! have no such table on Linux: what nobody holds is free in the child too, and to unlock never waits.
//!
//! Built with `--cfg tollbridge_loom`, the same names lead to loom's words, and `model.rs` tries the interleavings.

use std::sync::{PoisonError, RwLockReadGuard, RwLockWriteGuard, TryLockError};

pub(super) use self::imp::{AtomicU32, AtomicU64, AtomicUsize, Mutex, MutexGuard, fence};

/// What trying a lock gives. Whoever panicked with it has left it usable. Nothing in the recorder panics except an allocation that
/// fails, in an app that has it panic; a report may then be off by what was being added.
fn tried<G>(tried: Result<G, TryLockError<G>>) -> Option<G> {
    match tried {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// std's, never poisoned.
#[derive(Debug, Default)]
pub(super) struct RwLock<T>(std::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(std::sync::RwLock::new(value))
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        tried(self.0.try_read())
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        tried(self.0.try_write())
    }
}

#[cfg(not(tollbridge_loom))]
mod imp {
    use std::sync::PoisonError;

    pub(in crate::record) use std::sync::MutexGuard;
    pub(in crate::record) use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, fence};

    /// std's, never poisoned.
    #[derive(Debug, Default)]
    pub(in crate::record) struct Mutex<T>(std::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in crate::record) const fn new(value: T) -> Self {
            Self(std::sync::Mutex::new(value))
        }

        #[inline]
        pub(in crate::record) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        #[inline]
        pub(in crate::record) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            super::tried(self.0.try_lock())
        }
    }
}

#[cfg(tollbridge_loom)]
mod imp {
    use std::ops::{Deref, DerefMut};
    use std::sync::PoisonError;
    use std::sync::atomic::Ordering;

    use loom::sync::atomic::AtomicBool;
    pub(in crate::record) use loom::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, fence};

    /// A spin lock, since loom's own `try_lock` waits. The lock inside is never waited for: it gives access without unsafe code.
    #[derive(Debug, Default)]
    pub(in crate::record) struct Mutex<T> {
        held: AtomicBool,
        inner: std::sync::Mutex<T>,
    }

    #[derive(Debug)]
    pub(crate) struct MutexGuard<'a, T> {
        held: &'a AtomicBool,
        inner: Option<std::sync::MutexGuard<'a, T>>,
    }

    impl<T> Mutex<T> {
        pub(in crate::record) fn new(value: T) -> Self {
            Self { held: AtomicBool::new(false), inner: std::sync::Mutex::new(value) }
        }

        pub(in crate::record) fn lock(&self) -> MutexGuard<'_, T> {
            loop {
                if let Some(guard) = self.try_lock() {
                    return guard;
                }
                loom::thread::yield_now();
            }
        }

        pub(in crate::record) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            // ORDERING: as any lock: what its last holder did is seen.
            self.held.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).ok()?;
            let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            Some(MutexGuard { held: &self.held, inner: Some(inner) })
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;
        fn deref(&self) -> &T {
            self.inner.as_ref().expect("held until dropped")
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.inner.as_mut().expect("held until dropped")
        }
    }

    impl<T> Drop for MutexGuard<'_, T> {
        fn drop(&mut self) {
            self.inner = None;
            self.held.store(false, Ordering::Release);
        }
    }
}
