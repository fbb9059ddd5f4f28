//! The tasks that have called hops: how many each, and how long these took, until the task completes. A copy of tokio tells of that
//! (`cargo tollbridge`).
//!
//! A task runs on one thread at a time, and tokio hands it on, so that its entry has one writer. Entries lie in sets of [`WAYS`], found by the low bits
//! of the task's number, so that tasks of one time share a set by chance alone. The hops of a task that finds its set full are counted as lost for this purpose.
//!
//! A report reads entries while their tasks write them: it may see a call, and not yet how long it took.

use std::sync::atomic::{AtomicU64, Ordering};

use super::burst::NO_TASK;
use super::shared::{self, Shared};
use crate::hop::Site;
use tollbridge_report::aggregate::tasks::TaskHops;

/// With [`WAYS`] 65,536 tasks at once: 4 MiB, if there ever were so many. Pages that nobody has come to take no memory. (Under Miri, which looks at each,
/// a few.)
const SETS: usize = if cfg!(miri) { 1 << 6 } else { 1 << 14 };
const WAYS: usize = 4;

static TABLE: [[Entry; WAYS]; SETS] = [const { [const { Entry::empty() }; WAYS] }; SETS];

/// Which parts of the table anybody ever came to, a bit each: reports look at these alone.
static PARTS: AtomicU64 = AtomicU64::new(0);
const PART: usize = SETS / u64::BITS as usize;

#[derive(Debug)]
#[repr(align(64))]
struct Entry {
    /// The task's number; 0 if nobody has it.
    task: AtomicU64,
    /// Generation of the capture, and in the low half number of the site.
    head: AtomicU64,
    hops: AtomicU64,
    ticks: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
}

// ORDERING: relaxed throughout, see above. A claim exchanges the task's number, which one thread can.
fn get(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}

fn set(word: &AtomicU64, value: u64) {
    word.store(value, Ordering::Relaxed);
}

const GENERATION_SHIFT: u32 = 32;

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

    fn generation(&self) -> u32 {
        (get(&self.head) >> GENERATION_SHIFT) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is asked for")]
    fn site(&self) -> u32 {
        get(&self.head) as u32
    }

    fn hops(&self) -> TaskHops {
        TaskHops { hops: get(&self.hops), ticks: get(&self.ticks), first: get(&self.first), last: get(&self.last) }
    }

    fn begin(&self, generation: u32, site: u32, called: u64) {
        for (word, value) in [(&self.hops, 1), (&self.ticks, 0), (&self.first, called), (&self.last, 0)] {
            set(word, value);
        }
        set(&self.head, u64::from(generation) << GENERATION_SHIFT | u64::from(site));
    }

    fn give_back(&self) {
        set(&self.head, 0);
        set(&self.task, 0);
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low bits tell tasks of one time apart")]
fn set_of(task: u64) -> usize {
    task as usize % SETS
}

#[inline]
fn find(task: u64) -> Option<&'static Entry> {
    TABLE[set_of(task)].iter().find(|entry| get(&entry.task) == task)
}

/// A task calls a hop; 0 stands for none. `spawned`: where it was spawned, if that is known.
#[inline]
pub fn calls(generation: u32, task: u64, called: u64, spawned: impl FnOnce() -> Option<Site<'static>>) {
    if task == NO_TASK {
        return;
    }
    match find(task) {
        Some(entry) if entry.generation() == generation => set(&entry.hops, get(&entry.hops) + 1),
        other => begins(generation, task, called, other, spawned().as_ref()),
    }
}

/// It is its first one in the capture. `entry`: its own, from an earlier capture.
#[cold]
#[inline(never)]
fn begins(generation: u32, task: u64, called: u64, entry: Option<&'static Entry>, spawned: Option<&Site<'_>>) {
    // Whoever is arming just now has this one over.
    let Some(shared) = shared::try_current(generation) else { return };
    let Some(site) = shared.tasks.lock_unless_forked().map(|mut tasks| tasks.site_id(spawned)) else { return };
    match entry.or_else(|| claim(generation, task)) {
        Some(entry) => entry.begin(generation, site, called),
        None => _ = shared.tasks_lost.fetch_add(1, Ordering::Relaxed),
    }
}

/// An entry that nobody has, or whose task is of a capture that is over.
fn claim(generation: u32, task: u64) -> Option<&'static Entry> {
    let number = set_of(task);
    PARTS.fetch_or(1 << (number / PART), Ordering::Relaxed);
    TABLE[number].iter().find(|entry| {
        let has = get(&entry.task);
        let is_free = has == 0 || entry.generation() != generation && get(&entry.head) != 0;
        is_free && entry.task.compare_exchange(has, task, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    })
}

/// A task has the outcome of a hop.
#[inline]
pub fn has(generation: u32, task: u64, called: u64, end: u64) {
    // No task is followed without a copy of tokio.
    if get(&PARTS) == 0 || task == NO_TASK {
        return;
    }
    if let Some(entry) = find(task).filter(|entry| entry.generation() == generation) {
        set(&entry.ticks, get(&entry.ticks) + end.saturating_sub(called));
        set(&entry.last, end);
    }
}

/// A task completes.
pub fn ended(task: u64) {
    let Some(entry) = find(task) else { return };
    let (generation, site, hops) = (entry.generation(), entry.site(), entry.hops());
    entry.give_back();
    if let Some(shared) = shared::try_current(generation)
        && let Some(mut tasks) = shared.tasks.lock_unless_forked()
    {
        tasks.add(site, hops, shared.since);
    }
}

/// The tasks of a capture that have not completed, each with its site.
pub(super) fn live(shared: &Shared) -> impl Iterator<Item = (u32, TaskHops)> {
    let parts = PARTS.load(Ordering::Relaxed);
    let sets =
        TABLE.chunks(PART).enumerate().filter(move |(part, _)| parts >> part & 1 == 1).flat_map(|(_, sets)| sets);
    let own = sets.flatten().filter(|entry| get(&entry.task) != 0 && entry.generation() == shared.generation);
    own.map(|entry| (entry.site(), entry.hops()))
}
