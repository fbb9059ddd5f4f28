//! How long after a checkpoint the next one is due. It follows from what the last one cost, so that checkpoints take at most 1 % of a
//! processor and 5 % of what a disk can write, whatever the number of sites.
//!
//! ```text
//! gap = max(regular, 100 x CPU time, bytes / 5 MB per second)
//!
//! ms since init   0   10   30   70   150   310   630   1270   2170   3070 ...
//! regular             10   20   40    80   160   320    640    900    900
//! ```
//!
//! A command-line tool may end by `exit` after a few ms, and nothing of ours runs then. So the first checkpoints are early, and
//! the gaps double. The first 30 ms of CPU time are not counted: an app has few sites then, and a slow machine's early
//! checkpoints are still early.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The shortest time between two regular checkpoints. The first ones follow each other faster. If checkpoints cost more than 9 ms of
/// CPU time or 4.5 MB, the time between them is longer: [`Guard::checkpoint_interval`](crate::session::Guard::checkpoint_interval).
pub const INTERVAL: Duration = Duration::from_millis(900);

/// Time from arming to the first checkpoint. Each gap after it is twice as long as the one before, up to the regular interval.
const FIRST_GAP: Duration = Duration::from_millis(10);

/// Checkpoints take one part in this many of a processor's time.
const SHARE: u32 = 100;

/// CPU time that is not counted.
const FREE: Duration = Duration::from_millis(30);

/// Bytes that checkpoints write in a second: 5 % of what a disk does that writes 100 MB in one.
const BYTES_PER_SECOND: u64 = 5_000_000;

/// What a checkpoint took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// CPU time.
    pub(super) cpu: Duration,
    /// Bytes written.
    pub(super) bytes: u64,
}

/// Gives the gaps one after the other. Any thread may look at the last one.
#[derive(Debug)]
pub(super) struct Pace {
    /// The next gap of those that do not depend on any cost.
    regular: Duration,
    free: Duration,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { regular: FIRST_GAP, free: FREE }
    }

    /// Whether the next gap is a regular one, and not one of the first few.
    pub(super) fn is_regular(&self) -> bool {
        self.regular == INTERVAL
    }

    /// The gap after a checkpoint.
    pub(super) fn gap(&mut self, cost: Cost) -> Duration {
        let regular = self.regular;
        self.regular = (regular * 2).min(INTERVAL);
        let counted = cost.cpu.saturating_sub(self.free);
        self.free = self.free.saturating_sub(cost.cpu);
        let written = Duration::from_nanos(cost.bytes.saturating_mul(1_000_000_000 / BYTES_PER_SECOND));
        regular.max(counted.saturating_mul(SHARE)).max(written)
    }
}

/// The gap that is now, for other threads.
#[derive(Debug)]
pub(super) struct Gap(AtomicU64);

impl Gap {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(super) fn set(&self, gap: Duration) {
        // ORDERING: relaxed; nothing else is read by it.
        self.0.store(u64::try_from(gap.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn gap_ms(pace: &mut Pace, cpu: Duration, bytes: u64) -> u128 {
        pace.gap(Cost { cpu, bytes }).as_millis()
    }

    fn regular() -> Pace {
        Pace { regular: INTERVAL, free: Duration::ZERO }
    }

    #[test]
    fn the_first_checkpoints_are_early_and_the_gaps_double_up_to_the_regular_one() {
        let mut pace = Pace::new();
        let all: Vec<u128> = (0..10).map(|_| gap_ms(&mut pace, MS, 20_000)).collect();
        assert_eq!(all, [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
    }

    #[test]
    fn what_costs_more_comes_less_often() {
        assert_eq!(gap_ms(&mut regular(), 9 * MS, 4_500_000), 900);
        assert_eq!(gap_ms(&mut regular(), 50 * MS, 1_000_000), 5_000);
        assert_eq!(gap_ms(&mut regular(), MS, 20_000_000), 4_000);
    }

    #[test]
    fn a_costly_beginning_is_paid_for_too() {
        let mut pace = Pace::new();
        assert_eq!(gap_ms(&mut pace, 50 * MS, 0), 2_000);
        assert_eq!(gap_ms(&mut pace, 50 * MS, 0), 5_000);
    }
}
