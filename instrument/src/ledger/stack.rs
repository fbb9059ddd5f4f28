//! Open spans of other people on the calling thread, for the ledger's forms as subscriber and as layer.
//!
//! tollbridge's own spans are recorded by the probes that open them; both forms leave them out, so that none is counted
//! twice. A span of somebody else reaches one form only: a thread has one default subscriber.

use std::cell::RefCell;

use tracing::Metadata;

use super::local;
use super::tree::NodeId;
use crate::clock;
use crate::names::TARGET_PREFIX;

/// Spans that may be open on one thread at once; deeper ones are not recorded.
const MAX_DEPTH: usize = 64;

struct Open {
    generation: u32,
    span: u64,
    node: Option<NodeId>,
    ticks: u64,
}

thread_local! {
    static STACK: RefCell<Vec<Open>> = const { RefCell::new(Vec::new()) };
}

/// Whether the forms count this span: one that no probe of tollbridge counts.
pub(super) fn is_foreign(metadata: &Metadata<'_>) -> bool {
    let rest = metadata.target().strip_prefix(TARGET_PREFIX);
    metadata.is_span() && !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// A span is entered. `span` tells it from others that are open on the thread.
pub(super) fn enter(span: u64, name: &'static str) {
    let armed = super::armed();
    if !armed.is_on() {
        return;
    }
    let generation = armed.generation();
    let _ = STACK.try_with(|stack| {
        let Ok(mut stack) = stack.try_borrow_mut() else {
            return;
        };
        if stack.len() >= MAX_DEPTH {
            local::span_lost(generation);
        } else {
            let parent = stack.last().filter(|open| open.generation == generation).and_then(|open| open.node);
            let node = local::foreign_node(generation, parent, name);
            stack.push(Open { generation, span, node, ticks: clock::now() });
        }
    });
}

/// A span is left. Spans left out of order are found below the top.
pub(super) fn exit(span: u64) {
    let _ = STACK.try_with(|stack| {
        let Ok(mut stack) = stack.try_borrow_mut() else {
            return;
        };
        let Some(at) = stack.iter().rposition(|open| open.span == span) else {
            return;
        };
        let open = stack.remove(at);
        local::foreign_span(open.generation, open.node, clock::span_ns(open.ticks, clock::now()));
    });
}
