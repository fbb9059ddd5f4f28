//! The snapshot bridge: the state in one step.

use super::{Destination, FutureState, NotDone, Snapshot, naive};

/// Transfers the source's state to `dest` by one [`snapshot`](FutureState::snapshot).
///
/// On a finished [`Source`](super::Source) this takes 0
/// bridge locks and 1 copy; on a cancelled source, or one that is not done, 1 and 0.
///
/// The rules are those of [`naive::copy_future_state`], with one exception: a cancelled `dest` is looked at first, and the source is then not
/// asked at all.
///
/// A source without a one-step copy ([`FutureState::ONE_STEP`] is false) takes the naive way. This is decided at compile time, and gives the
/// same instructions as calling the naive form directly (`scripts/fallback.sh`).
///
/// # Errors
///
/// [`NotDone`] if the source is pending or running.
///
/// # Source
///
/// `_copy_future_state` and `Future._get_snapshot` since
/// [gh-134173](https://github.com/python/cpython/issues/134173) and
/// [gh-134174](https://github.com/python/cpython/pull/134174), a draft of which made the choice by `hasattr`, at each call.
#[inline]
pub fn copy_future_state<S, D>(source: &mut S, dest: &mut D) -> Result<(), NotDone>
where
    S: FutureState + ?Sized,
    D: Destination<Output = S::Output> + ?Sized,
    D::Failure: From<S::Exception>,
{
    if !S::ONE_STEP {
        return naive::copy_future_state(source, dest);
    }
    if dest.cancelled() {
        return Ok(());
    }
    match source.snapshot() {
        Snapshot::NotDone => return Err(NotDone),
        Snapshot::Cancelled => dest.cancel(),
        Snapshot::Exception(exception) => dest.set_exception(exception.into()),
        Snapshot::Result(result) => dest.set_result(result),
    }
    Ok(())
}
