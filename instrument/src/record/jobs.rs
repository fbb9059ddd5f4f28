//! The jobs in flight: one entry each, from the call until both the job and its handle are done.
//!
//! ```text
//! caller        take ── called, head
//! pool thread             started ── run_start   ended ── run_end   (or, never run: `DROPPED`)
//! handle's end                                                     give   (or, dropped before the job's end: handle)
//! ```
//!
//! An entry is a cache line. Each of its words has one writer at a time, which stores and reads nothing, so that a line that has
//! gone to another processor is waited for by nobody; the pool thread reads its entry at the job's end, whose line it has had since the
//! job's beginning. Who looks at all of them ([`each`]) looks at `head` before and after the rest.
//!
//! | word | writer |
//! |---|---|
//! | `called`, `parent` | the caller, before `head` |
//! | `head` | the caller; 0 by whoever gives the place back |
//! | `run_start`, `run_end` | 0 by the caller, before `head`; then the pool thread, or whoever drops the job |
//! | `handle` | 0 by the caller, before `head`; then whoever drops the handle |
//!
//! | edge | release | acquire | makes visible |
//! |---|---|---|---|
//! | E1 | `head`, by the caller | [`each`], [`claim`] | `called`, `parent`, and the zeros of the others |
//! | E2 | `run_end`, by the pool thread | [`each`], [`detach`] | `run_start` |
//! | E3 | fence of the caller, before the rest | fence of [`each`], behind the rest | that the head before was taken away |
//!
//! A joined hop gives its place back where it is taken: its job has ended, which tokio made visible. Where a handle is dropped first,
//! neither side waits for the other: the job's end looks whether the handle is gone, the handle's end whether the job has
//! ended, and a report looks for those that missed each other. Who finds both gone claims the entry by exchanging its head,
//! which one of them can.

use std::sync::atomic::Ordering;

use super::fork::PerProcess;
use super::sync::{AtomicU32, AtomicU64, Mutex, MutexGuard, fence};
use crate::hop::{Place, SiteId, Ticks};
use crate::names::{Arm, Detail, Outcome};
use tollbridge_report::aggregate::account::Account;
use tollbridge_report::aggregate::group::GroupId;
use tollbridge_report::aggregate::tables::{MAX_SITES, OTHER_ID};

/// This many jobs in flight, less one, can be told apart: 4 MiB, if there ever were so many. Pages that nobody has come to take no memory.
/// (Under loom one job, so that the next one takes its place; under Miri, which looks at each entry whenever one is borrowed, a few.)
const ENTRIES: u32 = if cfg!(tollbridge_loom) {
    2
} else if cfg!(miri) {
    1 << 6
} else {
    1 << 16
};

/// The first entry is nobody's: [`Place::NONE`] is its number.
#[cfg(not(tollbridge_loom))]
static TABLE: [Entry; ENTRIES as usize] = [const { Entry::empty() }; ENTRIES as usize];

/// Places that nobody has, of those that anybody ever had. Only ever tried.
#[cfg(not(tollbridge_loom))]
static FREE: PerProcess<Mutex<Vec<Place>>> = PerProcess::new([const { Mutex::new(Vec::new()) }; super::fork::LOCKS]);

/// Number of the first entry that nobody ever had.
#[cfg(not(tollbridge_loom))]
static UNUSED: AtomicU32 = AtomicU32::new(1);

// Made anew for each interleaving.
#[cfg(tollbridge_loom)]
loom::lazy_static! {
    static ref TABLE: [Entry; ENTRIES as usize] = Default::default();
    static ref FREE: PerProcess<Mutex<Vec<Place>>> = PerProcess::new(Default::default());
    static ref UNUSED: AtomicU32 = AtomicU32::new(1);
}

/// Makes the list of free places usable in a process that arms for the first time. Those in a list that is left are lost: of 65,535.
pub(super) fn renew() {
    FREE.renew(|free| free.try_lock().is_some());
}

/// The list of free places, if it is to be had at once or nearly so. Whoever holds it does so for less than a us, unless it has lost its processor,
/// or was left behind by a fork.
fn free() -> Option<MutexGuard<'static, Vec<Place>>> {
    /// (Under loom each try is another interleaving.)
    const TRIES: usize = if cfg!(tollbridge_loom) { 1 } else { 100 };
    let free = FREE.get()?;
    (0..TRIES).find_map(|_| {
        free.try_lock().or_else(|| {
            std::hint::spin_loop();
            None
        })
    })
}

/// Room for every place there is, at once: a list that grew would be copied under its lock, for longer than a us. Pages that nobody has come
/// to take no memory here either.
fn reserve(free: &mut Vec<Place>) {
    if free.capacity() == 0 {
        free.reserve_exact(ENTRIES as usize);
    }
}

/// Some places that nobody ever had, the lowest last; none if there are no more.
fn unused() -> impl Iterator<Item = Place> {
    // ORDERING: relaxed; exactly one thread raises it from each number, and who looks at all entries may miss the last ones.
    let claimed = UNUSED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |unused| {
        (unused < ENTRIES).then(|| (unused + FETCHED).min(ENTRIES))
    });
    claimed.map(|begin| begin..(begin + FETCHED).min(ENTRIES)).unwrap_or_default().rev().map(Place)
}

/// Holds the list of free places, as a thread may at a fork.
#[cfg(all(test, not(tollbridge_loom)))]
pub(super) fn hold() -> impl Drop {
    FREE.get().expect("there is one").lock()
}

/// See the edges above. Weakened on purpose for one build of the loom models, which must then fail (`cargo xtask loom`).
const RELEASE: Ordering = if cfg!(tollbridge_weakened) { Ordering::Relaxed } else { Ordering::Release };

/// See [`RELEASE`].
const ACQUIRE: Ordering = if cfg!(tollbridge_weakened) { Ordering::Relaxed } else { Ordering::Acquire };

#[derive(Debug, Default)]
#[repr(align(64))]
struct Entry {
    /// 0 if nobody has it.
    head: AtomicU64,
    called: AtomicU64,
    run_start: AtomicU64,
    run_end: AtomicU64,
    /// 1 once the handle is gone.
    handle: AtomicU64,
    parent: AtomicU64,
}

/// In `run_end`: the job was dropped before it began.
const DROPPED: u64 = u64::MAX;

/// A place is the number of its entry, from 1, and in its upper bits how often that was filled, so that nobody takes the next job there for
/// the one before.
const NUMBER_BITS: u32 = 17;
const NUMBER: u32 = (1 << NUMBER_BITS) - 1;
const FILLED_BITS: u32 = u32::BITS - NUMBER_BITS;

const _: () = assert!(ENTRIES < 1 << NUMBER_BITS);

impl Place {
    fn filled(self) -> u32 {
        self.0 >> NUMBER_BITS
    }

    /// The same entry for the next job.
    fn next(self) -> Self {
        Self(self.0.wrapping_add(1 << NUMBER_BITS))
    }

    #[inline(always)]
    fn entry(self) -> Option<&'static Entry> {
        TABLE.get((self.0 & NUMBER) as usize).filter(|_| self != Self::NONE)
    }
}

/// The first word of an entry: what kind of hop it is, of which capture, and how often the entry was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head(u64);

/// So that no head is 0.
const TAKEN: u64 = 1;
const NESTED: u64 = 1 << 1;
const ARM_SHIFT: u32 = 2;
const DETAIL_SHIFT: u32 = 4;
const FILLED_SHIFT: u32 = 8;
const SITE_SHIFT: u32 = 24;
const GENERATION_SHIFT: u32 = 40;

const _: () = assert!(FILLED_SHIFT + FILLED_BITS <= SITE_SHIFT);
const _: () = assert!(Arm::ALL.len() <= 4 && Detail::ALL.len() <= 2 && MAX_SITES < 1 << 16);

impl Head {
    #[inline]
    pub(super) fn new(generation: u32, site: SiteId, arm: Arm, detail: Detail, nested: bool) -> Self {
        Self(
            TAKEN
                | u64::from(nested) << NESTED.trailing_zeros()
                | (arm as u64) << ARM_SHIFT
                | (detail as u64) << DETAIL_SHIFT
                // `<other>` has all bits.
                | (u64::from(site.0) & 0xffff) << SITE_SHIFT
                | u64::from(generation) << GENERATION_SHIFT,
        )
    }

    #[inline]
    fn at(self, place: Place) -> Self {
        Self(self.0 | u64::from(place.filled()) << FILLED_SHIFT)
    }

    fn is_at(self, place: Place) -> bool {
        self.0 != 0 && self.part(FILLED_SHIFT, FILLED_BITS) == place.filled()
    }

    #[expect(clippy::cast_possible_truncation, reason = "masked: at most 24 bits")]
    fn part(self, shift: u32, bits: u32) -> u32 {
        (self.0 >> shift & ((1 << bits) - 1)) as u32
    }

    /// Which capture it is of, compared with another one, as far as 24 bits tell.
    fn compared(self, generation: u32) -> std::cmp::Ordering {
        (self.0 >> GENERATION_SHIFT).cmp(&(u64::from(generation) & 0xff_ffff))
    }

    pub(super) fn site(self) -> u32 {
        match self.part(SITE_SHIFT, 16) {
            0xffff => OTHER_ID,
            site => site,
        }
    }

    pub(super) fn is_nested(self) -> bool {
        self.0 & NESTED != 0
    }

    pub(super) fn arm(self) -> Arm {
        Arm::ALL[self.part(ARM_SHIFT, 2) as usize]
    }

    /// Its group, if nobody is to have its outcome.
    pub(super) fn detached(self) -> GroupId {
        let arm = self.arm();
        let detail = Detail::ALL[self.part(DETAIL_SHIFT, 1) as usize];
        GroupId::new(self.site(), arm, detail, Outcome::Detached)
    }
}

/// Which job called another one: its place, and a part of its call's tick, by which it is told from the next one in that place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Parent(u64);

impl Parent {
    #[expect(clippy::cast_possible_truncation, reason = "a part of it is enough")]
    fn new(place: Place, called: u64) -> Self {
        Self(u64::from(place.0) << 32 | u64::from(called as u32))
    }

    /// The job that has this place now.
    pub(super) fn of(place: Place) -> Self {
        // ORDERING: relaxed; for a job that runs on the calling thread, whose entry does not change.
        place.entry().map_or(Self::default(), |entry| Self::new(place, entry.called.load(Ordering::Relaxed)))
    }
}

/// Fills the entry of a hop that is about to be handed to the pool.
#[inline]
pub(super) fn fill(place: Place, head: Head, called: u64, parent: Parent) {
    let Some(entry) = place.entry() else { return };
    // ORDERING: E3. Without it a reader could see some of these words under the head of the job before (not on x86, where it is no instruction).
    fence(Ordering::Release);
    // ORDERING: relaxed; published by E1.
    entry.run_start.store(0, Ordering::Relaxed);
    entry.run_end.store(0, Ordering::Relaxed);
    entry.handle.store(0, Ordering::Relaxed);
    entry.parent.store(parent.0, Ordering::Relaxed);
    entry.called.store(called, Ordering::Relaxed);
    // ORDERING: E1.
    entry.head.store(head.at(place).0, RELEASE);
}

/// The job begins.
#[inline]
pub(super) fn started(place: Place, at: u64) {
    if let Some(entry) = place.entry() {
        // ORDERING: relaxed; a reader that sees it late takes the job for queued, which it was a moment before.
        entry.run_start.store(at, Ordering::Relaxed);
    }
}

/// The job has ended. Says whether its handle was gone.
#[inline]
pub(super) fn ended(place: Place, at: u64) -> bool {
    let Some(entry) = place.entry() else { return false };
    // ORDERING: E2.
    entry.run_end.store(at, RELEASE);
    // ORDERING: relaxed; what is missed here a report finds.
    entry.handle.load(Ordering::Relaxed) != 0
}

/// The job was dropped before it began. Says whether its handle was gone.
pub(super) fn dropped(place: Place) -> bool {
    ended(place, DROPPED)
}

/// What is known of a job whose handle is gone, or that panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) head: Head,
    pub(super) called: u64,
    /// Begin and end; `None` if it never ran.
    pub(super) ran: Option<(u64, u64)>,
}

impl Run {
    /// Adds it up.
    #[cold]
    pub(super) fn add_to(&self, account: &mut Account) {
        let (start, end) = self.ran.unwrap_or((Ticks::NEVER, Ticks::NEVER));
        account.job(self.head.detached(), self.called, start, end);
    }
}

impl Entry {
    fn run(&self, head: Head) -> Run {
        // ORDERING: E2.
        let end = self.run_end.load(ACQUIRE);
        let called = self.called.load(Ordering::Relaxed);
        let ran = (end != 0 && end != DROPPED).then(|| (self.run_start.load(Ordering::Relaxed), end));
        Run { head, called, ran }
    }

    /// Takes the entry of the job in this place from whoever else may be at it. The place is the caller's then, to be given back.
    fn claim(&self, place: Place) -> Option<Run> {
        // ORDERING: E1.
        let head = Head(self.head.load(ACQUIRE));
        let run = head.is_at(place).then(|| self.run(head))?;
        // ORDERING: acquire and relaxed; exactly one exchange succeeds, and there is nothing to publish.
        self.head.compare_exchange(head.0, 0, Ordering::Acquire, Ordering::Relaxed).ok().map(|_| run)
    }
}

/// The handle is gone before it had the outcome. The run, if the job has ended, or was dropped, and nobody else has found that; the place is then
/// the caller's, to be given back.
pub(super) fn detach(place: Place) -> Option<Run> {
    let entry = place.entry()?;
    // ORDERING: relaxed; whoever misses it leaves the entry to a report.
    entry.handle.store(1, Ordering::Relaxed);
    // ORDERING: E2.
    if entry.run_end.load(ACQUIRE) == 0 { None } else { entry.claim(place) }
}

/// The job has ended, and its handle was gone. Its run, unless somebody else has found that; the place is then the caller's, to be given back.
pub(super) fn claim(place: Place) -> Option<Run> {
    place.entry()?.claim(place)
}

/// When the job of a hop that is being taken over began and ended; for one whose outcome does not tell it.
pub(super) fn run(place: Place) -> Option<(u64, u64)> {
    place.entry().and_then(|entry| entry.run(Head(0)).ran)
}

/// Number of the site of a job in flight.
pub(super) fn site(place: Place) -> Option<u32> {
    // ORDERING: relaxed; for a job that runs on the calling thread.
    let head = Head(place.entry()?.head.load(Ordering::Relaxed));
    head.is_at(place).then(|| head.site())
}

/// Empties the place of a hop whose job and handle are both done.
#[inline]
fn empty(place: Place) {
    if let Some(entry) = place.entry() {
        // ORDERING: relaxed; who looks at it sees the job for a moment longer.
        entry.head.store(0, Ordering::Relaxed);
    }
}

/// Free places that a thread keeps, so that it mostly needs no lock for one.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<Place>);

/// So many are fetched at a time.
const FETCHED: u32 = 16;
/// So many are kept at most, unless they cannot be put back without waiting.
const KEPT: usize = 64;

impl Places {
    /// A free place; [`Place::NONE`] if none is to be had without waiting.
    #[inline]
    pub(super) fn take(&mut self) -> Place {
        self.0.pop().unwrap_or_else(|| self.fetch())
    }

    #[cold]
    #[inline(never)]
    fn fetch(&mut self) -> Place {
        if let Some(mut free) = free() {
            let left = free.len().saturating_sub(FETCHED as usize);
            self.0.extend(free.drain(left..));
        }
        // Also where the list is locked: without a place a job is in flight that no report shows, and a deadlock may go unnoticed.
        if self.0.is_empty() {
            self.0.extend(unused());
        }
        self.0.pop().unwrap_or(Place::NONE)
    }

    /// Gives a place back.
    #[inline]
    pub(super) fn give(&mut self, place: Place) {
        if place != Place::NONE {
            empty(place);
            if self.0.len() >= KEPT {
                self.put_back(KEPT / 2);
            }
            self.0.push(place.next());
        }
    }

    /// Puts back all but so many.
    #[cold]
    #[inline(never)]
    fn put_back(&mut self, left: usize) {
        if let Some(mut free) = free() {
            reserve(&mut free);
            free.extend(self.0.drain(left..));
        }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        // In a process that was forked off nobody may ever give the lock back; then these few are lost.
        self.put_back(0);
    }
}

/// Gives a place back where the capture, and with it the thread's places, is over.
#[cold]
pub(super) fn give_back(place: Place) {
    if place != Place::NONE {
        empty(place);
        if let Some(mut free) = free() {
            reserve(&mut free);
            free.push(place.next());
        }
    }
}

#[cfg(not(tollbridge_loom))]
impl Entry {
    const fn empty() -> Self {
        Self {
            head: AtomicU64::new(0),
            called: AtomicU64::new(0),
            run_start: AtomicU64::new(0),
            run_end: AtomicU64::new(0),
            handle: AtomicU64::new(0),
            parent: AtomicU64::new(0),
        }
    }
}

/// A job in flight, as it was at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) place: Place,
    pub(super) head: Head,
    pub(super) called: u64,
    /// When the job began; 0 if it has not.
    pub(super) start: u64,
    pub(super) state: State,
    /// Nobody waits for it any more.
    pub(super) is_abandoned: bool,
    /// Which job called it, if it is nested.
    pub(super) parent: Parent,
}

/// How far a job is, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Queued,
    Running(u64),
    Finished(u64),
    /// It never began, and its handle has yet to find that.
    Dropped,
}

impl Seen {
    /// Itself as the parent of others.
    pub(super) fn as_parent(&self) -> Parent {
        Parent::new(self.place, self.called)
    }
}

/// All jobs of a capture that were in flight at `now`, a moment ago, and still are. (Those that were called since are left out: a job that ended
/// and the one that its task called next would both be there.) Those of which job and handle are both done go to `over`.
pub(super) fn each(generation: u32, now: u64, mut over: impl FnMut(Run)) -> Vec<Seen> {
    let mut seen = Vec::new();
    let unused = UNUSED.load(Ordering::Relaxed);
    for (number, entry) in (1..unused).zip(&TABLE[1..]) {
        // ORDERING: E1.
        let head = Head(entry.head.load(ACQUIRE));
        let capture = head.compared(generation);
        if head.0 == 0 || capture.is_gt() {
            continue;
        }
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let called = load(&entry.called);
        // ORDERING: E2.
        let end = entry.run_end.load(ACQUIRE);
        let (start, handle, parent) = (load(&entry.run_start), load(&entry.handle), load(&entry.parent));
        // ORDERING: E3, so that the second look is not older than what was read.
        fence(Ordering::Acquire);
        if load(&entry.head) != head.0 || load(&entry.called) != called {
            continue;
        }
        let place = Place(number | head.part(FILLED_SHIFT, FILLED_BITS) << NUMBER_BITS);
        let is_abandoned = handle != 0;
        let state = match (start, end) {
            (_, 1..) if is_abandoned => {
                // What is left of an earlier capture is cleared away, and belongs to nobody.
                if let Some(run) = entry.claim(place) {
                    if capture.is_eq() {
                        over(run);
                    }
                    give_back(place);
                }
                continue;
            }
            _ if capture.is_lt() || called > now => continue,
            (_, DROPPED) => State::Dropped,
            (_, 1..) => State::Finished(end),
            (1.., 0) => State::Running(start),
            (0, 0) => State::Queued,
        };
        seen.push(Seen { place, head, called, start, state, is_abandoned, parent: Parent(parent) });
    }
    seen
}
