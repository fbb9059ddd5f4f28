//! Random reports: what is written of them can be read, and holds what they hold.

#[path = "../fuzz/src/lib.rs"]
pub mod holds;

use proptest::prelude::*;
use tollbridge_flamegraphs::read::from_reader;
use tollbridge_flamegraphs::{FlameOptions, HtmlOptions, Weight, html, render};
use tollbridge_report::hop::HopRecord;
use tollbridge_report::names::Arm;
use tollbridge_report::{
    Aged, Between, Caller, Deadlock, FORMAT, Frame, HopGroup, Live, LiveSite, Machine, Observed, ProcessCpu, Report,
    RuntimePool, Sequence, SiteCpu, TaskSite, Wait,
};
use tollbridge_testkit::hops;
use tollbridge_testkit::logs::{Form, emit, log_of, tally};

/// As an app stores it, without and with what later versions tell.
fn stored() -> impl Strategy<Value = Report> {
    let stored = hops::any_report().prop_map(|report| Report { format: FORMAT, ..report });
    (stored, prop::option::of(prop::collection::vec(any::<u64>(), 1..200))).prop_map(
        |(report, numbers)| match numbers {
            Some(numbers) => with_members(report, Numbers(numbers.into_iter().cycle())),
            None => report,
        },
    )
}

/// Numbers that nobody counted.
struct Numbers<I>(I);

impl<I: Iterator<Item = u64>> Numbers<I> {
    /// Of ns, as many as there are.
    fn ns(&mut self) -> u64 {
        self.0.next().unwrap()
    }

    /// A count: so many of them are not too many together. Often none.
    fn count(&mut self) -> u64 {
        let number = self.ns();
        if number % 3 == 0 { 0 } else { number % (1 << (number % 32)) }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.ns() % end as u64).unwrap()
    }

    fn some(&mut self) -> Option<u64> {
        let ns = self.ns();
        (ns % 4 != 0).then_some(ns)
    }

    fn aged(&mut self) -> Aged {
        Aged { count: self.count(), oldest_ns: self.ns(), total_ns: self.ns() }
    }
}

impl<I: Iterator<Item = u64>> Numbers<I> {
    /// As many lengths of each kind as tasks.
    fn tasks(&mut self, spawned: &str) -> TaskSite {
        let mut site = TaskSite { spawned: spawned.to_owned(), ..TaskSite::default() };
        for _ in 0..self.below(20) {
            [&mut site.hops, &mut site.hop_ns, &mut site.span_ns]
                .into_iter()
                .for_each(|lengths| lengths.add(self.ns()));
        }
        (site.live, site.live_hops, site.live_hop_ns) = (self.count(), self.count(), self.ns());
        site
    }
}

/// Sites of the report's own and some that it does not have otherwise, in order.
fn with_members(mut report: Report, mut numbers: Numbers<impl Iterator<Item = u64>>) -> Report {
    let own = report.groups.iter().map(|group| (group.key.site.clone(), group.key.job.clone()));
    let others = [
        ("src/x.rs:1:1", "a\u{1b}[31m"),
        ("<other>", ""),
        ("", "\u{202e}b;c"),
        ("x:y:z", "<script>"),
        (
            "target/tollbridge/copy/tokio-1.54.1/src/fs/mod.rs:328:11",
            "tokio::fs::metadata::metadata<&str>::{{closure}}",
        ),
    ];
    let mut sites: Vec<(String, String)> =
        own.chain(others.map(|(site, job)| (site.to_owned(), job.to_owned()))).collect();
    sites.sort();
    sites.dedup();
    for process in &mut report.processes {
        process.complete = numbers.below(2) == 0;
        process.cpu = numbers.some().map(|cpu_ns| ProcessCpu {
            processors: u32::try_from(numbers.ns() >> 32).unwrap(),
            cpu_ns,
            wait_ns: numbers.some(),
            machine: numbers.some().map(|busy_ns| Machine { busy_ns, idle_ns: numbers.ns(), stolen_ns: numbers.ns() }),
        });
    }
    (report.pool.busy_ns, report.pool.cpu_ns) = (numbers.some(), numbers.some());
    report.pool.between = Between { count: numbers.count(), cpu_ns: numbers.ns() };
    report.pools = (0..u32::try_from(numbers.below(12)).unwrap())
        .map(|runtime| RuntimePool {
            runtime,
            threads_seen: numbers.count(),
            thread_ns: numbers.ns(),
            busy_ns: numbers.ns(),
        })
        .collect();
    report.observed = numbers.some().map(|_| {
        let imported = numbers.count();
        Observed { jobs: imported + numbers.count(), imported, workers: numbers.count() }
    });
    for group in &mut report.groups {
        (group.nested, group.in_a_burst, group.first_of_task) = (numbers.count(), numbers.count(), numbers.count());
    }
    report.callers = callers(&sites, &mut numbers);
    report.callers_lost = numbers.count();
    let (mut cpu, mut live, mut sequences, mut waits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (site, job) in sites.iter().cloned() {
        if numbers.below(3) > 0 {
            let (site, job) = (site.clone(), job.clone());
            cpu.push(SiteCpu { site, job, jobs: numbers.count(), run_ns: numbers.ns(), cpu_ns: numbers.ns() });
        }
        for (after, after_job) in &sites {
            if numbers.below(2) > 0 {
                sequences.push(Sequence {
                    before_site: site.clone(),
                    before_job: job.clone(),
                    site: after.clone(),
                    job: after_job.clone(),
                    hops: numbers.count(),
                    together: numbers.count(),
                    in_a_row: numbers.count(),
                    gap_ns: numbers.ns(),
                });
            }
        }
        if numbers.below(3) == 0 {
            let (queued_site, queued_job) = sites[numbers.below(sites.len())].clone();
            let (site, job) = (site.clone(), job.clone());
            waits.push(Wait { site, job, queued_site, queued_job, count: numbers.count(), oldest_ns: numbers.ns() });
        }
        live.push(LiveSite {
            site,
            job,
            queued: numbers.aged(),
            running: numbers.aged(),
            finished: numbers.aged(),
            abandoned: numbers.count(),
            nested: numbers.count(),
            stuck: numbers.count(),
        });
    }
    (report.cpu, report.sequences) = (cpu, sequences);
    report.tasks = ["", "<other>", "src/server.rs:88:5"].map(|spawned| numbers.tasks(spawned)).into();
    report.live = numbers.some().map(|stuck_after_ns| Live {
        stuck_after_ns,
        sites: live,
        deadlocks: (0..numbers.below(6))
            .map(|_| Deadlock {
                runtime: 1,
                running: numbers.count(),
                queued: numbers.count(),
                age_ns: numbers.ns(),
                waits: waits[..numbers.below(waits.len() + 1)].to_vec(),
            })
            .collect(),
        waits,
        unlisted: numbers.count(),
    });
    report.derive();
    report
}

/// Of each site some, among them one that is not known by name.
fn callers(sites: &[(String, String)], numbers: &mut Numbers<impl Iterator<Item = u64>>) -> Vec<Caller> {
    let functions = ["", "app::list_dir", "<a::B as c::D<T>>::e", "<script>::x\u{1b}[31m", "`a`::\u{202e}b;c"];
    let mut callers = Vec::new();
    for (site, job) in sites {
        for frames in 0..numbers.below(4) {
            let frame = |i: usize| {
                let has_file = numbers.below(3) > 0;
                Frame {
                    function: functions[(i + numbers.below(2)) % functions.len()].to_owned(),
                    file: has_file.then(|| "/home/u/app/src/a`b.rs".to_owned()),
                    line: numbers.some().filter(|_| has_file).map(|line| u32::try_from(line >> 32).unwrap()),
                }
            };
            let frames: Vec<Frame> = (0..frames).map(frame).collect();
            let samples = numbers.count();
            let calls = samples + numbers.count();
            let squares = if calls == 0 { 0 } else { calls + numbers.ns() % calls.saturating_mul(calls - 1).max(1) };
            let is_own = numbers.below(2) == 0;
            callers.push(Caller { site: site.clone(), job: job.clone(), frames, is_own, samples, calls, squares });
        }
    }
    callers.sort_by(|a, b| (&a.site, &a.job, &a.frames).cmp(&(&b.site, &b.job, &b.frames)));
    callers.dedup_by(|a, b| (&a.site, &a.job, &a.frames) == (&b.site, &b.job, &b.frames));
    callers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_made_of_a_report_holds_what_it_holds(report in stored()) {
        holds::whole(&report);
    }

    #[test]
    fn a_page_of_whatever_report_is_a_page(report in stored()) {
        let page = html(&report, &HtmlOptions::default());
        assert!(page.ends_with("</html>\n") || page.ends_with("</html>"));
        assert!(!page.contains(['\u{1b}', '\u{202e}']));
        assert!(!page.contains("<script><script>"));
    }

    #[test]
    fn a_sum_of_reports_is_a_report(a in stored(), b in stored()) {
        let mut sum = a;
        sum.merge(&b);
        holds::whole(&sum);
    }

    #[test]
    fn arms_that_are_equal_differ_in_nothing(mut report in stored()) {
        report.groups.retain(|group| group.key.arm == Arm::Naive);
        let twins: Vec<HopGroup> = report.groups.iter().cloned().map(|mut group| {
            group.key.arm = Arm::Snapshot;
            group
        }).collect();
        report.groups.extend(twins);
        report.groups.sort_by(|a, b| a.key.cmp(&b.key));
        report.derive();
        let folder = tempfile::tempdir().unwrap();
        for weight in [Weight::Counts, Weight::Ns] {
            let drawn = render(&report, folder.path(), &FlameOptions::default().with_weight(weight));
            let diff = std::fs::read_to_string(folder.path().join("diff.folded"));
            prop_assume!(drawn.is_ok() && diff.is_ok());
            for line in diff.unwrap().lines() {
                let [after, before, _] = line.rsplitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn a_log_gives_the_report_that_the_recorder_gives(drawn in prop::collection::vec(hops::drawn(), 1..15)) {
        let mut now = 0;
        let hops: Vec<HopRecord<'_>> = drawn.iter().map(|drawn| hops::hop(&mut now, drawn)).collect();
        let expected = tally(&hops);
        for form in Form::ALL {
            let log = log_of(form, || hops.iter().for_each(emit));
            let read = from_reader(log.as_slice(), "the log").expect("it holds hops").report;
            prop_assert_eq!(&read.groups, &expected.groups);
            prop_assert_eq!(&read.blocks, &expected.blocks);
            prop_assert_eq!(read.outcomes, expected.outcomes);
            prop_assert_eq!(&read.dropped, &expected.dropped);
        }
    }
}
