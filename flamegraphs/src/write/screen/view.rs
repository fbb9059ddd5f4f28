//! A report as the screen looks at it: per site, all arms together and one by one.

use std::collections::BTreeMap;

use tollbridge_instrument::names::{Arm, Outcome, Phase, StartKind};
use tollbridge_instrument::report::{Distribution, HopGroup, Report, SiteReport};

use crate::write::label::Labels;
use crate::write::run;

/// With more hops than this in `resume` at a time, on the mean, they wait for each other there rather than for a wake:
/// few machines could poll so many at once.
const CROWD: f64 = 4.0;

/// One site and job, over the arms that have all phases.
pub(super) struct Site<'a> {
    pub(super) label: String,
    /// One by one, in the arms' own order.
    pub(super) arms: Vec<&'a SiteReport>,
    /// Joined hops. Lengths are known of the coarse ones only, where there are some.
    pub(super) joined: u64,
    pub(super) overhead_ns: Distribution,
    pub(super) phases: BTreeMap<Phase, Distribution>,
    pub(super) starts: BTreeMap<StartKind, Distribution>,
    /// The overhead of all joined hops, by the means of those whose lengths are known.
    paid_ns: f64,
}

impl Site<'_> {
    pub(super) fn mean(&self, phase: Phase) -> Option<f64> {
        self.phases.get(&phase).and_then(Distribution::mean)
    }
}

pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    /// Most total overhead first.
    pub(super) sites: Vec<Site<'a>>,
    /// `wrap(f)`'s, which know only two phases.
    pub(super) wrapped: Vec<(String, &'a SiteReport)>,
    /// Whether there is more than one arm to tell apart.
    pub(super) several_arms: bool,
    /// Joined hops under way at a time and process, on the mean; `None` without any, or if nobody knows for how long.
    pub(super) under_way: Option<f64>,
    /// Those of them that are in `resume`.
    pub(super) resuming: f64,
}

impl<'a> View<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let labels = Labels::of(report);
        let mut sites: BTreeMap<(&str, &str), Site<'a>> = BTreeMap::new();
        let mut wrapped = Vec::new();
        for site in &report.sites {
            let key = (site.site.as_str(), site.job.as_str());
            if site.arm == Arm::Wrapped {
                wrapped.push((labels.get(key).to_owned(), site));
                continue;
            }
            let entry = sites.entry(key).or_insert_with(|| Site {
                label: labels.get(key).to_owned(),
                arms: Vec::new(),
                joined: 0,
                overhead_ns: Distribution::default(),
                phases: BTreeMap::new(),
                starts: BTreeMap::new(),
                paid_ns: 0.0,
            });
            entry.arms.push(site);
            entry.joined += site.outcomes.joined;
            entry.paid_ns += site.overhead_ns.mean().unwrap_or_default() * site.outcomes.joined as f64;
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
        wrapped.sort_by_key(|(_, site)| std::cmp::Reverse(site.hop_ns.sum()));
        let several_arms = report.arms.keys().filter(|&&arm| arm != Arm::Wrapped).count() > 1;
        let under_way = at_a_time(report, |group| group.hop_ns.sum());
        let resume = |group: &HopGroup| group.phases.get(&Phase::Resume).map_or(0, Distribution::sum);
        let resuming = under_way.and_then(|_| at_a_time(report, resume)).unwrap_or(0.0);
        Self { report, sites, wrapped, several_arms, under_way, resuming }
    }

    /// Whether `resume` holds the wait of hops behind each other.
    pub(super) fn is_crowded(&self) -> bool {
        self.resuming > CROWD
    }

    /// The clock's floor for phases, if known.
    pub(super) fn floor_ns(&self) -> Option<f64> {
        self.report.clock.as_ref().map(|clock| clock.floor_ns)
    }
}

/// How many joined hops are at something at a time, on the mean, from the time that they spend at it (Little's law).
fn at_a_time(report: &Report, spent_ns: impl Fn(&HopGroup) -> u64) -> Option<f64> {
    let joined = report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined);
    let ns = joined.map(spent_ns).fold(0, u64::saturating_add);
    run::length_ns(report).filter(|_| ns > 0).map(|lasted| ns as f64 / lasted as f64)
}
