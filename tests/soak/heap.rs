//! How much of the heap is in use.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that were asked for and not given back.
pub(crate) fn in_use() -> i64 {
    let Stats { bytes_allocated, bytes_deallocated, .. } = ALLOCATOR.stats();
    let signed = |bytes| i64::try_from(bytes).expect("no heap is as large");
    signed(bytes_allocated) - signed(bytes_deallocated)
}
