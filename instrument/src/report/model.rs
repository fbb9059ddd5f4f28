//! The report's data types. Durations are in ns; every map and list is sorted, so equal reports are equal files.

use std::collections::BTreeMap;

use super::live::Live;
use super::written::written;
use super::{Distribution, Timeline};
use crate::names::{Arm, Detail, LockOp, Outcome, Phase, SpanKind, StartKind};

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
    /// What was under way when the report was taken; `None` from a log, in an older report, and once reports were merged.
    #[cfg_attr(feature = "read", serde(default))]
    pub live: Option<Live>,
    /// Primary: CPU time of a sample of the jobs, by site and job.
    #[cfg_attr(feature = "read", serde(default))]
    pub cpu: Vec<SiteCpu>,
    /// Primary: which sites' hops tasks call soon after which, sorted.
    #[cfg_attr(feature = "read", serde(default))]
    pub sequences: Vec<Sequence>,
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
    /// `tsc`, `instant` or `mock`.
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
}

impl Dropped {
    /// All that was lost: hops of [`sites`](Self::sites) beyond the cap are not, they are counted under `<other>`.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.hops + self.spans + self.histogram_values + self.outliers + self.lines + self.threads
    }
}

/// How hops ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Outcomes {
    /// All that were submitted. In a report from a log: all that ended.
    pub submitted: u64,
    /// The awaiter held the result.
    pub joined: u64,
    /// The awaiter held the panic.
    pub panicked: u64,
    /// The awaiter held the cancellation.
    pub cancelled: u64,
    /// The handle was dropped first.
    pub detached: u64,
    /// Not ended when the report was taken.
    pub in_flight: u64,
}

/// The blocking pool, as far as tollbridge's jobs show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Pool {
    /// Threads that ran a job during the capture.
    pub threads_seen: u64,
    /// Sum of the processes' capture lengths times their threads: what [`busy_ns`](Self::busy_ns) can be compared with.
    pub thread_ns: u64,
    /// How long these threads ran jobs of tollbridge's, however those ended, and those that still run up to now. `None` from a log and in
    /// an older report.
    #[cfg_attr(feature = "read", serde(default))]
    pub busy_ns: Option<u64>,
    /// CPU time of these threads; `None` where the system does not tell.
    #[cfg_attr(feature = "read", serde(default))]
    pub cpu_ns: Option<u64>,
    /// CPU time that a sample of them spent between two jobs: giving the outcome back, fetching the next job, sleeping and waking.
    /// What is above [`Between::MOST_NS`] belongs to a job that is not seen and is left out.
    #[cfg_attr(feature = "read", serde(default))]
    pub between: Between,
}

/// CPU time of pool threads between two seen jobs, for a sample of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Between {
    /// How many were looked at.
    pub count: u64,
    /// Their CPU time in ns, each counted up to [`MOST_NS`](Self::MOST_NS).
    pub cpu_ns: u64,
}

impl Between {
    /// What a pool thread needs between two jobs, at most: to park and to be woken takes 5 to 15 us of CPU time.
    pub const MOST_NS: u64 = 20_000;
}

/// The blocking pool of one runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct RuntimePool {
    /// Number of the runtime, counted up from 1 in its capture by when a job first ran on it; 0 where it is not known.
    pub runtime: u32,
    /// As in [`Pool`].
    pub threads_seen: u64,
    /// As in [`Pool`].
    pub thread_ns: u64,
    /// As in [`Pool`].
    pub busy_ns: u64,
}

/// CPU time of a sample of a site's jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct SiteCpu {
    /// `path:line:column`, or `<other>` beyond the cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
    /// How many jobs were looked at.
    pub jobs: u64,
    /// How long they ran, added up.
    pub run_ns: u64,
    /// CPU time that they used of that; the rest they waited.
    pub cpu_ns: u64,
}

/// Hops of one site that tasks call soon after one of another, or of the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Sequence {
    /// Site of the hop before.
    pub before_site: String,
    /// Its closure's type name.
    pub before_job: String,
    /// Site of the hop after it.
    pub site: String,
    /// Its closure's type name.
    pub job: String,
    /// How many hops: called by a task less than 2 ms after it called the one before or came back from it, and with no sign that it waited
    /// for anything else in between.
    pub hops: u64,
    /// How many of them less than 10 us after.
    pub in_a_row: u64,
    /// How many of them while the one before had not come back: the task has both in flight at once.
    #[cfg_attr(feature = "read", serde(default))]
    pub together: u64,
    /// Time in between, added up, in ns.
    pub gap_ns: u64,
}

/// What makes hops alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct GroupKey {
    /// `path:line:column`, or `<other>` beyond the cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
    /// How the outcomes crossed.
    pub arm: Arm,
    /// How much was recorded.
    pub detail: Detail,
    /// How they ended.
    pub outcome: Outcome,
}

/// Acquisitions of a bridge lock for one purpose.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct LockCount {
    /// Lengths of the acquisitions.
    pub ns: Distribution,
    /// How many were not free at the first try.
    pub contended: u64,
}

/// Hops that are alike, added up.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct HopGroup {
    /// What makes them alike.
    pub key: GroupKey,
    /// From `called` to `copied`; to the handle's end if not joined.
    pub hop_ns: Distribution,
    /// The overhead; joined hops only.
    pub overhead_ns: Distribution,
    /// The phases of joined hops; of others what is known: `transfer`, and of jobs that ran `reach` and `run`. A job may end after its
    /// handle, so of detached hops there may be fewer runs than hops.
    pub phases: BTreeMap<Phase, Distribution>,
    /// The `start` phase, by how the job got its thread.
    pub starts: BTreeMap<StartKind, Distribution>,
    /// Bridge locks, by purpose; detailed hops only.
    pub locks: BTreeMap<LockOp, LockCount>,
    /// State copies; detailed hops only.
    pub copies: Distribution,
    /// Bytes that they moved.
    pub copied_bytes: u64,
    /// How many were called in a row: by a task that less than 10 us before had called another hop, or come back from it. 0 in a
    /// report of a version that did not look.
    #[cfg_attr(feature = "read", serde(default))]
    pub in_a_row: u64,
    /// How many were called in a burst and not in a row: 10 us to 2 ms after the task called another hop or came back from it, and with
    /// no sign that it waited for anything else in between.
    #[cfg_attr(feature = "read", serde(default))]
    pub in_a_burst: u64,
    /// How many were the first that their task called, as far as is known.
    #[cfg_attr(feature = "read", serde(default))]
    pub first_of_task: u64,
    /// How many were called inside another job, on a thread of a pool.
    #[cfg_attr(feature = "read", serde(default))]
    pub nested: u64,
    /// How many ran on which runtime's pool, by its number as in [`RuntimePool`].
    #[cfg_attr(feature = "read", serde(default))]
    pub pools: BTreeMap<u32, u64>,
}

/// A span outside any hop.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct SpanReport {
    /// Names from the root to this span.
    pub path: Vec<String>,
    /// What it is about.
    pub kind: SpanKind,
    /// Enter to exit.
    pub ns: Distribution,
    /// For locks: how many were not free at the first try.
    pub contended: u64,
}

/// Means of a span outside any hop. How right they are is in `docs/truth.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanMeans {
    /// As in [`SpanReport`].
    pub path: Vec<String>,
    /// As in [`SpanReport`].
    pub kind: SpanKind,
    /// Spans right below it, for each of it.
    pub children_per_span: f64,
    /// Its length; corrected by its floor and by all that the spans below it cost.
    pub mean_ns: Mean,
    /// What its children leave of it; corrected by its floor and by what they cost outside their own lengths.
    pub self_ns: Mean,
}

/// Sums per stretch of time of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Blocks {
    /// Length of a block.
    pub length_ns: u64,
    /// The series, by arm and detail.
    pub series: Vec<BlockSeries>,
    /// What went on when; `None` in an older report.
    #[cfg_attr(feature = "read", serde(default))]
    pub stretches: Option<Stretches>,
}

/// What went on in each stretch of time of one process. A job's time is in all the stretches in which it lies, so that divided by a stretch's
/// length these are means of what there was: never more busy threads than threads. All hops, however they ended, and those in
/// flight up to the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Stretches {
    /// Length of a stretch.
    pub length_ns: u64,
    /// From when on this was looked at, in ns since the capture began: 0, but for what happened between two reports.
    pub from_ns: u64,
    /// Up to when.
    pub to_ns: u64,
    /// Those in which something went on, sorted by index.
    pub sums: Vec<Stretch>,
}

/// What jobs did in one stretch of time, added up. In a file an array of these members in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Stretch {
    /// Which stretch: it begins at `index` times [`Stretches::length_ns`] after the capture did.
    pub index: u32,
    /// How long hops were in flight: from the call to the result, or to the end of the handle.
    pub in_flight_ns: u64,
    /// How long jobs waited for a thread: from the call to the job's begin.
    pub queued_ns: u64,
    /// How long jobs ran. One that another one runs as a function, on its own thread, is not counted again (from a log it is).
    pub run_ns: u64,
}

impl Stretch {
    pub(crate) fn new(index: u32, [in_flight_ns, queued_ns, run_ns]: [u64; 3]) -> Self {
        Self { index, in_flight_ns, queued_ns, run_ns }
    }

    /// All but its index, in the order of its members.
    pub(crate) fn sums(&self) -> [u64; 3] {
        [self.in_flight_ns, self.queued_ns, self.run_ns]
    }
}

/// The blocks of one arm at one detail; joined hops only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct BlockSeries {
    /// The arm.
    pub arm: Arm,
    /// The detail.
    pub detail: Detail,
    /// Those that saw hops, sorted by index.
    pub blocks: Vec<Block>,
}

/// What the hops that ended in one stretch of time add up to. In a file an array of these members in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Block {
    /// Which stretch: it begins at `index` times [`Blocks::length_ns`] after the capture did.
    pub index: u32,
    /// Hops.
    pub hops: u64,
    /// Sum of their transfers.
    pub transfer_ns: u64,
    /// Sum of their lengths.
    pub hop_ns: u64,
    /// Sum of their runs.
    pub run_ns: u64,
    /// Sum of their backlogs.
    pub backlog_ns: u64,
}

impl Block {
    pub(crate) fn new(index: u32, [hops, transfer_ns, hop_ns, run_ns, backlog_ns]: [u64; 5]) -> Self {
        Self { index, hops, transfer_ns, hop_ns, run_ns, backlog_ns }
    }

    /// All but its index, in the order of its members.
    pub(crate) fn sums(&self) -> [u64; 5] {
        [self.hops, self.transfer_ns, self.hop_ns, self.run_ns, self.backlog_ns]
    }
}

/// A value with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the interval leaves out "no difference".
    pub significant: bool,
}

/// Two arms against each other. `None` where there is too little to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The minuend.
    pub a: Arm,
    /// The subtrahend.
    pub b: Arm,
    /// Mean transfer of `a` less that of `b`.
    pub transfer_difference_ns: Option<Interval>,
    /// Mean hop of `a` less that of `b`.
    pub hop_difference_ns: Option<Interval>,
    /// Mean transfer of `a` divided by that of `b`; only where the smaller one lies above the clock's floor.
    pub transfer_ratio: Option<Interval>,
}

/// A mean as it was measured, and less what looking at it cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    /// As measured.
    pub raw: f64,
    /// Less what an empty span measures, and what spans inside it cost; `None` where nothing is left, or where that is
    /// unknown.
    pub corrected: Option<f64>,
}

/// One arm over all sites. The durations are those of coarse hops where there are some, of all joined hops otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmReport {
    /// Hops that ended, however.
    pub hops: u64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// Outcomes that reached an awaiter.
    pub transfers: u64,
    /// Those of them whose bridge locks and copies were recorded.
    pub detailed_transfers: u64,
    /// Bridge locks of the transfer alone; `None` if none was recorded in detail.
    pub locks_per_transfer: Option<f64>,
    /// Bridge locks of the publishing side, per transfer.
    pub publish_locks_per_transfer: Option<f64>,
    /// State copies.
    pub copies_per_transfer: Option<f64>,
    /// Bridge locks, by purpose.
    pub bridge_locks: BTreeMap<LockOp, u64>,
    /// How many of them were contended.
    pub contended: u64,
    /// Mean lengths of their acquisitions, by purpose.
    pub lock_mean_ns: BTreeMap<LockOp, Mean>,
    /// Mean length of a state copy.
    pub copy_mean_ns: Option<Mean>,
    /// Lengths of the transfers.
    pub transfer_ns: Distribution,
    /// Lengths of the hops.
    pub hop_ns: Distribution,
    /// Their overhead.
    pub overhead_ns: Distribution,
}

/// One site, job and arm. The durations are those of coarse hops where there are some, of all joined hops otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteReport {
    /// `path:line:column`, or `<other>` beyond the cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
    /// How the outcomes crossed.
    pub arm: Arm,
    /// Hops that ended, however.
    pub hops: u64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// As in [`HopGroup`], of all that ended.
    pub in_a_row: u64,
    /// As in [`HopGroup`], of all that ended.
    pub in_a_burst: u64,
    /// As in [`HopGroup`], of all that ended.
    pub first_of_task: u64,
    /// As in [`HopGroup`], of all that ended.
    pub nested: u64,
    /// As in [`HopGroup`], of all that ended.
    pub pools: BTreeMap<u32, u64>,
    /// Runs of jobs that were not joined: they panicked, or their handle was dropped before they ended.
    pub unjoined_run_ns: Distribution,
    /// How long jobs of this site ran, however they ended. Those that still run are in [`Report::live`].
    pub busy_ns: u64,
    /// The phases of joined hops.
    pub phases: BTreeMap<Phase, Distribution>,
    /// The `start` phase, by how the job got its thread.
    pub starts: BTreeMap<StartKind, Distribution>,
    /// Lengths of joined hops.
    pub hop_ns: Distribution,
    /// Their overhead.
    pub overhead_ns: Distribution,
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
    live,
    cpu,
    sequences,
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
written!(Dropped { hops, spans, sites, histogram_values, outliers, lines, threads });
written!(Outcomes { submitted, joined, panicked, cancelled, detached, in_flight });
written!(Pool { threads_seen, thread_ns, busy_ns, cpu_ns, between });
written!(Between { count, cpu_ns });
written!(RuntimePool { runtime, threads_seen, thread_ns, busy_ns });
written!(SiteCpu { site, job, jobs, run_ns, cpu_ns });
written!(Sequence { before_site, before_job, site, job, hops, in_a_row, together, gap_ns });
written!(GroupKey { site, job, arm, detail, outcome });
written!(LockCount { ns, contended });
written!(HopGroup {
    key,
    hop_ns,
    overhead_ns,
    phases,
    starts,
    locks,
    copies,
    copied_bytes,
    in_a_row,
    in_a_burst,
    first_of_task,
    nested,
    pools
});
written!(SpanReport { path, kind, ns, contended });
written!(SpanMeans { path, kind, children_per_span, mean_ns, self_ns });
written!(Blocks { length_ns, series, stretches });
written!(Stretches { length_ns, from_ns, to_ns, sums });
written!(Interval { value, low, high, significant });
written!(Contrast { a, b, transfer_difference_ns, hop_difference_ns, transfer_ratio });
written!(Mean { raw, corrected });
written!(ArmReport {
    hops,
    outcomes,
    transfers,
    detailed_transfers,
    locks_per_transfer,
    publish_locks_per_transfer,
    copies_per_transfer,
    bridge_locks,
    contended,
    lock_mean_ns,
    copy_mean_ns,
    transfer_ns,
    hop_ns,
    overhead_ns
});
written!(SiteReport {
    site,
    job,
    arm,
    hops,
    outcomes,
    in_a_row,
    in_a_burst,
    first_of_task,
    nested,
    pools,
    unjoined_run_ns,
    busy_ns,
    phases,
    starts,
    hop_ns,
    overhead_ns
});

impl nojson::DisplayJson for BlockSeries {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        let Self { arm, detail, blocks } = self;
        f.object(|f| {
            f.member("arm", arm)?;
            f.member("detail", detail)?;
            f.member("blocks", blocks)
        })
    }
}

impl nojson::DisplayJson for Block {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        let [hops, transfer_ns, hop_ns, run_ns, backlog_ns] = self.sums();
        [self.index.into(), hops, transfer_ns, hop_ns, run_ns, backlog_ns].fmt(f)
    }
}

impl nojson::DisplayJson for Stretch {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        let [in_flight_ns, queued_ns, run_ns] = self.sums();
        [self.index.into(), in_flight_ns, queued_ns, run_ns].fmt(f)
    }
}
