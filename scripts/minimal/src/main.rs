//! Hops through everything of tollbridge's that an app can link, and what has to come of them.

use tollbridge::runtime::SpawnBlockingExt as _;
use tollbridge::{Arm, RecorderLayer, Summary};
use tracing_subscriber::layer::SubscriberExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(RecorderLayer::new()))
        .expect("the first");
    let bridges = [Arm::Native, Arm::Snapshot, Arm::Naive];
    let guard = tollbridge::builder()
        .without_files()
        .with_summary(Summary::Off)
        .with_visible(true)
        .with_compare(&bridges)
        .init();
    for i in 0..100 {
        assert_eq!(tollbridge::task::spawn_blocking(move || i).await.expect("it returns"), i);
    }
    let mut set = tollbridge::task::JoinSet::new();
    set.spawn_blocking(|| 1);
    assert_eq!(set.join_next().await.expect("one is in it").expect("it returns"), 1);
    let runtime = tokio::runtime::Handle::current();
    assert_eq!(runtime.spawn_blocking_measured(|| 1).await.expect("it returns"), 1);
    tollbridge::fs::metadata(".").await.expect("it is there");
    // Whatever is found: the hop is what counts.
    drop(tollbridge::net::lookup_host("localhost:80").await);
    tracing::info_span!("request").in_scope(|| ());
    let report = guard.finish().expect("armed");
    assert_eq!((report.outcomes.joined, report.dropped.total()), (104, 0));
    assert_eq!(report.spans.len(), 1, "other people's spans: {:?}", report.spans);
    let mut json = Vec::new();
    report.write_json(&mut json).expect("there is room");
    assert!(String::from_utf8(json).expect("JSON is text").contains("\"joined\":104"));
}
