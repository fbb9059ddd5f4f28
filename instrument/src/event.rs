//! Writes the event at a hop's end, whose fields are those of [`tollbridge_report::event`].

use crate::hop::HopRecord;
use crate::names::Spacing;

pub use tollbridge_report::event::{MESSAGE, field};

/// Emits the event to whatever subscriber the app has, at DEBUG.
pub fn emit(hop: &HopRecord<'_>) {
    let stamps = &hop.stamps;
    let detailed = hop.detail == crate::names::Detail::Locks;
    let is = |spacing| (hop.circumstances.spacing == spacing).then_some(true);
    let ops = detailed.then(|| tracing::field::display(hop.ops));
    // The macro takes names as tokens; a test holds them to the constants above.
    tracing::event!(
        target: crate::names::TARGET_HOP,
        tracing::Level::DEBUG,
        { "code.file.path" = crate::paths::shown(hop.site.file),
          "code.line.number" = hop.site.line,
          "code.column.number" = hop.site.column,
          job = hop.site.job,
          arm = hop.arm.as_str(),
          detail = hop.detail.as_str(),
          outcome = hop.outcome.as_str(),
          called_ns = stamps.called,
          returned_ns = stamps.returned,
          previous_end_ns = stamps.previous_end,
          run_start_ns = stamps.run_start,
          run_end_ns = stamps.run_end,
          published_ns = stamps.published,
          first_poll_ns = stamps.first_poll,
          ready_ns = stamps.ready,
          copied_ns = stamps.copied,
          pool_thread = stamps.pool_thread,
          in_a_row = is(Spacing::Row),
          in_a_burst = is(Spacing::Burst),
          first_of_task = is(Spacing::First),
          nested_hop = hop.circumstances.nested.then_some(true),
          pool_runtime = (hop.circumstances.runtime > 0).then_some(hop.circumstances.runtime),
          locks = detailed.then(|| hop.ops.transfer_locks()),
          publish_locks = detailed.then(|| hop.ops.publish_locks()),
          copies = detailed.then(|| hop.ops.copies()),
          copied_bytes = hop.copied_bytes,
          ops = ops },
        "hop"
    );
}
