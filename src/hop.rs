//! One hop's life: what its handle, its job and its awaiter stamp, and what becomes of it in the end.
//!
//! ```text
//! Hop::begin ── called                                                    (caller's thread)
//!   Hop::job ────────────── its closure ── run_start, run_end, published    (pool thread)
//! Hop::returned ── returned
//! Hop::polled ── first_poll                                               (awaiter's thread)
//!   Hop::take_over ── ready, copied ── record
//! ```
//!
//! The outcome travels as the output of tokio's own task ([`Carried`]), so readiness, abort, ids, drop order and shutdown
//! stay tokio's. Each hop ends exactly once, where its handle ends: taken over, or dropped before that (detached).

use std::panic::Location;
use std::sync::Arc;

use tokio::task::JoinError;
use tollbridge_instrument::callout;
use tollbridge_instrument::clock;
use tollbridge_instrument::event;
use tollbridge_instrument::hop::{EndedHop, HopSpans, How, PackedOp, Place, Site, SiteId, Threads, Ticks};
use tollbridge_instrument::names::{Arm, Detail, Outcome};
use tollbridge_instrument::phase_span::{self, OwnedSpan, Visible};
use tollbridge_instrument::probe::{HopProbe, Probe, Silent};
use tollbridge_instrument::record::{self, Armed, PoolThread};

use crate::bridge::{Awaiter, Exception, Failure, Source, naive, snapshot};
use crate::ids;
use crate::large::Carries;
use tollbridge_instrument::session;

/// The site of a call.
pub(crate) fn site_of(location: &'static Location<'static>, job: &'static str) -> Site<'static> {
    Site { file: location.file(), line: location.line(), column: location.column(), job }
}

/// Records a hop that ended and, if the app's own subscriber is to see it, emits its event there. `site`: asked only then.
#[inline]
pub(crate) fn record(generation: u32, hop: &EndedHop<'_>, site: Option<Site<'static>>) {
    if !record::hop(generation, hop) {
        session::went_nowhere();
    } else if let Some(site) = site {
        show(generation, hop, site);
    }
}

#[cold]
fn show(generation: u32, hop: &EndedHop<'_>, site: Site<'static>) {
    if let Some(since) = record::since(generation) {
        let record = hop.record(site, since);
        callout::mention(move || event::emit(&record));
    }
}

/// What the handle keeps of a hop. Small, because it is moved wherever the app moves its handle.
pub(crate) struct Hop {
    generation: u32,
    site: SiteId,
    place: Place,
    arm: Arm,
    detail: Detail,
    how: How,
    /// [`Ticks::NEVER`] once the hop has ended.
    called: u64,
    /// [`Ticks::NEVER`] until there is a task, and once the hop has ended.
    returned: u64,
    first_poll: u64,
    /// `None` while the app's own subscriber is not to see anything.
    spans: Option<Box<HandleSpans>>,
}

/// Open spans for the app's own subscriber. Boxed wherever they are kept, since they are rare and large.
struct HandleSpans {
    site: Site<'static>,
    hop: Arc<OwnedSpan>,
    submit: Option<OwnedSpan>,
}

/// What the job enters and closes on its thread. Boxed too, so that the closure that tokio moves stays small.
struct JobSpans {
    /// For the app's own subscriber.
    hop: Option<Arc<OwnedSpan>>,
    /// Closed when the job begins, or dropped without its having begun.
    start: Option<OwnedSpan>,
    /// The one that the caller was in, if the job is to be in it too.
    caller: Option<OwnedSpan>,
}

/// What the job stamps, in ticks.
#[derive(Clone, Copy)]
struct Ran {
    previous_end: u64,
    start: u64,
    end: u64,
    published: u64,
    publish_lock: PackedOp,
    threads: Threads,
    /// Number of the runtime.
    runtime: u8,
}

impl Ran {
    /// A job that did not get so far.
    const NOT: Self = Self {
        runtime: 0,
        previous_end: Ticks::NEVER,
        start: Ticks::NEVER,
        end: Ticks::NEVER,
        published: Ticks::NEVER,
        publish_lock: PackedOp::NONE,
        threads: Threads { caller: 0, pool: 0 },
    };
}

/// The output of the blocking task: the finished source, or with the native bridge the bare result.
pub(crate) struct Carried<T> {
    ran: Ran,
    outcome: Carrier<T>,
    resume: Option<Box<OwnedSpan>>,
}

/// What tokio's handle asks of its output before it prints itself, which it does without looking at the output.
impl<T: std::fmt::Debug> std::fmt::Debug for Carried<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}

enum Carrier<T> {
    Native(T),
    Bridged(Source<T, JoinError>),
}

/// Ends a job on its thread, also if it panicked.
pub(crate) struct JobEnd {
    generation: u32,
    thread: PoolThread,
}

impl JobEnd {
    /// A job comes to the calling thread, and ends when what is returned is dropped.
    #[inline]
    pub(crate) fn of(waiting: Waiting) -> Self {
        let Waiting { generation, place } = waiting;
        std::mem::forget(waiting);
        Self { generation, thread: record::job_begins(generation, place, ids::runtime) }
    }

    /// Its closure is called now.
    #[inline]
    pub(crate) fn runs(&self, at: u64) {
        record::job_runs(&self.thread, at);
    }

    #[inline]
    pub(crate) fn thread(&self) -> &PoolThread {
        &self.thread
    }
}

impl Drop for JobEnd {
    #[inline]
    fn drop(&mut self) {
        record::job_ended(self.generation, &self.thread, clock::now());
    }
}

/// A job that has not begun. It may be dropped instead: aborted, or with its runtime.
pub(crate) struct Waiting {
    pub(crate) generation: u32,
    pub(crate) place: Place,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        record::job_dropped(self.generation, self.place);
    }
}

impl Hop {
    /// Stamps `called`, and counts the hop. `job`: type name of the closure. `None` if the capture is over.
    pub(crate) fn begin(armed: Armed, location: &'static Location<'static>, job: &'static str) -> Option<Self> {
        let generation = armed.generation();
        let (arm, detail) = armed.draw();
        let site = site_of(location, job);
        let spans = callout::shows(armed).then(|| {
            let hop = phase_span::hop(&site, arm, detail);
            let submit = Some(phase_span::phase(&hop, Visible::Submit));
            Box::new(HandleSpans { site, hop, submit })
        });
        let Some(begun) = record::begin(generation, &site, arm, detail) else {
            session::went_nowhere();
            return None;
        };
        let how = record::burst::calls(&begun, ids::task());
        Some(Self {
            generation,
            site: begun.site,
            place: begun.place,
            arm,
            detail,
            how,
            called: begun.called,
            returned: Ticks::NEVER,
            first_poll: Ticks::NEVER,
            spans,
        })
    }

    /// The closure for tokio: runs `f`, in the caller's span if `armed` says so, and publishes its result as a `C`.
    pub(crate) fn job<F, R, C>(&self, armed: Armed, f: F) -> impl FnOnce() -> Carried<C> + Send + use<F, R, C>
    where
        F: FnOnce() -> R + Send,
        C: Carries<R> + Send,
    {
        let (visible, arm, detail) = (self.spans.is_some(), self.arm, self.detail);
        let waiting = Waiting { generation: self.generation, place: self.place };
        let (propagate, caller_thread) = (armed.propagates(), record::caller(armed));
        let spans = (visible || propagate).then(|| {
            let hop = self.spans.as_ref().map(|spans| Arc::clone(&spans.hop));
            let start = hop.as_ref().map(|hop| phase_span::phase(hop, Visible::Start));
            Box::new(JobSpans { hop, start, caller: propagate.then(OwnedSpan::current) })
        });
        move || {
            let job = JobEnd::of(waiting);
            let (hop, caller) = spans.map_or((None, None), |spans| {
                let JobSpans { hop, start, caller } = *spans;
                drop(start);
                (hop, caller)
            });
            let phase = |phase| hop.as_ref().map(|hop| phase_span::phase(hop, phase));
            let run = phase(Visible::Run);
            let start = clock::now();
            job.runs(start);
            let entered = caller.as_ref().map(OwnedSpan::enter);
            let result = f();
            drop(entered);
            drop(caller);
            let end = clock::now();
            drop(run);
            let publish = phase(Visible::Publish);
            let entered = publish.as_ref().map(OwnedSpan::enter);
            let result = C::load(result);
            let (outcome, publish_lock) = match (arm, detail) {
                (Arm::Native | Arm::Wrapped, _) => (Carrier::Native(result), PackedOp::NONE),
                (_, Detail::Phases) => (published(result, &Silent), PackedOp::NONE),
                (_, Detail::Locks) => {
                    let probe = HopProbe::new(visible);
                    let source = published(result, &probe);
                    (source, probe.spans().first())
                }
            };
            let published = clock::now();
            drop(entered);
            drop(publish);
            let PoolThread { number: pool, runtime, previous_end, .. } = *job.thread();
            drop(job);
            Carried {
                ran: Ran {
                    previous_end,
                    start,
                    end,
                    published,
                    publish_lock,
                    threads: Threads { caller: caller_thread, pool },
                    runtime,
                },
                outcome,
                resume: phase(Visible::Resume).map(Box::new),
            }
        }
    }

    /// Stamps `returned`: now there is a task.
    pub(crate) fn returned(&mut self) {
        self.returned = clock::now();
        record::burst::has_called(self.returned);
        if let Some(spans) = &mut self.spans {
            spans.submit = None;
        }
    }

    /// Stamps `first_poll`, once.
    #[inline]
    pub(crate) fn polled(&mut self) {
        if self.first_poll == Ticks::NEVER {
            self.first_poll = clock::now();
        }
    }

    /// Carries the outcome over the hop's bridge to the awaiter.
    pub(crate) fn take_over<T, C: Carries<T>>(
        &mut self,
        outcome: Result<Carried<C>, JoinError>,
    ) -> Result<T, JoinError> {
        let ready = clock::now();
        let (ran, outcome) = match outcome {
            Ok(Carried { ran, outcome, resume }) => {
                drop(resume);
                (ran, Ok(outcome))
            }
            Err(error) => (Ran::NOT, Err(error)),
        };
        let ending = match &outcome {
            Ok(_) => Outcome::Joined,
            Err(error) if error.is_cancelled() => Outcome::Cancelled,
            Err(_) => Outcome::Panicked,
        };
        let transfer = self.spans.as_ref().map(|spans| phase_span::phase(&spans.hop, Visible::Transfer));
        let entered = transfer.as_ref().map(OwnedSpan::enter);
        if self.detail == Detail::Phases || self.arm == Arm::Native {
            let taken = match outcome {
                Ok(Carrier::Native(value)) => Ok(value),
                Err(error) if self.arm == Arm::Native => Err(error),
                outcome => transferred(outcome, self.arm, &Silent),
            };
            let taken = taken.map(C::unload);
            #[cfg(tollbridge_twin_arms)]
            let spun = crate::twin::spin(self.arm);
            // Once the transfer has ended: plainly read, half of its locks would be left out (docs/design/phases.md).
            let copied = clock::settled();
            #[cfg(tollbridge_twin_arms)]
            crate::twin::count(self.arm, spun);
            drop(entered);
            drop(transfer);
            self.record(ending, &ran, ready, copied, None, self.bytes::<C>(ending));
            return taken;
        }
        let probe = HopProbe::after(ran.publish_lock, self.spans.is_some());
        let taken = transferred(outcome, self.arm, &probe).map(C::unload);
        let copied = clock::settled();
        if record::one_in_sixteen() {
            probe.empty_span();
        }
        drop(entered);
        drop(transfer);
        self.record(ending, &ran, ready, copied, Some(probe.spans()), self.bytes::<C>(ending));
        taken
    }

    /// Size of the state that is copied. Of a large result it has the box alone.
    fn bytes<C>(&self, ending: Outcome) -> u64 {
        match (self.arm, ending) {
            (Arm::Native, _) | (_, Outcome::Cancelled) => 0,
            _ => size_of::<Result<C, Exception<JoinError>>>() as u64,
        }
    }

    /// Ends the hop.
    fn record(
        &mut self,
        outcome: Outcome,
        ran: &Ran,
        ready: u64,
        end: u64,
        spans: Option<&HopSpans>,
        copied_bytes: u64,
    ) {
        let (mut run_start, mut run_end, mut place) = (ran.start, ran.end, self.place);
        if outcome != Outcome::Detached {
            let task = ids::task();
            record::burst::came_back(self.site, task, end);
            record::tasks::has(self.generation, task, self.called, end);
        }
        match outcome {
            Outcome::Joined | Outcome::Cancelled => {}
            Outcome::Panicked => {
                (run_start, run_end) = record::ran(place).unwrap_or((run_start, run_end));
            }
            Outcome::Detached => {
                let (own, ran) = record::detach(place);
                place = own;
                (run_start, run_end) = ran.unwrap_or((run_start, run_end));
            }
        }
        let returned = std::mem::replace(&mut self.returned, Ticks::NEVER);
        let hop = EndedHop {
            site: self.site,
            place,
            arm: self.arm,
            detail: self.detail,
            outcome,
            ticks: Ticks {
                called: std::mem::replace(&mut self.called, Ticks::NEVER),
                returned,
                previous_end: ran.previous_end,
                run_start,
                run_end,
                published: ran.published,
                first_poll: self.first_poll,
                ready,
                copied: end,
            },
            threads: ran.threads,
            spans,
            copied_bytes,
            how: self.how.with_runtime(ran.runtime),
        };
        record(self.generation, &hop, self.spans.as_ref().map(|spans| spans.site));
        // The hop's span ends with the hop; its handle may be kept for longer.
        self.spans = None;
    }
}

impl Drop for Hop {
    // Out of line, so that the handle's own drop is small enough to be inlined where nothing is armed.
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        if self.returned != Ticks::NEVER {
            self.record(Outcome::Detached, &Ran::NOT, Ticks::NEVER, clock::now(), None, 0);
        } else if self.called != Ticks::NEVER {
            // tokio's call panicked (no runtime, no thread to be had): there is no task, so there was no hop.
            record::refused(self.generation, self.place);
        }
    }
}

/// A source that holds the result: one bridge lock.
fn published<T, P: Probe>(result: T, probe: &P) -> Carrier<T> {
    let source = Source::pending();
    probe.settle();
    if let Err(refused) = source.publish(Ok(result), probe) {
        // Nobody else has seen the source, so nobody can have cancelled it.
        return Carrier::Bridged(Source::finished(refused.into_inner()));
    }
    Carrier::Bridged(source)
}

/// The transfer itself. Failures, tokio's genuine errors, enter a finished source here and take the same road.
fn transferred<T, P: Probe>(outcome: Result<Carrier<T>, JoinError>, arm: Arm, probe: &P) -> Result<T, JoinError> {
    let mut cancellation = None;
    let mut source = match outcome {
        Ok(Carrier::Native(value)) => return Ok(value),
        Ok(Carrier::Bridged(source)) => source,
        Err(error) if error.is_cancelled() => {
            cancellation = Some(error);
            Source::cancelled()
        }
        Err(error) => Source::finished(Err(Exception::Other(error))),
    };
    let mut awaiter = Awaiter::new();
    let mut state = source.probed(probe);
    #[cfg(tollbridge_twin_arms)]
    let arm = crate::twin::road(arm);
    // Behind the move of the outcome to this thread's stack.
    probe.settle();
    let copied = match arm {
        Arm::Naive => naive::copy_future_state(&mut state, &mut awaiter),
        Arm::Snapshot | Arm::Native | Arm::Wrapped => snapshot::copy_future_state(&mut state, &mut awaiter),
    };
    debug_assert!(copied.is_ok(), "the source of a finished task is done");
    match (awaiter.take(), cancellation) {
        (Some(Ok(value)), _) => Ok(value),
        (Some(Err(Failure::Other(error))), _) | (_, Some(error)) => Err(error),
        _ => unreachable!("a source of this module is finished, or cancelled with tokio's error beside it"),
    }
}
