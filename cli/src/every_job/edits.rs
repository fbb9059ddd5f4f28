//! What the copy has that tokio has not: one more file, and a few edits. Each edited text must stand exactly once in its file, or nothing is built.

use std::path::{Path, PathBuf};

use super::error::Error;

/// A place in a file of tokio's, and what stands there in the copy.
struct Edit {
    file: &'static str,
    /// Exactly once in it.
    anchor: &'static str,
    becomes: &'static str,
}

/// The file that is added, in which `@AGENT@` is the agent's path.
pub(super) const ADDED: &str = "src/runtime/task/tollbridge.rs";
const ADDED_TEXT: &str = include_str!("tokio/tollbridge.rs");

const POOL: &str = "src/runtime/blocking/pool.rs";
const SCHEDULE: &str = "src/runtime/blocking/schedule.rs";
const TASK: &str = "src/runtime/task/mod.rs";
const HARNESS: &str = "src/runtime/task/harness.rs";

/// They hold for 1.41.0 to 1.54.1 as they are (`scripts/every_tokio.sh`).
const EDITS: &[Edit] = &[
    // The call: a job in the cell of its task, and the moments of the caller.
    Edit {
        file: POOL,
        anchor: "        let id = task::Id::next();\n",
        becomes: "        let tollbridge = task::tollbridge::Job::submit::<F>(rt);\n        let id = task::Id::next();\n",
    },
    Edit {
        file: POOL,
        anchor: "        let (task, handle) = ",
        becomes: "        let tollbridge_job = task::tollbridge::way_to_job(&fut);\n        let (task, handle) = ",
    },
    Edit { file: POOL, anchor: "BlockingSchedule::new(rt)", becomes: "BlockingSchedule::new(rt, tollbridge)" },
    Edit {
        file: POOL,
        anchor: "        let spawned = self.spawn_task(Task::new(task, is_mandatory), rt);\n        (handle, spawned)\n",
        becomes: "        let tollbridge_job = tollbridge_job(&task);\n        let spawned = self.spawn_task(Task::new(task, is_mandatory), rt);\n        \
                  // SAFETY: the handle keeps the task.\n        unsafe { task::tollbridge::returned(tollbridge_job) };\n        (handle, spawned)\n",
    },
    // The recorder is loaded before the first pool has a thread.
    Edit {
        file: POOL,
        anchor: "        let (shutdown_tx, shutdown_rx) = shutdown::channel();\n",
        becomes: "        task::tollbridge::load();\n        let (shutdown_tx, shutdown_rx) = shutdown::channel();\n",
    },
    Edit { file: "src/runtime/blocking/mod.rs", anchor: "mod schedule;\n", becomes: "pub(crate) mod schedule;\n" },
    Edit {
        file: SCHEDULE,
        anchor: "    hooks: TaskHarnessScheduleHooks,\n}",
        becomes: "    hooks: TaskHarnessScheduleHooks,\n    pub(crate) tollbridge: task::tollbridge::Job,\n}",
    },
    Edit {
        file: SCHEDULE,
        anchor: "pub(crate) fn new(handle: &Handle) -> Self {",
        becomes: "pub(crate) fn new(handle: &Handle, tollbridge: task::tollbridge::Job) -> Self {",
    },
    Edit {
        file: SCHEDULE,
        anchor: "        BlockingSchedule {\n",
        becomes: "        BlockingSchedule {\n            tollbridge,\n",
    },
    Edit {
        file: SCHEDULE,
        anchor: "    fn hooks(&self) -> TaskHarnessScheduleHooks {",
        becomes: "    #[inline]\n    fn tollbridge_job(&self) -> Option<&task::tollbridge::Job> {\n        Some(&self.tollbridge)\n    }\n\n    \
                  fn hooks(&self) -> TaskHarnessScheduleHooks {",
    },
    Edit {
        file: TASK,
        anchor: "    fn hooks(&self) -> TaskHarnessScheduleHooks;\n",
        becomes: "    fn hooks(&self) -> TaskHarnessScheduleHooks;\n\n    /// The job that tollbridge measures. Only blocking tasks have one.\n    \
                  #[inline]\n    fn tollbridge_job(&self) -> Option<&tollbridge::Job> {\n        None\n    }\n",
    },
    Edit { file: TASK, anchor: "mod join;\n", becomes: "mod join;\npub(crate) mod tollbridge;\n" },
    // The job, on its thread.
    Edit {
        file: HARNESS,
        anchor: "let res = guard.core.poll(cx);",
        becomes: "super::tollbridge::begins(&guard.core.scheduler);\n        let res = guard.core.poll(cx);\n        \
                  super::tollbridge::ended(&guard.core.scheduler);",
    },
    Edit {
        file: HARNESS,
        anchor: "                self.core.drop_future_or_output();\n            }\n        }\n        let guard",
        becomes: "                super::tollbridge::ended(&self.core.scheduler);\n                self.core.drop_future_or_output();\n            }\n        \
                  }\n        let guard",
    },
    Edit {
        file: HARNESS,
        anchor: "let snapshot = self.state().transition_to_complete();",
        becomes: "super::tollbridge::published(&self.core().scheduler);\n        let snapshot = self.state().transition_to_complete();",
    },
    // The way back.
    Edit {
        file: HARNESS,
        anchor: "if can_read_output(self.header(), self.trailer(), waker) {",
        becomes: "super::tollbridge::polled(&self.core().scheduler);\n        if can_read_output(self.header(), self.trailer(), waker) {",
    },
    Edit {
        file: HARNESS,
        anchor: "            *dst = Poll::Ready(self.core().take_output());\n",
        becomes: "            let ready = super::tollbridge::ready(&self.core().scheduler);\n            *dst = Poll::Ready(self.core().take_output());\n            \
                  super::tollbridge::taken(&self.core().scheduler, ready, dst);\n",
    },
    Edit {
        file: HARNESS,
        anchor: "pub(super) fn drop_join_handle_slow(self) {\n",
        becomes: "pub(super) fn drop_join_handle_slow(self) {\n        super::tollbridge::dropped(&self.core().scheduler);\n",
    },
    // The fast way to drop a handle does not see whose it is.
    Edit {
        file: "src/runtime/task/join.rs",
        anchor: "if self.raw.state().drop_join_handle_fast().is_ok() {",
        becomes: "if !super::tollbridge::is_on() && self.raw.state().drop_join_handle_fast().is_ok() {",
    },
    // A copy is compiled as a package of one's own, with its lints: what a later compiler warns of in an older tokio is nobody's business here.
    Edit { file: "src/lib.rs", anchor: "#![warn(\n", becomes: "#![allow(warnings)]\n#![allow(\n" },
];

/// The text of a file in the copy; `None` if it is that of tokio's.
pub(super) fn edited(tokio: &Path, file: &str, text: &str) -> Result<Option<String>, Error> {
    let mut copy = None;
    for edit in EDITS.iter().filter(|edit| edit.file == file) {
        let before = copy.as_deref().unwrap_or(text);
        let found = before.matches(edit.anchor).count();
        if found != 1 {
            return Err(Error::Anchor { file: tokio.join(file), anchor: edit.anchor.trim().to_owned(), found });
        }
        copy = Some(before.replace(edit.anchor, edit.becomes));
    }
    Ok(copy)
}

/// The files that are edited.
pub(super) fn files() -> impl Iterator<Item = &'static str> {
    let mut files: Vec<_> = EDITS.iter().map(|edit| edit.file).collect();
    files.sort_unstable();
    files.dedup();
    files.into_iter()
}

/// The file that is added. `agent`: the library that it loads; `None` where the program links tollbridge.
pub(super) fn added(agent: Option<&PathBuf>) -> String {
    let agent = agent.map_or_else(|| "None".to_owned(), |agent| format!("Some({})", c_literal(agent)));
    ADDED_TEXT.replace("@AGENT@", &agent)
}

/// A path as a literal of a C string.
fn c_literal(path: &Path) -> String {
    let escaped: String =
        path.as_os_str().as_encoded_bytes().iter().map(|byte| byte.escape_ascii().to_string()).collect();
    format!("c\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_that_is_missing_or_doubled_is_named() {
        let file = "src/runtime/task/join.rs";
        let anchor = EDITS.iter().find(|edit| edit.file == file).unwrap().anchor;
        let edited = |text: &str| edited(Path::new("tokio"), file, text);
        assert_eq!(edited(anchor).unwrap().unwrap().matches("tollbridge").count(), 1);
        for text in [String::new(), anchor.repeat(2)] {
            let message = edited(&text).unwrap_err().to_string();
            assert!(message.contains(file) && message.contains("drop_join_handle_fast"), "{message}");
        }
    }

    #[test]
    fn a_path_of_any_bytes_is_a_literal() {
        assert_eq!(c_literal(Path::new("/home/a \"b\"\\c/é.so")), r#"c"/home/a \"b\"\\c/\xc3\xa9.so""#);
    }
}
