//! Probes: the code that opens and closes one span.
//!
//! A probe is a compile-time parameter of the code that it watches. So unwatched code ([`Silent`]) compiles to
//! what it would be without any probe.

use tracing::field::Empty;

use crate::callout;
use crate::clock;
use crate::hop::{HopSpans, OpKind, PackedOp};
use crate::names::{LockOp, TARGET_COPY, TARGET_LOCK};
use crate::phase_span::OwnedSpan;
use crate::record::{self, Armed};

/// Opens and closes the spans around bridge locks and state copies.
pub trait Probe {
    /// Whether anything is recorded. If not, code may leave out what only a watching probe needs.
    const WATCHES: bool;
    /// The data of an open span until it is closed.
    type Opened;
    /// Lets what came before end, so that none of it is in the next span. Call it before several spans that follow one another at once.
    #[inline(always)]
    fn settle(&self) {}
    /// Opens the span around one acquisition of a bridge lock.
    fn open_lock(&self, op: LockOp) -> Self::Opened;
    /// Closes the span, once the lock is held. `contended`: the lock was not free at the first try.
    fn close_lock(&self, opened: Self::Opened, op: LockOp, contended: bool);
    /// Acquires a bridge lock, inside a span where anything is recorded.
    // Always inlined: what a call costs would be a sixth of what a span costs, and none of it is in the span.
    #[inline(always)]
    fn acquire<G>(&self, op: LockOp, try_lock: impl FnOnce() -> Option<G>, lock: impl FnOnce() -> G) -> G {
        if !Self::WATCHES {
            return lock();
        }
        let opened = self.open_lock(op);
        // Trying first is the only way to learn whether the lock was free. Unwatched code has no use for that.
        let (guard, contended) = match try_lock() {
            Some(guard) => (guard, false),
            None => (lock(), true),
        };
        self.close_lock(opened, op, contended);
        guard
    }
    /// Opens the span around one state copy of `bytes` bytes.
    fn open_copy(&self, bytes: usize) -> Self::Opened;
    /// Closes the span.
    fn close_copy(&self, opened: Self::Opened, bytes: usize);
}

/// Records nothing and compiles to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Probe for Silent {
    const WATCHES: bool = false;
    type Opened = ();
    #[inline(always)]
    fn open_lock(&self, _: LockOp) {}
    #[inline(always)]
    fn close_lock(&self, (): (), _: LockOp, _: bool) {}
    #[inline(always)]
    fn open_copy(&self, _: usize) {}
    #[inline(always)]
    fn close_copy(&self, (): (), _: usize) {}
}

/// An open span: when it was opened, and its counterpart for the app's own subscriber.
#[derive(Debug)]
pub struct Opened {
    ticks: u64,
    /// Left after the closing reading, so that what the app's subscriber does is not in the length. Boxed, since it is rare
    /// and large.
    visible: Option<Box<OwnedSpan>>,
}

impl Opened {
    /// Where hardly anything runs in front of it.
    #[inline(always)]
    fn lock(op: LockOp, visible: bool) -> Self {
        let visible = if visible { visible_lock(op) } else { None };
        Self { visible, ticks: clock::opening() }
    }

    /// As [`Opened::lock`].
    #[inline(always)]
    fn copy(bytes: usize, visible: bool) -> Self {
        let visible = if visible { visible_copy(bytes) } else { None };
        Self { visible, ticks: clock::opening() }
    }

    /// First and last tick of the span. `contended`: of a lock.
    #[inline(always)]
    fn close(self, contended: Option<bool>) -> (u64, u64) {
        let close = clock::settled();
        let Self { ticks, visible } = self;
        if let Some(span) = visible {
            leave(&span, contended);
        }
        (ticks, close)
    }
}

#[cold]
#[inline(never)]
fn visible_lock(op: LockOp) -> Option<Box<OwnedSpan>> {
    entered(|| tracing::trace_span!(target: TARGET_LOCK, "lock", op = op.as_str(), contended = Empty))
}

#[cold]
#[inline(never)]
fn visible_copy(bytes: usize) -> Option<Box<OwnedSpan>> {
    entered(|| tracing::trace_span!(target: TARGET_COPY, "copy", bytes))
}

fn entered(open: impl FnOnce() -> tracing::Span) -> Option<Box<OwnedSpan>> {
    let span = OwnedSpan::open(open);
    let entered = span.enter_until_left();
    clock::settle();
    entered.then(|| Box::new(span))
}

#[cold]
#[inline(never)]
fn leave(span: &OwnedSpan, contended: Option<bool>) {
    if let Some(contended) = contended {
        span.record("contended", contended);
    }
    span.leave();
}

/// Keeps the spans of one hop until the hop ends and is recorded with all of them.
///
/// Its spans follow one another with next to nothing in between, so none of them waits for what came before it. Call [`Probe::settle`] before
/// the first one.
#[derive(Debug, Default)]
pub struct HopProbe {
    spans: HopSpans,
    visible: bool,
}

impl HopProbe {
    /// `visible`: the app's own subscriber is to see the spans too.
    #[must_use]
    pub fn new(visible: bool) -> Self {
        Self { spans: HopSpans::default(), visible }
    }

    /// Goes on behind a span of the same hop that another thread recorded, if it did.
    #[must_use]
    pub fn after(first: PackedOp, visible: bool) -> Self {
        Self { spans: HopSpans::after(first), visible }
    }

    /// The spans so far.
    #[inline]
    #[must_use]
    pub fn spans(&self) -> &HopSpans {
        &self.spans
    }

    /// Records a span around nothing: what a span costs here, in place.
    pub fn empty_span(&self) {
        let open = clock::ordered();
        self.spans.push(PackedOp::between(OpKind::Empty, open, clock::settled(), false));
    }
}

impl Probe for HopProbe {
    const WATCHES: bool = true;
    type Opened = Opened;

    #[inline(always)]
    fn settle(&self) {
        clock::settle();
    }

    #[inline(always)]
    fn open_lock(&self, op: LockOp) -> Opened {
        Opened::lock(op, self.visible)
    }

    #[inline(always)]
    fn close_lock(&self, opened: Opened, op: LockOp, contended: bool) {
        let (open, close) = opened.close(Some(contended));
        self.spans.push(PackedOp::between(OpKind::Lock(op), open, close, contended));
    }

    #[inline(always)]
    fn open_copy(&self, bytes: usize) -> Opened {
        Opened::copy(bytes, self.visible)
    }

    #[inline(always)]
    fn close_copy(&self, opened: Opened, _: usize) {
        let (open, close) = opened.close(None);
        self.spans.push(PackedOp::between(OpKind::Copy, open, close, false));
    }
}

/// Records spans that belong to no hop, while recording is on with locks; otherwise nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ambient;

impl Ambient {
    #[inline(always)]
    fn watching() -> Option<Armed> {
        Some(record::armed()).filter(|armed| armed.is_detailed())
    }
}

/// All that stands between the two readings is inlined: a call would have its code fetched in between, for 15 ns where it is cold.
impl Probe for Ambient {
    const WATCHES: bool = true;
    type Opened = Option<(Armed, Opened)>;

    #[inline(always)]
    fn open_lock(&self, op: LockOp) -> Self::Opened {
        Self::watching().map(|armed| {
            clock::settle();
            (armed, Opened::lock(op, callout::shows(armed)))
        })
    }

    #[inline(always)]
    fn close_lock(&self, opened: Self::Opened, op: LockOp, contended: bool) {
        if let Some((armed, opened)) = opened {
            let (open, close) = opened.close(Some(contended));
            record::lone_lock(armed.generation(), op, close.wrapping_sub(open), contended);
        }
    }

    #[inline(always)]
    fn open_copy(&self, bytes: usize) -> Self::Opened {
        Self::watching().map(|armed| {
            clock::settle();
            (armed, Opened::copy(bytes, callout::shows(armed)))
        })
    }

    #[inline(always)]
    fn close_copy(&self, opened: Self::Opened, bytes: usize) {
        if let Some((armed, opened)) = opened {
            let (open, close) = opened.close(None);
            record::lone_copy(armed.generation(), close.wrapping_sub(open), bytes);
        }
    }
}
