//! More sites than a process keeps the texts of, through the layer. Those that are kept stay for good, so the process has one test.

mod common;

use std::task::{Context, Waker};

use common::{alone, armed};
use tollbridge_instrument::every_job::{Tokio, layer};
use tollbridge_instrument::record::{MAX_SITES, OTHER};
use tracing::instrument::Instrument as _;
use tracing_subscriber::prelude::*;

fn with_layer(f: impl FnOnce()) {
    let tokio = Tokio { task: || 0, runtime: || 0, is_copy: false };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer(tokio)), f);
}

/// A job, from the span that tokio opens for it to its end.
fn runs(line: u32) {
    let span = tracing::trace_span!(
        target: "tokio::task::blocking",
        "runtime.spawn",
        "fn" = %"app::job",
        loc.file = "src/app.rs",
        loc.line = line,
        loc.col = 5_u32,
    );
    let mut job = Box::pin(async {}.instrument(span));
    assert!(job.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[test]
fn sites_beyond_those_that_are_kept_are_counted_together() {
    let _alone = alone();
    // Of all sites of a process some are kept; of one capture half as many are told apart.
    let sites = u32::try_from(MAX_SITES).expect("few");
    let mut others = 0;
    for round in 0..4 {
        let capture = armed(0);
        with_layer(|| {
            for line in 0..sites {
                runs(10_000 + round * sites + line);
            }
        });
        let report = capture.finish();
        let of_others =
            report.groups.iter().find(|group| group.key.site == OTHER).map_or(0, |group| group.hop_ns.count());
        assert_eq!((report.outcomes.joined, report.dropped.total()), (u64::from(sites), 0));
        others += of_others;
        if round == 3 {
            assert_eq!(of_others, u64::from(sites), "one more finds no room");
            assert!(report.dropped.sites >= of_others);
        }
    }
    assert!(others < 4 * u64::from(sites));
    // Those that are kept still have their names.
    let capture = armed(0);
    with_layer(|| runs(10_000));
    let report = capture.finish();
    assert_eq!(report.groups[0].key.site, "src/app.rs:10000:5");
}
