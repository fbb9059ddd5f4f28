//! The recorder as a layer of the app's own registry: other people's spans are counted, and ours never twice. Jobs that tokio tells of are in
//! `instrument/tests/layer.rs` and `scripts/layer.sh`; here is a program whose tokio tells of none.

mod common;

use common::child;
use tollbridge::Arm;
use tollbridge::task::spawn_blocking;
use tollbridge_instrument::record::RecorderLayer;
use tracing_subscriber::prelude::*;

#[test]
fn other_peoples_spans_are_counted_under_each_other_and_ours_once() {
    const HOPS: u64 = 25;
    let _alone = common::alone();
    let subscriber = tracing_subscriber::registry().with(RecorderLayer::new());
    let guard = common::builder().with_visible(true).with_transfer(Arm::Naive).init();
    tracing::subscriber::with_default(subscriber, || {
        common::runtime().block_on(async {
            for i in 0..HOPS {
                tracing::info_span!("request").in_scope(|| tracing::debug_span!("parse").in_scope(|| i));
                assert_eq!(spawn_blocking(move || i).await.expect("joined"), i);
            }
        });
    });
    let report = guard.finish().expect("armed");
    let counts: Vec<(String, u64)> = report.spans.iter().map(|s| (s.path.join("/"), s.ns.count())).collect();
    assert_eq!(counts, [("request".to_owned(), HOPS), ("request/parse".to_owned(), HOPS)]);
    let arm = &report.arms[&Arm::Naive];
    assert_eq!((arm.hops, arm.locks_per_transfer, arm.copies_per_transfer), (HOPS, Some(4.0), Some(1.0)));
    assert_eq!(report.dropped.total(), 0);
}

const HOPS: u64 = 5;

#[test]
fn child() {
    child::play(|role| {
        if role != "without" {
            tracing_subscriber::registry().with(tollbridge::layer()).init();
        }
        for _ in 0..2 {
            let _toll = tollbridge::init();
            if role != "idle" {
                common::runtime().block_on(async {
                    for i in 0..HOPS {
                        assert_eq!(spawn_blocking(move || i).await.expect("joined"), i);
                    }
                });
            }
        }
        0
    });
}

/// What a role prints on stderr.
fn said(role: &str, variables: &[(&str, &str)]) -> String {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = child::role(role);
    command.env("TOLLBRIDGE_OUT", out.path()).envs(variables.iter().copied());
    let output = command.output().expect("it starts");
    assert!(output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn a_layer_that_can_see_nothing_is_reported_once() {
    const WORDS: &str = "the layer saw no span of a blocking job, so only tollbridge's own calls are recorded: this program was built \
                         without `--cfg tokio_unstable`";
    for (role, variables, times) in [
        ("with", &[("TOLLBRIDGE", "1")][..], 1),
        ("with", &[("TOLLBRIDGE", "1"), ("TOLLBRIDGE_SUMMARY", "off")], 1),
        // None can ever be seen, whether there was a job or not.
        ("idle", &[("TOLLBRIDGE", "1")], 1),
        ("without", &[("TOLLBRIDGE", "1")], 0),
        ("with", &[("TOLLBRIDGE", "off")], 0),
    ] {
        let said = said(role, variables);
        assert_eq!(said.matches(WORDS).count(), times, "{role} {variables:?}: {said}");
        assert_eq!(said.matches("the layer saw").count(), times, "{role} {variables:?}: {said}");
    }
}
