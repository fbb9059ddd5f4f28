//! `tollbridge::fs` against `tokio::fs`: the same results and errors, off and armed with each arm, and one hop for each call
//! that tokio makes one for, named by its caller's line.

#[path = "../common/mod.rs"]
mod common;
mod folders;
mod types;
mod when;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::Permissions;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;

use common::{capture, child, run, settings};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tollbridge::fs::{self, DirBuilder, File, OpenOptions};
use tollbridge::report::Report;

// ---- What both are told to do ----

/// What each call said, in order.
#[derive(Debug, Default, PartialEq)]
struct Log(Vec<String>);

impl Log {
    fn say<T: Debug>(&mut self, call: &str, said: io::Result<T>) {
        self.0.push(match said {
            Ok(value) => format!("{call}: {value:?}"),
            Err(error) => format!("{call}: {:?}, {error}", error.kind()),
        });
    }
}

/// The same calls on either crate. Each `say` is one call, and so one hop.
macro_rules! script {
    ($module:ident, $krate:ident) => {
        mod $module {
            use $krate::fs;

            use super::*;

            pub(super) async fn calls(root: &Path) -> Log {
                let at = |name: &str| root.join(name);
                let relative = |path: PathBuf| path.strip_prefix(root).expect("below the root").to_owned();
                let missing = at("missing");
                let nul = Path::new("nul\0nul");
                let mut log = Log::default();

                log.say("write", fs::write(at("a"), b"one").await);
                log.say("write a String", fs::write(at("a"), String::from("a\u{e9}")).await);
                log.say("write a Vec", fs::write(at("bytes"), vec![0xff, 0xfe]).await);
                log.say("write nowhere", fs::write(missing.join("a"), "x").await);
                log.say("write to a folder", fs::write(root, "x").await);
                log.say("write nul", fs::write(nul, "x").await);

                log.say("read", fs::read(at("a")).await);
                log.say("read missing", fs::read(&missing).await);
                log.say("read a folder", fs::read(root).await);
                log.say("read_to_string", fs::read_to_string(at("a")).await);
                log.say("read_to_string bytes", fs::read_to_string(at("bytes")).await);
                log.say("read_to_string missing", fs::read_to_string(&missing).await);

                log.say("metadata", fs::metadata(at("a")).await.map(|found| (found.len(), found.file_type())));
                log.say("metadata missing", fs::metadata(&missing).await.map(drop));
                log.say("metadata nul", fs::metadata(nul).await.map(drop));
                log.say("try_exists", fs::try_exists(at("a")).await);
                log.say("try_exists missing", fs::try_exists(&missing).await);
                log.say("try_exists below a file", fs::try_exists(at("a/b")).await);
                log.say("canonicalize", fs::canonicalize(at("../").join(root).join("./a")).await.map(relative));
                log.say("canonicalize missing", fs::canonicalize(&missing).await);

                log.say("create_dir", fs::create_dir(at("folder")).await);
                log.say("create_dir again", fs::create_dir(at("folder")).await);
                log.say("create_dir_all", fs::create_dir_all(at("deep/er/still")).await);
                log.say("create_dir_all below a file", fs::create_dir_all(at("a/b")).await);
                log.say("copy", fs::copy(at("a"), at("folder/copy")).await);
                log.say("copy missing", fs::copy(&missing, at("folder/none")).await);
                log.say("copy a folder", fs::copy(at("folder"), at("folder/none")).await);
                log.say("rename", fs::rename(at("folder/copy"), at("folder/renamed")).await);
                log.say("rename missing", fs::rename(&missing, at("folder/none")).await);
                log.say("hard_link", fs::hard_link(at("a"), at("linked")).await);
                log.say("hard_link again", fs::hard_link(at("a"), at("linked")).await);
                log.say("hard_link of a folder", fs::hard_link(at("folder"), at("none")).await);
                log.say("read_link of a file", fs::read_link(at("a")).await);

                let mut read_only = std::fs::metadata(at("linked")).expect("written above").permissions();
                read_only.set_readonly(true);
                log.say("set_permissions", fs::set_permissions(at("linked"), read_only.clone()).await);
                log.say("set_permissions missing", fs::set_permissions(&missing, read_only).await);
                log.say("write what is read-only", fs::write(at("linked"), "x").await);

                log.say("remove_file", fs::remove_file(at("bytes")).await);
                log.say("remove_file missing", fs::remove_file(&missing).await);
                log.say("remove_file a folder", fs::remove_file(at("folder")).await);
                log.say("remove_dir full", fs::remove_dir(at("folder")).await);
                log.say("remove_dir", fs::remove_dir(at("deep/er/still")).await);
                log.say("remove_dir a file", fs::remove_dir(at("a")).await);
                log.say("remove_dir_all", fs::remove_dir_all(at("deep")).await);
                log.say("remove_dir_all missing", fs::remove_dir_all(&missing).await);
                log.say("read_dir missing", fs::read_dir(&missing).await.map(drop));
                log.say("read_dir a file", fs::read_dir(at("a")).await.map(drop));

                log.say("open", contents(fs::File::open(at("a")).await).await);
                log.say("open missing", contents(fs::File::open(&missing).await).await);
                log.say("create", written(fs::File::create(at("new")).await, "new").await);
                log.say("create cuts", written(fs::File::create(at("new")).await, "n").await);
                log.say("create nowhere", fs::File::create(missing.join("a")).await.map(drop));
                log.say("create_new", written(fs::File::create_new(at("newer")).await, "newer").await);
                log.say("create_new again", fs::File::create_new(at("newer")).await.map(drop));

                let options = fs::File::options();
                log.say("open without a mode", options.open(at("a")).await.map(drop));
                let mut append = fs::OpenOptions::new();
                append.read(true).append(true);
                log.say("append", written(append.open(at("newer")).await, "+").await);
                log.say("appended", contents(append.open(at("newer")).await).await);
                log.say("append missing", append.open(&missing).await.map(drop));
                let mut cut = append.clone();
                cut.append(false).write(true).truncate(true);
                log.say("cut", contents(cut.open(at("newer")).await).await);
                cut.truncate(false).create_new(true);
                log.say("open as new", cut.open(at("newer")).await.map(drop));
                cut.create_new(false).create(true);
                log.say("open or create", written(cut.open(at("newest")).await, "!").await);
                let mut std = std::fs::OpenOptions::new();
                std.read(true);
                let from: fs::OpenOptions = std.into();
                log.say("open with std's options", contents(from.open(at("newest")).await).await);

                log.say("build a folder", fs::DirBuilder::new().create(at("built")).await);
                log.say("build it again", fs::DirBuilder::new().create(at("built")).await);
                let mut deep = fs::DirBuilder::default();
                deep.recursive(true);
                log.say("build folders", deep.create(at("built/deep/er")).await);
                log.say("build them again", deep.create(at("built/deep/er")).await);
                deep.recursive(false);
                log.say("build them one at a time", deep.create(at("built/and/other")).await);
                log
            }

            #[cfg(unix)]
            pub(super) async fn unix(root: &Path) -> Log {
                use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

                let at = |name: &str| root.join(name);
                let mode = |name: &str| std::fs::metadata(at(name)).expect("it is there").permissions().mode();
                let mut log = Log::default();
                std::fs::write(at("a"), "one").expect("the root can be written");
                log.say("symlink", fs::symlink("a", at("to a")).await);
                log.say("symlink again", fs::symlink("a", at("to a")).await);
                log.say("read_link", fs::read_link(at("to a")).await);
                log.say("symlink_metadata", fs::symlink_metadata(at("to a")).await.map(|found| found.file_type()));
                log.say("symlink_metadata missing", fs::symlink_metadata(at("none")).await.map(drop));
                log.say("metadata", fs::metadata(at("to a")).await.map(|found| (found.file_type(), found.nlink())));
                log.say("read", fs::read(at("to a")).await);

                let mut options = fs::OpenOptions::new();
                options.write(true).create_new(true).mode(0o640);
                log.say("mode", options.open(at("mode")).await.map(|_| mode("mode")));
                let mut builder = fs::DirBuilder::new();
                builder.mode(0o710);
                log.say("mode of a folder", builder.create(at("modes")).await.map(|()| mode("modes")));
                log.say("set_permissions", fs::set_permissions(at("mode"), Permissions::from_mode(0o000)).await);
                log.say("open what nobody may", contents(fs::File::open(at("mode")).await).await);
                #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
                {
                    const O_NOFOLLOW: i32 = 0o400_000;
                    let mut options = fs::OpenOptions::new();
                    options.read(true).custom_flags(O_NOFOLLOW);
                    log.say("custom_flags", options.open(at("to a")).await.map(drop));
                    log.say("without them", options.custom_flags(0).open(at("to a")).await.map(drop));
                }
                log
            }
        }
    };
}

script!(oracle, tokio);
script!(measured, tollbridge);

async fn contents(file: io::Result<tokio::fs::File>) -> io::Result<String> {
    let mut text = String::new();
    file?.read_to_string(&mut text).await?;
    Ok(text)
}

async fn written(file: io::Result<tokio::fs::File>, text: &str) -> io::Result<()> {
    let mut file = file?;
    file.write_all(text.as_bytes()).await?;
    file.flush().await
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// What lies below a folder: who may do what with it, and what files contain.
fn tree(root: &Path) -> BTreeMap<PathBuf, (Permissions, Option<Vec<u8>>)> {
    let below = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.expect("an entry"));
    below
        .map(|entry| {
            let permissions = entry.metadata().expect("it is there").permissions();
            let contents = entry.file_type().is_file().then(|| std::fs::read(entry.path()).ok()).flatten();
            (entry.path().strip_prefix(root).expect("below the root").to_owned(), (permissions, contents))
        })
        .collect()
}

/// Runs the same calls on both; they say the same and leave the same behind, and ours make a hop each.
fn assert_alike(oracle: impl AsyncFn(&Path) -> Log, measured: impl AsyncFn(&Path) -> Log) {
    for setting in settings() {
        let (theirs, ours) = (folder(), folder());
        let root = |folder: &TempDir| folder.path().canonicalize().expect("it is there");
        let (expected, _) = run(None, || async { oracle(&root(&theirs)).await });
        let (said, report) = run(setting, || async { measured(&root(&ours)).await });
        assert_eq!(said, expected);
        assert_eq!(tree(ours.path()), tree(theirs.path()));
        if let Some(report) = report {
            let (outcomes, calls) = (report.outcomes, expected.0.len() as u64);
            assert_eq!((outcomes.submitted, outcomes.joined), (calls, calls), "{:?}", report.sites);
        }
    }
}

#[test]
fn each_call_says_what_tokios_says_and_makes_one_hop() {
    assert_alike(oracle::calls, measured::calls);
}

#[cfg(unix)]
#[test]
fn the_same_of_what_only_unix_has() {
    assert_alike(oracle::unix, measured::unix);
}

/// The oracle itself: what the comparison above rests on is not all errors.
#[test]
fn the_calls_succeed_and_fail() {
    let root = folder();
    let (log, _) = run(None, || oracle::calls(root.path()));
    let failed = log.0.iter().filter(|said| said.contains("os error")).count();
    assert!(failed > 20 && log.0.len() - failed > 25, "{log:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_not_permitted_is_an_error_of_that_kind() {
    for setting in settings() {
        let root = folder();
        // Nobody may link a folder, root neither.
        let (error, _) = run(setting, || fs::hard_link(root.path(), root.path().join("none")));
        assert_eq!(error.expect_err("not permitted").kind(), io::ErrorKind::PermissionDenied);
    }
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Keeps the pool's one thread busy until it is told to go on.
struct Busy {
    release: mpsc::Sender<()>,
    job: tokio::task::JoinHandle<()>,
}

impl Busy {
    fn new() -> Self {
        let (release, wait) = mpsc::channel();
        Self { release, job: tokio::task::spawn_blocking(move || wait.recv().expect("it is released")) }
    }

    async fn release(self) {
        self.release.send(()).expect("the job waits");
        self.job.await.expect("the job returns");
        // The one thread comes to this job after all before it.
        tokio::task::spawn_blocking(|| ()).await.expect("the job returns");
    }
}

// ---- Sites ----

/// The call, alone on its line, makes one hop, which is joined, named by that line and by what it does.
macro_rules! assert_site {
    ($job:literal, $root:ident => $call:expr) => {{
        let folder = folder();
        let $root = folder.path();
        std::fs::write($root.join("a"), "one").expect("the root can be written");
        std::fs::create_dir($root.join("folder")).expect("the root can be written");
        let captured = capture(|builder| builder, || async { $call.await.map(drop).expect("it succeeds") });
        assert_one_site(&captured.report, line!(), $job);
    }};
}

fn assert_one_site(report: &Report, line: u32, job: &str) {
    assert_eq!((report.outcomes.submitted, report.outcomes.joined), (1, 1));
    let [site] = report.sites.as_slice() else { panic!("one site: {:?}", report.sites) };
    assert!(site.site.starts_with(&format!("{}:{line}:", file!())), "line {line}: {}", site.site);
    assert!(site.job.starts_with("tollbridge::fs::") && site.job.ends_with(job), "{}", site.job);
    assert_eq!(site.outcomes.joined, 1);
}

#[test]
fn a_hop_is_named_by_its_callers_line_and_by_what_it_does() {
    assert_site!("::canonicalize::{{closure}}", root => fs::canonicalize(root.join("a")));
    assert_site!("::copy::{{closure}}", root => fs::copy(root.join("a"), root.join("b")));
    assert_site!("::create_dir::{{closure}}", root => fs::create_dir(root.join("b")));
    assert_site!("::create_dir_all::{{closure}}", root => fs::create_dir_all(root.join("b/c")));
    assert_site!("::hard_link::{{closure}}", root => fs::hard_link(root.join("a"), root.join("b")));
    assert_site!("::metadata::{{closure}}", root => fs::metadata(root));
    assert_site!("::read::{{closure}}", root => fs::read(root.join("a")));
    assert_site!("::read_dir::{{closure}}", root => fs::read_dir(root));
    assert_site!("::read_to_string::{{closure}}", root => fs::read_to_string(root.join("a")));
    assert_site!("::remove_dir::{{closure}}", root => fs::remove_dir(root.join("folder")));
    assert_site!("::remove_dir_all::{{closure}}", root => fs::remove_dir_all(root.join("folder")));
    assert_site!("::remove_file::{{closure}}", root => fs::remove_file(root.join("a")));
    assert_site!("::rename::{{closure}}", root => fs::rename(root.join("a"), root.join("b")));
    assert_site!("::symlink_metadata::{{closure}}", root => fs::symlink_metadata(root));
    assert_site!("::try_exists::{{closure}}", root => fs::try_exists("none"));
    assert_site!("::write::{{closure}}", root => fs::write(root.join("b"), "two"));
    assert_site!("::open::{{closure}}", root => File::open(root.join("a")));
    assert_site!("::create::{{closure}}", root => File::create(root.join("b")));
    assert_site!("::create_new::{{closure}}", root => File::create_new(root.join("b")));
    assert_site!("::open::{{closure}}", root => File::options().read(true).open(root.join("a")));
    assert_site!("::open::{{closure}}", root => OpenOptions::new().read(true).open(root.join("a")));
    assert_site!("::create::{{closure}}", root => DirBuilder::new().create(root.join("b")));
    let permissions = || std::fs::metadata("Cargo.toml").expect("it is there").permissions();
    assert_site!("::set_permissions::{{closure}}", root => fs::set_permissions(root.join("a"), permissions()));
}

#[cfg(unix)]
#[test]
fn a_hop_of_a_symlink_is_named_alike() {
    assert_site!("::symlink::{{closure}}", root => fs::symlink("a", root.join("b")));
    let to_a = folder();
    let link = to_a.path().join("a");
    std::os::unix::fs::symlink("a", &link).expect("the folder can be written");
    assert_site!("::read_link::{{closure}}", root => fs::read_link(&link));
}

/// The type that a path has is no part of the job's name, so a line has one job.
#[test]
fn a_jobs_name_tells_no_types() {
    let root = folder();
    let captured = capture(
        |builder| builder,
        || async {
            async fn one(path: impl AsRef<Path>) {
                fs::metadata(path).await.expect("it is there");
            }
            one(root.path()).await;
            one(root.path().to_owned()).await;
            one(root.path().to_str().expect("text")).await;
        },
    );
    let [site] = captured.report.sites.as_slice() else { panic!("one site: {:?}", captured.report.sites) };
    assert_eq!((site.hops, site.job.contains('<')), (3, false), "{}", site.job);
}

// ---- Off ----

/// A folder of so many files, each as long as its number.
fn full(files: usize) -> TempDir {
    let root = folder();
    for file in 0..files {
        std::fs::write(root.path().join(format!("{file:03}")), vec![b'x'; file]).expect("the root can be written");
    }
    root
}

/// What an entry of a folder of one file prints, from both: ours is tokio's own if and only if it was opened off.
async fn printed(root: &Path) -> [String; 2] {
    let mut theirs = tokio::fs::read_dir(root).await.expect("a folder");
    let mut ours = fs::read_dir(root).await.expect("a folder");
    let folders = format!("{theirs:?}") == format!("{ours:?}");
    let theirs = theirs.next_entry().await.expect("an entry").expect("one");
    let ours = ours.next_entry().await.expect("an entry").expect("one");
    [format!("{theirs:?}, folders alike: true"), format!("{ours:?}, folders alike: {folders}")]
}

#[test]
fn off_a_folder_is_tokios_own_and_stays_so() {
    let _alone = common::alone();
    let root = full(40);
    let runtime = common::runtime();
    let [theirs, ours] = runtime.block_on(printed(root.path()));
    assert_eq!(ours, theirs);
    let mut folder = runtime.block_on(fs::read_dir(root.path())).expect("a folder");
    let guard = common::builder().init();
    runtime.block_on(async {
        while let Some(entry) = folder.next_entry().await.expect("an entry") {
            entry.metadata().await.expect("it is there");
        }
    });
    let [theirs, ours] = runtime.block_on(printed(root.path()));
    assert_ne!(ours, theirs, "the test can fail");
    assert_eq!(guard.finish().expect("armed").outcomes.submitted, 1, "the one of `printed`");
}

#[test]
fn child() {
    child::play(|role| {
        assert_eq!(role, "first call");
        let root = full(1);
        let [theirs, ours] = common::runtime().block_on(printed(root.path()));
        i32::from(ours != theirs)
    });
}

/// In a process that never called `init`, the first call decides, and is tokio's own already.
#[test]
fn the_first_call_of_a_process_is_tokios_own() {
    let played = child::run(&mut child::role("first call"));
    assert_eq!(played.status.code(), Some(0), "{}", played.stderr);
    let played = child::run(child::role("first call").env("RUST_LOG", "tollbridge=trace"));
    assert_eq!(played.status.code(), Some(1), "armed by its log: {}", played.stderr);
}
