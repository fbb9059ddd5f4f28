//! Use the bridge alone: any thread completes a job, any other takes its outcome. Neither tokio nor its pool is needed.
//!
//!     cargo run --release --example bridge
//!
//! It prints the outcome of a job, then that of a job which was cancelled before it started:
//!
//! ```text
//! Some(Ok("from a plain thread"))
//! started: false; Some(Err(Cancelled))
//! ```
//!
//! In async code, await `bridge::wrap_future(reader)` instead of the call to `wait` and the copy.

#![expect(clippy::print_stdout, reason = "an example that shows what it did")]

use std::convert::Infallible;
use std::error::Error;
use std::thread;

use tollbridge::bridge::{Awaiter, pair, snapshot};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut completer, mut reader) = pair::<_, Infallible>();
    let worker = thread::spawn(move || completer.start() && completer.set_result("from a plain thread").is_ok());
    reader.wait(None)?;
    let mut awaiter = Awaiter::new();
    snapshot::copy_future_state(&mut reader, &mut awaiter)?;
    println!("{:?}", awaiter.take());
    assert!(worker.join().is_ok_and(|completed| completed));

    let (mut completer, mut reader) = pair::<&str, Infallible>();
    reader.cancel();
    print!("started: {}; ", completer.start());
    snapshot::copy_future_state(&mut reader, &mut awaiter)?;
    println!("{:?}", awaiter.take());
    Ok(())
}
