//! The ledger as a plain subscriber, for programs that have no other.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::stack;

/// Adds other people's spans up: enter to exit, under the spans that were open on the thread. Records while a capture is
/// armed. Never installs itself.
///
/// All spans of one call site share an id, as [`Subscriber::new_span`] allows where spans need not be told apart.
#[derive(Debug, Default)]
pub struct LedgerSubscriber {
    names: RwLock<Vec<&'static str>>,
    spans: AtomicU64,
}

impl LedgerSubscriber {
    /// A subscriber, to be given to `tracing::subscriber::set_global_default` or the like.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many spans it was told of.
    #[must_use]
    pub fn spans_seen(&self) -> u64 {
        // ORDERING: relaxed; a count.
        self.spans.load(Ordering::Relaxed)
    }
}

impl Subscriber for LedgerSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        stack::is_foreign(metadata)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.spans.fetch_add(1, Ordering::Relaxed);
        let name = attributes.metadata().name();
        let find = |names: &[&'static str]| names.iter().position(|known| *known == name);
        let known = find(&self.names.read());
        let index = known.unwrap_or_else(|| {
            let mut names = self.names.write();
            // Somebody may have been quicker.
            find(&names).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            })
        });
        Id::from_u64(index as u64 + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        let index = usize::try_from(span.into_u64() - 1).unwrap_or(usize::MAX);
        let name = self.names.read().get(index).copied();
        if let Some(name) = name {
            stack::enter(span.into_u64(), name);
        }
    }

    fn exit(&self, span: &Id) {
        stack::exit(span.into_u64());
    }
}
