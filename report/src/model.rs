//! The report, and what it says of its processes. Durations are in ns; every map and list is sorted, so equal reports are equal files.

use std::collections::BTreeMap;

use super::blocks::Blocks;
use super::callers::Caller;
use super::derived::{ArmReport, Contrast, Interval, SiteReport, SpanMeans};
use super::group::{HopGroup, Outcomes, SpanReport};
use super::live::Live;
use super::pool::{Observed, Pool, RuntimePool, Sequence, SiteCpu};
use super::tasks::TaskSite;
use super::written::written;
use super::{Distribution, Timeline};
use crate::names::{Arm, Detail};

/// Everything that a capture knows.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Report {
    /// Version of the file's format: [`super::FORMAT`].
    pub format: u32,
    /// What wrote it: name and version.
    pub tool: String,
    /// The processes that it tells of.
    pub processes: Vec<Process>,
    /// What was asked for; `None` once reports of different settings were merged: see [`Report::settings_of`].
    pub settings: Option<Settings>,
    /// The clock and its floors; `None` if unknown (a log) or once reports of different clocks were merged.
    pub clock: Option<Clock>,
    /// What the probes cost.
    pub observer: Observer,
    /// What could not be recorded. All zero in ordinary runs.
    pub dropped: Dropped,
    /// How the hops ended.
    pub outcomes: Outcomes,
    /// The blocking pools together, as far as tollbridge's jobs show them.
    pub pool: Pool,
    /// The same by runtime, in the order of their numbers; empty where that is not known (a log, an older report).
    #[cfg_attr(feature = "read", serde(default))]
    pub pools: Vec<RuntimePool>,
    /// How many jobs the pools ran, whoever called them; `None` where only tollbridge's own calls are seen: without a copy of tokio and without the layer,
    /// from a log, in an older report, and once reports were merged of which one has none.
    #[cfg_attr(feature = "read", serde(default))]
    pub observed: Option<Observed>,
    /// What was in flight when the report was taken; `None` from a log, in an older report, and once reports were merged.
    #[cfg_attr(feature = "read", serde(default))]
    pub live: Option<Live>,
    /// Primary: CPU time of a sample of the jobs, by site and job.
    #[cfg_attr(feature = "read", serde(default))]
    pub cpu: Vec<SiteCpu>,
    /// Primary: which sites' hops tasks call soon after which, sorted.
    #[cfg_attr(feature = "read", serde(default))]
    pub sequences: Vec<Sequence>,
    /// Primary: what tasks do with the pool in their lives, by where they were spawned, sorted; empty without a copy of tokio (`cargo tollbridge`).
    #[cfg_attr(feature = "read", serde(default))]
    pub tasks: Vec<TaskSite>,
    /// Primary: who called the sites that are not the app's own, as sampled backtraces tell, sorted. Empty where they were not looked at.
    #[cfg_attr(feature = "read", serde(default))]
    pub callers: Vec<Caller>,
    /// Backtraces that found no room among them.
    #[cfg_attr(feature = "read", serde(default))]
    pub callers_lost: u64,
    /// Derived: per arm, over all sites.
    #[cfg_attr(feature = "read", serde(skip_deserializing))]
    pub arms: BTreeMap<Arm, ArmReport>,
    /// Derived: differences between arms.
    #[cfg_attr(feature = "read", serde(skip_deserializing))]
    pub contrast: Vec<Contrast>,
    /// Derived: per site, job and arm, most total overhead first.
    #[cfg_attr(feature = "read", serde(skip_deserializing))]
    pub sites: Vec<SiteReport>,
    /// Derived: means of the spans outside hops, less what looking at them cost; in their order.
    #[cfg_attr(feature = "read", serde(skip_deserializing))]
    pub span_means: Vec<SpanMeans>,
    /// Primary: hops that are alike, added up.
    pub groups: Vec<HopGroup>,
    /// Primary: spans outside any hop (other people's, `wrap_future`, the public mutex).
    pub spans: Vec<SpanReport>,
    /// Primary: sums per stretch of time, one series a process; the intervals come from these.
    pub blocks: Vec<Blocks>,
    /// Primary: whole hops; `None` if none were to be kept.
    pub timeline: Option<Timeline>,
}

impl Report {
    /// What a process of this report was asked for; `None` where that is not known.
    #[must_use]
    pub fn settings_of<'a>(&'a self, process: &'a Process) -> Option<&'a Settings> {
        self.settings.as_ref().or(process.settings.as_ref())
    }
}

/// One process.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Process {
    /// File name of its executable.
    pub exe: String,
    /// Process id.
    pub pid: u32,
    /// When the capture began: ms since 1970.
    pub started_unix_ms: u64,
    /// How long it had lasted when the report was taken.
    pub duration_ns: u64,
    /// Whether the capture had ended; false in a checkpoint.
    pub complete: bool,
    /// CPU time; `None` from a log, in an older report, and where the system does not tell.
    #[cfg_attr(feature = "read", serde(default))]
    pub cpu: Option<ProcessCpu>,
    /// What was asked for, in a sum of processes of which not all were asked the same; otherwise `None`, and [`Report::settings`] holds it.
    /// `None` too where that is not known: older versions lost it in such a sum.
    #[cfg_attr(feature = "read", serde(default))]
    pub settings: Option<Settings>,
}

/// CPU time of a process while its capture lasted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct ProcessCpu {
    /// Processors that the process may use.
    pub processors: u32,
    /// CPU time of all its threads, in ns.
    pub cpu_ns: u64,
    /// How long its threads were ready to run and waited for a processor, added up, in ns. A lower bound: of a thread that
    /// ended, the last stretch is missing. `None` where the system does not tell (Linux does).
    pub wait_ns: Option<u64>,
    /// What the whole machine did meanwhile; `None` where the system does not tell (Linux does).
    pub machine: Option<Machine>,
}

/// What a machine did while a capture lasted, over all its processors, in ns. To 10 ms, as Linux counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Machine {
    /// Time that processors worked, for whichever process.
    pub busy_ns: u64,
    /// Time that they did not.
    pub idle_ns: u64,
    /// Time that a virtual machine's processors wanted to work and its host did not let them.
    pub stolen_ns: u64,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Settings {
    /// Phases only, or bridge locks and copies too.
    pub detail: Detail,
    /// The arms that hops were given at random; one of them if nothing was compared.
    pub arms: Vec<Arm>,
    /// Whether the app's own subscriber saw spans and events too (`RUST_LOG`). Durations then contain its work.
    pub visible: bool,
}

/// The clock that made the stamps.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Clock {
    /// `tsc`, `cntvct`, `instant` or `mock`.
    pub source: String,
    /// Ticks per ns.
    pub ticks_per_ns: f64,
    /// Smallest step between two readings.
    pub grain_ns: f64,
    /// Mean length of an empty span between two plain readings, warm: the floor of phases.
    pub floor_ns: f64,
    /// Mean length of an empty span between two ordered readings, warm: the floor of lock and copy spans.
    pub ordered_floor_ns: f64,
    /// Stamps of different threads that disagreed about order and were corrected.
    pub corrected: u64,
}

impl Clock {
    /// Returns whether the processor's own counter made the stamps, so that its rate says something about the machine.
    #[must_use]
    pub fn is_counter(&self) -> bool {
        matches!(self.source.as_str(), "tsc" | "cntvct")
    }
}

/// What being looked at cost.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Observer {
    /// Mean cost of one empty recorded span, warm. `None` in a report that was read back from a log.
    pub span_ns: Option<f64>,
    /// Mean length of one empty span of somebody else, entered and left, warm. `None` if it was not measured:
    /// [`Clock::floor_ns`] is then taken for it.
    pub entered_floor_ns: Option<f64>,
    /// Mean cost of one, warm. `None` if it was not measured: `span_ns` is then taken for it.
    pub entered_span_ns: Option<f64>,
    /// Lengths of empty spans inside real hops: the floor in place.
    pub in_situ_span_ns: Distribution,
    /// Derived: how much longer a detailed hop takes than a coarse one. `None` if all were alike.
    #[cfg_attr(feature = "read", serde(skip_deserializing))]
    pub detailed_minus_coarse_ns: Option<Interval>,
}

/// What could not be recorded, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Dropped {
    /// Hops that found no room in their thread's journal, or for a group of their own.
    pub hops: u64,
    /// Spans for which there was no room.
    pub spans: u64,
    /// Hops of sites beyond the cap; they are counted under `<other>`.
    pub sites: u64,
    /// Values that are in the sums but found no room in a histogram.
    pub histogram_values: u64,
    /// Values beyond a histogram's range (2^42 ns); they are in the sums and in its last bucket.
    pub outliers: u64,
    /// Lines of a log that name a hop and could not be read, a torn last line among them.
    pub lines: u64,
    /// Pool threads beyond the cap: what they are busy with is not in [`Pool::busy_ns`] and [`Live`].
    #[cfg_attr(feature = "read", serde(default))]
    pub threads: u64,
    /// Hops of tasks that could not be followed: beyond the cap on those at once, or spawned before recording began, or long before they called a hop. They
    /// are counted and timed, but not in [`Report::tasks`].
    #[cfg_attr(feature = "read", serde(default))]
    pub tasks: u64,
}

impl Dropped {
    /// All that was lost: hops of [`sites`](Self::sites) beyond the cap are not, they are counted under `<other>`, nor those of [`tasks`](Self::tasks).
    #[must_use]
    pub fn total(&self) -> u64 {
        self.hops + self.spans + self.histogram_values + self.outliers + self.lines + self.threads
    }
}

written!(Report {
    format,
    tool,
    processes,
    settings,
    clock,
    observer,
    dropped,
    outcomes,
    pool,
    pools,
    observed,
    live,
    cpu,
    sequences,
    tasks,
    callers,
    callers_lost,
    arms,
    contrast,
    sites,
    span_means,
    groups,
    spans,
    blocks,
    timeline
});
written!(Process { exe, pid, started_unix_ms, duration_ns, complete, cpu, settings });
written!(ProcessCpu { processors, cpu_ns, wait_ns, machine });
written!(Machine { busy_ns, idle_ns, stolen_ns });
written!(Settings { detail, arms, visible });
written!(Clock { source, ticks_per_ns, grain_ns, floor_ns, ordered_floor_ns, corrected });
written!(Observer { span_ns, entered_floor_ns, entered_span_ns, in_situ_span_ns, detailed_minus_coarse_ns });
written!(Dropped { hops, spans, sites, histogram_values, outliers, lines, threads, tasks });
