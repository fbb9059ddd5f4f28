//! The x86-64 time stamp counter.
#![expect(unsafe_code, reason = "the instructions that read the counter are intrinsics")]

use core::arch::x86_64::{__cpuid, _mm_lfence, _rdtsc, CpuidResult};

/// What a report calls this clock.
pub(super) const NAME: &str = "tsc";

/// Whether a stamp waits for what is in front of it: not where that costs as much as the stamp.
pub(super) const READ_WAITS: bool = false;

/// Reads the counter as early as the processor likes.
#[inline(always)]
pub(super) fn read() -> u64 {
    // SAFETY: every x86-64 processor has the instruction; it reads a register and touches no memory.
    unsafe { _rdtsc() }
}

/// Nothing behind it begins before all that stands in front of it has run.
#[inline(always)]
pub(super) fn fence() {
    // SAFETY: part of SSE2, which every x86-64 processor has.
    #[allow(unused_unsafe, clippy::allow_attributes, reason = "safe from Rust 1.87 on, unsafe at the MSRV")]
    unsafe {
        _mm_lfence();
    }
}

/// Whether the counter runs at one rate whatever the processor's state (CPUID 8000_0007h, EDX bit 8), and the kernel has not
/// found it unstable.
pub(super) fn is_usable() -> bool {
    let invariant = cpuid(0x8000_0000).eax >= 0x8000_0007 && cpuid(0x8000_0007).edx & (1 << 8) != 0;
    invariant && !is_found_unstable()
}

/// Returns whether Linux has dropped the counter from its list of clocks, as it does when its watchdog found it unstable. A system without
/// that list has nothing to say: there the processor's word counts alone.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_found_unstable() -> bool {
    let listed = std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/available_clocksource");
    listed.is_ok_and(|list| !list.split_whitespace().any(|name| name == "tsc"))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_found_unstable() -> bool {
    false
}

fn cpuid(leaf: u32) -> CpuidResult {
    // SAFETY: every x86-64 processor has CPUID.
    #[allow(unused_unsafe, clippy::allow_attributes, reason = "safe in later versions of Rust, unsafe at the MSRV")]
    unsafe {
        __cpuid(leaf)
    }
}
