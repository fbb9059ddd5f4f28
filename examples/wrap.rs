//! Record calls whose handle must stay tokio's, such as those of a `JoinSet`: wrap the closure.
//!
//!     TOLLBRIDGE=locks cargo run --release --example wrap
//!
//! It prints the sum of the results, and the guard prints a summary on stderr. `wrap` records the run, and everything before
//! it as a single phase, `reach`. It sees nothing of the way back, so the summary shows an unknown overhead.

#![expect(clippy::print_stdout, reason = "an example that shows what it did")]

use tokio::task::JoinSet;
use tollbridge::task::wrap;

#[tokio::main]
async fn main() {
    let _toll = tollbridge::init();
    let mut set = JoinSet::new();
    for number in 1..=100_u64 {
        set.spawn_blocking(wrap(move || number * number));
    }
    println!("{}", set.join_all().await.iter().sum::<u64>());
}
