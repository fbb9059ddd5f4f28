//! The caller's span inside the job: only if asked for, and left behind as it was found.

mod common;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use common::child;
use tollbridge::task::{JoinSet, spawn_blocking, wrap};
use tollbridge::{Arm, Detail};
use tracing::{Id, Subscriber, info_span, span::Attributes};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::{prelude::*, registry::LookupSpan};

/// Spans that were opened and not yet closed, by name.
static OPEN: LazyLock<Mutex<BTreeMap<&'static str, i64>>> = LazyLock::new(Mutex::default);

struct Census;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Census {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        count(attributes.metadata().name(), 1);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        count(context.span(&id).expect("it closes now").name(), -1);
    }
}

fn count(name: &'static str, by: i64) {
    *OPEN.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += by;
}

fn open(name: &str) -> i64 {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or_default()
}

/// The subscriber of the whole process, pool threads included.
fn subscribe() {
    static ONCE: LazyLock<()> = LazyLock::new(|| tracing_subscriber::registry().with(Census).init());
    LazyLock::force(&ONCE);
}

/// The span that the calling thread is in.
fn current() -> Option<&'static str> {
    tracing::Span::current().metadata().map(tracing::Metadata::name)
}

/// What a job of each road sees, called in a span `request`.
async fn seen() -> [Option<&'static str>; 4] {
    let (spawned, handled, wrapped, mut set) = {
        let _request = info_span!("request").entered();
        let mut set = JoinSet::new();
        set.spawn_blocking(current);
        let handled = tollbridge::runtime::Handle::current().spawn_blocking(current);
        (spawn_blocking(current), handled, tokio::task::spawn_blocking(wrap(current)), set)
    };
    [
        spawned.await.expect("a job"),
        handled.await.expect("a job"),
        wrapped.await.expect("a job"),
        set.join_next().await.expect("one").expect("a job"),
    ]
}

#[test]
fn the_job_is_in_its_callers_span_only_if_asked_for() {
    let _alone = common::alone();
    subscribe();
    let runtime = common::runtime();
    assert_eq!(runtime.block_on(seen()), [None; 4], "off");
    for arm in [Arm::Native, Arm::Snapshot, Arm::Naive] {
        for detail in [Detail::Phases, Detail::Locks] {
            for visible in [false, true] {
                let builder = || common::builder().with_transfer(arm).with_detail(detail).with_visible(visible);
                let guard = builder().init();
                assert_eq!(runtime.block_on(seen()), [None; 4], "by default");
                drop(guard);
                let guard = builder().propagate_span(true).init();
                assert_eq!(runtime.block_on(seen()), [Some("request"); 4]);
                let report = guard.finish().expect("armed");
                assert_eq!((report.outcomes.joined, report.dropped.total()), (4, 0));
                let next = runtime.block_on(async { spawn_blocking(current).await });
                assert_eq!(next.expect("a job"), None, "nothing is left behind");
                assert_eq!(open("request"), 0, "the span is closed");
            }
        }
    }
}

#[test]
fn whatever_becomes_of_the_job_its_span_ends() {
    let _alone = common::alone();
    subscribe();
    let guard = common::builder().propagate_span(true).init();
    common::runtime().block_on(async {
        let panics = info_span!("request")
            .in_scope(|| spawn_blocking(|| -> () { std::panic::resume_unwind(Box::new("no message wanted")) }));
        assert!(panics.await.expect_err("it panics").is_panic());
        // One thread runs all jobs: it has left the span that the panic ended.
        assert_eq!(spawn_blocking(current).await.expect("a job"), None);
        common::cancelled().await;
        info_span!("request").in_scope(|| drop(spawn_blocking(|| ())));
        info_span!("request").in_scope(|| drop(wrap(|| ())));
        assert_eq!(spawn_blocking(current).await.expect("a job"), None, "outside any span there is none to be in");
    });
    assert_eq!(open("request"), 0);
    assert_eq!(guard.finish().expect("armed").outcomes.in_flight, 0);
}

// ---- The environment's switch ----

#[test]
fn child() {
    child::play(|_| {
        subscribe();
        let _toll = tollbridge::init();
        let seen = common::runtime().block_on(seen());
        writeln!(std::io::stdout(), "{seen:?}").expect("stdout is open");
        0
    });
}

#[test]
fn the_environment_turns_it_on() {
    let out = tempfile::tempdir().expect("a folder");
    let run = |variables: &[(&str, &str)]| {
        let mut command = child::role("seen");
        command.env("TOLLBRIDGE_OUT", out.path()).env("TOLLBRIDGE_SUMMARY", "off").envs(variables.iter().copied());
        let played = child::run(&mut command);
        assert!(played.status.success(), "{}", played.stderr);
        (played.stdout.lines().next().expect("a line").to_owned(), played.stderr)
    };
    let (none, all) = (format!("{:?}", [None::<&str>; 4]), format!("{:?}", [Some("request"); 4]));
    assert_eq!(run(&[("TOLLBRIDGE", "phases"), ("TOLLBRIDGE_PROPAGATE", "1")]).0, all);
    assert_eq!(run(&[("RUST_LOG", "tollbridge=debug"), ("TOLLBRIDGE_PROPAGATE", "1")]).0, all);
    assert_eq!(run(&[("TOLLBRIDGE", "phases"), ("TOLLBRIDGE_PROPAGATE", "0")]).0, none);
    assert_eq!(run(&[("TOLLBRIDGE", "phases")]).0, none);
    assert_eq!(run(&[("TOLLBRIDGE_PROPAGATE", "1")]).0, none, "it arms nothing");
    let (seen, stderr) = run(&[("TOLLBRIDGE", "phases"), ("TOLLBRIDGE_PROPAGATE", "yes")]);
    assert_eq!(seen, none);
    assert!(stderr.contains("tollbridge: TOLLBRIDGE_PROPAGATE=yes is not valid: expected 1 or 0"), "{stderr}");
}
