//! What all threads share of a capture, and which capture is armed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
#[cfg(all(feature = "callers", unix))]
use std::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use super::accounts::Accounts;
use super::busy;
#[cfg(all(feature = "callers", unix))]
use super::callers::Callers;
use super::cost::Costs;
use super::fork::{self, LOCKS, Lock, PerProcess};
use super::jobs;
use super::journal::Journal;
use super::live::{self, Moment};
use super::observed;
use super::processors::Processors;
use super::runtimes::Runtimes;
use super::seat::Seat;
use super::settings::Settings;
use super::slot::{self, Held};
use super::sync::{AtomicU64, Mutex, RwLock};
use super::task_table;
use crate::clock;
use crate::hop::Since;
use crate::report::{Observed, Process, Report, RuntimePool, Timeline};
use tollbridge_report::aggregate::cpu_times::CpuTimes;
use tollbridge_report::aggregate::drain;
use tollbridge_report::aggregate::stretches::StretchTable;
use tollbridge_report::aggregate::tables::Tables;
use tollbridge_report::aggregate::tasks::Tasks;

/// What all threads share of a capture. Kept by whoever arms and reports; threads that record only know where it is (`Weak`), so that nothing of
/// a capture that is over outlives its last report, however long they are silent.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) generation: u32,
    /// When it was armed: what stamps are counted from.
    pub(super) since: Since,
    started: SystemTime,
    exe: String,
    pub(super) pid: u32,
    settings: Settings,
    pub(super) costs: Mutex<Costs>,
    pub(super) tables: Lock<Tables>,
    pub(super) accounts: Accounts,
    seats: Lock<Seats>,
    /// Threads beyond those that have a slot.
    pub(super) threads_lost: AtomicU64,
    /// Spans that threads lost while they had no seat.
    spans_lost: AtomicU64,
    /// Workers of runtimes that came to a pool.
    workers: AtomicU64,
    /// Locked by pool threads that come or end, and by reports.
    pub(super) runtimes: Mutex<Runtimes>,
    cpu_times: Mutex<CpuTimes>,
    processors: Mutex<Processors>,
    #[cfg(all(feature = "callers", unix))]
    pub(super) callers: Arc<Callers>,
}

/// Every journal that was ever handed out, and the seats whose thread has ended: a new thread goes on with one of them,
/// so that their number is that of threads alive at once, and nothing of a dead thread is lost.
#[derive(Debug, Default)]
struct Seats {
    journals: Vec<Arc<Journal>>,
    free: Vec<Seat>,
    /// How many of the journals were handed out beside a seat's first.
    spares: usize,
}

/// Journals beside each thread's first, at most: 16 MiB.
const MAX_SPARES: usize = 2_048;

/// The armed capture, and who ends it.
pub(super) type Current = Option<(Arc<Shared>, Holder)>;

/// To be waited for in a process that has armed, and by who arms.
pub(super) static CURRENT: PerProcess<RwLock<Current>> = PerProcess::new([const { RwLock::new(None) }; LOCKS]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Guard,
    /// It lasts until a guard takes over.
    Nobody,
}

impl Shared {
    pub(super) fn new(generation: u32, settings: Settings, costs: Costs) -> Self {
        let since = Since::new(clock::now(), clock::conversion());
        let accounts = Accounts::new(since, settings.timeline as usize);
        #[cfg(all(feature = "callers", unix))]
        let callers = Arc::new(Callers::new(settings.callers));
        Self {
            generation,
            since,
            started: SystemTime::now(),
            exe: executable(),
            pid: std::process::id(),
            settings,
            costs: Mutex::new(costs),
            tables: Lock::default(),
            accounts,
            seats: Lock::default(),
            threads_lost: AtomicU64::new(0),
            spans_lost: AtomicU64::new(0),
            workers: AtomicU64::new(0),
            runtimes: Mutex::default(),
            cpu_times: Mutex::default(),
            processors: Mutex::default(),
            #[cfg(all(feature = "callers", unix))]
            callers,
        }
    }

    /// Adds to the CPU times of jobs, unless somebody else is at them: a sample may miss one.
    pub(super) fn cpu_times(&self, add: impl FnOnce(&mut CpuTimes)) {
        if let Some(mut times) = self.cpu_times.try_lock() {
            add(&mut times);
        }
    }

    /// Counts the CPU time of the process from now on.
    pub(super) fn watch_processors(&self) {
        *self.processors.lock() = Processors::since_now();
    }

    /// Looks at the times of all threads again, if that is due.
    pub(super) fn read_processors(&self) {
        self.processors.lock().read();
    }

    /// Looks at the times of all threads for the last time.
    pub(super) fn read_processors_last(&self) {
        self.processors.lock().read_last();
    }

    pub(super) fn take_seat(&self) -> Seat {
        let mut seats = self.seats.lock();
        seats.free.pop().unwrap_or_else(|| {
            let fresh = Seat::default();
            seats.journals.push(Arc::clone(fresh.journal()));
            fresh
        })
    }

    /// One more journal for a thread; `None` if there were enough, or if that cannot be said without waiting.
    pub(super) fn spare_journal(&self) -> Option<Arc<Journal>> {
        let mut seats = self.seats.try_lock()?;
        (seats.spares < MAX_SPARES).then(|| {
            seats.spares += 1;
            let journal = Arc::<Journal>::default();
            seats.journals.push(Arc::clone(&journal));
            journal
        })
    }

    pub(super) fn leave_seat(&self, seat: Seat) {
        // A forked process has no use for it.
        if let Some(mut seats) = self.seats.lock_unless_forked() {
            seats.free.push(seat);
        }
    }

    /// Counts spans that the calling thread, which has no seat, did not record.
    pub(super) fn lose_spans(&self, spans: u32) {
        // ORDERING: relaxed; a count.
        self.spans_lost.fetch_add(spans.into(), Ordering::Relaxed);
    }

    /// Counts a worker of a runtime that comes to its pool.
    pub(super) fn add_worker(&self) {
        // ORDERING: relaxed; a count.
        self.workers.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this is a copy in a process that was forked off since.
    pub(super) fn is_forked(&self) -> bool {
        self.pid != std::process::id()
    }

    pub(super) fn keeps_hops(&self) -> bool {
        self.settings.timeline > 0
    }

    /// Looks up the names of callers that have none yet, for about as long as is given.
    #[cfg(all(feature = "callers", unix))]
    pub(super) fn name_callers(&self, most: Duration) {
        let _busy = busy::begin();
        self.callers.name(|| self.tables.lock().clone(), &self.exe, most);
    }

    pub(super) fn report(&self, complete: bool) -> Report {
        let mut report = self.primary(complete);
        report.derive();
        report
    }

    /// What journals show of having been written to.
    pub(super) fn activity(&self) -> u64 {
        // ORDERING: relaxed; a count.
        let lost = self.spans_lost.load(Ordering::Relaxed);
        self.seats.lock().journals.iter().fold(lost, |activity, journal| {
            // So that what one thread does is not what another undoes.
            activity.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(journal.activity())
        })
    }

    /// The report without what is derived.
    pub(super) fn primary(&self, complete: bool) -> Report {
        let _busy = busy::begin();
        let journals = self.seats.lock().journals.clone();
        // ORDERING: relaxed; exact at rest.
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        // Before the endings, so that no hop that has ended is taken for one in flight.
        let submitted = journals.iter().map(|journal| count(&journal.submitted)).fold(0, u64::wrapping_add);
        // What runs first: a job that begins in between is queued, as it was; one that ends in between has ended.
        // And what ended threads left before those: one that ends in between is missing for a moment, and not there twice.
        let runtimes = self.runtimes.lock().clone();
        let slots = slot::each(self.generation);
        let now = clock::now();
        let mut over = Vec::new();
        let jobs = jobs::each(self.generation, now, |run| over.push(run));
        if !over.is_empty() {
            let mut account = self.accounts.any();
            over.iter().for_each(|run| run.add_to(&mut account));
        }
        // Threads that fell silent, or ended, before their journal was worth adding up.
        for journal in &journals {
            journal.posting().add_up(&mut self.accounts.any());
        }
        // A copy, so that a thread that meets a new site never waits for the whole report.
        let tables = self.tables.lock().clone();
        let (mut report, corrected) =
            drain::report(self.accounts.each(), &tables, |stretches| self.add_in_flight(stretches));
        report.timeline = self.keeps_hops().then(|| {
            let hops = drain::whole_hops(self.accounts.each(), &tables, self.pid);
            Timeline::new(self.settings.timeline, hops)
        });
        for journal in &journals {
            report.dropped.hops += count(&journal.lost_hops);
            report.dropped.spans += count(&journal.lost_spans);
        }
        report.dropped.spans += count(&self.spans_lost);
        let duration_ns = self.since.ns(clock::now());
        report.looked_until(duration_ns);
        report.processes = vec![Process {
            exe: self.exe.clone(),
            pid: self.pid,
            started_unix_ms: unix_ms(self.started),
            duration_ns,
            complete,
            cpu: self.processors.lock().report(),
            settings: None,
        }];
        report.settings = Some(crate::report::Settings {
            detail: self.settings.detail,
            arms: self.settings.arms.clone(),
            visible: self.settings.visible,
        });
        let costs = self.costs.lock();
        report.clock = Some(costs.clock(corrected));
        costs.tell(&mut report.observer);
        drop(costs);
        // Hops may have begun and ended since these were counted.
        report.outcomes.submitted = submitted.max(report.outcomes.ended() + report.dropped.hops);
        report.outcomes.in_flight = report.outcomes.submitted - report.outcomes.ended() - report.dropped.hops;
        report.dropped.threads = count(&self.threads_lost);
        report.dropped.tasks = journals.iter().map(|journal| count(&journal.lost_tasks)).sum();
        let mut tasks = Tasks::default();
        for journal in &journals {
            // A copy, so that its thread never waits for the sum.
            let own = journal.tasks.lock().clone();
            tasks.merge(&own);
        }
        report.tasks = tasks.report(task_table::live(self.generation), &self.tables.lock().clone(), self.since);
        report.observed = observed::sees_every_job().then(|| {
            let sum =
                |counter: fn(&Journal) -> &AtomicU64| journals.iter().map(|journal| count(counter(journal))).sum();
            let (own, imported): (u64, u64) = (sum(|journal| &journal.observed), sum(|journal| &journal.imported));
            Observed { jobs: own + imported, imported, workers: count(&self.workers) }
        });
        self.add_pool(&mut report, &runtimes, &slots, now, &tables);
        #[cfg(all(feature = "callers", unix))]
        {
            // Of sites that were met meanwhile the numbers mean nothing in the copy.
            (report.callers, report.callers_lost) = self.callers.report(&self.tables.lock().clone());
        }
        let moment = Moment {
            now,
            since: self.since,
            stuck_after_ns: u64::try_from(self.settings.stuck.as_nanos()).unwrap_or(u64::MAX),
            jobs: &jobs,
            slots: &slots,
            tables: &tables,
        };
        report.live = Some(moment.live(report.outcomes.in_flight));
        report
    }
}

impl Shared {
    /// Adds up to now what is in flight now. Looked at anew: what has ended since the first look may be in an account by now.
    fn add_in_flight(&self, stretches: &mut StretchTable) {
        let slots = slot::each(self.generation);
        let (now, mut over) = (clock::now(), Vec::new());
        for job in jobs::each(self.generation, now, |run| over.push(run)) {
            stretches.add(&live::spell(&job, self.since, now, &slots));
        }
        // For the next report.
        if !over.is_empty() {
            let mut account = self.accounts.any();
            over.iter().for_each(|run| run.add_to(&mut account));
        }
    }

    /// What slots and clocks tell of the pools.
    fn add_pool(&self, report: &mut Report, runtimes: &Runtimes, slots: &[Held], now: u64, tables: &Tables) {
        let times = self.cpu_times.lock().clone();
        report.cpu = times.sites(tables);
        report.pool.between = times.between;
        let processors = self.processors.lock();
        report.pool.cpu_ns = processors.know_threads().then(|| {
            let used =
                |slot: &Held| processors.thread_ns(slot.task).unwrap_or_default().saturating_sub(slot.cpu_before);
            runtimes.ended_cpu_ns.saturating_add(slots.iter().map(used).sum())
        });
        drop(processors);
        let duration_ns = report.processes.first().map_or(0, |process| process.duration_ns);
        let busy = |slot: &Held| slot.busy.saturating_add(slot.runs.map_or(0, |(_, start)| now.saturating_sub(start)));
        let pools = runtimes.each().map(|(runtime, threads)| {
            let own = slots.iter().filter(|slot| slot.runtime == runtime);
            let ticks = own.map(busy).fold(threads.ended_busy, u64::saturating_add);
            RuntimePool {
                runtime,
                threads_seen: threads.seen,
                thread_ns: threads.seen.saturating_mul(duration_ns),
                busy_ns: self.since.length_ns(ticks),
            }
        });
        report.pools = pools.collect();
        report.pool.threads_seen = report.pools.iter().map(|pool| pool.threads_seen).sum();
        report.pool.thread_ns = report.pool.threads_seen.saturating_mul(duration_ns);
        report.pool.busy_ns = Some(report.pools.iter().map(|pool| pool.busy_ns).sum());
    }
}

/// File name of the executable, as far as it is known.
#[must_use]
pub fn executable() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Ms since 1970.
fn unix_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The armed capture, if it is the one asked for; `None` too if that cannot be told without waiting.
pub(super) fn try_current(generation: u32) -> Option<Arc<Shared>> {
    let current = CURRENT.get()?.try_read()?;
    current.as_ref().map(|(shared, _)| shared).filter(|shared| shared.generation == generation).cloned()
}

/// The armed capture, if it is the one asked for and this process's. Asked once by each thread.
pub(super) fn current(generation: u32) -> Option<Arc<Shared>> {
    if fork::found() {
        return None;
    }
    CURRENT.get()?.read().as_ref().map(|(shared, _)| shared).filter(|shared| shared.generation == generation).cloned()
}

#[cfg(all(test, unix, not(tollbridge_loom)))]
#[expect(unsafe_code, reason = "std cannot fork")]
mod tests {
    use super::super::fork::is_inherited;
    use super::super::{self as record, jobs, slot};
    use super::{CURRENT, current};
    use crate::hop::{EndedHop, Site, Ticks};
    use crate::names::{Arm, Detail, Outcome};
    use crate::record::Settings;

    /// A hop of a line; false if it goes nowhere.
    fn records(line: u32) -> bool {
        let generation = record::armed().generation();
        // Every other one is not the app's, and asks for a backtrace.
        let file = if line % 2 == 0 { "/registry/src/index-1/dep-1.0.0/src/lib.rs" } else { "src/app.rs" };
        let site = Site { file, line, column: 1, job: "job" };
        record::begin(generation, &site, Arm::Snapshot, Detail::Phases).is_some_and(|begun| {
            let ticks = Ticks::between(begun.called, begun.called + 1);
            record::hop(generation, &EndedHop::of(&begun, Arm::Snapshot, Detail::Phases, Outcome::Joined, ticks))
        })
    }

    /// Forks while every lock is held, and says how the child ended.
    fn child(f: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child goes on with this thread, starts none, and ends without any destructor.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: sets a timer of this process: one that hangs ends too.
            unsafe { libc::alarm(20) };
            let code = i32::from(!std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).unwrap_or(false));
            // SAFETY: ends this process.
            unsafe { libc::_exit(code) }
        }
        let mut status = 0;
        // SAFETY: waits for the child just made; the status is ours.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        (waited, status) == (child, 0)
    }

    /// The one test of this program that arms.
    #[test]
    #[cfg_attr(miri, ignore = "Miri cannot fork")]
    fn a_child_waits_for_no_lock_that_was_held_at_the_fork_and_can_arm_anew() {
        let capture = record::arm(Settings::default()).expect("nothing else is armed");
        let generation = record::armed().generation();
        assert!(records(1));
        let shared = current(generation).expect("armed");
        let here = record::job_begins(generation, crate::hop::Place::NONE, || 1);
        let held = (CURRENT.get().map(|current| current.write()), jobs::hold(), slot::hold());
        let own = (shared.tables.lock(), shared.seats.lock(), shared.runtimes.lock(), shared.cpu_times.lock());
        let reports = (shared.costs.lock(), shared.processors.lock(), shared.accounts.each().collect::<Vec<_>>());
        #[cfg(feature = "callers")]
        let callers = shared.callers.hold();
        let goes_on = || {
            // This thread has not found out yet, so it goes on in its copy, until its journal is full.
            for line in 2..500 {
                let _ = records(line);
            }
            record::job_ended(generation, &here, 1);
            is_inherited() && current(generation).is_none() && !record::armed().is_on()
        };
        assert!(child(goes_on), "what it inherited");
        let arms_anew = || {
            let own = record::arm(Settings::default()).expect("this process has armed nothing");
            let own_generation = record::armed().generation();
            let job = record::job_begins(own_generation, crate::hop::Place::NONE, || 1);
            record::job_ended(own_generation, &job, 1);
            let recorded = (1..=100).filter(|&line| records(line)).count();
            let report = own.report();
            let goes_on = records(1);
            let last = own.finish();
            (recorded, goes_on) == (100, true)
                && (report.outcomes.joined, last.outcomes.joined, last.pool.threads_seen) == (100, 101, 1)
        };
        assert!(child(arms_anew), "a capture of its own");
        drop((held, own, reports));
        #[cfg(feature = "callers")]
        drop(callers);
        record::job_ended(generation, &here, 1);
        assert_eq!(capture.finish().outcomes.joined, 1);
    }
}
