//! What a blocking task of the copy keeps of its hop, and the call that it came from.

use std::slice;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::bridge::Bridge;
use super::outlet::Outlet;
use crate::clock;
use crate::hop::{EndedHop, HopSpans, How, PackedOp, Place, Site, SiteId, Threads, Ticks};
use crate::names::{Arm, Detail, Outcome};
use crate::probe::{HopProbe, Silent};
use crate::record::{self, PoolThread, burst, tasks};

/// A hop in the cell of its task. Its first word is 0 where nobody records it. Each word has one writer: the caller's thread before the task is handed over,
/// then the pool's thread or that of the handle. What the latter reads of the former's tokio has made visible with the outcome.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Job {
    /// Generation of the capture, arm, and [`RECORDED`], [`LOCKS`]; by the caller.
    head: AtomicU64,
    /// Site and place; by the caller.
    ids: AtomicU64,
    /// How it was called; by the caller.
    how: AtomicU64,
    /// By the caller, as the two below.
    called: AtomicU64,
    runtime: AtomicU64,
    /// By the caller, once there is a task.
    returned: AtomicU64,
    /// By the pool's thread, as the three below.
    previous_end: AtomicU64,
    run_start: AtomicU64,
    run_end: AtomicU64,
    published: AtomicU64,
    /// Span of the bridge lock when the outcome was published, a word of [`PackedOp`]; by the pool's thread.
    publish_lock: AtomicU64,
    /// By the handle's thread.
    first_poll: AtomicU64,
    /// Number of the caller's thread, and of the pool's.
    caller: AtomicU32,
    pool: AtomicU32,
    /// Number of the runtime in its capture; by the pool's thread.
    pool_runtime: AtomicU32,
    /// 1 once the hop has ended; by the handle's thread.
    ended: AtomicU32,
    bridge: Bridge,
}

const RECORDED: u64 = 1;
const LOCKS: u64 = 1 << 1;
const ARM_SHIFT: u32 = 2;
const GENERATION_SHIFT: u32 = 32;

/// Where a job was called from. The texts live as long as the program. Of one that is left out the task is known, and where that was spawned.
#[derive(Debug)]
#[repr(C)]
pub struct Call {
    file: *const u8,
    file_len: usize,
    job: *const u8,
    job_len: usize,
    line: u32,
    column: u32,
    /// Number of the calling task; 0 outside any.
    task: u64,
    /// Where that was spawned; no text if that is not known.
    spawned_file: *const u8,
    spawned_file_len: usize,
    spawned_line: u32,
    spawned_column: u32,
    /// What tells the runtime from others.
    runtime: u64,
}

impl Call {
    fn site(&self) -> Site<'static> {
        Site {
            file: text(self.file, self.file_len),
            line: self.line,
            column: self.column,
            job: text(self.job, self.job_len),
        }
    }

    /// tollbridge has recorded that its task calls a hop.
    pub(super) fn is_imported(&self) {
        let armed = record::armed();
        if armed.is_on() {
            record::begins_as_import(armed.generation());
            if !record::is_in_job() {
                tasks::calls(armed.generation(), self.task, clock::now(), || self.spawned());
            }
        }
    }

    /// Where the calling task was spawned, if that is known.
    fn spawned(&self) -> Option<Site<'static>> {
        (self.spawned_file_len > 0).then(|| Site {
            file: text(self.spawned_file, self.spawned_file_len),
            line: self.spawned_line,
            column: self.spawned_column,
            job: "",
        })
    }
}

/// The text that the copy had as a `&'static str`.
#[expect(unsafe_code, reason = "a text crosses as in C")]
fn text(begin: *const u8, len: usize) -> &'static str {
    // SAFETY: the copy took both from one `&'static str`, of a location or a type's name, and hands them over unchanged.
    let bytes = unsafe { slice::from_raw_parts(begin, len) };
    // SAFETY: as above.
    unsafe { std::str::from_utf8_unchecked(bytes) }
}

// ORDERING: relaxed throughout; see the words' writers above.
fn get(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}

fn set(word: &AtomicU64, value: u64) {
    word.store(value, Ordering::Relaxed);
}

/// A moment that was not seen is 0 in a word: the clock has left that behind by the time anything is recorded.
fn seen(word: &AtomicU64) -> u64 {
    match get(word) {
        0 => Ticks::NEVER,
        at => at,
    }
}

impl Job {
    /// A hop begins; `None` if nothing is armed.
    pub(super) fn submitted(call: &Call) -> Option<Self> {
        let armed = record::armed();
        if !armed.is_on() {
            return None;
        }
        let (generation, (arm, detail)) = (armed.generation(), armed.draw());
        // Unless somebody has asked for a bridge, the outcome is taken as tokio takes it.
        let arm = if armed.bridges_all() { arm } else { Arm::Native };
        let begun = record::begin_observed(generation, Some(&call.site()), arm, detail)?;
        if !begun.nested {
            tasks::calls(generation, call.task, begun.called, || call.spawned());
        }
        let locks = if detail == Detail::Locks { LOCKS } else { 0 };
        let head = u64::from(generation) << GENERATION_SHIFT | (arm as u64) << ARM_SHIFT | locks | RECORDED;
        Some(Self {
            head: head.into(),
            ids: (u64::from(begun.site.0) << 32 | u64::from(begun.place.0)).into(),
            how: burst::calls(&begun, call.task).word().into(),
            called: begun.called.into(),
            runtime: call.runtime.into(),
            caller: record::caller(armed).into(),
            ..Self::default()
        })
    }

    pub(super) fn returned(&self) {
        let now = clock::now();
        set(&self.returned, now);
        burst::has_called(now);
    }

    pub(super) fn begins(&self) {
        let runtime = get(&self.runtime);
        let thread = record::job_begins(self.generation(), self.place(), || runtime);
        set(&self.previous_end, thread.previous_end);
        self.pool.store(thread.number, Ordering::Relaxed);
        self.pool_runtime.store(thread.runtime.into(), Ordering::Relaxed);
        let start = clock::now();
        set(&self.run_start, start);
        record::job_runs(&thread, start);
    }

    pub(super) fn ended(&self) {
        set(&self.run_end, clock::now());
    }

    /// It has panicked, and its closure is about to be dropped.
    pub(super) fn panicked(&self) {
        self.ended();
        self.bridge.finish();
    }

    /// The outcome is about to be published.
    pub(super) fn published(&self) {
        if get(&self.run_start) == 0 {
            set(&self.published, Ticks::NEVER);
            record::job_dropped(self.generation(), self.place());
            return;
        }
        if self.arm() != Arm::Native && !self.bridge.is_finished() {
            self.publish();
        }
        let now = clock::now();
        set(&self.published, now);
        record::job_ended(self.generation(), &self.thread(), now);
    }

    pub(super) fn polled(&self) {
        if get(&self.first_poll) == 0 {
            set(&self.first_poll, clock::now());
        }
    }

    fn publish(&self) {
        match self.detail() {
            Detail::Phases => self.bridge.publish(&Silent),
            Detail::Locks => {
                let probe = HopProbe::new(false);
                self.bridge.publish(&probe);
                set(&self.publish_lock, probe.spans().first().word());
            }
        }
    }

    /// The handle takes the outcome, over the hop's bridge.
    pub(super) fn takes(&self, outlet: &Outlet) {
        let ready = clock::now();
        if self.detail() == Detail::Phases || self.arm() == Arm::Native {
            match self.arm() {
                Arm::Native | Arm::Wrapped => outlet.take(),
                arm => self.bridge.transfer(arm, outlet, &Silent),
            }
            return self.taken(ready, clock::settled(), outlet, None);
        }
        let probe = HopProbe::after(PackedOp::of_word(get(&self.publish_lock)), false);
        self.bridge.transfer(self.arm(), outlet, &probe);
        let end = clock::settled();
        if record::one_in_sixteen() {
            probe.empty_span();
        }
        self.taken(ready, end, outlet, Some(probe.spans()));
    }

    /// The handle holds the outcome.
    fn taken(&self, ready: u64, end: u64, outlet: &Outlet, spans: Option<&HopSpans>) {
        if !self.ends() {
            return;
        }
        let outcome = outlet.outcome();
        burst::came_back(self.site(), outlet.task(), end);
        tasks::has(self.generation(), outlet.task(), get(&self.called), end);
        let (run_start, run_end, previous_end) = match outcome {
            Outcome::Cancelled => (Ticks::NEVER, Ticks::NEVER, Ticks::NEVER),
            _ => (seen(&self.run_start), seen(&self.run_end), get(&self.previous_end)),
        };
        let ticks = Ticks {
            called: get(&self.called),
            returned: seen(&self.returned),
            previous_end,
            run_start,
            run_end,
            published: if outcome == Outcome::Joined { seen(&self.published) } else { Ticks::NEVER },
            first_poll: seen(&self.first_poll),
            ready,
            copied: end,
        };
        let copied_bytes = match (self.arm(), outcome) {
            (Arm::Native, _) | (_, Outcome::Cancelled) => 0,
            _ => outlet.bytes() as u64,
        };
        self.record(self.place(), outcome, ticks, spans, copied_bytes);
    }

    /// The handle is gone.
    pub(super) fn dropped(&self) {
        if self.ends() {
            let (place, ran) = record::detach(self.place());
            let (run_start, run_end) = ran.unwrap_or((Ticks::NEVER, Ticks::NEVER));
            let ticks = Ticks {
                called: get(&self.called),
                returned: seen(&self.returned),
                previous_end: Ticks::NEVER,
                run_start,
                run_end,
                published: Ticks::NEVER,
                first_poll: seen(&self.first_poll),
                ready: Ticks::NEVER,
                copied: clock::now(),
            };
            self.record(place, Outcome::Detached, ticks, None, 0);
        }
    }

    /// The task is freed. One that the pool never came to has not said that its job was dropped.
    pub(super) fn freed(&self) {
        if get(&self.published) == 0 && get(&self.run_start) == 0 {
            record::job_dropped(self.generation(), self.place());
        }
    }

    /// Says whether it is the first to say so.
    fn ends(&self) -> bool {
        self.ended.swap(1, Ordering::Relaxed) == 0
    }

    fn record(&self, place: Place, outcome: Outcome, ticks: Ticks, spans: Option<&HopSpans>, copied_bytes: u64) {
        let is_known = outcome != Outcome::Detached && ticks.run_start != Ticks::NEVER;
        let pool = if is_known { self.pool.load(Ordering::Relaxed) } else { 0 };
        let runtime = if is_known { self.pool_runtime() } else { 0 };
        let hop = EndedHop {
            site: self.site(),
            place,
            arm: self.arm(),
            detail: self.detail(),
            outcome,
            ticks,
            threads: Threads { caller: self.caller.load(Ordering::Relaxed), pool },
            spans,
            copied_bytes,
            how: How::of_word(get(&self.how)).with_runtime(runtime),
        };
        record::hop(self.generation(), &hop);
    }

    /// Number of the capture.
    fn generation(&self) -> u32 {
        (get(&self.head) >> GENERATION_SHIFT) as u32
    }

    fn arm(&self) -> Arm {
        Arm::ALL[(get(&self.head) >> ARM_SHIFT) as usize & 3]
    }

    fn detail(&self) -> Detail {
        if get(&self.head) & LOCKS == 0 { Detail::Phases } else { Detail::Locks }
    }

    fn site(&self) -> SiteId {
        SiteId((get(&self.ids) >> 32) as u32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is asked for")]
    fn place(&self) -> Place {
        Place(get(&self.ids) as u32)
    }

    fn pool_runtime(&self) -> u8 {
        u8::try_from(self.pool_runtime.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// The thread on which it began.
    fn thread(&self) -> PoolThread {
        let number = self.pool.load(Ordering::Relaxed);
        PoolThread::outermost(number, self.pool_runtime(), get(&self.previous_end), self.place())
    }
}
