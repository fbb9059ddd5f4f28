//! The guard: a capture lives as long as it does.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::record::{Capture, observed};
use crate::report::Report;

use super::checkpoint::Checkpoints;
use super::forked;
use super::stderr;
use super::summary::{self, Screen, Summary};

/// Keeps recording on while it lives. Dropping it turns recording off, writes the last report and prints a summary. The drop waits at most 1 s for the file system.
///
/// An *inert* guard does nothing: recording was not asked for, or another guard is recording.
#[derive(Debug)]
#[must_use = "the capture ends when the guard is dropped: give it a name, not `let _ =`"]
pub struct Guard(Option<Active>);

#[derive(Debug)]
struct Active {
    capture: Capture,
    checkpoints: Option<Checkpoints>,
    summary: Summary,
    screen: Screen,
    made: Instant,
}

impl Guard {
    pub(super) fn inert() -> Self {
        Self(None)
    }

    pub(super) fn of(capture: Capture, checkpoints: Option<Checkpoints>, summary: Summary, screen: Screen) -> Self {
        Self(Some(Active { capture, checkpoints, summary, screen, made: Instant::now() }))
    }

    /// Returns whether this guard records.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        self.0.is_some()
    }

    /// Returns what was recorded so far. `None` if the guard is inert, or in a process that was forked off since.
    ///
    /// The report is exact if no hop is in flight. Subtract an earlier report from a later one to get what happened in between ([`Report::since`]):
    ///
    /// ```
    /// # use tollbridge_instrument::session::{Alone, Builder, Summary};
    /// let guard = Builder::<Alone>::new().without_files().with_summary(Summary::Off).init();
    /// let before = guard.report().expect("armed");
    /// // ... what is to be looked at ...
    /// let during = guard.report().expect("armed").since(&before)?;
    /// # assert_eq!(during.outcomes.submitted, 0);
    /// # Ok::<(), tollbridge_instrument::report::SinceError>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        self.0.as_ref().filter(|active| !active.capture.is_forked()).map(|active| active.capture.report())
    }

    /// Returns the folder that the report is written into, as an absolute path. `None` if no files are written.
    ///
    /// It is also `None` as long as the file system has not made the folder, if that takes longer than `init` waits.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.0.as_ref()?.checkpoints.as_ref()?.folder()
    }

    /// Returns the current time from one checkpoint to the next. `None` if no files are written.
    ///
    /// A process that is killed loses at most what it did in this time and while a checkpoint was written. The time is 10 ms at first and doubles
    /// up to [`CHECKPOINT_INTERVAL`](crate::session::CHECKPOINT_INTERVAL). After a checkpoint that costs more than 9 ms of CPU time or 4.5 MB, it is longer:
    /// 100 times the CPU time, or the size at 5 MB a second. So checkpoints take at most 1 % of a processor.
    #[must_use]
    pub fn checkpoint_interval(&self) -> Option<Duration> {
        self.0.as_ref()?.checkpoints.as_ref().map(Checkpoints::gap)
    }

    /// Turns recording off as dropping does, and returns the report. `None` if the guard is inert, or in a process that was forked off since.
    #[must_use = "to end a capture for its summary alone, drop the guard"]
    pub fn finish(mut self) -> Option<Report> {
        self.end()
    }

    /// Ends the capture of a program that did not ask for one itself. If it had no job, it leaves no file, and nothing is printed: many programs are
    /// started many times and have none, and what they print on stderr is read by others.
    #[cfg(all(unix, feature = "agent"))]
    pub(crate) fn finish_unasked(mut self) {
        self.end_if(|report| report.outcomes.submitted > 0);
    }

    fn end(&mut self) -> Option<Report> {
        self.end_if(|_| true)
    }

    /// `is_of_use`: whether a report is to be left.
    fn end_if(&mut self, is_of_use: impl FnOnce(&Report) -> bool) -> Option<Report> {
        let Active { capture, checkpoints, summary, screen, .. } = self.0.take()?;
        if capture.is_forked() {
            // Its thread is not here, and the folder is the other process's.
            std::mem::forget(checkpoints);
            if capture.forget() {
                forked::complain();
            }
            return None;
        }
        let report = capture.finish();
        if !is_of_use(&report) {
            // What cannot be removed is a run without a hop.
            let _ = checkpoints.map(Checkpoints::take_back);
            return Some(report);
        }
        let written = checkpoints.map(|checkpoints| checkpoints.finish(&report)).transpose();
        summary::print(summary, screen, &report, written.as_ref());
        if let Some(why) = observed::why_nothing(report.outcomes.submitted > 0) {
            stderr::complain(&why);
        }
        if let Some(why) = observed::why_twice() {
            stderr::complain(why);
        }
        Some(report)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let at_once =
            self.0.as_ref().is_some_and(|active| active.summary != Summary::Off && active.made.elapsed() < AT_ONCE);
        if self.end().is_some_and(|report| at_once && report.outcomes.submitted == 0) {
            stderr::complain(
                "the guard was dropped as soon as it was made; keep it: `let _toll = tollbridge::init();`",
            );
        }
    }
}

/// A guard that saw no hop in so short a life is the mark of `let _ = init()`, which the compiler lets pass.
const AT_ONCE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    #[test]
    fn a_guard_may_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<super::Guard>();
    }
}
