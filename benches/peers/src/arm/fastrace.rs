//! fastrace: a root span a hop, which the job's side names as parent; `LocalSpan`s inside. Its reporter counts and drops.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::prelude::{LocalSpan, Span, SpanContext};
use tokio::task::JoinHandle;

use super::{Active, Evidence};
use crate::hop::{BATCH, SPANS};

struct Count(Arc<AtomicU64>);

impl Reporter for Count {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        self.0.fetch_add(spans.len() as u64, Ordering::Relaxed);
    }
}

pub(super) fn start(_: &Path) -> Active {
    let reported = Arc::new(AtomicU64::new(0));
    fastrace::set_reporter(Count(Arc::clone(&reported)), Config::default());
    Active::new(
        |hops| Box::pin(spanned(hops)),
        move |hops| {
            fastrace::flush();
            let counted = reported.load(Ordering::Relaxed);
            // Where hops follow each other without a pause, its collector does not keep up, and a part is never reported.
            Evidence::Most { what: "spans", counted, expected: SPANS * hops }
        },
    )
}

fn local(name: &'static str) -> LocalSpan {
    LocalSpan::enter_with_local_parent(name)
}

async fn spanned(hops: u64) {
    for _ in 0..hops / BATCH {
        let batch: Vec<_> = (0..BATCH).map(submitted).collect();
        for (root, hop) in batch {
            taken(&root, hop.await.expect("an empty job"));
        }
    }
}

fn submitted(i: u64) -> (Span, JoinHandle<u64>) {
    let root = Span::root("hop", SpanContext::random());
    // `start`: opened by the caller and, unlike a guard of `tracing`, moved to the pool's thread.
    let start = Span::enter_with_parent("start", &root);
    let handle = {
        let _parent = root.set_local_parent();
        let _submit = local("submit");
        tokio::task::spawn_blocking(move || job(&start, i))
    };
    (root, handle)
}

fn job(start: &Span, i: u64) -> u64 {
    let _parent = start.set_local_parent();
    let result = {
        let _run = local("run");
        black_box(i)
    };
    let _publish = local("publish");
    let _lock = local("lock publish");
    result
}

fn taken(root: &Span, result: u64) -> u64 {
    let _parent = root.set_local_parent();
    drop(local("resume"));
    let _transfer = local("transfer");
    drop(local("lock done"));
    drop(local("lock cancelled"));
    drop(local("lock exception"));
    drop(local("lock result"));
    let _copy = local("copy");
    black_box(result)
}
