//! The report's sums against stamps that the test takes itself, outside the library, on real hops.
//!
//! The test takes an `Instant` before the call, at the closure's first and last instruction, and after the await. The
//! library's own stamps lie a little further in, or out, than these. By how much is the library's own work: 5 to 30 us a
//! hop unoptimised and with cold caches, most of it the recorder's after the last stamp, and 1 ms at a thread's first hop.
//! The tolerance, 1 % of the hops' sum, has to have room for that on a slow machine too, so a job takes 10 ms here. A
//! stamp in a wrong place could still hide in 1 % of a hop where the way there and the way back are short (the mock clock
//! finds it there: `mock_clock.rs`); where both take as long as the job
//! (`there_and_back_slowly`) it could not.
//!
//! Both sides tell of the same hops, so that a busy machine stretches both; but a thread that is put aside between two
//! stamps that stand next to each other stretches one only. This is rare and never makes the sides agree when they should
//! not, so a round may be repeated: a library that is wrong is wrong in all of them.

mod common;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use tollbridge::report::{Report, SiteReport};
use tollbridge::task::spawn_blocking;
use tollbridge::{Arm, Detail};
use tollbridge_instrument::names::Phase;

const HOPS: u32 = 80;
const JOB: Duration = Duration::from_millis(10);
const TOLERANCE: f64 = 0.01;
const ROUNDS: usize = 4;

/// Sums of what lies between the test's own stamps.
#[derive(Debug, Default)]
struct Own {
    /// From the call to the closure's start.
    there: Duration,
    run: Duration,
    /// From the closure's end to the await's return.
    back: Duration,
    hop: Duration,
}

impl Own {
    fn add(&mut self, called: Instant, start: Instant, end: Instant, back: Instant) {
        self.there += start - called;
        self.run += end - start;
        self.back += back - end;
        self.hop += back - called;
    }
}

/// Occupies the thread, as a real job does.
fn job() -> (Instant, Instant) {
    let start = Instant::now();
    loop {
        let now = Instant::now();
        if now - start >= JOB {
            return (start, now);
        }
        std::hint::spin_loop();
    }
}

fn sum(site: &SiteReport, phases: &[Phase]) -> u64 {
    phases.iter().map(|phase| site.phases[phase].sum()).sum()
}

fn off(report: u64, own: Duration, hop: Duration) -> f64 {
    (report as f64 - own.as_nanos() as f64) / hop.as_nanos() as f64
}

/// What part of the hops' sum report and test disagree by, per part of the way.
fn disagreement(report: &Report, own: &Own) -> [(&'static str, f64); 4] {
    let [site] = report.sites.as_slice() else { panic!("one site: {:?}", report.sites) };
    assert_eq!((site.hops, site.outcomes.joined), (u64::from(HOPS), u64::from(HOPS)));
    assert_eq!(report.dropped.total(), 0);
    let there = sum(site, &[Phase::Submit, Phase::Backlog, Phase::Start]);
    let back = sum(site, &[Phase::Publish, Phase::Unpolled, Phase::Resume, Phase::Transfer]);
    let run = sum(site, &[Phase::Run]);
    assert_eq!(there + run + back, site.hop_ns.sum(), "the phases add up");
    [
        ("there", off(there, own.there, own.hop)),
        ("run", off(run, own.run, own.hop)),
        ("back", off(back, own.back, own.hop)),
        ("hop", off(site.hop_ns.sum(), own.hop, own.hop)),
    ]
}

/// The phase is as long as so many jobs a hop, or longer: it is what the test made it.
#[track_caller]
fn assert_part(report: &Report, phase: Phase, jobs: f64) {
    let least = jobs * JOB.as_nanos() as f64 * f64::from(HOPS);
    let sum = report.sites[0].phases[&phase].sum();
    assert!(sum as f64 >= least, "{phase}: {sum} ns of {least}");
}

/// Repeats until report and test agree.
fn assert_agree(mut round: impl FnMut() -> (Report, Own)) {
    let mut seen = Vec::new();
    for _ in 0..ROUNDS {
        let (report, own) = round();
        // There is something to agree about: none of the parts is so small that nothing would do as well.
        assert!(own.run > JOB * HOPS && own.hop >= own.there + own.run + own.back, "{own:?}");
        let found = disagreement(&report, &own);
        if found.iter().all(|(_, off)| off.abs() <= TOLERANCE) {
            return;
        }
        seen.push(found);
    }
    panic!("in no round within {TOLERANCE}: {seen:?}");
}

fn one_by_one(arm: Arm, detail: Detail) -> (Report, Own) {
    let mut own = Own::default();
    let captured = common::capture(
        |builder| builder.with_transfer(arm).with_detail(detail),
        || async {
            for _ in 0..HOPS {
                let called = Instant::now();
                let (start, end) = spawn_blocking(job).await.expect("the job returns");
                own.add(called, start, end, Instant::now());
            }
        },
    );
    (captured.report, own)
}

#[test]
fn awaited_one_by_one() {
    assert_agree(|| one_by_one(Arm::Snapshot, Detail::Locks));
}

#[test]
fn by_the_naive_bridge() {
    assert_agree(|| one_by_one(Arm::Naive, Detail::Locks));
}

#[test]
fn by_tokios_own_handle_and_phases_only() {
    assert_agree(|| one_by_one(Arm::Native, Detail::Phases));
}

/// Four hops at a time on one thread: most of the way there is backlog, and the way back is unpolled for the first three.
#[test]
fn queued_up() {
    const TOGETHER: u32 = 4;
    assert_agree(|| {
        let mut own = Own::default();
        let captured = common::capture(
            |builder| builder,
            || async {
                for _ in 0..HOPS / TOGETHER {
                    let mut hops = Vec::new();
                    for _ in 0..TOGETHER {
                        let called = Instant::now();
                        hops.push((called, spawn_blocking(job)));
                    }
                    // The last one first: by then the others have long been done.
                    for (called, hop) in hops.into_iter().rev() {
                        let (start, end) = hop.await.expect("the job returns");
                        own.add(called, start, end, Instant::now());
                    }
                }
            },
        );
        // Six jobs' length for each four hops.
        for phase in [Phase::Backlog, Phase::Unpolled] {
            assert_part(&captured.report, phase, 1.0);
        }
        (captured.report, own)
    });
}

/// The thread is held by a job that tollbridge does not see, so the way there is `start`; the handle is not polled for a
/// while, so the way back is `unpolled`. Each takes as long as the job.
#[test]
fn there_and_back_slowly() {
    assert_agree(|| {
        let mut own = Own::default();
        let captured = common::capture(
            |builder| builder,
            || async {
                for _ in 0..HOPS {
                    let (release, held) = mpsc::channel::<()>();
                    let holds = tokio::task::spawn_blocking(move || held.recv());
                    let called = Instant::now();
                    let hop = spawn_blocking(job);
                    job();
                    release.send(()).expect("the job waits");
                    while !hop.is_finished() {
                        std::thread::yield_now();
                    }
                    job();
                    let (start, end) = hop.await.expect("the job returns");
                    own.add(called, start, end, Instant::now());
                    holds.await.expect("the job returns").expect("released");
                }
            },
        );
        for phase in [Phase::Start, Phase::Run, Phase::Unpolled] {
            assert_part(&captured.report, phase, 0.99);
        }
        (captured.report, own)
    });
}
