//! Writes the event at a hop's end, whose fields are those of [`tollbridge_report::event`].

use crate::hop::HopRecord;
use crate::names::Spacing;

use tollbridge_report::event_fields;

pub use tollbridge_report::event::{MESSAGE, field};

/// Emits the event to whatever subscriber the app has, at DEBUG.
pub fn emit(hop: &HopRecord<'_>) {
    let stamps = &hop.stamps;
    let detailed = hop.detail == crate::names::Detail::Locks;
    let is = |spacing| (hop.circumstances.spacing == spacing).then_some(true);
    let ops = detailed.then(|| tracing::field::display(hop.ops));
    macro_rules! value {
        (moment($moment:ident) $field:ident) => {
            stamps.$moment
        };
        ($kind:ident file) => {
            crate::paths::shown(hop.site.file)
        };
        ($kind:ident line) => {
            hop.site.line
        };
        ($kind:ident column) => {
            hop.site.column
        };
        ($kind:ident job) => {
            hop.site.job
        };
        ($kind:ident arm) => {
            hop.arm.as_str()
        };
        ($kind:ident detail) => {
            hop.detail.as_str()
        };
        ($kind:ident outcome) => {
            hop.outcome.as_str()
        };
        ($kind:ident pool_thread) => {
            stamps.pool_thread
        };
        ($kind:ident in_a_row) => {
            is(Spacing::Row)
        };
        ($kind:ident in_a_burst) => {
            is(Spacing::Burst)
        };
        ($kind:ident first_of_task) => {
            is(Spacing::First)
        };
        ($kind:ident nested_hop) => {
            hop.circumstances.nested.then_some(true)
        };
        ($kind:ident pool_runtime) => {
            (hop.circumstances.runtime > 0).then_some(hop.circumstances.runtime)
        };
        ($kind:ident locks) => {
            detailed.then(|| hop.ops.transfer_locks())
        };
        ($kind:ident publish_locks) => {
            detailed.then(|| hop.ops.publish_locks())
        };
        ($kind:ident copies) => {
            detailed.then(|| hop.ops.copies())
        };
        ($kind:ident copied_bytes) => {
            hop.copied_bytes
        };
        ($kind:ident ops) => {
            ops
        };
    }
    // The macro takes names as tokens.
    macro_rules! event {
        ($($(#[$doc:meta])* $FIELD:ident $name:literal $field:ident: $kind:ident $(($moment:ident))?;)+) => {
            tracing::event!(
                target: crate::names::TARGET_HOP,
                tracing::Level::DEBUG,
                { $($name = value!($kind $(($moment))? $field)),+ },
                "hop"
            )
        };
    }
    event_fields!(event);
}
