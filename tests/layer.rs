//! The recorder as a layer of the app's own registry: other people's spans are counted, and ours never twice.

mod common;

use tollbridge::Arm;
use tollbridge::task::spawn_blocking;
use tollbridge_instrument::record::RecorderLayer;
use tracing_subscriber::layer::SubscriberExt as _;

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
