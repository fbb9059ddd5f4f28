//! Differences between arms, with intervals.
//!
//! Hops are autocorrelated and their lengths have heavy tails, so the hops are not the sample: stretches of time are.
//! Each stretch that saw both arms gives one difference of means, which cancels whatever slowed both; the interval is
//! that of the mean of these *batches* ([`super::estimate`]). Each hop draws its arm by itself, so without a difference
//! between the arms the batches' differences are uncorrelated, however much the hops depend on each other.
//!
//! # Source
//! Batch means as in Law & Kelton, *Simulation Modeling and Analysis*, section 9.5.3 (fixed number of batches, 20 to 30,
//! so that each is long against the autocorrelation); the weighted form is the ratio estimator of Cochran, *Sampling
//! Techniques*, chapter 6.

use std::collections::BTreeMap;

use super::estimate::{Estimate, weighted_mean};
use crate::names::{Arm, Detail};
use crate::{Blocks, Contrast, Interval, Report};

/// Batches that a process's blocks are added up into.
const BATCHES: usize = 30;
/// Fewer batches than this say nothing.
pub const MIN_BATCHES: usize = 5;

/// Which hops stand on one side.
type Side<'a> = &'a dyn Fn(Arm, Detail) -> bool;

/// Sums of one side in one batch.
#[derive(Clone, Copy, Default)]
struct Sums {
    hops: f64,
    transfer: f64,
    hop: f64,
}

/// What is compared.
#[derive(Clone, Copy)]
enum Figure {
    Transfer,
    Hop,
}

impl Sums {
    fn mean(self, figure: Figure) -> f64 {
        self.hops.recip()
            * match figure {
                Figure::Transfer => self.transfer,
                Figure::Hop => self.hop,
            }
    }
}

/// The batches that saw both sides.
struct Batches(Vec<(Sums, Sums)>);

impl Batches {
    fn of(processes: &[Blocks], a: Side<'_>, b: Side<'_>) -> Self {
        // Across runs the run is the unit, once there are enough of them.
        let per_process = if processes.len() >= MIN_BATCHES { 1 } else { BATCHES.div_ceil(processes.len().max(1)) };
        let batches = processes.iter().flat_map(|blocks| batches_of(blocks, per_process, a, b));
        Self(batches.filter(|(a, b)| a.hops > 0.0 && b.hops > 0.0).collect())
    }

    /// Mean of `difference` over the batches, weighted by how much each can tell.
    fn estimate(&self, difference: impl Fn(Sums, Sums) -> f64) -> Option<Estimate> {
        if self.0.len() < MIN_BATCHES {
            return None;
        }
        let weight = |a: Sums, b: Sums| a.hops * b.hops / (a.hops + b.hops);
        let batches: Vec<(f64, f64)> = self.0.iter().map(|&(a, b)| (weight(a, b), difference(a, b))).collect();
        Some(weighted_mean(&batches))
    }

    fn difference(&self, figure: Figure) -> Option<Interval> {
        let Estimate { value, half } = self.estimate(|a, b| a.mean(figure) - b.mean(figure))?;
        Some(interval(value, half, 0.0))
    }

    /// Ratio of mean transfers with the clock's floor taken off both; `None` unless the smaller one lies above it.
    fn transfer_ratio(&self, floor: f64) -> Option<Interval> {
        let total = |side: fn(&(Sums, Sums)) -> Sums| {
            let (hops, transfer) =
                self.0.iter().map(side).fold((0.0, 0.0), |(hops, sum), s| (hops + s.hops, sum + s.transfer));
            transfer / hops - floor
        };
        let (a, b) = (total(|batch| batch.0), total(|batch| batch.1));
        if a.min(b) <= floor || !(a / b).is_finite() {
            return None;
        }
        let ratio = a / b;
        // Linearised at the ratio itself: a - ratio * b has mean zero, and its spread, over b, is the ratio's.
        let Estimate { half, .. } =
            self.estimate(|a, b| (a.mean(Figure::Transfer) - floor) - ratio * (b.mean(Figure::Transfer) - floor))?;
        Some(interval(ratio, half / b, 1.0))
    }
}

fn interval(value: f64, half: f64, none: f64) -> Interval {
    let (low, high) = (value - half, value + half);
    Interval { value, low, high, significant: low > none || high < none }
}

fn batches_of(blocks: &Blocks, wanted: usize, a: Side<'_>, b: Side<'_>) -> Vec<(Sums, Sums)> {
    let mut by_index: BTreeMap<u32, (Sums, Sums)> = BTreeMap::new();
    for series in &blocks.series {
        for block in &series.blocks {
            let entry = by_index.entry(block.index).or_default();
            for (side, sums) in [(a, &mut entry.0), (b, &mut entry.1)] {
                if side(series.arm, series.detail) {
                    sums.hops += block.hops as f64;
                    sums.transfer += block.transfer_ns as f64;
                    sums.hop += block.hop_ns as f64;
                }
            }
        }
    }
    let stretches: Vec<(Sums, Sums)> = by_index.into_values().collect();
    let count = wanted.min(stretches.len()).max(1);
    // Batch i holds the stretches from i/count to (i+1)/count of the whole: lengths differ by one at most.
    let edge = |i: usize| i * stretches.len() / count;
    (0..count)
        .map(|i| {
            stretches[edge(i)..edge(i + 1)].iter().fold(Default::default(), |(x, y): (Sums, Sums), (a, b)| {
                let add = |x: Sums, y: &Sums| Sums {
                    hops: x.hops + y.hops,
                    transfer: x.transfer + y.transfer,
                    hop: x.hop + y.hop,
                };
                (add(x, a), add(y, b))
            })
        })
        .collect()
}

/// All pairs of arms that were seen, naive first. Looks at [`Report::arms`], which must be derived already.
pub(super) fn contrasts(report: &Report) -> Vec<Contrast> {
    let seen = |arm: Arm, detail: Detail| {
        report.blocks.iter().flat_map(|b| &b.series).any(|s| s.arm == arm && s.detail == detail && !s.blocks.is_empty())
    };
    let bridges: Vec<Arm> = [Arm::Naive, Arm::Snapshot, Arm::Native]
        .into_iter()
        .filter(|&arm| Detail::ALL.iter().any(|&detail| seen(arm, detail)))
        .collect();
    // Native has nothing between its two stamps but the return of the value: the floor in place, cold caches and all.
    let in_place = report.arms.get(&Arm::Native).and_then(|arm| arm.transfer_ns.mean());
    let floor = report.clock.as_ref().map(|clock| clock.floor_ns.max(in_place.unwrap_or(0.0)));
    let mut contrasts = Vec::new();
    for (i, &a) in bridges.iter().enumerate() {
        for &b in &bridges[i + 1..] {
            // Coarse hops where both arms have them: a detailed naive hop carries more spans and pays for them.
            let coarse = seen(a, Detail::Phases) && seen(b, Detail::Phases);
            let wanted = if coarse { Detail::Phases } else { Detail::Locks };
            let of = |arm: Arm| move |x: Arm, detail: Detail| x == arm && detail == wanted;
            let batches = Batches::of(&report.blocks, &of(a), &of(b));
            contrasts.push(Contrast {
                a,
                b,
                transfer_difference_ns: batches.difference(Figure::Transfer),
                hop_difference_ns: batches.difference(Figure::Hop),
                transfer_ratio: floor
                    .filter(|_| a != Arm::Native && b != Arm::Native)
                    .and_then(|floor| batches.transfer_ratio(floor)),
            });
        }
    }
    contrasts
}

/// How much longer a detailed hop takes than a coarse one, over all arms.
pub(super) fn detailed_minus_coarse(report: &Report) -> Option<Interval> {
    let of = |wanted: Detail| move |arm: Arm, detail: Detail| arm != Arm::Wrapped && detail == wanted;
    Batches::of(&report.blocks, &of(Detail::Locks), &of(Detail::Phases)).difference(Figure::Hop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Block, BlockSeries};

    fn series(arm: Arm, transfer: impl Fn(u64) -> u64) -> BlockSeries {
        let sums = |n| [10, 10 * transfer(n), 10 * (1000 + 50 * (n % 7)), 0, 0];
        let blocks = (0u32..60).zip(0..).map(|(index, n)| Block::new(index, sums(n))).collect();
        BlockSeries { arm, detail: Detail::Phases, blocks }
    }

    fn report(naive: impl Fn(u64) -> u64, snapshot: impl Fn(u64) -> u64) -> Report {
        let blocks = Blocks {
            length_ns: 1 << 23,
            series: vec![series(Arm::Naive, naive), series(Arm::Snapshot, snapshot)],
            stretches: None,
        };
        Report {
            blocks: vec![blocks],
            clock: Some(crate::Clock {
                source: "mock".to_owned(),
                ticks_per_ns: 1.0,
                grain_ns: 1.0,
                floor_ns: 20.0,
                ordered_floor_ns: 20.0,
                corrected: 0,
            }),
            ..Report::default()
        }
    }

    #[test]
    fn what_slows_both_arms_cancels() {
        let shared = |i: u64| 500 * (i % 5);
        let found = contrasts(&report(|i| 130 + shared(i), |i| 100 + shared(i)));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].a, found[0].b), (Arm::Naive, Arm::Snapshot));
        let transfer = found[0].transfer_difference_ns.unwrap();
        assert!((transfer.value - 30.0).abs() < 1e-9 && transfer.significant);
        let hop = found[0].hop_difference_ns.unwrap();
        assert!(hop.value.abs() < 1e-9 && !hop.significant);
    }

    #[test]
    fn a_ratio_is_taken_above_the_floor_only() {
        let found = contrasts(&report(|_| 220, |_| 120));
        assert!((found[0].transfer_ratio.unwrap().value - 2.0).abs() < 1e-9);
        let found = contrasts(&report(|_| 60, |_| 35));
        assert_eq!(found[0].transfer_ratio, None);
    }

    #[test]
    fn too_few_batches_say_nothing() {
        let mut report = report(|_| 60, |_| 35);
        for series in &mut report.blocks[0].series {
            series.blocks.truncate(MIN_BATCHES - 1);
        }
        assert_eq!(contrasts(&report)[0].transfer_difference_ns, None);
    }
}
