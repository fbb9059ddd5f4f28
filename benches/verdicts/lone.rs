//! Small jobs of many tasks, which wait for something else in between: what it takes to collect them, as *it stands alone* says
//! that it does not pay.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tollbridge::task::spawn_blocking;

use crate::experiment::{middle, sorted};
use crate::load::{hash, lengths_apart_ns, runtime, spin};

/// So many tasks, each of which calls a small job and then waits for something else.
pub(crate) struct Lone {
    pub(crate) symptom: &'static str,
    tasks: u32,
    job: fn(),
}

pub(crate) const ALL: [Lone; 2] = [
    Lone { symptom: "16 tasks of jobs of 2 us, each waits in between", tasks: 16, job: || spin(2_000) },
    Lone { symptom: "6 tasks that each hash 1 KiB, and wait in between", tasks: 6, job: || hash(&[7; 1_024]) },
];

const EACH: u32 = 100;
/// Jobs that share a hop, at most.
const BATCH: usize = 8;

async fn pause() {
    tokio::time::sleep(Duration::from_micros(100)).await;
}

/// The mean time from a job's call to its outcome, each in a hop of its own.
pub(crate) fn apart(&Lone { tasks, job, .. }: &Lone) -> f64 {
    runtime(Some(2), None).block_on(async {
        // What waits in between is no part of the length.
        let all = lengths_apart_ns(
            tasks,
            EACH,
            move |_| async move {
                spawn_blocking(job).await.expect("the job returns");
            },
            pause,
        );
        all.await
    })
}

/// The same where one task hops for all, with as many jobs as there are.
fn collected(&Lone { tasks, job: work, .. }: &Lone) -> f64 {
    runtime(Some(2), None).block_on(async {
        let (ask, mut asked) = mpsc::channel::<oneshot::Sender<()>>(BATCH);
        let collector = tokio::spawn(async move {
            let mut jobs = Vec::new();
            while asked.recv_many(&mut jobs, BATCH).await > 0 {
                let jobs = std::mem::take(&mut jobs);
                let hop = spawn_blocking(move || {
                    for job in jobs {
                        work();
                        // Nobody waits any more: then nobody is to be told.
                        let _ = job.send(());
                    }
                });
                hop.await.expect("the jobs return");
            }
        });
        let all = lengths_apart_ns(
            tasks,
            EACH,
            move |_| {
                let ask = ask.clone();
                async move {
                    let (job, outcome) = oneshot::channel();
                    ask.send(job).await.expect("there is a collector");
                    outcome.await.expect("the job returns");
                }
            },
            pause,
        );
        let length = all.await;
        collector.await.expect("it ends with those who ask");
        length
    })
}

/// Prints a line. Says whether collecting made jobs later.
pub(crate) fn run(lone: &Lone, rounds: usize) -> bool {
    let figures: Vec<[f64; 2]> = (0..=rounds)
        .map(|round| {
            if round % 2 == 0 {
                let apart = apart(lone);
                [apart, collected(lone)]
            } else {
                let collected = collected(lone);
                [apart(lone), collected]
            }
        })
        .skip(1)
        .collect();
    let of = |figure: fn(&[f64; 2]) -> f64| middle(&sorted(figures.iter().map(figure).collect()));
    let saved = of(|[apart, collected]| apart - collected);
    println!(
        "{:<18}{:<54}{:<24}{:>9.0}{:>9.0}{saved:>9.0}  nothing is predicted{}",
        "lone-work",
        lone.symptom,
        "one task hops for all",
        of(|[apart, _]| *apart),
        of(|[_, collected]| *collected),
        if saved < 0.0 { "" } else { "  OUT OF BOUNDS" }
    );
    println!("{:<18}in ns, time until the result is in hand", "");
    saved < 0.0
}
