//! What to arm, chosen in code.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use tollbridge_instrument::names::{Arm, Detail};
use tollbridge_instrument::record::{self, Capture, Settings};

use super::checkpoint::Checkpoints;
use super::environment::Environment;
use super::error::Error;
use super::guard::Guard;
use super::place::Place;
use super::stderr;
use super::summary::Summary;
use super::timeline::MAX_TIMELINE;
use super::words::BRIDGES;

/// Where each run's own folder is made by default: below the directory that is current at `init`.
pub const DEFAULT_OUT: &str = "tollbridge-out";

/// What to arm, chosen in code.
///
/// ```
/// use tollbridge::{Arm, Detail, Summary};
///
/// # let dir = std::env::temp_dir().join(format!("tollbridge-doc-{}", std::process::id()));
/// let guard = tollbridge::builder()
///     .with_detail(Detail::Locks)
///     .with_compare(&[Arm::Native, Arm::Snapshot, Arm::Naive])
///     .with_out(&dir)
///     .with_summary(Summary::Off)
///     .init();
/// // ... the app ...
/// let report = guard.finish().expect("nothing else is armed");
/// assert_eq!(report.dropped.total(), 0);
/// # std::fs::remove_dir_all(dir).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder arms nothing until `init`"]
pub struct Builder {
    /// Whether anything is to be armed at all.
    armed: bool,
    settings: Settings,
    /// `None`: no files.
    place: Option<Place>,
    /// How many runs of this executable are kept in the folder, this one included.
    keep: Option<NonZeroU32>,
    summary: Summary,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            armed: true,
            settings: Settings::default(),
            place: Some(Place::below(DEFAULT_OUT)),
            keep: None,
            summary: Summary::default(),
        }
    }

    /// What the environment asks for. Further settings override it, but for one thing: where the environment arms nothing,
    /// nothing is armed.
    ///
    /// # Errors
    /// [`Error::is_variable`] if a variable has a value that it cannot have.
    pub fn from_env() -> Result<Self, Error> {
        let environment = Environment::read()?;
        let mut builder = Self::new();
        let detail = environment.armed_detail();
        builder.armed = detail.is_some();
        builder.settings = environment.settings(detail.unwrap_or(builder.settings.detail));
        builder.summary = environment.summary.unwrap_or_default();
        if let Some(out) = environment.out {
            builder = builder.with_out(out);
        }
        builder.keep = environment.keep;
        Ok(builder)
    }

    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(&mut self.settings);
        self
    }

    /// Phases, or bridge locks and copies too. Default: [`Detail::Locks`].
    pub fn with_detail(self, detail: Detail) -> Self {
        self.set(|settings| settings.detail = detail)
    }

    /// The bridge of all hops. Default: [`Arm::Snapshot`].
    pub fn with_transfer(self, arm: Arm) -> Self {
        self.set(|settings| {
            settings.arms = vec![arm];
            settings.compare = false;
        })
    }

    /// Gives each hop one of these arms at random, and records a random half of the hops without bridge locks and copies,
    /// so that arms are compared on hops that carry the same probes. Default: no comparison.
    pub fn with_compare(self, arms: &[Arm]) -> Self {
        self.set(|settings| {
            settings.arms = arms.to_vec();
            settings.compare = true;
        })
    }

    /// Shows spans and events to the app's own subscriber too. Default: no.
    pub fn with_visible(self, visible: bool) -> Self {
        self.set(|settings| settings.visible = visible)
    }

    /// Runs each job in the `tracing` span that its caller was in, as many apps write by hand; also jobs of
    /// [`wrap`](crate::task::wrap). Only while armed. It changes what precedes the lines that a job logs, which is why the
    /// default is no.
    pub fn propagate_span(self, propagate: bool) -> Self {
        self.set(|settings| settings.propagate = propagate)
    }

    /// Keeps this many hops whole, drawn at random, and in addition the longest, a tenth as many: with all their moments and threads,
    /// for `tollbridge export --to chrome`. At most [`MAX_TIMELINE`]. Default: 0, none.
    pub fn with_timeline(self, hops: u32) -> Self {
        self.set(|settings| settings.timeline = hops.min(MAX_TIMELINE))
    }

    /// Counts a hop as stuck once it has been in flight for this long; at least 1 ms. Default:
    /// [`DEFAULT_STUCK`](crate::DEFAULT_STUCK).
    pub fn with_stuck(self, stuck: Duration) -> Self {
        self.set(|settings| settings.stuck = stuck.max(Duration::from_millis(1)))
    }

    /// Makes the run's own folder, `EXE-PID-TIME`, in this one. Default: [`DEFAULT_OUT`]. A relative path starts at the
    /// directory that is current at `init`; changing the directory later moves nothing.
    pub fn with_out(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = Some(Place::below(folder));
        self
    }

    /// Keeps the folders of this many runs of this executable, this one included (at least 1), in the folder of [`with_out`](Self::with_out). The oldest
    /// that have ended go, at `init` and after it. One that holds anything but its report stays. So does that of a process that may still run, here or on another
    /// host that shares the folder: a run that was not ended by its guard goes once its report is 10 minutes old. Default: all are kept. Has no effect with
    /// [`with_exact_folder`](Self::with_exact_folder).
    pub fn with_keep(mut self, runs: u32) -> Self {
        self.keep = Some(NonZeroU32::new(runs).unwrap_or(NonZeroU32::MIN));
        self
    }

    /// Shows source paths without what they say of the machine that built the app, such as its user's home: `tokio-1.41.0/src/fs/read.rs`,
    /// `svc/src/main.rs`. In the report and in the app's log. Sites whose paths become equal are one site. Default: paths are as the compiler
    /// names them.
    pub fn with_short_paths(self, short: bool) -> Self {
        self.set(|settings| settings.short_paths = short)
    }

    /// Writes `report.json` right into this folder, over that of an earlier run.
    pub fn with_exact_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = Some(Place::Exactly(folder.into()));
        self
    }

    /// Writes no files.
    pub fn without_files(mut self) -> Self {
        self.place = None;
        self
    }

    /// What the guard prints. Default: [`Summary::Auto`].
    pub fn with_summary(mut self, summary: Summary) -> Self {
        self.summary = summary;
        self
    }

    /// Arms. Prints what is wrong on stderr, once: a folder that cannot be written then costs the files only, anything else
    /// gives an inert guard. Waits at most 200 ms for the file system.
    #[must_use = "the capture ends when the guard is dropped: give it a name, not `let _ =`"]
    pub fn init(self) -> Guard {
        let summary = self.summary;
        let armed = match self.arm() {
            Ok(armed) => armed,
            Err(error) => {
                stderr::complain(&format!("{error}; this guard records nothing"));
                return Guard::inert();
            }
        };
        armed.map_or_else(Guard::inert, |(capture, checkpoints)| {
            let checkpoints = checkpoints.unwrap_or_else(|error| {
                stderr::complain(&format!("{error}; measuring without files"));
                None
            });
            Guard::of(capture, checkpoints, summary)
        })
    }

    /// Arms. The first time in a process the clock is calibrated, for some 5 ms. Waits at most 200 ms for the file system; where that has not answered
    /// by then, the guard records all the same, and stderr says so.
    ///
    /// # Errors
    /// [`Error::is_armed`] if another guard is; [`Error::is_folder`] if the folder cannot be made or written.
    pub fn try_init(self) -> Result<Guard, Error> {
        let summary = self.summary;
        let Some((capture, checkpoints)) = self.arm()? else { return Ok(Guard::inert()) };
        Ok(Guard::of(capture, checkpoints?, summary))
    }

    /// Arms, and begins to write if anything is to be written; `None` if nothing is to be armed.
    fn arm(self) -> Result<Option<Started>, Error> {
        let Self { armed, settings, place, keep, .. } = self;
        if !armed {
            record::decide_off();
            return Ok(None);
        }
        if settings.arms.is_empty() || !settings.arms.iter().all(|arm| BRIDGES.contains(arm)) {
            return Err(Error::arms());
        }
        if settings.visible {
            super::warn_of_compiled_out_levels(settings.detail);
        }
        let capture = record::arm(settings).ok_or_else(Error::armed)?;
        let start = |place: Place| -> Result<Checkpoints, Error> {
            let strays = place.is_strayed();
            let checkpoints = Checkpoints::start(place.keeping(keep).fixed()?, capture.reporter())?;
            if strays {
                stderr::complain(&format!(
                    "the output folder is relative and the current directory is `/`, so the report goes to {}; set \
                     TOLLBRIDGE_OUT to choose another folder",
                    checkpoints.path().display()
                ));
            }
            Ok(checkpoints)
        };
        let checkpoints = place.map(start).transpose();
        Ok(Some((capture, checkpoints)))
    }
}

/// A capture, and what writes it, if anything is to be written.
type Started = (Capture, Result<Option<Checkpoints>, Error>);
