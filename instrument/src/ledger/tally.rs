//! The ledger's own arithmetic for hops that were recorded elsewhere: a log read back gives the same counts, sums and
//! buckets as the capture that wrote it, because the same code adds them up.

use std::collections::{BTreeSet, HashMap};

use super::drain;
use super::group::GroupId;
use super::recorder::Writer;
use super::sites::{OTHER_ID, Tables};
use crate::hop::HopRecord;
use crate::report::{Process, Report};

/// Adds up hops that were recorded elsewhere (a log).
#[derive(Debug, Default)]
pub struct Tally {
    writer: Writer,
    tables: Tables,
    site_ids: HashMap<(String, u32, u32, String), u32>,
    pool_threads: BTreeSet<u32>,
    last_ns: u64,
}

impl Tally {
    /// Adds one hop.
    pub fn hop(&mut self, hop: &HopRecord<'_>) {
        let key = (hop.site.file.to_owned(), hop.site.line, hop.site.column, hop.site.job.to_owned());
        let known = self.site_ids.get(&key).copied();
        let site = known.unwrap_or_else(|| self.tables.site_id(&hop.site));
        // Sites beyond the cap are not kept: a log may name any number of them.
        if known.is_none() && site != OTHER_ID {
            self.site_ids.insert(key, site);
        }
        let group = self.writer.group(GroupId { site, arm: hop.arm, detail: hop.detail, outcome: hop.outcome });
        self.writer.recorder.hop(group.as_deref(), hop);
        self.pool_threads.extend(hop.stamps.pool_thread);
        self.last_ns = self.last_ns.max(hop.stamps.copied.unwrap_or(0));
    }

    /// What was added up: hops that ended (a log tells of no others), no clock, no settings.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = drain::report(std::iter::once(&*self.writer.recorder), &self.tables);
        report.outcomes.submitted = report.outcomes.ended();
        report.pool.threads_seen = self.pool_threads.len() as u64;
        report.pool.thread_ns = report.pool.threads_seen.saturating_mul(self.last_ns);
        report.processes = vec![Process { duration_ns: self.last_ns, complete: true, ..Process::default() }];
        report.derive();
        report
    }
}
