//! Writing threads that were left behind in the system, each with its capture. An app that arms again and again on a file system that has gone away would
//! gain one each time.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Where so many are left behind, no further one is started.
pub(super) const MOST: u32 = 2;

/// How many there are, and above that the process whose they are: a forked one has none.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// How many there are in this process.
pub(super) fn count() -> u32 {
    // ORDERING: relaxed; the number is all there is.
    of_process(LEFT.load(Ordering::Relaxed))
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn of_process(word: u64) -> u32 {
    if word >> 32 == u64::from(std::process::id()) { word as u32 } else { 0 }
}

fn change(change: impl Fn(u32) -> u32) {
    let own = u64::from(std::process::id()) << 32;
    let changed = |word| Some(own | u64::from(change(of_process(word))));
    // ORDERING: as in `count`.
    let _ = LEFT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed);
}

const RUNS: u8 = 0;
const LEFT_BEHIND: u8 = 1;
const ENDED: u8 = 2;

/// Whether one writing thread is among them.
#[derive(Debug)]
pub(super) struct Mark(AtomicU8);

impl Mark {
    pub(super) fn new() -> Self {
        Self(AtomicU8::new(RUNS))
    }

    /// Nobody waits for the thread any more.
    pub(super) fn leave(&self) {
        // First, so that the thread, which may end now, never counts itself out before it is in.
        change(|count| count + 1);
        // ORDERING: relaxed; as in `count`.
        if self.0.compare_exchange(RUNS, LEFT_BEHIND, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            change(|count| count.saturating_sub(1));
        }
    }

    /// The thread ends.
    pub(super) fn end(&self) {
        if self.0.swap(ENDED, Ordering::Relaxed) == LEFT_BEHIND {
            change(|count| count.saturating_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_counts_from_when_it_is_left_until_it_ends() {
        let (one, other, quick) = (Mark::new(), Mark::new(), Mark::new());
        let counts = [(); 2].map(|()| {
            one.leave();
            other.leave();
            let both = count();
            quick.end();
            quick.leave();
            (both, count())
        });
        // The second time both are left already.
        assert_eq!(counts, [(2, 2), (2, 2)]);
        one.end();
        other.end();
        assert_eq!(count(), 0);
    }
}
