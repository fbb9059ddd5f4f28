//! Rules about threads: too many, too few, taken by others.

use crate::made::{
    CROSSING, Hop, ORDINARY, SECOND, aged, alike, assert_saves, behind, computing, deadlocked, lasting, live,
    live_site, name, queued, records, report_of, rules, saving, small, with_cpu, with_share, woken,
};
use tollbridge_flamegraphs::verdict::{Level, Rule, Verdict, verdicts};
use tollbridge_report::names::StartKind;
use tollbridge_report::{LiveSite, Report, RuntimePool};

#[test]
fn the_pool_is_too_wide_if_short_jobs_that_come_together_wake_many_threads() {
    let hops = |woken: Hop, handed: usize| {
        let handed = vec![Hop { kind: StartKind::Handoff, backlog: 1, ..woken }; handed];
        records(&[vec![woken; 100 - handed.len()], handed].concat())
    };
    let wide = woken(5_000, 4_000);
    // The job pays 5,130 ns, of which another pool saves 3,900.
    assert_eq!(rules(&report_of(&hops(wide, 0), 20, 5)), [Rule::WidePool]);
    assert_eq!(rules(&report_of(&hops(woken(2_400, 4_000), 0), 20, 50)), [Rule::WidePool]);
    assert_eq!(rules(&report_of(&hops(woken(100, 4_000), 0), 20, 50)), [Rule::WidePool, Rule::SmallWork]);
    assert_saves(&report_of(&hops(woken(100, 4_000), 0), 20, 50), Rule::SmallWork, 1_230.0 * 12.0 / 13.0);
    assert_eq!(rules(&report_of(&hops(woken(1_000, 4_000), 0), 20, 50)), [Rule::WidePool], "less than 1 us");
    assert_saves(&report_of(&hops(wide, 0), 20, 5), Rule::WidePool, 3_900.0);
    assert!(verdicts(&report_of(&hops(wide, 0), 20, 5))[0].attempt.starts_with("2 blocking threads"));
    let silent = |report: &Report| !rules(report).contains(&Rule::WidePool);
    assert!(silent(&report_of(&hops(wide, 0), 19, 5)), "too few together");
    assert!(silent(&report_of(&hops(wide, 0), 20, 4)), "not many threads");
    assert!(!silent(&report_of(&hops(wide, 70), 20, 5)) && silent(&report_of(&hops(wide, 71), 20, 5)), "handed on");
    assert!(!silent(&report_of(&hops(woken(15_000, 4_000), 0), 20, 50)));
    assert!(silent(&report_of(&hops(woken(17_000, 4_000), 0), 20, 50)), "longer jobs");
    // Some that lost their processor do not make the others long; some that are long would hold them up.
    let some = |long: usize, run| {
        let hops = [vec![wide; 100 - long], vec![woken(run, 4_000); long]].concat();
        report_of(&records(&hops), 20, 50)
    };
    assert!(!silent(&some(49, 17_000)) && silent(&some(51, 17_000)));
    assert!(!silent(&some(5, 200_000)) && silent(&some(6, 200_000)));
    // Where jobs wait for threads, a narrower pool is no help.
    let mut with_backlog = hops(wide, 0);
    with_backlog.extend(records(&[Hop { line: 8, backlog: 900_000, kind: StartKind::Handoff, ..ORDINARY }; 100]));
    assert!(silent(&report_of(&with_backlog, 40, 50)));
}

#[test]
fn backlog_is_capacity_if_it_is_more_than_the_crossing_and_a_fifth_of_the_hop() {
    let waits = |backlog, run| alike(Hop { backlog, kind: StartKind::Handoff, ..small(run) });
    assert_eq!(rules(&waits(1_200_000, 400_000)), [Rule::Backlog]);
    assert_saves(&waits(1_200_000, 400_000), Rule::Backlog, 1_200_000.0);
    // Two threads, and three jobs before each.
    let said = verdicts(&waits(1_200_000, 400_000));
    assert!(said[0].attempt.starts_with("8 blocking threads"), "{}", said[0].attempt);
    assert_eq!(said[0].confidence.level, Level::Low, "whether jobs compute is not known");
    assert_eq!(rules(&waits(104_000, 400_000)), [Rule::Backlog]);
    assert_eq!(rules(&waits(103_000, 400_000)), [Rule::Fine], "less than a fifth");
    assert_eq!(rules(&waits(CROSSING, 20_000)), [Rule::Fine], "no more than the crossing");
    let said = |run| rules(&waits(1_000_000, run)).contains(&Rule::Backlog);
    assert!(said(16_100) && !said(15_800), "shorter than it is worth to wake a thread for");
    assert_eq!(rules(&waits(CROSSING + 1, 20_000)), [Rule::Backlog]);
}

#[test]
fn a_start_far_above_any_thread_start_is_a_wait_for_jobs_that_are_not_seen() {
    assert_eq!(rules(&behind(75_000_000, 100, 0)), [Rule::UnseenJobs]);
    assert_eq!(rules(&behind(1_100_000, 100, 0)), [Rule::UnseenJobs]);
    assert_ne!(rules(&behind(900_000, 100, 0)).first(), Some(&Rule::UnseenJobs), "a slow start");
    // Who waits long makes few hops.
    assert_eq!(rules(&behind(75_000_000, 5, 0)), [Rule::UnseenJobs]);
    assert_eq!(rules(&behind(75_000_000, 4, 0)), []);
    assert_eq!(rules(&behind(5_000_000, 99, 0)), []);
    let busy = behind(75_000_000, 100, 0).pool.thread_ns / 2;
    assert!(!rules(&behind(75_000_000, 100, busy)).contains(&Rule::UnseenJobs), "seen jobs do it");
    // A worker that is as late: no processor is free.
    let late = report_of(&records(&[Hop { start: 75_000_000, resume: 20_000_000, ..small(50_000) }; 100]), 10, 32);
    assert!(!rules(&late).contains(&Rule::UnseenJobs));
}

#[test]
fn jobs_that_compute_are_capped_at_the_processors() {
    let said = verdicts(&computing(32));
    let Verdict { rule: Rule::JobsCompute, attempt, saving: Some(saving), code: Some(code), .. } = &said[0] else {
        panic!("{said:?}")
    };
    assert!(attempt.starts_with("2 blocking threads") && code.ends_with("max_blocking_threads(2)"), "{attempt}");
    assert!((saving.ns - 19_900_000.0).abs() < 1e5, "{saving:?}");
    assert!(!rules(&computing(32)).contains(&Rule::Fine) && !rules(&computing(32)).contains(&Rule::WidePool));
    assert!(!rules(&computing(2)).contains(&Rule::JobsCompute), "one a processor");
    // Sleeping jobs: 512 threads, hardly any CPU time and no wait for it.
    let mut sleeping = computing(32);
    sleeping.cpu.clear();
    let lasted = sleeping.processes[0].duration_ns;
    let sleeping = with_share(with_cpu(sleeping, lasted / 20, 0, 0), 7, 1);
    assert!(!rules(&sleeping).contains(&Rule::JobsCompute));
    // They use all there is, and how long they wait for it is not known: neither of the two.
    let mut unread = computing(32);
    unread.processes[0].cpu.as_mut().unwrap().wait_ns = Some(0);
    assert!(!rules(&unread).contains(&Rule::JobsCompute) && !rules(&unread).contains(&Rule::Fine));
    // Nobody knows.
    let mut old = computing(32);
    (old.cpu, old.processes[0].cpu) = (Vec::new(), None);
    assert!(!rules(&old).contains(&Rule::JobsCompute));
    // Other jobs share the pool: a semaphore.
    let mut shared = computing(32);
    let (site, job) = name(8);
    let mut other = shared.sites[0].clone();
    (other.site, other.job, other.busy_ns) = (site, job, 0);
    shared.sites.push(other);
    assert!(verdicts(&shared)[0].code.as_ref().unwrap().contains("Semaphore::const_new(2)"));
    // Jobs that call hops: nothing, and not that it is fine.
    let mut nested = computing(32);
    nested.sites[0].nested = 1;
    assert!(!rules(&nested).contains(&Rule::JobsCompute) && !rules(&nested).contains(&Rule::Fine));
    // With 2 threads for jobs that compute all waits are backlog, and more threads help nobody.
    let queue = Hop { backlog: 100_000_000, kind: StartKind::Handoff, ..small(8_000_000) };
    let report = lasting(report_of(&records(&[queue; 100]), 10, 2), 400_000_000, 2, 800_000_000);
    let said = verdicts(&with_share(with_cpu(report, 790_000_000, 0, 0), 7, 99));
    let [Verdict { rule: Rule::Fine, evidence, .. }] = &said[..] else { panic!("{said:?}") };
    assert!(evidence.iter().any(|told| told.contains("more threads would not end them sooner")), "{evidence:?}");
}

#[test]
fn the_number_of_threads_comes_from_what_was_offered() {
    let told = |report: &Report| {
        let said = verdicts(report);
        let verdict = said.iter().find(|verdict| verdict.rule == Rule::Backlog)?;
        verdict.attempt.split(' ').next()?.parse::<u64>().ok()
    };
    let hop = Hop { backlog: 8_000_000, kind: StartKind::Handoff, ..small(1_000_000) };
    // Half of them find four jobs ahead of them for each thread, half of them none: five jobs a thread on the mean.
    let idle = Hop { backlog: 0, kind: StartKind::Pickup, ..hop };
    let hops = [vec![hop; 50], vec![idle; 50]].concat();
    assert_eq!(told(&queued(&hops, 2, 3, 10_000)), Some(10));
    assert_eq!(told(&queued(&hops, 2, 12, 10_000)), Some(12), "in the busiest stretch");
    assert_eq!(verdicts(&queued(&hops, 2, 12, 10_000))[0].confidence.level, Level::Medium);
    assert_eq!(told(&queued(&hops, 2, 1_000, 10_000)), Some(18), "no more than the queue that a job found");
    let long = [Hop { backlog: 800_000_000, ..hop }; 100];
    assert_eq!(told(&queued(&long, 420, 100_000, 1_000)), None, "no more than tokio's own: 512 of 420 is no step");
    assert_eq!(told(&queued(&long, 300, 100_000, 1_000)), Some(512));
    assert_eq!(told(&queued(&long, 513, 100_000, 1_000)), None);
    let said = verdicts(&queued(&long, 513, 100_000, 1_000));
    let [Verdict { rule: Rule::Backlog, saving: None, attempt, code: None, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert!(attempt.starts_with("submitting fewer jobs at once"), "{attempt}");
    // 7 us of CPU time a job and two processors: 0.7 * 2 * 1 ms / 7 us.
    assert_eq!(told(&queued(&long, 64, 100_000, 7_000)), Some(200));
    // Jobs that compute.
    let mut computes = queued(&hops, 2, 12, 10_000);
    computes.cpu.clear();
    assert_eq!(told(&with_share(computes, 7, 90)), None);
}

#[test]
fn where_jobs_may_wait_for_one_another_there_is_no_number() {
    // One in ten finds a connection at once; the others wait for one.
    let waits = Hop { backlog: 20_000_000, kind: StartKind::Handoff, ..small(9_000_000) };
    let free = Hop { run: 2_000_000, ..waits };
    let mut report = report_of(&records(&[vec![free; 20], vec![waits; 80]].concat()), 10, 16);
    report = lasting(report, SECOND, 16, SECOND);
    let said = verdicts(&with_share(with_cpu(report, 10_000_000, 0, 0), 7, 1));
    let verdict = said.iter().find(|verdict| verdict.rule == Rule::Backlog).expect("jobs wait");
    assert_eq!((verdict.confidence.level, verdict.saving, &verdict.code), (Level::Low, None, &None));
    assert!(!verdict.attempt.contains(|c: char| c.is_ascii_digit()), "{}", verdict.attempt);
}

#[test]
fn threads_are_those_of_the_sites_own_runtime() {
    let hop = Hop { backlog: 3_000_000, kind: StartKind::Handoff, ..small(1_000_000) };
    let mut report = queued(&[hop; 100], 42, 8, 10_000);
    report.pools = [(1, 2), (2, 40)]
        .map(|(runtime, threads_seen)| RuntimePool { runtime, threads_seen, ..RuntimePool::default() })
        .to_vec();
    assert_eq!(verdicts(&report)[0].attempt, "140 blocking threads", "of whichever runtime");
    report.sites[0].pools.insert(1, 100);
    let said = verdicts(&report);
    assert_eq!(said[0].attempt, "8 blocking threads in the runtime of these jobs (number 1 of 2)");
}

#[test]
fn nothing_makes_a_pool_smaller_where_jobs_call_hops() {
    let wide = report_of(&records(&[woken(5_000, 4_000); 100]), 20, 50);
    assert_eq!(rules(&wide), [Rule::WidePool]);
    let mut nested = wide.clone();
    nested.sites[0].nested = 1;
    assert!(!rules(&nested).contains(&Rule::WidePool));
    let mut waiting = wide.clone();
    waiting.live = deadlocked().live;
    waiting.live.as_mut().unwrap().deadlocks.clear();
    assert!(!rules(&waiting).contains(&Rule::WidePool));
    // Each long job needs its own thread, so a narrow pool is not advised where there are many.
    let long = |jobs: u64| {
        let mut report = wide.clone();
        report.live = live(vec![LiveSite { running: aged(2 * jobs, report.processes[0].duration_ns), ..live_site(9) }]);
        report.pool.threads_seen = 200;
        report
    };
    let cap = |report: &Report| verdicts(report).into_iter().find(|said| said.rule == Rule::WidePool);
    assert!(
        cap(&long(1)).unwrap().attempt.starts_with("8 "),
        "two, and room for six where two run: {:?}",
        cap(&long(1))
    );
    assert!(cap(&long(50)).is_none());
}

#[test]
fn a_narrow_pool_may_save_several_times_what_the_calls_show() {
    let wide = saving(&report_of(&records(&[woken(5_000, 4_000); 100]), 20, 50), Rule::WidePool);
    assert!((wide.high_ns / wide.ns - 5.0).abs() < 1e-9 && (wide.ns / wide.low_ns - 5.0).abs() < 1e-9, "{wide:?}");
}
