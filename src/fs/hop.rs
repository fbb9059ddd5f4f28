//! The hop that every function of this module makes.

use std::io;
use std::panic::Location;

use crate::pool;
use tollbridge_instrument::session;

/// Whether to measure. Asked at a future's first poll: if not, the call is tokio's own, which need not be a hop at all.
pub(super) fn is_armed() -> bool {
    session::decided().is_on()
}

/// Runs `job` as one hop of `location`. A job that did not come back is the error that tokio makes of it.
pub(super) async fn measured<T, F>(location: &'static Location<'static>, job: F) -> io::Result<T>
where
    F: FnOnce() -> io::Result<T> + Send + 'static,
    T: Send + 'static,
{
    let outcome = pool::spawn_measured(&pool::Current, location, job).await;
    outcome.unwrap_or_else(|_| Err(io::Error::other("background task failed")))
}
