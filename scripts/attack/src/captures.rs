//! Captures, armed and ended one after the other.

use tollbridge::Summary;
use tollbridge::task::spawn_blocking;

use super::{resident_kib, runtime};

pub(crate) fn run(count: u64) -> bool {
    let runtime = runtime();
    let mut first = 0;
    for i in 0..count {
        let guard = tollbridge::builder().without_files().with_summary(Summary::Off).init();
        runtime.block_on(async {
            for _ in 0..5 {
                spawn_blocking(|| 1).await.expect("it returns");
            }
        });
        let Some(report) = guard.finish() else { return false };
        if (report.outcomes.submitted, report.outcomes.joined) != (5, 5) || report.dropped.total() != 0 {
            println!("capture={i} {:?}", report.outcomes);
            return false;
        }
        if i == count / 10 {
            first = resident_kib();
        }
    }
    let grown = resident_kib().saturating_sub(first);
    println!("done={count} grown_kib={grown}");
    // Some pages come and go.
    grown < 4_096
}
