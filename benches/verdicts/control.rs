//! Workloads at which every rule has to keep silent that advises something, and the one that speaks is known.

use tollbridge::task::spawn_blocking;
use tollbridge_flamegraphs::verdict::{Rule, verdicts};

use crate::experiment::{capture, said};
use crate::load::{lengths_ns, runtime, spin, wait};
use crate::lone;

pub(crate) struct Control {
    pub(crate) what: &'static str,
    work: fn(),
    says: Rule,
}

pub(crate) const ALL: &[Control] = &[
    Control { what: "jobs of 400 us, one by one", work: || hops(1, 200, || spin(400_000)), says: Rule::Fine },
    Control {
        what: "4 tasks of jobs that wait 1 ms, tokio's pool",
        work: || hops(4, 60, || wait(1_000)),
        says: Rule::Fine,
    },
    Control {
        what: lone::SYMPTOM,
        work: || {
            lone::apart();
        },
        says: Rule::LoneWork,
    },
];

fn hops(tasks: u32, each: u32, job: fn()) {
    let runtime = runtime(None, None);
    runtime.block_on(lengths_ns(tasks, each, move |_| async move {
        spawn_blocking(job).await.expect("the job returns");
    }));
}

impl Control {
    /// Runs it and prints a line. Says whether all was well: nobody spoke but who should.
    pub(crate) fn run(&self) -> bool {
        let report = capture(self.work);
        let said_of = verdicts(&report);
        let fine = !said_of.is_empty() && said_of.iter().all(|verdict| verdict.rule == self.says);
        println!(
            "{:<18}{:<54}said: {}{}",
            "control",
            self.what,
            said(&report),
            if fine { "" } else { "  OUT OF BOUNDS" }
        );
        fine
    }
}
