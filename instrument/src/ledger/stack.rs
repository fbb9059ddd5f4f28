//! Open spans of other people on the calling thread, for the ledger's forms as subscriber and as layer.
//!
//! tollbridge's own spans are recorded by the probes that open them; both forms leave them out, so that none is counted
//! twice. A span of somebody else reaches one form only: a thread has one default subscriber.

use tracing::Metadata;

use super::local;
use super::tables::NodeId;
use crate::clock;
use crate::names::TARGET_PREFIX;

/// Spans that may be open on one thread at once; deeper ones are not recorded.
const MAX_DEPTH: usize = 64;

/// The open spans of one thread that were entered in the armed capture.
#[derive(Default)]
pub(super) struct Stack(Vec<Open>);

impl Stack {
    /// No span is open.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The node of the span that was entered last; `None` if there is none, or none of its own.
    #[inline]
    pub(super) fn top(&self) -> Option<NodeId> {
        self.0.last().and_then(|open| open.node)
    }
}

struct Open {
    span: u64,
    node: Option<NodeId>,
    ticks: u64,
}

/// Whether the forms count this span: one that no probe of tollbridge counts.
pub(super) fn is_foreign(metadata: &Metadata<'_>) -> bool {
    let rest = metadata.target().strip_prefix(TARGET_PREFIX);
    metadata.is_span() && !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// A span is entered. `span` tells it from others that are open on the thread.
#[inline]
pub(super) fn enter(span: u64, name: &'static str) {
    let armed = super::armed();
    if armed.is_on() {
        enter_in(armed.generation(), span, name);
    }
}

/// The same, in a capture that is known.
#[inline]
pub(super) fn enter_in(generation: u32, span: u64, name: &'static str) {
    let _ = local::with(generation, |local| {
        if local.stack.0.len() >= MAX_DEPTH {
            return local.span_lost();
        }
        let parent = local.stack.top();
        let node = local.foreign_node(parent, name);
        local.stack.0.push(Open { span, node, ticks: clock::settled() });
    });
}

/// A span is left. Spans left out of order are found below the top; one that was entered before the capture, or is left
/// twice, is not found.
#[inline]
pub(super) fn exit(span: u64) {
    let armed = super::armed();
    if armed.is_on() {
        exit_in(armed.generation(), span);
    }
}

/// The same, in a capture that is known.
#[inline]
pub(super) fn exit_in(generation: u32, span: u64) {
    let ticks = clock::settled();
    let _ = local::with(generation, |local| {
        if let Some(at) = local.stack.0.iter().rposition(|open| open.span == span) {
            let open = local.stack.0.remove(at);
            local.span(open.node, ticks.wrapping_sub(open.ticks), 0);
        }
    });
}
