//! An app's own log is none of tollbridge's business: with the recorder armed by `TOLLBRIDGE`, the app prints byte for byte
//! the lines that it prints without, and its levels and the interests of its call sites stay what they were.
//!
//! Each case runs the same app twice in processes of their own. What the app prints on stdout is compared as a whole: its
//! log lines, and between them what it says of `LevelFilter::current()`, of `log::max_level()`, of what a call site was
//! told, and of what its subscriber was asked.

mod common;

use std::collections::BTreeMap;
use std::future::{Future as _, poll_fn};
use std::io::Write as _;
use std::path::Path;
use std::pin::pin;
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};

use common::child;
use tollbridge::task::spawn_blocking;
use tracing::callsite::Callsite;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Instrument as _, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::format::{DefaultFields, FmtSpan, Format, Full};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::{EnvFilter, fmt, prelude::*, reload};

const HOPS: u64 = 50;

/// How the app installs its subscriber.
const INSTALLED: [&str; 5] = ["global", "per_layer", "reloaded", "late", "later"];
const FILTERS: [&str; 5] = ["", "info", "debug", "app=trace", "warn,app[request]=debug,dependency=info"];

// ---- The app ----

#[test]
fn child() {
    child::play(|installed| {
        app(installed);
        0
    });
}

fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").expect("stdout is open");
}

fn app(installed: &str) {
    levels("at first");
    if !installed.starts_with("late") {
        install(installed);
        levels("with a subscriber");
    }
    let toll = tollbridge::init();
    levels("after init");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().expect("a runtime");
    runtime.block_on(async {
        if installed == "later" {
            requests(0..10).await;
            install(installed);
            requests(10..20).await;
        } else {
            if installed == "late" {
                install(installed);
                levels("with a subscriber, late");
            }
            requests(0..20).await;
        }
        levels("between");
        if installed == "reloaded" {
            reload_filter("info,app=trace");
            levels("reloaded");
        }
        at_once().await;
        if installed == "reloaded" {
            reload_filter("error");
        }
        requests(20..25).await;
        if installed == "reloaded" {
            reload_filter("trace");
        }
    });
    levels("after the hops");
    tracing::info!(target: "app", "the guard ends");
    drop(toll);
    levels("after the guard");
    runtime.block_on(requests(25..30));
    drop(runtime);
    levels("in the end");
    probes();
}

/// One hop each, with lines everywhere: before, inside the closure, after the await, from `log`, in spans or in none. The
/// closure waits until its awaiter has left its span, so that the lines of the two threads have one order.
async fn requests(range: std::ops::Range<u64>) {
    for i in range {
        tracing::debug!(target: "app", i, "next");
        let (left, leaves) = std::sync::mpsc::channel::<()>();
        let request = async {
            tracing::info!(target: "app", "asks");
            let answer = spawn_blocking(move || {
                leaves.recv().expect("the awaiter leaves");
                tracing::trace!(target: "app", "inside");
                log::info!(target: "dependency", "inside, by log");
                let _entered = tracing::debug_span!(target: "app", "job", i).entered();
                tracing::debug!(target: "app", half = i / 2, "computed");
                i * 2
            })
            .await
            .expect("the job returns");
            tracing::info!(target: "app", answer, "has it");
            log::warn!(target: "dependency", "after, by log");
            log::debug!(target: "dependency", "detail, by log");
        }
        .instrument(tracing::info_span!(target: "app", "request", i));
        let mut request = pin!(request);
        poll_fn(|cx| {
            let polled = request.as_mut().poll(cx);
            // Once the closure has ended, nobody listens.
            let _ = left.send(());
            polled
        })
        .await;
        tracing::error!(target: "app", i, "done");
        CALLSITE.ask();
    }
}

/// Twenty hops in flight together. The pool has one thread, so that their lines have one order; the app adds none of its
/// own meanwhile.
async fn at_once() {
    let handles: Vec<_> =
        (0..HOPS - 30).map(|i| spawn_blocking(move || tracing::info!(target: "app", i, "one of many"))).collect();
    let last = handles.len() - 1;
    for (i, handle) in handles.into_iter().enumerate().rev() {
        if i == last - 1 {
            tracing::debug!(target: "app", "the last one is back, so all are");
        }
        handle.await.expect("the job returns");
    }
}

// ---- Its subscriber ----

type Reload = Box<dyn Fn(&str) + Send + Sync>;
static RELOAD: Mutex<Option<Reload>> = Mutex::new(None);

fn lines<S>() -> fmt::Layer<S, DefaultFields, Format<Full, ()>> {
    fmt::layer().with_ansi(false).without_time()
}

fn install(installed: &str) {
    let filter = EnvFilter::from_default_env();
    let registry = tracing_subscriber::registry();
    match installed {
        "per_layer" => {
            // Another layer that wants more than the log does, so that the filters differ.
            let all = lines().with_writer(std::io::sink);
            let lines = lines().with_span_events(FmtSpan::FULL).with_thread_names(true);
            registry.with(lines.with_filter(filter)).with(all.with_filter(LevelFilter::DEBUG)).with(Asked).init();
        }
        "reloaded" => {
            let (filter, handle) = reload::Layer::new(filter);
            registry.with(filter).with(lines()).with(Asked).init();
            let reload = move |to: &str| handle.reload(EnvFilter::new(to)).expect("the subscriber lives");
            *RELOAD.lock().expect("no panic") = Some(Box::new(reload));
        }
        _ => registry.with(filter).with(lines().with_span_events(FmtSpan::NEW)).with(Asked).init(),
    }
}

fn reload_filter(to: &str) {
    (RELOAD.lock().expect("no panic").as_ref().expect("installed"))(to);
}

// ---- What it says of itself ----

fn levels(when: &str) {
    say(&format!("LEVELS {when}: tracing {}, log {}", LevelFilter::current(), log::max_level()));
}

fn probes() {
    // Other events' metadata, so that each is a call site of its own.
    let enabled = [
        tracing::enabled!(target: "app", Level::TRACE),
        tracing::enabled!(target: "app", Level::DEBUG),
        tracing::enabled!(target: "dependency", Level::INFO),
        tracing::enabled!(target: "elsewhere", Level::ERROR),
        log::log_enabled!(target: "dependency", log::Level::Debug),
    ];
    say(&format!("ENABLED {enabled:?}"));
    say(&format!("INTERESTS {:?}", CALLSITE.told.lock().unwrap_or_else(PoisonError::into_inner)));
    for (what, count) in ASKED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        say(&format!("ASKED {what}: {count}"));
    }
}

/// A call site that writes down all that it is told.
struct Probe {
    told: Mutex<Vec<String>>,
}

static CALLSITE: Probe = Probe { told: Mutex::new(Vec::new()) };
static METADATA: Metadata<'static> = tracing::metadata! {
    name: "probe",
    target: "app",
    level: Level::DEBUG,
    fields: &[],
    callsite: &CALLSITE,
    kind: tracing::metadata::Kind::EVENT,
};

impl Callsite for Probe {
    fn set_interest(&self, interest: Interest) {
        let word = match (interest.is_never(), interest.is_always()) {
            (true, _) => "never",
            (_, true) => "always",
            _ => "sometimes",
        };
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(word.to_owned());
    }

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

impl Probe {
    /// Registers the call site, once, as a macro does at its first use.
    fn ask(&'static self) {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| tracing::callsite::register(self));
    }
}

/// How often the subscriber was asked what, per call site. A call site whose interest went from always to sometimes asks
/// at each use; one that tollbridge adds is a line of its own.
static ASKED: LazyLock<Mutex<BTreeMap<String, u64>>> = LazyLock::new(Mutex::default);

struct Asked;

impl Asked {
    fn count(what: &str, of: &Metadata<'_>) {
        let site = format!("{what} {} {} {} {:?}", of.level(), of.target(), of.name(), of.line());
        *ASKED.lock().unwrap_or_else(PoisonError::into_inner).entry(site).or_default() += 1;
    }
}

impl<S: Subscriber> Layer<S> for Asked {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        Self::count("interest", metadata);
        Interest::always()
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        Self::count("enabled", metadata);
        true
    }
}

// ---- The comparison ----

fn play(installed: &str, filter: &str, variables: &[(&str, &str)], out: &Path) -> child::Played {
    let mut command: Command = child::role(installed);
    command.env("TOLLBRIDGE_OUT", out).envs(variables.iter().copied());
    if !filter.is_empty() {
        command.env("RUST_LOG", filter);
    }
    let played = child::run(&mut command);
    assert!(played.status.success(), "{installed} {filter}: {}", played.stderr);
    played
}

fn first_difference(a: &str, b: &str) -> Option<String> {
    let line = (0..).find(|&i| {
        let (a, b) = (a.lines().nth(i), b.lines().nth(i));
        a != b || a.is_none()
    })?;
    let (a, b) = (a.lines().nth(line), b.lines().nth(line));
    (a != b).then(|| format!("line {}:\n  off:   {a:?}\n  armed: {b:?}", line + 1))
}

/// Runs the app off and armed in two ways, and compares.
fn same_lines(installed: &str) {
    assert!(INSTALLED.contains(&installed));
    for filter in FILTERS {
        let out = tempfile::tempdir().expect("a folder");
        let off = play(installed, filter, &[], &out.path().join("off"));
        assert!(!out.path().join("off").exists(), "nothing is armed");
        assert_eq!(off.stderr, "", "off says nothing");
        for (name, variables) in [
            ("locks", &[("TOLLBRIDGE", "locks")][..]),
            ("compare", &[("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_COMPARE", "native,snapshot,naive")]),
        ] {
            let out = out.path().join(name);
            let armed = play(installed, filter, variables, &out);
            assert!(
                off.stdout == armed.stdout,
                "{installed}, RUST_LOG={filter}, {name}: {}",
                first_difference(&off.stdout, &armed.stdout).unwrap_or_else(|| "line ends".to_owned())
            );
            // It was armed indeed: the hops of the guard's life are in the report.
            let report = child::report(&out);
            assert_eq!((report.outcomes.joined, report.hops()), (HOPS - 5, HOPS - 5), "{installed} {filter}");
            assert_eq!(report.dropped.total(), 0);
        }
        has_something_to_compare(installed, filter, &off.stdout);
    }
}

/// The comparison is of something: the app's lines and all probes are there.
fn has_something_to_compare(installed: &str, filter: &str, stdout: &str) {
    let lines = |marks: &[&str]| stdout.lines().filter(|line| marks.iter().all(|mark| line.contains(mark))).count();
    assert!(lines(&["LEVELS"]) >= 6);
    assert_eq!(lines(&["ENABLED ["]), 1);
    // Told at least what it was told at its registration.
    assert_eq!(lines(&["INTERESTS [\""]), 1, "{stdout}");
    assert!(lines(&["ASKED interest", " app "]) >= 2, "{stdout}");
    // The first ten are done before the subscriber is there.
    let logged = if installed == "later" { 20 } else { 30 };
    assert_eq!(lines(&["ERROR", "app: done i="]), logged, "{stdout}");
    if filter == "debug" {
        assert_eq!(lines(&["request{i=13}", "app: has it answer=26"]), 1, "{stdout}");
        assert_eq!(
            lines(&["dependency: inside, by log"]),
            if installed == "reloaded" { 25 } else { logged },
            "{stdout}"
        );
        assert_eq!(lines(&["app: one of many i="]), 20, "{stdout}");
        assert!(lines(&["ASKED interest", " app "]) > 5, "{stdout}");
    }
}

#[test]
fn a_global_filter_sees_nothing() {
    same_lines("global");
}

#[test]
fn a_filter_per_layer_sees_nothing() {
    same_lines("per_layer");
}

#[test]
fn a_filter_that_is_reloaded_sees_nothing() {
    same_lines("reloaded");
}

#[test]
fn a_subscriber_installed_after_init_sees_nothing() {
    same_lines("late");
}

#[test]
fn a_subscriber_installed_after_the_first_hops_sees_nothing() {
    same_lines("later");
}

/// The comparison can fail: where the log itself names tollbridge, it does.
#[test]
fn a_directive_that_names_tollbridge_is_seen() {
    let out = tempfile::tempdir().expect("a folder");
    let without = play("global", "debug", &[], &out.path().join("without"));
    let named = play("global", "debug,tollbridge=debug", &[], &out.path().join("named"));
    assert_ne!(without.stdout, named.stdout);
    let hops = named.stdout.lines().filter(|line| line.contains("tollbridge::hop: hop ")).count();
    assert_eq!(hops as u64, HOPS - 5, "{}", named.stdout);
}
