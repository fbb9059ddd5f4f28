//! tracing-flame: a folded stack at each span's begin and end, into a buffered file.

use std::path::Path;

use tracing_flame::FlameLayer;
use tracing_subscriber::layer::SubscriberExt as _;

use super::{Active, Evidence, traced};
use crate::hop::SPANS;

pub(super) fn start(folder: &Path) -> Active {
    let file = folder.join("trace.folded");
    let (layer, guard) = FlameLayer::with_file(&file).expect("the file can be made");
    traced::under(tracing_subscriber::registry().with(layer), move |_| {
        guard.flush().expect("the file can be written");
        Evidence::Lines { file, text: " ", per_hop: SPANS }
    })
}
