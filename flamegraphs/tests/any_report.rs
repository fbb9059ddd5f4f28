//! Random reports: what is written of them can be read, and holds what they hold.

mod common;
#[path = "../fuzz/src/lib.rs"]
pub mod holds;
#[path = "../../instrument/tests/common/mod.rs"]
mod random;

use common::{Form, emit, log_of, tally};
use proptest::prelude::*;
use tollbridge_flamegraphs::read::from_reader;
use tollbridge_flamegraphs::{FlameOptions, Weight, render};
use tollbridge_instrument::hop::HopRecord;
use tollbridge_instrument::names::Arm;
use tollbridge_instrument::report::{FORMAT, HopGroup, Report};

/// As an app stores it.
fn stored() -> impl Strategy<Value = Report> {
    random::any_report().prop_map(|report| Report { format: FORMAT, ..report })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_made_of_a_report_holds_what_it_holds(report in stored()) {
        holds::whole(&report);
    }

    #[test]
    fn a_sum_of_reports_is_a_report(a in stored(), b in stored()) {
        let mut sum = a;
        sum.merge(&b);
        holds::whole(&sum);
    }

    #[test]
    fn arms_that_are_equal_differ_in_nothing(mut report in stored()) {
        report.groups.retain(|group| group.key.arm == Arm::Naive);
        let twins: Vec<HopGroup> = report.groups.iter().cloned().map(|mut group| {
            group.key.arm = Arm::Snapshot;
            group
        }).collect();
        report.groups.extend(twins);
        report.groups.sort_by(|a, b| a.key.cmp(&b.key));
        report.derive();
        let folder = tempfile::tempdir().unwrap();
        for weight in [Weight::Counts, Weight::Ns] {
            let drawn = render(&report, folder.path(), &FlameOptions::default().with_weight(weight));
            let diff = std::fs::read_to_string(folder.path().join("diff.folded"));
            prop_assume!(drawn.is_ok() && diff.is_ok());
            for line in diff.unwrap().lines() {
                let [after, before, _] = line.rsplitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn a_log_gives_the_report_that_the_ledger_gives(drawn in prop::collection::vec(random::drawn(), 1..15)) {
        let mut now = 0;
        let hops: Vec<HopRecord<'_>> = drawn.iter().map(|drawn| random::hop(&mut now, drawn)).collect();
        let expected = tally(&hops);
        for form in Form::ALL {
            let log = log_of(form, || hops.iter().for_each(emit));
            let read = from_reader(log.as_slice(), "the log").expect("it holds hops").report;
            prop_assert_eq!(&read.groups, &expected.groups);
            prop_assert_eq!(&read.blocks, &expected.blocks);
            prop_assert_eq!(read.outcomes, expected.outcomes);
            prop_assert_eq!(&read.dropped, &expected.dropped);
        }
    }
}
