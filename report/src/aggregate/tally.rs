//! The recorder's own arithmetic for hops that were recorded elsewhere: a log read back gives the same counts, sums and
//! buckets as the capture that wrote it, because the same code adds them up.

use std::collections::{BTreeSet, HashMap};

use super::account::Account;
use super::drain;
use super::group::GroupId;
use super::tables::{OTHER_ID, Tables};
use crate::hop::{Conversion, HopRecord, Since};
use crate::names::Detail;
use crate::{Process, Report};

/// Threads of a pool that are told apart: many more than any has. A log may name any number of them.
const MAX_POOL_THREADS: usize = 1 << 16;

/// Adds up hops that were recorded elsewhere (a log).
#[derive(Debug)]
pub struct Tally {
    account: Account,
    tables: Tables,
    site_ids: HashMap<(String, u32, u32, String), u32>,
    pool_threads: BTreeSet<u32>,
    last_ns: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            // Its hops come with their moments in ns.
            account: Account::new(Since::new(0, Conversion::NS)),
            tables: Tables::default(),
            site_ids: HashMap::default(),
            pool_threads: BTreeSet::default(),
            last_ns: 0,
        }
    }
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
        self.account.stamped_hop(
            GroupId::new(site, hop.arm, hop.detail, hop.outcome),
            hop.circumstances.into(),
            &hop.stamps,
        );
        if hop.detail == Detail::Locks {
            self.account.stamped_spans(hop.copied_bytes, &hop.ops);
        }
        if self.pool_threads.len() < MAX_POOL_THREADS {
            self.pool_threads.extend(hop.stamps.pool_thread);
        }
        self.last_ns = self.last_ns.max(hop.stamps.copied.unwrap_or(0));
    }

    /// What was added up: hops that ended (a log tells of no others), no clock, no settings.
    #[must_use]
    pub fn report(&self) -> Report {
        let (mut report, _) = drain::report(std::iter::once(&self.account), &self.tables, |_| ());
        report.outcomes.submitted = report.outcomes.ended();
        report.pool.threads_seen = self.pool_threads.len() as u64;
        report.pool.thread_ns = report.pool.threads_seen.saturating_mul(self.last_ns);
        report.looked_until(self.last_ns);
        report.processes = vec![Process { duration_ns: self.last_ns, complete: true, ..Process::default() }];
        report.derive();
        report
    }
}
