//! What happened when: the sums of each stretch of time, for the script to draw.

use std::collections::BTreeMap;

use serde::Serialize;
use tollbridge_instrument::report::Report;

/// Sums over all arms and processes. Several processes are laid over each other, each from the beginning of its own capture.
#[derive(Serialize)]
pub(super) struct Time {
    length_ns: u64,
    /// Where the last stretch ends, if that is known.
    end_ns: Option<u64>,
    /// Number of the stretch; hops that ended in it; the sums of their lengths, runs and backlogs in ns.
    blocks: Vec<[u64; 5]>,
}

impl Time {
    /// `None` if no hop was joined.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let series = || report.blocks.iter().filter(|blocks| blocks.length_ns > 0);
        let length_ns = series().map(|blocks| blocks.length_ns).max()?;
        let mut sums: BTreeMap<u64, [u64; 4]> = BTreeMap::new();
        for process in series() {
            for block in process.series.iter().flat_map(|series| &series.blocks) {
                let index = u64::from(block.index) * process.length_ns / length_ns;
                let sum = sums.entry(index).or_default();
                for (sum, n) in sum.iter_mut().zip([block.hops, block.hop_ns, block.run_ns, block.backlog_ns]) {
                    *sum = sum.saturating_add(n);
                }
            }
        }
        let end_ns = match &report.processes[..] {
            [process] if process.duration_ns > 0 => Some(process.duration_ns),
            _ => None,
        };
        let blocks: Vec<[u64; 5]> = sums.into_iter().map(|(i, [a, b, c, d])| [i, a, b, c, d]).collect();
        (!blocks.is_empty()).then_some(Self { length_ns, end_ns, blocks })
    }
}
