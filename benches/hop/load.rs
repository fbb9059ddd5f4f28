//! What is done with hops while they are measured.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Load {
    /// Empty hops, each awaited before the next: the pool's thread sleeps in between
    OneByOne,
    /// Batches of 100 empty hops
    Batches,
    /// 64 tasks that `stat` a file each
    Stats,
    /// Batches of 100 empty hops on a pool of 2 threads, which stays busy
    Busy,
}

const BATCH: u32 = 100;
const TASKS: u32 = 64;

impl Load {
    pub(crate) const ALL: [Self; 4] = [Self::OneByOne, Self::Batches, Self::Stats, Self::Busy];

    /// Hops that one measurement makes.
    pub(crate) fn hops(self) -> u32 {
        match self {
            Self::OneByOne => 500,
            Self::Batches => 20 * BATCH,
            Self::Stats => 40 * TASKS,
            Self::Busy => 40 * BATCH,
        }
    }

    pub(crate) fn runtime(self) -> Runtime {
        match self {
            Self::OneByOne | Self::Batches => Builder::new_current_thread().build(),
            Self::Stats => Builder::new_multi_thread().worker_threads(2).build(),
            Self::Busy => Builder::new_current_thread().max_blocking_threads(2).build(),
        }
        .expect("a runtime")
    }

    /// Makes the hops, each by `spawn`.
    pub(crate) async fn run<H>(self, spawn: impl Fn(Job) -> H + Clone + Send + 'static)
    where
        H: Future<Output = Result<u64, JoinError>> + Send + 'static,
    {
        match self {
            Self::OneByOne => {
                for i in 0..self.hops() {
                    assert_eq!(spawn(Job::Empty(i)).await.expect("an empty job"), u64::from(i));
                }
            }
            Self::Batches | Self::Busy => {
                for _ in 0..self.hops() / BATCH {
                    let hops: Vec<H> = (0..BATCH).map(|i| spawn(Job::Empty(i))).collect();
                    for hop in hops {
                        hop.await.expect("an empty job");
                    }
                }
            }
            Self::Stats => {
                let file: Arc<Path> = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").into();
                let tasks: Vec<_> = (0..TASKS)
                    .map(|_| {
                        let (spawn, file) = (spawn.clone(), Arc::clone(&file));
                        let hops = self.hops() / TASKS;
                        tokio::spawn(async move {
                            for _ in 0..hops {
                                assert!(spawn(Job::Stat(Arc::clone(&file))).await.expect("a job") > 0);
                            }
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.expect("a task");
                }
            }
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("all have one").get_name())
    }
}

/// What a blocking thread does.
#[derive(Debug)]
pub(crate) enum Job {
    Empty(u32),
    Stat(Arc<Path>),
}

impl Job {
    pub(crate) fn run(self) -> u64 {
        match self {
            Self::Empty(i) => u64::from(i),
            Self::Stat(file) => std::fs::metadata(file).expect("the file is there").len(),
        }
    }
}
