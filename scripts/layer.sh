#!/bin/sh
# `tollbridge::layer()` on a tokio that is built for tokio-console: known numbers of jobs on every road, each recorded once, by site, road and outcome, and
# what the guard says where a build lost what it takes. A minute, most of it compiling. `LAYER_VERSIONS="tokio=1.41.0 tracing-subscriber=0.3.8 tracing=0.1.36"` does
# it with these: tracing enters a span to drop what is in it since 0.1.38, and tokio says since 1.46.1 by another way where a job was called.
set -eu
LAYER_VERSIONS="${LAYER_VERSIONS:-}"
export CARGO_INCREMENTAL=0
here="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/app/src"
cat >"$work/app/Cargo.toml" <<TOML
[package]
name = "app"
version = "0.0.0"
edition = "2024"
[dependencies]
tollbridge = { path = "$here", features = ["layer"] }
tokio = { version = "1.41", features = ["fs", "net", "rt-multi-thread", "sync"] }
tracing = { version = "0.1.36", default-features = false }
tracing-subscriber = { version = "0.3.8", default-features = false, features = ["registry"] }
[features]
# Without it tokio has lost what it takes.
tracing = ["tokio/tracing"]
[profile.dev]
debug = false
[workspace]
TOML
cat >"$work/app/src/main.rs" <<'RUST'
//! Argument: what the subscriber is.

use std::collections::BTreeMap;
use std::sync::mpsc;

use tollbridge::report::Report;
use tollbridge::{Outcome, Phase};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

/// Counts of hops by line, as they are expected.
#[derive(Default)]
struct Book(BTreeMap<(u32, Outcome), u64>);

/// The number of its own line, or of the one that far below.
macro_rules! here {
    () => {
        line!()
    };
}

impl Book {
    fn add(&mut self, line: u32, outcome: Outcome, hops: u64) {
        *self.0.entry((line, outcome)).or_default() += hops;
    }
}

/// Keeps the only thread of a pool until it is told.
fn gate(handle: &tokio::runtime::Handle, book: &mut Book) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (open, opened) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel::<()>();
    let (line, job) = (here!(), handle.spawn_blocking(move || { begun.send(()).unwrap(); let _ = opened.recv(); }));
    book.add(line, Outcome::Joined, 1);
    begins.recv().unwrap();
    (open, job)
}

async fn roads(book: &mut Book) {
    use Outcome::{Joined, Panicked};
    for i in 0..30 {
        let (line, job) = (here!(), tollbridge::task::spawn_blocking(move || i));
        assert_eq!(job.await.unwrap(), i);
        book.add(line, Joined, 1);
    }
    for i in 0..5 {
        let (line, job) = (here!(), tokio::task::spawn_blocking(tollbridge::task::wrap(move || i)));
        assert_eq!(job.await.unwrap(), i);
        book.add(line, Joined, 1);
    }
    for i in 0..40 {
        let (line, job) = (here!(), tokio::task::spawn_blocking(move || i));
        assert_eq!(job.await.unwrap(), i);
        book.add(line, Joined, 1);
    }
    for i in 0..20 {
        let (line, job) = (here!(), tokio::runtime::Handle::current().spawn_blocking(move || i));
        assert_eq!(job.await.unwrap(), i);
        book.add(line, Joined, 1);
    }
    let mut set = tokio::task::JoinSet::new();
    for i in 0..10 {
        let (line, _) = (here!(), set.spawn_blocking(move || i));
        book.add(line, Joined, 1);
    }
    while let Some(joined) = set.join_next().await {
        joined.unwrap();
    }
    #[cfg(feature = "tracing")]
    for i in 0..4 {
        let (line, job) = (here!(), tokio::task::Builder::new().name("named").spawn_blocking(move || i).unwrap());
        assert_eq!(job.await.unwrap(), i);
        book.add(line, Joined, 1);
    }
    for i in 0..3 {
        let large = [i; 40_000];
        let (line, job) = (here!(), tokio::task::spawn_blocking(move || large.iter().sum::<i32>()));
        assert_eq!(job.await.unwrap(), 40_000 * i);
        book.add(line, Joined, 1);
    }
    for _ in 0..6 {
        let (line, job) = (here!(), tokio::task::spawn_blocking(|| std::panic::resume_unwind(Box::new(()))));
        assert!(job.await.unwrap_err().is_panic());
        book.add(line, Panicked, 1);
    }
    // Detached: this side does not know of it.
    for _ in 0..8 {
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        let (line, _) = (here!(), drop(tokio::task::spawn_blocking(move || done.send(()).unwrap())));
        is_done.await.unwrap();
        book.add(line, Joined, 1);
    }
    // A job that calls another one, and code that takes the span of a job elsewhere, and enters it there after its end.
    for _ in 0..2 {
        let (line, outer) = (here!(), tokio::task::spawn_blocking(|| {
            let span = tracing::Span::current();
            span.in_scope(|| span.in_scope(|| ()));
            std::thread::scope(|scope| { scope.spawn(|| span.in_scope(|| ())); });
            let (inner_line, inner) = (here!(), tokio::task::spawn_blocking(|| ()));
            (inner_line, inner, span)
        }));
        let (inner_line, inner, span) = outer.await.unwrap();
        inner.await.unwrap();
        span.in_scope(|| ());
        book.add(line, Joined, 1);
        book.add(inner_line, Joined, 1);
    }
}

/// By line where the site is this file's.
fn found(report: &Report) -> (Book, BTreeMap<String, u64>) {
    let (mut own, mut others) = (Book::default(), BTreeMap::new());
    for group in &report.groups {
        let hops = group.hop_ns.count();
        match group.key.site.strip_prefix("src/main.rs:") {
            Some(place) => own.add(place.split(':').next().unwrap().parse().unwrap(), group.key.outcome, hops),
            None => *others.entry(group.key.job.clone()).or_default() += hops,
        }
    }
    (own, others)
}

fn main() {
    let how = std::env::args().nth(1).expect("an argument");
    match how.as_str() {
        "filtered" => tracing_subscriber::registry().with(LevelFilter::INFO).with(tollbridge::layer()).init(),
        _ => tracing_subscriber::registry().with(tollbridge::layer()).init(),
    }
    let guard = tollbridge::builder().without_files().init();
    let runtime = |threads| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).max_blocking_threads(threads).build().unwrap()
    };
    let mut book = Book::default();
    let pool = runtime(4);
    pool.block_on(async {
        roads(&mut book).await;
        for _ in 0..15 {
            tokio::fs::metadata("Cargo.toml").await.unwrap();
        }
        for _ in 0..12 {
            tokio::net::lookup_host("localhost:80").await.unwrap().count();
        }
    });
    drop(pool);
    // Cancelled before they ran: aborted, and with their runtime.
    let narrow = runtime(1);
    let (open, first) = gate(narrow.handle(), &mut book);
    let (line, waiting): (u32, Vec<_>) = (here!(), (0..7).map(|_| narrow.spawn_blocking(|| unreachable!())).collect());
    waiting.iter().for_each(|job| job.abort());
    drop(open);
    narrow.block_on(async {
        first.await.unwrap();
        for job in waiting {
            assert!(job.await.unwrap_err().is_cancelled());
        }
    });
    book.add(line, Outcome::Cancelled, 7);
    let (open, first) = gate(narrow.handle(), &mut book);
    let (line, _) = (here!(), (0..9).for_each(|_| drop(narrow.spawn_blocking(|| ()))));
    let closing = std::thread::spawn(move || drop(narrow));
    drop(open);
    closing.join().unwrap();
    drop(first);
    let report = guard.finish().expect("armed");
    let (own, others) = found(&report);
    if how != "all" {
        assert_eq!(report.outcomes.submitted, 35, "tollbridge's own calls alone");
        assert_eq!(report.observed.map(|observed| (observed.jobs, observed.imported)), Some((0, 0)));
        return;
    }
    // Those nine waited when their runtime began to close, which drops what waits; or the thread came to them first.
    let late: u64 = own.0.iter().filter(|((at, _), _)| *at == line).map(|(_, hops)| hops).sum();
    assert_eq!(late, 9);
    let rest: BTreeMap<_, _> = own.0.into_iter().filter(|((at, _), _)| *at != line).collect();
    assert_eq!(rest, book.0);
    let of = |part: &str| -> u64 { others.iter().filter(|(job, _)| job.contains(part)).map(|(_, hops)| hops).sum() };
    let others_in_all: u64 = others.values().sum();
    // The C library's resolver may not be asked for a name that is an address; "localhost" is none.
    assert_eq!((of("tokio::fs::metadata"), of("ToSocketAddrs"), others_in_all), (15, 12, 27), "{others:?}");
    let in_all: u64 = book.0.values().sum::<u64>() + 27 + 9;
    let outcomes = report.outcomes;
    assert_eq!((outcomes.submitted, outcomes.in_flight, report.dropped.total()), (in_all, 0, 0), "{outcomes:?}");
    let observed = report.observed.expect("a layer");
    assert_eq!((observed.jobs, observed.imported), (in_all, 35), "each once");
    // Nothing but reach and run is known of the others; a run is no longer than its hop.
    for group in report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined && group.key.arm == tollbridge::Arm::Wrapped) {
        let phases: Vec<_> = group.phases.keys().copied().collect();
        assert_eq!(phases, [Phase::Reach, Phase::Run], "{:?}", group.key);
        assert_eq!(group.phases.values().map(|phase| phase.sum()).sum::<u64>(), group.hop_ns.sum());
    }
    println!("{} jobs, {} of them imported", observed.jobs, observed.imported);
}
RUST

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/target}/layer"
app="$CARGO_TARGET_DIR/debug/app"
build() { # CARGO'S ARGUMENTS
    (cd "$work/app" && RUSTFLAGS="--cfg tokio_unstable" cargo build --quiet "$@")
}
run() { # HOW WORDS: what stderr has to say, or nothing
    env -u TOLLBRIDGE -u RUST_LOG "$app" "$1" >"$work/out" 2>"$work/said" || { cat "$work/said" >&2; echo "layer: failed: $1" >&2; exit 1; }
    if [ -n "$2" ]; then
        [ "$(grep -c "the layer saw no span" "$work/said")" = 1 ] && grep -q "$2" "$work/said" || { cat "$work/said" >&2; echo "layer: $1 did not say: $2" >&2; exit 1; }
    elif grep -q "the layer saw" "$work/said"; then
        cat "$work/said" >&2
        exit 1
    fi
}
cp "$here/Cargo.lock" "$work/app/Cargo.lock"
for pinned in $LAYER_VERSIONS; do
    (cd "$work/app" && cargo update --quiet --precise "${pinned#*=}" "${pinned%=*}")
done
build --features tracing
run all ''
cat "$work/out"
run filtered 'a filter of the subscriber hides these spans'
build
run lost "tokio's feature \`tracing\` is off, or"
echo "layer: each job once, on every road; a lost feature and a filter are reported"
