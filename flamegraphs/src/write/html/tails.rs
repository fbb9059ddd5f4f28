//! The tails: quantiles as the screen shows them, and each phase's distribution for the script to draw.

use serde::Serialize;
use tollbridge_report::Distribution;
use tollbridge_report::names::Phase;

use super::data::Ns;
use crate::units;
use crate::verdict::Site;
use crate::write::phase::divided;
use crate::write::view::{Grid, View, cell};

/// Rows that stand in the page itself; the script has the others.
const ROWS: usize = 25;
/// Buckets of a histogram that are one in the page: 8 parts a power of two are as fine as can be drawn.
const COARSER: u16 = 4;

/// Tails of the sites that paid most, over all arms.
pub(super) fn grid(view: &View<'_>) -> Option<Grid> {
    if view.facts.sites.is_empty() {
        return None;
    }
    let heads = ["run p50/p99/p99.9", "overhead p50/p99/p99.9", "backlog p50/p99/p99.9"];
    let mut grid = Grid::new(&["site"], &heads);
    let quantiles = [0.5, 0.99, 0.999];
    for site in view.facts.sites.iter().take(ROWS) {
        let of = |phase: Phase| cell::quantiles(site.phases.get(&phase), &quantiles);
        let overhead = cell::quantiles(Some(&site.overhead_ns), &quantiles);
        grid.row(vec![view.label(site).to_owned(), of(Phase::Run), overhead, of(Phase::Backlog)]);
    }
    Some(grid)
}

/// Distributions by site, in the sites' order: `null` or as in [`Lengths`], in the order of `parts`.
#[derive(Serialize)]
pub(super) struct TailsData {
    parts: Vec<&'static str>,
    sites: Vec<Vec<Option<Lengths>>>,
}

/// Quantiles 0.5, 0.9, 0.99, 0.999 and the largest, in ns; the number of the first coarse bucket; the counts from there on, a
/// negative number standing for so many empty buckets.
/// Coarse bucket `b` begins at `4 b` below 8, else at `(8 + b % 8) 2^(b / 8 + 1)`.
#[derive(Serialize)]
struct Lengths([Ns; 5], u16, Vec<i64>);

impl TailsData {
    pub(super) fn of(view: &View<'_>) -> Self {
        let phases = divided();
        let parts = ["overhead"].into_iter().chain(phases.clone().map(|phase| phase.as_str())).collect();
        let of = |site: &Site<'_>| {
            let phases = phases.clone().map(|phase| site.phases.get(&phase));
            [Some(&site.overhead_ns)].into_iter().chain(phases).map(|part| part.and_then(Lengths::of)).collect()
        };
        Self { parts, sites: view.facts.sites.iter().map(of).collect() }
    }
}

impl Lengths {
    /// `None` without any, or if all are 0: a phase that there is not.
    fn of(lengths: &Distribution) -> Option<Self> {
        let first = lengths.histogram().first()?.0 / COARSER;
        let last = lengths.histogram().last()?.0 / COARSER;
        let mut counts = vec![0u64; usize::from(last - first) + 1];
        for (bucket, count) in lengths.histogram() {
            counts[usize::from(bucket / COARSER - first)] += count;
        }
        let counts = without_gaps(&counts);
        let quantile = |q| lengths.quantile(q).map(tollbridge_report::units::shown).map(Ns);
        let quantiles = [quantile(0.5)?, quantile(0.9)?, quantile(0.99)?, quantile(0.999)?, Ns(lengths.max()? as f64)];
        (lengths.sum() > 0).then_some(Self(quantiles, first, counts))
    }
}

/// Counts, with the number of empty buckets in a row, negative, in their place.
fn without_gaps(counts: &[u64]) -> Vec<i64> {
    let mut found: Vec<i64> = Vec::new();
    for &count in counts {
        match found.last_mut() {
            Some(gap) if count == 0 && *gap < 0 => *gap -= 1,
            _ if count == 0 => found.push(-1),
            _ => found.push(i64::try_from(count).unwrap_or(i64::MAX)),
        }
    }
    found
}

/// The same in one sentence for those who cannot see the drawing: the site that paid most.
pub(super) fn described(view: &View<'_>) -> Option<String> {
    let site = view.facts.sites.first()?;
    let [p50, p99] = [0.5, 0.99].map(|q| site.overhead_ns.quantile(q).map(units::duration_spaced));
    Some(format!(
        "{}: half of its crossings take less than {}, one in a hundred more than {}",
        view.label(site),
        p50?,
        p99?
    ))
}

#[cfg(test)]
mod tests {
    use tollbridge_report::{BUCKETS, bucket_range};

    use super::*;

    #[test]
    fn gaps_are_one_number() {
        assert_eq!(without_gaps(&[3, 0, 0, 0, 7, 1, 0, 2]), [3, -3, 7, 1, -1, 2]);
    }

    #[test]
    fn coarse_buckets_begin_where_the_script_thinks() {
        for coarse in 0..u64::try_from(BUCKETS).unwrap() / u64::from(COARSER) {
            let begins = if coarse < 8 { 4 * coarse } else { (8 + coarse % 8) << (coarse / 8 + 1) };
            let first = usize::try_from(coarse).unwrap() * usize::from(COARSER);
            assert_eq!(bucket_range(first).0, begins, "{coarse}");
        }
    }
}
