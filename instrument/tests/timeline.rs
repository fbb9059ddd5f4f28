//! Whole hops: which are kept, and what is known of them.

use std::sync::{Mutex, PoisonError};

use tollbridge_instrument::clock::mock;
use tollbridge_instrument::hop::{EndedHop, Site, Threads, Ticks};
use tollbridge_instrument::names::{Arm, Detail, Outcome};
use tollbridge_instrument::record::{self, Capture, Settings};
use tollbridge_instrument::report::Report;

/// One capture at a time.
static CLOCK: Mutex<()> = Mutex::new(());

fn armed(timeline: u32) -> Capture {
    mock::install(0);
    record::arm(Settings { timeline, ..Settings::default() }).expect("nothing else is armed")
}

/// A joined hop that was called at `called` and took `length` ns.
fn record(called: u64, length: u64) {
    let site = Site { file: "src/app.rs", line: 7, column: 5, job: "app::job" };
    let ticks = Ticks {
        returned: called + 1,
        run_start: called + 2,
        run_end: called + 3,
        published: called + 4,
        first_poll: called + 1,
        ready: called + 5,
        ..Ticks::between(called, called + length)
    };
    let generation = record::armed().generation();
    let begun = record::begin(generation, &site, Arm::Naive, Detail::Phases).expect("armed");
    let hop = EndedHop::of(&begun, Arm::Naive, Detail::Phases, Outcome::Joined, ticks);
    assert!(record::hop(generation, &EndedHop { threads: Threads { caller: 70, pool: 71 }, ..hop }));
}

#[test]
fn off_there_is_none() {
    let _alone = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = armed(0);
    record(0, 10);
    assert_eq!(capture.finish().timeline, None);
}

#[test]
fn fewer_hops_than_there_is_room_for_are_all_there_as_they_were() {
    let _alone = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = armed(100);
    (0..60).for_each(|i| record(1_000 * i, 10 + i));
    let hops = capture.report().timeline.expect("it was asked for").hops;
    let found: Vec<(u64, u64)> = hops.iter().map(|hop| (hop.called_ns, hop.hop_ns())).collect();
    assert_eq!(found, (0..60).map(|i| (1_000 * i, 10 + i)).collect::<Vec<_>>());
    let hop = &hops[3];
    assert_eq!((hop.caller, hop.pool_thread, hop.awaiter), (Some(70), Some(71), Some(record::thread_number())));
    assert_eq!((hop.site.as_str(), hop.job.as_str()), ("src/app.rs:7:5", "app::job"));
    assert_eq!((hop.returned_ns, hop.previous_end_ns, hop.ready_ns), (Some(3_001), None, Some(3_005)));
    // A report changes nothing for the next one.
    assert_eq!(capture.finish().timeline.expect("still").hops, hops);
}

#[test]
fn of_many_hops_a_uniform_sample_is_kept_and_the_longest() {
    let _alone = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = armed(200);
    const HOPS: u64 = 20_000;
    // From several threads, so that several accounts may keep some.
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                (0..HOPS / 4).for_each(|i| record(4 * i + thread, if i == 77 { 9_000 + thread } else { 10 }));
            });
        }
    });
    let timeline = capture.finish().timeline.expect("it was asked for");
    let longest = timeline.hops.iter().filter(|hop| hop.hop_ns() >= 9_000).count();
    assert_eq!(longest, 4);
    assert!((200..=220).contains(&timeline.hops.len()), "{}", timeline.hops.len());
    let mut sample = timeline.hops;
    sample.sort_by_key(|hop| hop.draw);
    sample.truncate(200);
    // Uniform on 0..20,000: the mean of 200 has a standard deviation of 408; five of them are one error in two million.
    let mean = sample.iter().map(|hop| hop.called_ns as f64).sum::<f64>() / 200.0;
    assert!((mean - 10_000.0).abs() < 5.0 * 408.0, "{mean}");
    let mut whens: Vec<u64> = sample.iter().map(|hop| hop.called_ns).collect();
    whens.sort_unstable();
    whens.dedup();
    assert_eq!(whens.len(), 200, "no hop is there twice");
}

#[test]
fn it_survives_its_file_and_an_older_file_has_none() {
    let _alone = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = armed(5);
    (0..9).for_each(|i| record(i, 10 + i));
    let report = capture.finish();
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    let read = Report::from_json(&json).unwrap();
    assert_eq!(read.timeline, report.timeline);
    assert!(read.timeline.is_some_and(|timeline| (5..=6).contains(&timeline.hops.len())));
    let text = String::from_utf8(json).unwrap();
    let (older, _) = text.split_once(",\"timeline\":").unwrap();
    assert_eq!(Report::from_json(format!("{older}}}").as_bytes()).unwrap().timeline, None);
}

#[test]
fn an_interval_keeps_the_hops_that_began_in_it() {
    let _alone = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = armed(50);
    record(10, 10);
    mock::set(100);
    let before = capture.report();
    record(130, 10);
    mock::set(200);
    let during = capture.finish().since(&before).unwrap();
    let hops = during.timeline.expect("it was asked for").hops;
    assert_eq!(hops.iter().map(|hop| (hop.called_ns, hop.copied_ns)).collect::<Vec<_>>(), [(30, 40)]);
}
