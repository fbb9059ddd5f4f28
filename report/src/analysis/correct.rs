//! What spans outside hops took, less what looking at them took.
//!
//! A recorded span costs its thread more than it shows: a part of that cost lies between its two stamps (the *floor*: what an
//! empty span measures), the rest outside them, where it lengthens whatever span is around.
//!
//! ```text
//! parent   |--------- own --------- (open |floor child| close) --------- own ---------|
//!                                    '--------- whole -------'
//! ```
//!
//! So a span's mean is less its own floor, and less the whole cost of each span below it; its *self* time, which is what
//! its children leave, is less its own floor, and less of each child what lies outside the child's stamps. What other
//! subscribers of the app do with a child stays in its parent: nobody knows how long that takes.

use std::collections::BTreeMap;

use crate::names::SpanKind;
use crate::{Mean, Report, SpanMeans, SpanReport};

/// A corrected length is that much uncertain for each span below it, in ns; what does not rise above that is not told.
pub const CHILD_UNCERTAINTY_NS: f64 = 10.0;

/// What looking at one span costs, in ns.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Between its stamps.
    floor: f64,
    /// All of it; `None` if it was not measured.
    whole: Option<f64>,
}

/// Of spans of our own probes (locks and copies), with ordered readings, and of other people's.
struct Costs {
    probed: Cost,
    entered: Cost,
}

impl Costs {
    fn of(report: &Report) -> Option<Self> {
        let (clock, observer) = (report.clock.as_ref()?, &report.observer);
        let probed = Cost { floor: clock.ordered_floor_ns, whole: observer.span_ns };
        let entered = Cost {
            floor: observer.entered_floor_ns.unwrap_or(clock.floor_ns),
            // Where it was not measured, a span of our own is the nearest known.
            whole: observer.entered_span_ns.or(observer.span_ns),
        };
        Some(Self { probed, entered })
    }

    fn get(&self, kind: SpanKind) -> Cost {
        if kind.is_probed() { self.probed } else { self.entered }
    }
}

/// What stands below a span, added up.
#[derive(Clone, Copy, Default)]
struct Below {
    children: u64,
    /// They and their children and so on.
    all: u64,
    /// Sum of the children's lengths.
    children_ns: u64,
    /// Children's costs outside their stamps; `None` if one is unknown.
    outside_ns: Known,
    /// Whole costs of all that stands below, children's children too.
    whole_ns: Known,
}

/// A sum in ns that is not known if one of its parts is not.
#[derive(Clone, Copy)]
struct Known(Option<f64>);

impl Default for Known {
    fn default() -> Self {
        Self(Some(0.0))
    }
}

impl Known {
    fn add(&mut self, ns: Option<f64>) {
        self.0 = self.0.zip(ns).map(|(sum, ns)| sum + ns);
    }
}

/// The means of all spans, in their order.
pub(super) fn span_means(report: &Report) -> Vec<SpanMeans> {
    let costs = Costs::of(report);
    let below = below(&report.spans, costs.as_ref());
    report
        .spans
        .iter()
        .filter_map(|span| {
            of_span(span, below.get(span.path.as_slice()).filter(|_| span.kind == SpanKind::Entered), costs.as_ref())
        })
        .collect()
}

fn below<'a>(spans: &'a [SpanReport], costs: Option<&Costs>) -> BTreeMap<&'a [String], Below> {
    let mut below: BTreeMap<&[String], Below> = BTreeMap::new();
    for span in spans {
        let count = span.ns.count() as f64;
        let whole = costs.and_then(|costs| costs.get(span.kind).whole).map(|ns| ns * count);
        let floor = costs.map(|costs| costs.get(span.kind).floor * count);
        for depth in 1..span.path.len() {
            let above = below.entry(&span.path[..depth]).or_default();
            above.all += span.ns.count();
            above.whole_ns.add(whole);
        }
        if let Some((_, parent)) = span.path.split_last().filter(|(_, parent)| !parent.is_empty()) {
            let parent = below.entry(parent).or_default();
            parent.children += span.ns.count();
            parent.children_ns = parent.children_ns.saturating_add(span.ns.sum());
            // A floor above the whole was measured on a bad day; nothing is then known to lie outside.
            parent.outside_ns.add(whole.zip(floor).map(|(whole, floor)| (whole - floor).max(0.0)));
        }
    }
    below
}

/// `None` if no such span has ended yet.
fn of_span(span: &SpanReport, below: Option<&Below>, costs: Option<&Costs>) -> Option<SpanMeans> {
    let raw = span.ns.mean()?;
    let count = span.ns.count() as f64;
    let below = below.copied().unwrap_or_default();
    let (children, children_ns) = (below.children as f64 / count, below.children_ns as f64 / count);
    // A parent that is still open has its children counted already.
    let raw_self = (raw - children_ns).max(0.0);
    let floor = costs.map(|costs| costs.get(span.kind).floor);
    let corrected = |raw: f64, cost: Known, spans: u64| {
        let less = floor.zip(cost.0).map(|(floor, cost)| floor + cost / count);
        let uncertain = spans as f64 / count * CHILD_UNCERTAINTY_NS;
        Mean { raw, corrected: less.map(|less| raw - less).filter(|&ns| ns > uncertain) }
    };
    Some(SpanMeans {
        path: span.path.clone(),
        kind: span.kind,
        children_per_span: children,
        mean_ns: corrected(raw, below.whole_ns, below.all),
        self_ns: corrected(raw_self, below.outside_ns, below.children),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Distribution};

    fn report(spans: &[(&[&str], &[u64])]) -> Report {
        let spans = spans.iter().map(|(path, lengths)| {
            let mut ns = Distribution::default();
            lengths.iter().for_each(|&length| ns.add(length));
            let path: Vec<String> = path.iter().map(|&name| name.to_owned()).collect();
            let kind = match path.last().map_or("", String::as_str) {
                "copy" => SpanKind::Copy,
                name if name.starts_with("lock ") => SpanKind::Mutex,
                _ => SpanKind::Entered,
            };
            SpanReport { path, kind, ns, contended: 0 }
        });
        let mut report = Report {
            clock: Some(Clock {
                source: "mock".to_owned(),
                ticks_per_ns: 1.0,
                grain_ns: 1.0,
                floor_ns: 10.0,
                ordered_floor_ns: 24.0,
                corrected: 0,
            }),
            spans: spans.collect(),
            ..Report::default()
        };
        report.observer.span_ns = Some(60.0);
        report
    }

    fn found(report: &Report, path: &[&str]) -> SpanMeans {
        span_means(report).into_iter().find(|means| means.path == path).expect("it is there")
    }

    //  a    |----------------- 1000 -----------------|      whole cost of a span of tracing 60, 10 of it inside
    //  a/b      |- 100 -|   |- 200 -|
    //  a/b/c     | 50 |
    #[test]
    fn a_parent_pays_for_what_lies_outside_its_childrens_stamps() {
        let report = report(&[(&["a"], &[1000]), (&["a", "b"], &[100, 200]), (&["a", "b", "c"], &[50])]);
        let a = found(&report, &["a"]);
        assert!((a.children_per_span - 2.0).abs() < 1e-9);
        assert_eq!(a.self_ns, Mean { raw: 700.0, corrected: Some(700.0 - 10.0 - 2.0 * 50.0) });
        assert_eq!(a.mean_ns, Mean { raw: 1000.0, corrected: Some(1000.0 - 10.0 - 3.0 * 60.0) });
        let b = found(&report, &["a", "b"]);
        assert_eq!(b.self_ns, Mean { raw: 125.0, corrected: Some(125.0 - 10.0 - 0.5 * 50.0) });
        assert_eq!(b.mean_ns, Mean { raw: 150.0, corrected: Some(150.0 - 10.0 - 0.5 * 60.0) });
        let c = found(&report, &["a", "b", "c"]);
        assert_eq!((c.self_ns, c.mean_ns.corrected), (c.mean_ns, Some(40.0)));
        // What is left of all of them is what is left of the root.
        let selves = a.self_ns.corrected.unwrap() + 2.0 * b.self_ns.corrected.unwrap() + c.self_ns.corrected.unwrap();
        assert!((selves - a.mean_ns.corrected.unwrap()).abs() < 1e-9);
    }

    #[test]
    fn locks_and_copies_have_the_ordered_floor() {
        let report =
            report(&[(&["copy"], &[30]), (&["x"], &[100]), (&["x", "lock cache"], &[30]), (&["x", "y"], &[30])]);
        let corrected = |path: &[&str]| found(&report, path).mean_ns.corrected;
        assert_eq!([corrected(&["copy"]), corrected(&["x", "lock cache"])], [Some(6.0); 2]);
        assert_eq!(corrected(&["x", "y"]), Some(20.0));
        // 60 outside the floor: 36 of the lock's, 50 of the span's.
        assert_eq!(found(&report, &["x"]).self_ns, Mean { raw: 40.0, corrected: None });
    }

    /// A path may belong to a span and to a lock.
    #[test]
    fn a_lock_has_no_children() {
        let mut report = report(&[(&["lock a"], &[1000]), (&["lock a", "b"], &[100])]);
        report.spans.push(SpanReport { kind: SpanKind::Entered, ..report.spans[0].clone() });
        report.spans[1].kind = SpanKind::Entered;
        let means = span_means(&report);
        assert_eq!(means.iter().map(|means| means.children_per_span).collect::<Vec<_>>(), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn what_was_measured_of_other_peoples_spans_goes_before_what_was_not() {
        let mut report = report(&[(&["a"], &[1000]), (&["a", "b"], &[100])]);
        report.observer.entered_floor_ns = Some(14.0);
        report.observer.entered_span_ns = Some(200.0);
        assert_eq!(found(&report, &["a"]).self_ns.corrected, Some(900.0 - 14.0 - 186.0));
    }

    #[test]
    fn what_does_not_rise_above_its_uncertainty_is_not_told() {
        let children = [30; 10];
        // Ten children: 300 of their own, 500 outside their stamps, 10 the parent's floor, 100 uncertain.
        for (length, corrected) in [(910, None), (911, Some(101.0))] {
            let report = report(&[(&["a"], &[length]), (&["a", "b"], &children)]);
            assert_eq!(found(&report, &["a"]).self_ns.corrected, corrected, "{length}");
        }
        assert_eq!(found(&report(&[(&["a"], &[10])]), &["a"]).mean_ns, Mean { raw: 10.0, corrected: None });
    }

    #[test]
    fn nothing_is_corrected_by_what_is_not_known() {
        let mut report = report(&[(&["a"], &[1000]), (&["a", "b"], &[100])]);
        report.observer.span_ns = None;
        assert_eq!(found(&report, &["a"]).self_ns, Mean { raw: 900.0, corrected: None });
        assert_eq!(found(&report, &["a", "b"]).self_ns, Mean { raw: 100.0, corrected: Some(90.0) });
        report.clock = None;
        assert_eq!(found(&report, &["a", "b"]).self_ns, Mean { raw: 100.0, corrected: None });
    }

    /// A live report, or one of a capture that ended inside the parent: its children are there already.
    #[test]
    fn an_open_parent_is_no_less_than_nothing() {
        let report = report(&[(&["a"], &[100]), (&["a", "b"], &[90, 90]), (&["open"], &[]), (&["open", "b"], &[5])]);
        assert_eq!(found(&report, &["a"]).self_ns, Mean { raw: 0.0, corrected: None });
        assert!(span_means(&report).iter().all(|means| means.path != ["open"]));
    }
}
