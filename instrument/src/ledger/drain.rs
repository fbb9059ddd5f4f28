//! Recorders -> report.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blocks;
use super::group::GroupId;
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
    report.dropped.hops += count(&recorder.losses.hops);
    report.dropped.spans += count(&recorder.losses.spans);
    report.dropped.histogram_values += count(&recorder.losses.histogram_values);
    report.dropped.outliers += count(&recorder.losses.outliers);
    report.dropped.sites += count(&recorder.losses.other_site_hops);
    // Only the list is copied under its lock: its thread waits for it when it meets a new site.
    let own = recorder.groups.lock().clone();
    for group in own {
        let GroupId { site, arm, detail, outcome } = group.id;
        let (site, job) = tables.site(site);
        let key = GroupKey { site, job, arm, detail, outcome };
        let into = groups.entry(key.clone()).or_insert_with(|| HopGroup::new(key));
        group.read(&recorder.chunks, into, &mut report.observer.in_situ_span_ns);
    }
    // A parent comes before its children, so it is always known when they come.
    let mut paths: HashMap<NodeId, Vec<String>> = HashMap::new();
    for (id, key, stat) in recorder.tree.nodes() {
        let (values, extra) = stat.read(&recorder.chunks);
        let mut path = key.parent.and_then(|parent| paths.get(&parent)).cloned().unwrap_or_default();
        path.push(match key.name {
            Name::Foreign(name) => tables.span_name(name),
            Name::NamedLock(name) => format!("lock {}", tables.span_name(name)),
            Name::Lock(op) => format!("lock {op}"),
            Name::Copy => "copy".to_owned(),
        });
        paths.insert(id, path.clone());
        let span =
            spans.entry(path.clone()).or_insert_with(|| SpanReport { path, ns: Default::default(), contended: 0 });
        span.ns.merge(&values);
        if matches!(key.name, Name::Lock(_) | Name::NamedLock(_)) {
            span.contended += extra;
        }
    }
}
