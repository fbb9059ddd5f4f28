//! The calling thread's way into the armed capture.
//!
//! A thread joins a capture with its first record (a lock, an allocation) and leaves it with its first record for
//! another one, or with its end, when its journal goes to the next thread that joins. In between it waits for nobody.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::busy;
use super::here::{self, thread_number};
use super::jobs::{self, Head, Run};
use super::journal::{SpanHead, bump};
use super::seat::{NameAddress, Seat, Text};
use super::shared::{self, Shared};
use super::stack::{Open, Stack};
use crate::clock;
use crate::hop::{Begun, EndedHop, Place, Since, Site, SiteId};
use crate::names::{Arm, Detail, LockOp};
use tollbridge_report::aggregate::tables::{Name, NodeId, NodeKey, OTHER_ID, Tables};
use tollbridge_report::aggregate::tasks::TaskHops;

/// How often a thread that can neither add up nor go on yields its processor before it loses a record.
const MAX_YIELDS: usize = 10_000;

pub(super) struct Local {
    generation: u32,
    /// The thread's number while whole hops are kept, 0 if not.
    thread: u32,
    since: Since,
    /// The capture, as long as it is armed or reported: a thread that has fallen silent keeps none of it.
    shared: Weak<Shared>,
    seat: Seat,
    /// Spans of other people that are open on the thread.
    pub(super) stack: Stack,
    /// The journal is to be added up before the next acquisition of a lock of the app's own.
    due: bool,
}

impl Local {
    fn join(shared: Arc<Shared>) -> Self {
        let thread = if shared.keeps_hops() { thread_number() } else { 0 };
        Self {
            generation: shared.generation,
            thread,
            since: shared.since,
            seat: shared.take_seat(),
            shared: Arc::downgrade(&shared),
            stack: Stack::default(),
            due: false,
        }
    }

    #[inline]
    fn begin(&mut self, site: &Site<'static>, arm: Arm, detail: Detail) -> Begun {
        let id = SiteId(self.site(site));
        #[cfg(all(feature = "callers", unix))]
        super::callers::looks(self.generation, id, site, || Some(Arc::clone(&self.shared.upgrade()?.callers)));
        self.begin_at(id, arm, detail)
    }

    #[inline(always)]
    fn site(&mut self, site: &Site<'static>) -> u32 {
        let Self { shared, seat, .. } = self;
        seat.site(site, |site| in_tables(shared, |tables| Some(tables.site_id(site))))
    }

    #[inline(always)]
    fn begin_at(&mut self, site: SiteId, arm: Arm, detail: Detail) -> Begun {
        let parent = here::job();
        let Self { seat, .. } = self;
        let place = seat.places.take();
        bump(&seat.journal().submitted, 1);
        if busy::has_lost() {
            self.count_lost();
        }
        let nested = parent.is_some();
        let head = Head::new(self.generation, site, arm, detail, nested);
        let called = clock::now();
        jobs::fill(place, head, called, parent.unwrap_or_default());
        Begun { site, place, nested, called }
    }

    #[inline]
    fn hop(&mut self, hop: &EndedHop<'_>) {
        let Self { seat, thread, .. } = self;
        let full = seat.journal().hop(hop, *thread);
        seat.places.give(hop.place);
        if full {
            self.post();
        }
    }

    /// Adds the run of a job whose handle was gone before it ended.
    fn abandoned(&mut self, run: &Run) {
        if self.seat.journal().job(run) {
            self.post();
        }
    }

    /// Adds a span outside any hop; `None` if there was no room for its node.
    #[inline]
    pub(super) fn span(&mut self, node: Option<NodeId>, ticks: u64, extra: u32) {
        match node {
            Some(node) => self.known_span(SpanHead::of(node), ticks, extra),
            None => self.span_lost(),
        }
    }

    #[inline(always)]
    fn known_span(&mut self, head: SpanHead, ticks: u64, extra: u32) {
        if self.seat.journal().span(head, ticks, extra) {
            self.post();
        }
    }

    /// Adds the journal up, if that can be done without waiting; otherwise the next record tries again.
    #[cold]
    #[inline(never)]
    fn post(&mut self) {
        self.add_up();
        self.due = false;
        self.count_lost();
    }

    fn add_up(&mut self) {
        let Self { shared, seat, .. } = self;
        let Some(shared) = shared.upgrade() else { return seat.clear() };
        seat.post(&shared.accounts);
        if seat.journal().is_full() {
            seat.turn_over(|| shared.spare_journal());
        }
        if !seat.journal().is_full() || shared.is_forked() {
            return;
        }
        // No account is free, and there are as many journals as may be. That is so only where far more threads record than
        // there are processors, and those that are adding up have lost theirs: give them a turn before anything is lost.
        for _ in 0..MAX_YIELDS {
            if !seat.journal().is_full() {
                break;
            }
            std::thread::yield_now();
            seat.post(&shared.accounts);
        }
    }

    /// Counts what the thread lost while it was inside the recorder.
    #[cold]
    fn count_lost(&self) {
        bump(&self.seat.journal().lost_spans, u64::from(busy::take_lost()));
    }

    /// A span of somebody else is entered.
    #[inline]
    pub(super) fn open(&mut self, open: Open) {
        READY.set(NOT_READY);
        self.stack.push(open);
    }

    /// Does all that an acquisition of a lock of the app's own may have to allocate for. `None` if there was no room for its node.
    #[inline(never)]
    fn prepare(&mut self, lock: &NamedNode) -> Option<SpanHead> {
        if self.due {
            self.post();
        }
        let parent = self.stack.top();
        let Self { shared, seat, .. } = self;
        let node = seat.node(parent, NameAddress::Named(Text::of(lock.name)), |parent| {
            in_tables(shared, |tables| {
                let name = Name::NamedLock(tables.span_name_id(lock.name));
                tables.node_id(NodeKey { parent, name })
            })
        });
        self.count_lost();
        let Some(node) = node else {
            self.span_lost();
            return None;
        };
        let head = SpanHead::of(node);
        if parent.is_none() {
            lock.keep(self.generation, head);
        }
        if self.stack.is_empty() {
            READY.set(self.generation);
        }
        Some(head)
    }

    /// The node of somebody else's span below `parent`.
    #[inline]
    pub(super) fn foreign_node(&mut self, parent: Option<NodeId>, name: &'static str) -> Option<NodeId> {
        let Self { shared, seat, .. } = self;
        seat.node(parent, NameAddress::Foreign(Text::of(name)), |parent| {
            in_tables(shared, |tables| {
                let name = Name::Foreign(tables.span_name_id(name));
                tables.node_id(NodeKey { parent, name })
            })
        })
    }

    fn lone(&mut self, name: Name, address: NameAddress, ticks: u64, extra: u32) {
        let parent = self.stack.top();
        let Self { shared, seat, .. } = self;
        let node =
            seat.node(parent, address, |parent| in_tables(shared, |tables| tables.node_id(NodeKey { parent, name })));
        self.span(node, ticks, extra);
    }

    /// Counts a span that could not be recorded.
    pub(super) fn span_lost(&self) {
        bump(&self.seat.journal().lost_spans, 1);
    }
}

/// A thread's part in a capture, if it is in one. Dropped, it leaves the capture.
#[derive(Default)]
struct Joined(Option<Local>);

impl Drop for Joined {
    fn drop(&mut self) {
        if let Some(local) = self.0.take() {
            READY.set(NOT_READY);
            local.count_lost();
            // Until after all of it is gone, which the app's allocator may see.
            let _busy = busy::begin();
            let Local { shared, seat, stack, .. } = local;
            if let Some(shared) = shared.upgrade() {
                shared.leave_seat(seat);
                // Not in its journal, which may be another thread's by now.
                shared.lose_spans(busy::take_lost());
            }
            drop(stack);
        }
    }
}

/// Looks something up in the tables of a capture; `None` if it is over, or another process's.
fn in_tables<R>(shared: &Weak<Shared>, find: impl FnOnce(&mut Tables) -> Option<R>) -> Option<R> {
    find(&mut *shared.upgrade()?.tables.lock_unless_forked()?)
}

/// The generation of no capture that is armed.
const NOT_READY: u32 = 0;

thread_local! {
    static LOCAL: RefCell<Joined> = const { RefCell::new(Joined(None)) };
    /// Generation of the capture for which the thread can record an acquisition without allocating: it is in it, nothing is
    /// due, and no span is open under which the lock has another node.
    static READY: Cell<u32> = const { Cell::new(NOT_READY) };
}

/// Runs `f` on the thread's part of a capture. `None` if that capture is over.
#[inline(always)]
pub(super) fn with<R>(generation: u32, f: impl Fn(&mut Local) -> R) -> Option<R> {
    let done = LOCAL.try_with(|local| match local.try_borrow_mut().as_deref_mut() {
        Ok(Joined(Some(local))) if local.generation == generation => Some(f(local)),
        _ => None,
    });
    match done {
        Ok(Some(done)) => Some(done),
        _ => with_new(generation, f),
    }
}

/// The same where the thread is not yet in the capture, or cannot use its own place, since it is being torn down. If it is
/// inside the recorder already, nothing is done, and a span is counted as lost.
#[cold]
#[inline(never)]
fn with_new<R>(generation: u32, f: impl Fn(&mut Local) -> R) -> Option<R> {
    let Some(_busy) = busy::begin_once().filter(|_| !is_borrowed()) else {
        busy::lose();
        return None;
    };
    let shared = shared::current(generation)?;
    let mut new = Joined(Some(Local::join(Arc::clone(&shared))));
    let done = new.0.as_mut().map(f);
    let _ = LOCAL.try_with(|local| {
        if let Ok(mut local) = local.try_borrow_mut() {
            *local = new;
        }
    });
    shared.lose_spans(busy::take_lost());
    done
}

/// The thread uses its place just now: what is asked for comes from there, by way of the app's allocator.
fn is_borrowed() -> bool {
    LOCAL.try_with(|local| local.try_borrow().is_err()).unwrap_or(false)
}

/// A hop begins: counts it, stamps its call, and gives it a place among the jobs in flight. `None` if that capture is over. If
/// nobody takes its job after all, [`refused`] is to be called.
#[inline]
pub fn begin(generation: u32, site: &Site<'static>, arm: Arm, detail: Detail) -> Option<Begun> {
    with(generation, |local| local.begin(site, arm, detail))
}

/// As [`begin`], of a hop that tokio tells of. `site`: `None` if there are more than can be told apart.
#[inline]
#[must_use]
pub fn begin_observed(generation: u32, site: Option<&Site<'static>>, arm: Arm, detail: Detail) -> Option<Begun> {
    with(generation, |local| {
        bump(&local.seat.journal().observed, 1);
        match site {
            Some(site) => local.begin(site, arm, detail),
            None => local.begin_at(SiteId(OTHER_ID), arm, detail),
        }
    })
}

/// tokio tells of a job whose hop has begun.
#[cold]
pub fn begins_as_import(generation: u32) {
    let _ = with(generation, |local| bump(&local.seat.journal().imported, 1));
}

/// Whether the calling thread runs a job.
#[must_use]
pub fn is_in_job() -> bool {
    here::job().is_some()
}

/// The number of the call that spawned a task. `None` if that capture is over.
pub(super) fn spawn_site(generation: u32, spawned: &Site<'static>) -> Option<u32> {
    with(generation, |local| local.site(spawned))
}

/// Counts a hop of a task that cannot be followed.
pub(super) fn task_lost(generation: u32) {
    let _ = with(generation, |local| bump(&local.seat.journal().lost_tasks, 1));
}

/// Adds a task that has completed.
pub(super) fn task_ended(generation: u32, site: u32, hops: TaskHops) {
    if is_armed(generation) {
        let _ = with(generation, |local| {
            let since = local.since;
            local.seat.journal().tasks.lock_unless_forked().map(|mut tasks| tasks.add(site, hops, since))
        });
    }
}

/// tokio tells of a worker of its own that comes to the pool.
#[cold]
pub fn worker_comes(generation: u32) {
    let _ = with(generation, |local| local.shared.upgrade().map(|shared| shared.add_worker()));
}

/// The hop that began last on the calling thread has come to nothing, since no pool took its job.
#[cold]
pub fn refused(generation: u32, place: Place) {
    let counted = with(generation, |local| {
        bump(&local.seat.journal().submitted, u64::MAX);
        local.seat.places.give(place);
    });
    if counted.is_none() {
        jobs::give_back(place);
    }
}

/// A job has ended, or was dropped before it began, and its handle is gone.
#[cold]
#[inline(never)]
pub(super) fn abandoned(generation: u32, place: Place) {
    let Some(run) = jobs::claim(place) else { return };
    let recorded = is_armed(generation).then(|| {
        with(generation, |local| {
            local.abandoned(&run);
            local.seat.places.give(place);
        })
    });
    if recorded.flatten().is_none() {
        jobs::give_back(place);
    }
}

/// What turns a capture's ticks into ns since it was armed. `None` if that capture is over.
#[must_use]
pub fn since(generation: u32) -> Option<Since> {
    is_armed(generation).then(|| with(generation, |local| local.since)).flatten()
}

#[inline]
fn is_armed(generation: u32) -> bool {
    let armed = super::armed();
    armed.generation() == generation && armed.is_on()
}

/// Adds a hop at its end to the capture that it was submitted in. False if that capture is over.
#[inline]
pub fn hop(generation: u32, hop: &EndedHop<'_>) -> bool {
    let added = is_armed(generation) && with(generation, |local| local.hop(hop)).is_some();
    if !added {
        // The capture is over: nothing is left of the hop but its place.
        jobs::give_back(hop.place);
    }
    added
}

/// The handle of a hop is dropped before it had the outcome. The hop's place, and begin and end of the job if it has run;
/// [`Place::NONE`] if the job goes on, which then keeps the place.
#[cold]
#[must_use]
pub fn detach(place: Place) -> (Place, Option<(u64, u64)>) {
    jobs::detach(place).map_or((Place::NONE, None), |run| (place, run.ran))
}

/// Begin and end of the job of a hop whose outcome does not hold them, such as a panic.
#[cold]
#[must_use]
pub fn ran(place: Place) -> Option<(u64, u64)> {
    jobs::run(place)
}

/// Adds an acquisition, `ticks` long, of a bridge lock that belongs to no hop.
#[inline(never)]
pub fn lone_lock(generation: u32, op: LockOp, ticks: u64, contended: bool) {
    let _ =
        with(generation, move |local| local.lone(Name::Lock(op), NameAddress::Lock(op), ticks, u32::from(contended)));
}

/// Adds a state copy, `ticks` long, that belongs to no hop. `bytes`: at most 2^32 - 1.
#[inline(never)]
pub fn lone_copy(generation: u32, ticks: u64, bytes: usize) {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    let _ = with(generation, move |local| local.lone(Name::Copy, NameAddress::Copy, ticks, bytes));
}

/// Name of a lock of the app's own, and what the armed capture calls it where no span is open. Kept by the lock, so that this
/// is looked up once a capture.
#[derive(Debug, Default)]
pub struct NamedNode {
    name: &'static str,
    /// Generation of the capture, and the word of the spans' heads.
    head: AtomicU64,
}

impl NamedNode {
    /// Not yet looked up.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, head: AtomicU64::new(0) }
    }

    #[inline]
    fn head(&self, generation: u32) -> Option<SpanHead> {
        // ORDERING: relaxed; the word is complete in itself, and a thread that does not see it looks the node up again.
        let word = self.head.load(Ordering::Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is the head's word")]
        let head = SpanHead::of_word(word as u32);
        (word >> 32 == u64::from(generation)).then_some(head)
    }

    fn keep(&self, generation: u32, head: SpanHead) {
        // ORDERING: as in `head`.
        self.head.store(u64::from(generation) << 32 | u64::from(head.word()), Ordering::Relaxed);
    }
}

/// What an acquisition of a lock of the app's own is recorded under.
#[derive(Clone, Copy, Debug)]
pub struct FoundLock(SpanHead);

/// Does all that recording an acquisition may allocate for, to be called before the lock is taken: the app's allocator may be
/// behind it. `None` if it cannot be recorded.
#[inline]
pub fn find_lock(generation: u32, lock: &NamedNode) -> Option<FoundLock> {
    match lock.head(generation) {
        Some(head) if READY.get() == generation => Some(FoundLock(head)),
        _ => find_lock_anew(generation, lock),
    }
}

#[cold]
#[inline(never)]
fn find_lock_anew(generation: u32, lock: &NamedNode) -> Option<FoundLock> {
    // A thread that is busy may hold what would be asked for here.
    if busy::is_busy() {
        busy::lose();
        return None;
    }
    if LOCAL.try_with(|_| ()).is_err() {
        // The thread is being torn down, so there would be nowhere to record it without allocating.
        let _ = with(generation, |local| local.span_lost());
        return None;
    }
    with(generation, |local| local.prepare(lock)).flatten().map(FoundLock)
}

/// Adds an acquisition, `ticks` long, of a lock of the app's own. Allocates nothing.
#[inline]
pub fn named_lock(generation: u32, lock: Option<FoundLock>, ticks: u64, contended: bool) {
    let Some(FoundLock(head)) = lock else { return };
    let added = LOCAL.try_with(|local| match local.try_borrow_mut().as_deref_mut() {
        Ok(Joined(Some(local))) if local.generation == generation => {
            if local.seat.journal().span(head, ticks, u32::from(contended)) {
                local.due = true;
                READY.set(NOT_READY);
            }
            true
        }
        _ => false,
    });
    if !matches!(added, Ok(true)) {
        busy::lose();
    }
}

/// Runs `f` with a capture as the thread's own that no other thread knows. Puts things back as they were. Does nothing where
/// the thread cannot have one: it is being torn down, or is at its own already.
pub(super) fn aside(shared: Arc<Shared>, f: impl FnOnce()) {
    let swap =
        |new| LOCAL.try_with(|local| Some(std::mem::replace(&mut *local.try_borrow_mut().ok()?, new))).ok().flatten();
    // What else comes to be recorded meanwhile, by way of the app's allocator, has no place.
    let _busy = busy::begin();
    if let Some(before) = swap(Joined(Some(Local::join(shared)))) {
        f();
        let _ = swap(before);
    }
}
