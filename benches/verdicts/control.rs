//! Workloads of which it is known what has to be said, and what must not: where every rule has to keep silent that advises something, where jobs
//! hold threads, and where fewer threads would stop the app.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::{Handle, Runtime};
use tollbridge::task::spawn_blocking;
use tollbridge_flamegraphs::verdict::{Rule, Verdict, verdicts};

use crate::experiment::{capture, said};
use crate::load::{lengths_ns, runtime, spin, wait};
use crate::lone;

/// What has to be said.
enum Says {
    /// This rule, of all sites, and no other.
    Only(Rule),
    /// This rule first.
    First(Rule),
    /// Nothing that makes the pool smaller.
    NoSmallerPool,
}

pub(crate) struct Control {
    pub(crate) what: &'static str,
    pub(crate) work: fn(),
    says: Says,
}

/// Those that leave most of the machine to others.
pub(crate) const QUIET: &[Control] = &[
    Control {
        what: "jobs of 400 us, one by one",
        work: || hops(1, 200, || spin(400_000)),
        says: Says::Only(Rule::Fine),
    },
    Control {
        what: "4 tasks of jobs that wait 1 ms, tokio's pool",
        work: || hops(4, 60, || wait(1_000)),
        says: Says::Only(Rule::Fine),
    },
    Control {
        what: lone::ALL[0].symptom,
        work: || {
            lone::apart(&lone::ALL[0]);
        },
        says: Says::Only(Rule::LoneWork),
    },
    Control {
        what: "jobs of 2 us, one by one",
        work: || hops(1, 1_200, || spin(2_000)),
        says: Says::First(Rule::SmallWork),
    },
    Control {
        what: "16 tasks of jobs that wait 1 ms, pool of 4",
        work: || hops_on(Some(4), 16, 10, || wait(1_000)),
        says: Says::First(Rule::Backlog),
    },
];

/// Those that hold threads, or would stop on a smaller pool.
pub(crate) const OTHERS: &[Control] = &[
    Control { what: "jobs that call jobs, beside 32 tasks of small ones", work: nested, says: Says::NoSmallerPool },
    Control { what: "4 jobs that do not end, of 5 threads", work: endless, says: Says::First(Rule::Stuck) },
    Control { what: "timeouts of 50 ms around jobs that do not end", work: given_up, says: Says::First(Rule::Leak) },
    Control { what: "calls behind tokio's own jobs that do not end", work: starved, says: Says::First(Rule::Starved) },
    Control { what: "calls behind tokio's own jobs of 20 ms", work: behind, says: Says::First(Rule::UnseenJobs) },
    // Last, since its threads never end.
    Control { what: "2 jobs on 2 threads, each waits for another", work: deadlock, says: Says::First(Rule::Deadlock) },
];

fn hops(tasks: u32, each: u32, job: fn()) {
    hops_on(None, tasks, each, job);
}

fn hops_on(blocking: Option<usize>, tasks: u32, each: u32, job: fn()) {
    let runtime = runtime(None, blocking);
    runtime.block_on(lengths_ns(tasks, each, move |_| async move {
        spawn_blocking(job).await.expect("the job returns");
    }));
}

/// Runs a job inside another one, as `block_on` in a job does.
async fn outer(handle: Handle) {
    let job = move || {
        spin(50_000);
        let inner = async { spawn_blocking(|| spin(50_000)).await.expect("the job returns") };
        handle.block_on(inner);
    };
    spawn_blocking(job).await.expect("the job returns");
}

fn nested() {
    let runtime = runtime(Some(2), None);
    runtime.block_on(async {
        let handle = Handle::current();
        let nested = tokio::spawn(lengths_ns(6, 60, move |_| outer(handle.clone())));
        lengths_ns(32, 200, |_| async {
            spawn_blocking(|| spin(5_000)).await.expect("the job returns");
        })
        .await;
        nested.await.expect("it ends");
    });
}

/// Jobs that have to end once a capture has.
static ENDED: AtomicBool = AtomicBool::new(false);

fn until_ended() {
    while !ENDED.load(Ordering::Relaxed) {
        wait(1_000);
    }
}

/// Leaves its jobs to run until the capture has ended.
fn left_running(blocking: Option<usize>, work: impl Future<Output = ()>) {
    let runtime: Runtime = runtime(Some(2), blocking);
    runtime.block_on(work);
    std::mem::forget(runtime);
}

fn endless() {
    left_running(Some(5), async {
        let endless: Vec<_> = (0..4).map(|_| spawn_blocking(until_ended)).collect();
        lengths_ns(4, 500, |_| async {
            spawn_blocking(|| wait(500)).await.expect("the job returns");
        })
        .await;
        std::mem::forget(endless);
    });
}

fn given_up() {
    left_running(None, async {
        for _ in 0..8 {
            let job = spawn_blocking(until_ended);
            tokio::time::timeout(Duration::from_millis(50), job).await.expect_err("it does not end");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    });
}

fn starved() {
    left_running(Some(2), async {
        let unseen: Vec<_> = (0..2).map(|_| tokio::task::spawn_blocking(until_ended)).collect();
        let queued = spawn_blocking(|| spin(50_000));
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        std::mem::forget((unseen, queued));
    });
}

fn behind() {
    let runtime = runtime(Some(2), Some(4));
    runtime.block_on(async {
        let unseen = tokio::spawn(lengths_ns(16, 30, |_| async {
            tokio::task::spawn_blocking(|| wait(20_000)).await.expect("the job returns");
        }));
        lengths_ns(1, 20, |_| async {
            spawn_blocking(|| spin(50_000)).await.expect("the job returns");
        })
        .await;
        unseen.abort();
    });
}

fn deadlock() {
    left_running(Some(2), async {
        let handle = Handle::current();
        let stopped: Vec<_> = (0..2).map(|_| tokio::spawn(outer(handle.clone()))).collect();
        tokio::time::sleep(Duration::from_secs(3)).await;
        std::mem::forget(stopped);
    });
}

impl Says {
    fn holds(&self, said: &[Verdict]) -> bool {
        match self {
            Self::Only(rule) => !said.is_empty() && said.iter().all(|verdict| verdict.rule == *rule),
            Self::First(rule) => said.first().is_some_and(|verdict| verdict.rule == *rule),
            Self::NoSmallerPool => {
                said.iter().all(|verdict| !matches!(verdict.rule, Rule::WidePool | Rule::JobsCompute))
            }
        }
    }
}

impl Control {
    /// Runs it and prints a line. Returns whether what has to be said was.
    pub(crate) fn run(&self) -> bool {
        ENDED.store(false, Ordering::Relaxed);
        let report = capture(self.work);
        ENDED.store(true, Ordering::Relaxed);
        let holds = self.says.holds(&verdicts(&report));
        println!(
            "{:<18}{:<54}said: {}{}",
            "control",
            self.what,
            said(&report),
            if holds { "" } else { "  OUT OF BOUNDS" }
        );
        holds
    }
}
