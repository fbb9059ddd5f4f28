//! The guard: a capture lives as long as it does.

use std::path::Path;
use std::time::{Duration, Instant};

use tollbridge_instrument::record::Capture;
use tollbridge_instrument::report::Report;

use super::checkpoint::Checkpoints;
use super::forked;
use super::stderr;
use super::summary::{self, Summary};

/// Measures while it lives. Dropped, it disarms, writes the last report and prints a summary. It waits at most 1 s for the file system.
///
/// An *inert* guard does nothing: nothing was asked for, or another guard is armed.
#[derive(Debug)]
#[must_use = "the capture ends when the guard is dropped: give it a name, not `let _ =`"]
pub struct Guard(Option<Active>);

#[derive(Debug)]
struct Active {
    capture: Capture,
    checkpoints: Option<Checkpoints>,
    summary: Summary,
    made: Instant,
}

impl Guard {
    pub(super) fn inert() -> Self {
        Self(None)
    }

    pub(super) fn of(capture: Capture, checkpoints: Option<Checkpoints>, summary: Summary) -> Self {
        Self(Some(Active { capture, checkpoints, summary, made: Instant::now() }))
    }

    /// Whether this guard measures.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        self.0.is_some()
    }

    /// What the capture holds now; `None` if inert, or in a process that was forked off since. Exact once no hop is in flight.
    ///
    /// Two of them give what happened in between ([`Report::since`]):
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// let guard = tollbridge::builder().without_files().with_summary(tollbridge::Summary::Off).init();
    /// let before = guard.report().expect("armed");
    /// # runtime.block_on(async {
    /// tollbridge::task::spawn_blocking(|| "what is to be looked at").await.unwrap();
    /// # });
    /// let during = guard.report().expect("armed").since(&before)?;
    /// assert_eq!(during.outcomes.joined, 1);
    /// # Ok::<(), tollbridge::report::SinceError>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        self.0.as_ref().filter(|active| !active.capture.is_forked()).map(|active| active.capture.report())
    }

    /// Returns the folder that the report is written into, an absolute path. `None` if no files are written, and until the file system has
    /// made it, where that took longer than `init` waits.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.0.as_ref()?.checkpoints.as_ref()?.folder()
    }

    /// Returns the time from one checkpoint to the next, as it is now; `None` if no files are written.
    ///
    /// A process that is killed loses at most what it did in this time and in that of writing a checkpoint. It is 10 ms at first and doubles
    /// up to [`CHECKPOINT_INTERVAL`](crate::CHECKPOINT_INTERVAL); a checkpoint that costs more than 9 ms of CPU time or 4.5 MB is followed by a longer
    /// one, 100 times its CPU time or its size at 5 MB a second, so that checkpoints take at most 1 % of a processor.
    #[must_use]
    pub fn checkpoint_interval(&self) -> Option<Duration> {
        self.0.as_ref()?.checkpoints.as_ref().map(Checkpoints::gap)
    }

    /// Ends the capture as dropping does, and returns its report; `None` if inert.
    #[must_use = "to end a capture for its summary alone, drop the guard"]
    pub fn finish(mut self) -> Option<Report> {
        self.end()
    }

    fn end(&mut self) -> Option<Report> {
        let Active { capture, checkpoints, summary, .. } = self.0.take()?;
        if capture.is_forked() {
            // Its thread is not here, and the folder is the other process's.
            std::mem::forget(checkpoints);
            if capture.forget() {
                forked::complain();
            }
            return None;
        }
        let report = capture.finish();
        let written = checkpoints.map(|checkpoints| checkpoints.finish(&report)).transpose();
        summary::print(summary, &report, written.as_ref());
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
