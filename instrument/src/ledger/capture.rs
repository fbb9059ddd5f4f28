//! One capture: from arming to disarming. At most one is armed at a time.

use std::sync::Arc;

use super::cost::Costs;
use super::fork;
use super::job_cpu;
use super::measure::measure;
use super::settings::Settings;
use super::shared::{CURRENT, Holder, Shared};
use super::state::{self, Armed};
use crate::clock;
use crate::report::Report;

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
    let armed = state::armed();
    armed.is_undecided() && state::replace(armed, Armed::off(armed.generation()))
}

fn install(settings: Settings, holder: Holder) -> Option<Arc<Shared>> {
    clock::calibrate();
    job_cpu::calibrate();
    let mut costs = Costs::default();
    measure(&mut costs);
    let mut current = fork::write(&CURRENT)?;
    if let Some((shared, held_by)) = &*current {
        let stays = *held_by == Holder::Guard || holder == Holder::Nobody;
        // What a process was forked off with is its parent's.
        if stays && !shared.is_forked() {
            return None;
        }
    }
    let generation = state::armed().generation() + 1;
    let armed = Armed::on(generation, &settings);
    let shared = Arc::new(Shared::new(generation, settings, costs));
    shared.watch_processors();
    *current = Some((Arc::clone(&shared), holder));
    fork::arms(holder == Holder::Guard);
    state::set(armed);
    Some(shared)
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
    /// reports show the mean.
    pub fn measure_costs(&self) {
        measure(&mut self.shared.costs.lock());
    }

    /// Reads the CPU times of the process's threads, if it is time to: some us a thread.
    pub fn read_processors(&self) {
        self.shared.read_processors();
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
