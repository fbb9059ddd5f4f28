//! Records other people's spans as a plain subscriber, for programs that have no other.

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::entered;
use super::fork::ReadLock;

/// A subscriber that adds up other people's spans, from enter to exit, under the spans that were open on the thread.
///
/// It records while recording is on, and never installs itself. Use it in programs that have no other subscriber; it costs less than one.
/// Other people's spans take a read lock when they are opened and entered. All spans of one name share an id, as [`Subscriber::new_span`] allows where
/// spans need not be distinguished.
#[derive(Debug, Default)]
pub struct RecorderSubscriber {
    names: ReadLock<Vec<&'static str>>,
}

impl RecorderSubscriber {
    /// Creates a subscriber. Pass it to `tracing::subscriber::set_global_default` or the like.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[inline]
    pub(super) fn id(&self, name: &'static str) -> Id {
        let find = |names: &[&'static str]| names.iter().position(|known| *known == name);
        let known = self.names.read_unless_forked().and_then(|names| find(&names));
        let index = known.or_else(|| {
            let mut names = self.names.write_unless_forked()?;
            // Somebody may have been quicker.
            Some(find(&names).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            }))
        });
        // In a forked process that has no access to the names: one that none has.
        Id::from_u64(index.map_or(u64::MAX, |index| index as u64 + 1))
    }

    #[inline]
    pub(super) fn name(&self, span: &Id) -> Option<&'static str> {
        let index = usize::try_from(span.into_u64() - 1).unwrap_or(usize::MAX);
        self.names.read_unless_forked()?.get(index).copied()
    }
}

impl Subscriber for RecorderSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        entered::is_foreign(metadata)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.id(attributes.metadata().name())
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        match self.name(span) {
            Some(name) => entered::enter(span.into_u64(), name),
            None => entered::lose(),
        }
    }

    fn exit(&self, span: &Id) {
        entered::exit(span.into_u64());
    }
}
