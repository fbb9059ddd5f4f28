//! `tracing_subscriber::fmt().json()`: a line at each span's end, written by the thread that closes it.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

use super::{Active, Evidence, traced};
use crate::hop::SPANS;

pub(super) fn start(folder: &Path) -> Active {
    let file = folder.join("log.json");
    let writer = Mutex::new(File::create(&file).expect("the file can be made"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(writer)
        .finish();
    traced::under(subscriber, |_| Evidence::Lines { file, text: r#""message":"close""#, per_hop: SPANS })
}
