//! Sites, all arms together and one by one.

use std::collections::BTreeMap;

use tollbridge_instrument::names::{Arm, Outcome, Phase, StartKind};
use tollbridge_instrument::report::{Distribution, HopGroup, Report, SiteReport};

use super::{Grid, cell};
use crate::write::label::Labels;
use crate::write::{run, units};

/// With more hops than this in `resume` at a time, on the mean, they wait for each other there rather than for a wake:
/// few machines could poll so many at once.
const CROWD: f64 = 4.0;

/// One site and job, over the arms that have all phases.
pub(in crate::write) struct Site<'a> {
    pub(in crate::write) label: String,
    /// One by one, in the arms' own order.
    pub(in crate::write) arms: Vec<&'a SiteReport>,
    /// Joined hops. Lengths are known of the coarse ones only, where there are some.
    pub(in crate::write) joined: u64,
    pub(in crate::write) overhead_ns: Distribution,
    pub(in crate::write) phases: BTreeMap<Phase, Distribution>,
    pub(in crate::write) starts: BTreeMap<StartKind, Distribution>,
    /// The overhead of all joined hops, by the means of those whose lengths are known.
    paid_ns: f64,
}

impl Site<'_> {
    /// Hops that ended, however.
    pub(in crate::write) fn hops(&self) -> u64 {
        self.arms.iter().map(|arm| arm.hops).sum()
    }

    pub(in crate::write) fn mean(&self, phase: Phase) -> Option<f64> {
        self.phases.get(&phase).and_then(Distribution::mean)
    }
}

pub(in crate::write) struct View<'a> {
    pub(in crate::write) report: &'a Report,
    /// Most total overhead first.
    pub(in crate::write) sites: Vec<Site<'a>>,
    /// `wrap(f)`'s, which know only two phases.
    pub(in crate::write) wrapped: Vec<(String, &'a SiteReport)>,
    /// Whether there is more than one arm to tell apart.
    pub(in crate::write) several_arms: bool,
    /// Joined hops under way at a time and process, on the mean; `None` without any, or if nobody knows for how long.
    pub(in crate::write) under_way: Option<f64>,
    /// Those of them that are in `resume`.
    pub(in crate::write) resuming: f64,
}

impl<'a> View<'a> {
    pub(in crate::write) fn of(report: &'a Report) -> Self {
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
    pub(in crate::write) fn is_crowded(&self) -> bool {
        self.resuming > CROWD
    }

    /// Which hops the times are those of, if not of all.
    pub(in crate::write) fn basis(&self) -> Option<String> {
        let timed: u64 = self.sites.iter().map(|site| site.overhead_ns.count()).sum();
        let joined: u64 = self.sites.iter().map(|site| site.joined).sum();
        (timed < joined).then(|| {
            format!(
                "times are those of {} of {} joined hops: where there are some, of those whose bridge locks were not recorded",
                units::count(timed),
                units::count(joined)
            )
        })
    }

    /// `wrap(f)`'s: it cannot tell submit, backlog and start apart, and sees nothing after the job. No more than `most`.
    pub(in crate::write) fn wrapped(&self, most: usize) -> Grid {
        let mut grid = Grid::new(&["MEAN PER wrap(f)"], &["hops", "run", "submit to start", "p50/p99"]);
        for (label, site) in self.wrapped.iter().take(most) {
            let reach = site.phases.get(&Phase::Reach);
            grid.row(vec![
                label.clone(),
                units::count(site.hops),
                cell::mean(site.phases.get(&Phase::Run), self.floor_ns()),
                cell::mean(reach, self.floor_ns()),
                cell::quantiles(reach, &[0.5, 0.99]),
            ]);
        }
        grid
    }

    /// The clock's floor for phases, if known.
    pub(in crate::write) fn floor_ns(&self) -> Option<f64> {
        self.report.clock.as_ref().map(|clock| clock.floor_ns)
    }
}

/// How many joined hops are at something at a time, on the mean, from the time that they spend at it (Little's law).
fn at_a_time(report: &Report, spent_ns: impl Fn(&HopGroup) -> u64) -> Option<f64> {
    let joined = report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined);
    let ns = joined.map(spent_ns).fold(0, u64::saturating_add);
    run::length_ns(report).filter(|_| ns > 0).map(|lasted| ns as f64 / lasted as f64)
}
