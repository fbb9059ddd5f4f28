//! `Registry` under a layer that does nothing: what keeping spans costs before anything is done with them.

use std::path::Path;

use tracing::Subscriber;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};

use super::{Active, Evidence, traced};

struct Noop;

impl<S: Subscriber> Layer<S> for Noop {}

pub(super) fn start(_: &Path) -> Active {
    traced::under(tracing_subscriber::registry().with(Noop), |_| Evidence::Said("spans enabled"))
}
