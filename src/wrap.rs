//! `wrap(f)`: measures a job from inside its closure, whoever hands it to the pool.

use std::panic::Location;

use tollbridge_instrument::clock;
use tollbridge_instrument::hop::{EndedHop, Threads, Ticks};
use tollbridge_instrument::ledger::{self, Armed, PoolThread};
use tollbridge_instrument::names::{Arm, Detail, Outcome};

use crate::hop::{site_of, tell};
use crate::session;

/// Measures a closure that somebody else hands to the blocking pool; the handle stays theirs.
///
/// It sees `run`, and what lies between this call and the closure's start as one phase, `reach` (submit, backlog and
/// start). Of the way back it sees nothing. A closure that is dropped before it ran counts as cancelled.
/// Off it costs one relaxed load.
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
    let armed = session::decided();
    let location = Location::caller();
    let hop = armed.is_on().then(|| WrappedHop::begin(armed, location, std::any::type_name::<F>)).flatten();
    move || match hop {
        None => f(),
        Some(mut hop) => {
            hop.runs();
            let result = match hop.caller.take() {
                None => f(),
                Some(caller) => caller.in_scope(f),
            };
            hop.ends(Outcome::Joined);
            result
        }
    }
}

struct WrappedHop {
    generation: u32,
    visible: bool,
    location: &'static Location<'static>,
    /// Asked for the type name of the closure.
    job: fn() -> &'static str,
    /// The span that the caller was in, if the job is to be in it too.
    caller: Option<Box<tracing::Span>>,
    called: u64,
    /// Number of the calling thread; 0 where that is not asked for.
    caller_thread: u32,
    /// Where and when it runs.
    running: Option<(PoolThread, u64)>,
    ended: bool,
}

impl WrappedHop {
    fn begin(armed: Armed, location: &'static Location<'static>, job: fn() -> &'static str) -> Option<Self> {
        let (generation, visible) = (armed.generation(), armed.is_visible());
        if !ledger::submitted(generation) {
            session::went_nowhere();
            return None;
        }
        let caller = armed.propagates().then(|| Box::new(tracing::Span::current()));
        let (caller_thread, called) = (ledger::caller(armed), clock::now());
        Some(Self { generation, visible, location, job, caller, called, caller_thread, running: None, ended: false })
    }

    fn runs(&mut self) {
        self.running = Some((ledger::job_begins(self.generation), clock::now()));
    }

    fn ends(&mut self, outcome: Outcome) {
        self.ended = true;
        let end = clock::now();
        if self.running.is_some() {
            ledger::job_ended(end);
        }
        let mut ticks = Ticks::between(self.called, end);
        if let Some((thread, start)) = self.running {
            ticks = Ticks { previous_end: thread.previous_end, run_start: start, run_end: end, ..ticks };
        }
        let hop = EndedHop {
            site: site_of(self.location, (self.job)()),
            arm: Arm::Wrapped,
            detail: Detail::Phases,
            outcome,
            ticks,
            threads: Threads { caller: self.caller_thread, pool: self.running.map_or(0, |(thread, _)| thread.number) },
            spans: None,
            copied_bytes: 0,
            in_a_row: false,
        };
        tell(self.generation, self.visible, &hop);
    }
}

impl Drop for WrappedHop {
    fn drop(&mut self) {
        if !self.ended {
            self.ends(if self.running.is_some() { Outcome::Panicked } else { Outcome::Cancelled });
        }
    }
}
