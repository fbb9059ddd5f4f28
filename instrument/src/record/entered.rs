//! Spans of other people that are entered and left on the calling thread, for `RecorderSubscriber` and `RecorderLayer`.
//!
//! tollbridge's own spans are recorded by the probes that open them; both forms leave them out, so that none is counted
//! twice. A span of somebody else reaches one form only: a thread has one default subscriber.

use tracing::Metadata;

use super::local;
use super::stack::Open;
use crate::clock;
use crate::names::TARGET_PREFIX;

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
        if local.stack.is_full() {
            return local.span_lost();
        }
        let parent = local.stack.top();
        let node = local.foreign_node(parent, name);
        local.open(Open { span, node, ticks: clock::settled() });
    });
}

/// A span is entered whose name cannot be had: this process was forked off while a thread was at the names, and has armed since.
#[cold]
pub(super) fn lose() {
    let armed = super::armed();
    if armed.is_on() {
        let _ = local::with(armed.generation(), |local| local.span_lost());
    }
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
        if let Some(open) = local.stack.remove(span) {
            local.span(open.node, ticks.wrapping_sub(open.ticks), 0);
        }
    });
}
