//! Records other people's spans as a layer, for programs that have a `tracing_subscriber` registry.

use tracing::Subscriber;
use tracing::span::Id;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::entered;

/// A layer that adds up other people's spans, from enter to exit, under the spans that were open on the thread.
///
/// It records while recording is on. tokio's own `tokio::task::blocking` is among these spans if tokio's feature `tracing` is on.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecorderLayer;

impl RecorderLayer {
    /// Creates a layer. Add it with `.with(...)`.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for RecorderLayer {
    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(metadata) = context.metadata(id).filter(|metadata| entered::is_foreign(metadata)) {
            entered::enter(id.into_u64(), metadata.name());
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if context.metadata(id).is_some_and(entered::is_foreign) {
            entered::exit(id.into_u64());
        }
    }
}
