//! A small app whose hops are kept whole, to be looked at in Perfetto:
//!
//! ```text
//! TOLLBRIDGE=locks TOLLBRIDGE_TIMELINE=on cargo run --release --example whole_hops
//! tollbridge export tollbridge-out/whole_hops-*/report.json --to chrome -o trace.json
//! ```
//!
//! It asks for the metadata of its own sources, some tasks at once, each hop after hop. Everything is chosen by the
//! environment (docs/guide/start.md, "Variables").

#![expect(clippy::print_stdout, reason = "an example that shows what it did")]

use std::path::PathBuf;

use tollbridge::task::spawn_blocking;

const TASKS: usize = 8;
const ROUNDS: usize = 250;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let toll = tollbridge::init();
    let files: Vec<PathBuf> = walkdir::WalkDir::new("src")
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(stat_all(files.clone()))).collect();
    let mut bytes = 0;
    for task in tasks {
        bytes += task.await??;
    }
    println!("{} hops, {bytes} bytes in all", TASKS * ROUNDS);
    drop(toll);
    Ok(())
}

async fn stat_all(files: Vec<PathBuf>) -> std::io::Result<u64> {
    let mut bytes = 0;
    for file in files.into_iter().cycle().take(ROUNDS) {
        bytes += spawn_blocking(move || file.metadata()).await??.len();
    }
    Ok(bytes)
}
