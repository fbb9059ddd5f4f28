//! One span inside a hop: what it was about, and the word that it is kept in.

use crate::names::LockOp;

/// What one span inside a hop was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpKind {
    /// The acquisition of a bridge lock.
    Lock(LockOp),
    /// The copy of the state.
    Copy,
    /// Nothing: what a span costs here, in place.
    Empty,
}

impl OpKind {
    /// Codes lie below this.
    pub const CODES: usize = 3 + LockOp::ALL.len();

    /// A small number, not 0.
    #[inline]
    pub const fn code(self) -> usize {
        match self {
            Self::Copy => 1,
            Self::Empty => 2,
            Self::Lock(op) => 3 + op as usize,
        }
    }

    fn of(code: usize) -> Option<Self> {
        match code {
            0 => None,
            1 => Some(Self::Copy),
            2 => Some(Self::Empty),
            lock => LockOp::ALL.get(lock - 3).map(|&op| Self::Lock(op)),
        }
    }
}

/// One span inside a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// What it was about.
    pub kind: OpKind,
    /// Its length in ns.
    pub ns: u64,
    /// The lock was not free at the first try.
    pub contended: bool,
}

/// One span inside a hop in a word: kind, contended or not, and length. 0 is none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackedOp(u64);

const LENGTH_BITS: u32 = 56;
const LENGTH: u64 = (1 << LENGTH_BITS) - 1;
const CONTENDED: u64 = 1 << 63;

impl PackedOp {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// A span from one tick to another.
    #[inline(always)]
    #[must_use]
    pub fn between(kind: OpKind, open: u64, close: u64, contended: bool) -> Self {
        // Where the clock ran backwards the difference comes round to a length that no span reaches: `is_backwards`.
        Self::new(kind, close.wrapping_sub(open), contended)
    }

    /// A span whose length is known; in ns, unlike [`PackedOp::between`].
    pub(super) fn pack(op: Op) -> Self {
        // A longer one would read as backwards.
        Self::new(op.kind, op.ns.min(LENGTH >> 1), op.contended)
    }

    #[inline(always)]
    fn new(kind: OpKind, length: u64, contended: bool) -> Self {
        Self(length & LENGTH | (kind.code() as u64) << LENGTH_BITS | u64::from(contended) << 63)
    }

    /// The clock ran backwards, so that there is no length; or for five months.
    #[inline]
    pub fn is_backwards(self) -> bool {
        self.0 & 1 << (LENGTH_BITS - 1) != 0
    }

    /// Reads it from a word of a journal.
    #[inline]
    pub fn of_word(word: u64) -> Self {
        Self(word)
    }

    /// Returns it as a word of a journal.
    #[inline]
    pub fn word(self) -> u64 {
        self.0
    }

    /// [`OpKind::code`]; 0 if there is none.
    #[inline]
    pub fn code(self) -> usize {
        (self.0 >> LENGTH_BITS) as usize & 0x7f
    }

    /// In the unit of whoever keeps it.
    #[inline]
    pub fn length(self) -> u64 {
        self.0 & LENGTH
    }

    /// Whether the lock was not free at the first try.
    #[inline]
    pub fn is_contended(self) -> bool {
        self.0 & CONTENDED != 0
    }

    /// What it says, its length turned into ns (0 if the clock ran backwards); `None` if there is none.
    pub fn unpack(self, ns: impl FnOnce(u64) -> u64) -> Option<Op> {
        let kind = OpKind::of(self.code())?;
        let ns = if self.is_backwards() { 0 } else { ns(self.length()) };
        Some(Op { kind, ns, contended: self.is_contended() })
    }
}
