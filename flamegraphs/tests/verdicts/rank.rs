//! What comes first, what is left out, and how sure it is.

use crate::made::{
    CROSSING, Hop, ORDINARY, SECOND, alike, endless, in_rows, lasting, records, report, report_of, rules, small,
    with_cpu,
};
use tollbridge_flamegraphs::verdict::{Level, Rule, Verdict, verdicts};
use tollbridge_report::Report;
use tollbridge_report::names::StartKind;

#[test]
fn nothing_is_said_of_too_few_hops_of_logs_and_of_visible_ones() {
    assert_eq!(rules(&report(&[small(2_000); 100])), [Rule::SmallWork]);
    assert_eq!(rules(&report(&[small(2_000); 99])), []);
    let mut visible = alike(small(2_000));
    visible.settings.as_mut().unwrap().visible = true;
    assert_eq!(rules(&visible), []);
    assert_eq!(rules(&tollbridge_testkit::logs::tally(&records(&[small(2_000); 100]))), []);
    let mut mixed = alike(small(2_000));
    mixed.merge(&visible);
    assert_eq!((rules(&mixed), mixed.settings), (vec![], None));
}

#[test]
fn what_saves_most_comes_first_and_what_hardly_matters_is_left_out() {
    let of = |line, hop: Hop| Hop { line, ..hop };
    let backlog = Hop { backlog: 3_000_000, kind: StartKind::Handoff, ..ORDINARY };
    let sites = |more: usize| {
        [vec![of(1, small(2_000)); 100 * more], vec![of(2, small(2_000)); 100], vec![of(3, backlog); 100]].concat()
    };
    let places = |report: &Report| -> Vec<(Rule, String)> {
        let site = |verdict: &Verdict| verdict.site.as_ref().unwrap().site.clone();
        verdicts(report).iter().map(|verdict| (verdict.rule, site(verdict))).collect()
    };
    let at = |rule: Rule, line: u32| (rule, format!("src/store/meta.rs:{line}:9"));
    let (small, wait) = (Rule::SmallWork, Rule::Backlog);
    assert_eq!(places(&report(&sites(2))), [at(wait, 3), at(small, 1), at(small, 2)]);
    assert_eq!(places(&report(&sites(19))), [at(wait, 3), at(small, 1), at(small, 2)]);
    assert_eq!(places(&report(&sites(20))), [at(wait, 3), at(small, 1), at(small, 2)]);
    assert_eq!(places(&report(&sites(21))), [at(wait, 3), at(small, 1)]);
}

#[test]
fn beside_other_processes_every_estimate_is_less_sure_and_says_why() {
    let small_jobs = || alike(small(2_000));
    let lasted = small_jobs().processes[0].duration_ns.max(SECOND);
    let beside =
        |report: Report, others: u64| with_cpu(lasting(report, lasted, 2, 0), lasted / 10, others * lasted / 50, 0);
    assert_eq!(verdicts(&beside(small_jobs(), 4))[0].confidence.level, Level::High);
    let said = verdicts(&beside(small_jobs(), 50));
    assert_eq!((said[0].rule, said[0].confidence.level), (Rule::SmallWork, Level::Medium));
    assert!(said[0].confidence.reason.ends_with("other processes used 50 % of the machine meanwhile"));
    // Near the crossing it may be the neighbour: neither small nor fine.
    assert_eq!(rules(&beside(alike(small(CROSSING - 500)), 50)), []);
    assert_eq!(rules(&beside(alike(small(CROSSING + 500)), 50)), []);
    assert_eq!(rules(&beside(alike(small(3 * CROSSING)), 50)), [Rule::Fine]);
    // What was counted stays sure.
    let stuck = with_cpu(endless(14, 16, 5 * SECOND, 8_000_000), SECOND, 5 * SECOND, 0);
    assert_eq!(verdicts(&stuck)[0].confidence.level, Level::High);
}

#[test]
fn what_saves_next_to_nothing_of_a_hop_is_not_said() {
    // 35 us of a hop of 75 ms.
    let tail =
        [vec![Hop { start: 75_000_000, ..small(50_000) }; 97], vec![Hop { start: 75_000_000, ..small(1_500_000) }; 5]];
    assert!(!rules(&report_of(&records(&tail.concat()), 10, 32)).contains(&Rule::LongTail));
    // Half a microsecond.
    assert_eq!(rules(&in_rows(&[Hop { submit: 300, start: 100, resume: 300, ..small(200) }; 100], 100)), []);
}

#[test]
fn sites_that_found_no_room_get_no_verdict_and_many_even_ones_do() {
    let mut report = alike(small(2_000));
    report.sites[0].site = "<other>".to_owned();
    assert_eq!(rules(&report), []);
    let even: Vec<Hop> = (1..=24).flat_map(|line| vec![Hop { line, ..small(2_000) }; 100]).collect();
    assert_eq!(rules(&self::report(&even)), [Rule::SmallWork; 24]);
}
