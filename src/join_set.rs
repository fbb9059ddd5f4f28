//! A set of tasks whose blocking ones are measured.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, Id, JoinError, LocalSet};

use crate::measured::JoinSetExt as _;

/// [`tokio::task::JoinSet`] with a measured `spawn_blocking` and `spawn_blocking_on`.
///
/// Every other function is tokio's own. Call it as a method or by path: `JoinSet::join_next` is a function of this type too.
/// The exception is `build_task` (`tokio_unstable`): you reach it as a method only, through tokio's set, and its jobs are not measured.
///
/// The set measures a job as [`wrap`](crate::task::wrap) does, because a job's value goes through the set unchanged. It records `run`, and
/// everything before `run` as one phase, `reach`. It records nothing of the way back through the set.
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

// What is not measured is here too, because a path finds no function through a dereference. What waits returns tokio's own
// future, not one around it: its size and its auto traits stay tokio's.
impl<T> JoinSet<T> {
    /// Creates an empty set, as [`tokio::task::JoinSet::new`] does.
    pub fn new() -> Self {
        Self(tokio::task::JoinSet::new())
    }

    /// Returns the number of tasks in the set, as [`tokio::task::JoinSet::len`] does.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the set is empty, as [`tokio::task::JoinSet::is_empty`] does.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns tokio's own set, with every task that is in it.
    pub fn into_inner(self) -> tokio::task::JoinSet<T> {
        self.0
    }
}

impl<T: 'static> JoinSet<T> {
    /// Spawns a task, as [`tokio::task::JoinSet::spawn`] does.
    ///
    /// # Panics
    /// Panics outside a runtime.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.0.spawn(task)
    }

    /// Spawns a task on a runtime, as [`tokio::task::JoinSet::spawn_on`] does.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.0.spawn_on(task, handle)
    }

    /// Spawns a task on the current thread, as [`tokio::task::JoinSet::spawn_local`] does.
    ///
    /// # Panics
    /// Panics outside a [`LocalSet`] and a `LocalRuntime`.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.0.spawn_local(task)
    }

    /// Spawns a task on `local_set`, as [`tokio::task::JoinSet::spawn_local_on`] does.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.0.spawn_local_on(task, local_set)
    }

    /// Runs `f` on the blocking pool, as [`tokio::task::JoinSet::spawn_blocking`] does, and measures it while recording is on.
    ///
    /// # Panics
    /// Panics outside a runtime.
    #[inline]
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.0.spawn_blocking_measured(f)
    }

    /// Runs `f` on a runtime's blocking pool, as [`tokio::task::JoinSet::spawn_blocking_on`] does, and measures it while
    /// recording is on.
    #[inline]
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.0.spawn_blocking_on_measured(f, handle)
    }

    /// Waits until a task completes and returns its output, as [`tokio::task::JoinSet::join_next`] does.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, no task has been removed from the set.
    pub fn join_next(&mut self) -> impl Future<Output = Option<Result<T, JoinError>>> {
        self.0.join_next()
    }

    /// Waits until a task completes and returns its output and ID, as [`tokio::task::JoinSet::join_next_with_id`] does.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, no task has been removed from the set.
    pub fn join_next_with_id(&mut self) -> impl Future<Output = Option<Result<(Id, T), JoinError>>> {
        self.0.join_next_with_id()
    }

    /// Returns the output of a task that has completed, as [`tokio::task::JoinSet::try_join_next`] does.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.0.try_join_next()
    }

    /// Returns the output and ID of a task that has completed, as [`tokio::task::JoinSet::try_join_next_with_id`] does.
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        self.0.try_join_next_with_id()
    }

    /// Aborts all tasks and waits for them to end, as [`tokio::task::JoinSet::shutdown`] does.
    pub fn shutdown(&mut self) -> impl Future<Output = ()> {
        self.0.shutdown()
    }

    /// Waits for all tasks and returns their outputs, as [`tokio::task::JoinSet::join_all`] does.
    ///
    /// # Panics
    /// The future panics if a task panicked or was aborted.
    pub fn join_all(self) -> impl Future<Output = Vec<T>> {
        self.0.join_all()
    }

    /// Aborts all tasks, as [`tokio::task::JoinSet::abort_all`] does.
    pub fn abort_all(&mut self) {
        self.0.abort_all();
    }

    /// Removes all tasks from the set and lets them run on, as [`tokio::task::JoinSet::detach_all`] does.
    pub fn detach_all(&mut self) {
        self.0.detach_all();
    }

    /// Polls for a task that has completed, as [`tokio::task::JoinSet::poll_join_next`] does.
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        self.0.poll_join_next(cx)
    }

    /// Polls for a task that has completed, as [`tokio::task::JoinSet::poll_join_next_with_id`] does.
    pub fn poll_join_next_with_id(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<(Id, T), JoinError>>> {
        self.0.poll_join_next_with_id(cx)
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

/// Spawns each future, as tokio's set does.
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        Self(futures.into_iter().collect())
    }
}

/// Spawns each future. tokio's own set has this since 1.49.
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        futures.into_iter().for_each(|future| drop(self.0.spawn(future)));
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
