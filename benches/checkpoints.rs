//! What checkpoints take while an app records at 1 site and at 1,000: CPU time of the thread that writes them, bytes that it writes, and how
//! old the file is. Linux, which shows a thread's own counts.
//!
//!     cargo bench -p tollbridge-benches --bench checkpoints [-- SECONDS]
//!
//! The sites are made up, so the hops go straight into the recorder: three arms, and half of the hops in detail.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tollbridge::{Arm, Summary};
use tollbridge_instrument::clock;
use tollbridge_instrument::hop::{EndedHop, HopSpans, OpKind, PackedOp, Site, Ticks};
use tollbridge_instrument::names::{Detail, LockOp, Outcome};
use tollbridge_instrument::record;

/// Hops between two rests of 100 us.
const AT_ONCE: u32 = 64;

fn main() {
    let seconds = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(20);
    println("sites  hops/s  CPU ms/s  written KB/s  report KB  oldest data s");
    for sites in [1, 1_000] {
        measure(sites, Duration::from_secs(seconds));
    }
}

fn println(line: &str) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}").expect("stdout is open");
}

fn measure(sites: u32, length: Duration) {
    let out = tempfile::tempdir().expect("a folder");
    let arms = [Arm::Native, Arm::Snapshot, Arm::Naive];
    let builder = tollbridge::builder().with_exact_folder(out.path()).with_summary(Summary::Off);
    let guard = builder.with_compare(&arms).init();
    let before = Counts::read();
    let report = out.path().join("report.json");
    let (begun, mut hops, mut oldest) = (Instant::now(), 0u32, Duration::ZERO);
    while begun.elapsed() < length {
        for _ in 0..AT_ONCE {
            record(hops % sites, hops);
            hops += 1;
        }
        oldest = oldest.max(age(&report));
        std::thread::sleep(Duration::from_micros(100));
    }
    let spent = Counts::read();
    let of = |counted: u64| counted as f64 / begun.elapsed().as_secs_f64();
    let size = report.metadata().expect("a report").len();
    println(&format!(
        "{sites:5}  {:6.0}  {:8.2}  {:12.1}  {:9.1}  {:13.1}",
        of(hops.into()),
        of(spent.cpu_ns - before.cpu_ns) / 1e6,
        of(spent.written - before.written) / 1e3,
        size as f64 / 1e3,
        oldest.as_secs_f64(),
    ));
    drop(guard);
}

/// How old the file is: what a process that is killed now loses.
fn age(file: &Path) -> Duration {
    file.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok()).unwrap_or_default()
}

/// What the writing thread has used.
struct Counts {
    cpu_ns: u64,
    written: u64,
}

impl Counts {
    fn read() -> Self {
        let is_writer =
            |task: &PathBuf| std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == "tollbridge");
        // It may not have its name yet.
        let task = std::iter::repeat_with(|| {
            let tasks = std::fs::read_dir("/proc/self/task").expect("Linux").filter_map(Result::ok);
            tasks.map(|task| task.path()).find(is_writer)
        });
        let task = task.flatten().next().expect("it writes");
        let read = |name: &str| std::fs::read_to_string(task.join(name)).expect("Linux");
        let number = |text: Option<&str>| text.and_then(|text| text.trim().parse().ok()).expect("a number");
        Self {
            cpu_ns: number(read("schedstat").split(' ').next()),
            written: number(read("io").lines().find_map(|line| line.strip_prefix("wchar:"))),
        }
    }
}

fn record(line: u32, round: u32) {
    let armed = record::armed();
    let (arm, detail) = armed.draw();
    let now = clock::now();
    // So that histograms are as wide as an app's are.
    let before = |us: u64| now.wrapping_sub(us * 2_000 * u64::from(1 + round.wrapping_mul(0x9e37_79b9) % 50));
    let ticks = Ticks {
        called: before(9),
        returned: before(8),
        previous_end: before(10),
        run_start: before(7),
        run_end: before(5),
        published: before(4),
        first_poll: before(3),
        ready: before(2),
        copied: now,
    };
    let site = Site { file: "src/some/module/of/an/app.rs", line, column: 5, job: "app::some::module::{{closure}}" };
    let begun = record::begin(armed.generation(), &site, arm, detail).expect("armed");
    let spans = HopSpans::default();
    let purposes = [LockOp::Publish, LockOp::Done, LockOp::Cancelled, LockOp::Exception, LockOp::Result];
    purposes.map(OpKind::Lock).into_iter().for_each(|kind| spans.push(PackedOp::between(kind, 0, 20, false)));
    let hop = EndedHop::of(&begun, arm, detail, Outcome::Joined, ticks);
    let spans = (detail == Detail::Locks).then_some(&spans);
    assert!(record::hop(armed.generation(), &EndedHop { spans, copied_bytes: 8, ..hop }));
}
