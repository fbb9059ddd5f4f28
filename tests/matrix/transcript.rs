//! What a cell saw, event by event.

use std::sync::Arc;
use std::thread::{self, ThreadId};

use parking_lot::Mutex;
use tokio::task::{Id, JoinError};

tokio::task_local! {
    /// Stands in the awaiter's task, to see who else sees it.
    pub(crate) static LOCAL: u32;
}

/// How hops ended, by the cell's own count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) spawned: u64,
    pub(crate) joined: u64,
    pub(crate) panicked: u64,
    pub(crate) cancelled: u64,
    /// Spawned by way of a set: these end as their jobs do, not as their handles do.
    pub(crate) by_set: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.spawned += other.spawned;
        self.joined += other.joined;
        self.panicked += other.panicked;
        self.cancelled += other.cancelled;
        self.by_set += other.by_set;
    }
}

/// A finished cell.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    pub(crate) lines: Vec<String>,
    pub(crate) tally: Tally,
}

/// Where a cell's events go, from whatever thread.
#[derive(Clone)]
pub(crate) struct Log(Arc<Shared>);

struct Shared {
    events: Mutex<Vec<Event>>,
    threads: Mutex<Vec<(ThreadId, &'static str)>>,
    tasks: Mutex<Vec<(Id, &'static str)>>,
    tally: Mutex<Tally>,
}

/// What happened, and all that the code there could see around itself.
struct Event {
    text: String,
    thread: ThreadId,
    task: Option<Id>,
    local: Option<u32>,
    unwinding: bool,
    in_runtime: bool,
}

impl Log {
    /// The calling thread is the cell's caller.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            events: Mutex::default(),
            threads: Mutex::new(vec![(thread::current().id(), "caller")]),
            tasks: Mutex::default(),
            tally: Mutex::default(),
        }))
    }

    pub(crate) fn event(&self, text: impl Into<String>) {
        self.0.events.lock().push(Event {
            text: text.into(),
            thread: thread::current().id(),
            task: tokio::task::try_id(),
            local: LOCAL.try_with(|local| *local).ok(),
            unwinding: thread::panicking(),
            in_runtime: tokio::runtime::Handle::try_current().is_ok(),
        });
    }

    /// Names the calling thread, unless it has a name.
    pub(crate) fn thread_is(&self, name: &'static str) {
        let here = thread::current().id();
        let mut threads = self.0.threads.lock();
        if !threads.iter().any(|&(thread, _)| thread == here) {
            threads.push((here, name));
        }
    }

    /// Names a task, unless it has a name.
    pub(crate) fn task_is(&self, id: Id, name: &'static str) {
        let mut tasks = self.0.tasks.lock();
        if !tasks.iter().any(|&(task, _)| task == id) {
            tasks.push((id, name));
        }
    }

    pub(crate) fn tally(&self, add: impl FnOnce(&mut Tally)) {
        add(&mut self.0.tally.lock());
    }

    /// Counts how an awaited hop ended.
    pub(crate) fn ended<T>(&self, result: &Result<T, JoinError>) {
        self.tally(|tally| match result {
            Ok(_) => tally.joined += 1,
            Err(error) if error.is_cancelled() => tally.cancelled += 1,
            Err(_) => tally.panicked += 1,
        });
    }

    pub(crate) fn transcript(&self) -> Transcript {
        let threads = self.0.threads.lock();
        let tasks = self.0.tasks.lock();
        let named = |task| tasks.iter().find(|&&(id, _)| id == task).map_or("unnamed task", |&(_, name)| name);
        let line = |event: &Event| {
            let thread =
                threads.iter().find(|&&(id, _)| id == event.thread).map_or("unnamed thread", |&(_, name)| name);
            let mut line = format!("{thread}: {}", event.text);
            let around = [
                event.task.map(|task| format!("task: {}", named(task))),
                event.local.map(|local| format!("task-local {local}")),
                event.unwinding.then(|| "unwinding".to_owned()),
                event.in_runtime.then(|| "in a runtime".to_owned()),
            ];
            for seen in around.into_iter().flatten() {
                line.push_str(" | ");
                line.push_str(&seen);
            }
            line
        };
        Transcript { lines: self.0.events.lock().iter().map(line).collect(), tally: *self.0.tally.lock() }
    }
}

/// What a handle or an error prints, with its task's id replaced. The rest of the text must have no digits.
pub(crate) fn without_id(printed: &str, id: Id) -> String {
    printed.replace(&id.to_string(), "<id>")
}

/// The same where the id is not at hand: whatever stands in `Id(…)`.
pub(crate) fn without_ids(printed: &str) -> String {
    let mut parts = printed.split("Id(");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}Id(<id>{}", part.trim_start_matches(|c: char| c.is_ascii_digit())))
}
