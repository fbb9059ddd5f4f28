//! The AArch64 virtual counter, `cntvct_el0`.
//!
//! The processor may read it ahead of the instructions before it. An `isb` holds the reading back until they have run and every branch
//! among them is decided, so a stamp is not taken early. It does not wait for stores to reach other processors, nor does `lfence` on x86-64.
#![expect(unsafe_code, reason = "no intrinsic reads a system register")]

use core::arch::asm;
use std::time::{Duration, Instant};

/// What a report calls this clock.
pub(super) const NAME: &str = "cntvct";

/// Whether a stamp waits for what is in front of it: an `isb` is cheap next to a tick.
pub(super) const READ_WAITS: bool = true;

/// How long the counter may take to its next tick: twice as long as one of 1 MHz, and those in use are faster.
const LONGEST_TICK: Duration = Duration::from_micros(2);

/// Reads the counter as early as the processor likes.
#[inline(always)]
pub(super) fn read() -> u64 {
    let ticks;
    // SAFETY: every AArch64 processor has the register; reading it writes one general register. Not `nomem`, so that the compiler moves
    // no access to memory across it. A system that keeps the register from programs stops the process, which is why `is_usable` names
    // those that do not.
    unsafe {
        asm!("mrs {ticks}, cntvct_el0", ticks = out(reg) ticks, options(nostack, preserves_flags));
    }
    ticks
}

/// Nothing behind it begins before all that is in front of it has run.
#[inline(always)]
pub(super) fn fence() {
    // SAFETY: every AArch64 processor has the instruction; it changes no register and no memory. Not `nomem`, as above.
    unsafe {
        asm!("isb", options(nostack, preserves_flags));
    }
}

/// Returns the rate that the firmware stated, in Hz; 0 if it stated none. It is not believed further than that: a wrong figure is a known
/// fault of firmware, and the clock is calibrated anyway.
fn stated_rate() -> u64 {
    let hertz;
    // SAFETY: as in `read`; programs may read this register where they may read the counter.
    unsafe {
        asm!("mrs {hertz}, cntfrq_el0", hertz = out(reg) hertz, options(nomem, nostack, preserves_flags));
    }
    hertz
}

/// Returns whether programs may read the counter on this system, and it runs. Its rate needs no check: the architecture has it constant.
pub(super) fn is_usable() -> bool {
    // These let programs read it, and make their own clocks of it.
    let is_readable = cfg!(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "windows"));
    is_readable && stated_rate() > 0 && runs()
}

/// Returns whether the counter comes to another tick in time.
fn runs() -> bool {
    let (begun, first) = (Instant::now(), read());
    loop {
        // In this order: a thread that loses its processor between the two still sees the tick.
        let is_over = begun.elapsed() > LONGEST_TICK;
        if read() != first {
            return true;
        }
        if is_over {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "windows"))]
    #[test]
    fn it_is_usable_and_as_fast_as_the_firmware_states() {
        assert!(is_usable());
        let error = || {
            let (begun, first) = (Instant::now(), read());
            while begun.elapsed() < Duration::from_millis(5) {
                std::hint::spin_loop();
            }
            let (ticks, ns) = (read() - first, begun.elapsed().as_nanos());
            (ticks as f64 * 1e9 / ns as f64 / stated_rate() as f64 - 1.0).abs()
        };
        // An interruption between the two clocks spoils a round.
        let best = (0..10).map(|_| error()).fold(f64::INFINITY, f64::min);
        assert!(best < 0.01, "off by {best} from {} Hz", stated_rate());
    }
}
