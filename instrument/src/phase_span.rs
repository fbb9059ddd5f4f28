//! The hop's and its phases' spans for the app's own subscriber.
//!
//! They are opened and closed, but not entered, where the app's code runs inside: an entered span would stand in front
//! of every line that this code logs. Exact lengths are in the event at the hop's end.

use tracing::{Level, Span, span};

use crate::hop::Site;
use crate::names::{Arm, Detail, Phase, TARGET_HOP, TARGET_PHASE};

/// Opens the span of a hop, below the caller's current one.
#[must_use]
pub fn hop(site: &Site<'_>, arm: Arm, detail: Detail) -> Span {
    tracing::span!(
        target: TARGET_HOP,
        Level::DEBUG,
        "hop",
        code.file.path = site.file,
        code.line.number = site.line,
        code.column.number = site.column,
        job = site.job,
        arm = arm.as_str(),
        detail = detail.as_str()
    )
}

/// Opens the span of a phase, below its hop's. `start` covers backlog too, `resume` covers unpolled too: where one ends
/// and the other begins is known at the end only.
#[must_use]
pub fn phase(hop: &Span, phase: Phase) -> Span {
    // A span's name belongs to its call site, so each has its own.
    macro_rules! open {
        ($name:literal) => {
            span!(target: TARGET_PHASE, parent: hop, Level::DEBUG, $name)
        };
    }
    match phase {
        Phase::Reach => open!("reach"),
        Phase::Submit => open!("submit"),
        Phase::Backlog => open!("backlog"),
        Phase::Start => open!("start"),
        Phase::Run => open!("run"),
        Phase::Publish => open!("publish"),
        Phase::Unpolled => open!("unpolled"),
        Phase::Resume => open!("resume"),
        Phase::Transfer => open!("transfer"),
    }
}
