//! Record the blocking calls inside `tokio::fs`: swap its import.
//!
//!     TOLLBRIDGE=locks cargo run --release --features fs --example fs
//!
//! It prints how many bytes it read, and the guard prints a summary on stderr. The call site is the line of this file that
//! called `read`, not a line inside tokio. Reads and writes of an open `File` are not recorded.

#![expect(clippy::print_stdout, reason = "an example that shows what it did")]

use tollbridge::fs; // was: use tokio::fs;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let _toll = tollbridge::init();
    let mut bytes = 0;
    for _ in 0..100 {
        bytes += fs::read("Cargo.toml").await?.len();
    }
    println!("read {bytes} bytes in 100 calls");
    Ok(())
}
