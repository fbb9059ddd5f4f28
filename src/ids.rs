//! What tells tasks and runtimes apart.

use std::hash::{Hash, Hasher};

use tokio::runtime::Handle;

/// The number in an id of tokio's, which it tells by being hashed alone.
#[derive(Default)]
struct Number(u64);

impl Hasher for Number {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0 << 8 | u64::from(byte));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[inline]
fn number(id: impl Hash) -> u64 {
    let mut number = Number::default();
    id.hash(&mut number);
    number.finish()
}

/// The number of the task that the calling thread runs; 0 if it runs none, but what `block_on` was given. Ids count from 1.
#[inline]
pub(crate) fn task() -> u64 {
    tokio::task::try_id().map_or(0, number)
}

/// Stands in for what tokio has since 1.49 or so, and for what only the copy has that `cargo tollbridge` makes: where a handle has methods of its own of
/// these names, they are called instead.
#[allow(dead_code, clippy::allow_attributes, reason = "used with an older tokio, or without a copy")]
trait WithoutId {
    fn id(&self) -> u64;
    fn tollbridge_runtime(&self) -> u64;
}

impl WithoutId for Handle {
    /// Not known.
    fn id(&self) -> u64 {
        0
    }

    /// The number in its id. A copy has numbers of its own, for older versions too, and gives all of its jobs these.
    fn tollbridge_runtime(&self) -> u64 {
        number(self.id())
    }
}

/// A number that tells the runtime that the calling thread is in from others at the same time; 0 if it is in none, or if tokio does
/// not tell.
#[cold]
pub(crate) fn runtime() -> u64 {
    Handle::try_current().map_or(0, |handle| handle.tollbridge_runtime())
}
