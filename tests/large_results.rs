//! Large results and closures need no more stack through the drop-in than through tokio's own call.
//!
//! How much stack a road needs is found by trying: a process for each size, since one that has too little overflows and is
//! ended. `scripts/attack/stack.sh` does the same as released code.

mod common;

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;

use common::child;
use tokio::task::JoinError;
use tollbridge::task::{self, JoinSet, wrap};
use tollbridge::{Arm, Detail, Guard};

const SIZE: usize = 64 * 1024;
type Large = [u8; SIZE];

/// How the large value crosses.
const ROADS: [&str; 6] =
    ["result", "closure", "wrapped result", "wrapped closure", "result of a set", "closure of a set"];
const ARMED: [&str; 4] = ["native", "snapshot", "naive", "propagated"];

// ---- The app ----

fn large() -> Large {
    black_box([7; SIZE])
}

/// A closure with a large value in it.
fn laden() -> impl FnOnce() -> u8 + Send + 'static {
    let value = large();
    move || black_box(&value)[SIZE / 2]
}

async fn go(road: &str, tokio: bool) -> Result<u8, JoinError> {
    let middle = |value: Large| black_box(&value)[SIZE / 2];
    let mut set = JoinSet::new();
    let mut laden_set = JoinSet::new();
    match (road, tokio) {
        ("result" | "wrapped result", true) => tokio::task::spawn_blocking(large).await.map(middle),
        ("closure" | "wrapped closure", true) => tokio::task::spawn_blocking(laden()).await,
        ("result", false) => task::spawn_blocking(large).await.map(middle),
        ("closure", false) => task::spawn_blocking(laden()).await,
        ("wrapped result", false) => tokio::task::spawn_blocking(wrap(large)).await.map(middle),
        ("wrapped closure", false) => tokio::task::spawn_blocking(wrap(laden())).await,
        ("result of a set", _) => {
            if tokio {
                (*set).spawn_blocking(large)
            } else {
                set.spawn_blocking(large)
            };
            set.join_next().await.expect("one").map(middle)
        }
        ("closure of a set", _) => {
            if tokio {
                (*laden_set).spawn_blocking(laden())
            } else {
                laden_set.spawn_blocking(laden())
            };
            laden_set.join_next().await.expect("one")
        }
        _ => unreachable!("{road}"),
    }
}

fn arm(mode: &str) -> Option<Guard> {
    let builder = common::builder();
    let builder = match mode {
        "tokio" | "off" => return None,
        "native" => builder.with_detail(Detail::Phases).with_transfer(Arm::Native),
        "snapshot" => builder.with_detail(Detail::Phases),
        "naive" => builder.with_transfer(Arm::Naive),
        "propagated" => builder.propagate_span(true),
        _ => unreachable!("{mode}"),
    };
    Some(builder.init())
}

/// `role`: road, mode and stack of each of the runtime's threads in bytes.
#[test]
fn child() {
    child::play(|role| {
        let [road, mode, stack] = role.split(';').collect::<Vec<_>>()[..] else { unreachable!("{role}") };
        let (road, tokio) = (road.to_owned(), mode == "tokio");
        let _toll = arm(mode);
        let stack = stack.parse().expect("a number");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_stack_size(stack).build();
        let middle = runtime.expect("a runtime").block_on(async {
            // On the worker, not on the main thread.
            tokio::spawn(async move { go(&road, tokio).await }).await
        });
        i32::from(middle.expect("joined").expect("joined") != 7)
    });
}

// ---- The stack that it needs ----

const STEP: usize = SIZE / 2;
const MOST: usize = 64 * SIZE;

fn survives(road: &str, mode: &str, stack: usize) -> bool {
    let played = child::run(&mut child::role(&format!("{road};{mode};{stack}")));
    let (survived, overflowed) = (played.status.success(), played.stderr.contains("has overflowed its stack"));
    assert!(survived != overflowed, "{road}, {mode}, {stack}: {}\n{}", played.status, played.stderr);
    survived
}

/// The least stack on which a road survives, to the next [`STEP`].
fn need(road: &str, mode: &str) -> usize {
    let (mut too_few, mut enough) = (0, MOST / STEP);
    assert!(survives(road, mode, MOST), "{road}, {mode}");
    while enough - too_few > 1 {
        let steps = too_few.midpoint(enough);
        if survives(road, mode, steps * STEP) { enough = steps } else { too_few = steps }
    }
    enough * STEP
}

fn same_stack(road: &str) {
    assert!(ROADS.contains(&road));
    let (tokio, off) = (need(road, "tokio"), need(road, "off"));
    let mut shown = format!("{road}: tokio {:.1}, off {:.1}", tokio as f64 / SIZE as f64, off as f64 / SIZE as f64);
    if std::env::var_os("SHOW_ALL").is_some() {
        for mode in ARMED {
            write!(shown, ", {mode} {:.1}", need(road, mode) as f64 / SIZE as f64).expect("a string");
        }
    }
    writeln!(std::io::stdout(), "{shown} values deep").expect("stdout is open");
    // Off is a function more than tokio's own, whose values debug code keeps apart.
    let apart = if cfg!(debug_assertions) { 6 * SIZE } else { 0 };
    // And `wrap` is one whether recording is on or off.
    let wrap = if road == "wrapped closure" { SIZE } else { 0 };
    let more = apart + wrap + STEP;
    assert!(off <= tokio + more, "{road}: off needs {off} bytes, tokio {tokio}");
    for mode in ARMED {
        let allowed = off * 10 / 9;
        assert!(survives(road, mode, allowed), "{road}: {mode} needs more than {allowed} bytes, off {off}");
    }
}

#[test]
fn a_large_result_needs_no_more_stack() {
    same_stack("result");
}

#[test]
fn a_large_closure_needs_no_more_stack() {
    same_stack("closure");
}

#[test]
fn a_large_wrapped_result_needs_no_more_stack() {
    same_stack("wrapped result");
}

#[test]
fn a_large_wrapped_closure_needs_no_more_stack() {
    same_stack("wrapped closure");
}

#[test]
fn a_large_result_of_a_set_needs_no_more_stack() {
    same_stack("result of a set");
}

#[test]
fn a_large_closure_of_a_set_needs_no_more_stack() {
    same_stack("closure of a set");
}
