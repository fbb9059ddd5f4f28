//! Calls of several sites that tasks make one soon after the other, again and again: what one `spawn_blocking` could do instead.
//!
//! A pair of sites belongs to a chain where [`ALWAYS`] of the hops of either are in it, so that a hop belongs to one chain at most. The rest
//! are calls that a task makes under a condition, or of another path. A loop over several calls is a chain that closes; it is cut where
//! the time between two calls is longest. Loops over a single call are in [`Site::row`] and [`Site::burst`].

use std::collections::{BTreeMap, BTreeSet};

use tollbridge_instrument::report::Sequence;

use super::facts::{Facts, Site};

/// The share of the hops of both sites that have to be in a pair.
const ALWAYS: f64 = 0.8;
/// The share of back-to-back calls from which a chain is called without anything in between.
const MOSTLY: f64 = 0.9;

/// The share of calls made while the one before is in flight from which a chain counts as side by side.
const TOGETHER: f64 = 0.1;

type Key<'a> = (&'a str, &'a str);

/// Calls of several sites in the order in which tasks make them.
#[derive(Debug)]
pub(super) struct Chain<'f, 'a> {
    /// First to last, two or more.
    pub(super) sites: Vec<&'f Site<'a>>,
    /// How often tasks went through all of it.
    pub(super) times: u64,
    /// Between two of its calls, on the mean.
    pub(super) gap_ns: f64,
    /// Whether there is less than 10 us between nearly all of them.
    pub(super) is_back_to_back: bool,
    /// Whether tasks have them in flight at once (`join!`), and do not await one before they call the next.
    pub(super) is_together: bool,
    /// Of a loop: the mean time from its last call to its next round.
    pub(super) again_ns: Option<f64>,
}

/// All chains of a report.
pub(super) fn of<'f, 'a>(facts: &'f Facts<'a>) -> Vec<Chain<'f, 'a>> {
    let sites: BTreeMap<Key<'_>, &Site<'_>> =
        facts.sites.iter().filter(|site| !site.is_other()).map(|site| (site.key, site)).collect();
    let mut after: BTreeMap<Key<'_>, &Sequence> = BTreeMap::new();
    for pair in &facts.report.sequences {
        let (from, to) = (before(pair), behind(pair));
        let hops = |key| sites.get(&key).map_or(f64::INFINITY, |site| site.hops as f64);
        if from != to && pair.hops as f64 >= ALWAYS * hops(from).max(hops(to)) {
            after.insert(from, pair);
        }
    }
    let reached: BTreeSet<Key<'_>> = after.values().map(|pair| behind(pair)).collect();
    let mut seen = BTreeSet::new();
    let open: Vec<Key<'_>> = after.keys().copied().filter(|key| !reached.contains(key)).collect();
    let mut chains: Vec<Chain<'_, '_>> =
        open.into_iter().filter_map(|first| follow(first, &after, &sites, &mut seen)).collect();
    // What is left are loops.
    while let Some(any) = after.keys().copied().find(|key| !seen.contains(key)) {
        let first = cut(any, &after);
        chains.extend(follow(first, &after, &sites, &mut seen));
        seen.insert(any);
    }
    chains
}

fn before(pair: &Sequence) -> Key<'_> {
    (&pair.before_site, &pair.before_job)
}

fn behind(pair: &Sequence) -> Key<'_> {
    (&pair.site, &pair.job)
}

fn gap(pair: &Sequence) -> f64 {
    pair.gap_ns as f64 / pair.hops.max(1) as f64
}

/// Where a loop begins: behind the longest time between two calls.
fn cut<'r>(any: Key<'r>, after: &BTreeMap<Key<'r>, &'r Sequence>) -> Key<'r> {
    let (mut longest, mut at) = (f64::NEG_INFINITY, any);
    let mut here = any;
    while let Some(pair) = after.get(&here) {
        here = behind(pair);
        if gap(pair) > longest {
            (longest, at) = (gap(pair), here);
        }
        if here == any {
            break;
        }
    }
    at
}

fn follow<'f, 'a, 'r>(
    first: Key<'r>,
    after: &BTreeMap<Key<'r>, &'r Sequence>,
    sites: &BTreeMap<Key<'_>, &'f Site<'a>>,
    seen: &mut BTreeSet<Key<'r>>,
) -> Option<Chain<'f, 'a>> {
    let (mut chain, mut pairs, mut again_ns) = (Vec::new(), Vec::new(), None);
    let mut here = first;
    while seen.insert(here) {
        chain.push(*sites.get(&here)?);
        let Some(pair) = after.get(&here).copied() else { break };
        here = behind(pair);
        if here == first {
            again_ns = Some(gap(pair));
        } else {
            pairs.push(pair);
        }
    }
    let times = pairs.iter().map(|pair| pair.hops).min()?;
    let (hops, close): (u64, u64) = pairs.iter().fold((0, 0), |sum, pair| (sum.0 + pair.hops, sum.1 + pair.in_a_row));
    let together: u64 = pairs.iter().map(|pair| pair.together).fold(0, u64::saturating_add);
    let gap_ns = pairs.iter().map(|pair| pair.gap_ns as f64).sum::<f64>() / hops.max(1) as f64;
    (chain.len() > 1).then_some(Chain {
        sites: chain,
        times,
        gap_ns,
        is_together: together as f64 >= TOGETHER * hops as f64,
        is_back_to_back: close as f64 >= MOSTLY * hops as f64,
        again_ns,
    })
}
