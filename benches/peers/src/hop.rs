//! The hop, bare and with spans.
//!
//! The span set is what a detailed naive hop of tollbridge records: 7 phases of the crossing, 5 bridge locks, 1 copy. A peer's
//! guard stays on its thread, so a phase that begins on one thread and ends on another is a span where it ends.

use std::hint::black_box;

use tokio::runtime::{Builder, Runtime};

/// Hops under way together.
pub(crate) const BATCH: u64 = 100;
/// Spans of a hop that carries the whole set.
pub(crate) const SPANS: u64 = 13;

/// The load `busy` of the bench `hop`: two pool threads that always have work.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().max_blocking_threads(2).build().expect("a runtime")
}

/// Batches of tokio's own hops.
pub(crate) async fn bare(hops: u64) {
    for _ in 0..hops / BATCH {
        let batch: Vec<_> = (0..BATCH).map(|i| tokio::task::spawn_blocking(move || black_box(i))).collect();
        for hop in batch {
            black_box(hop.await.expect("an empty job"));
        }
    }
}

/// Batches of tollbridge's hops.
pub(crate) async fn tollbridge(hops: u64) {
    for _ in 0..hops / BATCH {
        let batch: Vec<_> = (0..BATCH).map(|i| tollbridge::task::spawn_blocking(move || black_box(i))).collect();
        for hop in batch {
            black_box(hop.await.expect("an empty job"));
        }
    }
}

/// The three places in which a hop has spans, each span made by `$span!("name", { what is in it })`.
macro_rules! spans {
    ($span:ident) => {
        fn submitted(i: u64) -> tokio::task::JoinHandle<u64> {
            $span!("hop", { $span!("submit", { tokio::task::spawn_blocking(move || job(i)) }) })
        }

        fn job(i: u64) -> u64 {
            $span!("start", {});
            let result = $span!("run", { std::hint::black_box(i) });
            $span!("publish", { $span!("lock publish", {}) });
            result
        }

        fn taken(result: u64) -> u64 {
            $span!("resume", {});
            $span!("transfer", {
                $span!("lock done", {});
                $span!("lock cancelled", {});
                $span!("lock exception", {});
                $span!("lock result", {});
                $span!("copy", { std::hint::black_box(result) })
            })
        }

        /// Batches of hops with the whole set of spans.
        pub(crate) async fn spanned(hops: u64) {
            for _ in 0..hops / $crate::hop::BATCH {
                let batch: Vec<_> = (0..$crate::hop::BATCH).map(submitted).collect();
                for hop in batch {
                    taken(hop.await.expect("an empty job"));
                }
            }
        }
    };
}
pub(crate) use spans;
