//! What rules look at: a report's sites with all arms together, its pools and processors, and how many hops are in flight.

mod machine;
mod pool;
mod site;

use tollbridge_report::names::{Outcome, Phase, StartKind};
use tollbridge_report::{Distribution, HopGroup, LiveSite, Observed, Report, bucket_range};

pub(super) use self::machine::Machine;
pub(super) use self::pool::PoolFacts;
pub(crate) use self::site::Site;
pub(super) use self::site::{Runs, TypicalRun, name};
use super::model::{Per, Saving};
use crate::run;

/// A site needs this many joined hops before its durations support advice.
pub const MIN_HOPS: u64 = 100;
/// A site whose hops wait for [`LONG_NS`] cannot make many of them: then this many do.
pub(super) const MIN_SLOW_HOPS: u64 = 5;
/// A wait that no crossing takes.
pub(super) const LONG_NS: f64 = 10_000_000.0;
/// With more hops than this in `resume` at a time, on the mean, they wait for each other there rather than for a wake:
/// few machines could poll that many at once.
const CROWD: f64 = 4.0;
/// The share of a hop from which one of its parts is what matters.
pub(super) const SHARE: f64 = 0.2;
/// Far longer than any start of a thread: these take some tens of us, and on a busy machine some hundreds.
pub(crate) const NO_START_NS: f64 = 1_000_000.0;
/// A queue this old is one: a crossing takes 100,000 times less.
pub(super) const OLD_NS: u64 = 1_000_000_000;
/// What waking a worker takes: the median of workers that slept was 12 to 17 us.
pub(super) const WAKE_NS: f64 = 15_000.0;
/// No crossing takes longer by itself, and no wake: threads and workers are woken in 10 to 20 us, and in less than 100 from a deep sleep (the p99 of
/// workers that slept was 20 to 100). What is beyond that is a wait for a processor, or for jobs that are not seen, which no other way of crossing would save.
pub(super) const LONGEST_CROSSING_NS: f64 = 100_000.0;
/// tokio's default number of blocking threads.
pub(super) const MAX_THREADS: f64 = 512.0;

/// A report as rules look at it.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) report: &'a Report,
    /// Those with all phases, most total overhead first.
    pub(crate) sites: Vec<Site<'a>>,
    /// Those of `wrap(f)`, of which `reach` and `run` are known; most hops first.
    pub(super) wrapped: Vec<Site<'a>>,
    /// Joined hops in flight at a time and process, on the mean; `None` without any, or if nobody knows for how long.
    pub(crate) under_way: Option<f64>,
    /// Those of them that are in `resume`.
    pub(crate) resuming: f64,
    /// Those of them whose jobs run.
    pub(super) running: f64,
    /// What the processors did; `None` from a log, in an older report, and where the system does not tell.
    pub(super) machine: Option<Machine>,
    /// The time that all joined hops took together.
    hops_ns: f64,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let mut sites = Site::all(report, false);
        sites.sort_by(|a, b| b.paid_ns.total_cmp(&a.paid_ns));
        let mut wrapped = Site::all(report, true);
        wrapped.sort_by_key(|site| std::cmp::Reverse(site.hops));
        let whole = |group: &HopGroup| group.hop_ns.sum();
        let of = |phase: Phase| move |group: &HopGroup| group.phases.get(&phase).map_or(0, Distribution::sum);
        let under_way = at_a_time(report, whole);
        let in_phase = |phase| under_way.and_then(|_| at_a_time(report, of(phase))).unwrap_or(0.0);
        let (resuming, running) = (in_phase(Phase::Resume), in_phase(Phase::Run));
        let (machine, hops_ns) = (Machine::of(report), spent(report, whole) as f64);
        Self { report, sites, wrapped, under_way, resuming, running, machine, hops_ns }
    }

    /// Sites of whatever kind, but for what found no room.
    pub(super) fn named(&self) -> impl Iterator<Item = &Site<'a>> {
        self.sites.iter().chain(&self.wrapped).filter(|site| !site.is_other())
    }

    /// Whether there are enough hops of a site to judge it by.
    pub(super) fn is_known(&self, site: &Site<'_>) -> bool {
        let waits = self.waits_ns(site).is_some_and(|ns| ns >= LONG_NS);
        site.timed() >= if waits { MIN_SLOW_HOPS } else { MIN_HOPS }
    }

    /// What a site's hop waits for a thread, for whatever reason.
    pub(super) fn waits_ns(&self, site: &Site<'_>) -> Option<f64> {
        match site.is_wrapped() {
            true => site.queued_ns(),
            false => Some(site.mean(Phase::Backlog)? + mean_start(site)),
        }
    }

    /// Whether `resume` holds the wait of hops behind each other.
    pub(crate) fn is_crowded(&self) -> bool {
        self.resuming > CROWD
    }

    /// Whether jobs of this app call hops and wait for them: then a smaller pool can stop it for good.
    pub(super) fn is_nested(&self) -> bool {
        let live = self.report.live.as_ref();
        self.report.sites.iter().any(|site| site.nested > 0)
            || live.is_some_and(|live| {
                !live.waits.is_empty() || !live.deadlocks.is_empty() || live.sites.iter().any(|site| site.nested > 0)
            })
    }

    /// What is known of every job; `None` where only tollbridge's own calls were seen.
    pub(crate) fn every_job(&self) -> Option<&'a Observed> {
        run::every_job(self.report)
    }

    /// What a site had in flight when the report was taken.
    pub(super) fn live(&self, site: &Site<'_>) -> Option<&'a LiveSite> {
        let live = self.report.live.as_ref()?;
        live.sites.iter().find(|live| (live.site.as_str(), live.job.as_str()) == site.key)
    }

    /// The pool that a site's hops ran on.
    pub(super) fn pool(&self, site: &Site<'_>) -> PoolFacts {
        PoolFacts::of(self.report, Some(site))
    }

    /// Jobs that wait or run on a pool at its busiest.
    pub(super) fn offered(&self, pool: &PoolFacts) -> Option<f64> {
        pool.offered(self.report, self.sites.iter().chain(&self.wrapped))
    }

    /// The clock's floor for phases, if known.
    pub(crate) fn floor_ns(&self) -> Option<f64> {
        self.report.clock.as_ref().map(|clock| clock.floor_ns)
    }

    /// What a site's resume takes beyond a worker's wake, if that is what matters of the hop and no crowd's doing: the workers are busy with
    /// something else.
    pub(super) fn lateness(&self, site: &Site<'_>) -> Option<f64> {
        let (resume, hop) = (site.mean(Phase::Resume)?, site.hop_ns.mean()?);
        (resume >= LONGEST_CROSSING_NS && resume >= SHARE * hop && !self.is_crowded()).then_some(resume - WAKE_NS)
    }

    /// What of a site's resume is no part of its crossing: in a crowd all of it, since most of that is hops waiting for each other, else
    /// [`Facts::lateness`], which is the workers' doing.
    pub(crate) fn waited(&self, site: &Site<'_>) -> f64 {
        let waited = if self.is_crowded() { site.mean(Phase::Resume) } else { self.lateness(site) };
        waited.unwrap_or_default()
    }

    /// The overhead of a site's hop, as far as another way of crossing would save it: the mean without what it
    /// [waited](Facts::waited), and [`LONGEST_CROSSING_NS`] at most. Of `wrap(f)` what is known of it, the median from the call to the job's begin, unless that is a wait for
    /// other jobs.
    pub(crate) fn crossing(&self, site: &Site<'_>) -> Option<f64> {
        if site.is_wrapped() {
            return site.phases.get(&Phase::Reach)?.quantile(0.5).filter(|&reach| reach <= LONGEST_CROSSING_NS);
        }
        Some((site.overhead_ns.mean()? - self.waited(site)).min(LONGEST_CROSSING_NS))
    }

    /// A phase over all sites.
    pub(super) fn all(&self, phase: Phase) -> Distribution {
        sum(self.sites.iter().filter_map(|site| site.phases.get(&phase)))
    }

    /// Starts of a kind over all sites.
    pub(super) fn starts(&self, kind: StartKind) -> Distribution {
        sum(self.sites.iter().filter_map(|site| site.starts.get(&kind)))
    }

    /// Joined hops of all sites with all phases.
    pub(crate) fn joined(&self) -> u64 {
        self.sites.iter().map(|site| site.joined).sum()
    }

    /// Hops of whatever kind that ended.
    pub(super) fn hops(&self) -> u64 {
        self.sites.iter().chain(&self.wrapped).map(|site| site.hops).sum()
    }

    /// How long a capture lasted, of a process on the mean.
    pub(super) fn lasted_ns(&self) -> Option<f64> {
        Some(run::length_ns(self.report)? as f64 / (self.report.processes.len() as f64).max(1.0))
    }

    /// What `count` hops or jobs would save at `ns` each, and no more than `most_ns`.
    pub(super) fn saving(&self, what: &'static str, per: Per, ns: f64, most_ns: f64, count: u64) -> Saving {
        let range = [ns / Saving::FACTOR, (ns * Saving::FACTOR).min(most_ns)];
        self.saving_within(what, per, ns, range, count)
    }

    /// The same where the range is not that of most rules.
    pub(super) fn saving_within(&self, what: &'static str, per: Per, ns: f64, range: [f64; 2], count: u64) -> Saving {
        let total_ns = ns * count as f64;
        let [low_ns, high_ns] = range;
        Saving { what, per, ns, low_ns, high_ns, total_ns, share: (total_ns / self.hops_ns.max(1.0)).min(1.0) }
    }
}

/// The mean `start` of a site, however its jobs got their threads.
pub(super) fn mean_start(site: &Site<'_>) -> f64 {
    sum(site.starts.values()).mean().unwrap_or(0.0)
}

fn sum<'d>(parts: impl Iterator<Item = &'d Distribution>) -> Distribution {
    let mut sum = Distribution::default();
    parts.for_each(|part| sum.merge(part));
    sum
}

/// Durations and how many there are of each: the middles of buckets, shortest first.
pub(super) fn buckets(durations: &Distribution) -> impl Iterator<Item = (f64, u64)> {
    durations.histogram().iter().map(|&(bucket, count)| {
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
