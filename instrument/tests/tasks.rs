//! What tasks call in their lives, by where they were spawned.

mod common;

use common::{alone, armed};
use tollbridge_instrument::hop::Site;
use tollbridge_instrument::record::{self, tasks};
use tollbridge_report::{Report, TaskSite};

/// Numbers of tasks that share a set of four entries.
fn of_one_set(first: u64) -> Vec<u64> {
    let set = |task: u64| task.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - 14);
    (first..).filter(|&task| set(task) == set(first)).take(6).collect()
}

fn number() -> u32 {
    record::armed().generation()
}

fn at(line: u32) -> Option<Site<'static>> {
    Some(Site { file: "src/server.rs", line, column: 5, job: "" })
}

/// Tasks that have completed, their hops, and tasks that have not, with theirs.
fn counts(site: &TaskSite) -> (u64, u64, u64, u64) {
    (site.hops.count(), site.hops.sum(), site.live, site.live_hops)
}

fn only(report: &Report) -> (u64, u64, u64, u64) {
    let [site] = &report.tasks[..] else { panic!("{:?}", report.tasks) };
    assert_eq!(site.spawned, "src/server.rs:7:5");
    counts(site)
}

#[test]
fn a_task_is_followed_from_its_first_call_until_it_completes() {
    let _alone = alone();
    let (capture, generation) = (armed(1_000), number());
    for task in [1, 2, 3] {
        for call in 0..task {
            tasks::calls(generation, task, 1_000 + call, || at(7));
            tasks::has(generation, task, 1_000 + call, 2_000 + call);
        }
    }
    // A call outside any task, the end of one, and that of a task that has called none.
    tasks::calls(generation, 0, 1_000, || at(7));
    tasks::has(generation, 4, 1_000, 2_000);
    [1, 3, 4].into_iter().for_each(tasks::ended);
    let report = capture.report();
    assert_eq!(only(&report), (2, 1 + 3, 1, 2));
    tasks::ended(2);
    let last = capture.finish();
    assert_eq!(only(&last), (3, 1 + 2 + 3, 0, 0));
    let [site] = &last.tasks[..] else { unreachable!() };
    assert_eq!((site.hop_ns.sum(), site.hop_ns.max()), (3_003, Some(1_002)), "at the same time");
    assert_eq!((site.span_ns.sum(), site.span_ns.max()), (3_003, Some(1_002)));
    assert_eq!(last.dropped.tasks, 0);
}

#[test]
fn hops_of_tasks_that_find_no_room_are_counted_and_nobody_else_is_disturbed() {
    let _alone = alone();
    let (capture, generation) = (armed(1_000), number());
    let tasks = of_one_set(9);
    let calls = |task: usize| (0..2).for_each(|_| tasks::calls(generation, tasks[task], 1, || at(7)));
    (0..5).for_each(calls);
    let report = capture.report();
    assert_eq!((only(&report), report.dropped.tasks), ((0, 0, 4, 8), 2));
    tasks::ended(tasks[4]);
    tasks::ended(tasks[0]);
    calls(5);
    let report = capture.report();
    assert_eq!((only(&report), report.dropped.tasks), ((1, 2, 4, 8), 2));
    tasks.iter().for_each(|&task| tasks::ended(task));
    assert_eq!(only(&capture.finish()), (5, 10, 0, 0));
}

#[test]
fn a_task_that_outlives_its_capture_begins_anew_and_makes_room_for_others() {
    let _alone = alone();
    let (capture, generation) = (armed(1_000), number());
    let tasks = of_one_set(11);
    tasks[..4].iter().for_each(|&task| tasks::calls(generation, task, 1, || at(7)));
    assert_eq!(only(&capture.finish()), (0, 0, 4, 4));
    // It completes when nothing is armed.
    tasks::ended(tasks[0]);
    let (capture, generation) = (armed(1_000), number());
    assert_eq!(capture.report().tasks, []);
    tasks::has(generation, tasks[1], 1, 5);
    tasks::ended(tasks[3]);
    assert_eq!(capture.report().tasks, [], "what it did before is not of this capture");
    for &task in &tasks[1..] {
        tasks::calls(generation, task, 1, || at(7));
    }
    let report = capture.finish();
    assert_eq!((only(&report), report.dropped.tasks), ((0, 0, 4, 4), 1));
}

#[test]
fn a_task_whose_place_is_not_known_is_not_followed() {
    let _alone = alone();
    let (capture, generation) = (armed(1_000), number());
    tasks::calls(generation, 21, 1, || None);
    tasks::calls(generation, 22, 1, || at(7));
    // Once it is followed, it is.
    tasks::calls(generation, 22, 1, || None);
    tasks::ended(21);
    tasks::ended(22);
    let report = capture.finish();
    assert_eq!((only(&report), report.dropped.tasks), ((1, 2, 0, 0), 1));
}
