//! The awaiter's side of a transfer.

use super::Failure;

/// The awaiter's own state, into which a transfer writes.
///
/// A transfer calls `cancelled`, and then makes at most one of the other three calls.
pub trait Destination {
    /// The type of the result, which is moved here from a finished source.
    type Output;
    /// The awaiter's own type of exceptions. A transfer converts the source's exception into it with `From`.
    type Failure;

    /// Returns whether the awaiter was cancelled. Nothing is written then.
    fn cancelled(&self) -> bool;
    /// Cancels the awaiter, because the source was cancelled.
    fn cancel(&mut self);
    /// Stores the source's exception.
    fn set_exception(&mut self, failure: Self::Failure);
    /// Stores the source's result.
    fn set_result(&mut self, result: Self::Output);
}

/// The plainest destination: a place for the outcome. Whoever polls owns it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Awaiter<T, E> {
    /// Nothing arrived.
    #[default]
    Empty,
    /// Cancelled, by its owner or by the source.
    Cancelled,
    /// The outcome, until it is taken.
    Done(Result<T, Failure<E>>),
}

impl<T, E> Awaiter<T, E> {
    /// Creates an empty awaiter.
    #[must_use]
    pub const fn new() -> Self {
        Self::Empty
    }

    /// Takes what arrived, and leaves the awaiter empty. `None` if nothing arrived; [`Failure::Cancelled`] if it was cancelled.
    #[inline]
    pub fn take(&mut self) -> Option<Result<T, Failure<E>>> {
        match std::mem::take(self) {
            Self::Empty => None,
            Self::Cancelled => Some(Err(Failure::Cancelled)),
            Self::Done(outcome) => Some(outcome),
        }
    }
}

/// # Panics
///
/// Panics, with debug assertions, if it already holds an outcome: a transfer is made once.
impl<T, E> Destination for Awaiter<T, E> {
    type Output = T;
    type Failure = Failure<E>;

    #[inline]
    fn cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    #[inline]
    fn cancel(&mut self) {
        debug_assert!(!matches!(self, Self::Done(_)), "a transfer is made once");
        *self = Self::Cancelled;
    }

    #[inline]
    fn set_exception(&mut self, failure: Failure<E>) {
        debug_assert!(matches!(self, Self::Empty), "a transfer is made once");
        *self = Self::Done(Err(failure));
    }

    #[inline]
    fn set_result(&mut self, result: T) {
        debug_assert!(matches!(self, Self::Empty), "a transfer is made once");
        *self = Self::Done(Ok(result));
    }
}
