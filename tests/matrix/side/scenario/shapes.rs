//! Results and jobs of all sizes and kinds, and handles in all the places that an app keeps them in.

use std::any::Any;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::future::Future;
use std::io;
use std::num::NonZeroU8;
use std::pin::Pin;

use super::task::{JoinError, JoinHandle, JoinSet, spawn, spawn_blocking};
use super::{Scenario, counted, hop, joined};
use crate::rig::{Rig, SCHEDULERS, Time};
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("results of all kinds", |log| on_each(log, async |log| results(log).await)),
    ("jobs of all sizes", |log| on_each(log, async |log| jobs(log).await)),
    ("handles in all places", |log| on_each(log, async |log| places(log).await)),
];

fn on_each(log: &Log, app: impl AsyncFn(&Log)) {
    for scheduler in SCHEDULERS {
        let rig = Rig::new(scheduler, Time::Flows, 1);
        rig.runtime.block_on(app(log));
        rig.settle(log);
    }
}

#[derive(Clone, Copy)]
#[repr(align(128))]
struct Aligned(u8);

impl Debug for Aligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} where it belongs: {}", self.0, std::ptr::from_ref(self).addr() % 128 == 0)
    }
}

async fn told<T: Debug + Send + 'static>(log: &Log, handle: JoinHandle<T>) {
    let value = joined(log, handle).await;
    log.event(format!("{value:?}"));
}

async fn results(log: &Log) {
    told(log, hop(log, || ())).await;
    told(log, hop(log, || 7_u8)).await;
    told(log, hop(log, || NonZeroU8::new(7))).await;
    told(log, hop(log, || Aligned(7))).await;
    told(log, hop(log, || [Aligned(1), Aligned(2)])).await;
    told(log, hop(log, || String::from("text"))).await;
    told(log, hop(log, || "static text")).await;
    told(log, hop(log, || Cell::new(7))).await;
    told(log, hop(log, || Err::<u8, _>(io::Error::other("not found")))).await;
    told(log, hop(log, || Err::<u8, Box<dyn std::error::Error + Send + Sync>>("boxed".into()))).await;
    let large = joined(log, hop(log, || [3_u8; 20_000])).await;
    log.event(format!("{}", large.iter().map(|&byte| u32::from(byte)).sum::<u32>()));
    let boxed = joined(log, hop(log, || Box::new(7_u8) as Box<dyn Any + Send>)).await;
    log.event(format!("{:?}", boxed.downcast_ref::<u8>()));
    let function = joined(log, hop(log, || Box::new(|| 7_u8) as Box<dyn FnOnce() -> u8 + Send>)).await;
    log.event(format!("{}", function()));
    // A handle as a result.
    let inner = joined(log, hop(log, || spawn_blocking(|| 7))).await;
    told(log, counted(log, inner)).await;
}

async fn jobs(log: &Log) {
    async fn of_size<const BYTES: usize>(log: &Log) {
        let large = [1_u8; BYTES];
        told(log, hop(log, move || large.iter().map(|&byte| u32::from(byte)).sum::<u32>())).await;
    }
    of_size::<0>(log).await;
    of_size::<1>(log).await;
    // Around the sizes from which on tokio boxes a job.
    of_size::<1_900>(log).await;
    of_size::<2_048>(log).await;
    of_size::<2_100>(log).await;
    of_size::<16_384>(log).await;
    of_size::<20_000>(log).await;
    let aligned = Aligned(7);
    told(log, hop(log, move || aligned)).await;
    // A function, a boxed closure, a closure that returns nothing.
    fn function() -> u8 {
        7
    }
    told(log, hop(log, function)).await;
    told(log, hop(log, function as fn() -> u8)).await;
    told(log, hop(log, Box::new(|| 7_u8) as Box<dyn FnOnce() -> u8 + Send>)).await;
    told(log, counted(log, spawn_blocking::<_, u8>(|| 7))).await;
    let cell = Cell::new(7);
    told(log, hop(log, move || cell.replace(8))).await;
}

#[derive(Debug)]
struct Kept {
    handle: Option<JoinHandle<u8>>,
    #[expect(dead_code, reason = "only that it can stand here matters")]
    set: Option<JoinSet<u8>>,
}

async fn question_marks(log: &Log) -> Result<u8, Box<dyn std::error::Error>> {
    let result = hop(log, || Ok::<u8, io::Error>(7)).await;
    log.ended(&result);
    Ok(result??)
}

async fn places(log: &Log) {
    log.event(format!("{:?}", question_marks(log).await.ok()));
    let mut kept = Kept { handle: Some(hop(log, || 1)), set: None };
    told(log, kept.handle.take().expect("kept")).await;
    let mut by_name: HashMap<&str, JoinHandle<u8>> = HashMap::new();
    by_name.insert("one", hop(log, || 1));
    told(log, by_name.remove("one").expect("kept")).await;
    let boxed: Pin<Box<dyn Future<Output = Result<u8, JoinError>> + Send>> = Box::pin(hop(log, || 2));
    log.event(format!("{:?}", boxed.await.inspect(|_| log.tally(|tally| tally.joined += 1)).ok()));
    let pinned = hop(log, || 3);
    tokio::pin!(pinned);
    let result = pinned.as_mut().await;
    log.ended(&result);
    log.event(format!("{:?}", result.ok()));
    let (left, right) = tokio::join!(joined(log, hop(log, || 4)), joined(log, hop(log, || 5)));
    log.event(format!("{left} {right}"));
    let both = tokio::try_join!(hop(log, || 6), hop(log, || 7));
    log.tally(|tally| tally.joined += 2);
    log.event(format!("{:?}", both.ok()));
    // The last to hold it is another task.
    let whose = log.clone();
    let handle = hop(log, || 8);
    let task = spawn(async move { joined(&whose, handle).await });
    log.event(format!("{:?}", task.await.ok()));
    let in_time = tokio::time::timeout(crate::patience::LIMIT, joined(log, hop(log, || 9))).await;
    log.event(format!("{:?}", in_time.ok()));
    let replaced = kept.handle.replace(hop(log, || 10));
    log.event(format!("{} {}", replaced.is_none(), kept.handle.is_some()));
    told(log, kept.handle.take().expect("kept")).await;
}
