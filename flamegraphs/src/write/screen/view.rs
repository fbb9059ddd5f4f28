//! A report as the screen looks at it: the facts that rules look at too, and the names of their sites.

use tollbridge_instrument::names::Arm;
use tollbridge_instrument::report::{Report, SiteReport};

use crate::verdict::{Facts, Site};
use crate::write::label::Labels;

pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    pub(super) facts: Facts<'a>,
    labels: Labels<'a>,
    /// `wrap(f)`'s, which know only two phases.
    pub(super) wrapped: Vec<(String, &'a SiteReport)>,
    /// Whether there is more than one arm to tell apart.
    pub(super) several_arms: bool,
}

impl<'a> View<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let labels = Labels::of(report);
        let wrapped = report.sites.iter().filter(|site| site.arm == Arm::Wrapped);
        let mut wrapped: Vec<(String, &SiteReport)> =
            wrapped.map(|site| (labels.get((&site.site, &site.job)).to_owned(), site)).collect();
        wrapped.sort_by_key(|(_, site)| std::cmp::Reverse(site.hop_ns.sum()));
        let several_arms = report.arms.keys().filter(|&&arm| arm != Arm::Wrapped).count() > 1;
        Self { report, facts: Facts::of(report), labels, wrapped, several_arms }
    }

    pub(super) fn label<'s>(&'s self, site: &Site<'s>) -> &'s str {
        self.labels.get(site.key)
    }

    /// The label of what may be no site of the report.
    pub(super) fn find_label<'s>(&'s self, site: &'s str, job: &'s str) -> Option<&'s str> {
        self.labels.find((site, job))
    }
}
