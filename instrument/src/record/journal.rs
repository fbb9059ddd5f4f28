//! What one thread has recorded and nobody has added up yet.
//!
//! The thread appends entries: plain stores of a few words. Every [`POST_AT`] words it adds them up itself, in an account
//! that is free at that moment ([`super::accounts`]), and begins anew; a report adds up what it finds and leaves it standing.
//! So adding up happens in batches whose code and counters are warm, and memory does not grow with threads times sites.
//! Why not directly into counters of the thread's own: docs/design/recorder.md.
//!
//! ```text
//! words   | entry | entry | entry | entry |                 |
//!         0               posted          len
//!           added up by    not yet         the owner appends
//!           some report    added up        here
//! ```

use std::sync::atomic::Ordering;

use crate::hop::{EndedHop, HopSpans, How, Ops, PackedOp, Threads, Ticks};

use super::fork::Lock;
use super::jobs::Run;
use super::random::random;
use super::sync::{AtomicU64, AtomicUsize, Mutex, MutexGuard};
use tollbridge_report::aggregate::account::Account;
use tollbridge_report::aggregate::group::GroupId;
use tollbridge_report::aggregate::tables::{MAX_NODES, NodeId};
use tollbridge_report::aggregate::tasks::Tasks;

/// Words of a journal: 8 KiB, some 80 coarse hops. (Under loom a few spans.)
const WORDS: usize = if cfg!(tollbridge_loom) { 28 } else { 1_024 };
/// When the owner adds its entries up: some 20 coarse hops, which takes 2 to 3 us. (Under loom two spans.)
const POST_AT: usize = if cfg!(tollbridge_loom) { 4 } else { 256 };
/// Words of the longest entry.
const LONGEST: usize = HOP_WORDS + 1 + Ops::CAPACITY + THREAD_WORDS;
/// The head, the moments, and how it was called.
const HOP_WORDS: usize = 1 + Ticks::COUNT + 1;
const JOB_WORDS: usize = 4;
const THREAD_WORDS: usize = 2;
const SPAN_WORDS: usize = 2;

const _: () = assert!(POST_AT + LONGEST < WORDS && WORDS < 1 << 16);

/// One thread's journal.
#[derive(Debug)]
pub(super) struct Journal {
    words: Box<[AtomicU64; WORDS]>,
    len: AtomicUsize,
    /// How many words are added up. Who holds the lock adds up; only the owner, holding it, begins anew.
    posted: Mutex<usize>,
    /// How often it was begun anew.
    turns: AtomicU64,
    /// Hops that began on the thread.
    pub(super) submitted: AtomicU64,
    /// How many of them the layer recorded.
    pub(super) observed: AtomicU64,
    /// How many others it saw.
    pub(super) imported: AtomicU64,
    pub(super) lost_hops: AtomicU64,
    pub(super) lost_spans: AtomicU64,
    /// Hops of tasks that could not be followed.
    pub(super) lost_tasks: AtomicU64,
    /// Tasks that have completed on the thread.
    pub(super) tasks: Lock<Tasks>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            words: Box::new(std::array::from_fn(|_| AtomicU64::new(0))),
            len: AtomicUsize::new(0),
            posted: Mutex::new(0),
            turns: AtomicU64::new(0),
            submitted: AtomicU64::new(0),
            observed: AtomicU64::new(0),
            imported: AtomicU64::new(0),
            lost_hops: AtomicU64::new(0),
            lost_spans: AtomicU64::new(0),
            lost_tasks: AtomicU64::new(0),
            tasks: Lock::default(),
        }
    }
}

/// Weakened on purpose for one build of the loom models, which must then fail (`cargo xtask loom`).
const RELEASE: Ordering = if cfg!(tollbridge_weakened) { Ordering::Relaxed } else { Ordering::Release };

/// See [`RELEASE`].
const ACQUIRE: Ordering = if cfg!(tollbridge_weakened) { Ordering::Relaxed } else { Ordering::Acquire };

/// Adds to a counter that only the calling thread writes.
#[inline(always)]
pub(super) fn bump(counter: &AtomicU64, by: u64) {
    // ORDERING: relaxed; one writer, and a reader needs no order between counters: it may be off by one update.
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

const HOP: u64 = 1;
const SPAN: u64 = 2;
const JOB: u64 = 3;
const KIND_MASK: u64 = 0xff;
/// Where an entry's first word says how many spans a hop has, and that they are there at all.
const OPS_SHIFT: u32 = 8;
const SPANS: u64 = 1 << 15;
/// In the same word: the hop is to be kept whole, and its threads stand behind everything else.
const THREADS: u64 = 1 << 14;
const NODE_SHIFT: u32 = 8;
const EXTRA_SHIFT: u32 = 32;

const _: () = assert!(MAX_NODES <= 1 << (EXTRA_SHIFT - NODE_SHIFT));

/// The first word of a span's entry but for what is extra: kind and node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpanHead(u32);

impl SpanHead {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "SPAN lies below 2^8")]
    pub(super) fn of(node: NodeId) -> Self {
        Self(SPAN as u32 | node << NODE_SHIFT)
    }

    /// As [`SpanHead::word`] gave it.
    #[inline]
    pub(super) fn of_word(word: u32) -> Self {
        Self(word)
    }

    pub(super) fn word(self) -> u32 {
        self.0
    }
}

impl Journal {
    /// Appends a hop. `awaiter`: number of the thread that it ends on, 0 if it is not to be kept whole. Says whether it is time to
    /// add up.
    #[inline]
    pub(super) fn hop(&self, hop: &EndedHop<'_>, awaiter: u32) -> bool {
        let id = GroupId::new(hop.site.0, hop.arm, hop.detail, hop.outcome);
        let ops = hop.spans.map(HopSpans::entries).unwrap_or_default();
        // ORDERING: relaxed; only the owner writes it.
        let len = self.len.load(Ordering::Relaxed);
        let Some(room) = self.words.get(len..len + LONGEST) else {
            bump(&self.lost_hops, 1);
            return true;
        };
        let (own, behind) = room.split_at(HOP_WORDS);
        let store = |slot: &AtomicU64, word| slot.store(word, Ordering::Relaxed);
        own[1..=Ticks::COUNT].iter().zip(hop.ticks.as_array()).for_each(|(slot, word)| store(slot, word));
        store(&own[1 + Ticks::COUNT], hop.how.word());
        let mut head = HOP | id.word();
        let mut words = HOP_WORDS;
        if let Some(spans) = hop.spans {
            head |= SPANS | (ops.len() as u64) << OPS_SHIFT;
            words += 1 + ops.len();
            store(&behind[0], hop.copied_bytes);
            behind[1..].iter().zip(ops).for_each(|(slot, op)| store(slot, op.get().word()));
            if spans.dropped() > 0 {
                bump(&self.lost_spans, u64::from(spans.dropped()));
            }
        }
        if awaiter != 0 {
            head |= THREADS;
            store_threads(&room[words..], hop.threads, awaiter);
            words += THREAD_WORDS;
        }
        store(&own[0], head);
        // ORDERING: release; pairs with the acquire in `add_up`, which then sees the words.
        self.len.store(len + words, RELEASE);
        len + words >= POST_AT
    }

    /// Appends the run of a job whose handle was gone before it ended. Says whether it is time to add up.
    pub(super) fn job(&self, run: &Run) -> bool {
        let (start, end) = run.ran.unwrap_or((Ticks::NEVER, Ticks::NEVER));
        // ORDERING: as in `hop`.
        let len = self.len.load(Ordering::Relaxed);
        let Some(room) = self.words.get(len..len + JOB_WORDS) else {
            bump(&self.lost_spans, 1);
            return true;
        };
        let words = [JOB | run.head.detached().word(), run.called, start, end];
        room.iter().zip(words).for_each(|(slot, word)| slot.store(word, Ordering::Relaxed));
        // ORDERING: as in `hop`.
        self.len.store(len + JOB_WORDS, RELEASE);
        len + JOB_WORDS >= POST_AT
    }

    /// Appends a span outside any hop, `ticks` long. `extra`: contended or not, or bytes. Says whether it is time to
    /// add up.
    #[inline]
    pub(super) fn span(&self, head: SpanHead, ticks: u64, extra: u32) -> bool {
        let words = [u64::from(head.0) | u64::from(extra) << EXTRA_SHIFT, ticks];
        // ORDERING: as in `hop`.
        let len = self.len.load(Ordering::Relaxed);
        // One look at the length for both questions, whether there is room and whether it is time.
        if len + SPAN_WORDS >= POST_AT {
            self.append(len, words);
            return true;
        }
        self.append(len, words);
        false
    }

    #[inline(always)]
    fn append(&self, len: usize, words: [u64; SPAN_WORDS]) {
        let Some(room) = self.words.get(len..len + SPAN_WORDS) else {
            return bump(&self.lost_spans, 1);
        };
        room.iter().zip(words).for_each(|(slot, word)| slot.store(word, Ordering::Relaxed));
        // ORDERING: as in `hop`.
        self.len.store(len + SPAN_WORDS, RELEASE);
    }

    /// A number that grows when a hop begins on the thread, and when an entry is appended or lost. It never comes back to what it was.
    pub(super) fn activity(&self) -> u64 {
        let Self { turns, submitted, lost_hops, lost_spans, .. } = self;
        // ORDERING: relaxed; what is missed now is seen the next time.
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counts = [turns, submitted, lost_hops, lost_spans].map(count).into_iter().fold(0, u64::wrapping_add);
        counts.wrapping_mul(WORDS as u64).wrapping_add(self.len.load(Ordering::Relaxed) as u64)
    }

    /// Nothing is in it, added up or not. For its owner.
    pub(super) fn is_empty(&self) -> bool {
        // ORDERING: relaxed; only the owner writes it.
        self.len.load(Ordering::Relaxed) == 0
    }

    /// The next entry may find no room. For its owner.
    pub(super) fn is_full(&self) -> bool {
        // ORDERING: as in `is_empty`.
        self.len.load(Ordering::Relaxed) > WORDS - LONGEST
    }

    /// The right to add up, if nobody has it. The owner never waits for it.
    pub(super) fn try_posting(&self) -> Option<Posting<'_>> {
        Some(Posting { journal: self, posted: self.posted.try_lock()? })
    }

    /// The right to add up.
    pub(super) fn posting(&self) -> Posting<'_> {
        Posting { journal: self, posted: self.posted.lock() }
    }
}

/// What stands behind a hop that is to be kept whole. Out of line, so that other hops do not pay for it.
#[cold]
#[inline(never)]
fn store_threads(room: &[AtomicU64], Threads { caller, pool }: Threads, awaiter: u32) {
    let words = [u64::from(caller) << 32 | u64::from(pool), u64::from(awaiter)];
    room.iter().zip(words).for_each(|(slot, word)| slot.store(word, Ordering::Relaxed));
}

/// Offers a hop to be kept whole. Out of line, and reads the moments anew, for the same reason.
#[cold]
#[inline(never)]
#[expect(clippy::cast_possible_truncation, reason = "numbers of threads have 32 bits")]
fn keep_whole(account: &mut Account, id: GroupId, moments: &[AtomicU64], threads: &[AtomicU64; THREAD_WORDS]) {
    let [before, awaiter] = threads.each_ref().map(|slot| slot.load(Ordering::Relaxed));
    let threads = Threads { caller: (before >> 32) as u32, pool: before as u32 };
    account.timeline.offer(random(), id, &ticks(moments), threads, awaiter as u32);
}

/// The moments of an entry.
#[inline(always)]
fn ticks(moments: &[AtomicU64]) -> Ticks {
    let word = |slot: &AtomicU64| slot.load(Ordering::Relaxed);
    Ticks::from_array(moments.first_chunk().map_or([0; Ticks::COUNT], |moments| moments.each_ref().map(word)))
}

/// The right to add a journal's entries up.
pub(super) struct Posting<'a> {
    journal: &'a Journal,
    posted: MutexGuard<'a, usize>,
}

impl Posting<'_> {
    /// Adds up what is not yet added up.
    pub(super) fn add_up(&mut self, account: &mut Account) {
        // ORDERING: acquire; pairs with the release of the appending thread.
        let len = self.journal.len.load(ACQUIRE);
        let mut rest = self.journal.words.get(*self.posted..len).unwrap_or_default();
        let word = |slot: &AtomicU64| slot.load(Ordering::Relaxed);
        // No entry is shorter than that of a span.
        while let [head, length, behind @ ..] = rest {
            let head = word(head);
            rest = if head & KIND_MASK == SPAN {
                #[expect(clippy::cast_possible_truncation, reason = "the upper half is `extra`")]
                let node = (head as u32) >> NODE_SHIFT;
                account.span(node, word(length), head >> EXTRA_SHIFT);
                behind
            } else if head & KIND_MASK == JOB {
                let Some((job, behind)) = rest[1..].split_first_chunk::<{ JOB_WORDS - 1 }>() else { break };
                let [called, start, end] = job.each_ref().map(word);
                account.job(GroupId::of_word(head), called, start, end);
                behind
            } else {
                let Some((moments, behind)) = rest[1..].split_at_checked(HOP_WORDS - 1) else { break };
                let id = GroupId::of_word(head);
                let how = How::of_word(moments.last().map_or(0, word));
                account.hop(id, how, &ticks(moments));
                let behind = if head & SPANS == 0 {
                    behind
                } else {
                    let ops = usize::try_from(head >> OPS_SHIFT & 0xf).unwrap_or_default();
                    let (Some((bytes, behind)), true) = (behind.split_first(), ops <= behind.len()) else { break };
                    let (ops, behind) = behind.split_at(ops.min(behind.len()));
                    account.hop_spans(word(bytes), ops.iter().map(|op| PackedOp::of_word(word(op))));
                    behind
                };
                if head & THREADS == 0 {
                    behind
                } else {
                    let Some((threads, behind)) = behind.split_first_chunk() else { break };
                    keep_whole(account, id, moments, threads);
                    behind
                }
            };
        }
        *self.posted = len;
    }

    /// Begins anew. Only the owner may, once everything is added up: it knows that nothing was appended since.
    pub(super) fn begin_anew(mut self) {
        // ORDERING: relaxed; who else reads it holds the lock that is held here.
        self.journal.len.store(0, Ordering::Relaxed);
        bump(&self.journal.turns, 1);
        *self.posted = 0;
    }
}

#[cfg(all(test, not(tollbridge_loom)))]
mod tests {
    use super::*;

    /// 128 spans a turn, and nothing else that is counted.
    #[test]
    fn what_is_recorded_after_a_turn_is_activity_too() {
        let journal = Journal::default();
        let mut last = journal.activity();
        for _ in 0..3 {
            while !journal.span(SpanHead::of(0), 1_000, 0) {
                assert!(journal.activity() > last);
                last = journal.activity();
            }
            journal.try_posting().expect("nobody else has it").begin_anew();
        }
    }
}
