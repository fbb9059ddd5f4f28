//! The entries of tasks that have called hops: how many each, and how long these took, until the task completes.
//!
//! A task runs on one thread at a time, and tokio hands it on, so that its entry has one writer, between the claim of it and its return. Entries lie in sets of
//! four. A task that finds its set full has none.
//!
//! | edge | release | acquire | makes visible |
//! |---|---|---|---|
//! | E1 | `task` or `head` given back, as 0 | the claim of it | that nobody writes to the entry any more |
//!
//! A report reads entries while their tasks write them: it may see a call, and not yet how long it took.

use std::sync::atomic::{AtomicU64, Ordering};

use tollbridge_report::aggregate::tasks::TaskHops;

/// With [`WAYS`] 65,536 tasks at once: 4 MiB, if there ever were so many. Pages that nobody has come to take no memory. (Under Miri, which looks at each,
/// a few.)
const SET_BITS: u32 = if cfg!(miri) { 6 } else { 14 };
const SETS: usize = 1 << SET_BITS;
const WAYS: usize = 4;

static TABLE: [[Entry; WAYS]; SETS] = [const { [const { Entry::empty() }; WAYS] }; SETS];

/// Which parts of the table anybody ever came to, a bit each: reports look at these alone.
static PARTS: AtomicU64 = AtomicU64::new(0);
const PART: usize = SETS / u64::BITS as usize;

#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Entry {
    /// The task's number; 0 if nobody has it.
    task: AtomicU64,
    /// Generation of the capture, and in the low half number of the site; 0 while it is claimed or given back.
    head: AtomicU64,
    hops: AtomicU64,
    ticks: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
}

// ORDERING: relaxed where an entry's task is at it, and in reports; see above.
fn get(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}

fn set(word: &AtomicU64, value: u64) {
    word.store(value, Ordering::Relaxed);
}

/// E1. False if it is not there any more.
fn exchange(word: &AtomicU64, from: u64, to: u64) -> bool {
    word.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

const GENERATION_SHIFT: u32 = 32;

/// Whether a head is of that capture.
fn is_of(head: u64, generation: u32) -> bool {
    head >> GENERATION_SHIFT == u64::from(generation)
}

impl Entry {
    const fn empty() -> Self {
        Self {
            task: AtomicU64::new(0),
            head: AtomicU64::new(0),
            hops: AtomicU64::new(0),
            ticks: AtomicU64::new(0),
            first: AtomicU64::new(0),
            last: AtomicU64::new(0),
        }
    }

    pub(super) fn is_of(&self, generation: u32) -> bool {
        is_of(get(&self.head), generation)
    }

    pub(super) fn hops(&self) -> TaskHops {
        TaskHops { hops: get(&self.hops), ticks: get(&self.ticks), first: get(&self.first), last: get(&self.last) }
    }

    /// Its task calls one more.
    #[inline]
    pub(super) fn calls(&self) {
        set(&self.hops, get(&self.hops) + 1);
    }

    /// Its task has the outcome of a hop.
    #[inline]
    pub(super) fn has(&self, called: u64, end: u64) {
        let TaskHops { ticks, last, .. } = self.hops().has(called, end);
        set(&self.ticks, ticks);
        set(&self.last, last);
    }

    /// Gives it back. Returns of which capture and site it is; `None` if a later capture's task has taken it over.
    #[expect(clippy::cast_possible_truncation, reason = "its halves")]
    pub(super) fn give_back(&self, task: u64) -> Option<(u32, u32)> {
        let head = get(&self.head);
        (head != 0 && exchange(&self.head, head, 0)).then(|| {
            let _ = exchange(&self.task, task, 0);
            ((head >> GENERATION_SHIFT) as u32, head as u32)
        })
    }

    /// Gives back one that was claimed for nothing.
    pub(super) fn refuse(&self, task: u64) {
        let _ = exchange(&self.task, task, 0);
    }

    /// It has been claimed.
    pub(super) fn begin(&self, generation: u32, site: u32, called: u64) {
        for (word, value) in [(&self.hops, 1), (&self.ticks, 0), (&self.first, called), (&self.last, 0)] {
            set(word, value);
        }
        set(&self.head, u64::from(generation) << GENERATION_SHIFT | u64::from(site));
    }

    /// Takes it from a task of a capture that is over, which may be giving it back.
    pub(super) fn is_taken_over(&self, generation: u32, task: u64) -> bool {
        let head = get(&self.head);
        let is_taken = head != 0 && !is_of(head, generation) && exchange(&self.head, head, 0);
        if is_taken {
            set(&self.task, task);
        }
        is_taken
    }
}

/// Numbers of tasks and of blocking jobs are of one sequence, so that the low bits of those of one kind may all be alike. The multiplier is 2^64 divided by
/// the golden ratio (Knuth, The Art of Computer Programming 3, 6.4).
#[inline]
fn set_of(task: u64) -> usize {
    (task.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SET_BITS)) as usize
}

/// The entry of a task.
#[inline]
pub(super) fn find(task: u64) -> Option<&'static Entry> {
    TABLE[set_of(task)].iter().find(|entry| get(&entry.task) == task)
}

/// An entry that nobody has, or whose task is of a capture that is over.
pub(super) fn claim(generation: u32, task: u64) -> Option<&'static Entry> {
    let number = set_of(task);
    let part = 1 << (number / PART);
    // The line stays with everybody who reads it.
    if get(&PARTS) & part == 0 {
        PARTS.fetch_or(part, Ordering::Relaxed);
    }
    TABLE[number].iter().find(|entry| exchange(&entry.task, 0, task) || entry.is_taken_over(generation, task))
}

/// Whether any task ever had an entry.
#[inline]
pub(super) fn is_used() -> bool {
    get(&PARTS) != 0
}

/// The tasks of a capture that have not completed, each with its site.
pub(super) fn live(generation: u32) -> impl Iterator<Item = (u32, TaskHops)> {
    let parts = get(&PARTS);
    let sets =
        TABLE.chunks(PART).enumerate().filter(move |(part, _)| parts >> part & 1 == 1).flat_map(|(_, sets)| sets);
    let own = sets.flatten().map(|entry| (get(&entry.head), entry)).filter(move |&(head, _)| is_of(head, generation));
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is asked for")]
    own.map(|(head, entry)| (head as u32, entry.hops()))
}
