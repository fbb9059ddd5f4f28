//! Folded stacks: `arm;site;phase;inside ns`, one a line, sites with most overhead first.

use std::collections::BTreeMap;

use tollbridge_report::Report;
use tollbridge_report::names::Arm;

use super::samples::{Measure, Place, samples};
use crate::Error;
use crate::write::flame::why_nothing;
use crate::write::label::{self, Key, Labels};
use crate::write::stacks::{Stacks, Value};

pub(super) fn write(report: &Report) -> Result<Vec<u8>, Error> {
    let stacks = stacks(report);
    if stacks.is_flat() {
        return Err(Error::nothing_to_draw(why_nothing(report)));
    }
    Ok((stacks.lines().join("\n") + "\n").into_bytes())
}

fn stacks(report: &Report) -> Stacks {
    let labels = Labels::of(report);
    let mut ranks: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for (rank, site) in report.sites.iter().enumerate() {
        ranks.entry((&site.site, &site.job)).or_insert(rank);
    }
    let mut sums: BTreeMap<(Arm, usize, Key<'_>, Place), u64> = BTreeMap::new();
    for sample in samples(report) {
        let key: Key<'_> = (&sample.key.site, &sample.key.job);
        let sum = sums.entry((sample.key.arm, ranks[&key], key, sample.place)).or_default();
        *sum = sum.saturating_add(sample.weights.get(Measure::Time));
    }
    let mut stacks = Stacks::default();
    for ((arm, _, site, place), ns) in sums.into_iter().filter(|(_, ns)| *ns > 0) {
        let frames = [arm.to_string(), label::frame(labels.get(site))].into_iter().chain(place.frames());
        let frames: Vec<String> = frames.collect();
        stacks.push(&frames.iter().map(String::as_str).collect::<Vec<_>>(), Value::One(ns));
    }
    stacks
}
