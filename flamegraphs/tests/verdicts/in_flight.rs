//! Rules that look at what is in flight, and need no number of hops.

use crate::made::{SECOND, aged, deadlocked, endless, given_up, live_site, name, rules, starved};
use tollbridge_flamegraphs::verdict::{Level, Rule, Verdict, verdicts};
use tollbridge_report::{LiveSite, Report};

#[test]
fn a_pool_that_waits_for_itself_is_named_with_both_sites_and_needs_no_hop() {
    let said = verdicts(&deadlocked());
    let [Verdict { rule: Rule::Deadlock, site: Some(site), evidence, saving: None, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(site.site, name(7).0);
    assert_eq!(evidence[1], "jobs of meta.rs:7 get wait for 8 queued calls of meta.rs:4 get");
    let mut waits = deadlocked();
    waits.live.as_mut().unwrap().deadlocks.clear();
    assert!(!rules(&waits).contains(&Rule::Deadlock), "a free thread may come back");
}

#[test]
fn jobs_that_do_not_end_are_named_and_their_victims_do_not_take_the_blame() {
    let said = verdicts(&endless(14, 16, 5 * SECOND, 8_000_000));
    let [Verdict { rule: Rule::Stuck, site: Some(site), evidence, confidence, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((site.site.as_str(), confidence.level), (name(9).0.as_str(), Level::High));
    assert!(evidence.iter().any(|told| told.contains("14 of 16 threads seen")), "{evidence:?}");
    assert!(evidence.iter().any(|told| told.contains("calls of meta.rs:7 get")), "{evidence:?}");
    let said = |report: &Report| rules(report).contains(&Rule::Stuck);
    assert!(!said(&endless(14, 16, 2 * SECOND, 8_000_000)), "not for most of the capture");
    assert!(said(&endless(1, 16, 5 * SECOND, 8_000_000)), "others wait");
    assert!(!said(&endless(1, 16, 5 * SECOND, 0)) && !said(&endless(3, 16, 5 * SECOND, 0)), "it harms nobody");
    assert!(said(&endless(4, 16, 5 * SECOND, 0)));
    assert_eq!(verdicts(&endless(4, 16, 5 * SECOND, 0))[0].confidence.level, Level::Medium);
    let mut logged = endless(14, 16, 5 * SECOND, 8_000_000);
    logged.live = None;
    assert!(!said(&logged));
}

#[test]
fn jobs_that_run_on_after_a_timeout_are_a_leak() {
    let leak = given_up(50_000_000, 3 * SECOND, 50, 54);
    let said = verdicts(&leak);
    let Verdict { rule: Rule::Leak, site: Some(site), evidence, confidence, .. } = &said[0] else { panic!("{said:?}") };
    assert_eq!((site.site.as_str(), confidence.level), (name(9).0.as_str(), Level::High));
    assert!(evidence[1].starts_with("50 of 54 threads seen run such a job now"), "{evidence:?}");
    let said = |report: &Report| rules(report).contains(&Rule::Leak);
    assert!(!said(&given_up(10_000, 3 * SECOND, 50, 54)), "dropped at once: the app never meant to wait");
    assert!(!said(&given_up(50_000_000, 3 * SECOND, 1, 54)) && !said(&given_up(50_000_000, 3 * SECOND, 10, 54)));
    assert!(!said(&given_up(50_000_000, 40_000_000, 50, 54)), "the jobs end sooner than their callers");
}

#[test]
fn calls_that_never_begin_need_no_hundred_hops() {
    assert_eq!(rules(&starved(4, 3 * SECOND, 5)), [Rule::Starved]);
    assert_eq!(rules(&starved(4, 3 * SECOND, 0)), [Rule::Starved]);
    assert_eq!(rules(&starved(4, SECOND - 1, 5)), []);
    assert_eq!(rules(&starved(0, 0, 5)), []);
    assert_eq!(rules(&starved(4, 3 * SECOND, 100)), [Rule::Fine], "durations tell");
    let mut both = endless(14, 16, 5 * SECOND, 0);
    both.live.as_mut().unwrap().sites.push(LiveSite { queued: aged(3, 4 * SECOND), ..live_site(11) });
    assert_eq!(rules(&both)[0], Rule::Stuck);
    assert!(!rules(&both).contains(&Rule::Starved), "its cause is named");
}
