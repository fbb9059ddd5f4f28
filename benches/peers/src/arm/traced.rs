//! The span set in `tracing`'s idiom, for every arm that is a subscriber.

use tracing::Subscriber;

use super::{Active, Evidence};

macro_rules! traced {
    ($name:literal, $body:block) => {
        tracing::trace_span!($name).in_scope(|| $body)
    };
}

crate::hop::spans!(traced);

/// Hops under this subscriber, which from now on is that of the process.
pub(super) fn under(
    subscriber: impl Subscriber + Send + Sync,
    finish: impl FnOnce(u64) -> Evidence + 'static,
) -> Active {
    tracing::subscriber::set_global_default(subscriber).expect("nobody else has set one");
    // A subscriber that turns spans away would make every hop look cheap.
    let span = tracing::trace_span!("probe");
    assert!(!span.is_disabled() && span.id().is_some(), "the subscriber does not want spans");
    Active::new(|hops| Box::pin(spanned(hops)), finish)
}
