//! One hop as plain data: its stamps, what they add up to, and the record that the ledger and a log both take.
//!
//! ```text
//! caller    called ──────── returned
//! pool            ·········· previous_end   run_start ── run_end ── published
//! awaiter                                          first_poll ·········· ready ── copied
//!
//!           submit   backlog            start     run      publish  unpolled resume transfer
//! ```
//!
//! The phases are a monotone partition of `called ..= copied`: each one ends where the next begins, so they add up to
//! the hop exactly, in whole nanoseconds. A stamp that lies before its predecessor (clocks of two processors that
//! disagree, or the closure that starts before `spawn_blocking` returns) gives its phase the length 0; the former is
//! counted, the latter is part of the definition of `submit`.

use std::cell::Cell;

use crate::clock;
use crate::names::{Arm, Detail, LockOp, Outcome, Phase, StartKind};

/// The moments of a hop, in ns since its capture began. What was not seen is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// `spawn_blocking` was called.
    pub called: u64,
    /// It returned.
    pub returned: Option<u64>,
    /// End of the pool thread's previous job; `None` if this is the first one seen on it.
    pub previous_end: Option<u64>,
    /// The closure began.
    pub run_start: Option<u64>,
    /// The closure returned.
    pub run_end: Option<u64>,
    /// The outcome stood in the source.
    pub published: Option<u64>,
    /// The handle was polled for the first time.
    pub first_poll: Option<u64>,
    /// A poll of tokio's handle returned the finished source.
    pub ready: Option<u64>,
    /// The awaiter held the outcome.
    pub copied: Option<u64>,
    /// Number of the pool thread, counted up from 1 in this process.
    pub pool_thread: Option<u32>,
}

/// The same moments as they are taken: in ticks of the clock, [`Ticks::NEVER`] for what was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the moments of `Stamps`")]
pub struct Ticks {
    pub called: u64,
    pub returned: u64,
    pub previous_end: u64,
    pub run_start: u64,
    pub run_end: u64,
    pub published: u64,
    pub first_poll: u64,
    pub ready: u64,
    pub copied: u64,
}

impl Ticks {
    /// What was not seen.
    pub const NEVER: u64 = u64::MAX;

    /// Nothing seen but the call and the end.
    #[inline]
    #[must_use]
    pub const fn between(called: u64, end: u64) -> Self {
        Self {
            called,
            returned: Self::NEVER,
            previous_end: Self::NEVER,
            run_start: Self::NEVER,
            run_end: Self::NEVER,
            published: Self::NEVER,
            first_poll: Self::NEVER,
            ready: Self::NEVER,
            copied: end,
        }
    }

    /// In ns since the capture began.
    #[inline]
    #[must_use]
    pub fn stamps(&self, since: Since, pool_thread: Option<u32>) -> Stamps {
        let seen = |ticks: u64| (ticks != Self::NEVER).then(|| since.ns(ticks));
        Stamps {
            called: since.ns(self.called),
            returned: seen(self.returned),
            previous_end: seen(self.previous_end),
            run_start: seen(self.run_start),
            run_end: seen(self.run_end),
            published: seen(self.published),
            first_poll: seen(self.first_poll),
            ready: seen(self.ready),
            copied: seen(self.copied),
            pool_thread,
        }
    }
}

/// Turns ticks into ns since a capture began.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    start: u64,
    to_ns: clock::Conversion,
}

impl Since {
    /// `start`: the tick at which the capture began.
    #[must_use]
    pub fn new(start: u64) -> Self {
        Self { start, to_ns: clock::Conversion::current() }
    }

    /// A moment. One before the capture began is its beginning.
    #[inline(always)]
    #[must_use]
    pub fn ns(self, ticks: u64) -> u64 {
        self.length_ns(ticks.saturating_sub(self.start))
    }

    /// A length.
    #[inline(always)]
    pub(crate) fn length_ns(self, ticks: u64) -> u64 {
        self.to_ns.length_ns(ticks)
    }
}

/// The lengths of a joined hop's phases in ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    lengths: [u64; Phase::ALL.len()],
    /// How the job got its thread.
    pub start_kind: StartKind,
    called: u64,
    /// `called` to `copied`; the sum of all phases.
    pub hop_ns: u64,
    /// Stamps that lay before their predecessor and were moved up to it.
    pub corrected: u32,
}

impl Phases {
    /// Divides a joined hop. `None` if one of the stamps is missing.
    #[must_use]
    pub fn of(stamps: &Stamps) -> Option<Self> {
        let Stamps { called, returned, previous_end, run_start, run_end, published, first_poll, ready, copied, .. } =
            *stamps;
        let previous_end = previous_end.unwrap_or(Ticks::NEVER);
        Some(Self::divide(
            called,
            returned?,
            previous_end,
            run_start?,
            run_end?,
            published?,
            first_poll?,
            ready?,
            copied?,
        ))
    }

    /// Divides a joined hop, its moments in ns; `None` if one of them is missing.
    #[inline(always)]
    pub(crate) fn of_ticks(ticks: &Ticks, since: Since) -> Option<Self> {
        let Ticks { called, returned, previous_end, run_start, run_end, published, first_poll, ready, copied } = *ticks;
        // All of the others but `previous_end` come with these: `ready` from tokio, the rest with the job's output.
        if ready == Ticks::NEVER || copied == Ticks::NEVER || published == Ticks::NEVER || first_poll == Ticks::NEVER {
            return None;
        }
        let ns = |ticks| since.ns(ticks);
        let before = if previous_end == Ticks::NEVER { Ticks::NEVER } else { ns(previous_end) };
        Some(Self::divide(
            ns(called),
            ns(returned),
            before,
            ns(run_start),
            ns(run_end),
            ns(published),
            ns(first_poll),
            ns(ready),
            ns(copied),
        ))
    }

    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the moments of a hop, in their order")]
    fn divide(
        called: u64,
        returned: u64,
        previous_end: u64,
        run_start: u64,
        run_end: u64,
        published: u64,
        first_poll: u64,
        ready: u64,
        copied: u64,
    ) -> Self {
        let submit_end = returned.min(run_start);
        let (start_kind, thread_free) = match previous_end {
            Ticks::NEVER => (StartKind::NewThread, 0),
            end if end > submit_end => (StartKind::Handoff, end),
            end => (StartKind::Pickup, end),
        };
        let mut phases = Self { lengths: [0; Phase::ALL.len()], start_kind, called, hop_ns: 0, corrected: 0 };
        let mut at = called;
        phases.up_to(Phase::Submit, submit_end, &mut at);
        // Before the previous job ended the thread was not to be had; a job that ended earlier delays nothing.
        phases.lengths[Phase::Backlog as usize] = thread_free.min(run_start).max(at) - at;
        at += phases.lengths[Phase::Backlog as usize];
        phases.up_to(Phase::Start, run_start, &mut at);
        phases.up_to(Phase::Run, run_end, &mut at);
        phases.up_to(Phase::Publish, published, &mut at);
        phases.lengths[Phase::Unpolled as usize] = first_poll.max(at) - at;
        at = first_poll.max(at);
        phases.up_to(Phase::Resume, ready, &mut at);
        phases.up_to(Phase::Transfer, copied, &mut at);
        phases.hop_ns = at - called;
        phases
    }

    /// When the hop ended, in ns since its capture began.
    #[inline]
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.called + self.hop_ns
    }

    #[inline(always)]
    fn up_to(&mut self, phase: Phase, end: u64, at: &mut u64) {
        let later = end.max(*at);
        self.corrected += u32::from(end < *at);
        self.lengths[phase as usize] = later - *at;
        *at = later;
    }

    /// Length of a phase in ns.
    #[inline]
    #[must_use]
    pub fn get(&self, phase: Phase) -> u64 {
        self.lengths[phase as usize]
    }

    /// What the crossing cost in ns: submit, start, publish, resume, transfer.
    #[inline(always)]
    #[must_use]
    pub fn overhead_ns(&self) -> u64 {
        // All but these: a test holds it to `Phase::is_overhead`.
        self.hop_ns - self.get(Phase::Backlog) - self.get(Phase::Run) - self.get(Phase::Unpolled)
    }
}

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

    #[inline(always)]
    fn new(kind: OpKind, length: u64, contended: bool) -> Self {
        Self(length & LENGTH | (kind.code() as u64) << LENGTH_BITS | u64::from(contended) << 63)
    }

    /// The clock ran backwards, so that there is no length; or for five months.
    #[inline]
    pub(crate) fn is_backwards(self) -> bool {
        self.0 & 1 << (LENGTH_BITS - 1) != 0
    }

    #[inline]
    pub(crate) fn of_word(word: u64) -> Self {
        Self(word)
    }

    #[inline]
    pub(crate) fn word(self) -> u64 {
        self.0
    }

    /// [`OpKind::code`]; 0 if there is none.
    #[inline]
    pub(crate) fn code(self) -> usize {
        (self.0 >> LENGTH_BITS) as usize & 0x7f
    }

    /// In the unit of whoever keeps it.
    #[inline]
    pub(crate) fn length(self) -> u64 {
        self.0 & LENGTH
    }

    /// Whether the lock was not free at the first try.
    #[inline]
    pub(crate) fn is_contended(self) -> bool {
        self.0 & CONTENDED != 0
    }

    /// What it says, its length turned into ns (0 if the clock ran backwards); `None` if there is none.
    fn unpack(self, ns: impl FnOnce(u64) -> u64) -> Option<Op> {
        let kind = OpKind::of(self.code())?;
        let ns = if self.is_backwards() { 0 } else { ns(self.length()) };
        Some(Op { kind, ns, contended: self.is_contended() })
    }
}

impl OpKind {
    /// Codes lie below this.
    pub(crate) const CODES: usize = 3 + LockOp::ALL.len();

    /// A small number, not 0.
    #[inline]
    pub(crate) const fn code(self) -> usize {
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

/// The spans of a hop that is under way, in ticks. Written by the probes, through a shared reference.
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
        spans.len.set(u8::from(first.0 != 0));
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
    pub(crate) fn entries(&self) -> &[Cell<PackedOp>] {
        self.entries.get(..usize::from(self.len.get())).unwrap_or_default()
    }

    /// How many found no room.
    #[inline]
    pub(crate) fn dropped(&self) -> u8 {
        self.dropped.get()
    }

    /// All of them in ns.
    #[must_use]
    pub fn ops(&self, since: Since) -> Ops {
        let mut ops = Ops { dropped: u32::from(self.dropped()), ..Ops::default() };
        let all = self.entries().iter().filter_map(|entry| entry.get().unpack(|ticks| since.length_ns(ticks)));
        all.for_each(|op| ops.push(op));
        ops
    }
}

/// The spans inside one hop, in ns and in time order. Holds up to [`Ops::CAPACITY`]; what a hop has is at most seven.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ops {
    entries: [PackedOp; Ops::CAPACITY],
    len: u8,
    /// Spans that found no room.
    pub dropped: u32,
}

impl Ops {
    /// Room for a publish lock, four locks of a transfer, a copy and an empty span, and one to spare.
    pub const CAPACITY: usize = 8;

    /// Adds one at the end; counts it as dropped if there is no room.
    pub fn push(&mut self, op: Op) {
        match self.entries.get_mut(usize::from(self.len)) {
            Some(entry) => {
                *entry = PackedOp::new(op.kind, op.ns.min(LENGTH >> 1), op.contended);
                self.len += 1;
            }
            None => self.dropped += 1,
        }
    }

    /// The spans in time order, packed.
    pub(crate) fn packed(&self) -> impl Iterator<Item = PackedOp> {
        self.entries.iter().take(usize::from(self.len)).copied()
    }

    /// The spans in time order.
    pub fn iter(&self) -> impl Iterator<Item = Op> {
        self.packed().filter_map(|entry| entry.unpack(|ns| ns))
    }

    /// How many bridge locks the transfer took.
    #[must_use]
    pub fn transfer_locks(&self) -> u64 {
        self.count(|kind| matches!(kind, OpKind::Lock(op) if op.is_transfer()))
    }

    /// How many bridge locks the publishing side took.
    #[must_use]
    pub fn publish_locks(&self) -> u64 {
        self.count(|kind| matches!(kind, OpKind::Lock(op) if !op.is_transfer()))
    }

    /// How many times the state was copied.
    #[must_use]
    pub fn copies(&self) -> u64 {
        self.count(|kind| kind == OpKind::Copy)
    }

    fn count(&self, wanted: impl Fn(OpKind) -> bool) -> u64 {
        self.iter().filter(|op| wanted(op.kind)).count() as u64
    }
}

/// The form that stands in a log: `publish:21,done:9!,copy:10`; `!` marks a contended lock.
impl std::fmt::Display for Ops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, op) in self.iter().enumerate() {
            let name = match op.kind {
                OpKind::Lock(op) => op.as_str(),
                OpKind::Copy => "copy",
                OpKind::Empty => "empty",
            };
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{name}:{}{}", op.ns, if op.contended { "!" } else { "" })?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Ops {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut ops = Self::default();
        for entry in text.split(',').filter(|entry| !entry.is_empty()) {
            let (name, ns) = entry.split_once(':').ok_or_else(|| format!("`{entry}` has no length"))?;
            let (ns, contended) = ns.strip_suffix('!').map_or((ns, false), |ns| (ns, true));
            let kind = match name {
                "copy" => OpKind::Copy,
                "empty" => OpKind::Empty,
                _ => OpKind::Lock(name.parse().map_err(|e: crate::names::UnknownWord| e.to_string())?),
            };
            let ns = ns.parse().map_err(|_| format!("`{ns}` is no length in ns"))?;
            ops.push(Op { kind, ns, contended });
        }
        if ops.dropped > 0 {
            return Err(format!("more than {} spans in one hop", Self::CAPACITY));
        }
        Ok(ops)
    }
}

/// Where a hop was called from, and with what job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site<'a> {
    /// Source file of the call, as the compiler names it.
    pub file: &'a str,
    /// Line of the call, from 1.
    pub line: u32,
    /// Column of the call, from 1.
    pub column: u32,
    /// Type name of the closure.
    pub job: &'a str,
}

/// The threads that a hop was on, as [`thread_number`](crate::ledger::thread_number) numbers them; 0 where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threads {
    /// The one that called; known only while whole hops are kept.
    pub caller: u32,
    /// The one of the pool.
    pub pool: u32,
}

/// One hop at its end, as the ledger takes it.
#[derive(Clone, Copy, Debug)]
pub struct EndedHop<'a> {
    /// Call site and job.
    pub site: Site<'static>,
    /// How the outcome crossed.
    pub arm: Arm,
    /// How much was recorded.
    pub detail: Detail,
    /// How the hop ended.
    pub outcome: Outcome,
    /// Its moments.
    pub ticks: Ticks,
    /// Its threads, but for the one that it ends on.
    pub threads: Threads,
    /// Its spans, if `detail` is [`Detail::Locks`] and it got so far.
    pub spans: Option<&'a HopSpans>,
    /// Size of the state that was copied.
    pub copied_bytes: u64,
}

impl EndedHop<'_> {
    /// The same in ns, as a log holds it.
    #[must_use]
    pub fn record(&self, since: Since) -> HopRecord<'static> {
        let Self { site, arm, detail, outcome, ticks, threads, spans, copied_bytes } = *self;
        let pool_thread = (threads.pool != 0).then_some(threads.pool);
        let ops = spans.map(|spans| spans.ops(since)).unwrap_or_default();
        HopRecord { site, arm, detail, outcome, stamps: ticks.stamps(since, pool_thread), ops, copied_bytes }
    }
}

/// One hop at its end, as a log holds it.
#[derive(Clone, Copy, Debug)]
pub struct HopRecord<'a> {
    /// Call site and job.
    pub site: Site<'a>,
    /// How the outcome crossed.
    pub arm: Arm,
    /// How much was recorded.
    pub detail: Detail,
    /// How the hop ended.
    pub outcome: Outcome,
    /// Its moments.
    pub stamps: Stamps,
    /// Its spans, if `detail` is [`Detail::Locks`].
    pub ops: Ops,
    /// Size of the state that was copied.
    pub copied_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps() -> Stamps {
        Stamps {
            called: 100,
            returned: Some(110),
            previous_end: Some(50),
            run_start: Some(130),
            run_end: Some(170),
            published: Some(175),
            first_poll: Some(115),
            ready: Some(200),
            copied: Some(207),
            pool_thread: Some(1),
        }
    }

    fn lengths(stamps: &Stamps) -> [u64; 8] {
        let phases = Phases::of(stamps).expect("all stamps are there");
        assert_eq!(phases.hop_ns, stamps.copied.unwrap() - stamps.called);
        assert_eq!(phases.lengths.iter().sum::<u64>(), phases.hop_ns);
        let overhead = Phase::ALL.iter().filter(|phase| phase.is_overhead()).map(|&phase| phases.get(phase));
        assert_eq!(phases.overhead_ns(), overhead.sum::<u64>());
        Phase::ALL[1..].iter().map(|&p| phases.get(p)).collect::<Vec<_>>().try_into().unwrap()
    }

    //  called  returned       run_start        run_end published        ready  copied
    //  100 ──── 110 ─────────── 130 ───────────── 170 ─── 175 ─────────── 200 ── 207
    #[test]
    fn an_idle_thread_is_woken() {
        assert_eq!(lengths(&stamps()), [10, 0, 20, 40, 5, 0, 25, 7]);
        let phases = Phases::of(&stamps()).unwrap();
        assert_eq!(phases.start_kind, StartKind::Pickup);
        assert_eq!(phases.overhead_ns(), 10 + 20 + 5 + 25 + 7);
    }

    #[test]
    fn a_busy_thread_is_backlog_then_handoff() {
        let stamps = Stamps { previous_end: Some(125), ..stamps() };
        assert_eq!(lengths(&stamps), [10, 15, 5, 40, 5, 0, 25, 7]);
        assert_eq!(Phases::of(&stamps).unwrap().start_kind, StartKind::Handoff);
    }

    #[test]
    fn a_closure_that_starts_before_the_call_returns_ends_submit() {
        let stamps = Stamps { returned: Some(140), previous_end: None, ..stamps() };
        assert_eq!(lengths(&stamps), [30, 0, 0, 40, 5, 0, 25, 7]);
        let phases = Phases::of(&stamps).unwrap();
        assert_eq!((phases.start_kind, phases.corrected), (StartKind::NewThread, 0));
    }

    #[test]
    fn a_late_awaiter_is_unpolled_not_resume() {
        let stamps = Stamps { first_poll: Some(190), ..stamps() };
        assert_eq!(lengths(&stamps), [10, 0, 20, 40, 5, 15, 10, 7]);
    }

    #[test]
    fn a_stamp_before_its_predecessor_is_corrected_and_counted() {
        let stamps = Stamps { ready: Some(172), ..stamps() };
        assert_eq!(lengths(&stamps), [10, 0, 20, 40, 5, 0, 0, 32]);
        assert_eq!(Phases::of(&stamps).unwrap().corrected, 1);
    }

    #[test]
    fn ops_survive_their_text() {
        let mut ops = Ops::default();
        ops.push(Op { kind: OpKind::Lock(LockOp::Publish), ns: 21, contended: false });
        ops.push(Op { kind: OpKind::Lock(LockOp::Done), ns: 9, contended: true });
        ops.push(Op { kind: OpKind::Copy, ns: 0, contended: false });
        assert_eq!(ops.to_string(), "publish:21,done:9!,copy:0");
        let back: Ops = ops.to_string().parse().unwrap();
        assert_eq!(back.iter().collect::<Vec<_>>(), ops.iter().collect::<Vec<_>>());
        assert_eq!((back.transfer_locks(), back.publish_locks(), back.copies()), (1, 1, 1));
        assert!("done".parse::<Ops>().is_err());
        assert!("done:x".parse::<Ops>().is_err());
        assert!("open:1".parse::<Ops>().is_err());
    }
}
