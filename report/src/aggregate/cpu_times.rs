//! CPU times of a sample of the jobs, added up by site.

use std::collections::BTreeMap;

use super::tables::Tables;
use crate::{Between, SiteCpu};

/// What was found in one capture.
#[derive(Clone, Debug, Default)]
pub struct CpuTimes {
    /// By site: jobs, their runs and their CPU time.
    sites: BTreeMap<u32, [u64; 3]>,
    /// What threads used between two seen jobs.
    pub between: Between,
}

impl CpuTimes {
    /// Returns the sums by site, sorted.
    pub fn sites(&self, tables: &Tables) -> Vec<SiteCpu> {
        let sites = self.sites.iter().map(|(&number, &[jobs, run_ns, cpu_ns])| {
            let (site, job) = tables.site(number);
            SiteCpu { site, job, jobs, run_ns, cpu_ns }
        });
        let mut sites: Vec<SiteCpu> = sites.collect();
        sites.sort();
        sites
    }

    /// Adds one job: how long it ran, and its CPU time.
    pub fn job(&mut self, site: u32, run_ns: u64, cpu_ns: u64) {
        let own = self.sites.entry(site).or_default();
        own.iter_mut().zip([1, run_ns, cpu_ns]).for_each(|(own, more)| *own = own.saturating_add(more));
    }

    /// Adds the CPU time of a thread between two seen jobs.
    pub fn between(&mut self, cpu_ns: u64) {
        self.between.count += 1;
        self.between.cpu_ns += cpu_ns.min(Between::MOST_NS);
    }
}
