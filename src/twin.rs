//! Two arms that are the same but for a spin in the transfer, whose length is known (`--cfg tollbridge_twin_arms`).
//!
//! Once [`spin_for`] was called a naive hop takes the snapshot's road; until then nothing is changed. Both arms then do the same here, between the copy and its stamp;
//! the naive one also waits. What each really took here is added up, since a spin is never as long as it should be: it ends
//! late by up to one reading of the clock, and may be interrupted. Readings are ordered: with plain ones the end of the copy
//! went on under the spin, and the difference was 4 ns less than what was spun. Rejected: two labels without a hook (a log's hops, relabelled
//! afterwards), which would leave out the draw of the arm and the recorder's blocks; a slow type as the result, which both
//! arms would move.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tollbridge_instrument::clock;
use tollbridge_instrument::names::Arm;

/// In ticks, by arm: both arms look theirs up, since a branch alone would be a difference of some ns.
static SPIN: [AtomicU64; Arm::ALL.len()] = [const { AtomicU64::new(0) }; Arm::ALL.len()];
/// In ticks, by arm.
static SPUN: [AtomicU64; Arm::ALL.len()] = [const { AtomicU64::new(0) }; Arm::ALL.len()];

/// Whether [`spin_for`] was called.
static TWINS: AtomicBool = AtomicBool::new(false);

/// From now on naive hops take the snapshot's road, and their coarse transfers spin for this long, which may be 0.
pub fn spin_for(ns: u32) {
    clock::calibrate();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred ticks")]
    let ticks = (f64::from(ns) * clock::ticks_per_ns()) as u64;
    // ORDERING: relaxed, here and below; set before the first hop, read after the last.
    SPIN[Arm::Naive as usize].store(ticks, Ordering::Relaxed);
    TWINS.store(true, Ordering::Relaxed);
}

/// What all coarse transfers of an arm together have spent here, in ns.
#[must_use]
pub fn spun_ns(arm: Arm) -> f64 {
    SPUN[arm as usize].load(Ordering::Relaxed) as f64 / clock::ticks_per_ns()
}

/// The way that a hop takes instead of its arm's. Hidden from the compiler, so that there is one way and not two copies of it.
pub(crate) fn road(arm: Arm) -> Arm {
    std::hint::black_box(if TWINS.load(Ordering::Relaxed) { Arm::Snapshot } else { arm })
}

/// Spins as long as the arm has to; gives the ticks that it took.
pub(crate) fn spin(arm: Arm) -> u64 {
    if !TWINS.load(Ordering::Relaxed) {
        return 0;
    }
    let begun = clock::ordered();
    let end = begun + SPIN[arm as usize].load(Ordering::Relaxed);
    while clock::ordered() < end {}
    // Once more, so that what leaving the loop costs lies before it.
    clock::ordered() - begun
}

/// Told once the transfer has its last stamp.
pub(crate) fn count(arm: Arm, ticks: u64) {
    SPUN[arm as usize].fetch_add(ticks, Ordering::Relaxed);
}
