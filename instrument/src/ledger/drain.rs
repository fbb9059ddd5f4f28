//! Recorders -> report.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blocks;
use super::recorder::Recorder;
use super::sites::Tables;
use super::tree::{Name, NodeId};
use crate::names::Outcome;
use crate::report::{FORMAT, GroupKey, HopGroup, Report, SpanReport};

/// What stands in the file's member `tool`.
const TOOL: &str = concat!("tollbridge ", env!("CARGO_PKG_VERSION"));

/// Adds all recorders up. What only the capture knows (process, clock, in flight) is left to it.
pub(super) fn report<'a>(recorders: impl Iterator<Item = &'a Recorder> + Clone, tables: &Tables) -> Report {
    let mut groups: BTreeMap<GroupKey, HopGroup> = BTreeMap::new();
    let mut spans: BTreeMap<Vec<String>, SpanReport> = BTreeMap::new();
    let mut report = Report { format: FORMAT, tool: TOOL.to_owned(), ..Report::default() };
    for recorder in recorders.clone() {
        add_recorder(recorder, tables, &mut report, &mut groups, &mut spans);
    }
    report.groups = groups.into_values().collect();
    report.spans = spans.into_values().collect();
    report.blocks = blocks::read(recorders.map(|recorder| &recorder.blocks)).into_iter().collect();
    for group in &report.groups {
        let hops = group.hop_ns.count();
        match group.key.outcome {
            Outcome::Joined => report.outcomes.joined += hops,
            Outcome::Panicked => report.outcomes.panicked += hops,
            Outcome::Cancelled => report.outcomes.cancelled += hops,
            Outcome::Detached => report.outcomes.detached += hops,
        }
    }
    report
}

fn add_recorder(
    recorder: &Recorder,
    tables: &Tables,
    report: &mut Report,
    groups: &mut BTreeMap<GroupKey, HopGroup>,
    spans: &mut BTreeMap<Vec<String>, SpanReport>,
) {
    // ORDERING: relaxed; exact at rest.
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    report.outcomes.submitted += count(&recorder.submitted);
    report.dropped.spans += count(&recorder.dropped_spans);
    report.dropped.histogram_values += count(&recorder.dropped_histogram_values);
    report.dropped.outliers += count(&recorder.outliers);
    report.dropped.sites += count(&recorder.other_site_hops);
    // A parent comes before its children, so it is always known when they come.
    let mut keys: HashMap<NodeId, GroupKey> = HashMap::new();
    let mut paths: HashMap<NodeId, Vec<String>> = HashMap::new();
    for (id, key, stat) in recorder.tree.nodes() {
        let (values, extra) = stat.read(&recorder.chunks);
        if let Name::Hops { site, arm, detail, outcome } = key.name {
            let (site, job) = tables.site(site);
            let group_key = GroupKey { site, job, arm, detail, outcome };
            let group = groups.entry(group_key.clone()).or_insert_with(|| HopGroup::new(group_key.clone()));
            group.hop_ns.merge(&values);
            keys.insert(id, group_key);
            continue;
        }
        if let Some(group) = key.parent.and_then(|parent| keys.get(&parent)).and_then(|key| groups.get_mut(key)) {
            match key.name {
                Name::Overhead => group.overhead_ns.merge(&values),
                Name::Phase(phase) => group.phases.entry(phase).or_default().merge(&values),
                Name::Start(kind) => group.starts.entry(kind).or_default().merge(&values),
                Name::Lock(op) => {
                    let lock = group.locks.entry(op).or_default();
                    lock.ns.merge(&values);
                    lock.contended += extra;
                }
                Name::Copy => {
                    group.copies.merge(&values);
                    group.copied_bytes += extra;
                }
                Name::Empty => report.observer.in_situ_span_ns.merge(&values),
                Name::Hops { .. } | Name::Foreign(_) | Name::NamedLock(_) => {}
            }
            continue;
        }
        let mut path = key.parent.and_then(|parent| paths.get(&parent)).cloned().unwrap_or_default();
        path.push(match key.name {
            Name::Foreign(name) => tables.span_name(name),
            Name::NamedLock(name) => format!("lock {}", tables.span_name(name)),
            Name::Lock(op) => format!("lock {op}"),
            Name::Copy => "copy".to_owned(),
            other => format!("{other:?}"),
        });
        paths.insert(id, path.clone());
        let span = spans
            .entry(path.clone())
            .or_insert_with(|| SpanReport { path, ns: Default::default(), contended: 0 });
        span.ns.merge(&values);
        if matches!(key.name, Name::Lock(_) | Name::NamedLock(_)) {
            span.contended += extra;
        }
    }
}
