//! When a function does what: at the first poll, not before; dropped midway; after its runtime.

use std::io;
use std::path::Path;
use std::pin::{Pin, pin};

use tollbridge::fs::{self, DirBuilder, File, OpenOptions};

use crate::common::{self, capture, settings};
use crate::{Busy, folder, full, poll_once, tree};

type Boxed<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A future of each function, none of them polled. That they are `Send` shows in the type.
fn futures<'a>(root: &'a Path, options: &'a OpenOptions, builder: &'a DirBuilder) -> Vec<Boxed<'a>> {
    fn boxed<'a, T>(future: impl Future<Output = io::Result<T>> + Send + 'a) -> Boxed<'a> {
        Box::pin(async { drop(future.await) })
    }
    let (a, b) = (root.join("a"), root.join("b"));
    let permissions = std::fs::metadata(root).expect("it is there").permissions();
    vec![
        boxed(fs::write(b.clone(), "two")),
        boxed(fs::copy(a.clone(), b.clone())),
        boxed(fs::create_dir(b.clone())),
        boxed(fs::create_dir_all(b.clone())),
        boxed(fs::hard_link(a.clone(), b.clone())),
        boxed(fs::rename(a.clone(), b.clone())),
        boxed(fs::remove_file(a.clone())),
        boxed(fs::remove_dir(root)),
        boxed(fs::remove_dir_all(root)),
        boxed(fs::set_permissions(a.clone(), permissions)),
        #[cfg(unix)]
        boxed(fs::symlink(a.clone(), b.clone())),
        boxed(File::create(b.clone())),
        boxed(File::create_new(b.clone())),
        boxed(options.open(b.clone())),
        boxed(builder.create(b)),
        boxed(fs::canonicalize(a.clone())),
        boxed(fs::metadata(a.clone())),
        boxed(fs::symlink_metadata(a.clone())),
        boxed(fs::read(a.clone())),
        boxed(fs::read_to_string(a.clone())),
        boxed(fs::read_link(a.clone())),
        boxed(fs::try_exists(a.clone())),
        boxed(fs::read_dir(root)),
        boxed(File::open(a)),
    ]
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let root = folder();
    std::fs::write(root.path().join("a"), "one").expect("the root can be written");
    let before = tree(root.path());
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    let captured = capture(|builder| builder, || async { drop(futures(root.path(), &options, &DirBuilder::new())) });
    assert_eq!(captured.report.outcomes.submitted, 0);
    assert_eq!(tree(root.path()), before);
}

#[test]
fn what_is_armed_is_looked_up_at_the_first_poll() {
    let _alone = common::alone();
    let runtime = common::runtime();
    let root = full(1);
    let options = OpenOptions::new();
    let builder = DirBuilder::new();
    let others = futures(root.path(), &options, &builder);
    let count = others.len() as u64;
    let made_off = fs::read_dir(root.path());
    let guard = common::builder().init();
    let measured = runtime.block_on(made_off).expect("a folder");
    for other in others {
        runtime.block_on(other);
    }
    let root = full(1);
    let made_armed = fs::read_dir(root.path());
    assert_eq!(guard.finish().expect("armed").outcomes.joined, 1 + count);
    let plain = runtime.block_on(made_armed).expect("a folder");
    // A folder that tokio reads prints as tokio's.
    let tokio = runtime.block_on(tokio::fs::read_dir(root.path())).expect("a folder");
    assert_eq!(format!("{plain:?}"), format!("{tokio:?}"));
    assert_ne!(format!("{measured:?}"), format!("{tokio:?}"), "the line above can fail");
}

#[test]
fn a_future_that_is_dropped_midway_leaves_its_job_as_tokios_does() {
    let root = folder();
    let path = root.path().join("a");
    let captured = capture(
        |builder| builder,
        || async {
            let busy = Busy::new();
            {
                let mut writing = pin!(fs::write(&path, "one"));
                assert!(poll_once(writing.as_mut()).await.is_pending());
            }
            busy.release().await;
        },
    );
    let outcomes = captured.report.outcomes;
    assert_eq!((outcomes.submitted, outcomes.detached, outcomes.in_flight), (1, 1, 0));
    assert_eq!(std::fs::read(&path).expect("the job ran"), b"one");
}

#[test]
fn a_runtime_that_is_gone_is_tokios_error() {
    for setting in settings() {
        let _alone = common::alone();
        let guard = setting.map(|build| build(common::builder()).init());
        let runtime = common::runtime();
        let handle = runtime.handle().clone();
        runtime.shutdown_background();
        let expected = handle.block_on(tokio::fs::metadata(".")).expect_err("nobody runs it");
        let options = OpenOptions::new();
        let builder = DirBuilder::new();
        let errors = [
            handle.block_on(fs::metadata(".")).map(drop),
            handle.block_on(fs::read_dir(".")).map(drop),
            handle.block_on(File::open(".")).map(drop),
            handle.block_on(options.open(".")).map(drop),
            handle.block_on(builder.create(".")).map(drop),
            handle.block_on(fs::write(".", "one")),
        ];
        for error in errors {
            let error = error.expect_err("nobody runs it");
            assert_eq!((error.kind(), error.to_string()), (expected.kind(), expected.to_string()));
            assert_eq!(error.to_string(), "background task failed");
        }
        if let Some(guard) = guard {
            assert_eq!(guard.finish().expect("armed").outcomes.cancelled, 6);
        }
    }
}
