//! What all verbs have in common: standard streams, colours, JSON, help, completions, manual pages, exit codes, messages.

mod colours;
#[path = "../common/command.rs"]
mod command;
mod help;
mod json;
mod messages;
mod streams;

use std::path::Path;

use tollbridge_testkit::logs::{hops, stored_report};

pub(crate) const DOCUMENT: &str = include_str!("../../../docs/guide/command.md");

/// Every verb.
pub(crate) const VERBS: [&str; 14] = [
    "report",
    "flame",
    "html",
    "verdicts",
    "merge",
    "compare",
    "export",
    "run",
    "build",
    "test",
    "bench",
    "where",
    "completions",
    "man",
];

/// A folder with `1.json` to `4.json`, reports of four processes; the jobs of the latter two take a millisecond more.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for pid in 1..=4 {
        let mut hops = hops(200 + u64::from(pid));
        for stamps in hops.iter_mut().map(|hop| &mut hop.stamps).filter(|_| pid > 2) {
            for later in [&mut stamps.run_end, &mut stamps.published, &mut stamps.ready, &mut stamps.copied] {
                *later = later.map(|ns| ns + 1_000_000);
            }
        }
        let mut report = stored_report(&hops);
        report.processes[0].pid = pid;
        report.save(&folder.path().join(format!("{pid}.json"))).unwrap();
    }
    folder
}

pub(crate) fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

pub(crate) fn code(code: u8) -> i32 {
    i32::from(code)
}

pub(crate) const COMPARE: [&str; 6] = ["compare", "1.json", "2.json", "--with", "3.json", "4.json"];
