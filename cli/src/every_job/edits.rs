//! What the copy has that tokio has not: one more file, and a few edits. Each edited text must stand exactly once in its file, or nothing is built.

use std::path::{Path, PathBuf};

use crate::error::every_job::Error;

/// A place in a file of tokio's, and what stands there in the copy.
struct Edit {
    file: &'static str,
    /// Exactly once in it.
    anchor: &'static str,
    /// How far the place reaches behind that: texts that follow, each the next of its kind.
    then: &'static [&'static str],
    /// In it, `@1` is what stood before the first of those, `@2` what stood before the second.
    becomes: &'static str,
}

impl Edit {
    const fn new(file: &'static str, anchor: &'static str, becomes: &'static str) -> Self {
        Self { file, anchor, then: &[], becomes }
    }

    /// The text with this edit; `None` if it does not fit.
    fn made(&self, text: &str) -> Option<String> {
        let (before, mut after) = text.split_once(self.anchor)?;
        let mut becomes = self.becomes.to_owned();
        for (number, then) in (1..).zip(self.then) {
            let (between, rest) = after.split_once(then)?;
            becomes = becomes.replace(&format!("@{number}"), between);
            after = rest;
        }
        Some([before, &becomes, after].concat())
    }
}

/// The file that is added, and the line in it that has the agent's path in the copy.
pub(super) const ADDED: &str = "src/runtime/task/tollbridge.rs";
const ADDED_TEXT: &str = include_str!("../../tokio/tollbridge.rs");
const NO_AGENT: &str = "const AGENT: Option<&std::ffi::CStr> = None;";

const POOL: &str = "src/runtime/blocking/pool.rs";
const TASK: &str = "src/runtime/task/mod.rs";
const HARNESS: &str = "src/runtime/task/harness.rs";

/// They hold for 1.41.0 to 1.54.1 as they are (`scripts/every_tokio.sh`).
const EDITS: &[Edit] = &[
    // The call: a recorded hop has a scheduler of its own. How `unowned` is called differs from version to version.
    Edit {
        file: POOL,
        anchor: "        let id = task::Id::next();\n",
        then: &[
            "        let (task, handle) = ",
            ";\n",
            "        let spawned = self.spawn_task(Task::new(task, is_mandatory), rt);\n        (handle, spawned)\n",
        ],
        becomes: include_str!("../../tokio/spawn.txt"),
    },
    // The recorder is loaded before the first pool has a thread.
    Edit::new(
        POOL,
        "        let (shutdown_tx, shutdown_rx) = shutdown::channel();\n",
        "        task::tollbridge::load();\n        let (shutdown_tx, shutdown_rx) = shutdown::channel();\n",
    ),
    Edit::new("src/runtime/blocking/mod.rs", "mod schedule;\n", "pub(crate) mod schedule;\n"),
    Edit::new(
        TASK,
        "    fn hooks(&self) -> TaskHarnessScheduleHooks;\n",
        "    fn hooks(&self) -> TaskHarnessScheduleHooks;\n\n    /// The job that tollbridge records.\n    \
                  #[inline]\n    fn tollbridge(&self) -> Option<&tollbridge::Recorded> {\n        None\n    }\n",
    ),
    Edit::new(TASK, "mod join;\n", "mod join;\npub(crate) mod tollbridge;\n"),
    // Where tasks are spawned. Blocking ones have said it by their call.
    Edit::new(
        "src/runtime/task/id.rs",
        "    pub(crate) fn next() -> Self {\n",
        "    #[inline]\n    #[track_caller]\n    pub(crate) fn next() -> Self {\n        \
                  super::tollbridge::spawned::spawns(Self::tollbridge_next())\n    }\n\n    \
                  pub(crate) fn tollbridge_next() -> Self {\n",
    ),
    Edit::new(
        "src/task/local.rs",
        "Ok(Some(join_handle)) => join_handle,",
        "Ok(Some(join_handle)) => crate::runtime::task::tollbridge::spawned::spawns_local(join_handle),",
    ),
    // The job, on its thread.
    Edit::new(
        HARNESS,
        "let res = guard.core.poll(cx);",
        "super::tollbridge::begins(&guard.core.scheduler);\n        let res = guard.core.poll(cx);\n        \
                  super::tollbridge::ended(&guard.core.scheduler);",
    ),
    Edit::new(
        HARNESS,
        "                self.core.drop_future_or_output();\n            }\n        }\n        let guard",
        "                super::tollbridge::panicked(&self.core.scheduler);\n                self.core.drop_future_or_output();\n            }\n        \
                  }\n        let guard",
    ),
    Edit::new(
        HARNESS,
        "let snapshot = self.state().transition_to_complete();",
        "super::tollbridge::completes(self.core());\n        let snapshot = self.state().transition_to_complete();",
    ),
    // The way back.
    Edit::new(
        HARNESS,
        "        if can_read_output(self.header(), self.trailer(), waker) {\n",
        "        if let Some(recorded) = self.core().scheduler.tollbridge() {\n            \
                  let can_read = || can_read_output(self.header(), self.trailer(), waker);\n            \
                  return super::tollbridge::poll(recorded, self.core(), can_read, dst);\n        }\n        \
                  if can_read_output(self.header(), self.trailer(), waker) {\n",
    ),
    Edit::new(
        HARNESS,
        "pub(super) fn drop_join_handle_slow(self) {\n",
        "pub(super) fn drop_join_handle_slow(self) {\n        super::tollbridge::dropped(self.state(), &self.core().scheduler);\n",
    ),
    // A copy is compiled as a package of one's own, with its lints: what a later compiler warns of in an older tokio is nobody's business here.
    Edit::new("src/lib.rs", "#![warn(\n", "#![allow(warnings)]\n#![allow(\n"),
];

/// The text of a file in the copy; `None` if it is that of tokio's.
pub(super) fn edited(tokio: &Path, file: &str, text: &str) -> Result<Option<String>, Error> {
    let mut copy = None;
    for edit in EDITS.iter().filter(|edit| edit.file == file) {
        let before = copy.as_deref().unwrap_or(text);
        let found = before.matches(edit.anchor).count();
        let refused = || Error::Anchor { file: tokio.join(file), anchor: edit.anchor.trim().to_owned(), found };
        if found != 1 {
            return Err(refused());
        }
        copy = Some(edit.made(before).ok_or_else(refused)?);
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
    let Some(agent) = agent else { return ADDED_TEXT.to_owned() };
    ADDED_TEXT.replace(NO_AGENT, &NO_AGENT.replace("None", &format!("Some({})", c_literal(agent))))
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
        let file = "src/lib.rs";
        let anchor = EDITS.iter().find(|edit| edit.file == file).unwrap().anchor;
        let edited = |text: &str| edited(Path::new("tokio"), file, text);
        assert_eq!(edited(anchor).unwrap().unwrap(), "#![allow(warnings)]\n#![allow(\n");
        for text in [String::new(), anchor.repeat(2)] {
            let message = edited(&text).unwrap_err().to_string();
            assert!(message.contains(file) && message.contains("#![warn("), "{message}");
        }
    }

    #[test]
    fn the_agent_s_path_stands_in_the_added_file() {
        assert_eq!(ADDED_TEXT.matches(NO_AGENT).count(), 1);
        assert!(added(Some(&"/a.so".into())).contains("CStr> = Some(c\"/a.so\");"));
    }

    #[test]
    fn a_path_of_any_bytes_is_a_literal() {
        assert_eq!(c_literal(Path::new("/home/a \"b\"\\c/é.so")), r#"c"/home/a \"b\"\\c/\xc3\xa9.so""#);
    }
}
