//! Merging: associative, commutative, with the empty report as identity, on random reports.

use proptest::prelude::*;
use tollbridge_report::{Merger, Observed, Process, Report};
use tollbridge_testkit::hops::{Kind, any_report, drawn, kind, of};

fn both(a: &Report, b: &Report) -> Report {
    let mut sum = a.clone();
    sum.merge(b);
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_commutative(a in any_report(), b in any_report()) {
        prop_assert_eq!(both(&a, &b), both(&b, &a));
    }

    #[test]
    fn it_is_associative(a in any_report(), b in any_report(), c in any_report()) {
        prop_assert_eq!(both(&both(&a, &b), &c), both(&a, &both(&b, &c)));
    }

    #[test]
    fn the_empty_report_is_its_identity(a in any_report()) {
        prop_assert_eq!(&both(&a, &Report::default()), &a);
        prop_assert_eq!(&both(&Report::default(), &a), &a);
    }

    #[test]
    fn one_by_one_is_two_by_two(reports in prop::collection::vec(any_report(), 0..6), turned in 0usize..6) {
        let mut merger = Merger::default();
        reports.iter().cloned().for_each(|report| merger.add(report));
        let sum = merger.finish();
        prop_assert_eq!(&sum, &reports.iter().fold(Report::default(), |sum, report| both(&sum, report)));
        let mut other_order = Merger::default();
        let (first, last) = reports.split_at(turned.min(reports.len()));
        last.iter().chain(first).cloned().for_each(|report| other_order.add(report));
        prop_assert_eq!(&sum, &other_order.finish());
        let mut in_parts = [Merger::default(), Merger::default()];
        reports.iter().cloned().enumerate().for_each(|(i, report)| in_parts[i % 2].add(report));
        let [mut part, other] = in_parts;
        part.append(other);
        prop_assert_eq!(&sum, &part.finish());
    }

    #[test]
    fn sums_of_parts_are_the_whole(hops in prop::collection::vec(drawn(), 0..30), at in 0usize..30, kind in kind()) {
        // The parts of one list of hops, each at its own time: all that adds up is that of the whole.
        let (first, last) = hops.split_at(at.min(hops.len()));
        let whole = of(&hops, kind.clone());
        let sum = both(&of(first, kind.clone()), &of(last, Kind { spans: Vec::new(), dropped: 0, ..kind }));
        prop_assert_eq!(&sum.groups, &whole.groups);
        prop_assert_eq!(&sum.spans, &whole.spans);
        prop_assert_eq!(sum.outcomes, whole.outcomes);
        prop_assert_eq!(&sum.dropped, &whole.dropped);
        prop_assert_eq!(&sum.settings, &whole.settings);
    }

    #[test]
    fn what_is_read_for_merging_has_all_that_merging_looks_at(a in any_report()) {
        let mut a = a;
        a.format = tollbridge_report::FORMAT;
        let mut text = Vec::new();
        a.write_json(&mut text).expect("memory takes it");
        let mut primary = Report::primary_from_json(&text).expect("it was just written");
        prop_assert!(primary.sites.is_empty() && primary.arms.is_empty());
        prop_assert_eq!(&primary.groups, &a.groups);
        primary.derive();
        prop_assert_eq!(&primary, &a);
        prop_assert_eq!(&Report::from_json(&text).expect("it was just written"), &a);
        // A checkpoint, which has nothing else.
        let mut checkpoint = Vec::new();
        a.write_primary_json(&mut checkpoint).expect("memory takes it");
        prop_assert_eq!(&Report::from_json(&checkpoint).expect("it was just written"), &a);
        let members: serde_json::Value = serde_json::from_slice(&checkpoint).expect("it was just written");
        let derived = ["arms", "contrast", "sites", "span_means"].map(|name| members.get(name));
        prop_assert_eq!(derived, [None; 4]);
        prop_assert!(checkpoint.len() < text.len());
        // The same with its members in another order, where nothing can be cut out.
        let sorted: serde_json::Value = serde_json::from_slice(&text).expect("it was just written");
        let sorted = serde_json::to_vec(&sorted).expect("memory takes it");
        prop_assert_eq!(&Report::from_json(&sorted).expect("its order does not matter"), &a);
    }
}

#[test]
fn what_layers_saw_is_added_where_every_process_had_one() {
    let of = |observed: Option<(u64, u64)>| Report {
        observed: observed.map(|(jobs, imported)| Observed { jobs, imported, workers: 0 }),
        processes: vec![Process::default()],
        ..Report::default()
    };
    let (one, other, without) = (of(Some((10, 4))), of(Some((5, 5))), of(None));
    assert_eq!(both(&one, &other).observed, Some(Observed { jobs: 15, imported: 9, workers: 0 }));
    assert_eq!(both(&one, &without).observed, None);
    assert_eq!(both(&without, &one).observed, None);
    assert_eq!(both(&one, &Report::default()).observed, one.observed);
    let most = of(Some((u64::MAX, 1)));
    assert_eq!(both(&most, &one).observed.map(|observed| observed.jobs), Some(u64::MAX));
}

#[test]
fn more_imports_than_jobs_are_refused() {
    let text = |jobs, imported| {
        let report = Report {
            format: tollbridge_report::FORMAT,
            observed: Some(Observed { jobs, imported, workers: 0 }),
            ..Report::default()
        };
        let mut text = Vec::new();
        report.write_json(&mut text).expect("memory takes it");
        text
    };
    assert!(Report::from_json(&text(3, 3)).is_ok());
    let error = Report::from_json(&text(3, 4)).expect_err("there are not as many");
    assert!(error.to_string().contains("imported"), "{error}");
}
