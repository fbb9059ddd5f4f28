//! One capture: from arming to disarming. At most one is armed at a time.

use std::sync::Arc;
#[cfg(all(feature = "callers", unix))]
use std::sync::mpsc::{self, Receiver};
#[cfg(all(feature = "callers", unix))]
use std::time::Duration;

use super::busy;
use super::cost::Costs;
use super::fork;
use super::job_cpu;
use super::jobs;
use super::measure::measure;
use super::settings::Settings;
use super::shared::{CURRENT, Holder, Shared};
use super::slot;
use super::state::{self, Armed};
use crate::clock;
use crate::paths;
use crate::report::Report;

/// Callers that have no names yet are looked up for so long at a checkpoint, and at the end. To find the debug information comes on top.
#[cfg(all(feature = "callers", unix))]
const NAMING: Duration = Duration::from_millis(100);
#[cfg(all(feature = "callers", unix))]
const NAMING_AT_END: Duration = Duration::from_millis(300);

/// How long the end waits for that at most, however large the debug information is.
#[cfg(all(feature = "callers", unix))]
const NAMING_AT_MOST: Duration = Duration::from_millis(700);

/// Looks up the names of callers that have none yet, if there are any, on a thread of its own: what it does cannot be broken off, and whoever waits for it has other
/// things to do. What is returned is heard from when it is done.
#[cfg(all(feature = "callers", unix))]
fn begin_to_name_callers(shared: &Arc<Shared>, most: Duration) -> Option<Receiver<()>> {
    {
        let _busy = busy::begin();
        if !shared.callers.has_unnamed() {
            return None;
        }
    }
    let (done, is_done) = mpsc::channel();
    let shared = Arc::clone(shared);
    let names = move || {
        shared.name_callers(most);
        // Who waited may have given up.
        let _ = done.send(());
    };
    std::thread::Builder::new().name("tollbridge".to_owned()).spawn(names).ok().map(|_| is_done)
}

/// The same for the last time, and waits for it.
#[cfg(all(feature = "callers", unix))]
fn name_callers_last(shared: &Arc<Shared>) {
    if let Some(is_done) = begin_to_name_callers(shared, NAMING_AT_END) {
        let _ = is_done.recv_timeout(NAMING_AT_MOST);
    }
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
    install(settings, Holder::Guard).map(|(shared, _)| Capture { shared })
}

/// Arms for the rest of the process, until [`arm`] takes over: spans and events for the app's subscriber, no report. If it was this call
/// that armed, says how many calls came since [`take_turn`](super::take_turn), which are not recorded.
pub fn arm_unattended(settings: Settings) -> Option<u64> {
    install(settings, Holder::Nobody).map(|(_, before)| before.missed())
}

/// Decides that nothing is armed, if nobody has decided yet. Says whether it was this call that decided.
pub fn decide_off() -> bool {
    loop {
        let armed = state::armed();
        if !armed.is_undecided() {
            return false;
        }
        // The word changes while calls are counted that come before it is decided.
        if state::replace(armed, Armed::off(armed.generation())) {
            return true;
        }
    }
}

/// What is armed now, and the word before.
fn install(settings: Settings, holder: Holder) -> Option<(Arc<Shared>, Armed)> {
    fork::once_a_process(|| {
        CURRENT.renew(|current| current.try_write().is_some());
        jobs::renew();
        slot::renew();
    });
    clock::calibrate();
    let _ = job_cpu::every();
    let mut costs = Costs::default();
    measure(&mut costs);
    let _busy = busy::begin();
    let mut current = CURRENT.get()?.write();
    if let Some((shared, held_by)) = &*current {
        let stays = *held_by == Holder::Guard || holder == Holder::Nobody;
        // What a process was forked off with is its parent's.
        if stays && !shared.is_forked() {
            return None;
        }
    }
    let generation = state::armed().generation() + 1;
    let armed = Armed::on(generation, &settings);
    paths::shorten(settings.short_paths);
    let shared = Arc::new(Shared::new(generation, settings, costs));
    shared.watch_processors();
    let last = current.replace((Arc::clone(&shared), holder));
    fork::arms(holder == Holder::Guard);
    let before = state::set(armed);
    // To give all of its memory back takes a while, and hops may wait for the lock.
    drop(current);
    match last {
        // Threads that are not in this process may have been at it, so it may be in any state.
        Some((inherited, _)) if inherited.is_forked() => std::mem::forget(inherited),
        last => drop(last),
    }
    Some((shared, before))
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
    /// threads that are not here. Only [`forget`](Self::forget) it, or drop it.
    #[must_use]
    pub fn is_forked(&self) -> bool {
        self.shared.is_forked()
    }

    /// Disarms without a report, and without a lock. Says whether this process had not found out yet that it is another one:
    /// false too if it has armed a capture of its own.
    pub fn forget(self) -> bool {
        let armed = state::armed();
        let own = armed.generation() == self.shared.generation && !armed.is_off();
        std::mem::forget(self);
        own && state::replace(armed, Armed::off(armed.generation()))
    }

    /// Disarms, and reports for the last time. Hops still in flight are counted as such; their ends go nowhere.
    #[must_use]
    pub fn finish(self) -> Report {
        disarm(&self.shared);
        measure(&mut self.shared.costs.lock());
        self.shared.read_processors_last();
        #[cfg(all(feature = "callers", unix))]
        name_callers_last(&self.shared);
        self.shared.report(true)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        if !self.is_forked() {
            disarm(&self.shared);
        }
    }
}

/// Makes reports of a capture, also after it has ended: as long as there is one, all that was recorded is kept. Not for a process that was
/// forked off since.
#[derive(Clone, Debug)]
pub struct Reporter {
    shared: Arc<Shared>,
}

impl Reporter {
    /// Measures once more what recording costs: 0.3 ms of the calling thread. For threads of one's own, every now and then;
    /// reports show the mean.
    pub fn measure_costs(&self) {
        measure(&mut self.shared.costs.lock());
    }

    /// Reads the CPU times of the process's threads, if it is time to: some us a thread.
    pub fn read_processors(&self) {
        self.shared.read_processors();
    }

    /// Has the names of callers that were met since looked up, by a thread that is made for it, if that is due: at most 1 % of a processor. Says whether names
    /// were found since this was called last. Only with the feature `callers`.
    #[must_use]
    pub fn name_callers(&self) -> bool {
        #[cfg(all(feature = "callers", unix))]
        let named = {
            if self.shared.callers.may_name() {
                let _ = begin_to_name_callers(&self.shared, NAMING);
            }
            self.shared.callers.has_news()
        };
        #[cfg(not(all(feature = "callers", unix)))]
        let named = false;
        named
    }

    /// As [`Capture::report`].
    #[must_use]
    pub fn report(&self) -> Report {
        self.shared.report(false)
    }

    /// As [`Capture::report`], without the derived members: those are computed by whoever reads it ([`Report::derive`]).
    #[must_use]
    pub fn primary(&self) -> Report {
        self.shared.primary(false)
    }

    /// Returns a number that changes when a hop begins or anything is recorded. A few ns a thread.
    #[must_use]
    pub fn activity(&self) -> u64 {
        self.shared.activity()
    }
}

fn disarm(shared: &Arc<Shared>) {
    let _busy = busy::begin();
    let Some(current) = CURRENT.get() else { return };
    let mut current = current.write();
    if current.as_ref().is_some_and(|(current, _)| Arc::ptr_eq(current, shared)) {
        *current = None;
        state::set(Armed::off(shared.generation));
    }
}
