//! The awaiter's side of a transfer.

use super::Failure;

/// What a transfer writes into: the awaiter's own state.
///
/// A transfer asks `cancelled` and then makes at most one of the other three calls.
pub trait Destination {
    /// What a finished source's result becomes here, moved.
    type Output;
    /// The awaiter's own class of exceptions. A transfer converts the source's into it with `From`.
    type Failure;

    /// Whether the awaiter was cancelled, so that nothing is to be written.
    fn cancelled(&self) -> bool;
    /// The source was cancelled: so is the awaiter.
    fn cancel(&mut self);
    /// The source holds an exception.
    fn set_exception(&mut self, failure: Self::Failure);
    /// The source holds a result.
    fn set_result(&mut self, result: Self::Output);
}

/// The plainest destination: a place for the outcome, owned by whoever polls.
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
    /// Returns an empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self::Empty
    }

    /// Takes what arrived and leaves it empty. `None` if nothing did; [`Failure::Cancelled`] if it was cancelled.
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
/// With debug assertions, when it already holds an outcome: a transfer is made once.
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
