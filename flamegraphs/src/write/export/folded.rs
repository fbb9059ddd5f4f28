//! Folded stacks: `arm;site;phase;inside ns`, one a line, sites with most overhead first.

use std::collections::BTreeMap;

use tollbridge_report::Report;
use tollbridge_report::names::Arm;

use super::samples::{Measure, Place, samples};
use crate::Error;
use crate::sequence::SiteRef;
use crate::write::joined::why_nothing;
use crate::write::label::{self, Labels};
use crate::write::undrawn::nothing_to_draw;

pub(super) fn write(report: &Report) -> Result<Vec<u8>, Error> {
    let lines = lines(report);
    if lines.is_empty() {
        return Err(nothing_to_draw(why_nothing(report)));
    }
    Ok((lines.join("\n") + "\n").into_bytes())
}

fn lines(report: &Report) -> Vec<String> {
    let labels = Labels::of(report);
    let mut ranks: BTreeMap<SiteRef<'_>, usize> = BTreeMap::new();
    for (rank, site) in report.sites.iter().enumerate() {
        ranks.entry((&site.site, &site.job)).or_insert(rank);
    }
    let mut sums: BTreeMap<(Arm, usize, SiteRef<'_>, Place), u64> = BTreeMap::new();
    for sample in samples(report) {
        let key: SiteRef<'_> = (&sample.key.site, &sample.key.job);
        let sum = sums.entry((sample.key.arm, ranks[&key], key, sample.place)).or_default();
        *sum = sum.saturating_add(sample.weights.get(Measure::Time));
    }
    // All values together stop at the largest number, since whoever draws them adds them up.
    let mut room = u64::MAX;
    let lines = sums.into_iter().filter(|(_, ns)| *ns > 0).map(|((arm, _, site, place), ns)| {
        let ns = ns.min(room);
        room -= ns;
        let frames = [arm.to_string(), label::frame(labels.get(site))].into_iter().chain(place.frames());
        format!("{} {ns}", frames.collect::<Vec<_>>().join(";"))
    });
    lines.collect()
}
