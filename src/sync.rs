//! The one place that names atomics, cells, locks and reference counts, so that loom can stand in for all of them.
//!
//! Built normally, everything here is `std`'s, `lock_api`'s or parking_lot's own, with nothing in between. Built with
//! `--cfg tollbridge_loom`, the same names lead to loom's model of them and `tests/loom.rs` tries the interleavings. The
//! cfg is our own rather than loom's customary `loom`: RUSTFLAGS reach every dependency, and tokio changes shape under
//! `--cfg loom`.
//!
//! The raw mutex is a parameter `R`, so that a test can put a counting one under the same code. Under loom `R` is only a
//! name. Waiting needs parking_lot's own raw mutex, because its condition variable does.

pub(crate) use self::imp::{Arc, AtomicU8, Condvar, Mutex, MutexGuard, Ordering, UnsafeCell};

#[cfg(not(tollbridge_loom))]
mod imp {
    pub(crate) use std::sync::Arc;
    pub(crate) use std::sync::atomic::{AtomicU8, Ordering};

    use std::time::Instant;

    pub(crate) use lock_api::{Mutex, MutexGuard};

    /// `std`'s cell with loom's manner of access: the pointer lives as long as the closure.
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline(always)]
        pub(crate) fn with_mut<O>(&self, f: impl FnOnce(*mut T) -> O) -> O {
            f(self.0.get())
        }
    }

    /// parking_lot's condition variable.
    pub(crate) struct Condvar(parking_lot::Condvar);

    impl Condvar {
        pub(crate) const fn new() -> Self {
            Self(parking_lot::Condvar::new())
        }

        #[inline]
        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }

        /// Gives the lock up until notified or, if there is one, until the deadline. Says whether the deadline passed.
        pub(crate) fn wait_until<T>(
            &self,
            guard: &mut MutexGuard<'_, parking_lot::RawMutex, T>,
            deadline: Option<Instant>,
        ) -> bool {
            match deadline {
                Some(deadline) => self.0.wait_until(guard, deadline).timed_out(),
                None => {
                    self.0.wait(guard);
                    false
                }
            }
        }
    }
}

#[cfg(tollbridge_loom)]
mod imp {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::Arc;
    pub(crate) use loom::sync::atomic::{AtomicU8, Ordering};

    use std::marker::PhantomData;
    use std::ops::{Deref, DerefMut};
    use std::time::Instant;

    /// loom's mutex with `lock_api`'s manners: a phantom raw mutex, and no poison.
    pub(crate) struct Mutex<R, T>(loom::sync::Mutex<T>, PhantomData<fn() -> R>);

    /// `None` only inside [`Condvar::wait_until`].
    pub(crate) struct MutexGuard<'a, R, T>(Option<loom::sync::MutexGuard<'a, T>>, PhantomData<fn() -> R>);

    impl<R, T> Mutex<R, T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value), PhantomData)
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, R, T> {
            let guard = self.0.lock().expect("loom's mutex is never poisoned");
            MutexGuard(Some(guard), PhantomData)
        }

        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, R, T>> {
            let guard = self.0.try_lock().ok()?;
            Some(MutexGuard(Some(guard), PhantomData))
        }
    }

    impl<R, T> Deref for MutexGuard<'_, R, T> {
        type Target = T;
        fn deref(&self) -> &T {
            self.0.as_ref().expect("only taken while waiting")
        }
    }

    impl<R, T> DerefMut for MutexGuard<'_, R, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0.as_mut().expect("only taken while waiting")
        }
    }

    /// loom's condition variable. It knows no time: a deadline never passes.
    pub(crate) struct Condvar(loom::sync::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self(loom::sync::Condvar::new())
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }

        pub(crate) fn wait_until<R, T>(&self, guard: &mut MutexGuard<'_, R, T>, _deadline: Option<Instant>) -> bool {
            let held = guard.0.take().expect("only taken while waiting");
            guard.0 = Some(self.0.wait(held).expect("loom's mutex is never poisoned"));
            false
        }
    }
}
