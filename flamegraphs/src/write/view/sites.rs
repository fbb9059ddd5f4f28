//! Sites: the facts that rules look at too, and the names of their sites.

use tollbridge_report::names::{Arm, Phase};
use tollbridge_report::{Distribution, Report, SiteReport};

use super::{Grid, cell};
use crate::units;
use crate::verdict::{Facts, Site};
use crate::write::label::Labels;

pub(in crate::write) struct View<'a> {
    pub(in crate::write) report: &'a Report,
    pub(in crate::write) facts: Facts<'a>,
    labels: Labels<'a>,
    /// `wrap(f)`'s, which know only two phases.
    pub(in crate::write) wrapped: Vec<(String, &'a SiteReport)>,
    /// Whether there is more than one arm to tell apart.
    pub(in crate::write) several_arms: bool,
}

impl<'a> View<'a> {
    pub(in crate::write) fn of(report: &'a Report) -> Self {
        let labels = Labels::of(report);
        let wrapped = report.sites.iter().filter(|site| site.arm == Arm::Wrapped);
        let mut wrapped: Vec<(String, &SiteReport)> =
            wrapped.map(|site| (labels.get((&site.site, &site.job)).to_owned(), site)).collect();
        wrapped.sort_by_key(|(_, site)| std::cmp::Reverse(site.hop_ns.sum()));
        let several_arms = report.arms.keys().filter(|&&arm| arm != Arm::Wrapped).count() > 1;
        Self { report, facts: Facts::of(report), labels, wrapped, several_arms }
    }

    pub(in crate::write) fn label<'s>(&'s self, site: &Site<'s>) -> &'s str {
        self.labels.get(site.key)
    }

    /// The label of what may be no site of the report.
    pub(in crate::write) fn find_label<'s>(&'s self, site: &'s str, job: &'s str) -> Option<&'s str> {
        self.labels.find((site, job))
    }

    /// What must be known of the table's figures.
    pub(in crate::write) fn notes(&self) -> Vec<String> {
        [self.basis(), self.unjoined()].into_iter().flatten().collect()
    }

    /// Sites of which no call was joined: what ran all the same.
    pub(in crate::write) fn unjoined(&self) -> Option<String> {
        let never =
            |site: &&Site<'_>| site.joined == 0 && site.arms.iter().any(|of_arm| of_arm.unjoined_run_ns.count() > 0);
        let mut sites = self.facts.sites.iter().filter(never);
        let first = self.label(sites.next()?).to_owned();
        let others = match sites.count() as u64 {
            0 => String::new(),
            more => format!(" and of {}", units::counted(more, "other", "others")),
        };
        Some(format!("run of {first}{others} is that of jobs that nobody waited for: none of its calls was joined"))
    }

    /// Which hops the times are those of, if not of all.
    fn basis(&self) -> Option<String> {
        let timed: u64 = self.facts.sites.iter().map(|site| site.overhead_ns.count()).sum();
        let joined = self.facts.joined();
        (timed < joined).then(|| {
            format!(
                "timings use the {} of {} joined hops that ran without lock recording (a site without such hops: all of its)",
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
                cell::mean(site.phases.get(&Phase::Run), self.facts.floor_ns()),
                cell::mean(reach, self.facts.floor_ns()),
                cell::quantiles(reach, &[0.5, 0.99]),
            ]);
        }
        grid
    }
}

/// What a site's jobs ran for: those that were joined, or where none was, those that nobody waited for.
pub(in crate::write) fn run(site: &SiteReport) -> Option<&Distribution> {
    let joined = site.phases.get(&Phase::Run).filter(|run| run.count() > 0);
    joined.or_else(|| Some(&site.unjoined_run_ns).filter(|run| run.count() > 0))
}

/// The same over all arms of a site.
pub(in crate::write) fn run_of(site: &Site<'_>) -> Option<Distribution> {
    if let Some(joined) = site.phases.get(&Phase::Run).filter(|run| run.count() > 0) {
        return Some(joined.clone());
    }
    let mut unjoined = Distribution::default();
    site.arms.iter().for_each(|of_arm| unjoined.merge(&of_arm.unjoined_run_ns));
    (unjoined.count() > 0).then_some(unjoined)
}
