//! Record an app's `spawn_blocking` calls: one import and one line.
//!
//!     TOLLBRIDGE=locks cargo run --release --example init
//!
//! The guard prints a summary on stderr when `main` ends. It names the report, which is in `tollbridge-out/`. Without
//! `TOLLBRIDGE` nothing is recorded and nothing is printed.

use tollbridge::task::spawn_blocking; // was: use tokio::task::spawn_blocking;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let _toll = tollbridge::init(); // keep the guard: `let _ = ...` would drop it at once
    for _ in 0..100 {
        spawn_blocking(|| std::fs::metadata("Cargo.toml")).await??;
    }
    Ok(())
}
