//! Large closures and results cross in a box.
//!
//! A value that is moved from function to function lies on the stack once for each of them where the compiler keeps them
//! apart, and a measured hop has more functions than tokio's own. By value, a job whose result is 128 KiB overflowed the 2 MiB of a
//! worker, where tokio's own lives up to 288 KiB. In a box the value is moved once on each side, and the stack that a hop needs
//! does not grow with the functions in between. tokio's task is smaller by what the box holds, so the memory is the same.
//!
//! Small values are moved as they are: a box would cost them more than the moves do, and a measured hop allocates as often as tokio's own.

/// Bytes from which on a box costs no more than the moves that it saves.
const LARGE: usize = 512;

/// Whether values of this type cross in a box.
pub(crate) const fn is_large<T>() -> bool {
    size_of::<T>() > LARGE
}

/// What carries a `T` through tokio's task: itself, or a box.
pub(crate) trait Carries<T> {
    fn load(value: T) -> Self;
    fn unload(self) -> T;
}

impl<T> Carries<T> for T {
    #[inline(always)]
    fn load(value: T) -> Self {
        value
    }

    #[inline(always)]
    fn unload(self) -> T {
        self
    }
}

impl<T> Carries<T> for Box<T> {
    #[inline(always)]
    fn load(value: T) -> Self {
        Self::new(value)
    }

    #[inline(always)]
    fn unload(self) -> T {
        *self
    }
}
