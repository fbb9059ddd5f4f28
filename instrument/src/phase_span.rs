//! The hop's and its phases' spans for the app's own subscriber.
//!
//! They are opened and closed, but not entered, where the app's code runs inside: an entered span would stand in front
//! of every line that this code logs. Exact lengths are in the event at the hop's end.

use std::fmt::Write as _;
use std::sync::Arc;

use tracing::{Dispatch, Level, Span, dispatcher, span};

use crate::callout;
use crate::hop::Site;
use crate::names::{Arm, Detail, TARGET_HOP, TARGET_PHASE};

/// A span that belongs to the subscriber under which its hop began.
///
/// Its children are opened, and it is closed, while that subscriber is the calling thread's default one, whichever that is
/// otherwise. Ids mean nothing to another subscriber, and `tracing_subscriber`'s registry asks the thread's default one
/// for the parent in both cases; it panics if the parent is not known there.
///
/// Whatever calls that subscriber does so by [`callout`]: where it panics, or is at work already, there is no span.
#[derive(Debug)]
pub struct OwnedSpan {
    span: Span,
    /// Keeps those above open for longer. Otherwise the registry would close them inside the call that closes this one; where the
    /// app's subscriber panics at two of them, that is a panic while another one unwinds.
    _parent: Option<Arc<Self>>,
}

/// An [`OwnedSpan`] that is entered until this is dropped.
#[derive(Debug)]
pub struct Entered<'a>(Option<tracing::span::Entered<'a>>);

impl OwnedSpan {
    pub(crate) fn open(open: impl FnOnce() -> Span) -> Self {
        Self::below(None, open)
    }

    fn below(parent: Option<Arc<Self>>, open: impl FnOnce() -> Span) -> Self {
        Self { span: callout::ask(open).unwrap_or_else(Span::none), _parent: parent }
    }

    /// The span that the calling thread is in.
    #[must_use]
    pub fn current() -> Self {
        Self::open(Span::current)
    }

    /// Enters it until the guard is dropped. A hop's or a phase's only for as long as no code of the app runs.
    #[must_use]
    pub fn enter(&self) -> Entered<'_> {
        Entered(callout::ask(|| self.span.enter()))
    }

    /// Enters it until [`leave`](Self::leave) is called. Returns whether it is entered.
    pub(crate) fn enter_until_left(&self) -> bool {
        // Not by a guard that owns the span: where entering panics, it would close the span while that panic unwinds.
        let enter = || self.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
        callout::ask(enter).flatten().is_some()
    }

    pub(crate) fn leave(&self) {
        let _ = callout::ask(|| self.span.with_subscriber(|(id, dispatch)| dispatch.exit(id)));
    }

    pub(crate) fn record(&self, field: &str, value: bool) {
        let _ = callout::ask(|| {
            self.span.record(field, value);
        });
    }

    fn at_home<R>(span: &Span, f: impl FnOnce() -> R) -> R {
        match span.with_subscriber(|(_, dispatch)| dispatch.clone()) {
            Some(dispatch) => at(&dispatch, f),
            None => f(),
        }
    }
}

/// Calls `f` with `home` as the thread's default.
///
/// Where that is the process's global one and the thread's default is too, as in nearly every app, nothing is replaced. Replacing it on one
/// thread changes how `tracing` calls subscribers on all of them: while any thread has a default of its own, an event that a subscriber
/// emits itself is lost, and a thread that comes to have one inside such a call panics.
fn at<R>(home: &Dispatch, f: impl FnOnce() -> R) -> R {
    if is_global(home) && dispatcher::get_default(is_global) { f() } else { dispatcher::with_default(home, f) }
}

/// Whether it is the process's global one. `tracing` says so nowhere but in its debug text, of which the beginning is looked at, without an
/// allocation. A text that is not known counts as no.
fn is_global(dispatch: &Dispatch) -> bool {
    struct Beginning(bool);
    impl std::fmt::Write for Beginning {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0 = text == "Dispatch::Global";
            // The rest is of no use.
            Err(std::fmt::Error)
        }
    }
    let mut beginning = Beginning(false);
    let _ = write!(beginning, "{dispatch:?}");
    beginning.0
}

impl Drop for OwnedSpan {
    fn drop(&mut self) {
        let span = std::mem::replace(&mut self.span, Span::none());
        if let Some(home) = span.with_subscriber(|(_, dispatch)| dispatch.clone()) {
            callout::tell(move || at(&home, move || drop(span)));
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(entered) = self.0.take() {
            // Not put off: it is entered and left at the same depth.
            let _ = callout::ask(move || drop(entered));
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
pub fn hop(site: &Site<'_>, arm: Arm, detail: Detail) -> Arc<OwnedSpan> {
    Arc::new(OwnedSpan::below(Some(Arc::new(OwnedSpan::current())), || {
        span!(
            target: TARGET_HOP,
            Level::DEBUG,
            "hop",
            code.file.path = crate::paths::shown(site.file),
            code.line.number = site.line,
            code.column.number = site.column,
            job = site.job,
            arm = arm.as_str(),
            detail = detail.as_str()
        )
    }))
}

/// Opens the span of a phase, below its hop's.
#[must_use]
pub fn phase(hop: &Arc<OwnedSpan>, phase: Visible) -> OwnedSpan {
    // A span's name belongs to its call site, so each has its own.
    macro_rules! open {
        ($name:literal) => {
            span!(target: TARGET_PHASE, parent: &hop.span, Level::DEBUG, $name)
        };
    }
    OwnedSpan::below(Some(Arc::clone(hop)), || {
        OwnedSpan::at_home(&hop.span, || match phase {
            Visible::Submit => open!("submit"),
            Visible::Start => open!("start"),
            Visible::Run => open!("run"),
            Visible::Publish => open!("publish"),
            Visible::Resume => open!("resume"),
            Visible::Transfer => open!("transfer"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::subscriber::NoSubscriber;

    #[test]
    fn the_global_subscriber_is_told_from_a_scoped_one() {
        let scoped = Dispatch::new(NoSubscriber::new());
        assert!(!is_global(&scoped));
        dispatcher::set_global_default(Dispatch::new(NoSubscriber::new())).expect("this test alone sets it");
        assert!(dispatcher::get_default(is_global));
        dispatcher::with_default(&scoped, || assert!(!dispatcher::get_default(is_global)));
        assert!(dispatcher::get_default(is_global));
    }
}
