//! Reading folders.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;

use tollbridge::fs;

use crate::common::{self, capture, run, settings};
use crate::{Busy, full, poll_once};

/// What is known of an entry.
type Known = (PathBuf, std::ffi::OsString, u64, bool, u64);

macro_rules! entries {
    ($name:ident, $krate:ident) => {
        async fn $name(root: &Path) -> Vec<Known> {
            let mut folder = $krate::fs::read_dir(root).await.expect("a folder");
            let mut known = Vec::new();
            while let Some(entry) = folder.next_entry().await.expect("an entry") {
                let metadata = entry.metadata().await.expect("it is there");
                let file_type = entry.file_type().await.expect("it is there");
                assert_eq!(file_type, metadata.file_type());
                #[cfg(unix)]
                let ino = entry.ino();
                #[cfg(not(unix))]
                let ino = 0;
                known.push((entry.path(), entry.file_name(), metadata.len(), file_type.is_dir(), ino));
            }
            assert!(folder.next_entry().await.expect("still its end").is_none());
            known.sort();
            known
        }
    };
}

entries!(their_entries, tokio);
entries!(our_entries, tollbridge);

#[test]
fn a_folder_has_the_entries_that_tokio_finds() {
    let root = full(100);
    std::fs::create_dir(root.path().join("folder")).expect("the root can be written");
    let (expected, _) = run(None, || their_entries(root.path()));
    assert_eq!(expected.len(), 101);
    for setting in settings() {
        let (found, report) = run(setting, || our_entries(root.path()));
        assert_eq!(found, expected);
        if let Some(report) = report {
            // 101 entries in chunks of 32 are 4 hops; each entry's metadata is one more, and its file type none.
            assert_eq!((report.outcomes.submitted, report.outcomes.joined), (105, 105));
        }
    }
}

#[test]
fn a_folder_is_read_32_entries_a_hop_at_the_line_that_opened_it() {
    // A chunk that is full does not know that it was the last.
    for (files, hops) in [(0, 1), (1, 1), (31, 1), (32, 2), (33, 2), (64, 3), (65, 3)] {
        let root = full(files);
        let mut line = 0;
        let captured = capture(
            |builder| builder,
            || async {
                line = line!() + 1;
                let mut folder = fs::read_dir(root.path()).await.expect("a folder");
                let mut found = 0;
                while folder.next_entry().await.expect("an entry").is_some() {
                    found += 1;
                }
                assert_eq!(found, files);
            },
        );
        let report = captured.report;
        assert_eq!((report.outcomes.submitted, report.outcomes.joined), (hops, hops), "{files}");
        let site = format!("{}:{line}:", file!());
        assert!(report.sites.iter().all(|found| found.site.starts_with(&site)), "{:?}", report.sites);
        let hops_of =
            |job: &str| report.sites.iter().filter(|site| site.job.ends_with(job)).map(|site| site.hops).sum();
        assert_eq!((hops_of("::read_dir::{{closure}}"), hops_of("::next_chunk::{{closure}}")), (1, hops - 1));
    }
}

#[test]
fn an_entrys_hop_is_named_by_the_line_that_asks() {
    let root = full(1);
    let mut line = 0;
    let captured = capture(
        |builder| builder,
        || async {
            let mut folder = fs::read_dir(root.path()).await.expect("a folder");
            let entry = folder.next_entry().await.expect("an entry").expect("one");
            drop(entry.metadata());
            line = line!() + 1;
            entry.metadata().await.expect("it is there");
            std::fs::remove_file(entry.path()).expect("it is there");
            assert_eq!(entry.metadata().await.expect_err("it is gone").kind(), io::ErrorKind::NotFound);
            assert!(entry.file_type().await.expect("known from reading").is_file());
        },
    );
    assert_eq!(captured.report.outcomes.submitted, 3);
    let sites = &captured.report.sites;
    let site = sites.iter().find(|site| site.site.starts_with(&format!("{}:{line}:", file!()))).expect("it is there");
    assert!(site.job.starts_with("tollbridge::fs::") && site.job.ends_with("::metadata::{{closure}}"), "{}", site.job);
}

#[test]
fn a_dropped_next_entry_loses_nothing() {
    let root = full(40);
    let captured = capture(
        |builder| builder,
        || async {
            let mut folder = fs::read_dir(root.path()).await.expect("a folder");
            for _ in 0..32 {
                folder.next_entry().await.expect("an entry").expect("32 in the first hop");
            }
            let busy = Busy::new();
            for _ in 0..2 {
                assert!(poll_once(pin!(folder.next_entry())).await.is_pending());
            }
            busy.release().await;
            let mut left = 0;
            while folder.next_entry().await.expect("an entry").is_some() {
                left += 1;
            }
            assert_eq!(left, 8);
        },
    );
    assert_eq!((captured.report.outcomes.submitted, captured.report.outcomes.joined), (2, 2));
}

#[test]
fn a_folder_that_is_dropped_while_it_is_read_leaves_its_hop() {
    let root = full(40);
    let captured = capture(
        |builder| builder,
        || async {
            let mut folder = fs::read_dir(root.path()).await.expect("a folder");
            for _ in 0..32 {
                folder.next_entry().await.expect("an entry").expect("32 in the first hop");
            }
            let busy = Busy::new();
            assert!(poll_once(pin!(folder.next_entry())).await.is_pending());
            drop(folder);
            busy.release().await;
        },
    );
    let outcomes = captured.report.outcomes;
    assert_eq!((outcomes.submitted, outcomes.joined, outcomes.detached), (2, 1, 1));
}

#[test]
fn a_folder_whose_runtime_is_gone_says_what_tokios_says() {
    macro_rules! error {
        ($krate:ident) => {{
            let root = full(40);
            let runtime = common::runtime();
            let mut folder = runtime.block_on($krate::fs::read_dir(root.path())).expect("a folder");
            for _ in 0..32 {
                runtime.block_on(folder.next_entry()).expect("an entry").expect("32 in the first hop");
            }
            let handle = runtime.handle().clone();
            runtime.shutdown_background();
            let error = handle.block_on(folder.next_entry()).expect_err("nobody reads");
            (error.kind(), error.to_string())
        }};
    }
    for setting in settings() {
        let _alone = common::alone();
        let guard = setting.map(|build| build(common::builder()).init());
        assert_eq!(error!(tollbridge), error!(tokio));
        if let Some(guard) = guard {
            let outcomes = guard.finish().expect("armed").outcomes;
            assert_eq!((outcomes.joined, outcomes.cancelled), (1, 1));
        }
    }
}
