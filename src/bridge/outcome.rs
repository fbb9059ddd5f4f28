//! What can go wrong on either side of the bridge.
//!
//! The source's exceptions ([`Exception`]) and the awaiter's ([`Failure`]) are two types, as `concurrent.futures` and asyncio
//! have two sets of classes. A transfer converts one into the other, and code that skips the conversion does not
//! compile.

use std::error::Error;
use std::fmt;

/// What a source holds in place of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception<E> {
    /// The source was cancelled.
    Cancelled,
    /// It took longer than allowed.
    TimedOut,
    /// The source is not in a state that could give a result.
    InvalidState(InvalidState),
    /// The job's own error.
    Other(E),
}

/// What an awaiter holds in place of a result: a converted [`Exception`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// Source or awaiter was cancelled.
    Cancelled,
    /// It took longer than allowed.
    TimedOut,
    /// The source could not give a result.
    InvalidState(InvalidState),
    /// The job's own error, unchanged.
    Other(E),
}

/// Why a source cannot give a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvalidState {
    /// The source is pending or running. Call `done` first, or wait.
    NotDone,
    /// The outcome was taken before. It goes to the first taker.
    Taken,
    /// The [`Completer`](super::Completer) was dropped without completing, perhaps by a panic.
    Abandoned,
}

impl<E> From<Exception<E>> for Failure<E> {
    #[inline]
    fn from(exception: Exception<E>) -> Self {
        match exception {
            Exception::Cancelled => Self::Cancelled,
            Exception::TimedOut => Self::TimedOut,
            Exception::InvalidState(why) => Self::InvalidState(why),
            Exception::Other(error) => Self::Other(error),
        }
    }
}

/// The time allowed to [`Reader::wait`](super::Reader::wait) passed before the source was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimedOut;

impl<E> From<TimedOut> for Exception<E> {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}

/// The error of a transfer from a source that is not done. Neither side was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotDone;

/// The error of storing into a source that was already done. It holds the value that was not stored.
///
/// For a [`Completer`](super::Completer) it means that the source was cancelled meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refused<V>(pub(super) V);

impl<V> Refused<V> {
    /// Returns the value that was not stored.
    pub fn into_inner(self) -> V {
        self.0
    }
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotDone => "the source is not done",
            Self::Taken => "the outcome was already taken",
            Self::Abandoned => "the completer was dropped without completing",
        })
    }
}

impl<E: fmt::Display> fmt::Display for Exception<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.pad("cancelled"),
            Self::TimedOut => f.pad("timed out"),
            Self::InvalidState(why) => why.fmt(f),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.pad("cancelled"),
            Self::TimedOut => f.pad("timed out"),
            Self::InvalidState(why) => why.fmt(f),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("timed out")
    }
}

impl fmt::Display for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("the source is not done")
    }
}

/// Without the value, which need not be `Debug`.
impl<V> fmt::Debug for Refused<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").finish_non_exhaustive()
    }
}

impl<V> fmt::Display for Refused<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("the source was already done")
    }
}

impl Error for InvalidState {}
impl Error for TimedOut {}
impl Error for NotDone {}
impl<V> Error for Refused<V> {}

// `Other` is shown as the error itself, so its own source is the next link, not itself.
impl<E: Error> Error for Exception<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Other(error) => error.source(),
            _ => None,
        }
    }
}

impl<E: Error> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Other(error) => error.source(),
            _ => None,
        }
    }
}
