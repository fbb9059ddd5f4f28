//! tracing-timing: a histogram per span and event. Spans' ends are its events here, so each is one value.

use std::path::Path;

use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_timing::{Builder, Histogram, TimingLayer};

use super::{Active, Evidence, traced};

pub(super) fn start(_: &Path) -> Active {
    let new = || Histogram::new_with_max(1_000_000_000, 2).expect("valid bounds");
    let layer = Builder::default().span_close_events().layer(new);
    traced::under(tracing_subscriber::registry().with(layer), |hops| {
        let values = tracing::dispatcher::get_default(|dispatch: &Dispatch| {
            let layer = dispatch.downcast_ref::<TimingLayer>().expect("it is ours");
            layer.force_synchronize();
            layer.with_histograms(|spans| {
                spans.values_mut().flat_map(|events| events.values_mut()).map(|values| values.len()).sum::<u64>()
            })
        });
        // The end of a span is an event of its parent: outermost ones have none.
        assert!(values >= hops, "{values} values of {hops} hops");
        Evidence::Said("at least a value a hop")
    })
}
