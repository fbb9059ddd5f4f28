//! What is known of one call site and job, over all arms.

use std::collections::BTreeMap;

use tollbridge_report::names::{Arm, Phase, StartKind};
use tollbridge_report::{Distribution, Report, SiteReport};

use crate::compare::SiteName;
use crate::origin::Origin;

/// A mean run of more medians than this is that of a few long runs.
const TAILED: f64 = 3.0;
/// The site of everything beyond the cap on sites.
const OTHER: &str = "<other>";
/// What `wrap(f)` sees before a job also holds the call and the wake, which take less than this.
const REACH_NS: f64 = 50_000.0;

/// One site and job, over the arms that have the same phases.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    /// `path:line:column` and the job's type name.
    pub(crate) key: (&'a str, &'a str),
    /// Whose its calls are.
    pub(crate) origin: Origin,
    /// One by one, in the arms' own order.
    pub(crate) arms: Vec<&'a SiteReport>,
    /// Joined hops. Durations are known of the coarse ones only, where there are some.
    pub(crate) joined: u64,
    pub(crate) hop_ns: Distribution,
    pub(crate) overhead_ns: Distribution,
    pub(crate) phases: BTreeMap<Phase, Distribution>,
    pub(crate) starts: BTreeMap<StartKind, Distribution>,
    /// The overhead of all joined hops, by the means of those whose durations are known.
    pub(super) paid_ns: f64,
    /// Hops that ended.
    pub(in crate::verdict) hops: u64,
    /// Hops that a task called less than 10 us after another one of this site.
    pub(in crate::verdict) back_to_back: u64,
    /// Those, and the ones that followed within 2 ms without a sign of another wait.
    pub(in crate::verdict) repeated: u64,
    /// First hops of their tasks.
    pub(in crate::verdict) first_of_task: u64,
    /// Hops that were called inside another job.
    pub(in crate::verdict) nested: u64,
    /// Hops by the number of the runtime whose pool they ran on.
    pub(in crate::verdict) pools: BTreeMap<u32, u64>,
    /// How long its jobs ran, however they ended.
    pub(in crate::verdict) busy_ns: u64,
    /// The share of a sample of its runs that was CPU time.
    pub(in crate::verdict) cpu_share: Option<f64>,
}

impl<'a> Site<'a> {
    /// All sites of a report but [`OTHER`]'s; those of `wrap(f)` apart, since they have other phases.
    pub(super) fn all(report: &'a Report, wrapped: bool) -> Vec<Self> {
        let mut sites: BTreeMap<(&str, &str), Self> = BTreeMap::new();
        for site in report.sites.iter().filter(|site| (site.arm == Arm::Wrapped) == wrapped) {
            let key = (site.site.as_str(), site.job.as_str());
            sites.entry(key).or_insert_with(|| Self::new(key, report)).add(site, report.sequences.is_empty());
        }
        sites.into_values().collect()
    }

    fn new(key: (&'a str, &'a str), report: &Report) -> Self {
        let own = report.sequences.iter().filter(|pair| {
            (pair.site.as_str(), pair.job.as_str()) == key
                && (&pair.before_site, &pair.before_job) == (&pair.site, &pair.job)
        });
        let (back_to_back, repeated) = own.fold((0, 0), |sum, pair| (sum.0 + pair.in_a_row, sum.1 + pair.hops));
        let cpu = report.cpu.iter().find(|cpu| (cpu.site.as_str(), cpu.job.as_str()) == key);
        Self {
            key,
            origin: Origin::of(key.0, key.1),
            arms: Vec::new(),
            joined: 0,
            hop_ns: Distribution::default(),
            overhead_ns: Distribution::default(),
            phases: BTreeMap::new(),
            starts: BTreeMap::new(),
            paid_ns: 0.0,
            hops: 0,
            back_to_back,
            repeated,
            first_of_task: 0,
            nested: 0,
            pools: BTreeMap::new(),
            busy_ns: 0,
            cpu_share: cpu.filter(|cpu| cpu.run_ns > 0).map(|cpu| cpu.cpu_ns as f64 / cpu.run_ns as f64),
        }
    }

    /// `by_line`: which site a hop followed is not known, only whether it followed one.
    fn add(&mut self, site: &'a SiteReport, by_line: bool) {
        self.arms.push(site);
        self.joined += site.outcomes.joined;
        self.hops += site.hops;
        if by_line {
            self.back_to_back += site.in_a_row;
            self.repeated += site.in_a_row + site.in_a_burst;
        }
        self.first_of_task += site.first_of_task;
        self.nested += site.nested;
        self.busy_ns = self.busy_ns.saturating_add(site.busy_ns);
        for (&runtime, hops) in &site.pools {
            *self.pools.entry(runtime).or_default() += hops;
        }
        self.paid_ns += site.overhead_ns.mean().unwrap_or_default() * site.outcomes.joined as f64;
        self.hop_ns.merge(&site.hop_ns);
        self.overhead_ns.merge(&site.overhead_ns);
        for (&phase, durations) in &site.phases {
            self.phases.entry(phase).or_default().merge(durations);
        }
        for (&kind, durations) in &site.starts {
            self.starts.entry(kind).or_default().merge(durations);
        }
        self.arms.sort_by_key(|site| site.arm);
    }

    pub(crate) fn mean(&self, phase: Phase) -> Option<f64> {
        self.phases.get(&phase).and_then(Distribution::mean)
    }

    /// What a job runs for: the mean, or the median where a few long runs make the mean.
    pub(crate) fn typical_run(&self) -> Option<TypicalRun> {
        let Runs { mean_ns, median_ns, tailed } = Runs::of(self.phases.get(&Phase::Run)?)?;
        Some(TypicalRun { ns: if tailed { median_ns } else { mean_ns }, mean_ns, tailed })
    }

    /// How many of its hops a task calls back to back; `None` where half of them stand alone. Rows that were taken for two, since something
    /// held the task up, make it smaller than it is.
    pub(crate) fn row(&self) -> Option<f64> {
        self.runs_of(self.back_to_back)
    }

    /// How many of its hops a task calls one soon after the other, where that is more than it calls back to back.
    pub(in crate::verdict) fn burst(&self) -> Option<f64> {
        self.runs_of(self.repeated)
    }

    fn runs_of(&self, following: u64) -> Option<f64> {
        let runs = self.hops.saturating_sub(following).max(1);
        let each = self.hops as f64 / runs as f64;
        (each >= 2.0).then_some(each)
    }

    /// Hops whose durations are known.
    pub(in crate::verdict) fn timed(&self) -> u64 {
        self.hop_ns.count()
    }

    /// Whether only `reach` and `run` are known, as of `wrap(f)`.
    pub(in crate::verdict) fn is_wrapped(&self) -> bool {
        self.overhead_ns.count() == 0 && self.phases.contains_key(&Phase::Reach)
    }

    /// Whether it stands for what found no room.
    pub(in crate::verdict) fn is_other(&self) -> bool {
        self.key.0 == OTHER
    }

    /// Waiting for a thread that runs another job: `backlog`, or of `wrap(f)` what `reach` holds beyond a call and a wake.
    pub(in crate::verdict) fn queued_ns(&self) -> Option<f64> {
        match self.is_wrapped() {
            true => self.mean(Phase::Reach).map(|reach| (reach - REACH_NS).max(0.0)),
            false => self.mean(Phase::Backlog),
        }
    }

    /// [`Site::queued_ns`] of all of its hops.
    pub(in crate::verdict) fn queue(&self) -> Option<&Distribution> {
        self.phases.get(if self.is_wrapped() { &Phase::Reach } else { &Phase::Backlog })
    }

    /// Its name as verdicts and JSON have it.
    pub(in crate::verdict) fn name(&self) -> SiteName {
        name(self.key.0, self.key.1)
    }
}

/// A site's name.
pub(in crate::verdict) fn name(site: &str, job: &str) -> SiteName {
    SiteName { site: site.to_owned(), job: job.to_owned() }
}

/// What jobs run for.
#[derive(Clone, Copy, Debug)]
pub(in crate::verdict) struct Runs {
    pub(in crate::verdict) mean_ns: f64,
    pub(in crate::verdict) median_ns: f64,
    /// A few long ones make the mean.
    pub(in crate::verdict) tailed: bool,
}

impl Runs {
    pub(in crate::verdict) fn of(runs: &Distribution) -> Option<Self> {
        let (mean_ns, median_ns) = (runs.mean()?, runs.quantile(0.5)?);
        Some(Self { mean_ns, median_ns, tailed: mean_ns > TAILED * median_ns })
    }
}

/// What a site's job runs for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypicalRun {
    pub(crate) ns: f64,
    pub(in crate::verdict) mean_ns: f64,
    /// It is the median.
    pub(crate) tailed: bool,
}
