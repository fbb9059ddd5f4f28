//! Which crate must not link which.

use std::collections::BTreeSet;

use crate::run::{Result, line, stdout};

/// A package, without its features but for those behind it, and what it must not link.
const FORBIDDEN: [(&str, &str); 11] = [
    // serde_json: its impls of PartialEq for the integers can break the type inference of whatever links it.
    ("tollbridge", "tollbridge-flamegraphs inferno clap comfy-table serde serde_json"),
    (
        "tollbridge-report",
        "tokio tracing tracing-core parking_lot tollbridge tollbridge-instrument tollbridge-flamegraphs inferno serde serde_json",
    ),
    ("tollbridge-instrument", "tokio tollbridge tollbridge-flamegraphs tracing-subscriber inferno"),
    ("tollbridge-flamegraphs --all-features", "tokio tollbridge tollbridge-instrument tracing"),
    // Each of its features brings its own, and whoever asks for none compiles no derive. inferno is CDDL-1.0: the page does without.
    ("tollbridge-flamegraphs", "inferno zstd zstd-sys flate2 askama prost csv sha2 base64 memchr serde serde_json syn"),
    ("tollbridge-flamegraphs --features read", "inferno zstd flate2 askama prost csv sha2 base64"),
    ("tollbridge-flamegraphs --features logs", "inferno askama prost csv sha2 base64"),
    ("tollbridge-flamegraphs --features flame", "zstd flate2 askama prost csv sha2 base64 serde serde_json syn"),
    ("tollbridge-flamegraphs --features html", "inferno zstd flate2 prost csv"),
    ("tollbridge-flamegraphs --features export", "inferno zstd askama sha2 base64"),
    // It links the recorder for its words, and to have its sources: the agent is built from them.
    ("tollbridge-cli", "tokio tollbridge"),
];

pub(super) fn check() -> Result<()> {
    for (package, names) in FORBIDDEN {
        let links = links(package)?;
        if let Some(name) = names.split(' ').find(|name| links.contains(*name)) {
            return Err(format!("arrows: {package} must not depend on {name}"));
        }
    }
    Ok(())
}

/// What a package links.
fn links(package: &str) -> Result<BTreeSet<String>> {
    let tree = stdout(line(&format!("cargo tree --locked -e normal --prefix none -p {package}")))?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect())
}
