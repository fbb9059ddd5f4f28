//! Whether what the recorder reports is right: operations of known length, measured without spans and with them.
//!
//!     cargo bench -p tollbridge-benches --bench truth                  20 rounds
//!     cargo bench -p tollbridge-benches --bench truth -- --rounds 60
//!
//! `docs/reference/truth.md` says what truth is, and what is promised of which row. Each round measures the truth and what the recorder says of
//! the same, one after the other; what is judged is the median of the rounds' errors, so that a round in which the machine did
//! something else spoils nothing. Exits with 1 where one is out of bounds.

#![expect(clippy::print_stdout, reason = "the table is what the script takes")]

mod crossing;
mod held;
#[path = "../common/interval.rs"]
mod interval;
mod operation;
mod parent;
mod ruler;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;
use tollbridge::{Detail, Phase, RecorderSubscriber, Summary};

use interval::{median, median_interval};
use operation::OPERATIONS;
use ruler::{FLOOR_NS, Reading, Ruler};

/// A corrected mean may be off by this many ns or this share, whichever is more.
const BOUND_NS: f64 = 6.0;
const BOUND_SHARE: f64 = 0.03;
/// On swept caches the truth itself is known no better: what is fetched behind the work is fetched meanwhile, or not.
const BOUND_SWEPT_NS: f64 = 15.0;
const BOUND_SWEPT_SHARE: f64 = 0.05;
/// A self time, by this many ns for each span inside.
const BOUND_CHILD_NS: f64 = 10.0;
/// What recording a hop takes behind its last stamp is in nobody's phases, but in what the awaiter sees.
const BOUND_RECORDING_NS: f64 = 600.0;

#[derive(Debug, Parser)]
struct Args {
    /// Rounds that count; one more before them warms up
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Cargo's own
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    tracing::subscriber::set_global_default(RecorderSubscriber::new()).expect("there is no other");
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().expect("a runtime");
    println!(
        "{:<16}{:>12}{:>22}  {:<16}{:>12}{:>12}{:>10}{:>20}",
        "what", "truth ns", "[range]", "measured as", "raw", "corrected", "error", "95 % interval"
    );
    let share = |truth: f64| BOUND_NS.max(BOUND_SHARE * truth);
    let mut broken = 0;
    let mut say = |what: &str, name: &str, rows: &[Reading], bound: &dyn Fn(f64) -> Option<f64>| {
        broken += u32::from(!say(what, name, rows, bound));
    };
    for operation in OPERATIONS {
        for (ruler, name) in Ruler::ALL {
            let rows = rounds(args.rounds, || ruler.read(operation, &runtime));
            let bound = |truth: f64| match ruler {
                Ruler::Cold => BOUND_SWEPT_NS.max(BOUND_SWEPT_SHARE * truth),
                _ => share(truth),
            };
            say(operation.name, name, &rows, &|truth| ruler.is_judged(truth).then(|| bound(truth)));
        }
    }
    say("mutex, free", "its span", &rounds(args.rounds, held::free), &|truth| Some(share(truth)));
    say("mutex, 200 us", "its span", &rounds(args.rounds, held::held), &|truth| Some(share(truth)));
    for (name, child, children) in parent::PARENTS_OF {
        let rows = rounds(args.rounds, || parent::read(child, children));
        say(name, "self time", &rows, &|_| Some(BOUND_CHILD_NS * f64::from(children)));
    }
    let rows = rounds(args.rounds, || crossing::read(&runtime));
    for (part, (name, phases)) in crossing::PARTS.iter().enumerate() {
        let rows: Vec<Reading> = rows.iter().map(|row| row[part]).collect();
        let recording = if phases.contains(&Phase::Transfer) { BOUND_RECORDING_NS } else { 0.0 };
        say(name, "phases", &rows, &|truth| Some(share(truth).max(recording)));
    }
    broken += u32::from(!floors(&runtime));
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The rounds that count.
fn rounds<R>(rounds: usize, read: impl Fn() -> R) -> Vec<R> {
    (0..=rounds).map(|_| read()).skip(1).collect()
}

/// Prints a row; says whether it is within bounds, if there are some. `bound`: of the truth.
fn say(what: &str, name: &str, row: &[Reading], bound: &dyn Fn(f64) -> Option<f64>) -> bool {
    let of = |figure: &dyn Fn(&Reading) -> f64| row.iter().map(figure).collect::<Vec<f64>>();
    let truths = of(&|reading| reading.truth);
    let errors = of(&|reading| reading.corrected - reading.truth);
    let (truth, error, (low, high)) = (median(&truths), median(&errors), median_interval(&errors));
    let bound = bound(truth);
    let within = bound.is_none_or(|bound| error.abs() <= bound);
    let judged = match bound {
        None => "  not judged".to_owned(),
        Some(_) if within => String::new(),
        Some(bound) => format!("  OUT OF BOUNDS: more than {bound:.1} ns off"),
    };
    println!(
        "{what:<16}{truth:>12.1}{:>22}  {name:<16}{:>12.1}{:>12.1}{error:>10.1}{:>20}{judged}",
        format!("[{:.1}, {:.1}]", extreme(&truths, f64::min), extreme(&truths, f64::max)),
        median(&of(&|reading| reading.raw)),
        median(&of(&|reading| reading.corrected)),
        format!("[{low:.1}, {high:.1}]"),
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
    let clock = report.clock.as_ref().expect("a recorder has one");
    let observer = &report.observer;
    let known = |ns: Option<f64>| ns.map_or("?".to_owned(), |ns| format!("{ns:.1} ns"));
    let (plain, ordered, grain) = (clock.floor_ns, clock.ordered_floor_ns, clock.grain_ns);
    let place = known(observer.in_situ_span_ns.mean());
    println!("floors: {plain:.1} ns for phases, {ordered:.1} ns for spans, warm; {place} for a span inside hops");
    let (span, entered_floor, entered) =
        (known(observer.span_ns), known(observer.entered_floor_ns), known(observer.entered_span_ns));
    println!("costs: {span} a span; one of somebody else measures {entered_floor} and costs {entered}");
    println!("clock: {}, grain {grain:.2} ns, {:.4} ticks a ns", clock.source, clock.ticks_per_ns);
    ordered <= FLOOR_NS
}

fn extreme(values: &[f64], of: fn(f64, f64) -> f64) -> f64 {
    values.iter().copied().fold(f64::NAN, of)
}
