//! The spans of other people that are open on a thread.

use tollbridge_report::aggregate::tables::NodeId;

/// Spans that may be open on one thread at once; deeper ones are not recorded.
const MAX_DEPTH: usize = 64;

/// The open spans of one thread that were entered in the armed capture.
#[derive(Default)]
pub(super) struct Stack(Vec<Open>);

/// One of them.
pub(super) struct Open {
    /// What tells it from others that are open on the thread.
    pub(super) span: u64,
    pub(super) node: Option<NodeId>,
    pub(super) ticks: u64,
}

impl Stack {
    /// No span is open.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As many are open as may be.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MAX_DEPTH
    }

    /// The node of the span that was entered last; `None` if there is none, or none of its own.
    #[inline]
    pub(super) fn top(&self) -> Option<NodeId> {
        self.0.last().and_then(|open| open.node)
    }

    #[inline]
    pub(super) fn push(&mut self, open: Open) {
        self.0.push(open);
    }

    /// Takes a span off, wherever it stands: spans may be left out of order. `None` if it is not open.
    #[inline]
    pub(super) fn remove(&mut self, span: u64) -> Option<Open> {
        let at = self.0.iter().rposition(|open| open.span == span)?;
        Some(self.0.remove(at))
    }
}
