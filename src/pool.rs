//! The ways into a blocking pool, and the one road through all of them: tokio's own call while nothing is armed, a
//! measured one otherwise.

use std::any::type_name;
use std::panic::Location;

use tollbridge_instrument::record::{self, Armed};

use crate::hop::Hop;
use crate::join_handle::JoinHandle;
use crate::large::is_large;
use tollbridge_instrument::session;

/// Whom to ask for a thread.
pub(crate) trait Pool {
    /// tokio's own `spawn_blocking`.
    fn submit<F, R>(&self, job: F) -> tokio::task::JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static;
}

/// The pool of the runtime that the calling thread is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Current;

impl Pool for Current {
    #[inline]
    #[track_caller]
    fn submit<F, R>(&self, job: F) -> tokio::task::JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        tokio::task::spawn_blocking(job)
    }
}

impl Pool for tokio::runtime::Handle {
    #[inline]
    #[track_caller]
    fn submit<F, R>(&self, job: F) -> tokio::task::JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.spawn_blocking(job)
    }
}

/// Hands `job` to `pool`. The hop's site is the caller's.
#[inline]
#[track_caller]
pub(crate) fn spawn<P, F, R>(pool: &P, job: F) -> JoinHandle<R>
where
    P: Pool,
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    if record::armed().is_off() {
        return JoinHandle::plain(pool.submit(job));
    }
    spawn_measured(pool, Location::caller(), job)
}

/// The same from `location`, for those that are no longer on their caller's line when they get here.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn spawn_measured<P, F, R>(pool: &P, location: &'static Location<'static>, job: F) -> JoinHandle<R>
where
    P: Pool,
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let armed = session::decided();
    let hop = armed.is_on().then(|| Hop::begin(armed, location, type_name::<F>())).flatten();
    match hop {
        None => JoinHandle::plain(pool.submit(job)),
        Some(hop) if const { is_large::<F>() } => submit(pool, armed, hop, Box::new(job)),
        Some(hop) => submit(pool, armed, hop, job),
    }
}

/// Hands the job of a hop that has begun to `pool`.
#[inline]
#[track_caller]
fn submit<P, F, R>(pool: &P, armed: Armed, mut hop: Hop, job: F) -> JoinHandle<R>
where
    P: Pool,
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    if const { is_large::<R>() } {
        let handle = pool.submit(hop.job::<F, R, Box<R>>(armed, job));
        hop.returned();
        JoinHandle::boxed(handle, hop)
    } else {
        let handle = pool.submit(hop.job::<F, R, R>(armed, job));
        hop.returned();
        JoinHandle::bridged(handle, hop)
    }
}
