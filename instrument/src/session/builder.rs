//! What to arm, chosen in code.

use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::names::{Arm, Detail};
use crate::record::{self, Capture, Settings};

use super::checkpoint::Checkpoints;
use super::environment::Environment;
use super::error::Error;
use super::guard::Guard;
use super::host::Host;
use super::place::Place;
use super::stderr;
use super::summary::Summary;
use super::timeline::MAX_TIMELINE;
use super::words::BRIDGES;

/// The folder in which each run makes its own folder by default. It is below the directory that is current at `init`.
pub const DEFAULT_OUT: &str = "tollbridge-out";

/// Chooses in code what to record.
///
/// ```
/// use tollbridge_instrument::names::{Arm, Detail};
/// use tollbridge_instrument::session::{Alone, Builder, Summary};
///
/// # let dir = std::env::temp_dir().join(format!("tollbridge-doc-{}", std::process::id()));
/// let guard = Builder::<Alone>::new()
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
pub struct Builder<H> {
    /// Whether anything is to be armed at all.
    armed: bool,
    settings: Settings,
    /// `None`: no files.
    place: Option<Place>,
    /// How many runs of this executable are kept in the folder, this one included.
    keep: Option<NonZeroU32>,
    summary: Summary,
    /// Whether a run without a job leaves nothing, since nobody asked for a report.
    unasked: bool,
    host: PhantomData<H>,
}

impl<H: Host> Default for Builder<H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: Host> Builder<H> {
    /// Returns a builder that records all, with default settings.
    pub fn new() -> Self {
        Self {
            armed: true,
            settings: Settings::default(),
            place: Some(Place::below(DEFAULT_OUT)),
            keep: None,
            summary: Summary::default(),
            unasked: false,
            host: PhantomData,
        }
    }

    /// Returns a builder with the settings that the environment asks for.
    ///
    /// Further settings override these, with one exception: if the environment does not turn recording on, it stays off.
    ///
    /// # Errors
    /// [`Error::is_variable`] if a variable has an invalid value.
    pub fn from_env() -> Result<Self, Error> {
        Ok(Self::of(Environment::read()?, None))
    }

    /// What the environment asks for. `unasked`: what is recorded where it says nothing.
    pub(super) fn of(environment: Environment, unasked: Option<Detail>) -> Self {
        let mut builder = Self::new();
        let detail = environment.armed_detail().or(unasked.filter(|_| !environment.off));
        builder.armed = detail.is_some();
        builder.settings = environment.settings(detail.unwrap_or(builder.settings.detail));
        builder.summary = environment.summary.unwrap_or_default();
        if let Some(out) = environment.out {
            builder = builder.with_out(out);
        }
        builder.keep = environment.keep;
        builder.unasked = unasked.is_some();
        builder
    }

    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(&mut self.settings);
        self
    }

    /// Records phases alone, or bridge locks and copies too. Default: [`Detail::Locks`].
    pub fn with_detail(self, detail: Detail) -> Self {
        self.set(|settings| settings.detail = detail)
    }

    /// Uses this bridge for all hops. Default: [`Arm::Snapshot`].
    pub fn with_transfer(self, arm: Arm) -> Self {
        self.set(|settings| {
            settings.arms = vec![arm];
            settings.bridges_all = true;
            settings.compare = false;
        })
    }

    /// Gives each hop one of these arms at random, to compare them. Default: no comparison.
    ///
    /// A random half of the hops is recorded without bridge locks and copies, so that arms are compared on hops with the same probes.
    pub fn with_compare(self, arms: &[Arm]) -> Self {
        self.set(|settings| {
            settings.arms = arms.to_vec();
            settings.bridges_all = true;
            settings.compare = true;
        })
    }

    /// Sets whether the app's own subscriber sees spans and events too. Default: no.
    pub fn with_visible(self, visible: bool) -> Self {
        self.set(|settings| settings.visible = visible)
    }

    /// Sets whether each job runs in the `tracing` span that its caller was in, as many apps write by hand. Default: no.
    ///
    /// This includes jobs of `tollbridge::task::wrap`, and applies only while recording is on. It changes the span context of the lines that a job
    /// logs, so it is off by default.
    pub fn propagate_span(self, propagate: bool) -> Self {
        self.set(|settings| settings.propagate = propagate)
    }

    /// Keeps this many hops whole, for `tollbridge export --to chrome`. At most [`MAX_TIMELINE`]. Default: 0, none.
    ///
    /// The hops are drawn at random. The longest hops, a tenth as many, are kept in addition. Each has all its moments and threads.
    pub fn with_timeline(self, hops: u32) -> Self {
        self.set(|settings| settings.timeline = hops.min(MAX_TIMELINE))
    }

    /// Counts a hop as stuck once it has been in flight for this long, at least 1 ms. Default:
    /// [`DEFAULT_STUCK`](crate::record::DEFAULT_STUCK).
    pub fn with_stuck(self, stuck: Duration) -> Self {
        self.set(|settings| settings.stuck = stuck.max(Duration::from_millis(1)))
    }

    /// Sets whether backtraces are sampled of calls that are not the app's own, to name their callers. Default: yes.
    ///
    /// This needs the feature `callers`, and has no effect on systems other than Unix.
    pub fn with_callers(self, callers: bool) -> Self {
        self.set(|settings| settings.callers = callers)
    }

    /// Makes the run's own folder, `EXE-PID-TIME`, in this folder. Default: [`DEFAULT_OUT`].
    ///
    /// A relative path starts at the directory that is current at `init`. Changing the directory later moves nothing.
    pub fn with_out(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = Some(Place::below(folder));
        self
    }

    /// Keeps the folders of this many runs of this executable, this run included (at least 1), in the folder of [`with_out`](Self::with_out). Default: all are
    /// kept.
    ///
    /// The oldest runs that have ended are removed, at `init` and after it. A folder that holds anything except its report stays. The folder of a process that may
    /// still run, here or on another host that shares the folder, stays too. A run that was not ended by its guard is removed once its report is 10 minutes old.
    /// This has no effect with [`with_exact_folder`](Self::with_exact_folder).
    pub fn with_keep(mut self, runs: u32) -> Self {
        self.keep = Some(NonZeroU32::new(runs).unwrap_or(NonZeroU32::MIN));
        self
    }

    /// Sets whether source paths are shortened, so that they do not name folders of the machine that built the app. Default: paths are as the compiler names them.
    ///
    /// Short paths look like `tokio-1.41.0/src/fs/read.rs` and `svc/src/main.rs`, without the home of the user, in the report and in the app's log. Sites whose paths
    /// become equal are one site.
    pub fn with_short_paths(self, short: bool) -> Self {
        self.set(|settings| settings.short_paths = short)
    }

    /// Writes `report.json` directly into this folder, and replaces the one of an earlier run.
    pub fn with_exact_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = Some(Place::Exactly(folder.into()));
        self
    }

    /// Writes no files.
    pub fn without_files(mut self) -> Self {
        self.place = None;
        self
    }

    /// Sets what the guard prints. Default: [`Summary::Auto`].
    pub fn with_summary(mut self, summary: Summary) -> Self {
        self.summary = summary;
        self
    }

    /// Turns recording on. Waits at most 200 ms for the file system.
    ///
    /// If something is wrong, this prints it on stderr, once. If the folder cannot be written, the guard records without files. After any other error the
    /// guard is inert.
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
            Guard::of(capture, checkpoints, summary, H::screen)
        })
    }

    /// Turns recording on, or returns why it cannot.
    ///
    /// The first time in a process, this calibrates the clock for about 5 ms. It waits at most 200 ms for the file system. If the file system has not answered
    /// by then, the guard records all the same, and a line on stderr says so.
    ///
    /// # Errors
    /// [`Error::is_armed`] if another guard is recording; [`Error::is_folder`] if the folder cannot be made or written.
    pub fn try_init(self) -> Result<Guard, Error> {
        let summary = self.summary;
        let Some((capture, checkpoints)) = self.arm()? else { return Ok(Guard::inert()) };
        Ok(Guard::of(capture, checkpoints?, summary, H::screen))
    }

    /// Arms, and begins to write if anything is to be written; `None` if nothing is to be armed.
    fn arm(self) -> Result<Option<Started>, Error> {
        let Self { armed, settings, place, keep, unasked, .. } = self;
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
        H::armed();
        let start = |place: Place| -> Result<Checkpoints, Error> {
            let strays = place.is_strayed();
            let checkpoints = Checkpoints::start(place.keeping(keep).fixed()?, capture.reporter(), unasked)?;
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
