//! Ways to measure one operation through the recorder, each beside a truth that no span has touched.

use std::hint::black_box;
use std::time::Instant;

use tokio::runtime::Runtime;
use tollbridge::report::{Clock, Distribution, Report};
use tollbridge::{Detail, Guard};
use tollbridge_instrument::clock;
use tollbridge_instrument::names::{Arm, LockOp, Phase, SpanKind};
use tollbridge_instrument::probe::{Ambient, Probe};

use crate::operation::{Ground, Operation, What};

/// Hops, or operations on cold caches, of one measure, at most.
const HOPS: u32 = 500;
const COLD: u32 = 60;
thread_local! {
    /// The pool thread's.
    static GROUND: Ground = Ground::new();
}

/// What a length has to be above where it is not warm; the warm floor may be this many ns.
pub(crate) const FLOOR_NS: f64 = 25.0;
/// More than the processor's caches hold for one core.
const SWEPT_BYTES: usize = 4 << 20;
const LINE: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ruler {
    /// The probes' spans, one after the other.
    Warm,
    /// The same, each after something else has used the caches.
    Cold,
    /// The same inside the jobs of hops, each awaited before the next.
    InHop,
    /// The phase `run` of such hops.
    Run,
}

/// One round of a ruler, in ns.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) truth: f64,
    pub(crate) raw: f64,
    pub(crate) corrected: f64,
}

impl Ruler {
    pub(crate) const ALL: [(Self, &'static str); 4] = [
        (Self::Warm, "span, warm"),
        (Self::Cold, "span, cold"),
        (Self::InHop, "span, in a hop"),
        (Self::Run, "run of a hop"),
    ];

    /// Whether what it says of such a truth is held to the promise: of a span, on warm code, and elsewhere above the floor. `run`
    /// holds the call of the job and the drop of what it captured too.
    pub(crate) fn is_judged(self, truth: f64) -> bool {
        match self {
            Self::Warm => true,
            Self::Cold | Self::InHop => truth > FLOOR_NS,
            Self::Run => false,
        }
    }

    /// Measures some of them in a capture of its own.
    pub(crate) fn read(self, operation: &'static Operation, runtime: &Runtime) -> Reading {
        let guard = armed();
        let truth = match self {
            Self::Warm => {
                let ground = Ground::new();
                if operation.is_long() {
                    brackets(operation.batch, |way| way.take(operation.what(), &ground)).truth(Distribution::mean)
                } else {
                    (0..HOPS).for_each(|_| probed(operation.what(), &ground));
                    let what = operation.what();
                    looped_ns(operation.batch, &|| what.run(&ground))
                }
            }
            Self::Cold => {
                let (ground, mut swept) = (Ground::new(), vec![0u8; SWEPT_BYTES]);
                brackets(operation.times(COLD), |way| {
                    swept.iter_mut().step_by(LINE).for_each(|byte| *byte = byte.wrapping_add(1));
                    way.take(operation.what(), &ground)
                })
                .truth(Distribution::mean)
            }
            Self::InHop | Self::Run => runtime.block_on(async {
                let mut lengths = Brackets::default();
                for way in ways(operation.times(HOPS)) {
                    // `run` is that of hops whose job is the operation alone.
                    let way = if way == Way::Probed && self == Self::Run { Way::Bare } else { way };
                    let what = operation.what();
                    let hop = move || GROUND.with(|ground| way.take(what, ground));
                    let ns = match way {
                        Way::Probed | Way::Bare => tollbridge::task::spawn_blocking(hop).await,
                        // Not through the recorder: these are not to be in its `run`.
                        _ => tokio::task::spawn_blocking(hop).await,
                    };
                    lengths.add(way, ns.expect("the job returns"));
                }
                lengths.truth(Distribution::mean)
            }),
        };
        let report = guard.finish().expect("armed");
        assert_eq!(report.dropped.total(), 0);
        let clock = report.clock.as_ref().expect("a recorder has one");
        let spans = |kind| spans(&report, kind).mean().expect("some");
        let (raw, floor) = match self {
            Self::Warm => (spans(SpanKind::Copy), floor(clock)),
            // In place, as the recorder does it for the spans of a transfer.
            Self::Cold | Self::InHop => (spans(SpanKind::Copy), spans(SpanKind::BridgeLock)),
            Self::Run => (runs(&report).mean().expect("some"), clock.floor_ns),
        };
        Reading { truth, raw, corrected: (raw - floor).max(0.0) }
    }
}

/// What a lock or copy is corrected by.
pub(crate) fn floor(clock: &Clock) -> f64 {
    clock.ordered_floor_ns
}

/// A capture of its own, in which nothing but what is asked for is recorded.
pub(crate) fn armed() -> Guard {
    let builder =
        tollbridge::builder().without_files().with_summary(tollbridge::Summary::Off).with_transfer(Arm::Native);
    let guard = builder.with_detail(Detail::Locks).init();
    assert!(guard.is_armed());
    guard
}

/// ns of one call, timed in a loop of so many, less those of an empty loop; of the shortest of some loops, which nobody
/// interrupted.
pub(crate) fn looped_ns(batch: u32, work: &dyn Fn()) -> f64 {
    let timed = |work: &dyn Fn()| {
        let once = || {
            let start = Instant::now();
            (0..batch).for_each(|_| work());
            start.elapsed().as_nanos() as f64 / f64::from(batch)
        };
        (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    (timed(work) - timed(&|| {})).max(0.0)
}

/// What is done with an operation that can not be looped, since its surroundings are a part of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is done in a span.
    Probed,
    /// A call is made in a span.
    Empty,
    /// It is done.
    Bare,
    /// It is done between two readings of `Instant`.
    Bracketed,
    /// A call is made between two readings of `Instant`.
    Nothing,
}

/// Lengths of the two brackets.
#[derive(Default)]
pub(crate) struct Brackets {
    bracketed: Distribution,
    nothing: Distribution,
}

impl Brackets {
    pub(crate) fn add(&mut self, way: Way, ns: u64) {
        match way {
            Way::Bracketed => self.bracketed.add(ns),
            Way::Nothing => self.nothing.add(ns),
            Way::Probed | Way::Empty | Way::Bare => {}
        }
    }

    /// What the operation takes in its surroundings, whatever reading the clock takes there.
    pub(crate) fn truth(&self, middle: impl Fn(&Distribution) -> Option<f64>) -> f64 {
        middle(&self.bracketed).expect("some") - middle(&self.nothing).expect("some")
    }
}

/// Each way so many times, by turns: what the machine does meanwhile is done to all.
pub(crate) fn ways(times: u32) -> impl Iterator<Item = Way> {
    (0..times).flat_map(|_| [Way::Probed, Way::Empty, Way::Bracketed, Way::Nothing])
}

pub(crate) fn brackets(times: u32, mut take: impl FnMut(Way) -> u64) -> Brackets {
    let mut lengths = Brackets::default();
    ways(times).for_each(|way| lengths.add(way, take(way)));
    lengths
}

impl Way {
    fn take(self, what: What, ground: &Ground) -> u64 {
        match self {
            Self::Probed => {
                probed(what, ground);
                0
            }
            Self::Empty => {
                let opened = Ambient.open_lock(LockOp::Wait);
                What::Empty.run(ground);
                Ambient.close_lock(opened, LockOp::Wait, false);
                0
            }
            Self::Bare => {
                what.run(ground);
                0
            }
            Self::Bracketed => bracketed(|| what.run(ground)),
            Self::Nothing => bracketed(|| What::Empty.run(ground)),
        }
    }
}

/// Length of some work by `Instant`, in ns, with what reading the clock in order costs.
#[inline(always)]
pub(crate) fn bracketed(work: impl FnOnce()) -> u64 {
    let start = Instant::now();
    // As fences alone: the work is to begin after one reading and to end before the other.
    black_box(clock::ordered());
    work();
    black_box(clock::ordered());
    u64::try_from(start.elapsed().as_nanos()).expect("a short time")
}

/// Does it in a span of the probes'.
#[inline(never)]
fn probed(what: What, ground: &Ground) {
    let opened = Ambient.open_copy(0);
    what.run(ground);
    Ambient.close_copy(opened, 0);
}

/// A copy is that of [`probed`], a bridge lock an empty span.
fn spans(report: &Report, kind: SpanKind) -> Distribution {
    report.spans.iter().find(|span| span.kind == kind).expect("it was recorded").ns.clone()
}

fn runs(report: &Report) -> Distribution {
    let mut runs = Distribution::default();
    report.groups.iter().filter_map(|group| group.phases.get(&Phase::Run)).for_each(|run| runs.merge(run));
    runs
}
