//! Callers of sites: added up, subtracted, and read back.

use tollbridge_report::{Caller, FORMAT, Frame, Process, Report, SinceError};

fn caller(function: &str, samples: u64, calls: u64) -> Caller {
    let frame = |function: &str| Frame { function: function.into(), file: Some("src/a.rs".into()), line: Some(7) };
    Caller {
        site: "fs/mod.rs:1:1".into(),
        job: "tokio::fs::metadata".into(),
        frames: (!function.is_empty()).then(|| frame(function)).into_iter().collect(),
        is_own: !function.is_empty(),
        samples,
        calls,
        squares: calls.saturating_mul(calls),
    }
}

fn report(duration_ns: u64, callers: &[Caller], callers_lost: u64) -> Report {
    let process = Process { exe: "app".into(), pid: 7, duration_ns, ..Process::default() };
    Report { format: FORMAT, processes: vec![process], callers: callers.to_vec(), callers_lost, ..Report::default() }
}

#[test]
fn those_that_are_alike_are_one_in_a_sum_and_the_order_makes_no_difference() {
    let a = report(1, &[caller("", 1, 1), caller("a", 2, 10), caller("c", 1, u64::MAX)], 2);
    let b = report(2, &[caller("a", 3, 8), caller("b", 5, 5), caller("c", 1, 1)], 3);
    let (mut ab, mut ba) = (a.clone(), b.clone());
    ab.merge(&b);
    ba.merge(&a);
    assert_eq!(ab, ba);
    let both = Caller { squares: 164, ..caller("a", 5, 18) };
    let most = caller("c", 2, u64::MAX);
    assert_eq!(ab.callers, [caller("", 1, 1), both, caller("b", 5, 5), most]);
    assert_eq!(ab.callers_lost, 5);
}

#[test]
fn since_an_earlier_report_is_what_came_on_top() {
    let earlier = report(1, &[caller("a", 2, 2), caller("b", 1, 1)], 1);
    let later = report(2, &[caller("", 2, 2), caller("a", 2, 2), caller("b", 3, 3), caller("c", 1, 1)], 4);
    let since = later.since(&earlier).expect("the same capture");
    let grown = [caller("", 2, 2), Caller { squares: 8, ..caller("b", 2, 2) }, caller("c", 1, 1)];
    assert_eq!((&since.callers[..], since.callers_lost), (&grown[..], 3));
}

#[test]
fn where_calls_of_before_may_have_got_their_names_meanwhile_nothing_is_said() {
    let earlier = report(1, &[caller("", 4, 4), caller("a", 2, 2)], 1);
    let callers = |later: &[Caller]| report(2, later, 1).since(&earlier).expect("the same capture").callers;
    assert_eq!(callers(&[caller("a", 6, 6)]), []);
    assert_eq!(callers(&[caller("", 5, 5), caller("a", 2, 2), caller("b", 1, 1)]), []);
    assert_eq!(callers(&[caller("", 6, 6), caller("a", 2, 2)]), [Caller { squares: 20, ..caller("", 2, 2) }]);
    assert_eq!(callers(&[caller("", 3, 3), caller("a", 2, 2)]), []);
}

#[test]
fn what_became_less_is_an_error() {
    let earlier = report(1, &[caller("a", 2, 2), caller("b", 2, 2)], 1);
    for later in [
        report(2, &[caller("a", 1, 1), caller("b", 2, 2)], 1),
        report(2, &[caller("a", 2, 2)], 1),
        report(2, &[caller("b", 2, 2)], 1),
        report(2, &[caller("a", 2, 2), caller("b", 2, 2)], 0),
    ] {
        let error = later.since(&earlier).unwrap_err();
        assert!(matches!(error, SinceError::Backwards { .. }), "{later:?}");
    }
}

#[test]
fn a_file_holds_them_whole_and_as_a_checkpoint() {
    let mut report = report(1, &[caller("", 1, 8), caller("a", 2, 10)], 3);
    report.derive();
    let (mut whole, mut primary) = (Vec::new(), Vec::new());
    report.write_json(&mut whole).unwrap();
    report.write_primary_json(&mut primary).unwrap();
    for text in [whole, primary] {
        assert_eq!(Report::from_json(&text).expect("a report"), report);
    }
}

#[test]
fn what_no_sample_can_be_is_not_read() {
    for callers in [
        vec![caller("b", 1, 1), caller("a", 1, 1)],
        vec![caller("a", 1, 1), caller("a", 1, 1)],
        vec![caller("a", 2, 1)],
        vec![Caller { squares: 1, ..caller("a", 2, 2) }],
        vec![Caller { squares: 5, ..caller("a", 2, 2) }],
        vec![caller("a", 1, 1 << 53)],
    ] {
        let mut text = Vec::new();
        report(1, &callers, 0).write_json(&mut text).unwrap();
        assert!(Report::from_json(&text).is_err(), "{callers:?}");
    }
}
