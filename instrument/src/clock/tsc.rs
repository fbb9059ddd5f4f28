//! The x86-64 time stamp counter. The only unsafe code of this crate.
#![expect(unsafe_code, reason = "the instructions that read the counter are intrinsics")]

use core::arch::x86_64::{__cpuid, __rdtscp, _mm_lfence, _rdtsc, CpuidResult};

#[inline(always)]
pub(super) fn read() -> u64 {
    // SAFETY: every x86-64 processor has the instruction; it reads a register and touches no memory.
    unsafe { _rdtsc() }
}

/// `rdtscp; lfence`: `rdtscp` waits until all that stands before it has run, `lfence` lets nothing behind it begin before
/// it has (Intel SDM, volume 2B, RDTSCP; AMD's manual, volume 3, with the dispatch-serialising `lfence` that every kernel
/// since 2018 sets). As true as `lfence; rdtsc; lfence` and lighter; with either half left out, a chain of 5 to 10 ns vanishes
/// from a span, or 4 ns of what stands before it come in (`docs/truth.md`).
///
/// Only once [`is_usable`] has found the instruction.
#[inline(always)]
pub(super) fn read_ordered() -> u64 {
    let mut processor = 0;
    // SAFETY: `is_usable` has found the instruction; it writes the processor's number, to a local.
    let ticks = unsafe { __rdtscp(&mut processor) };
    fence();
    ticks
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

/// Whether the counter runs at one rate whatever the processor's state (CPUID 8000_0007h, EDX bit 8), can be read in order
/// (CPUID 8000_0001h, EDX bit 27), and the kernel has not found it unstable.
pub(super) fn is_usable() -> bool {
    let bit = |leaf: u32, bit: u32| cpuid(0x8000_0000).eax >= leaf && cpuid(leaf).edx & (1 << bit) != 0;
    // Linux drops the counter from this list when its watchdog found it unstable. No such file: no such kernel.
    let listed = std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/available_clocksource");
    bit(0x8000_0007, 8)
        && bit(0x8000_0001, 27)
        && listed.map_or(true, |list| list.split_whitespace().any(|name| name == "tsc"))
}

fn cpuid(leaf: u32) -> CpuidResult {
    // SAFETY: every x86-64 processor has CPUID.
    #[allow(unused_unsafe, clippy::allow_attributes, reason = "safe in later versions of Rust, unsafe at the MSRV")]
    unsafe {
        __cpuid(leaf)
    }
}
