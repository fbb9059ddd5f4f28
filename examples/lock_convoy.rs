//! Blocking jobs that share a lock: a convoy, and three ways out of it.
//!
//!     cargo run --release --example lock_convoy
//!     cargo run --release --example lock_convoy -- --way convoy --hold 100 --blocking-threads 16
//!
//! A service answers requests with queries to one embedded database. Each query is blocking, so it goes through
//! `spawn_blocking`; each needs the connection, which is behind a mutex. That mutex is `tollbridge::Mutex`, so the screen
//! says what it costs: how often it was contended, how long it took to get it, and whether that matters to a hop.
//!
//! | way | jobs at once | connections | under the lock |
//! |---|---|---|---|
//! | `alone` | 1 | 1 | all of a query: nobody is there to wait for |
//! | `convoy` | many | 1 | all of a query |
//! | `short` | many | 1 | a tenth of it: the rest needs no connection |
//! | `sharded` | many | many | all of a query |

use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lexopt::{Arg, Parser, ValueExt as _};
use tollbridge::report::{Report, SpanReport};
use tollbridge::task::spawn_blocking; // was: use tokio::task::spawn_blocking;
use tollbridge::{Mutex, Summary}; // was: use parking_lot::Mutex;
use tollbridge_flamegraphs::ScreenOptions;

const HELP: &str = "\
Blocking jobs that share a lock, and what the screen says of it.

Usage: lock_convoy [OPTIONS]

  --way WAY               One way instead of all, one after the other
                            alone: one job at a time; convoy: one lock, held for the whole query;
                            short: one lock, held for a tenth of the query; sharded: many locks, each held for the whole query
  --jobs N                How many jobs each way has [default: 4000]
  --queries N             How many queries, and so acquisitions of a lock, a job has [default: 2]
  --hold US               How long a query takes, in us [default: 30]
  --shards N              How many connections the sharded way has [default: 16]
  --concurrency N         How many jobs are in flight at once [default: 8]
  --blocking-threads N    Most threads of the blocking pool [default: 8]
  --out DIR               Where each way's report goes: WAY/report.json in this folder [default: lock_convoy-out]
";

#[derive(Debug)]
struct Args {
    ways: Vec<Way>,
    jobs: u64,
    queries: u32,
    hold: u64,
    shards: u16,
    concurrency: u32,
    blocking_threads: u16,
    out: PathBuf,
}

impl Args {
    /// Those of the command line; `None` if it asks for help.
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut args = Self {
            ways: Way::ALL.to_vec(),
            jobs: 4_000,
            queries: 2,
            hold: 30,
            shards: 16,
            concurrency: 8,
            blocking_threads: 8,
            out: "lock_convoy-out".into(),
        };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("way") => args.ways = vec![parser.value()?.parse_with(Way::named)?],
                Arg::Long("jobs") => args.jobs = positive("--jobs", &parser.value()?.parse()?)?,
                Arg::Long("queries") => args.queries = positive("--queries", &parser.value()?.parse()?)?,
                Arg::Long("hold") => args.hold = parser.value()?.parse()?,
                Arg::Long("shards") => args.shards = positive("--shards", &parser.value()?.parse()?)?,
                Arg::Long("concurrency") => args.concurrency = positive("--concurrency", &parser.value()?.parse()?)?,
                Arg::Long("blocking-threads") => {
                    args.blocking_threads = positive("--blocking-threads", &parser.value()?.parse()?)?;
                }
                Arg::Long("out") => args.out = parser.value()?.into(),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(args))
    }
}

/// A number of at least 1.
fn positive<N: Copy + Default + PartialEq>(option: &str, number: &N) -> Result<N, lexopt::Error> {
    if *number == N::default() { Err(format!("{option} 0: give at least 1").into()) } else { Ok(*number) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Alone,
    Convoy,
    Short,
    Sharded,
}

impl Way {
    const ALL: [Self; 4] = [Self::Alone, Self::Convoy, Self::Short, Self::Sharded];

    fn named(word: &str) -> Result<Self, &'static str> {
        Self::ALL.into_iter().find(|way| way.name() == word).ok_or("expected alone, convoy, short or sharded")
    }

    fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Convoy => "convoy",
            Self::Short => "short",
            Self::Sharded => "sharded",
        }
    }

    fn concurrency(self, args: &Args) -> u32 {
        if self == Self::Alone { 1 } else { args.concurrency }
    }
}

fn main() -> ExitCode {
    let done = match Args::parse() {
        Ok(Some(args)) => run(&args),
        Ok(None) => print(HELP),
        Err(error) => Err(format!("{error}; --help lists the options")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("lock_convoy: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let mut text = String::new();
    let mut rows = String::new();
    for &way in &args.ways {
        let out = args.out.join(way.name());
        let (report, took) = measured(way, args, &out)?;
        let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0);
        let options = ScreenOptions::default().with_all(true).with_file(out.join("report.json")).with_width(width);
        let screen = tollbridge_flamegraphs::screen(&report, &options);
        text.extend(["== ", way.name(), "\n\n", &screen, "\n"]);
        rows += &row(way, args, &report, took);
    }
    text += "way       jobs a s  acquisitions  contended    mean us     p99 us\n";
    text += &rows;
    print(&text)
}

fn print(text: &str) -> Result<(), String> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(|e| format!("failed to write to stdout: {e}"))
}

/// One line of the table that holds the ways against each other.
fn row(way: Way, args: &Args, report: &Report, took: Duration) -> String {
    let Some(SpanReport { ns, contended, .. }) = report.spans.iter().find(|span| span.path == [LOCK_SPAN]) else {
        return format!("{:<8}  no lock was recorded\n", way.name());
    };
    format!(
        "{:<8}  {:>8.0}  {:>12}  {:>9}  {:>9.2}  {:>9.2}\n",
        way.name(),
        args.jobs as f64 / took.as_secs_f64(),
        ns.count(),
        contended,
        ns.mean().unwrap_or_default() / 1e3,
        ns.quantile(0.99).unwrap_or_default() / 1e3,
    )
}

/// The name of the lock in reports, and of its span.
const LOCK: &str = "connection";
const LOCK_SPAN: &str = "lock connection";

/// One way from arming to its report, and how long its jobs took.
fn measured(way: Way, args: &Args, out: &Path) -> Result<(Report, Duration), String> {
    // A runtime of its own each: threads of one way would stand in the report of the next as woken ones.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(usize::from(args.blocking_threads))
        .enable_all()
        .build()
        .map_err(|e| format!("failed to start a runtime: {e}"))?;
    let toll = tollbridge::builder().with_summary(Summary::Off).with_exact_folder(out);
    let toll = toll.try_init().map_err(|e| format!("{e}, or with --out DIR"))?;
    let started = Instant::now();
    let answered = runtime.block_on(serve(way, args))?;
    let took = started.elapsed();
    let report = toll.finish().ok_or("the capture was not armed")?;
    if answered != args.jobs * u64::from(args.queries) {
        return Err(format!("{answered} queries were answered of {}", args.jobs * u64::from(args.queries)));
    }
    Ok((report, took))
}

/// The database, as its jobs share it.
struct Database {
    connections: Vec<Mutex<Connection>>,
    /// Whether the first query has been.
    open: AtomicBool,
    /// Jobs that have come as far as their first lock.
    arrived: AtomicU64,
    /// How many of them the first query waits for before it goes on.
    expected: u64,
    hold: Duration,
    /// What part of a query needs no connection.
    outside: Duration,
}

/// Answers that it gave.
#[derive(Default)]
struct Connection(u64);

/// How long the database takes to open, at the first query: a handshake, for which no processor is needed. It begins once as
/// many jobs as there can be have come to their first lock, and they pile up behind it, so that where there is one lock it is
/// contended by what the program does rather than by luck.
const OPENING: Duration = Duration::from_millis(2);

/// Runs the jobs, and says how many queries were answered.
async fn serve(way: Way, args: &Args) -> Result<u64, String> {
    let hold = Duration::from_micros(args.hold);
    let under_lock = if way == Way::Short { hold / 10 } else { hold };
    let connections = if way == Way::Sharded { args.shards } else { 1 };
    let at_once = u64::from(way.concurrency(args)).min(u64::from(args.blocking_threads)).min(args.jobs);
    let database = Arc::new(Database {
        connections: (0..connections).map(|_| Mutex::new(LOCK, Connection::default())).collect(),
        open: AtomicBool::new(false),
        arrived: AtomicU64::new(0),
        expected: at_once,
        hold: under_lock,
        outside: hold - under_lock,
    });
    let next = Arc::new(AtomicU64::new(0));
    let (jobs, queries) = (args.jobs, args.queries);
    let clients: Vec<_> = (0..way.concurrency(args))
        .map(|_| {
            let (database, next) = (Arc::clone(&database), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= jobs {
                        return Ok(());
                    }
                    let database = Arc::clone(&database);
                    spawn_blocking(move || database.answer(job, queries)).await?;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.and_then(|answered| answered).map_err(|e| format!("a job failed: {e}"))?;
    }
    // All jobs are over, so the locks are free; and `try_lock` is not recorded.
    Ok(database.connections.iter().filter_map(Mutex::try_lock).map(|connection| connection.0).sum())
}

impl Database {
    /// One blocking job: some queries.
    fn answer(&self, job: u64, queries: u32) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
        for query in 0..u64::from(queries) {
            work(self.outside);
            let shard = self.shard(job * u64::from(queries) + query);
            let mut connection = self.connections[shard].lock();
            // ORDERING: relaxed; whoever is first opens, and nothing else hangs on it.
            if !self.open.swap(true, Ordering::Relaxed) {
                self.open();
            }
            work(self.hold);
            connection.0 += 1;
        }
    }

    /// A connection by a hash of the key. (Turn by turn, jobs that started together would go on meeting each other.)
    fn shard(&self, key: u64) -> usize {
        // The multiplier is Knuth's: 2^64 over the golden ratio.
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        usize::try_from(hash % self.connections.len() as u64).unwrap_or(0)
    }

    /// Opens the database, with a connection's lock held.
    fn open(&self) {
        while self.arrived.load(Ordering::Relaxed) < self.expected {
            std::thread::yield_now();
        }
        if self.expected > 1 {
            std::thread::sleep(OPENING);
        }
    }
}

/// Keeps the processor busy.
fn work(length: Duration) {
    let started = Instant::now();
    let mut steps = 0u64;
    while started.elapsed() < length {
        steps = black_box(steps + 1);
    }
}
