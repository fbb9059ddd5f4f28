//! The recorder through its public API. One capture a process: each test holds the lock while it measures.

mod common;

use common::{alone, armed};
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::hop::{
    Begun, Circumstances, EndedHop, HopRecord, HopSpans, OpKind, PackedOp, Since, Site, Ticks,
};
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Phase, SpanKind};
use tollbridge_instrument::probe::{Ambient, Probe};
use tollbridge_instrument::record::{self, MAX_SITES, OTHER, RecorderSubscriber, Tally};
use tollbridge_instrument::report::Report;

fn generation() -> u32 {
    record::armed().generation()
}

/// The spans of [`hop`].
fn spans() -> HopSpans {
    let spans = HopSpans::default();
    spans.push(PackedOp::between(OpKind::Lock(LockOp::Done), 0, 7, false));
    spans.push(PackedOp::between(OpKind::Copy, 0, 3, false));
    spans
}

#[derive(Clone, Copy)]
struct Hop {
    site: Site<'static>,
    arm: Arm,
    outcome: Outcome,
    ticks: Ticks,
}

/// A joined hop of 100 ns on the naive bridge, `run` ns of them run.
fn hop(line: u32, run: u64) -> Hop {
    Hop {
        site: Site { file: "src/app.rs", line, column: 5, job: "app::job" },
        arm: Arm::Naive,
        outcome: Outcome::Joined,
        ticks: Ticks {
            called: 1_000,
            returned: 1_010,
            previous_end: Ticks::NEVER,
            run_start: 1_020,
            run_end: 1_020 + run,
            published: 1_025 + run,
            first_poll: 1_015,
            ready: 1_090,
            copied: 1_100,
        },
    }
}

/// Says whether there is a capture of that generation.
fn record_in(generation: u32, hop: &Hop) -> bool {
    let Hop { site, arm, outcome, ticks } = *hop;
    record::begin(generation, &site, arm, Detail::Locks).is_some_and(|begun| {
        let hop = EndedHop::of(&begun, arm, Detail::Locks, outcome, ticks);
        record::hop(generation, &EndedHop { spans: Some(&spans()), copied_bytes: 8, ..hop })
    })
}

fn record(hop: &Hop) {
    assert!(record_in(generation(), hop), "armed");
}

/// As a log holds it.
fn logged(hop: &Hop) -> HopRecord<'static> {
    let Hop { site, arm, outcome, ticks } = *hop;
    let (since, circumstances) = (Since::new(0, tollbridge_instrument::clock::conversion()), Circumstances::default());
    let (stamps, ops) = (ticks.stamps(since, Some(1)), spans().ops(since));
    HopRecord { site, arm, detail: Detail::Locks, outcome, stamps, ops, copied_bytes: 8, circumstances }
}

#[test]
fn threads_that_end_lose_nothing_and_leave_their_seat() {
    let _alone = alone();
    let capture = armed(0);
    for _ in 0..50 {
        std::thread::spawn(|| record(&hop(1, 30))).join().expect("recorded");
    }
    let report = capture.finish();
    assert_eq!((report.outcomes.submitted, report.outcomes.joined), (50, 50));
    let [site] = report.sites.as_slice() else { panic!("one site") };
    assert_eq!(site.hop_ns.sum(), 50 * 100);
    assert_eq!(site.phases[&Phase::Run].sum(), 50 * 30);
    // Lengths of 0 are not recorded and stand in the report all the same.
    assert_eq!(site.phases[&Phase::Backlog].count(), 50);
    assert_eq!(site.phases[&Phase::Backlog].quantile(0.99), Some(0.0));
}

#[test]
fn a_report_can_be_taken_while_others_record() {
    const HOPS: u64 = 20_000;
    let _alone = alone();
    let capture = armed(0);
    let reporter = capture.reporter();
    std::thread::scope(|scope| {
        for line in 1..=2 {
            scope.spawn(move || (0..HOPS).for_each(|_| record(&hop(line, 40))));
        }
        let mut last = 0;
        while last < 2 * HOPS {
            let report = reporter.report();
            assert!(report.hops() >= last, "counts never fall");
            last = report.hops();
            for group in &report.groups {
                let counted: u64 = group.hop_ns.histogram().iter().map(|(_, n)| n).sum();
                assert!(counted <= group.hop_ns.count());
            }
        }
    });
    let report = capture.finish();
    assert_eq!((report.hops(), report.outcomes.in_flight, report.dropped.total()), (2 * HOPS, 0, 0));
}

#[test]
fn sites_beyond_the_cap_are_counted_together_and_shown() {
    let _alone = alone();
    let capture = armed(0);
    let cap = u32::try_from(MAX_SITES).expect("small");
    for line in 1..=cap + 10 {
        record(&hop(line, 10));
    }
    let report = capture.finish();
    assert_eq!(report.hops(), u64::from(cap) + 10);
    assert_eq!(report.dropped.sites, 10);
    let other = report.sites.iter().find(|site| site.site == OTHER).expect("there is one for the rest");
    assert_eq!(other.hops, 10);
    assert_eq!(report.sites.len(), MAX_SITES + 1);
}

#[test]
fn equal_content_at_two_addresses_is_one_site() {
    let _alone = alone();
    let capture = armed(0);
    let twin: &'static str = Box::leak("src/app.rs".to_owned().into_boxed_str());
    let mut other = hop(1, 10);
    other.site.file = twin;
    record(&hop(1, 10));
    record(&other);
    let report = capture.finish();
    assert_eq!((report.sites.len(), report.sites[0].hops), (1, 2));
}

#[test]
fn a_tally_equals_the_recorder() {
    let _alone = alone();
    let capture = armed(0);
    let mut tally = Tally::default();
    for i in 0..500u32 {
        let mut hop = hop(i % 7, u64::from(i % 50));
        hop.arm = [Arm::Naive, Arm::Snapshot, Arm::Native][i as usize % 3];
        hop.outcome = Outcome::ALL[i as usize % 4];
        record(&hop);
        tally.hop(&logged(&hop));
    }
    mock::advance(1_100);
    let (mut recorder, tally) = (capture.finish(), tally.report());
    // A log knows no floors, so it has no corrected means.
    recorder.clock = None;
    recorder.derive();
    assert_eq!(recorder.groups, tally.groups);
    assert_eq!((recorder.arms, recorder.sites, recorder.blocks), (tally.arms, tally.sites, tally.blocks));
}

#[test]
fn hops_of_an_ended_capture_go_nowhere() {
    let _alone = alone();
    let first = armed(0);
    let old = generation();
    drop(first);
    let second = armed(0);
    assert!(!record_in(old, &hop(1, 10)));
    assert_eq!(second.finish().hops(), 0);
}

#[test]
fn merging_reports_adds_them_up() {
    let report = |hops: &[Hop]| {
        let mut tally = Tally::default();
        hops.iter().for_each(|hop| tally.hop(&logged(hop)));
        tally.report()
    };
    let (a, b) = (report(&[hop(1, 10), hop(2, 20)]), report(&[hop(2, 30)]));
    let both = |first: &Report, second: &Report| {
        let mut merged = Report::default();
        merged.merge(first);
        merged.merge(second);
        merged
    };
    let merged = both(&a, &b);
    assert_eq!(merged, both(&b, &a), "commutative");
    assert_eq!(merged.hops(), 3);
    assert_eq!(merged.groups, report(&[hop(1, 10), hop(2, 20), hop(2, 30)]).groups);
    let c = report(&[hop(3, 1)]);
    assert_eq!(both(&both(&a, &b), &c), both(&a, &both(&b, &c)), "associative");
    assert_eq!(both(&a, &Report::default()), a, "identity");
}

#[test]
fn the_subscriber_counts_other_peoples_spans_under_each_other_and_leaves_ours_out() {
    let _alone = alone();
    let capture = armed(0);
    tracing::subscriber::with_default(RecorderSubscriber::new(), || {
        for _ in 0..3 {
            let _outer = tracing::info_span!("request").entered();
            let _inner = tracing::info_span!("query").entered();
            let _ours = tracing::info_span!(target: "tollbridge::phase", "transfer").entered();
        }
    });
    let report = capture.finish();
    let paths: Vec<(String, u64)> = report.spans.iter().map(|s| (s.path.join("/"), s.ns.count())).collect();
    assert_eq!(paths, [("request".to_owned(), 3), ("request/query".to_owned(), 3)]);
}

#[test]
fn a_named_mutex_counts_its_acquisitions() {
    let _alone = alone();
    let mutex = tollbridge_instrument::mutex::Mutex::new("cache", 0);
    *mutex.lock() += 1;
    let capture = armed(0);
    *mutex.lock() += 1;
    assert_eq!(*mutex.lock(), 2);
    let report = capture.finish();
    let [span] = report.spans.as_slice() else { panic!("one span: {:?}", report.spans) };
    assert_eq!((span.path.as_slice(), span.ns.count(), span.contended), (&["lock cache".to_owned()][..], 2, 0));
}

#[test]
fn locks_and_copies_stand_below_the_span_that_is_open() {
    let _alone = alone();
    let mutex = tollbridge_instrument::mutex::Mutex::new("done", ());
    let lock_and_copy = || {
        drop(mutex.lock());
        let opened = Ambient.open_lock(LockOp::Done);
        mock::advance(5);
        Ambient.close_lock(opened, LockOp::Done, true);
        Ambient.close_copy(Ambient.open_copy(32), 32);
    };
    let capture = armed(0);
    tracing::subscriber::with_default(RecorderSubscriber::new(), || {
        lock_and_copy();
        let _request = tracing::info_span!("request").entered();
        lock_and_copy();
        lock_and_copy();
    });
    let report = capture.finish();
    let spans = report.spans.iter().map(|s| (s.path.join("/"), s.kind, s.ns.count(), s.ns.sum(), s.contended));
    // A mutex of the app's may be called what a bridge lock is called.
    let expected = [
        ("copy", SpanKind::Copy, 1, 0, 0),
        ("lock done", SpanKind::BridgeLock, 1, 5, 1),
        ("lock done", SpanKind::Mutex, 1, 0, 0),
        ("request", SpanKind::Entered, 1, 10, 0),
        ("request/copy", SpanKind::Copy, 2, 0, 0),
        ("request/lock done", SpanKind::BridgeLock, 2, 10, 2),
        ("request/lock done", SpanKind::Mutex, 2, 0, 0),
    ];
    let expected = expected.map(|(path, kind, count, sum, contended)| (path.to_owned(), kind, count, sum, contended));
    assert_eq!(spans.collect::<Vec<_>>(), expected);
    let request = report.span_means.iter().find(|means| means.kind == SpanKind::Entered).expect("derived");
    assert_eq!((request.children_per_span, request.self_ns.raw), (6.0, 0.0));
}

#[test]
fn a_lock_that_is_held_elsewhere_is_contended() {
    let _alone = alone();
    let mutex = tollbridge_instrument::mutex::Mutex::new("cache", ());
    let capture = armed(0);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    // Nobody can tell that a thread waits, so some rounds may end before it tried.
    let contended = || capture.report().spans.iter().map(|span| span.contended).sum::<u64>();
    while contended() == 0 {
        assert!(std::time::Instant::now() < deadline, "no contended acquisition in 20 s");
        let held = mutex.lock();
        let (about_to_lock, seen) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                about_to_lock.send(()).expect("the test waits for it");
                drop(mutex.lock());
            });
            seen.recv().expect("sent");
            (0..100).for_each(|_| std::thread::yield_now());
            drop(held);
        });
    }
}

#[test]
fn a_report_is_saved_whole_or_not_at_all() {
    let folder = std::env::temp_dir().join(format!("tollbridge-save-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("made");
    let mut tally = Tally::default();
    tally.hop(&logged(&hop(1, 10)));
    let path = folder.join("report.json");
    tally.report().save(&path).expect("written");
    let names = || {
        let entries = std::fs::read_dir(&folder).expect("read").map(|entry| entry.expect("read").file_name());
        entries.collect::<Vec<_>>()
    };
    assert_eq!(names(), ["report.json"]);
    // A folder in the way of the renaming.
    let blocked = folder.join("blocked");
    std::fs::create_dir_all(blocked.join("inside")).expect("made");
    assert!(tally.report().save(&blocked).is_err());
    assert_eq!(names().len(), 2, "no temporary file is left");
    std::fs::remove_dir_all(&folder).expect("removed");
}

mod read {
    use super::*;

    fn json() -> Vec<u8> {
        let mut tally = Tally::default();
        tally.hop(&logged(&hop(1, 10)));
        tally.hop(&logged(&hop(2, 20)));
        let mut json = Vec::new();
        tally.report().write_json(&mut json).expect("written");
        json
    }

    #[test]
    fn a_report_survives_its_file() {
        let mut tally = Tally::default();
        tally.hop(&logged(&hop(1, 10)));
        tally.hop(&logged(&hop(2, 20)));
        assert_eq!(Report::from_json(&json()).expect("whole"), tally.report());
    }

    #[test]
    fn every_torn_file_is_refused() {
        let json = json();
        for length in 0..json.len() - 2 {
            assert!(Report::from_json(&json[..length]).is_err(), "{length} of {} bytes pass", json.len());
        }
    }

    #[test]
    fn other_versions_and_bad_histograms_are_named() {
        let text = String::from_utf8(json()).expect("text");
        // Primary data only: the derived part of a file is not looked at.
        let (head, groups) = text.split_at(text.find("\"groups\"").expect("there are some"));
        let refused = |text: String| Report::from_json(text.as_bytes()).expect_err("refused");
        let changed = |from: &str, to: &str| {
            assert!(groups.contains(from), "{from}");
            refused(format!("{head}{}", groups.replacen(from, to, 1))).to_string()
        };
        assert!(refused(text.replacen("\"format\":1", "\"format\":2", 1)).to_string().contains("report format 2"));
        assert!(changed("\"histogram\":[[", "\"histogram\":[[9999,1],[").contains("not in order"));
        assert!(changed("\"sum_sq\":100", "\"sum_sq\":-100").contains("sum_sq"));
    }
}

/// What went on in each stretch of the only process: in flight, queued, running.
fn stretches(report: &Report) -> (u64, Vec<[u64; 3]>) {
    let [blocks] = &report.blocks[..] else { panic!("one process: {:?}", report.blocks) };
    let stretches = blocks.stretches.as_ref().expect("known");
    let last = stretches.sums.last().map_or(0, |sum| sum.index as usize + 1);
    let mut sums = vec![[0; 3]; last];
    for sum in &stretches.sums {
        sums[sum.index as usize] = [sum.in_flight_ns, sum.queued_ns, sum.run_ns];
    }
    (stretches.length_ns, sums)
}

fn total(sums: &[[u64; 3]]) -> [u64; 3] {
    sums.iter().fold([0; 3], |mut total, sum| {
        total.iter_mut().zip(sum).for_each(|(total, sum)| *total += sum);
        total
    })
}

/// Of the jobs of one line, made up on a pool of some threads: a task calls its next job when it has the result of the one before.
fn schedule(tasks: usize, threads: usize, jobs: u64) -> (Vec<Ticks>, u64) {
    let (mut ready, mut free) = (vec![0u64; tasks], vec![0u64; threads]);
    let mut draw = 1u64;
    let ticks = (0..jobs).map(|_| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Mostly some hundred us, some of them up to 40 ms: several stretches of 8.4 ms.
        let run = if draw >> 60 == 0 { (draw >> 20) % 40_000_000 } else { (draw >> 20) % 500_000 };
        let task = (0..tasks).min_by_key(|&task| ready[task]).expect("some");
        let thread = (0..threads).min_by_key(|&thread| free[thread]).expect("some");
        let called = ready[task];
        let run_start = called.max(free[thread]) + 1_000;
        let run_end = run_start + run;
        let end = run_end + 20_000;
        (ready[task], free[thread]) = (end, run_end);
        Ticks {
            called,
            returned: called + 500,
            previous_end: Ticks::NEVER,
            run_start,
            run_end,
            published: run_end + 50,
            first_poll: called + 700,
            ready: end - 10,
            copied: end,
        }
    });
    let ticks: Vec<Ticks> = ticks.collect();
    let end = ticks.iter().map(|ticks| ticks.copied).max().expect("some");
    (ticks, end)
}

/// As in a storm of 64 tasks on four threads: whatever the stretches' length, and whichever of two reports one looks at.
#[test]
fn no_stretch_holds_more_than_the_pool_and_its_tasks_could_do() {
    const TASKS: u64 = 64;
    const THREADS: u64 = 4;
    let _alone = alone();
    for jobs in [200, 20_000, 60_000] {
        let capture = armed(0);
        let (ticks, end) = schedule(64, 4, jobs);
        let mut expected = [0; 3];
        for ticks in &ticks {
            expected[0] += ticks.copied - ticks.called;
            expected[1] += ticks.run_start - ticks.called;
            expected[2] += ticks.run_end - ticks.run_start;
            record(&Hop { ticks: *ticks, ..hop(1, 0) });
        }
        mock::advance(end);
        let report = capture.finish();
        let (length_ns, sums) = stretches(&report);
        assert_eq!(total(&sums), expected);
        assert!(sums.len() <= 128 && (jobs < 20_000 || sums.len() > 64), "{}", sums.len());
        for [in_flight, queued, run] in sums {
            assert!(in_flight <= TASKS * length_ns && queued <= in_flight && run <= THREADS * length_ns);
        }
        // The blocks, which arms are compared by, hold each hop as a whole where it ended.
        let blocks = report.blocks[0].series[0].blocks.iter();
        let [hops, run] = blocks.fold([0, 0], |[hops, run], block| [hops + block.hops, run + block.run_ns]);
        assert_eq!([hops, run], [jobs, expected[2]]);
        assert_eq!(report.blocks[0].stretches.as_ref().map(|of| (of.from_ns, of.to_ns)), Some((0, end)));
    }
}

/// 2^23 ns: the length of a stretch at first.
const STRETCH: u64 = 1 << 23;

//   0         1         2         3         4
//   |  called | begins  | report  |  ends   |  its handle ends
#[test]
fn what_is_in_flight_counts_up_to_the_report_and_once() {
    let _alone = alone();
    let capture = armed(0);
    let begun = record::begin(generation(), &hop(1, 0).site, Arm::Snapshot, Detail::Phases).expect("armed");
    mock::advance(STRETCH + 7);
    assert_eq!(stretches(&capture.report()).1, [[STRETCH, STRETCH, 0], [7, 7, 0]]);
    let thread = record::job_begins(generation(), begun.place, || 1);
    record::job_runs(&thread, STRETCH + 7);
    mock::advance(STRETCH);
    let first = [[STRETCH, STRETCH, 0], [STRETCH, 7, STRETCH - 7]];
    let running = capture.report();
    assert_eq!(stretches(&running).1, [first[0], first[1], [7, 0, 7]]);
    assert_eq!(running.pool.busy_ns, Some(STRETCH));
    mock::advance(STRETCH);
    record::job_ended(generation(), &thread, 3 * STRETCH + 7);
    mock::advance(STRETCH);
    let ended = [first[0], first[1], [STRETCH, 0, STRETCH], [STRETCH, 0, 7], [7, 0, 0]];
    let finished = capture.report();
    assert_eq!((&stretches(&finished).1[..], finished.pool.busy_ns), (&ended[..], Some(2 * STRETCH)));
    let ticks = Ticks {
        run_start: STRETCH + 7,
        run_end: 3 * STRETCH + 7,
        published: 3 * STRETCH + 7,
        returned: 0,
        first_poll: 0,
        ready: 4 * STRETCH + 7,
        ..Ticks::between(begun.called, 4 * STRETCH + 7)
    };
    let hop = EndedHop::of(&begun, Arm::Snapshot, Detail::Phases, Outcome::Joined, ticks);
    assert!(record::hop(generation(), &hop));
    let last = capture.finish();
    assert_eq!(stretches(&last).1, ended);
    // Between two reports: what was counted up to the earlier one is taken off.
    let since = last.since(&running).expect("of one capture");
    assert_eq!(stretches(&since).1, [[0; 3], [0; 3], [STRETCH - 7, 0, STRETCH - 7], [STRETCH, 0, 7], [7, 0, 0]]);
    let looked = since.blocks[0].stretches.as_ref().map(|of| (of.from_ns, of.to_ns));
    assert_eq!(looked, Some((2 * STRETCH + 7, 4 * STRETCH + 7)));
}

/// A job that goes on when its handle is dropped is busy and no longer in flight; one that never began is neither.
#[test]
fn a_job_that_outlives_its_handle_is_busy_until_it_ends() {
    let _alone = alone();
    let capture = armed(0);
    let detached = |begun: &Begun, at| {
        let (place, ran) = record::detach(begun.place);
        assert_eq!(ran, None);
        let ticks = Ticks::between(begun.called, at);
        let hop = EndedHop::of(begun, Arm::Snapshot, Detail::Phases, Outcome::Detached, ticks);
        assert!(record::hop(generation(), &EndedHop { place, ..hop }));
    };
    let begin = || record::begin(generation(), &hop(1, 0).site, Arm::Snapshot, Detail::Phases).expect("armed");
    let (runs, waits) = (begin(), begin());
    mock::advance(100);
    let thread = record::job_begins(generation(), runs.place, || 1);
    record::job_runs(&thread, 100);
    mock::advance(STRETCH);
    detached(&runs, STRETCH + 100);
    detached(&waits, STRETCH + 100);
    mock::advance(STRETCH);
    let expected = |queued: [u64; 3]| {
        [[2 * STRETCH, 100 + queued[0], STRETCH - 100], [200, queued[1], STRETCH], [0, queued[2], 100]]
    };
    assert_eq!(stretches(&capture.report()).1, expected([STRETCH, STRETCH, 100]));
    record::job_ended(generation(), &thread, 2 * STRETCH + 100);
    record::job_dropped(generation(), waits.place);
    let report = capture.finish();
    assert_eq!(stretches(&report).1, expected([0; 3]));
    assert_eq!(report.pool.busy_ns, Some(2 * STRETCH));
}
