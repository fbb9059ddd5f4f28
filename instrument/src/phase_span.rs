//! The hop's and its phases' spans for the app's own subscriber.
//!
//! They are opened and closed, but not entered, where the app's code runs inside: an entered span would stand in front
//! of every line that this code logs. Exact lengths are in the event at the hop's end.

use tracing::{Level, Span, dispatcher, span};

use crate::hop::Site;
use crate::names::{Arm, Detail, TARGET_HOP, TARGET_PHASE};

/// A span that belongs to the subscriber under which its hop began.
///
/// Its children are opened, and it is closed, while that subscriber is the calling thread's default one, whichever that is
/// otherwise. Ids mean nothing to another subscriber, and `tracing_subscriber`'s registry asks the thread's default one
/// for the parent in both cases; it panics if the parent is not known there.
#[derive(Clone, Debug)]
pub struct OwnedSpan(Span);

impl OwnedSpan {
    /// Enters it until the guard is dropped. Only for as long as no code of the app runs.
    pub fn enter(&self) -> tracing::span::Entered<'_> {
        self.0.enter()
    }

    fn at_home<R>(span: &Span, f: impl FnOnce() -> R) -> R {
        match span.with_subscriber(|(_, dispatch)| dispatch.clone()) {
            Some(dispatch) => dispatcher::with_default(&dispatch, f),
            None => f(),
        }
    }
}

impl Drop for OwnedSpan {
    fn drop(&mut self) {
        let span = std::mem::replace(&mut self.0, Span::none());
        if let Some(home) = span.with_subscriber(|(_, dispatch)| dispatch.clone()) {
            dispatcher::with_default(&home, move || drop(span));
        }
    }
}

/// The phases that have spans. Where backlog ends and start begins, or unpolled ends and resume begins, is known at the
/// hop's end only: `Start` covers the former two, `Resume` the latter.
#[derive(Clone, Copy, Debug)]
pub enum Visible {
    /// The `spawn_blocking` call.
    Submit,
    /// Backlog and start.
    Start,
    /// The closure.
    Run,
    /// Storing the outcome.
    Publish,
    /// Unpolled and resume.
    Resume,
    /// Bridge locks and the copy.
    Transfer,
}

/// Opens the span of a hop, below the caller's current one.
#[must_use]
pub fn hop(site: &Site<'_>, arm: Arm, detail: Detail) -> OwnedSpan {
    OwnedSpan(tracing::span!(
        target: TARGET_HOP,
        Level::DEBUG,
        "hop",
        code.file.path = crate::paths::shown(site.file),
        code.line.number = site.line,
        code.column.number = site.column,
        job = site.job,
        arm = arm.as_str(),
        detail = detail.as_str()
    ))
}

/// Opens the span of a phase, below its hop's.
#[must_use]
pub fn phase(hop: &OwnedSpan, phase: Visible) -> OwnedSpan {
    // A span's name belongs to its call site, so each has its own.
    macro_rules! open {
        ($name:literal) => {
            span!(target: TARGET_PHASE, parent: &hop.0, Level::DEBUG, $name)
        };
    }
    OwnedSpan(OwnedSpan::at_home(&hop.0, || match phase {
        Visible::Submit => open!("submit"),
        Visible::Start => open!("start"),
        Visible::Run => open!("run"),
        Visible::Publish => open!("publish"),
        Visible::Resume => open!("resume"),
        Visible::Transfer => open!("transfer"),
    }))
}
