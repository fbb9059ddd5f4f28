//! What the futures and the types are.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt as _;
use tollbridge::fs::{self, DirBuilder, File, OpenOptions};

use crate::common::capture;

/// A path that may move to another thread but not be shared with one.
struct Unshared(Cell<u8>, PathBuf);

impl AsRef<Path> for Unshared {
    fn as_ref(&self) -> &Path {
        self.0.set(self.0.get() + 1);
        &self.1
    }
}

#[test]
fn futures_can_be_spawned_whatever_the_path_is() {
    let path = || Unshared(Cell::new(0), PathBuf::from("Cargo.toml"));
    let captured = capture(
        |builder| builder,
        || async {
            let found = tokio::spawn(fs::metadata("Cargo.toml")).await.expect("it returns").expect("it is there");
            for len in [
                tokio::spawn(fs::metadata(String::from("Cargo.toml"))).await.expect("it returns").map(|m| m.len()),
                tokio::spawn(fs::metadata(path())).await.expect("it returns").map(|m| m.len()),
                tokio::spawn(fs::read(path())).await.expect("it returns").map(|read| read.len() as u64),
            ] {
                assert_eq!(len.expect("it is there"), found.len());
            }
            let mut folder = tokio::spawn(fs::read_dir(Path::new("fs"))).await.expect("it returns").expect("a folder");
            tokio::spawn(async move { folder.next_entry().await }).await.expect("it returns").expect("entries");
        },
    );
    assert_eq!(captured.report.outcomes.joined, 5);
}

#[test]
fn types_are_what_tokios_are() {
    fn assert<T: Send + Sync + Unpin>() {}
    assert::<tokio::fs::ReadDir>();
    assert::<fs::ReadDir>();
    assert::<tokio::fs::DirEntry>();
    assert::<fs::DirEntry>();
    let mut options = (tokio::fs::OpenOptions::new(), OpenOptions::default());
    options.0.read(true).create(true);
    options.1.read(true).create(true);
    assert_eq!(format!("{:?}", options.1), format!("{:?}", options.0));
    let mut builders = (tokio::fs::DirBuilder::new(), DirBuilder::new());
    builders.0.recursive(true);
    builders.1.recursive(true);
    assert_eq!(format!("{:?}", builders.1), format!("{:?}", builders.0));
}

#[test]
fn an_opened_file_is_tokios() {
    let captured = capture(
        |builder| builder,
        || async {
            let mut file: tokio::fs::File = File::open("Cargo.toml").await.expect("it is there");
            let mut text = String::new();
            file.read_to_string(&mut text).await.expect("text");
            assert_eq!(text, std::fs::read_to_string("Cargo.toml").expect("text"));
            let std = std::fs::File::open("Cargo.toml").expect("it is there");
            let mut file: tokio::fs::File = File::from_std(std);
            assert_eq!(file.read_u8().await.expect("a byte"), text.as_bytes()[0]);
        },
    );
    assert_eq!(captured.report.outcomes.submitted, 1, "its reads are tokio's own");
}
