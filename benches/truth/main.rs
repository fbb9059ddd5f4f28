//! Whether what the ledger reports is right: operations of known length, measured without spans and with them.
//!
//!     cargo bench --bench truth                  20 rounds
//!     cargo bench --bench truth -- --rounds 60
//!
//! What is promised is the span's mean on warm code (*alone*). Inside hops the code and data of the operation are cold as well, so it
//! takes longer than its truth; those rows show by how much, and are not judged.
//!
//! *Truth* is the latency of an operation in a loop of itself, less that of an empty loop, by `Instant`. *span* is what the probes of
//! bridge locks and copies report of it (ordered readings), alone and inside the jobs of real hops; *run* is the phase of a hop
//! whose job it is (plain readings). Corrected is less the floor that the same report states. Each round measures truth and both
//! rulers one after the other; what is judged is the median of the rounds' errors, so that a round in which the machine did something
//! else spoils nothing. Exits with 1 where one is out of bounds.

#![expect(clippy::print_stdout, reason = "the table is what the script takes")]

mod operation;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tokio::runtime::Runtime;
use tollbridge::report::{Distribution, Report};
use tollbridge::{Detail, Summary};
use tollbridge_instrument::names::{Arm, Phase};
use tollbridge_instrument::probe::{Ambient, Probe};

use operation::{Ground, OPERATIONS, Operation};

/// A corrected mean on warm code may be off by this many ns or this share, whichever is more.
const BOUND_NS: f64 = 6.0;
const BOUND_SHARE: f64 = 0.03;
/// The warm floor may be this many ns.
const FLOOR_NS: f64 = 25.0;
/// Hops of one measure, at most.
const HOPS: u32 = 500;

#[derive(Debug, Parser)]
struct Args {
    /// Rounds that count; one more before them warms up
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Cargo's own
    #[arg(long, hide = true)]
    bench: bool,
}

/// How a length is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ruler {
    /// The probes' spans, one after the other.
    Span,
    /// The same inside the jobs of hops.
    SpanInHop,
    /// The phase `run` of a hop.
    Run,
}

const RULERS: [(Ruler, &str); 3] =
    [(Ruler::Span, "span, alone"), (Ruler::SpanInHop, "span, in a hop"), (Ruler::Run, "run of a hop")];

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().expect("a runtime");
    println!(
        "{:<16}{:>12}{:>22}  {:<16}{:>12}{:>12}{:>10}{:>22}",
        "operation", "truth ns", "[range]", "measured as", "raw", "corrected", "error", "[middle half]"
    );
    let mut broken = 0;
    for operation in OPERATIONS {
        let mut truths = Vec::new();
        let mut rows: [Vec<Reading>; RULERS.len()] = Default::default();
        for round in 0..=args.rounds {
            let truth = truth(operation);
            let readings = RULERS.map(|(ruler, _)| ruler.read(operation, &runtime));
            if round > 0 {
                truths.push(truth);
                rows.iter_mut().zip(readings).for_each(|(row, reading)| row.push(Reading { truth, ..reading }));
            }
        }
        for ((ruler, name), row) in RULERS.iter().zip(&rows) {
            let within = say(operation, &truths, name, row, *ruler == Ruler::Span);
            broken += u32::from(!within);
        }
    }
    broken += u32::from(!floors(&runtime));
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What one round's report says.
#[derive(Clone, Copy, Default)]
struct Reading {
    truth: f64,
    raw: f64,
    floor: f64,
}

impl Reading {
    fn corrected(self) -> f64 {
        (self.raw - self.floor).max(0.0)
    }

    fn error(self) -> f64 {
        self.corrected() - self.truth
    }
}

/// ns of one operation, timed in a loop of them; the shortest of some loops, which nobody interrupted.
fn truth(operation: &Operation) -> f64 {
    let ground = Ground::new();
    let timed = |work: &dyn Fn()| {
        let once = || {
            let start = Instant::now();
            (0..operation.batch).for_each(|_| work());
            start.elapsed().as_nanos() as f64 / f64::from(operation.batch)
        };
        (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    (timed(&|| operation.run(&ground)) - timed(&|| {})).max(0.0)
}

impl Ruler {
    /// Measures some of them in a capture of its own.
    fn read(self, operation: &'static Operation, runtime: &Runtime) -> Reading {
        let builder = tollbridge::builder().without_files().with_summary(Summary::Off).with_transfer(Arm::Native);
        let guard = builder.with_detail(Detail::Locks).init();
        assert!(guard.is_armed());
        match self {
            Self::Span => {
                let ground = Ground::new();
                (0..operation.batch.min(HOPS)).for_each(|_| probed(operation, &ground));
            }
            Self::SpanInHop => hops(operation, runtime, probed),
            Self::Run => hops(operation, runtime, |operation, ground| operation.run(ground)),
        }
        let report = guard.finish().expect("armed");
        assert_eq!(report.dropped.total(), 0);
        let clock = report.clock.as_ref().expect("a ledger has one");
        let (lengths, floor) = match self {
            Self::Span | Self::SpanInHop => (copies(&report), clock.ordered_floor_ns),
            Self::Run => (runs(&report), clock.floor_ns),
        };
        Reading { truth: 0.0, raw: lengths.mean().expect("some"), floor }
    }
}

/// Hops of one pool thread with that job, one after the other.
fn hops(operation: &'static Operation, runtime: &Runtime, job: fn(&'static Operation, &Ground)) {
    runtime.block_on(async {
        for _ in 0..operation.batch.min(HOPS) {
            let ground = Ground::new();
            tollbridge::task::spawn_blocking(move || job(operation, &ground)).await.expect("the job returns");
        }
    });
}

/// Does it in a span of the probes'.
fn probed(operation: &Operation, ground: &Ground) {
    let opened = Ambient.open_copy(0);
    operation.run(ground);
    Ambient.close_copy(opened, 0);
}

/// The spans of [`probed`].
fn copies(report: &Report) -> Distribution {
    let copies = report.spans.iter().find(|span| span.path == ["copy"]).expect("it was recorded");
    copies.ns.clone()
}

fn runs(report: &Report) -> Distribution {
    let mut runs = Distribution::default();
    report.groups.iter().filter_map(|group| group.phases.get(&Phase::Run)).for_each(|run| runs.merge(run));
    runs
}

/// Prints a row; says whether it is within bounds, if it is `judged`.
fn say(operation: &Operation, truths: &[f64], ruler: &str, row: &[Reading], judged: bool) -> bool {
    let of = |figure: &dyn Fn(&Reading) -> f64| sorted(row.iter().map(figure).collect());
    let (truths, errors) = (sorted(truths.to_vec()), of(&|reading| reading.error()));
    let (truth, error) = (middle(&truths), middle(&errors));
    let bound = BOUND_NS.max(BOUND_SHARE * truth);
    let within = !judged || error.abs() <= bound;
    println!(
        "{:<16}{:>12.1}{:>22}  {:<16}{:>12.1}{:>12.1}{:>10.1}{:>22}{}",
        operation.name,
        truth,
        format!("[{:.1}, {:.1}]", truths[0], truths[truths.len() - 1]),
        ruler,
        middle(&of(&|reading| reading.raw)),
        middle(&of(&|reading| reading.corrected())),
        error,
        format!("[{:.1}, {:.1}]", errors[errors.len() / 4], errors[errors.len() * 3 / 4]),
        if within { String::new() } else { format!("  OUT OF BOUNDS: more than {bound:.1} ns off") },
    );
    within
}

/// Prints the floors that a report states; says whether the warm one is within bounds.
fn floors(runtime: &Runtime) -> bool {
    let guard = tollbridge::builder().without_files().with_summary(Summary::Off).with_detail(Detail::Locks).init();
    runtime.block_on(async {
        for _ in 0..20_000 {
            tollbridge::task::spawn_blocking(|| ()).await.expect("the job returns");
        }
    });
    let report = guard.finish().expect("armed");
    let clock = report.clock.as_ref().expect("a ledger has one");
    let place = report.observer.in_situ_span_ns.mean().map_or(f64::NAN, |ns| ns);
    let (plain, ordered, grain) = (clock.floor_ns, clock.ordered_floor_ns, clock.grain_ns);
    println!("floors: {plain:.1} ns for phases, {ordered:.1} ns for spans, warm; {place:.1} ns for a span inside hops");
    println!("clock: {}, grain {grain:.2} ns, {:.4} ticks a ns", clock.source, clock.ticks_per_ns);
    ordered <= FLOOR_NS
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
