//! Jobs that tokio itself tells of, by the span that it opens for each where it is built for tokio-console (`--cfg tokio_unstable`, feature `tracing`).
//!
//! | what happens to the span | moment of the hop |
//! |---|---|
//! | opened | called |
//! | entered for the first time | run_start |
//! | left, as often as that thread has entered it | run_end |
//! | entered once more by that thread, or closed | gone: the hop is recorded |
//!
//! [`Instrumented`](tracing::instrument::Instrumented), in which tokio polls the job, enters the span to drop the job too, since tracing 0.1.38. So a job that ran has its
//! span entered twice, and one that was cancelled once; an older tracing enters it once and not at all. Which of the two is linked is tried when the layer is
//! made ([`enters_to_drop`]). Other threads may enter the span meanwhile, and the job itself once more: code that it runs can ask for the current
//! span and carry it anywhere. Neither changes anything.
//!
//! The layer keeps what it knows of an open span in a table of its own. A span's extensions are behind a lock that other layers hold, and that panics
//! once one of them has.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context as Wakes, Waker};
use std::thread;

use tollbridge_report::aggregate::key_map::KeyMap;
use tracing::field::{Field, Visit};
use tracing::instrument::Instrument as _;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Filter, Layer};

use crate::callout;
use crate::clock;
use crate::hop::{Begun, How, Site};
use crate::names::{Arm, Detail, Outcome};
use crate::record::{self, Lock, MAX_SITES, PoolThread, burst, observed};

/// Target of the span.
const TARGET: &str = "tokio::task::blocking";

/// Field with the type name of its closure.
const JOB: &str = "fn";

/// A layer that records every blocking job from the span that tokio opens for it.
///
/// It asks for these spans alone, so that other spans and events cost what they do without it.
pub type BlockingLayer<S> = Filtered<BlockingSpans, OnlyBlocking, S>;

/// What the layer asks of tokio, which this crate does not link.
#[derive(Clone, Copy, Debug)]
pub struct Tokio {
    /// Returns the number of the task that the calling thread runs; 0 if it runs none.
    pub task: fn() -> u64,
    /// Returns what tells the runtime of the calling thread from others; 0 if it is in none.
    pub runtime: fn() -> u64,
    /// Whether it is a copy made by `cargo tollbridge`, which tells of its jobs itself.
    pub is_copy: bool,
}

/// Returns the layer. Add it to a `tracing_subscriber` registry by `.with(...)`.
#[must_use]
pub fn layer<S>(tokio: Tokio) -> BlockingLayer<S> {
    let spans = BlockingSpans {
        tokio,
        enters_to_drop: enters_to_drop(),
        is_second: false,
        open: std::iter::repeat_with(Lock::default).take(SHARDS).collect(),
    };
    Filtered::new(spans, OnlyBlocking)
}

/// Lets the spans of blocking jobs through, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct OnlyBlocking;

fn is_of_job(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == TARGET && metadata.fields().field(JOB).is_some()
}

impl<S> Filter<S> for OnlyBlocking {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        is_of_job(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_of_job(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}

/// This many threads can open, enter and close spans at once without waiting for each other.
const SHARDS: usize = 64;

/// Records blocking jobs from their spans; a part of [`BlockingLayer`].
#[derive(Debug)]
pub struct BlockingSpans {
    tokio: Tokio,
    enters_to_drop: bool,
    /// The subscriber has such a layer already, which records the jobs.
    is_second: bool,
    /// Jobs whose spans are open, by span.
    open: Box<[Lock<KeyMap<u64, Job>>]>,
}

/// A job that is recorded.
#[derive(Clone, Copy, Debug)]
struct Job {
    generation: u32,
    begun: Begun,
    how: How,
    /// Number of the calling thread; 0 where that is not asked for.
    caller: u32,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Waiting,
    /// `depth`: how often its thread is inside the span. `unwinds`: the thread was unwinding before.
    Running {
        thread: PoolThread,
        start: u64,
        depth: u32,
        unwinds: bool,
    },
    /// It ran, or was dropped by code that entered the span.
    Left(Run),
}

#[derive(Clone, Copy, Debug)]
struct Run {
    thread: PoolThread,
    start: u64,
    end: u64,
    panicked: bool,
}

/// What the pool's thread has to do when it enters a span.
enum Entering {
    Begins(Job),
    /// The job is over.
    Drops(Job, Run),
}

impl BlockingSpans {
    /// Runs `f` on the jobs among which that of a span is; `None` in a forked process if a thread held them at the fork.
    fn among<R>(&self, id: &Id, f: impl FnOnce(&mut KeyMap<u64, Job>) -> R) -> Option<R> {
        // Ids of a registry count in their low bits, and have a thread's number above them.
        let id = id.into_u64();
        let shard = (id ^ id >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
        let mut jobs = self.open.get(usize::try_from(shard).unwrap_or_default())?.lock_unless_forked()?;
        Some(f(&mut jobs))
    }

    /// Runs `f` on the job of a span, if it is recorded.
    fn at<R>(&self, id: &Id, f: impl FnOnce(&mut Job) -> Option<R>) -> Option<R> {
        self.among(id, |jobs| jobs.get_mut(&id.into_u64()).and_then(f)).flatten()
    }

    fn remove(&self, id: &Id) -> Option<Job> {
        self.among(id, |jobs| jobs.remove(&id.into_u64())).flatten()
    }

    fn opened(&self, attributes: &Attributes<'_>, id: &Id) {
        let armed = record::armed();
        if !armed.is_on() {
            return;
        }
        let generation = armed.generation();
        // Whatever writes a field may panic.
        let found = callout::contained(|| Fields::read(attributes, |fields| fields.kind()));
        let site = match found {
            Some(Kind::Own(site)) => site,
            Some(Kind::Imported) => return record::begins_as_import(generation),
            Some(Kind::Worker) => return record::worker_comes(generation),
            None => return,
        };
        let Some(begun) = record::begin_observed(generation, site.as_ref(), Arm::Wrapped, Detail::Phases) else {
            return;
        };
        let how = burst::calls(&begun, (self.tokio.task)());
        let job = Job { generation, begun, how, caller: record::caller(armed), stage: Stage::Waiting };
        if self.among(id, |jobs| jobs.insert(id.into_u64(), job)).is_none() {
            record::refused(generation, begun.place);
        }
    }

    fn entered(&self, id: &Id) {
        let here = record::thread_number();
        let entering = self.at(id, |job| match &mut job.stage {
            Stage::Waiting => Some(Entering::Begins(*job)),
            Stage::Running { thread, depth, .. } if thread.number == here => {
                *depth = depth.saturating_add(1);
                None
            }
            &mut Stage::Left(run) if run.thread.number == here && self.enters_to_drop => {
                Some(Entering::Drops(*job, run))
            }
            Stage::Running { .. } | Stage::Left(_) => None,
        });
        match entering {
            None => {}
            Some(Entering::Begins(job)) => {
                let unwinds = thread::panicking();
                let thread = record::job_begins(job.generation, job.begun.place, self.tokio.runtime);
                let start = clock::now();
                record::job_runs(&thread, start);
                let stage = Stage::Running { thread, start, depth: 1, unwinds };
                let _ = self.at(id, |job| Some(std::mem::replace(&mut job.stage, stage)));
            }
            Some(Entering::Drops(job, run)) => {
                let _ = self.remove(id);
                job.ran(&run);
            }
        }
    }

    fn left(&self, id: &Id) {
        let end = clock::now();
        let here = record::thread_number();
        let ended = self.at(id, |job| match &mut job.stage {
            Stage::Running { thread, depth, .. } if thread.number == here && *depth > 1 => {
                *depth -= 1;
                None
            }
            Stage::Running { thread, start, unwinds, .. } if thread.number == here => {
                let panicked = !*unwinds && thread::panicking();
                let run = Run { thread: *thread, start: *start, end, panicked };
                job.stage = Stage::Left(run);
                Some((*job, run))
            }
            _ => None,
        });
        if let Some((job, run)) = ended {
            record::job_ended(job.generation, &run.thread, end);
            if !self.enters_to_drop {
                let _ = self.remove(id);
                job.ran(&run);
            }
        }
    }

    fn closed(&self, id: &Id) {
        let Some(job) = self.remove(id) else { return };
        match job.stage {
            Stage::Waiting => {
                record::job_dropped(job.generation, job.begun.place);
                job.ends(Outcome::Cancelled, None);
            }
            // It was entered to be dropped, and never before.
            Stage::Left(_) => job.ends(Outcome::Cancelled, None),
            // By code that holds no reference to a span that it has entered. Nothing of tokio's does.
            Stage::Running { thread, start, .. } => {
                let end = clock::now();
                if thread.number == record::thread_number() {
                    record::job_ended(job.generation, &thread, end);
                }
                job.ran(&Run { thread, start, end, panicked: false });
            }
        }
    }
}

impl Job {
    fn ran(&self, run: &Run) {
        self.ends(if run.panicked { Outcome::Panicked } else { Outcome::Joined }, Some(run));
    }

    /// As a wrapped closure ends.
    fn ends(&self, outcome: Outcome, run: Option<&Run>) {
        let end = run.map_or_else(clock::now, |run| run.end);
        let run = run.map(|run| (&run.thread, run.start));
        let hop = record::wrapped(&self.begun, self.how, self.caller, run, outcome, end);
        record::hop(self.generation, &hop);
    }
}

impl<S: Subscriber> Layer<S> for BlockingSpans {
    fn on_layer(&mut self, subscriber: &mut S) {
        let subscriber: &dyn Subscriber = subscriber;
        self.is_second = subscriber.is::<Self>();
        if self.is_second {
            observed::installed_twice();
        }
        if !self.tokio.is_copy {
            observed::installed();
        }
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        observed::registered();
        Interest::always()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        observed::saw();
        if !self.tokio.is_copy && !self.is_second {
            self.opened(attributes, id);
        }
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.entered(id);
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.left(id);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.closed(&id);
    }
}

/// Whose job it is.
enum Kind {
    /// To be recorded here. `None`: its site is one too many.
    Own(Option<Site<'static>>),
    /// tollbridge's own calls record it.
    Imported,
    /// It is the runtime itself, whose workers run in the pool.
    Worker,
}

/// What a span says of its job.
#[derive(Debug, Default)]
struct Fields {
    file: String,
    line: u32,
    column: u32,
    job: String,
}

thread_local! {
    /// The texts' memory, for the next span.
    static FIELDS: Cell<Fields> = const {
        Cell::new(Fields { file: String::new(), line: 0, column: 0, job: String::new() })
    };
}

impl Fields {
    fn read<R>(attributes: &Attributes<'_>, f: impl FnOnce(&Self) -> R) -> R {
        let mut fields = FIELDS.try_with(Cell::take).unwrap_or_default();
        fields.clear();
        attributes.record(&mut fields);
        let found = f(&fields);
        let _ = FIELDS.try_with(|kept| kept.set(fields));
        found
    }

    fn clear(&mut self) {
        self.file.clear();
        self.job.clear();
        (self.line, self.column) = (0, 0);
    }

    fn kind(&self) -> Kind {
        let job = name_of(&self.job);
        if job.starts_with("tokio::runtime::") {
            Kind::Worker
        } else if job.starts_with("tollbridge::") {
            Kind::Imported
        } else {
            Kind::Own(site(Site { file: &self.file, line: self.line, column: self.column, job }))
        }
    }

    fn text(&mut self, field: &Field) -> Option<&mut String> {
        match field.name() {
            "loc.file" => Some(&mut self.file),
            JOB => Some(&mut self.job),
            _ => None,
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(text) = self.text(field) {
            text.push_str(value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let number = match field.name() {
            "loc.line" => &mut self.line,
            "loc.col" => &mut self.column,
            _ => return,
        };
        *number = u32::try_from(value).unwrap_or_default();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(text) = self.text(field) {
            // What a value that cannot be written has written so far is its name.
            let _ = write!(text, "{value:?}");
        }
    }
}

/// The name of a closure's type, also where tokio has put a large one into a box.
fn name_of(job: &str) -> &str {
    match job.strip_prefix("alloc::boxed::Box<").and_then(|boxed| boxed.strip_suffix('>')) {
        Some(closure) if closure.ends_with("{{closure}}") => closure,
        _ => job,
    }
}

/// Sites whose texts are kept for good. A capture tells fewer apart.
const KEPT_SITES: usize = 2 * MAX_SITES;

/// The same site with texts that are kept. `None` where there are too many, or in a forked process if a thread held them at the fork.
fn site(site: Site<'_>) -> Option<Site<'static>> {
    thread_local! {
        /// Mostly the next one too.
        static LAST: Cell<Option<Site<'static>>> = const { Cell::new(None) };
    }
    static KEPT: OnceLock<Lock<Kept>> = OnceLock::new();
    let last = LAST.try_with(Cell::get).ok().flatten().filter(|last| is_same(last, &site));
    last.or_else(|| {
        let kept = KEPT.get_or_init(Lock::default).lock_unless_forked()?.site(site)?;
        let _ = LAST.try_with(|last| last.set(Some(kept)));
        Some(kept)
    })
}

fn is_same(one: &Site<'_>, other: &Site<'_>) -> bool {
    (one.line, one.column, one.job, one.file) == (other.line, other.column, other.job, other.file)
}

/// Sites by hash.
#[derive(Default)]
struct Kept {
    sites: KeyMap<u64, Vec<Site<'static>>>,
    count: usize,
}

impl Kept {
    fn site(&mut self, site: Site<'_>) -> Option<Site<'static>> {
        let mut hasher = std::hash::DefaultHasher::new();
        (site.file, site.line, site.column, site.job).hash(&mut hasher);
        let alike = self.sites.entry(hasher.finish()).or_default();
        if let Some(kept) = alike.iter().find(|kept| is_same(kept, &site)) {
            return Some(*kept);
        }
        if self.count >= KEPT_SITES {
            return None;
        }
        self.count += 1;
        let keep = |text: &str| -> &'static str { String::leak(text.to_owned()) };
        let kept = Site { file: keep(site.file), line: site.line, column: site.column, job: keep(site.job) };
        alike.push(kept);
        Some(kept)
    }
}

/// Whether the tracing that is linked, which is tokio's too, enters a span to drop what is instrumented by it.
fn enters_to_drop() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let entered = std::sync::Arc::new(AtomicU32::new(0));
        tracing::subscriber::with_default(Entered(std::sync::Arc::clone(&entered)), || {
            let job = async {}.instrument(tracing::error_span!(target: PROBE, "probe"));
            let _ = pin!(job).poll(&mut Wakes::from_waker(Waker::noop()));
        });
        // ORDERING: relaxed; of this thread alone.
        entered.load(Ordering::Relaxed) > 1
    })
}

const PROBE: &str = "tollbridge::layer";

/// Counts how often spans are entered.
struct Entered(std::sync::Arc<AtomicU32>);

impl Subscriber for Entered {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == PROBE
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {
        // ORDERING: relaxed; of one thread.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn exit(&self, _: &Id) {}
}
