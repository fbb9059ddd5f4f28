//! One blocking job for each file of a real directory tree, and what its crossings cost.
//!
//!     cargo run --release --example stat_storm
//!     cargo run --release --example stat_storm -- --root /etc --job read --transfer naive
//!
//! What an app needs of this is three lines: the import of `spawn_blocking`, the guard, and the guard's end.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest as _, Sha256};
use tollbridge::report::Report;
use tollbridge::task::spawn_blocking; // was: use tokio::task::spawn_blocking;
use tollbridge::{Arm, Detail, Summary};
use tollbridge_flamegraphs::{FlameOptions, ScreenOptions};

/// Sends one blocking job per file through tollbridge, and shows what the crossings cost.
#[derive(Debug, Parser)]
struct Args {
    /// The directory tree to walk
    #[arg(long, default_value = "/usr")]
    root: PathBuf,
    /// What each job does with its file
    #[arg(long, value_enum, default_value_t = Job::Stat)]
    job: Job,
    /// How many jobs; the walk repeats or stops as needed
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    hops: u64,
    /// How many jobs go into one hop
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    batch: u16,
    /// How many hops are under way at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    concurrency: u32,
    /// Give each hop one of these bridges at random [default: native,snapshot,naive]
    #[arg(long, value_delimiter = ',', value_parser = bridge, conflicts_with = "transfer")]
    compare: Vec<Arm>,
    /// Give all hops this bridge: native, snapshot or naive
    #[arg(long, value_parser = bridge)]
    transfer: Option<Arm>,
    /// What to record: phases, or bridge locks and copies too
    #[arg(long, value_parser = |word: &str| word.parse::<Detail>(), default_value = "locks")]
    detail: Detail,
    /// Most threads of the blocking pool [default: tokio's, 512]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    blocking_threads: Option<u16>,
    /// Where report.json and the pictures go
    #[arg(long, default_value = "stat_storm-out")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Job {
    /// Its metadata
    Stat,
    /// Open and close it
    Open,
    /// Read its first 64 KiB
    Read,
    /// The SHA-256 of its first 64 KiB
    Hash,
    /// Look a host name up (localhost), as a resolver would
    Dns,
    /// Nothing: the bare crossing
    Empty,
}

fn bridge(word: &str) -> Result<Arm, String> {
    match word.parse() {
        Ok(Arm::Wrapped) | Err(_) => Err("expected native, snapshot or naive".to_owned()),
        Ok(arm) => Ok(arm),
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
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
    let toll = match (args.transfer, args.compare.is_empty()) {
        (Some(arm), _) => toll.with_transfer(arm),
        (None, true) => toll.with_compare(&[Arm::Native, Arm::Snapshot, Arm::Naive]),
        (None, false) => toll.with_compare(&args.compare),
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
    /// Hops between two updates of the bar, so that it costs nothing beside them.
    const STEP: usize = 512;
    // A bar of indicatif's draws nothing when stderr is no terminal.
    let bar = ProgressBar::new(args.hops).with_style(
        ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} hops, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let (files, next, failed) = (Arc::new(files), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
    let hops = usize::try_from(args.hops).unwrap_or(usize::MAX);
    let (job, batch) = (args.job, usize::from(args.batch));
    let workers: Vec<_> = (0..args.concurrency)
        .map(|_| {
            let (bar, files, next, failed) = (bar.clone(), Arc::clone(&files), Arc::clone(&next), Arc::clone(&failed));
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
                    if i % (STEP * batch) == 0 {
                        bar.set_position(i as u64);
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        if let Err(error) = worker.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
    bar.finish_and_clear();
    failed.load(Ordering::Relaxed)
}

impl Job {
    /// Does it, and says something about the outcome so that it cannot be optimised away.
    fn run(self, file: &Path) -> std::io::Result<u64> {
        match self {
            Self::Stat => Ok(fs::symlink_metadata(file)?.len()),
            Self::Open => Ok(u64::from(fs::File::open(file)?.metadata()?.is_file())),
            Self::Read => Ok(first_bytes(file)?.len() as u64),
            Self::Hash => Ok(u64::from(Sha256::digest(first_bytes(file)?)[0])),
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

/// The screen, and the pictures.
fn show(report: &Report, out: &Path, failed: u64) -> Result<(), String> {
    let file = out.join("report.json");
    let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0);
    let screen = tollbridge_flamegraphs::screen(report, &ScreenOptions::default().with_file(file).with_width(width));
    let pictures = tollbridge_flamegraphs::render(report, out, &FlameOptions::default())
        .map_err(|e| format!("{e}; the report itself is in {}", out.display()))?;
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(screen.as_bytes()).and_then(|()| {
        pictures.iter().try_for_each(|picture| writeln!(stdout, "  {}", picture.display()))?;
        if failed > 0 {
            // Files that are gone or may not be read; their crossings count all the same.
            writeln!(stdout, "  {failed} jobs failed")?;
        }
        Ok(())
    });
    written.map_err(|e| format!("failed to write to stdout: {e}"))
}
