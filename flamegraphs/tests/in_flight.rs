//! What is in flight, CPU time, coverage, several pools, sequences and nested calls: on screens and pages of reports that have them, and of
//! older ones that do not.

use tollbridge_flamegraphs::{Format, HtmlOptions, ScreenOptions, export, html, screen};
use tollbridge_report::{
    Aged, Between, Deadlock, Live, LiveSite, Machine, ProcessCpu, Report, RuntimePool, Sequence, SiteCpu, Wait,
};
use tollbridge_testkit::golden;
use tollbridge_testkit::logs::{hops, stored_report};

const META: (&str, &str) = ("src/store/meta.rs:88:14", "svc::store::meta::get::{{closure}}");
const SCAN: (&str, &str) = ("src/store/scan.rs:31:20", "svc::store::scan::run<u8>::{{closure}}");
const MAIN: (&str, &str) = ("src/main.rs:12:9", "<svc::Job as core::ops::FnOnce<()>>::call_once");
/// Of these no call has ended.
const PLAN: (&str, &str) = ("src/plan.rs:40:5", "svc::plan::plan_scan::{{closure}}");
const TRACE: (&str, &str) = ("src/trace.rs:7:5", "svc::trace::upload::{{closure}}");

const MS: u64 = 1_000_000;

fn aged(count: u64, oldest_ns: u64) -> Aged {
    Aged { count, oldest_ns, total_ns: count * oldest_ns }
}

fn live_site((site, job): (&str, &str)) -> LiveSite {
    LiveSite { site: site.to_owned(), job: job.to_owned(), ..LiveSite::default() }
}

fn wait((site, job): (&str, &str), (queued_site, queued_job): (&str, &str), count: u64) -> Wait {
    let [site, job, queued_site, queued_job] = [site, job, queued_site, queued_job].map(str::to_owned);
    Wait { site, job, queued_site, queued_job, count, oldest_ns: 3_200 * MS }
}

/// Eight threads that run jobs of one site, each of which waits for one of another.
fn live() -> Live {
    let waits = vec![wait(PLAN, META, 8)];
    Live {
        stuck_after_ns: 3_000 * MS,
        sites: vec![
            LiveSite { finished: aged(2, 5 * MS), ..live_site(MAIN) },
            LiveSite { queued: aged(8, 3_200 * MS), nested: 8, stuck: 8, ..live_site(META) },
            LiveSite { queued: aged(3, 900 * MS), running: aged(8, 3_210 * MS), stuck: 8, ..live_site(PLAN) },
            LiveSite { running: aged(4, 1_000 * MS), abandoned: 4, ..live_site(TRACE) },
        ],
        waits: waits.clone(),
        deadlocks: vec![Deadlock { runtime: 1, running: 8, queued: 11, age_ns: 3_100 * MS, waits }],
        unlisted: 5,
    }
}

fn sequence((before_site, before_job): (&str, &str), (site, job): (&str, &str), hops: u64, in_a_row: u64) -> Sequence {
    let [before_site, before_job, site, job] = [before_site, before_job, site, job].map(str::to_owned);
    Sequence { before_site, before_job, site, job, hops, in_a_row, together: 0, gap_ns: 4_000 * hops }
}

fn cpu((site, job): (&str, &str), jobs: u64, run_ns: u64, cpu_ns: u64) -> SiteCpu {
    SiteCpu { site: site.to_owned(), job: job.to_owned(), jobs, run_ns, cpu_ns }
}

/// With all that a report can have.
fn full() -> Report {
    let mut report = stored_report(&hops(900));
    let busy_ns: u64 = report.sites.iter().map(|site| site.busy_ns).sum();
    report.processes[0].complete = false;
    let machine = Machine { busy_ns: 1_400 * MS, idle_ns: 300 * MS, stolen_ns: 100 * MS };
    report.processes[0].cpu =
        Some(ProcessCpu { processors: 2, cpu_ns: 540 * MS, wait_ns: Some(60 * MS), machine: Some(machine) });
    report.pool.threads_seen = 12;
    report.pool.thread_ns = 12 * 900 * MS;
    report.pool.busy_ns = Some(busy_ns + 8 * 600 * MS);
    report.pool.cpu_ns = Some(10 * MS);
    report.pool.between = Between { count: 40, cpu_ns: 40 * 1_500 };
    let pool = |runtime, threads_seen, busy_ns| RuntimePool {
        runtime,
        threads_seen,
        thread_ns: threads_seen * 900 * MS,
        busy_ns,
    };
    report.pools = vec![pool(1, 8, 8 * 600 * MS), pool(2, 4, busy_ns)];
    report.live = Some(live());
    report.cpu = vec![
        cpu(MAIN, 6, 6 * 320, 6 * 300),
        cpu(META, 30, 30 * 2_000, 30 * 1_940),
        cpu(SCAN, 9, 9 * 430_000, 9 * 9_000),
    ];
    report.sequences =
        vec![sequence(MAIN, META, 140, 120), sequence(META, META, 500, 390), sequence(META, SCAN, 130, 20)];
    let nested = report.groups.iter_mut().filter(|group| group.key.site == META.0);
    nested.for_each(|group| group.nested = group.hop_ns.count() / 3);
    report.derive();
    report
}

fn said(report: &Report) -> String {
    let text = screen(report, &ScreenOptions::default().with_all(true).with_width(Some(1_000)));
    text.replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_says(report: &Report, wanted: &[&str], unwanted: &[&str]) {
    let text = said(report);
    wanted.iter().for_each(|part| assert!(text.contains(part), "{part:?} in {text}"));
    unwanted.iter().for_each(|part| assert!(!text.contains(part), "{part:?} not in {text}"));
}

#[test]
fn all_of_it_on_the_screen() {
    for (name, width) in [("wide", None), ("80", Some(80))] {
        let text =
            screen(&full(), &ScreenOptions::default().with_all(true).with_width(width).with_file("toll/report.json"));
        golden::check(env!("CARGO_MANIFEST_DIR"), "in_flight", &format!("expected.{name}.screen"), &text);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.map_or(140, usize::from), "{widest} columns:\n{text}");
    }
}

#[test]
fn the_page_says_what_the_screen_says() {
    let page = html(&full(), &HtmlOptions::default());
    let page = page.replace("&#39;", "'").replace("&#62;", ">").replace('\u{a0}', " ");
    for part in [
        "DEADLOCK all 8 threads of the pool of runtime 1 run plan.rs:40 plan_scan and wait for meta.rs:88 get",
        "<section id=\"in-flight\"",
        "calls at the last checkpoint; the process was killed, or still runs: 11 queued, 12 running, 2 finished and not taken",
        "one task makes these 3 calls in sequence, 130 times: main.rs:12 call_once -> meta.rs:88 get -> scan.rs:31 run",
        "calls of meta.rs:88 get were made inside another job: a smaller pool can deadlock",
        "the process used 540 ms of CPU time",
        "of the pool threads' CPU time is in the jobs shown",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_deadlock_is_told_first_in_red_with_both_sites() {
    let text = screen(&full(), &ScreenOptions::default().with_all(true).with_colour(true).with_width(Some(1_000)));
    let alarm = text.lines().find(|line| line.contains("DEADLOCK")).unwrap();
    assert!(text.find("DEADLOCK") < text.find("of overhead"));
    let told = "DEADLOCK all 8 threads of the pool of runtime 1 run plan.rs:40 plan_scan and wait for meta.rs:88 get, which is queued \
                behind them; no job began for 3.10 s";
    assert!(alarm.replace('\u{a0}', " ").contains(told), "{alarm:?}");
    assert!(alarm.contains("\u{1b}[1m\u{1b}[31m"), "bold and red: {alarm:?}");

    let mut one = full();
    one.pools.clear();
    let deadlock = &mut one.live.as_mut().unwrap().deadlocks[0];
    deadlock.running = 1;
    deadlock.waits.push(wait(SCAN, META, 1));
    let told = "the only thread of the pool runs plan.rs:40 plan_scan and waits for meta.rs:88 get, which is queued behind it (1 other \
                pair of sites do the same)";
    assert_says(&one, &[told], &["STUCK 8"]);
    one.live.as_mut().unwrap().deadlocks[0].waits.clear();
    assert_says(&one, &["DEADLOCK the only thread of the pool waits for calls that are queued behind"], &[]);
}

#[test]
fn stuck_and_abandoned_jobs_are_told_without_a_deadlock() {
    let mut report = full();
    report.live.as_mut().unwrap().deadlocks.clear();
    assert_says(
        &report,
        &[
            "STUCK 8 jobs of plan.rs:40 plan_scan, and jobs of 1 other site have been queued or running for 3.00 s or longer",
            "ABANDONED 4 jobs of trace.rs:7 upload still held a thread each, and nobody waited for them any more",
        ],
        &["DEADLOCK"],
    );
    // Less than a tenth of the threads, or not for long.
    let mut short = report.clone();
    short.live.as_mut().unwrap().sites[3].running = aged(4, 999 * MS);
    assert_says(&short, &["4 abandoned"], &["ABANDONED"]);
    report.pool.threads_seen = 41;
    assert_says(&report, &["4 abandoned", "abandoned: nobody waits for the job any more"], &["ABANDONED"]);
}

#[test]
fn a_complete_report_tells_what_had_not_ended() {
    let mut report = full();
    report.processes[0].complete = true;
    let told =
        "IN FLIGHT calls that had not ended when the capture did: 11 queued, 12 running, 2 finished and not taken";
    assert_says(&report, &[told, "5 calls more cannot be listed"], &["checkpoint"]);
    report.live = Some(Live::default());
    assert_says(&report, &[], &["IN FLIGHT"]);
}

#[test]
fn calls_in_flight_are_something_to_show() {
    let mut report = Report { processes: full().processes, ..Report::default() };
    assert!(html(&report, &HtmlOptions::default()).contains("Nothing to show"));
    report.live = Some(live());
    let page = html(&report, &HtmlOptions::default());
    assert!(!page.contains("Nothing to show") && page.contains("DEADLOCK all 8 threads"));
}

#[test]
fn rows_are_bounded_and_the_most_come_first() {
    let mut report = full();
    let mut sites: Vec<LiveSite> = (0..200)
        .map(|i| LiveSite { running: aged(1 + i, MS), ..live_site((&format!("src/many.rs:{}:1", 1_000 + i), "")) })
        .collect();
    sites.push(LiveSite { running: aged(1, 9_000 * MS), stuck: 1, ..live_site(("src/one.rs:1:1", "")) });
    report.live = Some(Live { sites, ..Live::default() });
    let text = screen(&report, &ScreenOptions::default().with_all(true));
    let rows: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("COUNT (")).skip(1).take(11).collect();
    assert!(rows[0].starts_with("one.rs:1 ") && rows[0].ends_with("1 stuck"), "{rows:?}");
    assert!(rows[1].starts_with("many.rs:1199 ") && rows[9].starts_with("many.rs:1191 "), "{rows:?}");
    assert_eq!(rows[10].trim(), "and 191 more sites");
}

#[test]
fn the_pool_is_as_busy_as_all_its_jobs_make_it() {
    let report = full();
    let busy = report.pool.busy_ns.unwrap();
    let share = format!("12 threads seen, busy {:.0} % of the time (", 100.0 * busy as f64 / (12 * 900 * MS) as f64);
    assert_says(&report, &[&share, "by runtime: 1 (8 threads, busy 67 %), 2 (4 threads, busy "], &[]);
    let mut older = report.clone();
    older.pool.busy_ns = None;
    older.pools.clear();
    assert_says(&older, &["12 threads seen, busy 0.6 % of the time;"], &["by runtime"]);
    // Numbers of runtimes are those of one process.
    let mut two = report.clone();
    two.merge(&report);
    assert_says(&two, &["24 threads seen"], &["by runtime", "IN FLIGHT"]);
}

#[test]
fn cpu_time_tells_jobs_that_compute_from_those_that_wait() {
    let report = full();
    let text = screen(&report, &ScreenOptions::default().with_all(true));
    let row = |label: &str| {
        let table = text.split_once("CPU OF JOBS (a sample)").unwrap().1;
        let row = table.lines().find(|line| line.starts_with(label)).unwrap();
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("meta.rs:88"), "meta.rs:88 get 30 2.00us 1.94us 97 % computes");
    // 57 ms of waits, which a wait of 60 ms for processors could be.
    assert_eq!(row("scan.rs:31"), "scan.rs:31 run 9 430us 9.00us 2.1 % waits, maybe for a CPU");
    let mut quiet = report.clone();
    quiet.processes[0].cpu.as_mut().unwrap().wait_ns = Some(0);
    assert_says(&quiet, &["scan.rs:31 run 9 430us 9.00us 2.1 % waits"], &["maybe for a CPU"]);
}

#[test]
fn a_report_of_before_is_shown_as_before() {
    let report = stored_report(&hops(900));
    assert_says(
        &report,
        &[
            "POOL 5 threads seen, busy 1.3 % of the time; in flight: ",
            "how much of its CPU time they use is not known here",
        ],
        &["IN FLIGHT", "CPU OF JOBS", "SEQUENCES", "NESTED", "by runtime", "DEADLOCK"],
    );
    let page = html(&report, &HtmlOptions::default());
    assert!(!page.contains("id=\"in-flight\"") && !page.contains("CPU time</h3>"));

    // As one of them stored it: without the members.
    let mut stored = Vec::new();
    report.write_json(&mut stored).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&stored).unwrap();
    let mut less = |path: &str, members: &[&str]| {
        let of = json.pointer_mut(path).unwrap().as_object_mut().unwrap();
        members.iter().for_each(|member| assert!(of.remove(*member).is_some(), "{path}/{member}"));
    };
    less("", &["pools", "live", "cpu", "sequences"]);
    less("/pool", &["busy_ns", "cpu_ns", "between"]);
    less("/dropped", &["threads"]);
    less("/processes/0", &["cpu"]);
    for i in 0..report.groups.len() {
        less(&format!("/groups/{i}"), &["in_a_burst", "first_of_task", "nested", "pools"]);
    }
    let older = Report::from_json(json.to_string().as_bytes()).unwrap();
    let expected = |mut report: Report| {
        report.groups.iter_mut().for_each(|group| (group.in_a_burst, group.first_of_task) = (0, 0));
        report.derive();
        report
    };
    assert_eq!(older.groups, expected(report.clone()).groups);
    let options = ScreenOptions::default().with_all(true);
    assert_eq!(screen(&older, &options), screen(&report, &options));
}

#[test]
fn a_site_that_was_never_joined_shows_what_its_jobs_ran_for() {
    let mut report = stored_report(&hops(900));
    report
        .groups
        .retain(|group| group.key.site != SCAN.0 || group.key.outcome == tollbridge_report::names::Outcome::Detached);
    report.derive();
    let told = "run of scan.rs:31 run is that of jobs that nobody waited for: none of its calls was joined";
    assert_says(&report, &[told], &[]);
    let text = screen(&report, &ScreenOptions::default().with_all(true));
    let row = text.lines().find(|line| line.starts_with("scan.rs:31 run")).unwrap();
    assert!(row.split_whitespace().nth(4).unwrap().ends_with("us"), "{row}");
    assert!(html(&report, &HtmlOptions::default()).contains(told));
}

#[test]
fn gauges_tell_what_is_in_flight_by_site() {
    for format in [Format::Openmetrics, Format::Prometheus] {
        let text = String::from_utf8(export(&full(), format).unwrap()).unwrap();
        let label = |(site, job): (&str, &str)| format!("{{site=\"{site}\",job=\"{job}\"}}");
        for line in [
            format!("tollbridge_hops_queued{} 3", label(PLAN)),
            format!("tollbridge_hops_running{} 8", label(PLAN)),
            format!("tollbridge_hops_finished{} 2", label(MAIN)),
            format!("tollbridge_hops_abandoned{} 4", label(TRACE)),
            format!("tollbridge_hops_stuck{} 8", label(META)),
            "tollbridge_deadlocks 1".to_owned(),
        ] {
            assert!(text.lines().any(|of| of == line), "{line} in {text}");
        }
        let older = String::from_utf8(export(&stored_report(&hops(90)), format).unwrap()).unwrap();
        assert!(!older.contains("tollbridge_hops_queued") && !older.contains("tollbridge_deadlocks"));
    }
}
