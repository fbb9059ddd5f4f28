//! The recorder as a layer, for programs that have a `tracing_subscriber` registry.

use tracing::Subscriber;
use tracing::span::Id;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::entered;

/// Adds other people's spans up, tokio's own `tokio::task::blocking` among them where its `tracing` feature is on: enter
/// to exit, under the spans that were open on the thread. Records while a capture is armed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecorderLayer;

impl RecorderLayer {
    /// A layer, to be added with `.with(...)`.
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
