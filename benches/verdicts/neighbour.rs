//! Quiet apps beside processes that keep all processors busy: the first verdict has to be the one that the app has alone, or none, in nine
//! captures of ten.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use tollbridge_flamegraphs::verdict::verdicts;

use crate::control;
use crate::experiment::capture;

/// What makes this program a busy process instead.
pub(crate) const ARGUMENT: &str = "--busy";
/// Captures of each app, alone and beside others.
const CAPTURES: usize = 10;
/// Of these, the ones that may begin with another verdict than most of those alone.
const MAY_DIFFER: usize = 1;

/// Keeps one processor busy until its standard input ends, so that it does not outlive who asked for it.
pub(crate) fn busy() -> ! {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    loop {
        std::hint::spin_loop();
    }
}

/// Processes, one for each processor.
struct Busy(Vec<Child>);

impl Busy {
    fn all() -> Self {
        let one = |_| {
            let program = std::env::current_exe().expect("it has a path");
            Command::new(program).arg(ARGUMENT).stdin(Stdio::piped()).spawn().expect("it starts again")
        };
        Self((0..std::thread::available_parallelism().map_or(1, usize::from)).map(one).collect())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            drop(child.stdin.take());
            // Its exit code says nothing.
            let _ = child.wait();
        }
    }
}

/// How many captures begin with which rule; an empty word where nothing is said.
fn firsts(work: fn()) -> BTreeMap<&'static str, usize> {
    let mut firsts = BTreeMap::new();
    for _ in 0..CAPTURES {
        let said = verdicts(&capture(work));
        *firsts.entry(said.first().map_or("", |verdict| verdict.rule.as_str())).or_default() += 1;
    }
    firsts
}

fn listed(firsts: &BTreeMap<&str, usize>) -> String {
    let of = |(&rule, count): (&&str, &usize)| format!("{} {count}", if rule.is_empty() { "nothing" } else { rule });
    firsts.iter().map(of).collect::<Vec<_>>().join(", ")
}

/// Prints a line for each app. Returns how many of them are out of bounds.
pub(crate) fn run() -> u32 {
    let mut broken = 0;
    for app in control::QUIET {
        let alone = firsts(app.work);
        let beside = {
            let _busy = Busy::all();
            firsts(app.work)
        };
        let usual = alone.iter().max_by_key(|(_, count)| **count).map_or("", |(&rule, _)| rule);
        let differ: usize =
            beside.iter().filter(|(rule, _)| **rule != usual && !rule.is_empty()).map(|(_, count)| count).sum();
        let holds = differ <= MAY_DIFFER;
        broken += u32::from(!holds);
        println!(
            "{:<18}{:<54}first, alone: {}; beside: {}{}",
            "busy neighbour",
            app.what,
            listed(&alone),
            listed(&beside),
            if holds { "" } else { "  OUT OF BOUNDS" }
        );
    }
    broken
}
