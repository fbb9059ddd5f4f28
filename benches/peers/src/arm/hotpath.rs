//! hotpath: `measure_block!`, whose guards send to a worker thread; a report as JSON at the end.

use std::path::Path;

use hotpath::{Format, HotpathGuardBuilder, Section};

use super::{Active, Evidence};
use crate::hop::SPANS;

macro_rules! measured {
    ($name:literal, $body:block) => {
        hotpath::measure_block!($name, $body)
    };
}

crate::hop::spans!(measured);

pub(super) fn start(folder: &Path) -> Active {
    let file = folder.join("report.json");
    let guard = HotpathGuardBuilder::new("peers")
        .format(Format::Json)
        .output_path(&file)
        .functions_limit(0)
        .sections(vec![Section::FunctionsTiming])
        .build();
    Active::new(
        |hops| Box::pin(spanned(hops)),
        move |hops| {
            drop(guard);
            let text = std::fs::read_to_string(&file).expect("the report was written");
            let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let rows = report["functions_timing"]["data"].as_array().expect("a table");
            // The frame around everything, which the guard adds, is not ours.
            let ours = rows.iter().filter(|row| row["name"].as_str().is_some_and(|name| !name.contains("peers")));
            let counted = ours.map(|row| row["calls"].as_u64().expect("a number")).sum();
            Evidence::Counted { what: "calls", counted, expected: SPANS * hops }
        },
    )
}
