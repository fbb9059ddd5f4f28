//! The one word that every call looks at: whether anything is armed, and what.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::names::{Arm, Detail};

const UNDECIDED: u64 = 1;
const ARMED: u64 = 1 << 1;
const LOCKS: u64 = 1 << 2;
const VISIBLE: u64 = 1 << 3;
const COMPARE: u64 = 1 << 4;
const PROPAGATE: u64 = 1 << 5;
const TIMELINE: u64 = 1 << 6;
const FORKED: u64 = 1 << 7;
/// Bits of the arms that hops are given.
const ARMS_SHIFT: u32 = 8;
/// Undecided, and somebody is about to decide.
const DECIDING: u64 = 1 << 12;
/// Where something is armed: all hops are given an arm, also those of other roads than the app's import.
const BRIDGES_ALL: u64 = 1 << 13;
/// Where nothing is decided: how many calls came meanwhile, in the bits up to the generation.
const MISSED_SHIFT: u32 = 13;
const MISSED: u64 = ((1 << GENERATION_SHIFT) - 1) >> MISSED_SHIFT << MISSED_SHIFT;
const GENERATION_SHIFT: u32 = 32;

const _: () = assert!(1 << (ARMS_SHIFT as usize + Arm::ALL.len()) <= DECIDING);

/// Undecided until somebody has chosen, from the environment or with a builder, whether to arm. Off is the word whose lowest bits
/// are 0, so that the one look of a call that is not measured is a load and a test.
static STATE: AtomicU64 = AtomicU64::new(UNDECIDED);

/// What is armed, as of one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Armed(u64);

/// Looks: one relaxed load.
#[inline(always)]
#[must_use]
pub fn armed() -> Armed {
    // ORDERING: relaxed; the word is complete in itself. What a capture shares it shares under locks of its own.
    Armed(STATE.load(Ordering::Relaxed))
}

/// Sets it, and gives what was before.
pub(super) fn set(armed: Armed) -> Armed {
    // ORDERING: relaxed, as in `armed`: a thread that sees the change late makes a few more calls the old way.
    Armed(STATE.swap(armed.0, Ordering::Relaxed))
}

/// Sets `to` if `from` is still what is armed. Says whether it was.
pub(super) fn replace(from: Armed, to: Armed) -> bool {
    // ORDERING: relaxed, as in `set`.
    STATE.compare_exchange(from.0, to.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

impl Armed {
    pub(super) fn off(generation: u32) -> Self {
        Self(u64::from(generation) << GENERATION_SHIFT)
    }

    pub(super) fn on(generation: u32, settings: &super::settings::Settings) -> Self {
        let mut word = Self::off(generation).0 | ARMED;
        for (wanted, flag) in [
            (settings.detail == Detail::Locks, LOCKS),
            (settings.visible, VISIBLE),
            (settings.compare, COMPARE),
            (settings.propagate, PROPAGATE),
            (settings.timeline > 0, TIMELINE),
            (settings.bridges_all, BRIDGES_ALL),
        ] {
            if wanted {
                word |= flag;
            }
        }
        for &arm in &settings.arms {
            word |= 1 << (ARMS_SHIFT + arm as u32);
        }
        Self(word)
    }

    /// What a process has in place of this once it finds that it was forked off.
    pub(super) fn forked(self, by_guard: bool) -> Self {
        let forked = if by_guard { FORKED } else { 0 };
        Self(Self::off(self.generation()).0 | UNDECIDED | forked | self.0 & VISIBLE)
    }

    /// Nobody has decided yet, and somebody is about to.
    pub(super) fn is_being_decided(self) -> bool {
        self.0 & DECIDING != 0
    }

    /// The same undecided word once somebody is about to decide.
    pub(super) fn being_decided(self) -> Self {
        Self(self.0 & !MISSED | DECIDING)
    }

    /// The same word once one more call has come meanwhile.
    pub(super) fn one_more_missed(self) -> Self {
        // As many as it can hold are enough.
        if self.0 & MISSED == MISSED { self } else { Self(self.0 + (1 << MISSED_SHIFT)) }
    }

    /// How many calls came while somebody was deciding.
    pub(super) fn missed(self) -> u64 {
        if self.is_being_decided() { (self.0 & MISSED) >> MISSED_SHIFT } else { 0 }
    }

    /// Nothing is armed, for good until somebody arms.
    #[inline(always)]
    #[must_use]
    pub fn is_off(self) -> bool {
        self.0 & (UNDECIDED | ARMED) == 0
    }

    /// Nobody has decided yet.
    #[inline]
    #[must_use]
    pub fn is_undecided(self) -> bool {
        self.0 & UNDECIDED != 0
    }

    /// Nobody has decided yet in this process, which was forked off one in which a guard's capture is armed.
    #[inline]
    #[must_use]
    pub fn is_forked(self) -> bool {
        self.0 & FORKED != 0
    }

    /// A capture is armed.
    #[inline]
    #[must_use]
    pub fn is_on(self) -> bool {
        self.0 & ARMED != 0
    }

    /// A capture is armed that records bridge locks and copies.
    #[inline]
    #[must_use]
    pub fn is_detailed(self) -> bool {
        self.0 & (ARMED | LOCKS) == ARMED | LOCKS
    }

    /// The app's own subscriber sees spans and events too.
    #[inline]
    #[must_use]
    pub fn is_visible(self) -> bool {
        self.0 & VISIBLE != 0
    }

    /// Jobs run in the span that their caller was in.
    #[inline]
    #[must_use]
    pub fn propagates(self) -> bool {
        self.0 & PROPAGATE != 0
    }

    /// Whole hops are kept, and for their sake the numbers of threads.
    #[inline]
    #[must_use]
    pub fn keeps_hops(self) -> bool {
        self.0 & TIMELINE != 0
    }

    /// Jobs that a copy of tokio tells of cross the bridges too.
    #[inline]
    #[must_use]
    pub fn bridges_all(self) -> bool {
        self.0 & BRIDGES_ALL != 0
    }

    /// Number of the capture, counted up from 1 in this process.
    #[inline]
    #[must_use]
    pub fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }

    /// The arm and the detail of the next hop: drawn at random while arms are compared, what was asked for otherwise.
    #[must_use]
    pub fn draw(self) -> (Arm, Detail) {
        let detail = if self.0 & LOCKS != 0 { Detail::Locks } else { Detail::Phases };
        let arms = (self.0 >> ARMS_SHIFT) & ((1 << Arm::ALL.len()) - 1);
        let random = if self.0 & COMPARE != 0 { super::random::random() } else { 0 };
        // The high half chooses the arm, the lowest bit the detail: independent of each other.
        let wanted = ((random >> 32) * u64::from(arms.count_ones())) >> 32;
        let mut left = wanted;
        let drawn = Arm::ALL.iter().copied().find(|&arm| {
            let chosen = arms & (1 << arm as u32) != 0;
            let found = chosen && left == 0;
            left -= u64::from(chosen && left > 0);
            found
        });
        let coarse = self.0 & COMPARE != 0 && random & 1 == 1;
        (drawn.unwrap_or(Arm::Snapshot), if coarse { Detail::Phases } else { detail })
    }
}
