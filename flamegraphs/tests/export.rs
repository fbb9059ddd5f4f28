//! Other tools' formats, read back: what they hold is what the report holds, whatever its names are.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde_json::Value;
use tollbridge_flamegraphs::{Format, export};
use tollbridge_report::hop::{HopRecord, Stamps};
use tollbridge_report::names::{Outcome, Phase};
use tollbridge_report::{Distribution, GroupKey, HopGroup, Report, Timeline, WholeHop};
use tollbridge_testkit::golden;
use tollbridge_testkit::logs::{hops, stored_report};

fn text(report: &Report, format: Format) -> String {
    String::from_utf8(export(report, format).unwrap()).unwrap()
}

fn joined(report: &Report) -> impl Iterator<Item = &HopGroup> {
    report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined)
}

/// The lengths of all joined hops.
fn joined_ns(report: &Report) -> u64 {
    joined(report).map(|group| group.hop_ns.sum()).sum()
}

/// A report whose names are of no use to anybody but whoever wants to do harm.
fn hostile() -> Report {
    const NAMES: [(&str, &str); 4] = [
        ("=cmd|' /C calc'!A0:1:1", "a;b\nc 12"),
        ("src/\u{1b}[31m\".rs:7:5", "<script>alert(\"x\")</script>"),
        ("a\\\"} 1\n# EOF:3:4", "\u{202e}\u{9b}31m\t=1+1"),
        ("@SUM(A1):x:y", "job,\"x\"\r\n"),
    ];
    let mut report = stored_report(&hops(400));
    for (group, (site, job)) in report.groups.iter_mut().zip(NAMES.into_iter().cycle()) {
        (group.key.site, group.key.job) = (site.to_owned(), job.to_owned());
    }
    report.derive();
    let mut timeline = timeline(&hops(40));
    for (hop, (site, job)) in timeline.hops.iter_mut().zip(NAMES.into_iter().cycle()) {
        (hop.site, hop.job) = (site.to_owned(), job.to_owned());
    }
    report.timeline = Some(timeline);
    report
}

/// Hops as an app that keeps all of them whole reports them: called on thread 1, awaited on 2, run on 11 to 15.
fn timeline(hops: &[HopRecord<'_>]) -> Timeline {
    let whole = |(draw, hop): (u64, &HopRecord<'_>)| {
        let HopRecord { site, arm, detail, outcome, stamps, .. } = *hop;
        let key = GroupKey {
            site: format!("{}:{}:{}", site.file, site.line, site.column),
            job: site.job.to_owned(),
            arm,
            detail,
            outcome,
        };
        let stamps = Stamps { pool_thread: stamps.pool_thread.map(|thread| 10 + thread), ..stamps };
        WholeHop::new(draw, 4127, key, &stamps, Some(1), Some(2))
    };
    Timeline { sampled: 1_000, hops: (0..).zip(hops).map(whole).collect() }
}

/// The events of a trace, by `ph`.
fn events(report: &Report) -> BTreeMap<String, Vec<Value>> {
    let file: Value = serde_json::from_slice(&export(report, Format::Chrome).unwrap()).unwrap();
    let mut events: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in file["traceEvents"].as_array().unwrap() {
        events.entry(event["ph"].as_str().unwrap().to_owned()).or_default().push(event.clone());
    }
    events
}

/// Ns of a member in us.
fn ns(event: &Value, member: &str) -> u64 {
    let us = event[member].as_f64().unwrap();
    format!("{:.0}", us * 1e3).parse().unwrap()
}

fn traced() -> Report {
    let mut report = stored_report(&hops(100));
    report.timeline = Some(timeline(&hops(100)));
    report
}

#[test]
fn the_phases_of_a_hops_own_track_add_up_to_it() {
    let report = traced();
    let mut open: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    let mut lengths: BTreeMap<String, u64> = BTreeMap::new();
    let file: Value = serde_json::from_slice(&export(&report, Format::Chrome).unwrap()).unwrap();
    for event in file["traceEvents"].as_array().unwrap() {
        let Some(id) = event["id"].as_str().filter(|id| id.starts_with("hop ")) else { continue };
        let (name, stack) = (event["name"].as_str().unwrap().to_owned(), open.entry(id.to_owned()).or_default());
        if event["ph"] == "b" {
            stack.push((name, ns(event, "ts")));
        } else {
            let (opened, from) = stack.pop().expect("what ends has begun");
            assert_eq!(opened, name);
            let sum = if stack.is_empty() { &mut lengths } else { &mut sums };
            *sum.entry(id.to_owned()).or_default() += ns(event, "ts") - from;
        }
    }
    assert!(open.values().all(Vec::is_empty) && lengths.len() == 100);
    let mut joined = 0;
    for (number, hop) in (1..).zip(&report.timeline.as_ref().unwrap().hops) {
        let id = format!("hop {number}");
        assert_eq!(lengths[&id], hop.hop_ns());
        if hop.outcome == Outcome::Joined {
            assert_eq!(sums[&id], hop.hop_ns());
            joined += 1;
        }
    }
    assert_eq!(joined as u64, report.outcomes.joined);
}

#[test]
fn arrows_lead_from_the_call_over_the_pool_thread_to_the_awaiter() {
    let report = traced();
    let events = events(&report);
    let tids = |ph: &str| {
        let one = |event: &Value| (event["id"].as_str().unwrap().to_owned(), event["tid"].as_u64().unwrap());
        events[ph].iter().map(one).collect::<BTreeMap<_, _>>()
    };
    let (from, over, to) = (tids("s"), tids("t"), tids("f"));
    let joined = report.timeline.as_ref().unwrap().hops.iter().filter(|hop| hop.outcome == Outcome::Joined).count();
    assert!(from.len() >= joined && from.len() == events["s"].len());
    assert!(from.keys().eq(to.keys()), "each arrow has both ends");
    assert!(from.values().all(|tid| *tid == 1) && over.values().all(|tid| (11..=15).contains(tid)));
    assert!(over.keys().all(|id| to[id] == 2));
    // An arrow's ends lie in slices: that is how Perfetto finds them.
    let slices: BTreeSet<(u64, u64)> = events["X"].iter().map(|e| (e["tid"].as_u64().unwrap(), ns(e, "ts"))).collect();
    for event in ["s", "t", "f"].iter().flat_map(|ph| &events[*ph]) {
        assert!(slices.contains(&(event["tid"].as_u64().unwrap(), ns(event, "ts"))), "{event}");
    }
    let named: BTreeSet<&str> = events["M"]
        .iter()
        .filter(|e| e["name"] == "thread_name")
        .map(|e| e["args"]["name"].as_str().unwrap())
        .collect();
    assert!(named.is_superset(&["thread 1", "thread 2", "pool thread 11"].into()), "{named:?}");
}

#[test]
fn moments_in_no_order_are_drawn_without_a_length() {
    let mut report = traced();
    let hop = &mut report.timeline.as_mut().unwrap().hops[0];
    (hop.called_ns, hop.copied_ns, hop.run_start_ns, hop.ready_ns) = (u64::MAX, 0, Some(3), Some(u64::MAX - 1));
    let id = "hop 1";
    let own = |ph: &str| events(&report)[ph].iter().filter(|event| event["id"] == id).cloned().collect::<Vec<_>>();
    let (begin, end) = (own("b"), own("e"));
    assert_eq!((begin.len(), end.len()), (1, 1), "{begin:?}");
    assert_eq!(begin[0]["ts"], end[0]["ts"]);
}

#[test]
fn without_whole_hops_a_trace_has_a_remedy() {
    let error = export(&stored_report(&hops(9)), Format::Chrome).unwrap_err();
    assert!(error.is_nothing_to_draw() && error.to_string().contains("TOLLBRIDGE_TIMELINE=on"), "{error}");
}

#[test]
fn folded_stacks_add_up_to_the_joined_hops() {
    for report in [stored_report(&hops(900)), hostile()] {
        let folded = text(&report, Format::Folded);
        let mut sum = 0;
        for line in folded.lines() {
            let (stack, ns) = line.rsplit_once(' ').unwrap();
            sum += ns.parse::<u64>().unwrap();
            assert!((3..=4).contains(&stack.split(';').count()), "{line}");
        }
        assert_eq!(sum, joined_ns(&report));
        let stacks: BTreeSet<&str> = folded.lines().map(|line| line.rsplit_once(' ').unwrap().0).collect();
        assert_eq!(stacks.len(), folded.lines().count(), "a stack stands there once");
    }
}

#[test]
fn the_table_holds_every_length_exactly() {
    let report = stored_report(&hops(900));
    let text = text(&report, Format::Csv);
    let mut rows: BTreeMap<Vec<String>, [String; 4]> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column: BTreeMap<String, usize> =
        reader.headers().unwrap().iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
    for row in reader.records().map(Result::unwrap) {
        let cell = |name: &str| row[column[name]].to_owned();
        let key = ["site", "job", "arm", "detail", "outcome", "length"].map(cell).to_vec();
        rows.insert(key, ["count", "min_ns", "max_ns", "sum_ns"].map(cell));
    }
    let mut expected = 0;
    let mut check = |group: &HopGroup, name: String, lengths: &Distribution| {
        let key = &group.key;
        let row = [&key.site, &key.job, key.arm.as_str(), key.detail.as_str(), key.outcome.as_str(), &name];
        if let (Some(min), Some(max)) = (lengths.min(), lengths.max()) {
            let values = [lengths.count(), min, max, lengths.sum()].map(|value| value.to_string());
            assert_eq!(rows.get(row.map(str::to_owned).as_slice()), Some(&values), "{row:?}");
            expected += 1;
        }
    };
    for group in &report.groups {
        check(group, "hop".to_owned(), &group.hop_ns);
        check(group, "overhead".to_owned(), &group.overhead_ns);
        check(group, "copy".to_owned(), &group.copies);
        group.phases.iter().for_each(|(phase, ns)| check(group, phase.to_string(), ns));
        group.starts.iter().for_each(|(kind, ns)| check(group, format!("start {kind}"), ns));
        group.locks.iter().for_each(|(op, lock)| check(group, format!("lock {op}"), &lock.ns));
    }
    assert_eq!(rows.len(), expected);
}

#[test]
fn no_cell_is_a_formula() {
    let text = text(&hostile(), Format::Csv);
    for row in csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap) {
        assert!(!row.iter().any(|cell| cell.trim_start().starts_with(['=', '+', '-', '@'])), "{row:?}");
    }
    assert!(text.contains("'=cmd|") && text.contains("'@SUM("), "{text}");
}

/// Name and labels, and the value, of each sample.
fn samples(text: &str) -> BTreeMap<&str, &str> {
    let mut samples = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(samples.insert(name, value).is_none(), "{name} stands there twice");
    }
    samples
}

fn sum_of(samples: &BTreeMap<&str, &str>, name: &str, label: &str) -> u64 {
    let mine = samples.iter().filter(|(key, _)| key.split(['{', ' ']).next() == Some(name) && key.contains(label));
    mine.map(|(_, value)| value.parse::<u64>().unwrap()).sum()
}

#[test]
fn counters_and_histograms_hold_the_counts() {
    for report in [stored_report(&hops(900)), hostile()] {
        for format in [Format::Openmetrics, Format::Prometheus] {
            let text = text(&report, format);
            let samples = samples(&text);
            assert_eq!(sum_of(&samples, "tollbridge_hops_total", ""), report.hops());
            assert_eq!(sum_of(&samples, "tollbridge_hops_total", "outcome=\"panicked\""), report.outcomes.panicked);
            let locks: u64 = report.groups.iter().flat_map(|g| g.locks.values()).map(|lock| lock.ns.count()).sum();
            assert_eq!(sum_of(&samples, "tollbridge_bridge_locks_total", ""), locks);
            let runs: u64 = joined(&report).filter_map(|g| g.phases.get(&Phase::Run)).map(Distribution::count).sum();
            assert_eq!(sum_of(&samples, "tollbridge_phase_seconds_count", "phase=\"run\""), runs);
            let all = samples.iter().filter(|(key, _)| key.starts_with("tollbridge_phase_seconds_bucket"));
            let infinite = all.filter(|(key, _)| key.contains("phase=\"run\"") && key.contains("le=\"+Inf\""));
            assert_eq!(infinite.map(|(_, value)| value.parse::<u64>().unwrap()).sum::<u64>(), runs);
            // Exact to the nanosecond.
            let seconds = samples.iter().filter(|(key, _)| key.starts_with("tollbridge_phase_seconds_sum"));
            let ns = seconds.map(|(_, value)| value.replace('.', "").parse::<u64>().unwrap()).sum::<u64>();
            assert_eq!(ns, joined_ns(&report));
        }
    }
}

#[test]
fn buckets_grow() {
    let text = text(&stored_report(&hops(300)), Format::Openmetrics);
    let (mut before, mut last, mut seen) = ("", 0, 0);
    for line in text.lines().filter(|line| line.starts_with("tollbridge_phase_seconds_bucket")) {
        let (labels, rest) = line.split_once(",le=").unwrap();
        let count: u64 = rest.rsplit_once(' ').unwrap().1.parse().unwrap();
        assert!(labels != before || count >= last, "{line} after {last}");
        (before, last, seen) = (labels, count, seen + 1);
    }
    assert!(seen > 100);
}

#[test]
fn the_two_dialects_differ_as_their_readers_want() {
    let report = stored_report(&hops(50));
    let (open, prometheus) = (text(&report, Format::Openmetrics), text(&report, Format::Prometheus));
    assert!(open.ends_with("\n# EOF\n") && open.contains("# TYPE tollbridge_hops counter\n"));
    assert!(open.contains("# UNIT tollbridge_phase_seconds seconds\n"));
    assert!(open.contains("tollbridge_hops_created{"));
    assert!(prometheus.contains("# TYPE tollbridge_hops_total counter\n"));
    assert!(!["# EOF", "# UNIT", "_created"].iter().any(|word| prometheus.contains(word)));
    let values = |text| samples(text).into_iter().filter(|(key, _)| !key.contains("_created")).collect::<Vec<_>>();
    assert_eq!(values(&open), values(&prometheus));
}

#[test]
fn speedscope_refers_to_what_is_there() {
    for report in [stored_report(&hops(900)), hostile()] {
        let file: Value = serde_json::from_slice(&export(&report, Format::Speedscope).unwrap()).unwrap();
        let frames = file["shared"]["frames"].as_array().unwrap().len() as u64;
        let mut ends = BTreeMap::new();
        for profile in file["profiles"].as_array().unwrap() {
            let numbers = |of: &Value| of.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect::<Vec<u64>>();
            let (stacks, weights) = (profile["samples"].as_array().unwrap(), numbers(&profile["weights"]));
            assert_eq!(stacks.len(), weights.len());
            assert!(stacks.iter().flat_map(numbers).all(|frame| frame < frames));
            assert_eq!(weights.iter().sum::<u64>(), profile["endValue"].as_u64().unwrap());
            ends.insert(profile["name"].as_str().unwrap(), profile["endValue"].as_u64().unwrap());
        }
        assert_eq!((ends["time"], ends["hops"]), (joined_ns(&report), report.hops()));
        assert_eq!(ends["overhead"], joined(&report).map(|group| group.overhead_ns.sum()).sum::<u64>());
        let active = usize::try_from(file["activeProfileIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(file["profiles"][active]["name"], "overhead");
    }
}

#[test]
fn pprof_is_gzip_and_the_same_file_each_time() {
    let report = stored_report(&hops(300));
    let file = export(&report, Format::Pprof).unwrap();
    assert_eq!(file, export(&report, Format::Pprof).unwrap());
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(file.as_slice()).read_to_end(&mut plain).unwrap();
    for text in ["src/store/meta.rs", "meta.rs:88 get", "svc::store::meta::get::{{closure}}", "lock exception"] {
        assert!(plain.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

#[test]
fn no_text_format_carries_control_characters() {
    let bad = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}');
    for &format in Format::ALL.iter().filter(|format| !format.is_binary()) {
        let text = text(&hostile(), format);
        assert!(!text.contains(bad), "{format:?}: {text}");
        assert!(!text.lines().any(|line| line.starts_with("# EOF:")), "{format:?}");
    }
}

#[test]
fn where_no_hop_ended_there_are_no_stacks_and_counters_stand_at_nothing() {
    let empty = stored_report(&hops(0));
    for format in [Format::Folded, Format::Pprof, Format::Speedscope] {
        assert!(export(&empty, format).unwrap_err().is_nothing_to_draw(), "{format:?}");
    }
    assert_eq!(text(&empty, Format::Csv).lines().count(), 1);
    let open = text(&empty, Format::Openmetrics);
    assert!(open.contains("tollbridge_dropped_total{what=\"hops\"} 0\n") && !open.contains("tollbridge_hops_total"));
}

#[test]
fn exports_look_like_this() {
    let report = stored_report(&hops(2));
    golden::check(env!("CARGO_MANIFEST_DIR"), "export", "expected.folded", &text(&report, Format::Folded));
    golden::check(env!("CARGO_MANIFEST_DIR"), "export", "expected.csv", &text(&report, Format::Csv));
    golden::check(env!("CARGO_MANIFEST_DIR"), "export", "expected.speedscope.json", &text(&report, Format::Speedscope));
    let bucketless = |text: String| {
        text.lines().filter(|l| !l.contains("_bucket{")).map(|l| l.to_owned() + "\n").collect::<String>()
    };
    golden::check(
        env!("CARGO_MANIFEST_DIR"),
        "export",
        "expected.openmetrics",
        &bucketless(text(&report, Format::Openmetrics)),
    );
    golden::check(
        env!("CARGO_MANIFEST_DIR"),
        "export",
        "expected.prometheus",
        &bucketless(text(&report, Format::Prometheus)),
    );
}
