//! The naive bridge: four calls with a lock each.

use super::{Destination, FutureState, NotDone};

/// Transfers the source's state to `dest` by asking for each part.
///
/// On a [`Source`](super::Source) this takes 4 bridge locks and 1 copy for a
/// result, 3 and 1 for an exception, 2 and 0 for a cancelled source, 1 and 0 for one that is not done.
///
/// Nothing is written if `dest` is already cancelled. A cancelled source cancels `dest`. An exception is converted into
/// `D::Failure` and set. Otherwise the result is moved.
///
/// It costs as much as [`snapshot::copy_future_state`](super::snapshot::copy_future_state) plus the locks (bench `transfer`).
///
/// # Errors
///
/// [`NotDone`] if the source is pending or running, also if `dest` is cancelled: CPython asserts `done()` first.
///
/// # Source
///
/// `_copy_future_state` of `Lib/asyncio/futures.py` before
/// [gh-134173](https://github.com/python/cpython/issues/134173). Its assertion is an error here; its `dest.done()` assertion
/// is the destination's own.
#[inline]
pub fn copy_future_state<S, D>(source: &mut S, dest: &mut D) -> Result<(), NotDone>
where
    S: FutureState + ?Sized,
    D: Destination<Output = S::Output> + ?Sized,
    D::Failure: From<S::Exception>,
{
    if !source.done() {
        return Err(NotDone);
    }
    if dest.cancelled() {
        return Ok(());
    }
    if source.cancelled() {
        dest.cancel();
        return Ok(());
    }
    if let Some(exception) = source.exception() {
        dest.set_exception(exception.into());
        return Ok(());
    }
    match source.result() {
        Ok(result) => dest.set_result(result),
        // Only a source that changes between two of its four calls gets here; ours cannot, being borrowed exclusively.
        Err(exception) => dest.set_exception(exception.into()),
    }
    Ok(())
}
