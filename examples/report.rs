//! Look at a part of a run from inside the app: take a report before it and one after it.
//!
//!     cargo run --release --example report
//!
//! It prints the mean of each phase, of the 100 calls between the two reports alone:
//!
//! ```text
//! 100 calls joined
//!    submit      9840 ns
//!   backlog         0 ns
//!     start      1352 ns
//!       run      2437 ns
//!   publish       137 ns
//!  unpolled        50 ns
//!    resume      3162 ns
//!  transfer       284 ns
//! ```

#![expect(clippy::print_stdout, reason = "an example that shows what it did")]

use tollbridge::Summary;
use tollbridge::task::spawn_blocking;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Chosen in code: the environment is not read, and no file is written.
    let guard = tollbridge::builder().without_files().with_summary(Summary::Off).init();
    spawn_blocking(|| "a warm-up, which is in the first report only").await?;

    let before = guard.report().ok_or("recording is on")?;
    for _ in 0..100 {
        spawn_blocking(|| std::fs::metadata("Cargo.toml")).await??;
    }
    let during = guard.report().ok_or("recording is on")?.since(&before)?;

    println!("{} calls joined", during.outcomes.joined);
    for (phase, ns) in during.sites.iter().flat_map(|site| &site.phases) {
        println!("{:>9} {:>9.0} ns", phase.as_str(), ns.mean().unwrap_or_default());
    }
    Ok(())
}
