//! The thread that writes: a whole report in a file at any time, and the last one. Nothing else of tollbridge touches a disk while the app
//! runs, so that a file system that does not answer holds up nobody.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::clock::cpu;
use crate::record::Reporter;
use crate::report::Report;

use super::changes::Written;
use super::error::Error;
use super::folder::{self, Folder};
use super::keep::{self, Pruning};
use super::left::Mark;
use super::pace::{Cost, Gap, Pace};
use super::place::Place;

/// To measure what recording costs takes one part in this many of the time, at most: 0.3 ms at each checkpoint, if optimised.
const MEASURING: u32 = 1_000;

/// So many entries and old runs are looked at before `init` goes on, and as many more as take [`AT_ONCE_FOR`]: a service that crashes at once comes no
/// further. The rest follows between checkpoints. An unasked run does so when it ends.
const AT_ONCE: usize = 64;
const AT_ONCE_FOR: Duration = Duration::from_millis(20);

/// What the thread and the guard both see.
#[derive(Debug)]
pub(super) struct Seen {
    /// The folder, once it is made.
    pub(super) folder: OnceLock<PathBuf>,
    pub(super) gap: Gap,
    /// The last report is there, so that the one at hand need not be finished.
    pub(super) ends: AtomicBool,
    /// Whether the guard has given the thread up.
    pub(super) mark: Mark,
}

/// What the thread says once the first checkpoint is written.
#[derive(Debug)]
pub(super) struct Begun {
    /// How many runs of this executable are in the folder, if it is worth saying.
    pub(super) many_runs: Option<usize>,
}

/// What the thread has.
pub(super) struct Writer {
    place: Place,
    reporter: Reporter,
    seen: Arc<Seen>,
    folder: Option<Folder>,
    written: Option<Written>,
    /// What the checkpoint at hand has written, or would have: on a full disk too it is paid for.
    bytes: u64,
    /// Old runs that are to go.
    pruning: Option<Pruning>,
    /// Whether this run leaves nothing if it has no job.
    unasked: bool,
    pace: Pace,
    /// When to measure again what recording costs.
    measures_at: Option<Instant>,
}

impl Writer {
    /// `unasked`: nobody asked for a report of this run, so it leaves one only if it has a job.
    pub(super) fn new(place: Place, reporter: Reporter, unasked: bool, seen: Arc<Seen>) -> Self {
        Self {
            place,
            reporter,
            seen,
            folder: None,
            written: None,
            bytes: 0,
            pruning: None,
            unasked,
            pace: Pace::new(),
            measures_at: None,
        }
    }

    /// Writes until the last report has come, or nobody is there to send one.
    pub(super) fn run(
        self,
        begun: &Sender<Result<Begun, Error>>,
        last: &Receiver<Option<Vec<u8>>>,
        done: &Sender<Result<(), Error>>,
    ) {
        /// Also where it panics.
        struct Ends(Arc<Seen>);
        impl Drop for Ends {
            fn drop(&mut self) {
                self.0.mark.end();
            }
        }
        let _ends = Ends(Arc::clone(&self.seen));
        self.write_until_last(begun, last, done);
    }

    fn write_until_last(
        mut self,
        begun: &Sender<Result<Begun, Error>>,
        last: &Receiver<Option<Vec<u8>>>,
        done: &Sender<Result<(), Error>>,
    ) {
        let first = self.begin();
        if let (Err(_), Some(folder)) = (&first, &self.folder) {
            folder.take_back();
        }
        // Who waited for it may have given up.
        let _ = begun.send(first);
        let mut cost = Cost::default();
        loop {
            let gap = self.pace.gap(cost);
            self.seen.gap.set(gap);
            let begun = Instant::now();
            self.prune(|| begun.elapsed() < gap);
            match last.recv_timeout(gap.saturating_sub(begun.elapsed())) {
                Err(RecvTimeoutError::Timeout) => cost = self.checkpoint(),
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(None) => {
                    if let Some(folder) = &self.folder {
                        folder.discard();
                    }
                    // The same.
                    let _ = done.send(Ok(()));
                    return;
                }
                Ok(Some(text)) => {
                    let stored = self.folder().and_then(|folder| folder.store(&text));
                    if self.unasked && stored.is_ok() {
                        // It may have been too short for a checkpoint with a job in it.
                        self.prune_from_now();
                        self.prune_at_once();
                    }
                    // The same.
                    let _ = done.send(stored);
                    return;
                }
            }
        }
    }

    /// The folder and a first checkpoint, so that a folder that cannot be written is found now.
    fn begin(&mut self) -> Result<Begun, Error> {
        self.folder()?;
        self.write(self.reporter.activity(), &self.reporter.primary())?;
        self.prune_at_once();
        let mut many_runs = None;
        if let Place::Below { base, keep: None } = &self.place {
            let runs = keep::count(base, folder::executable());
            many_runs = Some(runs).filter(|&runs| runs > keep::MANY);
        }
        Ok(Begun { many_runs })
    }

    /// Old runs may go from now on: this one leaves a report, which takes the place of theirs.
    fn prune_from_now(&mut self) {
        if let (Place::Below { base, keep: Some(most) }, Some(folder), None) =
            (&self.place, &self.folder, &self.pruning)
        {
            self.pruning = Some(Pruning::new(base, folder::executable(), *most, folder.path()));
        }
    }

    /// Removes the first few old runs, while somebody waits.
    fn prune_at_once(&mut self) {
        if let Some(pruning) = &mut self.pruning {
            let (mut steps, begun) = (0, Instant::now());
            pruning.go_on(|| {
                steps += 1;
                steps <= AT_ONCE || begun.elapsed() < AT_ONCE_FOR
            });
        }
    }

    /// Goes on with the removal of old runs for as long as there is time, until the last report is there.
    fn prune(&mut self, has_time: impl Fn() -> bool) {
        if let Some(pruning) = &mut self.pruning {
            // ORDERING: relaxed; the last report itself comes by a channel.
            pruning.go_on(|| !self.seen.ends.load(Ordering::Relaxed) && has_time());
        }
    }

    /// The folder, made if there has been none yet.
    fn folder(&mut self) -> Result<Folder, Error> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let folder = Folder::make(&self.place)?;
        self.seen.folder.get_or_init(|| folder.path().to_owned());
        self.folder = Some(folder.clone());
        Ok(folder)
    }

    /// Writes a checkpoint, if it would say anything new. Nothing is printed while the app runs, so an error is nobody's. What is wrong
    /// may be over soon; the last report is tried whatever became of this one, and the summary says how that went.
    fn checkpoint(&mut self) -> Cost {
        self.bytes = 0;
        // Has a pace of its own, which is not that of checkpoints.
        if self.pace.is_regular() && self.reporter.name_callers() {
            self.written = None;
        }
        let (_, cpu) = timed(|| if self.is_quiet() { Ok(()) } else { self.write_news() });
        Cost { cpu, bytes: self.bytes }
    }

    /// The first few are written in any case: small, and a sign of life.
    fn is_quiet(&self) -> bool {
        let activity = self.reporter.activity();
        self.pace.is_regular() && self.is_there() && self.written.as_ref().is_some_and(|last| last.is_quiet(activity))
    }

    fn is_there(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.report().exists())
    }

    fn write_news(&mut self) -> Result<(), Error> {
        // The app has just started, and its first hops are not to wait for measurements.
        if self.pace.is_regular() {
            self.measure_costs();
            self.reporter.read_processors();
        }
        let activity = self.reporter.activity();
        let report = self.reporter.primary();
        let is_said = self.written.as_ref().is_some_and(|last| last.says_all_of(activity, &report));
        if self.pace.is_regular() && is_said && self.is_there() {
            return Ok(());
        }
        self.write(activity, &report)
    }

    fn measure_costs(&mut self) {
        let now = Instant::now();
        if self.measures_at.is_none_or(|at| at <= now) {
            let ((), took) = timed(|| self.reporter.measure_costs());
            self.measures_at = now.checked_add(took.saturating_mul(MEASURING));
        }
    }

    fn write(&mut self, activity: u64, report: &Report) -> Result<(), Error> {
        let folder = self.folder()?;
        let mut text = Text { bytes: Vec::new(), ends: &self.seen.ends };
        report.write_primary_json(&mut text).map_err(|error| Error::folder(folder.path(), error))?;
        self.bytes = text.bytes.len() as u64;
        folder.store(&text.bytes)?;
        self.written = Some(Written::new(activity, report));
        if !self.unasked || report.outcomes.submitted > 0 {
            self.prune_from_now();
        }
        Ok(())
    }
}

/// What `f` gives, and the CPU time that it took; where that is not known, the time that passed.
fn timed<R>(f: impl FnOnce() -> R) -> (R, Duration) {
    let (begun, used) = (Instant::now(), cpu::thread());
    let result = f();
    let used = used.zip(cpu::thread()).map(|(before, now)| Duration::from_nanos(now.saturating_sub(before)));
    (result, used.unwrap_or_else(|| begun.elapsed()))
}

/// A report's text, for as long as it is of use.
struct Text<'a> {
    bytes: Vec<u8>,
    ends: &'a AtomicBool,
}

impl std::io::Write for Text<'_> {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        // ORDERING: relaxed; the last report itself comes by a channel.
        if self.ends.load(Ordering::Relaxed) {
            return Err(ErrorKind::Other.into());
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
