//! One blocking job for each file of a real directory tree, and what its crossings cost.
//!
//!     cargo run --release --example stat_storm
//!     cargo run --release --example stat_storm -- --root /etc --job read --transfer naive
//!
//! What an app needs of this is three lines: the import of `spawn_blocking`, the guard, and the guard's end.

use std::fs;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::{Read as _, Write as _};
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use lexopt::{Arg, Parser, ValueExt as _};
use tollbridge::report::Report;
use tollbridge::task::spawn_blocking; // was: use tokio::task::spawn_blocking;
use tollbridge::{Arm, Detail, Summary};
use tollbridge_flamegraphs::{ScreenOptions, screen};

const HELP: &str = "\
Sends one blocking job per file through tollbridge, and shows what the crossings cost.

Usage: stat_storm [OPTIONS]

  --root DIR              The directory tree to walk [default: /usr]
  --job JOB               What each job does with its file [default: stat]
                            stat: read its metadata; open: open and close it; read: read its first 64 KiB;
                            hash: a hash (std's) of its first 64 KiB; dns: look up localhost, as a resolver would;
                            empty: nothing, the bare crossing
  --hops N                How many jobs; the walk repeats or stops as needed [default: 100000]
  --batch N               How many jobs go into one hop [default: 1]
  --concurrency N         How many hops are in flight at once [default: 64]
  --compare BRIDGE,...    Give each hop one of these bridges at random [default: native,snapshot,naive]
  --transfer BRIDGE       Give all hops this bridge: native, snapshot or naive
  --detail DETAIL         What to record: phases, or locks (bridge locks and copies too) [default: locks]
  --blocking-threads N    Most threads of the blocking pool [default: tokio's, 512]
  --out DIR               Where report.json goes [default: stat_storm-out]
";

#[derive(Debug)]
struct Args {
    root: PathBuf,
    job: Job,
    hops: u64,
    batch: u16,
    concurrency: u32,
    compare: Vec<Arm>,
    detail: Detail,
    blocking_threads: Option<u16>,
    out: PathBuf,
}

impl Args {
    /// Those of the command line; `None` if it asks for help.
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        let (mut compare, mut transfer) = (None, None);
        let mut args = Self {
            root: "/usr".into(),
            job: Job::Stat,
            hops: 100_000,
            batch: 1,
            concurrency: 64,
            compare: vec![Arm::Native, Arm::Snapshot, Arm::Naive],
            detail: Detail::Locks,
            blocking_threads: None,
            out: "stat_storm-out".into(),
        };
        let mut parser = Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("root") => args.root = parser.value()?.into(),
                Arg::Long("job") => args.job = parser.value()?.parse_with(Job::named)?,
                Arg::Long("hops") => args.hops = positive("--hops", &parser.value()?.parse()?)?,
                Arg::Long("batch") => args.batch = positive("--batch", &parser.value()?.parse()?)?,
                Arg::Long("concurrency") => args.concurrency = positive("--concurrency", &parser.value()?.parse()?)?,
                Arg::Long("compare") => compare = Some(parser.value()?.parse_with(bridges)?),
                Arg::Long("transfer") => transfer = Some(parser.value()?.parse_with(bridge)?),
                Arg::Long("detail") => args.detail = parser.value()?.parse()?,
                Arg::Long("blocking-threads") => {
                    args.blocking_threads = Some(positive("--blocking-threads", &parser.value()?.parse()?)?);
                }
                Arg::Long("out") => args.out = parser.value()?.into(),
                _ => return Err(arg.unexpected()),
            }
        }
        match (compare, transfer) {
            (Some(_), Some(_)) => return Err("--transfer cannot be used with --compare".into()),
            (Some(arms), None) => args.compare = arms,
            (None, Some(arm)) => args.compare = vec![arm],
            (None, None) => {}
        }
        Ok(Some(args))
    }
}

/// A number of at least 1.
fn positive<N: Copy + Default + PartialEq>(option: &str, number: &N) -> Result<N, lexopt::Error> {
    if *number == N::default() { Err(format!("{option} 0: give at least 1").into()) } else { Ok(*number) }
}

#[derive(Clone, Copy, Debug)]
enum Job {
    Stat,
    Open,
    Read,
    Hash,
    Dns,
    Empty,
}

fn bridge(word: &str) -> Result<Arm, String> {
    match word.parse() {
        Ok(Arm::Wrapped) | Err(_) => Err("expected native, snapshot or naive".to_owned()),
        Ok(arm) => Ok(arm),
    }
}

fn bridges(words: &str) -> Result<Vec<Arm>, String> {
    words.split(',').map(bridge).collect()
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
            eprintln!("stat_storm: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let files = walk(&args.root, args.hops)?;
    let toll = tollbridge::builder().with_detail(args.detail).with_summary(Summary::Off);
    let toll = match args.compare[..] {
        [arm] => toll.with_transfer(arm),
        _ => toll.with_compare(&args.compare),
    };
    let toll = toll.with_exact_folder(&args.out).try_init().map_err(|e| format!("{e}, or with --out DIR"))?;

    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = args.blocking_threads {
        runtime.max_blocking_threads(usize::from(threads));
    }
    let runtime = runtime.enable_all().build().map_err(|e| format!("failed to start a runtime: {e}"))?;
    let failed = runtime.block_on(storm(args, files));

    let Some(report) = toll.finish() else {
        return Err("the capture was not armed".to_owned());
    };
    show(&report, &args.out, failed)
}

/// The files below `root`, at most as many as there are hops.
fn walk(root: &Path, hops: u64) -> Result<Vec<PathBuf>, String> {
    let advice = "give a directory that you may read with --root DIR";
    fs::read_dir(root).map_err(|e| format!("failed to read --root {}: {e}; {advice}", root.display()))?;
    let entries = walkdir::WalkDir::new(root).into_iter();
    // Parts of the tree that may not be read are skipped, as any walk of a real tree must.
    let files = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let files: Vec<PathBuf> =
        files.map(walkdir::DirEntry::into_path).take(usize::try_from(hops).unwrap_or(usize::MAX)).collect();
    if files.is_empty() {
        return Err(format!("no file below --root {}; {advice}", root.display()));
    }
    Ok(files)
}

/// Runs the jobs, and says how many failed.
async fn storm(args: &Args, files: Vec<PathBuf>) -> u64 {
    let (files, next, failed) = (Arc::new(files), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
    let hops = usize::try_from(args.hops).unwrap_or(usize::MAX);
    let (job, batch) = (args.job, usize::from(args.batch));
    let workers: Vec<_> = (0..args.concurrency)
        .map(|_| {
            let (files, next, failed) = (Arc::clone(&files), Arc::clone(&next), Arc::clone(&failed));
            tokio::spawn(async move {
                loop {
                    let i = next.fetch_add(batch, Ordering::Relaxed);
                    if i >= hops {
                        return;
                    }
                    let (files, jobs) = (Arc::clone(&files), i..hops.min(i + batch));
                    let some = jobs.len() as u64;
                    let fails = move |i: &usize| job.run(&files[i % files.len()]).is_err();
                    let unsuccessful = spawn_blocking(move || jobs.filter(fails).count() as u64).await;
                    // One that panics takes its batch with it.
                    failed.fetch_add(unsuccessful.unwrap_or(some), Ordering::Relaxed);
                }
            })
        })
        .collect();
    for worker in workers {
        if let Err(error) = worker.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
    failed.load(Ordering::Relaxed)
}

impl Job {
    fn named(word: &str) -> Result<Self, &'static str> {
        match word {
            "stat" => Ok(Self::Stat),
            "open" => Ok(Self::Open),
            "read" => Ok(Self::Read),
            "hash" => Ok(Self::Hash),
            "dns" => Ok(Self::Dns),
            "empty" => Ok(Self::Empty),
            _ => Err("expected stat, open, read, hash, dns or empty"),
        }
    }

    /// Does it, and says something about the outcome so that it cannot be optimised away.
    fn run(self, file: &Path) -> std::io::Result<u64> {
        match self {
            Self::Stat => Ok(fs::symlink_metadata(file)?.len()),
            Self::Open => Ok(u64::from(fs::File::open(file)?.metadata()?.is_file())),
            Self::Read => Ok(first_bytes(file)?.len() as u64),
            Self::Hash => Ok(BuildHasherDefault::<DefaultHasher>::default().hash_one(first_bytes(file)?)),
            Self::Dns => Ok(("localhost", 80).to_socket_addrs()?.count() as u64),
            Self::Empty => Ok(0),
        }
    }
}

/// At most 64 KiB: enough to be work, and bounded whatever lies in the tree.
fn first_bytes(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(64 << 10).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The screen.
fn show(report: &Report, out: &Path, failed: u64) -> Result<(), String> {
    let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0);
    let mut shown = screen(report, &ScreenOptions::default().with_file(out.join("report.json")).with_width(width));
    if failed > 0 {
        // Files that are gone or may not be read; their crossings count all the same.
        shown.extend(["  ", &failed.to_string(), " jobs failed\n"]);
    }
    print(&shown)
}

fn print(text: &str) -> Result<(), String> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(|e| format!("failed to write to stdout: {e}"))
}
