//! What rules look at: a report's sites with all arms together, and how many hops are under way.

use std::collections::BTreeMap;

use tollbridge_instrument::names::{Arm, Outcome, Phase, StartKind};
use tollbridge_instrument::report::{Distribution, HopGroup, Report, SiteReport, bucket_range};

use super::model::{Per, Saving};
use crate::compare::SiteName;
use crate::run;

/// Fewer joined hops of a site than this are no ground for advice.
pub const MIN_HOPS: u64 = 100;
/// With more hops than this in `resume` at a time, on the mean, they wait for each other there rather than for a wake:
/// few machines could poll so many at once.
const CROWD: f64 = 4.0;
/// A mean resume that cannot be a wake alone: the p99 of workers that slept was 20 to 100 us.
const LATE_NS: f64 = 100_000.0;
/// The share of a hop from which on its resume is what matters.
const LATE_SHARE: f64 = 0.2;
/// What waking a worker takes: the median of workers that slept was 12 to 17 us.
const WAKE_NS: f64 = 15_000.0;
/// A mean run of more medians than this is that of a few long runs.
const TAILED: f64 = 3.0;
/// As many as tokio's pool has unless told otherwise.
pub(super) const MAX_THREADS: f64 = 512.0;

/// One site and job, over the arms that have all phases.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    /// `path:line:column` and the job's type name.
    pub(crate) key: (&'a str, &'a str),
    /// One by one, in the arms' own order.
    pub(crate) arms: Vec<&'a SiteReport>,
    /// Joined hops. Lengths are known of the coarse ones only, where there are some.
    pub(crate) joined: u64,
    pub(crate) hop_ns: Distribution,
    pub(crate) overhead_ns: Distribution,
    pub(crate) phases: BTreeMap<Phase, Distribution>,
    pub(crate) starts: BTreeMap<StartKind, Distribution>,
    /// The overhead of all joined hops, by the means of those whose lengths are known.
    paid_ns: f64,
    /// Hops that ended, and those of them that were called in a row.
    pub(super) hops: u64,
    pub(super) in_a_row: u64,
}

impl Site<'_> {
    pub(crate) fn mean(&self, phase: Phase) -> Option<f64> {
        self.phases.get(&phase).and_then(Distribution::mean)
    }

    /// What a job runs for: the mean, or the median where a few long runs make the mean.
    pub(crate) fn typical_run(&self) -> Option<TypicalRun> {
        let Runs { mean_ns, median_ns, tailed } = Runs::of(self.phases.get(&Phase::Run)?)?;
        Some(TypicalRun { ns: if tailed { median_ns } else { mean_ns }, mean_ns, tailed })
    }

    /// How many of its hops a task calls in a row; `None` where half of them stand alone. Rows that were taken for two, since something
    /// held the task up, make it smaller than it is.
    pub(crate) fn row(&self) -> Option<f64> {
        let rows = self.hops.saturating_sub(self.in_a_row).max(1);
        let in_a_row = self.hops as f64 / rows as f64;
        (in_a_row >= 2.0).then_some(in_a_row)
    }

    /// Hops whose lengths are known.
    pub(super) fn timed(&self) -> u64 {
        self.hop_ns.count()
    }

    pub(super) fn name(&self) -> SiteName {
        SiteName { site: self.key.0.to_owned(), job: self.key.1.to_owned() }
    }
}

/// What jobs run for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runs {
    pub(super) mean_ns: f64,
    pub(super) median_ns: f64,
    /// A few long ones make the mean.
    pub(super) tailed: bool,
}

impl Runs {
    pub(super) fn of(runs: &Distribution) -> Option<Self> {
        let (mean_ns, median_ns) = (runs.mean()?, runs.quantile(0.5)?);
        Some(Self { mean_ns, median_ns, tailed: mean_ns > TAILED * median_ns })
    }
}

/// What a site's job runs for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypicalRun {
    pub(crate) ns: f64,
    pub(super) mean_ns: f64,
    /// It is the median.
    pub(crate) tailed: bool,
}

/// A report as rules look at it.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) report: &'a Report,
    /// Most total overhead first.
    pub(crate) sites: Vec<Site<'a>>,
    /// Joined hops under way at a time and process, on the mean; `None` without any, or if nobody knows for how long.
    pub(crate) under_way: Option<f64>,
    /// Those of them that are in `resume`.
    pub(crate) resuming: f64,
    /// Those of them whose jobs run.
    pub(super) running: f64,
    /// The time that all joined hops took together.
    hops_ns: f64,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let mut sites: BTreeMap<(&str, &str), Site<'a>> = BTreeMap::new();
        for site in report.sites.iter().filter(|site| site.arm != Arm::Wrapped) {
            let key = (site.site.as_str(), site.job.as_str());
            let entry = sites.entry(key).or_insert_with(|| Site {
                key,
                arms: Vec::new(),
                joined: 0,
                hop_ns: Distribution::default(),
                overhead_ns: Distribution::default(),
                phases: BTreeMap::new(),
                starts: BTreeMap::new(),
                paid_ns: 0.0,
                hops: 0,
                in_a_row: 0,
            });
            entry.arms.push(site);
            entry.joined += site.outcomes.joined;
            entry.hops += site.hops;
            entry.in_a_row += site.in_a_row;
            entry.paid_ns += site.overhead_ns.mean().unwrap_or_default() * site.outcomes.joined as f64;
            entry.hop_ns.merge(&site.hop_ns);
            entry.overhead_ns.merge(&site.overhead_ns);
            for (&phase, lengths) in &site.phases {
                entry.phases.entry(phase).or_default().merge(lengths);
            }
            for (&kind, lengths) in &site.starts {
                entry.starts.entry(kind).or_default().merge(lengths);
            }
        }
        let mut sites: Vec<Site<'a>> = sites.into_values().collect();
        sites.sort_by(|a, b| b.paid_ns.total_cmp(&a.paid_ns));
        for site in &mut sites {
            site.arms.sort_by_key(|site| site.arm);
        }
        let whole = |group: &HopGroup| group.hop_ns.sum();
        let of = |phase: Phase| move |group: &HopGroup| group.phases.get(&phase).map_or(0, Distribution::sum);
        let under_way = at_a_time(report, whole);
        let in_phase = |phase| under_way.and_then(|_| at_a_time(report, of(phase))).unwrap_or(0.0);
        let (resuming, running) = (in_phase(Phase::Resume), in_phase(Phase::Run));
        Self { report, sites, under_way, resuming, running, hops_ns: spent(report, whole) as f64 }
    }

    /// Whether `resume` holds the wait of hops behind each other.
    pub(crate) fn is_crowded(&self) -> bool {
        self.resuming > CROWD
    }

    /// The clock's floor for phases, if known.
    pub(crate) fn floor_ns(&self) -> Option<f64> {
        self.report.clock.as_ref().map(|clock| clock.floor_ns)
    }

    /// What a site's resume takes beyond a worker's wake, if that is what matters of the hop and no crowd's doing: the workers are busy with
    /// something else.
    pub(super) fn lateness(&self, site: &Site<'_>) -> Option<f64> {
        let (resume, hop) = (site.mean(Phase::Resume)?, site.hop_ns.mean()?);
        (resume >= LATE_NS && resume >= LATE_SHARE * hop && !self.is_crowded()).then_some(resume - WAKE_NS)
    }

    /// What of a site's resume is no part of its crossing: in a crowd all of it, since most of that is hops waiting for each other, else
    /// [`Facts::lateness`], which is the workers' doing.
    pub(crate) fn waited(&self, site: &Site<'_>) -> f64 {
        let waited = if self.is_crowded() { site.mean(Phase::Resume) } else { self.lateness(site) };
        waited.unwrap_or_default()
    }

    /// What a site's hop pays to cross, as far as another way of crossing would save it. The mean overhead, but
    ///
    /// - without what it [waited](Facts::waited);
    /// - with `unpolled` where that is the smaller of the two and there is no crowd: an awaiter that polls at once and comes late
    ///   all the same has lent its processor to the thread that it woke. (Measured: 2.8 us of 8.5 us that a hop of one small job took.)
    pub(crate) fn crossing(&self, site: &Site<'_>) -> Option<f64> {
        let overhead = site.overhead_ns.mean()?;
        let lent = site.mean(Phase::Unpolled).filter(|&unpolled| unpolled <= overhead && !self.is_crowded());
        Some(overhead - self.waited(site) + lent.unwrap_or_default())
    }

    /// A phase over all sites.
    pub(super) fn all(&self, phase: Phase) -> Distribution {
        sum(self.sites.iter().filter_map(|site| site.phases.get(&phase)))
    }

    /// Starts of a kind over all sites.
    pub(super) fn starts(&self, kind: StartKind) -> Distribution {
        sum(self.sites.iter().filter_map(|site| site.starts.get(&kind)))
    }

    /// Joined hops of all sites.
    pub(crate) fn joined(&self) -> u64 {
        self.sites.iter().map(|site| site.joined).sum()
    }

    /// Blocking threads seen in a process, on the mean.
    pub(super) fn threads(&self) -> u64 {
        self.report.pool.threads_seen / (self.report.processes.len() as u64).max(1)
    }

    /// Threads of a process with which no job would wait for another one's thread. A job that finds K jobs for T threads waits for
    /// K / T - 1 of them; K is that of the p99 of the backlogs, so that bursts are told and not their mean.
    pub(super) fn threads_wanted(&self) -> Option<u64> {
        let jobs_ahead = self.all(Phase::Backlog).quantile(0.99)? / self.all(Phase::Run).mean()?.max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is cast lies in 1..=MAX_THREADS"
        )]
        let wanted = (self.threads() as f64 * (1.0 + jobs_ahead)).ceil().clamp(1.0, MAX_THREADS) as u64;
        Some(wanted)
    }

    /// What `count` hops or jobs would save at `ns` each, and no more than `most_ns`.
    pub(super) fn saving(&self, what: &'static str, per: Per, ns: f64, most_ns: f64, count: u64) -> Saving {
        let total_ns = ns * count as f64;
        Saving {
            what,
            per,
            ns,
            low_ns: ns / Saving::FACTOR,
            high_ns: (ns * Saving::FACTOR).min(most_ns),
            total_ns,
            share: (total_ns / self.hops_ns.max(1.0)).min(1.0),
        }
    }
}

fn sum<'d>(parts: impl Iterator<Item = &'d Distribution>) -> Distribution {
    let mut sum = Distribution::default();
    parts.for_each(|part| sum.merge(part));
    sum
}

/// Lengths and how many there are of each: the middles of buckets, shortest first.
pub(super) fn buckets(lengths: &Distribution) -> impl Iterator<Item = (f64, u64)> {
    lengths.histogram().iter().map(|&(bucket, count)| {
        let (low, high) = bucket_range(usize::from(bucket));
        ((low + high) as f64 / 2.0, count)
    })
}

/// The time that joined hops spend at something.
fn spent(report: &Report, spent_ns: impl Fn(&HopGroup) -> u64) -> u64 {
    let joined = report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined);
    joined.map(spent_ns).fold(0, u64::saturating_add)
}

/// How many joined hops are at something at a time, on the mean, from the time that they spend at it (Little's law).
fn at_a_time(report: &Report, spent_ns: impl Fn(&HopGroup) -> u64) -> Option<f64> {
    let ns = spent(report, spent_ns);
    run::length_ns(report).filter(|_| ns > 0).map(|lasted| ns as f64 / lasted as f64)
}
