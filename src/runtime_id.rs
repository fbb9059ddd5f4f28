//! What tells one runtime from another.

use tokio::runtime::Handle;

use crate::burst;

/// Stands in for `Handle::id`, which tokio has since 1.49 or so: where a handle has that method of its own, it is called instead.
#[allow(dead_code, clippy::allow_attributes, reason = "used with an older tokio")]
trait WithoutId {
    fn id(&self) -> u64;
}

impl WithoutId for Handle {
    /// Not known.
    fn id(&self) -> u64 {
        0
    }
}

/// A number that tells the runtime that the calling thread is in from others at the same time; 0 if it is in none, or if tokio does
/// not tell.
#[cold]
pub(crate) fn current() -> u64 {
    Handle::try_current().map_or(0, |handle| burst::number(handle.id()))
}
