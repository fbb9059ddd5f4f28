//! A set of tasks whose blocking ones are measured.

use std::fmt;
use std::ops::{Deref, DerefMut};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::measured::JoinSetExt as _;

/// [`tokio::task::JoinSet`] with `spawn_blocking` and `spawn_blocking_on` measured; everything else is that set's own,
/// which this one dereferences to.
///
/// The set's outputs are the app's, so a job is measured as [`wrap`](crate::task::wrap) does it: `run`, and what lies before it as one. Of
/// the way back, through the set, nothing is seen.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use tollbridge::task::JoinSet;
///
/// let mut set = JoinSet::new();
/// set.spawn(async { 1 });
/// set.spawn_blocking(|| 2);
/// assert_eq!(set.join_all().await.iter().sum::<i32>(), 3);
/// # }
/// ```
pub struct JoinSet<T>(tokio::task::JoinSet<T>);

impl<T> JoinSet<T> {
    /// As [`tokio::task::JoinSet::new`].
    pub fn new() -> Self {
        Self(tokio::task::JoinSet::new())
    }

    /// tokio's own set, with all that is in it.
    pub fn into_inner(self) -> tokio::task::JoinSet<T> {
        self.0
    }
}

impl<T: 'static> JoinSet<T> {
    /// As [`tokio::task::JoinSet::spawn_blocking`].
    ///
    /// # Panics
    /// Outside a runtime.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.0.spawn_blocking_measured(f)
    }

    /// As [`tokio::task::JoinSet::spawn_blocking_on`].
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.0.spawn_blocking_on_measured(f, handle)
    }

    /// As [`tokio::task::JoinSet::join_all`].
    ///
    /// # Panics
    /// If a task of the set did.
    pub async fn join_all(self) -> Vec<T> {
        self.0.join_all().await
    }
}

impl<T> Deref for JoinSet<T> {
    type Target = tokio::task::JoinSet<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for JoinSet<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<tokio::task::JoinSet<T>> for JoinSet<T> {
    fn from(set: tokio::task::JoinSet<T>) -> Self {
        Self(set)
    }
}

/// As tokio's: spawns the futures.
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        Self(futures.into_iter().collect())
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
