//! A log read back gives what the recorder of the same run holds, exactly: the event at a hop's end carries all that the
//! recorder was told, and the same code adds it up.
//!
//! The app is a stock one: `tracing_subscriber::fmt` with `RUST_LOG=info,tollbridge=trace`, and for the comparison's sake a
//! guard as well. Hops end in all ways there are; the app's own lines stand between theirs.

mod common;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use common::child;
use tollbridge::report::{Blocks, Contrast, Distribution, HopGroup, Report};
use tollbridge::task::{spawn_blocking, wrap};
use tollbridge::{Arm, Detail};
use tollbridge_flamegraphs::read::{self, Input, InputKind};
use tollbridge_flamegraphs::{FlameOptions, Weight, render};
use tollbridge_instrument::event;
use tollbridge_instrument::names::{Outcome, Phase, TARGET_HOP};
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;

const JOINED: u64 = 120;
const PANICKED: u64 = 12;
const CANCELLED: u64 = 9;
const DETACHED: u64 = 7;
const WRAPPED: u64 = 20;
/// [`common::cancelled`] joins one more.
const HOPS: u64 = JOINED + PANICKED + 2 * CANCELLED + DETACHED + WRAPPED;

const FORMS: [&str; 6] = ["stock", "plain", "json", "spans", "compact", "pretty"];
const FILTER: &str = "info,tollbridge=trace";

// ---- The app ----

#[test]
fn child() {
    child::play(|role| {
        let (form, guarded) = role.split_once(' ').expect("a form, and whether there is a guard");
        let filter = EnvFilter::from_default_env();
        match form {
            "stock" => tracing_subscriber::fmt::init(),
            "plain" => tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).without_time().init(),
            "json" => tracing_subscriber::fmt().json().with_env_filter(filter).with_current_span(true).init(),
            "spans" => {
                let all = tracing_subscriber::fmt::format::FmtSpan::FULL;
                tracing_subscriber::fmt().with_env_filter(filter).with_span_events(all).init();
            }
            "compact" => tracing_subscriber::fmt().compact().with_env_filter(filter).with_target(false).init(),
            "pretty" => tracing_subscriber::fmt().pretty().with_env_filter(filter).with_thread_ids(true).init(),
            _ => panic!("no such form: {form}"),
        }
        let toll = (guarded == "guarded").then(tollbridge::init);
        // One blocking thread: `common::cancelled` needs it.
        common::runtime().block_on(app());
        if let Some(toll) = toll {
            assert!(toll.is_armed());
            drop(toll);
        }
        0
    });
}

async fn app() {
    tracing::info!("the app begins");
    for i in 0..JOINED {
        let asked = async {
            let text = spawn_blocking(move || {
                tracing::info!(i, "inside a job");
                format!("hop called_ns={i} arm=naive")
            });
            tracing::info!(answer = text.await.expect("the job returns"), "has it");
        };
        // What stands in a log behind an event's own fields: those of the spans around it.
        asked.instrument(tracing::info_span!("request", job = "not this one", line = i)).await;
    }
    for i in 0..PANICKED {
        assert!(
            spawn_blocking(move || panic!("as asked, {i}\nin two lines")).await.is_err_and(|error| error.is_panic())
        );
    }
    for _ in 0..CANCELLED {
        common::cancelled().await;
    }
    for _ in 0..DETACHED {
        drop(spawn_blocking(|| ()));
    }
    let mut set = tokio::task::JoinSet::new();
    for i in 0..WRAPPED {
        set.spawn_blocking(wrap(move || i));
    }
    assert_eq!(set.join_all().await.len() as u64, WRAPPED);
    tracing::info!("the app is done");
}

// ---- The comparison ----

/// Runs the app with its stdout going into a file, as `./app > app.log` does.
fn log_of(role: &str, variables: &[(&str, &str)], out: &Path) -> std::path::PathBuf {
    let log = out.join("app.log");
    let mut command = child::role(role);
    command.env("TOLLBRIDGE_OUT", out.join("runs")).envs(variables.iter().copied());
    command.env("TOLLBRIDGE_COMPARE", "native,snapshot,naive");
    let file = File::create(&log).expect("a file");
    // A panic's message is in the log too, in a stock app that sends both streams into one file.
    command.stdout(file.try_clone().expect("a file")).stderr(file).stdin(std::process::Stdio::null());
    let child::Mortal(process) = &mut child::Mortal(command.spawn().expect("the child starts"));
    let status = child::wait(process).expect("the child ends");
    assert!(status.success(), "{}", std::fs::read_to_string(&log).expect("a log"));
    log
}

fn read(log: &Path) -> Input {
    let input = read::open(log).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(input.kind, InputKind::Log);
    assert_eq!(input.first_bad_line, None);
    input
}

/// Equal but for the sum of squares, which is a float whose last digits follow the order of adding up.
fn assert_same(a: &Distribution, b: &Distribution, what: &str) {
    let exact = |d: &Distribution| (d.count(), d.sum(), d.min(), d.max(), d.histogram().to_vec());
    assert_eq!(exact(a), exact(b), "{what}");
    let (a, b) = (a.standard_deviation().unwrap_or(0.0), b.standard_deviation().unwrap_or(0.0));
    assert!((a - b).abs() <= 1e-6 * a.max(1.0), "{what}: {a} {b}");
}

fn assert_same_maps<K: Ord + std::fmt::Debug>(
    a: &BTreeMap<K, Distribution>,
    b: &BTreeMap<K, Distribution>,
    what: &str,
) {
    assert!(a.keys().eq(b.keys()), "{what}: {:?} {:?}", a.keys(), b.keys());
    for (key, values) in a {
        assert_same(values, &b[key], &format!("{what} {key:?}"));
    }
}

fn assert_same_groups(recorder: &HopGroup, log: &HopGroup) {
    let what = format!("{:?}", recorder.key);
    assert_eq!(recorder.key, log.key);
    assert_same(&recorder.hop_ns, &log.hop_ns, &what);
    assert_same(&recorder.overhead_ns, &log.overhead_ns, &what);
    assert_same(&recorder.copies, &log.copies, &what);
    assert_eq!(recorder.copied_bytes, log.copied_bytes, "{what}");
    let how =
        |group: &HopGroup| (group.in_a_row, group.in_a_burst, group.first_of_task, group.nested, group.pools.clone());
    assert_eq!(how(recorder), how(log), "{what}");
    // A log has no line of a job that ends after its handle.
    if recorder.key.outcome != Outcome::Detached {
        assert_same_maps(&recorder.phases, &log.phases, &what);
    }
    assert_same_maps(&recorder.starts, &log.starts, &what);
    assert!(recorder.locks.keys().eq(log.locks.keys()), "{what}");
    for (op, lock) in &recorder.locks {
        assert_same(&lock.ns, &log.locks[op].ns, &format!("{what} {op}"));
        assert_eq!(lock.contended, log.locks[op].contended, "{what} {op}");
    }
}

/// A log tells of nothing behind its last line, and not how long the jobs of detached hops waited and ran.
fn assert_same_blocks(recorder: &Report, log: &Report) {
    let ([recorder], [log]) = (&recorder.blocks[..], &log.blocks[..]) else { panic!("one process each") };
    assert_eq!((recorder.length_ns, &recorder.series), (log.length_ns, &log.series));
    let in_flight = |blocks: &Blocks| {
        let stretches = blocks.stretches.as_ref().expect("known");
        let sums = stretches.sums.iter().map(|sum| (sum.index, sum.in_flight_ns)).filter(|(_, ns)| *ns > 0);
        (stretches.length_ns, stretches.from_ns, sums.collect::<Vec<_>>())
    };
    assert_eq!(in_flight(recorder), in_flight(log));
}

/// All that both know.
fn assert_same_reports(recorder: &Report, log: &Report) {
    assert_eq!(recorder.outcomes, log.outcomes);
    assert_eq!((recorder.dropped.total(), log.dropped.total()), (0, 0));
    assert_eq!(recorder.groups.len(), log.groups.len());
    for (recorder, log) in recorder.groups.iter().zip(&log.groups) {
        assert_same_groups(recorder, log);
    }
    assert_same_blocks(recorder, log);
    assert_eq!((recorder.spans.len(), log.spans.len()), (0, 0));
    assert_same(&recorder.observer.in_situ_span_ns, &log.observer.in_situ_span_ns, "empty spans");
    assert_eq!(recorder.contrast.len(), log.contrast.len());
    for (recorder, log) in recorder.contrast.iter().zip(&log.contrast) {
        // A log knows no clock, hence no floor that a ratio could lie above.
        let log = Contrast { transfer_ratio: recorder.transfer_ratio, ..log.clone() };
        assert_eq!(*recorder, log, "the same blocks");
    }

    assert!(recorder.arms.keys().eq(log.arms.keys()));
    for (arm, recorder) in &recorder.arms {
        let log = &log.arms[arm];
        assert_eq!(
            (recorder.hops, recorder.outcomes, recorder.transfers),
            (log.hops, log.outcomes, log.transfers),
            "{arm}"
        );
        assert_eq!(recorder.detailed_transfers, log.detailed_transfers, "{arm}");
        assert_eq!(recorder.locks_per_transfer, log.locks_per_transfer, "{arm}");
        assert_eq!(recorder.publish_locks_per_transfer, log.publish_locks_per_transfer, "{arm}");
        assert_eq!(recorder.copies_per_transfer, log.copies_per_transfer, "{arm}");
        assert_eq!((&recorder.bridge_locks, recorder.contended), (&log.bridge_locks, log.contended), "{arm}");
        assert_same(&recorder.transfer_ns, &log.transfer_ns, arm.as_str());
        assert_same(&recorder.hop_ns, &log.hop_ns, arm.as_str());
    }
    assert_eq!(recorder.sites.len(), log.sites.len());
    for (recorder, log) in recorder.sites.iter().zip(&log.sites) {
        assert_eq!((&recorder.site, &recorder.job, recorder.arm), (&log.site, &log.job, log.arm));
        assert_eq!((recorder.hops, recorder.outcomes), (log.hops, log.outcomes), "{}", recorder.site);
        assert_same_maps(&recorder.phases, &log.phases, &recorder.site);
        assert_same_maps(&recorder.starts, &log.starts, &recorder.site);
    }
}

/// The run was what it was meant to be.
fn assert_full(report: &Report) {
    let outcomes = &report.outcomes;
    assert_eq!((outcomes.submitted, report.hops(), outcomes.in_flight), (HOPS, HOPS, 0));
    assert_eq!((outcomes.joined, outcomes.panicked), (JOINED + CANCELLED + WRAPPED, PANICKED));
    assert_eq!((outcomes.cancelled, outcomes.detached), (CANCELLED, DETACHED));
    assert_eq!(report.arms.len(), 4, "three bridges, and `wrap`");
    assert_eq!(report.arms[&Arm::Wrapped].hops, WRAPPED);
    let details = |detail| report.groups.iter().filter(|group| group.key.detail == detail).count();
    assert!(details(Detail::Locks) > 3 && details(Detail::Phases) > 3);
    let joined = report.groups.iter().find(|group| group.key.outcome == Outcome::Joined && group.key.arm == Arm::Naive);
    assert!(joined.is_some_and(|group| group.phases[&Phase::Run].sum() > 0));
}

/// What two reports are drawn as, file by file.
fn assert_same_pictures(recorder: &Report, log: &Report, dir: &Path) {
    for weight in [Weight::Counts, Weight::Ns] {
        let options = FlameOptions::default().with_weight(weight).with_backlog(true).with_unpolled(true);
        let folded = |report: &Report, name: &str| -> BTreeMap<String, String> {
            let files = render(report, &dir.join(name), &options).unwrap_or_else(|error| panic!("{error}"));
            let folded = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "folded"));
            let name = |file: &Path| file.file_name().expect("a file").to_string_lossy().into_owned();
            folded.map(|file| (name(&file), std::fs::read_to_string(&file).expect("a file"))).collect()
        };
        let (recorder, log) = (folded(recorder, "recorder"), folded(log, "log"));
        let names: Vec<&str> = recorder.keys().map(String::as_str).collect();
        let all = ["diff.folded", "hop-naive.folded", "hop-native.folded", "hop-snapshot.folded", "transfer.folded"];
        assert_eq!(names, all);
        assert_eq!(recorder, log);
        assert!(recorder["transfer.folded"].contains("lock exception"), "{}", recorder["transfer.folded"]);
    }
}

fn equal(form: &str) {
    assert!(FORMS.contains(&form));
    let out = tempfile::tempdir().expect("a folder");
    let log = log_of(&format!("{form} guarded"), &[("RUST_LOG", FILTER)], out.path());
    let recorder = child::report(&out.path().join("runs"));
    assert_full(&recorder);
    let read = read(&log).report;
    assert_same_reports(&recorder, &read);
    assert_same_pictures(&recorder, &read, out.path());
    // The log is that of an app: not all of its lines are tollbridge's.
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(text.contains("the app is done") && text.contains("as asked, 3"));
    assert_eq!(text.contains('\u{1b}'), form != "plain" && form != "json", "colours");
}

#[test]
fn a_stock_apps_log_in_colours() {
    equal("stock");
}

#[test]
fn a_plain_text_log() {
    equal("plain");
}

#[test]
fn a_json_log() {
    equal("json");
}

#[test]
fn a_log_with_all_spans_in_it() {
    equal("spans");
}

#[test]
fn a_compact_log_without_targets() {
    equal("compact");
}

#[test]
fn a_pretty_log() {
    equal("pretty");
}

/// The import is replaced, and that is all.
#[test]
fn the_variable_alone_gives_the_log() {
    let out = tempfile::tempdir().expect("a folder");
    let log = log_of("stock bare", &[("RUST_LOG", FILTER)], out.path());
    assert!(!out.path().join("runs").exists(), "no guard, no report");
    let report = read(&log).report;
    assert_full(&report);
    assert_eq!(report.arms[&Arm::Naive].copies_per_transfer.map(|copies| copies > 0.5), Some(true));
}

#[test]
fn without_locks_the_log_has_none() {
    let out = tempfile::tempdir().expect("a folder");
    let log = log_of("plain guarded", &[("RUST_LOG", "info,tollbridge=debug")], out.path());
    let recorder = child::report(&out.path().join("runs"));
    let report = read(&log).report;
    assert_same_reports(&recorder, &report);
    assert_eq!((report.outcomes.submitted, report.outcomes.detached), (HOPS, DETACHED));
    for arm in report.arms.values() {
        assert_eq!((arm.detailed_transfers, arm.locks_per_transfer, arm.bridge_locks.len()), (0, None, 0));
    }
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(!text.contains(&format!("{}=", event::field::OPS)));
}

#[test]
fn a_bare_level_arms_nothing() {
    for role in ["plain bare", "plain guarded"] {
        for level in ["debug", "trace"] {
            let out = tempfile::tempdir().expect("a folder");
            // A guard that is armed is asked for in the child; here it must not be.
            let log = out.path().join("app.log");
            let played =
                child::run(child::role(role).env("RUST_LOG", level).env("TOLLBRIDGE_OUT", out.path().join("runs")));
            std::fs::write(&log, &played.stdout).expect("a file");
            assert_eq!(played.status.success(), role == "plain bare", "{}", played.stderr);
            assert!(!played.stdout.contains(TARGET_HOP), "{}", played.stdout);
            assert!(played.stdout.contains("the app is done"));
            assert!(!out.path().join("runs").exists());
            assert!(read::open(&log).is_err_and(|error| error.is_unusable_input()), "no hop in it");
        }
    }
}
