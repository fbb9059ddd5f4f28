//! An app may have several subscribers: one for the process, others for a part of it. A span of ours is opened where its
//! parent lives, since a registry that is told of a parent it does not know panics.

mod common;

use std::sync::{Arc, Mutex};

use tollbridge::task::spawn_blocking;
use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// A span's name, and its parent's.
type Names = (&'static str, Option<&'static str>);

/// Notes each span with its parent's name.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Names>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).expect("it was just made");
        let parent = span.parent().map(|parent| parent.name());
        self.0.lock().expect("no test panics in here").push((span.name(), parent));
    }
}

impl Seen {
    fn names(&self) -> Vec<Names> {
        let mut names = self.0.lock().expect("as above").clone();
        names.sort_unstable();
        names
    }
}

#[test]
fn spans_of_a_hop_stay_with_the_subscriber_that_it_began_under() {
    let _alone = common::alone();
    let (everywhere, here) = (Seen::default(), Seen::default());
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(everywhere.clone()))
        .expect("the first");
    let guard = common::builder().with_visible(true).with_transfer(tollbridge::Arm::Naive).init();
    let runtime = common::runtime();
    let handle = tracing::subscriber::with_default(tracing_subscriber::registry().with(here.clone()), || {
        let _entered = runtime.enter();
        spawn_blocking(|| 7)
    });
    // The job ran, and is awaited, where only the global subscriber is known.
    assert_eq!(runtime.block_on(handle).expect("joined"), 7);
    let report = guard.finish().expect("armed");
    assert_eq!(report.outcomes.joined, 1);
    let phases = ["publish", "resume", "run", "start", "submit", "transfer"];
    let expected: Vec<_> =
        std::iter::once(("hop", None)).chain(phases.into_iter().map(|phase| (phase, Some("hop")))).collect();
    assert_eq!(here.names(), expected);
    // Locks and the copy happen inside no span that the global subscriber knows.
    assert!(everywhere.names().iter().all(|(name, parent)| ["lock", "copy"].contains(name) && parent.is_none()));
    assert_eq!(everywhere.names().len(), 6);
}
