//! What happened when: the sums of each stretch of time, for the script to draw.

use std::collections::BTreeMap;

use serde::Serialize;
use tollbridge_report::{Report, Stretch};

/// Stretches of time on the page at most. A capture has 128; what was made by hand may claim any number.
const MAX_STRETCHES: u64 = 1_024;

/// Sums over all arms and processes. Several processes are laid over each other, each from the beginning of its own capture.
#[derive(Serialize)]
pub(super) struct Time {
    length_ns: u64,
    /// Where the first stretch begins and the last one ends to which the sums belong, if that is known.
    begin_ns: u64,
    end_ns: Option<u64>,
    /// Whether hops in flight, queued and running jobs are known: an older report tells only when hops ended.
    pub(super) is_known: bool,
    /// Number of the stretch; hops that ended in it and the sum of their backlogs; how long hops were in flight in it, jobs queued,
    /// and jobs ran; in ns.
    blocks: Vec<[u64; 6]>,
}

/// A number of a stretch of one length among those of another.
fn at(index: u32, length_ns: u64, of_ns: u64) -> u64 {
    u64::try_from(u128::from(index) * u128::from(length_ns) / u128::from(of_ns)).unwrap_or(u64::MAX)
}

impl Time {
    /// `None` if there was no hop.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let processes = || report.blocks.iter().filter(|blocks| blocks.length_ns > 0);
        let stretches = || processes().filter_map(|blocks| blocks.stretches.as_ref()).filter(|of| of.length_ns > 0);
        let is_known = processes().count() == stretches().count();
        let lengths = processes().map(|blocks| blocks.length_ns).chain(stretches().map(|of| of.length_ns));
        let mut length_ns = lengths.max()?;
        let hops = || {
            processes().flat_map(|process| {
                let blocks = process.series.iter().flat_map(|series| &series.blocks);
                blocks.map(|block| (block.index, process.length_ns, [block.hops, block.backlog_ns, 0, 0, 0]))
            })
        };
        let jobs = || {
            stretches().filter(|_| is_known).flat_map(|of| {
                let sums = |sum: &Stretch| [0, 0, sum.in_flight_ns, sum.queued_ns, sum.run_ns];
                of.sums.iter().map(move |sum| (sum.index, of.length_ns, sums(sum)))
            })
        };
        while hops().chain(jobs()).any(|(index, own_ns, _)| at(index, own_ns, length_ns) >= MAX_STRETCHES) {
            length_ns = length_ns.checked_mul(2)?;
        }
        let mut all: BTreeMap<u64, [u64; 5]> = BTreeMap::new();
        for (index, own_ns, sums) in hops().chain(jobs()) {
            let own = all.entry(at(index, own_ns, length_ns)).or_default();
            own.iter_mut().zip(sums).for_each(|(own, n)| *own = own.saturating_add(n));
        }
        // Of several processes laid over each other no stretch is cut short: one may have gone on where another ended.
        let mut alone = stretches().map(|of| (of.from_ns, of.to_ns));
        let first = all.keys().next().copied().unwrap_or_default();
        let (begin_ns, end_ns) = match (alone.next(), alone.next()) {
            (Some((from, to)), None) if is_known && from < to && from / length_ns <= first => (from, Some(to)),
            _ => (0, None),
        };
        let blocks: Vec<[u64; 6]> = all.into_iter().map(|(i, [a, b, c, d, e])| [i, a, b, c, d, e]).collect();
        (!blocks.is_empty()).then_some(Self { length_ns, begin_ns, end_ns, is_known, blocks })
    }
}
