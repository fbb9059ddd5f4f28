//! What the screen says, sentence by sentence, of reports made to have it said.

use tollbridge_flamegraphs::{ScreenOptions, screen};
use tollbridge_report::hop::HopRecord;
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Phase};
use tollbridge_report::{Distribution, Report};
use tollbridge_testkit::logs::{hops, stored_report};

const RESUME_WAITS: &str = "at that depth, resume is mostly queueing, not wake-up latency";
const RESUME_LEFT_OUT: &str = "resume (from waking the task to polling it) is not counted";

/// The screen, its lines unwrapped: words parted by one space.
fn said(report: &Report) -> String {
    let text = screen(report, &ScreenOptions::default().with_all(true).with_width(Some(1000)));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn report() -> Report {
    stored_report(&hops(900))
}

/// The report as if so many of its hops had been in `resume` at a time.
fn crowded(mut report: Report, tenths_resuming: u64) -> Report {
    let joined = report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined);
    let ns: u64 = joined.filter_map(|group| group.phases.get(&Phase::Resume)).map(Distribution::sum).sum();
    report.processes[0].duration_ns = 10 * ns / tenths_resuming;
    report
}

/// The row of a table that begins with these words.
fn row(report: &Report, begin: &str) -> Vec<String> {
    let text = screen(report, &ScreenOptions::default().with_all(true));
    let line = text.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin} in {text}"));
    line.split_whitespace().map(str::to_owned).collect()
}

fn assert_says(report: &Report, wanted: &[&str], unwanted: &[&str]) {
    let text = said(report);
    for part in wanted {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    for part in unwanted {
        assert!(!text.contains(part), "{part:?} not in {text}");
    }
}

#[test]
fn times_are_those_of_coarse_hops_and_their_number_is_told() {
    let all = hops(900);
    let joined = |detail: Option<Detail>| {
        let joined = all.iter().filter(|hop| hop.outcome == Outcome::Joined);
        joined.filter(|hop| detail.is_none_or(|detail| hop.detail == detail)).count()
    };
    let (coarse, any) = (joined(Some(Detail::Phases)), joined(None));
    assert!(coarse < any);
    let told = format!("timings use the {coarse} of {any} joined hops that ran without lock recording");
    assert_says(&stored_report(&all), &[&told], &[]);
    for detail in [Detail::Phases, Detail::Locks] {
        let alike: Vec<_> = all.iter().filter(|hop| hop.detail == detail).copied().collect();
        assert_says(&stored_report(&alike), &[], &["timings use"]);
    }
}

#[test]
fn sites_stand_by_what_all_their_hops_paid() {
    // Equal hops: 10 of one site, half of them timed, and 8 of another, all of them timed.
    let joined = hops(900).into_iter().filter(|hop| hop.outcome == Outcome::Joined && hop.arm == Arm::Native);
    let hop = HopRecord { detail: Detail::Phases, ..joined.take(1).next().unwrap() };
    let of = |line: u32, count: usize, detail: Detail| {
        let site = tollbridge_report::hop::Site { line, ..hop.site };
        std::iter::repeat_n(HopRecord { site, detail, ..hop }, count)
    };
    let mixed = of(1, 5, Detail::Phases).chain(of(1, 5, Detail::Locks)).chain(of(2, 8, Detail::Phases));
    let text = said(&stored_report(&mixed.collect::<Vec<_>>()));
    let at = |site: &str| text.find(site).unwrap_or_else(|| panic!("{site} in {text}"));
    assert!(at(".rs:1 ") < at(".rs:2 "), "{text}");
}

#[test]
fn no_ratio_is_told_against_native() {
    let mut hops = hops(900);
    for hop in hops.iter_mut().filter(|hop| hop.arm != Arm::Native) {
        // Far above the floor.
        hop.stamps.copied = hop.stamps.copied.map(|at| at + 500);
    }
    let text = said(&stored_report(&hops));
    let line = |pair: &str| text.split_once(pair).unwrap().1.split_once("whole hop").unwrap().0;
    assert!(line("naive - snapshot:").contains("x ["));
    assert!(!line("naive - native:").contains("x [") && !line("snapshot - native:").contains("x ["));
}

#[test]
fn bridge_locks_are_less_an_empty_span_where_the_clock_is_known() {
    let mut report = report();
    assert_says(&report, &["BRIDGE LOCKS (mean, less an empty span's 24.5ns) arm publish done"], &[]);
    let means = report.arms[&Arm::Naive].lock_mean_ns.clone();
    assert!(means[&LockOp::Cancelled].corrected.is_none());
    let done = means[&LockOp::Done];
    let corrected = format!("{:.2}ns", done.corrected.unwrap());
    assert!((done.raw - done.corrected.unwrap() - 24.5).abs() < 1e-9);
    let shown = row(&report, "naive  ");
    assert_eq!((shown[2].as_str(), shown[3].as_str()), (corrected.as_str(), "<floor"));
    assert_eq!(shown[6], "<floor", "the copy");
    assert_eq!(row(&report, "snapshot  ")[2], "-", "it never asks whether the source is done");

    report.clock = None;
    report.derive();
    let title = "BRIDGE LOCKS (mean as measured; an empty span's share is not known)";
    assert_says(&report, &[title], &["<floor"]);
    let shown = row(&report, "naive  ");
    assert_eq!(shown[2], format!("{:.1}ns", done.raw));
}

/// What the section says of a lock, up to the next sentence's name.
fn of_lock(report: &Report, name: &str) -> String {
    let text = screen(report, &ScreenOptions::default().with_all(true).with_width(Some(1000)));
    let line =
        text.lines().find(|line| line.contains(&format!("{name}: "))).unwrap_or_else(|| panic!("{name} in {text}"));
    line.trim_start_matches("LOCKS").trim().to_owned()
}

#[test]
fn locks_of_ordinary_hops_do_not_matter_and_it_is_said() {
    let quiet: Vec<_> = hops(900)
        .into_iter()
        .map(|mut hop| {
            let mut ops = tollbridge_report::hop::Ops::default();
            hop.ops.iter().for_each(|op| {
                ops.push(tollbridge_report::hop::Op { contended: false, ..op });
            });
            hop.ops = ops;
            hop
        })
        .collect();
    let report = stored_report(&quiet);
    let taken: u64 = report.arms.values().flat_map(|arm| arm.bridge_locks.values()).sum();
    let said = of_lock(&report, "bridge locks");
    let begin = format!("bridge locks: none of {taken} was contended; ");
    assert!(said.starts_with(&begin) && said.ends_with(" %): they do not matter here"), "{said}");

    // The same by hand: detailed, joined hops that have bridge locks.
    let with_locks: Vec<_> =
        report.groups.iter().filter(|g| g.key.outcome == Outcome::Joined && !g.locks.is_empty()).collect();
    let hops: u64 = with_locks.iter().map(|group| group.hop_ns.count()).sum();
    let hop_ns: u64 = with_locks.iter().map(|group| group.hop_ns.sum()).sum();
    let (spans, lock_ns) = with_locks
        .iter()
        .flat_map(|group| group.locks.values())
        .fold((0, 0), |(n, ns), lock| (n + lock.ns.count(), ns + lock.ns.sum()));
    let per_hop = (lock_ns as f64 - 24.5 * spans as f64) / hops as f64;
    let hop_us = hop_ns as f64 / hops as f64 / 1000.0;
    assert!(said.contains(&format!("{per_hop:.1} ns of a hop of {hop_us:.0} us (")), "{per_hop} {hop_us}: {said}");
}

#[test]
fn locks_outside_hops_are_judged_against_all_joined_hops() {
    let mut report = report();
    assert!(of_lock(&report, "bridge locks").ends_with(": too short a wait to matter here"), "some are contended");
    let joined = report.outcomes.joined.max(1);
    let hop_ns: u64 = report.groups.iter().filter(|g| g.key.outcome == Outcome::Joined).map(|g| g.hop_ns.sum()).sum();
    // Twice a hop, 1 % of it, half a % of it: as means, less an empty span's.
    let all: u64 = hop_ns / joined;
    for (ns, contended, verdict) in [
        (2 * all, 90, "threads wait for each other here"),
        (2 * all, joined / 200, "seldom waited for, but long: see the tail"),
        (2 * all, 0, "no thread waits, it is their number that costs"),
        (all / 200, 90, "too short a wait to matter here"),
        (all / 200, 0, "they do not matter here"),
    ] {
        let mut span = tollbridge_testkit::logs::lock_span(&["work", "lock cache"], 0, contended, 0);
        (0..joined).for_each(|_| span.ns.add(ns));
        report.spans = vec![span];
        let said = of_lock(&report, "lock cache");
        assert!(said.ends_with(&format!("%): {verdict}")), "{verdict:?} in {said}");
        assert!(
            said.contains("; to take it: mean ") && said.contains(", p99 ") && said.contains(", at most "),
            "{said}"
        );
    }
}

#[test]
fn no_verdict_without_hops_nor_from_times_that_contain_logging() {
    let span = tollbridge_testkit::logs::lock_span(&["lock cache"], 100, 25, 50_000);
    let mut report = Report { spans: vec![span.clone()], ..Report::default() };
    let said = of_lock(&report, "lock cache");
    assert_eq!(
        said,
        "lock cache: 25 of 100 were contended (25 %); to take it: mean 54.5 us, p99 50.0 us, at most 500 us"
    );

    report = self::report();
    report.spans = vec![span];
    report.settings.as_mut().unwrap().visible = true;
    assert_eq!(of_lock(&report, "lock cache"), "lock cache: 25 of 100 were contended (25 %)");
    assert!(of_lock(&report, "bridge locks").ends_with(" %)"));
}

#[test]
fn locks_that_nobody_took_are_not_spoken_of() {
    let coarse: Vec<_> = hops(90).into_iter().filter(|hop| hop.detail == Detail::Phases).collect();
    assert_says(&stored_report(&coarse), &[], &["LOCKS "]);
    let mut report = report();
    let names: Vec<String> = (0..10).map(|i| format!("lock n{i}")).collect();
    report.spans = names.iter().map(|name| tollbridge_testkit::logs::lock_span(&[name], 5, 0, 40)).collect();
    assert_says(&report, &["lock n7: ", "and 2 more locks"], &["lock n8: "]);
}

#[test]
fn what_a_span_costs_is_told_apart_from_what_it_measures() {
    let mut report = report();
    assert_says(&report, &["; recording a span costs 34.0 ns; inside hops an empty one measures 62.3 ns; "], &[]);
    report.observer.span_ns = None;
    assert_says(&report, &["; inside hops an empty span measures 62.3 ns; "], &["recording a span costs"]);
    report.observer.span_ns = Some(59.0);
    report.observer.in_situ_span_ns = Distribution::default();
    assert_says(&report, &["; recording a span costs 59.0 ns; "], &["inside hops"]);
}

#[test]
fn calls_in_flight_are_told_and_what_many_of_them_mean() {
    let (turn, waking) = ("is resume: its task waits behind others in the run queue.", "waking the awaiter");
    assert_says(&crowded(report(), 630), &["on average, 63 of them in resume; ", RESUME_WAITS, turn], &[waking]);
    assert_says(&crowded(report(), 41), &["on average, 4.1 of them in resume; ", RESUME_WAITS, turn], &[waking]);
    assert_says(&crowded(report(), 39), &["on average, 3.9 of them in resume; ", waking], &[RESUME_WAITS, turn]);

    let mut two = crowded(report(), 630);
    two.merge(&crowded(report(), 630));
    assert_says(&two, &["2 processes", "63 of them in resume"], &[]);

    let mut unknown = report();
    unknown.processes.clear();
    assert_says(&unknown, &[waking], &["in flight:", turn]);
}

#[test]
fn calls_in_flight_are_the_joined_ones_of_all_arms_and_details() {
    let all = hops(900);
    let duration_ns: u64 = 1_000_000;
    let joined = all.iter().filter(|hop| hop.outcome == Outcome::Joined);
    let ns: u64 = joined.map(|hop| hop.stamps.copied.unwrap() - hop.stamps.called).sum();
    let mut report = stored_report(&all);
    report.processes[0].duration_ns = duration_ns;
    let told = format!("in flight: {:.0} joined calls on average", ns as f64 / duration_ns as f64);
    assert_says(&report, &[&told], &[]);
}

#[test]
fn no_advice_rests_on_hops_waiting_for_each_other() {
    let jobs = "11 or more jobs per call";
    assert_says(&stored_report(&hops(1800)), &["TRY 1 meta.rs:88 get: ", " 2 main.rs:12 call_once: "], &[" 3 "]);
    assert_says(&crowded(report(), 39), &[jobs], &[RESUME_LEFT_OUT]);
    // 21.2 us less 10.5 us, over 2.00 us.
    assert_says(&crowded(report(), 630), &["6 or more jobs per call", RESUME_LEFT_OUT], &[jobs]);

    // Jobs longer than their crossing without resume, and shorter than the whole.
    let mut long = hops(900);
    for hop in &mut long {
        let stamps = &mut hop.stamps;
        let longer = stamps.run_end.zip(stamps.run_start).map(|(end, start)| 15_000 - (end - start).min(15_000));
        let Some(longer) = longer else { continue };
        for at in [&mut stamps.run_end, &mut stamps.published, &mut stamps.ready, &mut stamps.copied] {
            *at = at.map(|at| at + longer);
        }
    }
    assert_says(&crowded(stored_report(&long), 39), &["TRY 1 "], &["TRY nothing"]);
    assert_says(&crowded(stored_report(&long), 630), &["TRY nothing: ", RESUME_LEFT_OUT], &["or more jobs"]);
}

#[test]
fn whatever_was_dropped_shows_in_the_first_line() {
    assert_says(&report(), &["18 detached, 0 lost "], &["DROPPED"]);
    type Field = fn(&mut Report) -> &mut u64;
    let all: [(Field, &str); 6] = [
        (|report| &mut report.dropped.threads, "7 threads beyond the cap, whose jobs are not in POOL and IN FLIGHT"),
        (|report| &mut report.dropped.hops, "7 hops for which there was no room"),
        (|report| &mut report.dropped.spans, "7 spans without room"),
        (|report| &mut report.dropped.histogram_values, "7 values missing from histograms"),
        (|report| &mut report.dropped.outliers, "7 values beyond a histogram's range"),
        (|report| &mut report.dropped.lines, "7 lines of the log"),
    ];
    let mut everything = report();
    for (field, told) in all {
        let mut report = report();
        *field(&mut report) = 7;
        *field(&mut everything) = 7;
        assert_says(&report, &["18 detached, 7 lost (see DROPPED)", &format!("DROPPED {told}")], &[]);
    }
    assert_says(&everything, &["42 lost (see DROPPED)"], &[]);
}

#[test]
fn calls_that_cannot_be_told_apart_by_site_are_not_lost() {
    let mut report = report();
    report.dropped.sites = 20_168;
    let note = "NOTE 20,168 calls of sites beyond the first 1,024 are counted together under <other>";
    assert_says(&report, &["18 detached, 0 lost ", note], &["DROPPED", "0 lost (see"]);
}

#[test]
fn times_that_contain_the_apps_own_logging_are_told_as_such() {
    let banner = "Times contain the app's own logging, which costs more than the hop";
    let mut report = report();
    assert_says(&report, &[], &[banner]);
    report.settings.as_mut().unwrap().visible = true;
    assert_says(&report, &[banner, "TRY nothing can be said from times"], &["or more jobs"]);
}

#[test]
fn the_made_up_hops_have_what_these_tests_are_about() {
    let report = report();
    let site = &report.sites[0];
    assert!(site.hops > site.hop_ns.count() && site.hop_ns.count() > 0);
    let largest = site.phases.iter().filter(|(phase, _)| phase.is_overhead()).max_by_key(|(_, ns)| ns.sum()).unwrap();
    assert_eq!(*largest.0, Phase::Resume);
}

// ---- What comes first ----

fn brief(report: &Report) -> String {
    screen(report, &ScreenOptions::default().with_width(Some(120)).with_file("report.json"))
}

#[test]
fn the_screen_is_twenty_lines_unless_all_is_wanted() {
    let text = brief(&report());
    assert!((15..=20).contains(&text.lines().count()), "{text}");
    let labels = text.lines().filter(|line| line.starts_with(char::is_alphabetic));
    let labels: Vec<&str> = labels.filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(labels[..3], ["tollbridge", "TRY", "MEAN"], "{text}");
    assert!(labels.ends_with(&["POOL", "HAND-BACK", "FILE", "MORE"]), "{text}");
}

#[test]
fn five_sites_come_first_and_the_others_are_counted() {
    let jobs: Vec<String> = (1..=25).map(|n| format!("svc::job_{n}::{{{{closure}}}}")).collect();
    let all = hops(900);
    let many: Vec<HopRecord<'_>> = (0..900)
        .map(|i| {
            let mut hop = all[i];
            hop.site.job = &jobs[i % 25];
            hop
        })
        .collect();
    let text = brief(&stored_report(&many));
    let table = text.lines().skip_while(|line| !line.starts_with("MEAN PER HOP")).skip(1);
    let rows: Vec<&str> = table.take_while(|line| !line.is_empty()).collect();
    assert_eq!(rows.len(), 6, "{text}");
    assert!(rows[5].trim().starts_with("and ") && rows[5].ends_with(" sites that paid less"), "{text}");
}

#[test]
fn bridges_are_compared_only_where_they_were() {
    let mut one: Vec<HopRecord<'_>> = hops(900);
    one.iter_mut().for_each(|hop| hop.arm = Arm::Snapshot);
    let text = brief(&stored_report(&one));
    assert!(!text.contains("HAND-BACK"), "{text}");
    assert!(brief(&report()).contains("HAND-BACK per result: naive "));
}
