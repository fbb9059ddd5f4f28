//! The spans of a hop in flight.

use std::cell::Cell;

use tollbridge_report::hop::{Ops, PackedOp, Since};

/// The spans of a hop in flight, in ticks. Written by the probes, through a shared reference.
#[derive(Debug, Default)]
pub struct HopSpans {
    entries: [Cell<PackedOp>; Ops::CAPACITY],
    len: Cell<u8>,
    dropped: Cell<u8>,
}

impl HopSpans {
    /// Goes on behind a span of the same hop that another thread recorded, if it did.
    #[inline]
    #[must_use]
    pub fn after(first: PackedOp) -> Self {
        let spans = Self::default();
        spans.entries[0].set(first);
        spans.len.set(u8::from(first != PackedOp::NONE));
        spans
    }

    /// Adds one at the end; counts it as dropped if there is no room.
    #[inline(always)]
    pub fn push(&self, op: PackedOp) {
        let len = self.len.get();
        match self.entries.get(usize::from(len)) {
            Some(entry) => {
                entry.set(op);
                self.len.set(len + 1);
            }
            None => self.dropped.set(self.dropped.get().saturating_add(1)),
        }
    }

    /// The first one, if there is one.
    #[inline]
    #[must_use]
    pub fn first(&self) -> PackedOp {
        self.entries[0].get()
    }

    /// All of them in time order.
    #[inline]
    pub fn entries(&self) -> &[Cell<PackedOp>] {
        self.entries.get(..usize::from(self.len.get())).unwrap_or_default()
    }

    /// How many found no room.
    #[inline]
    pub fn dropped(&self) -> u8 {
        self.dropped.get()
    }

    /// All of them in ns.
    #[must_use]
    pub fn ops(&self, since: Since) -> Ops {
        let mut ops = Ops::default();
        let all = self.entries().iter().filter_map(|entry| entry.get().unpack(|ticks| since.length_ns(ticks)));
        all.for_each(|op| ops.push(op));
        ops.dropped += u32::from(self.dropped());
        ops
    }
}
