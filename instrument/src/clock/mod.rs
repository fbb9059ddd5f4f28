//! The clock: ticks that are cheap to read on the hot path, and their conversion to ns.
//!
//! # Design
//! On x86-64 with an invariant time stamp counter a tick is a TSC tick. [`now`] is a plain `rdtsc`, which the processor may
//! overlap with its neighbours, good for phases. For spans as short as the acquisition of a free lock, [`ordered`] waits for what
//! came before and lets nothing behind it begin early; [`settled`] does the former, which is enough for the end of a span, and
//! [`opening`] the latter, which is enough for its beginning where another one has just ended. (A plain pair makes a 5 ns lock
//! look like 0.2 ns once the empty span is taken off.)
//!
//! On AArch64 a tick is one of the virtual counter (`cntvct_el0`), and every reading but [`opening`] waits for what is in front of it:
//! an `isb` is cheap next to a tick. Where the counter runs at 24 MHz a tick is 41.7 ns. A single span is then a whole number of them, 0 or
//! 41.7 ns if it is short, and so are its quantiles; only the mean of many says more. [`floors`] measures the tick as the smallest step.
//!
//! Elsewhere, and where the counter is not usable or the kernel found it unstable, all are [`std::time::Instant`]; [`source`] says so.
//! `docs/reference/truth.md` holds them against operations of known length, on x86-64.
//!
//! # Calibration
//! Once a process, against `Instant`, over [`CALIBRATION`]: a rate within some 50 ppm, which is 3 ms in a minute, and
//! the same factor for every stamp, so that differences and sums are consistent whatever its error. Long ticks add to that: one at each
//! end of the calibration, or 21 ppm at 24 MHz.
//!
//! # Caveats
//! The processors' counters are taken to agree; the kernel checks this at boot, and where stamps of two threads still
//! disagree, [`crate::hop::Phases`] corrects and counts it. A virtual machine that is moved to a host with another rate
//! breaks the calibration. `STATIC_MAX_LEVEL` and the like have no influence: the clock runs only while armed.

// Miri runs no assembly, and no intrinsic reads this counter.
#[cfg(all(target_arch = "aarch64", not(miri)))]
mod cntvct;
pub mod cpu;
mod instant;
#[cfg(tollbridge_mock_clock)]
pub mod mock;
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", not(miri)))))]
mod no_counter;
mod sources;
#[cfg(target_arch = "x86_64")]
mod tsc;

#[cfg(all(target_arch = "aarch64", not(miri)))]
use cntvct as counter;
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", not(miri)))))]
use no_counter as counter;
#[cfg(target_arch = "x86_64")]
use tsc as counter;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use instant::instant_ticks;
#[cfg(tollbridge_mock_clock)]
use sources::MOCK;
use sources::{COUNTER, INSTANT, SOURCE, UNCALIBRATED};

use crate::hop::Conversion;

/// How long the first use of the clock measures its rate. Only who calls [`calibrate`] spends it, and nobody waits for another one that does.
pub const CALIBRATION: Duration = Duration::from_millis(4);

/// ns of a tick times 2^32; 0 until it is measured. No lock: one that is held at a fork is held in the forked process for good.
static RATE: AtomicU64 = AtomicU64::new(0);

/// The current tick, as cheap as can be: 8 to 10 ns.
#[inline(always)]
#[must_use]
pub fn now() -> u64 {
    // ORDERING: relaxed; the value is set before anything is stamped, and says only which instruction to use.
    match SOURCE.load(Ordering::Relaxed) {
        COUNTER => {
            if counter::READ_WAITS {
                counter::fence();
            }
            counter::read()
        }
        #[cfg(tollbridge_mock_clock)]
        MOCK => mock::read(),
        _ => instant_ticks(),
    }
}

/// The current tick, neither earlier nor later than where the reading stands in the program: some 20 ns dearer.
#[inline(always)]
#[must_use]
pub fn ordered() -> u64 {
    // ORDERING: as in `now`.
    match SOURCE.load(Ordering::Relaxed) {
        COUNTER => fenced_counter(),
        #[cfg(tollbridge_mock_clock)]
        MOCK => mock::read(),
        _ => ordered_instant_ticks(),
    }
}

/// The current tick, once what stands in front of the reading has run: some 8 ns dearer than [`now`]. What stands behind it may
/// have begun.
#[inline(always)]
#[must_use]
pub fn settled() -> u64 {
    if !counter::READ_WAITS {
        settle();
    }
    now()
}

/// The current tick, before anything that stands behind the reading has begun. What stands in front of it may not have run yet:
/// for where that is next to nothing, as behind a reading that was [`settled`]. Two thirds of the cost of [`ordered`].
#[inline(always)]
#[must_use]
pub fn opening() -> u64 {
    // ORDERING: as in `now`.
    match SOURCE.load(Ordering::Relaxed) {
        COUNTER => opening_counter(),
        #[cfg(tollbridge_mock_clock)]
        MOCK => mock::read(),
        _ => opening_instant_ticks(),
    }
}

/// The counter before anything behind the reading has begun.
#[inline(always)]
fn opening_counter() -> u64 {
    let ticks = counter::read();
    counter::fence();
    ticks
}

/// The counter where the reading is in the program. For the TSC, the Intel SDM (volume 2B, RDTSC) and AMD's manual (with the
/// dispatch-serialising `lfence` that every kernel since 2018 sets) give this order for a reading that nothing overlaps. `rdtscp; lfence` is as
/// true and has fewer instructions, but an empty span then measures 25.2 ns instead of 24.4 (`cargo bench -p tollbridge-benches --bench truth`).
#[inline(always)]
fn fenced_counter() -> u64 {
    counter::fence();
    opening_counter()
}

/// Waits until what stands in front of it has run.
#[inline(always)]
pub fn settle() {
    counter::fence();
}

/// What turns the ticks of the clock in use into ns. Looked up once for all that a capture records.
#[must_use]
pub fn conversion() -> Conversion {
    // ORDERING: as in `now`.
    if SOURCE.load(Ordering::Relaxed) == COUNTER { Conversion::new(rate()) } else { Conversion::NS }
}

/// Length of a span in ns, from its first and last tick.
#[must_use]
pub fn span_ns(open: u64, close: u64) -> u64 {
    conversion().length_ns(close.saturating_sub(open))
}

/// Name of the source: `tsc`, `cntvct`, `instant` or `mock`.
#[must_use]
pub fn source() -> &'static str {
    match SOURCE.load(Ordering::Relaxed) {
        COUNTER => counter::NAME,
        #[cfg(tollbridge_mock_clock)]
        MOCK => "mock",
        _ => "instant",
    }
}

/// Ticks per ns.
#[must_use]
pub fn ticks_per_ns() -> f64 {
    // ORDERING: as in `now`.
    if SOURCE.load(Ordering::Relaxed) == COUNTER { 2f64.powi(32) / rate() as f64 } else { 1.0 }
}

/// Chooses and calibrates the source, if that has not happened yet. Takes [`CALIBRATION`] the first time.
pub fn calibrate() {
    // ORDERING: as in `now`; who does not see `RATE` yet looks for itself.
    if SOURCE.load(Ordering::Relaxed) == UNCALIBRATED {
        let source = if counter::is_usable() {
            rate();
            COUNTER
        } else {
            INSTANT
        };
        // A mock clock that was set in the meantime stays.
        let _ = SOURCE.compare_exchange(UNCALIBRATED, source, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// The rate, measured if nobody has done so yet. Of several that measure at once, the first one's counts for all.
fn rate() -> u64 {
    // ORDERING: relaxed; the number is all there is.
    match RATE.load(Ordering::Relaxed) {
        0 => {
            let own = measured_rate();
            // ORDERING: as above.
            RATE.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|first| first, |_| own)
        }
        rate => rate,
    }
}

fn measured_rate() -> u64 {
    let (start, anchor) = paired_reading();
    while start.elapsed() < CALIBRATION {
        std::hint::spin_loop();
    }
    let (end, ticks) = paired_reading();
    let ns = end.duration_since(start).as_nanos();
    let multiplier = (ns << 32) / u128::from(ticks.saturating_sub(anchor).max(1));
    u64::try_from(multiplier).unwrap_or(1 << 32).max(1)
}

/// A tick and the `Instant` nearest to it: the best of some tries, since any of them may be interrupted.
fn paired_reading() -> (Instant, u64) {
    let reading = || {
        let before = fenced_counter();
        let instant = Instant::now();
        let after = fenced_counter();
        (after.saturating_sub(before), instant, before + after.saturating_sub(before) / 2)
    };
    let (_, instant, ticks) = (0..16).map(|_| reading()).min_by_key(|reading| reading.0).unwrap_or_else(reading);
    (instant, ticks)
}

/// The kernel's clock is a counter too, and waits for what stands before it, but not with what stands behind it.
#[cold]
#[inline(never)]
fn opening_instant_ticks() -> u64 {
    let ticks = instant_ticks();
    settle();
    ticks
}

#[cold]
#[inline(never)]
fn ordered_instant_ticks() -> u64 {
    settle();
    opening_instant_ticks()
}

/// Smallest step seen between two readings in ns, and the lengths of empty spans, plain and ordered: the medians of the
/// means of batches. (A mean, since a length is a whole number of ticks; a median, since an interruption spoils one batch.)
#[must_use]
pub fn floors() -> (f64, f64, f64) {
    let grain = (0..BATCH * BATCHES).filter_map(|_| {
        let open = now();
        Some(now().saturating_sub(open)).filter(|&step| step > 0)
    });
    let grain = grain.min().unwrap_or(1) as f64 / ticks_per_ns();
    // The first round warms the caches up.
    let _ = empty_span(now);
    // A closing reading of a span is `settled`; but here another span follows at once, and would begin before that is over.
    (grain, empty_span(now), empty_span(ordered))
}

/// Empty spans whose mean is one value of [`floors`]' median.
const BATCH: u32 = 64;
/// An odd number of them.
const BATCHES: u32 = 31;

fn empty_span(read: impl Fn() -> u64) -> f64 {
    let batch = |_| {
        let lengths = (0..BATCH).map(|_| {
            let open = read();
            read().saturating_sub(open)
        });
        lengths.sum::<u64>()
    };
    let mut sums: Vec<u64> = (0..BATCHES).map(batch).collect();
    sums.sort_unstable();
    sums[sums.len() / 2] as f64 / f64::from(BATCH) / ticks_per_ns()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_nanoseconds_in_the_end() {
        calibrate();
        let error = || {
            let (start, open) = (Instant::now(), now());
            while start.elapsed() < Duration::from_millis(5) {}
            let (elapsed, measured) = (start.elapsed().as_nanos() as f64, span_ns(open, now()) as f64);
            (measured / elapsed - 1.0).abs()
        };
        // Both clocks are read one after the other: an interruption in between spoils a round, and no round too many.
        let best = (0..50).map(|_| error()).fold(f64::INFINITY, f64::min);
        assert!(best < 0.01, "off by {best} by {}", source());
    }

    #[test]
    fn the_grain_is_a_whole_number_of_ticks_and_never_none() {
        calibrate();
        let (grain, floor, ordered_floor) = floors();
        let ticks = grain * ticks_per_ns();
        assert!(ticks > 0.999 && (ticks - ticks.round()).abs() < 0.001 * ticks, "{grain} ns, {ticks} ticks");
        // As a mean of many an empty span is longer than nothing even where a tick is longer than it.
        assert!(floor > 0.0 && ordered_floor > 0.0, "{floor} {ordered_floor}");
    }

    #[test]
    fn no_reading_runs_backwards_in_any_form() {
        calibrate();
        // A reading that does not wait may overlap with those beside it, by less than it takes.
        let overlap = if counter::READ_WAITS { 0 } else { 1_000 };
        let mut last = ordered();
        for _ in 0..10_000 {
            for form in [now, settled, opening, ordered] {
                let next = form();
                assert!(next + overlap >= last, "{next} after {last}");
                last = next;
            }
        }
    }

    #[test]
    fn conversion_is_monotone() {
        calibrate();
        let conversion = super::conversion();
        let mut last = conversion.length_ns(now());
        for _ in 0..10_000 {
            let next = conversion.length_ns(ordered());
            assert!(next >= last);
            last = next;
        }
    }
}
