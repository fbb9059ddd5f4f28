//! One capture: from arming to disarming. At most one is armed at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::{Mutex, RwLock};

use super::accounts::Accounts;
use super::cost::Costs;
use super::drain;
use super::journal::Journal;
use super::local::Seat;
use super::state::{self, Armed};
use super::tables::Tables;
use crate::clock;
use crate::hop::Since;
use crate::names::{Arm, Detail};
use crate::report::{Process, Report, Timeline};

/// What to arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Phases, or bridge locks and copies too.
    pub detail: Detail,
    /// The arms that hops are given: one, or several to choose from at random.
    pub arms: Vec<Arm>,
    /// Compare: a random half of the hops is coarse. Makes sense with a single arm too (A/A, the observer's effect).
    pub compare: bool,
    /// The app's own subscriber is to see spans and events too.
    pub visible: bool,
    /// Jobs run in the span that their caller was in.
    pub propagate: bool,
    /// How many hops are kept whole, drawn at random; a tenth of them beside, the longest. 0: none.
    pub timeline: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            detail: Detail::Locks,
            arms: vec![Arm::Snapshot],
            compare: false,
            visible: false,
            propagate: false,
            timeline: 0,
        }
    }
}

/// What all threads share of a capture.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) generation: u32,
    /// When it was armed: what stamps are counted from.
    pub(super) since: Since,
    started: SystemTime,
    exe: String,
    pid: u32,
    settings: Settings,
    costs: Mutex<Costs>,
    pub(super) tables: Mutex<Tables>,
    pub(super) accounts: Accounts,
    seats: Mutex<Seats>,
    pub(super) threads_seen: AtomicU64,
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
static CURRENT: RwLock<Option<(Arc<Shared>, Holder)>> = RwLock::new(None);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Guard,
    /// It lasts until a guard takes over.
    Nobody,
}

impl Shared {
    fn new(generation: u32, settings: Settings, costs: Costs) -> Self {
        let since = Since::new(clock::now());
        let accounts = Accounts::new(since, settings.timeline as usize);
        Self {
            generation,
            since,
            started: SystemTime::now(),
            exe: executable(),
            pid: std::process::id(),
            settings,
            costs: Mutex::new(costs),
            tables: Mutex::default(),
            accounts,
            seats: Mutex::default(),
            threads_seen: AtomicU64::new(0),
        }
    }

    /// A capture that is never armed.
    pub(super) fn aside(generation: u32) -> Self {
        Self::new(generation, Settings::default(), Costs::default())
    }

    fn measure_costs(&self) {
        self.costs.lock().measure();
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
        self.seats.lock().free.push(seat);
    }

    pub(super) fn keeps_hops(&self) -> bool {
        self.settings.timeline > 0
    }

    pub(super) fn report(&self, complete: bool) -> Report {
        let journals = self.seats.lock().journals.clone();
        // Threads that fell silent, or ended, before their journal was worth adding up.
        for journal in &journals {
            journal.posting().add_up(&mut self.accounts.any());
        }
        // A copy, so that a thread that meets a new site never waits for the whole report.
        let tables = self.tables.lock().clone();
        let (mut report, corrected) = drain::report(self.accounts.each(), &tables);
        report.timeline = self.keeps_hops().then(|| {
            let hops = drain::whole_hops(self.accounts.each(), &tables, self.pid);
            Timeline::new(self.settings.timeline, hops)
        });
        // ORDERING: relaxed; exact at rest.
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for journal in &journals {
            report.outcomes.submitted += count(&journal.submitted);
            report.dropped.hops += count(&journal.lost_hops);
            report.dropped.spans += count(&journal.lost_spans);
        }
        let duration_ns = self.since.ns(clock::now());
        report.processes = vec![Process {
            exe: self.exe.clone(),
            pid: self.pid,
            started_unix_ms: unix_ms(self.started),
            duration_ns,
            complete,
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
        // A live report may see a hop's end on one thread and miss its submission on another.
        report.outcomes.submitted = report.outcomes.submitted.max(report.outcomes.ended() + report.dropped.hops);
        report.outcomes.in_flight = report.outcomes.submitted - report.outcomes.ended() - report.dropped.hops;
        report.pool.threads_seen = count(&self.threads_seen);
        report.pool.thread_ns = report.pool.threads_seen.saturating_mul(duration_ns);
        report.derive();
        report
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

/// A capture that is armed. Disarms when dropped.
#[derive(Debug)]
pub struct Capture {
    shared: Arc<Shared>,
}

/// Arms; `None` if a guard's capture is armed already. Takes over from one armed by [`arm_unattended`]. The first time it
/// calibrates the clock: some 5 ms.
#[must_use]
pub fn arm(settings: Settings) -> Option<Capture> {
    install(settings, Holder::Guard).map(|shared| Capture { shared })
}

/// Arms for the rest of the process, until [`arm`] takes over: spans and events for the app's subscriber, no report. Says
/// whether it was this call that armed.
pub fn arm_unattended(settings: Settings) -> bool {
    install(settings, Holder::Nobody).is_some()
}

/// Decides that nothing is armed, if nobody has decided yet. Says whether it was this call that decided.
pub fn decide_off() -> bool {
    let _current = CURRENT.write();
    let undecided = state::armed().is_undecided();
    if undecided {
        state::set(Armed::off(0));
    }
    undecided
}

fn install(settings: Settings, holder: Holder) -> Option<Arc<Shared>> {
    clock::calibrate();
    let mut costs = Costs::default();
    costs.measure();
    let mut current = CURRENT.write();
    if let Some((_, held_by)) = &*current {
        if *held_by == Holder::Guard || holder == Holder::Nobody {
            return None;
        }
    }
    let generation = state::armed().generation() + 1;
    let armed = Armed::on(generation, &settings);
    let shared = Arc::new(Shared::new(generation, settings, costs));
    *current = Some((Arc::clone(&shared), holder));
    state::set(armed);
    Some(shared)
}

/// The armed capture, if it is the one asked for.
pub(super) fn current(generation: u32) -> Option<Arc<Shared>> {
    CURRENT.read().as_ref().map(|(shared, _)| shared).filter(|shared| shared.generation == generation).cloned()
}

impl Capture {
    /// What the capture holds now. Any thread, any time: exact once nothing records; while others record, each of their
    /// records is in it or not, and none twice.
    #[must_use]
    pub fn report(&self) -> Report {
        self.shared.report(false)
    }

    /// What makes reports of this capture from another thread.
    #[must_use]
    pub fn reporter(&self) -> Reporter {
        Reporter { shared: Arc::clone(&self.shared) }
    }

    /// Whether the process that armed has forked, and this is the child: a copy of the capture, whose locks may be held by
    /// threads that are not here. Only [`forget`](Self::forget) it.
    #[must_use]
    pub fn is_forked(&self) -> bool {
        self.shared.pid != std::process::id()
    }

    /// Disarms without a report, and without a lock.
    pub fn forget(self) {
        state::set(Armed::off(self.shared.generation));
        std::mem::forget(self);
    }

    /// Disarms, and reports for the last time. Hops still in flight are counted as such; their ends go nowhere.
    #[must_use]
    pub fn finish(self) -> Report {
        disarm(&self.shared);
        self.shared.measure_costs();
        self.shared.report(true)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        disarm(&self.shared);
    }
}

/// Makes reports of a capture, also after it has ended.
#[derive(Clone, Debug)]
pub struct Reporter {
    shared: Arc<Shared>,
}

impl Reporter {
    /// Measures once more what recording costs: 0.3 ms of the calling thread. For threads of one's own, every now and then;
    /// reports tell the mean.
    pub fn measure_costs(&self) {
        self.shared.measure_costs();
    }

    /// As [`Capture::report`].
    #[must_use]
    pub fn report(&self) -> Report {
        self.shared.report(false)
    }
}

fn disarm(shared: &Arc<Shared>) {
    let mut current = CURRENT.write();
    if current.as_ref().is_some_and(|(current, _)| Arc::ptr_eq(current, shared)) {
        *current = None;
        state::set(Armed::off(shared.generation));
    }
}
