//! Sites: the facts that rules look at too, and the names of their sites.

use tollbridge_instrument::names::{Arm, Phase};
use tollbridge_instrument::report::{Report, SiteReport};

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

    /// Which hops the times are those of, if not of all.
    pub(in crate::write) fn basis(&self) -> Option<String> {
        let timed: u64 = self.facts.sites.iter().map(|site| site.overhead_ns.count()).sum();
        let joined = self.facts.joined();
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
                cell::mean(site.phases.get(&Phase::Run), self.facts.floor_ns()),
                cell::mean(reach, self.facts.floor_ns()),
                cell::quantiles(reach, &[0.5, 0.99]),
            ]);
        }
        grid
    }
}
