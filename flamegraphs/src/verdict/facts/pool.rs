//! The blocking pool that a site's hops ran on: its threads, and how many jobs were offered to it at its busiest.

use tollbridge_report::Report;

use super::Site;
use crate::run;

/// A stretch of time is as long as this many mean hops or longer, since hops count where they end.
const STRETCH: f64 = 16.0;
/// The busiest is this quantile of the stretches that saw hops: one in which the machine did something else is none.
const BUSIEST: f64 = 0.9;

/// A pool, by process on the mean.
#[derive(Clone, Copy, Debug)]
pub(in crate::verdict) struct PoolFacts {
    /// Its runtime's number; `None` if all pools are taken together.
    pub(in crate::verdict) runtime: Option<u32>,
    /// Threads that ran a job.
    pub(in crate::verdict) threads: u64,
}

impl PoolFacts {
    /// The pool that most of a site's hops ran on; all together where that is not known.
    pub(super) fn of(report: &Report, site: Option<&Site<'_>>) -> Self {
        let processes = (report.processes.len() as u64).max(1);
        let most = site.and_then(|site| site.pools.iter().max_by_key(|(_, hops)| **hops)).map(|(&runtime, _)| runtime);
        // With one runtime its pool is all of it.
        let found = most
            .filter(|_| report.pools.len() > 1)
            .and_then(|runtime| report.pools.iter().find(|pool| pool.runtime == runtime));
        match found {
            Some(pool) => Self { runtime: Some(pool.runtime), threads: pool.threads_seen / processes },
            None => Self { runtime: None, threads: report.pool.threads_seen / processes },
        }
    }

    /// The share of a site's hops that ran here.
    fn part(&self, site: &Site<'_>) -> f64 {
        let Some(runtime) = self.runtime else { return 1.0 };
        let all: u64 = site.pools.values().sum();
        if all == 0 { 0.0 } else { site.pools.get(&runtime).copied().unwrap_or(0) as f64 / all as f64 }
    }

    /// Jobs that wait for one of its threads or run, at its busiest, by Little's law; `None` where it is not known what happened when.
    pub(super) fn offered<'s, 'a: 's>(
        &self,
        report: &Report,
        sites: impl Iterator<Item = &'s Site<'a>>,
    ) -> Option<f64> {
        let lasted = run::length_ns(report)? as f64;
        let mut here = 0.0;
        let (mut hops_ns, mut hops) = (0.0, 0.0);
        for site in sites {
            let each = site.queued_ns().unwrap_or(0.0) + site.mean(tollbridge_report::names::Phase::Run).unwrap_or(0.0);
            here += each * site.joined as f64 * self.part(site);
            hops_ns += each * site.joined as f64;
            hops += site.joined as f64;
        }
        let mean = here / lasted;
        let peak = busiest(report, STRETCH * hops_ns / f64::max(hops, 1.0))?;
        // The stretches know no runtimes: they give how much more than the mean there is at the busiest.
        Some(mean * (peak * lasted / f64::max(hops_ns, 1.0)).max(1.0))
    }
}

/// Waiting and running jobs at the busiest, of all pools of a process.
fn busiest(report: &Report, least_ns: f64) -> Option<f64> {
    let of_process = report.blocks.iter().filter(|blocks| blocks.length_ns > 0).filter_map(|blocks| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of blocks, 1 or more")]
        let width = (least_ns / blocks.length_ns as f64).ceil().max(1.0) as u32;
        let mut stretches = std::collections::BTreeMap::<u32, u64>::new();
        for block in blocks.series.iter().flat_map(|series| &series.blocks) {
            *stretches.entry(block.index / width).or_default() += block.run_ns + block.backlog_ns;
        }
        let mut sums: Vec<u64> = stretches.into_values().collect();
        sums.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let most = sums.get(((sums.len() as f64 * BUSIEST) as usize).min(sums.len().checked_sub(1)?))?;
        Some(*most as f64 / (f64::from(width) * blocks.length_ns as f64))
    });
    of_process.reduce(f64::max)
}
