//! Accounts -> report.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::account::Account;
use super::blocks::{BlockSums, FIRST_SHIFT};
use super::group::GroupId;
use super::key_map::KeyMap;
use super::sequences::Pair;
use super::stretches::{StretchSums, StretchTable};
use super::tables::{Name, NodeId, Tables};
use crate::names::{Outcome, SpanKind};
use crate::{Blocks, FORMAT, GroupKey, HopGroup, Report, Sequence, SpanReport, WholeHop};

/// What stands in the file's member `tool`.
const TOOL: &str = concat!("tollbridge ", env!("CARGO_PKG_VERSION"));

/// Adds accounts up, each held only while it is read. What only the capture knows (process, clock, in flight) is left to it.
/// Also says how many stamps were corrected. `in_flight`: adds the jobs that no account has yet; called once all accounts are read,
/// so that none of them is there twice.
pub fn report(
    accounts: impl Iterator<Item = impl Deref<Target = Account>>,
    tables: &Tables,
    in_flight: impl FnOnce(&mut StretchTable),
) -> (Report, u64) {
    let mut groups: KeyMap<GroupId, HopGroup> = KeyMap::default();
    let mut spans: BTreeMap<(Vec<String>, SpanKind), SpanReport> = BTreeMap::new();
    let mut sequences: BTreeMap<(u32, u32), Pair> = BTreeMap::new();
    let (mut blocks, mut stretches) = (BlockSums::default(), StretchSums::default());
    let mut report = Report { format: FORMAT, tool: TOOL.to_owned(), ..Report::default() };
    let mut corrected = 0;
    let paths = paths(tables);
    for account in accounts {
        let losses = &account.room.losses;
        corrected += losses.corrected;
        report.dropped.hops += losses.hops;
        report.dropped.spans += losses.spans;
        report.dropped.histogram_values += losses.histogram_values;
        report.dropped.outliers += losses.outliers;
        report.dropped.sites += losses.other_site_hops;
        account.blocks.read(&mut blocks);
        account.stretches.read(&mut stretches);
        for (key, pair) in account.sequences.each() {
            // Each in ns, since the sum of lengths may be rounded once.
            sequences.entry(key).or_default().merge(Pair { gap: account.since.length_ns(pair.gap), ..pair });
        }
        add_groups(&account, tables, &mut report, &mut groups);
        for (id, (kind, path)) in &paths {
            if let Some(stat) = account.node(*id) {
                let (ns, extra) = stat.read();
                if ns.count() > 0 {
                    let contended = if matches!(kind, SpanKind::BridgeLock | SpanKind::Mutex) { extra } else { 0 };
                    let none = || SpanReport { path: path.clone(), kind: *kind, ns: Default::default(), contended: 0 };
                    let span = spans.entry((path.clone(), *kind)).or_insert_with(none);
                    span.ns.merge(&ns);
                    span.contended += contended;
                }
            }
        }
    }
    report.groups = groups.into_values().collect();
    report.groups.sort_by(|a, b| a.key.cmp(&b.key));
    report.spans = spans.into_values().collect();
    report.sequences = sequences.into_iter().map(|(key, pair)| sequence(key, pair, tables)).collect();
    report.sequences.sort();
    let mut last = StretchTable::default();
    in_flight(&mut last);
    last.read(&mut stretches);
    let stretches = stretches.merged();
    let none = || Blocks { length_ns: 1 << FIRST_SHIFT, ..Blocks::default() };
    let blocks = blocks.merged().or_else(|| stretches.is_some().then(none));
    report.blocks = blocks.map(|blocks| Blocks { stretches, ..blocks }).into_iter().collect();
    for group in &report.groups {
        let hops = group.hop_ns.count();
        match group.key.outcome {
            Outcome::Joined => report.outcomes.joined += hops,
            Outcome::Panicked => report.outcomes.panicked += hops,
            Outcome::Cancelled => report.outcomes.cancelled += hops,
            Outcome::Detached => report.outcomes.detached += hops,
        }
    }
    (report, corrected)
}

impl Report {
    /// Says up to when what went on was looked at.
    pub fn looked_until(&mut self, ns: u64) {
        let stretches = self.blocks.iter_mut().filter_map(|blocks| blocks.stretches.as_mut());
        stretches.for_each(|stretches| stretches.to_ns = ns);
    }
}

fn sequence(
    (before, after): (u32, u32),
    Pair { hops, in_a_row, together, gap: gap_ns }: Pair,
    tables: &Tables,
) -> Sequence {
    let ((before_site, before_job), (site, job)) = (tables.site(before), tables.site(after));
    Sequence { before_site, before_job, site, job, hops, in_a_row, together, gap_ns }
}

/// The hops that accounts keep whole.
pub fn whole_hops(
    accounts: impl Iterator<Item = impl Deref<Target = Account>>,
    tables: &Tables,
    pid: u32,
) -> Vec<WholeHop> {
    let mut hops = Vec::new();
    for account in accounts {
        hops.extend(account.timeline.hops().map(|hop| {
            let (site, job) = tables.site(hop.id.site());
            let (arm, detail, outcome) = (hop.id.arm(), hop.id.detail(), hop.id.outcome());
            let thread = |number: u32| (number != 0).then_some(number);
            let stamps = hop.ticks.stamps(account.since, thread(hop.threads.pool));
            let key = GroupKey { site, job, arm, detail, outcome };
            WholeHop::new(hop.draw, pid, key, &stamps, thread(hop.threads.caller), thread(hop.awaiter))
        }));
    }
    hops
}

fn add_groups(account: &Account, tables: &Tables, report: &mut Report, groups: &mut KeyMap<GroupId, HopGroup>) {
    for group in account.groups() {
        let into = groups.entry(group.id).or_insert_with(|| {
            let (site, job) = tables.site(group.id.site());
            HopGroup::new(GroupKey { site, job, arm: group.arm, detail: group.detail, outcome: group.id.outcome() })
        });
        group.read(into, &mut report.observer.in_situ_span_ns);
    }
}

/// Every node's kind, and its names from the root to it.
fn paths(tables: &Tables) -> BTreeMap<NodeId, (SpanKind, Vec<String>)> {
    let mut paths: BTreeMap<NodeId, (SpanKind, Vec<String>)> = BTreeMap::new();
    for (id, key) in tables.nodes() {
        // A parent comes before its children, so it is always known when they come.
        let mut path =
            key.parent.and_then(|parent| paths.get(&parent)).map(|(_, path)| path.clone()).unwrap_or_default();
        path.push(match key.name {
            Name::Foreign(name) => tables.span_name(name),
            Name::NamedLock(name) => format!("lock {}", tables.span_name(name)),
            Name::Lock(op) => format!("lock {op}"),
            Name::Copy => "copy".to_owned(),
        });
        paths.insert(id, (key.name.kind(), path));
    }
    paths
}
