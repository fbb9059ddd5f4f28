//! The runs of what was built: where their reports go, and their screen in the end.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use tollbridge_flamegraphs::{ScreenOptions, read, screen};
use tollbridge_instrument::session::DEFAULT_OUT;
use tollbridge_report::Merger;

use crate::failure::Failure;
use crate::say::say;
use crate::{colour, files};

const RECORDING: &str = "TOLLBRIDGE";
const OUT: &str = "TOLLBRIDGE_OUT";
const SUMMARY: &str = "TOLLBRIDGE_SUMMARY";

/// The folder of reports as it was before.
pub(super) struct Runs {
    folder: PathBuf,
    before: BTreeSet<OsString>,
}

impl Runs {
    /// Where a program that is started from here makes the folders of its runs.
    pub(super) fn folder() -> PathBuf {
        let asked = std::env::var_os(OUT).filter(|out| !out.is_empty());
        let folder = PathBuf::from(asked.unwrap_or_else(|| DEFAULT_OUT.into()));
        std::path::absolute(&folder).unwrap_or(folder)
    }

    pub(super) fn watch() -> Self {
        let folder = Self::folder();
        Self { before: runs(&folder), folder }
    }

    /// Has a program record, and leave its report where it is found.
    pub(super) fn tell(&self, program: &mut Command, has_tollbridge: bool) {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        program.env(OUT, &self.folder);
        if has_tollbridge && !is_set(RECORDING) {
            program.env(RECORDING, "on");
        }
        // The whole screen follows.
        if !is_set(SUMMARY) {
            program.env(SUMMARY, "off");
        }
    }

    /// Shows what the runs since have recorded. `ran`: cargo has run it, and it went well.
    pub(super) fn show(&self, ran: bool, stderr: &mut dyn Write) -> Result<(), Failure> {
        let new: Vec<PathBuf> = runs(&self.folder)
            .difference(&self.before)
            .map(|run| self.folder.join(run).join(files::REPORT))
            .filter(|report| report.exists())
            .collect();
        if new.is_empty() {
            if !ran {
                // As cargo or the program has said, it did not build, or did not get so far.
                return Ok(());
            }
            say(
                stderr,
                "note: nothing was recorded: the program gave its blocking pool no job, recording was off, or the project depends on tollbridge, which \
                 then is the recorder, and the program does not call `tollbridge::init()`",
            );
            return Ok(());
        }
        let mut sum = Merger::default();
        let mut unread = Ok(());
        for report in &new {
            // One that cannot be read hides no other.
            match read::open_primary(report) {
                Ok(read) => sum.add(read.report),
                Err(error) => unread = Err(error.into()),
            }
        }
        if unread.is_err() && new.len() == 1 {
            return unread;
        }
        let stream = std::io::stderr();
        let options = ScreenOptions::default()
            .with_width(terminal_size::terminal_size_of(&stream).map(|(width, _)| width.0))
            .with_colour(colour::suits(&stream))
            .with_file(files::and_more(&new[0], &new));
        // Who has closed stderr does not want it.
        let _ = stderr.write_all(screen(&sum.finish(), &options).as_bytes());
        unread
    }
}

fn runs(folder: &PathBuf) -> BTreeSet<OsString> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name())).collect()
}
