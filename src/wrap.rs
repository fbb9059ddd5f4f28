//! `wrap(f)`: measures a job from inside its closure, whoever hands it to the pool.

use std::panic::Location;

use tollbridge_instrument::callout;
use tollbridge_instrument::clock;
use tollbridge_instrument::hop::{Begun, How, Site};
use tollbridge_instrument::names::{Arm, Detail, Outcome};
use tollbridge_instrument::phase_span::OwnedSpan;
use tollbridge_instrument::record::{self, Armed};

use crate::hop::{JobEnd, Waiting, record, site_of};
use crate::ids;
use tollbridge_instrument::session;

/// Measures a closure that other code sends to the blocking pool. The handle stays tokio's.
///
/// It records `run`, and the time from this call to the closure's start as one phase, `reach` (submit, backlog and
/// start). It records nothing of the way back. A closure that is dropped before it runs counts as cancelled.
/// While recording is off, it costs one relaxed load.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tollbridge::task::wrap;
///
/// let mut set = tokio::task::JoinSet::new();
/// set.spawn(async { 1 });
/// set.spawn_blocking(wrap(|| 2));
/// assert_eq!(set.join_all().await.iter().sum::<i32>(), 3);
/// # Ok(()) }
/// ```
#[track_caller]
pub fn wrap<F, R>(f: F) -> impl FnOnce() -> R + Send + 'static
where
    F: FnOnce() -> R + Send + 'static,
    R: 'static,
{
    measured(begin::<F>(), f)
}

/// A hop begins whose job is of this type, if recording is on. Its site is the caller's.
#[track_caller]
pub(crate) fn begin<F>() -> Option<WrappedHop> {
    let armed = session::decided();
    let location = Location::caller();
    armed.is_on().then(|| WrappedHop::begin(armed, location, std::any::type_name::<F>())).flatten()
}

/// `f` as the job of a hop that has begun.
#[inline]
pub(crate) fn measured<R>(
    hop: Option<WrappedHop>,
    f: impl FnOnce() -> R + Send + 'static,
) -> impl FnOnce() -> R + Send + 'static
where
    R: 'static,
{
    move || match hop {
        None => f(),
        Some(mut hop) => {
            hop.runs();
            let caller = hop.caller.take();
            let entered = caller.as_deref().map(OwnedSpan::enter);
            let result = f();
            drop(entered);
            drop(caller);
            hop.ends(Outcome::Joined);
            result
        }
    }
}

pub(crate) struct WrappedHop {
    generation: u32,
    visible: bool,
    site: Site<'static>,
    begun: Begun,
    how: How,
    /// The span that the caller was in, if the job is to be in it too.
    caller: Option<Box<OwnedSpan>>,
    /// Number of the calling thread; 0 where that is not asked for.
    caller_thread: u32,
    stage: WrapStage,
}

enum WrapStage {
    Waiting(Waiting),
    /// Since when.
    Running(JobEnd, u64),
    Ended,
}

impl WrappedHop {
    fn begin(armed: Armed, location: &'static Location<'static>, job: &'static str) -> Option<Self> {
        let (generation, visible) = (armed.generation(), callout::shows(armed));
        let site = site_of(location, job);
        let caller = armed.propagates().then(|| Box::new(OwnedSpan::current()));
        let caller_thread = record::caller(armed);
        let Some(begun) = record::begin(generation, &site, Arm::Wrapped, Detail::Phases) else {
            session::went_nowhere();
            return None;
        };
        let how = record::burst::calls(&begun, ids::task());
        let stage = WrapStage::Waiting(Waiting { generation, place: begun.place });
        Some(Self { generation, visible, site, begun, how, caller, caller_thread, stage })
    }

    fn runs(&mut self) {
        if let WrapStage::Waiting(waiting) = std::mem::replace(&mut self.stage, WrapStage::Ended) {
            let job = JobEnd::of(waiting);
            let start = clock::now();
            job.runs(start);
            self.stage = WrapStage::Running(job, start);
        }
    }

    fn ends(&mut self, outcome: Outcome) {
        let end = clock::now();
        // The job's end is its entry's, whose place the hop's end gives back.
        let job = match std::mem::replace(&mut self.stage, WrapStage::Ended) {
            WrapStage::Running(job, start) => Some((job, start)),
            _ => None,
        };
        let run = job.as_ref().map(|(job, start)| (job.thread(), *start));
        let hop = record::wrapped(&self.begun, self.how, self.caller_thread, run, outcome, end);
        drop(job);
        record(self.generation, &hop, self.visible.then_some(self.site));
    }
}

impl Drop for WrappedHop {
    fn drop(&mut self) {
        match self.stage {
            WrapStage::Ended => {}
            WrapStage::Waiting(_) => self.ends(Outcome::Cancelled),
            WrapStage::Running(..) => self.ends(Outcome::Panicked),
        }
    }
}
