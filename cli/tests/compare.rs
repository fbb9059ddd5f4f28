//! Runs against runs: sites by content, what can be known of a few runs, the gate's rate of false alarms, and the command. Every
//! draw is seeded.

#[path = "common/command.rs"]
mod command;

use std::path::Path;
use std::sync::LazyLock;

use command::run;
use tollbridge_cli::exit;
use tollbridge_flamegraphs::compare::{Comparison, FALSE_ALARMS, Figure, Gate, GateVerdict, Run, Unseen, compare};
use tollbridge_flamegraphs::{ScreenOptions, compared, compared_json, compared_markdown};
use tollbridge_report::names::{Arm, Detail, Outcome, Phase};
use tollbridge_report::{Distribution, GroupKey, HopGroup, Report};
use tollbridge_testkit::golden;
use tollbridge_testkit::logs::{hops, stored_report};
use tollbridge_testkit::random::Random;

/// A site, and the mean lengths of its phases.
struct Site<'a> {
    site: &'a str,
    job: &'a str,
    arm: Arm,
    start: u64,
    run: u64,
}

/// The place of a site whose job is `job`.
fn at(site: &'static str, start: u64) -> Site<'static> {
    Site { site, job: "svc::get::{{closure}}", arm: Arm::Snapshot, start, run: 2_000 }
}

/// Process ids start here, so that every report is of a run of its own.
fn report(pid: u32, sites: &[Site<'_>]) -> Report {
    /// One to copy: thousands are simulated.
    static EMPTY: LazyLock<Report> = LazyLock::new(|| stored_report(&[]));
    let mut report = EMPTY.clone();
    report.processes[0].pid = pid;
    report.processes[0].duration_ns = 2_000_000_000;
    report.settings.as_mut().unwrap().arms = vec![Arm::Snapshot];
    let one = |ns: u64| {
        let mut lengths = Distribution::default();
        lengths.add(ns);
        lengths
    };
    let mut groups: Vec<HopGroup> = sites
        .iter()
        .map(|site| HopGroup {
            hop_ns: one(site.start + site.run),
            overhead_ns: one(site.start),
            phases: [(Phase::Start, one(site.start)), (Phase::Run, one(site.run))].into(),
            ..HopGroup::new(GroupKey {
                site: site.site.to_owned(),
                job: site.job.to_owned(),
                arm: site.arm,
                detail: Detail::Phases,
                outcome: Outcome::Joined,
            })
        })
        .collect();
    groups.sort_by(|a, b| a.key.cmp(&b.key));
    report.groups = groups;
    report.derive();
    report
}

/// Runs of these reports.
fn runs(reports: impl IntoIterator<Item = Report>) -> Vec<Run> {
    reports.into_iter().map(|report| Run::of("run", &report).unwrap()).collect()
}

/// One run for every start of one site.
fn of_starts(site: &'static str, starts: &[u64]) -> Vec<Run> {
    runs(starts.iter().map(|&start| report(1, &[at(site, start)])))
}

fn two(old: &[u64], new: &[u64]) -> Comparison {
    compare(&of_starts("a.rs:1:1", old), &of_starts("a.rs:1:1", new)).unwrap()
}

#[test]
fn the_run_is_the_unit() {
    let found = two(&[10_000, 11_000, 12_000], &[20_000, 22_000]);
    assert_eq!((found.old_runs, found.new_runs, found.pairs.len()), (3, 2, 1));
    let overhead = found.pairs[0].change(Figure::Overhead).unwrap();
    assert_eq!((overhead.old.mean, overhead.new.mean), (11_000.0, 21_000.0));
    assert_eq!((overhead.old.variance, overhead.new.variance), (1e6, 2e6));
    let difference = overhead.difference.unwrap();
    // Standard error (1/3 + 2/2)^½ us; degrees (4/3)² / ((1/3)²/2 + 1²/1) = 1.684, of which Student's quantile is 5.17.
    assert!((difference.value - 10_000.0).abs() < 1e-9 && difference.significant, "{difference:?}");
    assert!((difference.high - difference.value - 5_970.0).abs() < 40.0, "{difference:?}");
    assert_eq!(found.pairs[0].change(Figure::Phase(Phase::Start)), Some(overhead));
    assert_eq!(found.pairs[0].change(Figure::Phase(Phase::Run)).unwrap().difference.unwrap().value, 0.0);
    assert_eq!(found.pairs[0].change(Figure::OverheadPerRun).unwrap().old.mean, 5.5);
    assert_eq!(found.pairs[0].change(Figure::HopsPerSecond).unwrap().old.mean, 0.5);
    assert_eq!(found.pairs[0].change(Figure::Phase(Phase::Transfer)), None);
}

#[test]
fn one_run_a_side_has_figures_and_no_verdict() {
    let found = two(&[10_000], &[20_000, 22_000]);
    let overhead = found.pairs[0].change(Figure::Overhead).unwrap();
    assert_eq!((overhead.old.mean, overhead.new.mean, overhead.difference), (10_000.0, 21_000.0, None));
    let error = Gate::new(Figure::Overhead, 0.05).rule(&found).unwrap_err();
    assert!(error.is_unusable_input() && error.to_string().contains("too few runs (1 before, 2 after)"), "{error}");
}

#[test]
fn sites_are_found_again_where_lines_shifted() {
    let old = runs([report(1, &[at("a.rs:10:5", 1_000), at("a.rs:20:5", 9_000), at("gone.rs:1:1", 5)])]);
    let new = runs([report(2, &[at("a.rs:20:5", 1_000), at("a.rs:31:5", 9_000), at("new.rs:1:1", 5)])]);
    let found = compare(&old, &new).unwrap();
    let pairs: Vec<_> = found.pairs.iter().map(|p| (p.old.site.as_str(), p.new.site.as_str())).collect();
    assert_eq!(pairs, [("a.rs:20:5", "a.rs:31:5"), ("a.rs:10:5", "a.rs:20:5")], "most time first");
    assert!(found.pairs.iter().all(tollbridge_flamegraphs::compare::Pair::has_moved));
    assert!(found.pairs.iter().all(|p| p.changes[0].1.old.mean == p.changes[0].1.new.mean));
    let site = |names: &[tollbridge_flamegraphs::compare::SiteName]| names[0].site.clone();
    assert_eq!((site(&found.gone), site(&found.new)), ("gone.rs:1:1".to_owned(), "new.rs:1:1".to_owned()));
}

#[test]
fn an_arm_is_compared_with_itself_alone() {
    let arms = |naive, native| {
        let site = |arm, start| Site { arm, ..at("a.rs:1:1", start) };
        let mut report = report(1, &[site(Arm::Naive, naive), site(Arm::Native, native)]);
        report.settings.as_mut().unwrap().arms = vec![Arm::Native, Arm::Naive];
        report
    };
    let found = compare(&runs([arms(1_000, 5_000)]), &runs([arms(2_000, 6_000)])).unwrap();
    let means: Vec<_> = found
        .pairs
        .iter()
        .map(|p| (p.arm, p.change(Figure::Overhead).unwrap()))
        .map(|(a, c)| (a, c.old.mean, c.new.mean))
        .collect();
    assert_eq!(means, [(Arm::Native, 5_000.0, 6_000.0), (Arm::Naive, 1_000.0, 2_000.0)]);
}

type Change = fn(&mut Report);

#[test]
fn unlike_runs_are_refused_with_what_differs() {
    let plain = report(1, &[at("a.rs:1:1", 1_000)]);
    let old = [Run::of("old.json", &plain).unwrap()];
    let changed = |change: Change| {
        let mut report = plain.clone();
        change(&mut report);
        Run::of("new.json", &report).and_then(|run| compare(&old, &[run])).map(|_| ()).unwrap_err()
    };
    let unlike: [(Change, &str); 7] = [
        (
            |r| {
                let mut other = r.clone();
                other.processes[0].pid += 1;
                other.settings.as_mut().unwrap().detail = Detail::Phases;
                r.merge(&other);
            },
            "merged from runs of different settings (detail is locks in 1 process and phases in 1); give the runs themselves",
        ),
        (|r| r.settings.as_mut().unwrap().detail = Detail::Phases, "`new.json`: it recorded phases, `old.json` locks"),
        (|r| r.settings.as_mut().unwrap().arms = vec![Arm::Naive], "had the arms naive, `old.json` snapshot"),
        (
            |r| r.settings.as_mut().unwrap().visible = true,
            "was seen by the app's own subscriber (RUST_LOG), `old.json` not seen",
        ),
        (|r| r.settings = None, "merged from runs of different settings"),
        (|r| r.processes[0].pid = 0, "it is of a log"),
        (
            |r| {
                r.groups.clear();
                r.derive();
            },
            "no hop that ended",
        ),
    ];
    for (change, why) in unlike {
        let error = changed(change);
        assert!(error.is_unusable_input() && error.to_string().contains(why), "{why}: {error}");
    }
    assert!(compare(&old, &[]).unwrap_err().is_unusable_input());
}

#[test]
fn the_gate_asks_for_more_than_is_allowed() {
    let found = two(&[10_000, 10_100, 9_900, 10_050, 9_950], &[11_000, 11_100, 10_900, 11_050, 10_950]);
    let over = |allowed| Gate::new(Figure::Overhead, allowed).rule(&found).unwrap().over.len();
    // It grew by 10 % and its standard error is some 0.5 %.
    assert_eq!([0.0, 0.05, 0.08, 0.1, 0.12].map(over), [1, 1, 1, 0, 0]);
    let faster = two(&[11_000, 11_100], &[10_000, 10_100]);
    assert!(Gate::new(Figure::Overhead, 0.0).rule(&faster).unwrap().over.is_empty());
    // What lies below the clock's floor, 21 ns, is the clock's own.
    let below = two(&[5, 5, 6], &[15, 15, 16]);
    let error = Gate::new(Figure::Overhead, 0.0).rule(&below).unwrap_err();
    assert!(error.to_string().contains("no site has `overhead` above the clock's floor"), "{error}");
    assert!(Gate::new(Figure::Phase(Phase::Reach), 0.0).rule(&found).is_err());
}

/// How runs of one side vary.
#[derive(Clone, Copy)]
struct Side {
    runs: usize,
    /// Spread of what all sites of a run share (a neighbour, the layout of memory), as a share of the mean.
    shared: f64,
    /// Spread of each site's own.
    own: f64,
    /// Site 0 is this much slower than the others.
    slower: f64,
}

const SITES: [&str; 12] = [
    "a.rs:1:1", "b.rs:1:1", "c.rs:1:1", "d.rs:1:1", "e.rs:1:1", "f.rs:1:1", "g.rs:1:1", "h.rs:1:1", "i.rs:1:1",
    "j.rs:1:1", "k.rs:1:1", "l.rs:1:1",
];

impl Side {
    fn draw(self, random: &mut Random) -> Vec<Run> {
        let reports = (0..self.runs).map(|_| {
            let shared = self.shared * random.normal();
            let sites: Vec<Site<'_>> = SITES
                .into_iter()
                .enumerate()
                .map(|(i, site)| {
                    let slower = if i == 0 { self.slower } else { 1.0 };
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some 20 us")]
                    let start = (20_000.0 * slower * (shared + self.own * random.normal()).exp()) as u64;
                    at(site, start)
                })
                .collect();
            report(1, &sites)
        });
        runs(reports)
    }
}

/// Comparisons of each row.
const TRIALS: u32 = 200;

/// In how many of the trials the gate is closed, and by anything but site 0; and the share of intervals that show a difference.
fn closed(seed: u64, old: Side, new: Side, allowed: f64) -> (u32, u32, f64) {
    let mut random = Random(seed);
    let (mut any, mut wrong, mut significant, mut intervals) = (0, 0, 0, 0);
    for _ in 0..TRIALS {
        let found = compare(&old.draw(&mut random), &new.draw(&mut random)).unwrap();
        let ruling = Gate::new(Figure::Overhead, allowed).rule(&found).unwrap();
        assert_eq!((ruling.decided, ruling.undecided), (SITES.len(), 0));
        any += u32::from(!ruling.over.is_empty());
        wrong += u32::from(ruling.over.iter().any(|pair| pair.new.site != SITES[0]));
        let overheads = found.pairs.iter().map(|pair| pair.change(Figure::Overhead).unwrap().difference.unwrap());
        let shown: Vec<bool> = overheads.map(|interval| interval.significant).collect();
        significant += shown.iter().filter(|&&significant| significant).count();
        intervals += shown.len();
    }
    (any, wrong, significant as f64 / intervals as f64)
}

#[test]
fn without_a_change_the_gate_closes_no_more_often_than_stated() {
    let side = |runs, shared, own| Side { runs, shared, own, slower: 1.0 };
    let alone = Side { runs: 5, shared: 0.0, own: 0.1, slower: 1.0 };
    let mut worst = (0, 0.0f64);
    for (seed, (name, old, new)) in (1..).zip([
        ("independent sites, 5 runs", alone, alone),
        ("sites that hang together", side(5, 0.1, 0.05), side(5, 0.1, 0.05)),
        ("2 runs", side(2, 0.05, 0.05), side(2, 0.05, 0.05)),
        ("3 against 10", side(3, 0.05, 0.05), side(10, 0.05, 0.05)),
        ("2 wide against 10", side(2, 0.0, 0.1), side(10, 0.0, 0.02)),
        ("unequal spread", side(5, 0.02, 0.02), side(5, 0.2, 0.1)),
        ("wide and skewed", side(5, 0.3, 0.3), side(5, 0.3, 0.3)),
    ]) {
        // Nothing allowed and nothing changed: the edge at which false alarms are most frequent.
        let (any, _, significant) = closed(seed << 32, old, new, 0.0);
        let rate = 100.0 * f64::from(any) / f64::from(TRIALS);
        eprintln!(
            "{name:<26} gate closed {any} of {TRIALS} ({rate:.1} %), intervals significant {:.1} %",
            100.0 * significant
        );
        worst = (worst.0.max(any), worst.1.max(significant));
    }
    // 10 of 200 are allowed, and three standard deviations of luck; of intervals one in 20, but for the last row.
    let allowed = FALSE_ALARMS * f64::from(TRIALS);
    assert!(f64::from(worst.0) <= allowed + 3.0 * allowed.sqrt(), "{worst:?}");
    assert!(worst.1 < 0.09, "{worst:?}");
}

#[test]
fn a_slower_site_is_found_and_no_other_blamed() {
    let old = Side { runs: 10, shared: 0.02, own: 0.02, slower: 1.0 };
    for (slower, least, most) in [(1.05, 0, 10), (1.1, 80, TRIALS), (1.2, 195, TRIALS)] {
        let (any, wrong, _) = closed(7 << 32, old, Side { slower, ..old }, 0.05);
        eprintln!("{slower} times as slow, 5 % allowed: gate closed {any} of {TRIALS}, by another site {wrong}");
        assert!((least..=most).contains(&any) && wrong <= 10, "{slower}: {any}, {wrong}");
    }
}

/// Five runs before and five after, of which the second of three sites pays more and the others moved down a line.
fn ten() -> (Vec<Report>, Vec<Report>) {
    let site = |site, job, start| Site { site, job, arm: Arm::Snapshot, start, run: 2_000 };
    let side = |first: u32, get: &'static str, scan: &'static str, scanned: u64, extra: Site<'static>| -> Vec<Report> {
        let extra = &extra;
        (0..5u64)
            .map(|i| {
                let sites = [
                    site(get, "svc::meta::get::{{closure}}", 20_000 + 150 * ((7 * i) % 5)),
                    site(scan, "svc::store::scan::{{closure}}", scanned + 900 * ((3 * i) % 5)),
                    Site { job: extra.job, site: extra.site, ..*extra },
                ];
                report(first + u32::try_from(i).unwrap(), &sites)
            })
            .collect()
    };
    (
        side(
            10,
            "src/meta.rs:88:14",
            "src/store.rs:31:20",
            30_000,
            site("src/old.rs:5:9", "svc::old::{{closure}}", 7_000),
        ),
        side(
            20,
            "src/meta.rs:89:14",
            "src/store.rs:31:20",
            39_000,
            site("src/new.rs:6:9", "svc::new::{{closure}}", 8_000),
        ),
    )
}

#[test]
fn the_screen_of_a_comparison() {
    let (old, new) = ten();
    let found = compare(&runs(old), &runs(new)).unwrap();
    let gate = Gate::new(Figure::Overhead, 0.05);
    let ruling = gate.rule(&found).unwrap();
    golden::check(
        env!("CARGO_MANIFEST_DIR"),
        "compare",
        "expected.wide.screen",
        &compared(&found, Some((&gate, &ruling)), &ScreenOptions::default()),
    );
    let narrow = compared(&found, None, &ScreenOptions::default().with_width(Some(90)));
    assert!(narrow.lines().all(|line| line.chars().count() <= 90) && !narrow.contains("GATE"), "{narrow}");
    let single = two(&[10_000], &[20_000]);
    golden::check(
        env!("CARGO_MANIFEST_DIR"),
        "compare",
        "expected.single.screen",
        &compared(&single, None, &ScreenOptions::default()),
    );
}

fn stored(folder: &Path) {
    let (old, new) = ten();
    for (side, reports) in [("old", old), ("new", new)] {
        for (i, report) in reports.iter().enumerate() {
            let run = folder.join(side).join(format!("{i}"));
            std::fs::create_dir_all(&run).unwrap();
            report.save(&run.join("report.json")).unwrap();
        }
    }
}

#[test]
fn the_command_compares_folders_and_files_and_fails_over_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path());
    let shown = run(folder.path(), &["compare", "old", "new"]);
    assert_eq!((shown.code, shown.err.as_str()), (i32::from(exit::OK), ""));
    let lists = [
        "old/0",
        "old/1",
        "old/2",
        "old/3/report.json",
        "old/4",
        "--with",
        "new/0",
        "new/1",
        "new/2",
        "new/3",
        "new/4",
    ];
    assert_eq!(run(folder.path(), &[&["compare"], &lists[..]].concat()).out, shown.out);
    for (more, code) in [
        (&["--fail-over", "5%"][..], exit::OVER),
        (&["--fail-over", "40"], exit::OK),
        (&["--fail-over", "5%", "--on", "run"], exit::OK),
        (&["--fail-over", "5%", "--on", "overhead/run"], exit::OVER),
        (&["--fail-over", "5%", "--on", "start"], exit::OVER),
        (&["--fail-over", "5%", "--on", "hop", "--json"], exit::OVER),
    ] {
        let ran = run(folder.path(), &[&["compare", "old", "new"], more].concat());
        assert_eq!((ran.code, ran.err.as_str()), (i32::from(code), ""), "{more:?}: {}", ran.out);
    }
    let back = run(folder.path(), &["compare", "new", "old", "--fail-over", "5%"]);
    assert_eq!(back.code, i32::from(exit::OK), "less is no growth");
    let single = run(folder.path(), &["compare", "old/0", "new/0"]);
    assert_eq!((single.code, single.out.as_str()), (i32::from(exit::TOO_FEW_RUNS), ""));
    assert_eq!(
        single.err,
        "error: too few runs to compare: 1 before, 1 after; runs differ by themselves, and one does not tell by how much. \
         Give at least two a side, better five, in turns: `tollbridge compare OLD... --with NEW...`\n"
    );
    for args in [
        &["compare", "old", "new/0"][..],
        &["compare", "old/0", "new", "--json"],
        &["compare", "old", "new/0", "--markdown"],
    ] {
        let few = run(folder.path(), args);
        assert_eq!((few.code, few.out.as_str()), (i32::from(exit::TOO_FEW_RUNS), ""), "{args:?}");
    }
}

#[test]
fn json_holds_what_the_screen_shows() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path());
    let json = run(folder.path(), &["compare", "old", "new", "--json", "--fail-over", "5%"]).out;
    let (old, new) = ten();
    let found = compare(&runs(old), &runs(new)).unwrap();
    let gate = Gate::new(Figure::Overhead, 0.05);
    assert_eq!(json, format!("{}\n", compared_json(&found, Some((&gate, &gate.rule(&found).unwrap())))));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["gate"]["over"][0]["new"]["site"], "src/store.rs:31:20");
    let overhead = &json["sites"][0]["figures"]["overhead"];
    assert_eq!((&overhead["old"]["runs"], &overhead["difference"]["significant"]), (&5.into(), &true.into()));
    assert_eq!(overhead["new"]["mean"].as_f64().unwrap() - overhead["old"]["mean"].as_f64().unwrap(), 9_000.0);
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path());
    let mut other = report(30, &[at("a.rs:1:1", 1_000)]);
    other.settings.as_mut().unwrap().detail = Detail::Phases;
    other.save(&folder.path().join("phases.json")).unwrap();
    std::fs::write(
        folder.path().join("app.log"),
        tollbridge_testkit::logs::log_of(tollbridge_testkit::logs::Form::Text, || {
            tollbridge_testkit::logs::emit_amid_others(&hops(30));
        }),
    )
    .unwrap();
    for (args, code, parts) in [
        (
            &["compare", "old", "phases.json"][..],
            exit::UNUSABLE_INPUT,
            ["`phases.json`: it recorded phases", "same settings"],
        ),
        (&["compare", "old", "app.log"], exit::UNUSABLE_INPUT, ["`app.log`: it is of a log", "report.json"]),
        (&["compare", "old", "gone.json"], exit::UNUSABLE_INPUT, ["failed to open `gone.json`", "cause"]),
        (&["compare", "old", "old/3"], exit::UNUSABLE_INPUT, ["`old/3/report.json`", "the same file"]),
        (
            &["compare", "old/0", "new/0", "--fail-over", "5%"],
            exit::TOO_FEW_RUNS,
            ["too few runs to compare: 1 before, 1 after", "two a side"],
        ),
        (
            &["compare", "old", "new", "--fail-over", "5%", "--on", "reach"],
            exit::UNSEEN,
            ["no site has `reach` above", "--on"],
        ),
        (&["compare", "old"], exit::USAGE, ["OLD NEW", "--help"]),
        (&["compare", "old", "new", "new"], exit::USAGE, ["--with", "--help"]),
        (&["compare", "old", "new", "--fail-over", "much"], exit::USAGE, ["percentage", "--help"]),
        (&["compare", "old", "new", "--fail-over", "5%", "--on", "speed"], exit::USAGE, ["speed", "--help"]),
        (&["compare", "old", "new", "--on", "hop"], exit::USAGE, ["--fail-over", "--help"]),
    ] {
        let ran = run(folder.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (i32::from(code), ""), "{args:?}: {}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
    }
}

/// The five runs of each side, changed.
fn changed(old: impl Fn(&mut Report), new: impl Fn(&mut Report)) -> Comparison {
    let (mut before, mut after) = ten();
    before.iter_mut().for_each(old);
    after.iter_mut().for_each(new);
    compare(&runs(before), &runs(after)).unwrap()
}

fn rate(ticks_per_ns: f64) -> impl Fn(&mut Report) {
    move |report| report.clock.as_mut().unwrap().ticks_per_ns = ticks_per_ns
}

#[test]
fn another_machine_is_said_and_does_not_pass_the_gate() {
    let gate = Gate::new(Figure::Overhead, 10.0);
    for (old, new, same) in [(2.1, 2.1, true), (2.1, 2.1 * 1.0009, true), (2.1, 2.1 * 1.0011, false), (3.0, 2.1, false)]
    {
        let found = changed(rate(old), rate(new));
        assert_eq!(found.is_of_one_machine(), same, "{old} {new}");
        let ruling = gate.rule(&found).unwrap();
        assert_eq!(ruling.verdict(), if same { GateVerdict::Passed } else { GateVerdict::Unseen }, "{old} {new}");
        let shown = compared(&found, Some((&gate, &ruling)), &ScreenOptions::default().with_width(Some(200)));
        assert_eq!(shown.contains("the runs are of different machines"), !same, "{shown}");
        assert_eq!(shown.contains("more than 1000 %: NOT SEEN: the runs are"), !same, "{shown}");
        // What grew fails all the same.
        let strict = Gate::new(Figure::Overhead, 0.05);
        assert_eq!(strict.rule(&found).unwrap().verdict(), GateVerdict::Over);
    }
    let kinds = changed(|_| (), |report| report.clock.as_mut().unwrap().source = "instant".to_owned());
    assert_eq!(gate.rule(&kinds).unwrap().unseen, [Unseen::OtherMachine]);
    let unknown = changed(|report| report.clock = None, |report| report.clock = None);
    assert!(unknown.is_of_one_machine() && unknown.ticks_per_ns.is_none());
}

#[test]
fn a_strict_gate_passes_only_where_it_sees() {
    // Of `ten` one site is on each side alone, and moves between them; the others differ by some 1 % and 6 % from run to run.
    let found = changed(|_| (), |_| ());
    let seen = |gate: Gate| gate.rule(&found).unwrap().unseen;
    let gate = Gate::new(Figure::Overhead, 10.0);
    assert_eq!(seen(gate), []);
    assert_eq!(seen(gate.with_strict(Gate::default_strictness(10.0))), [Unseen::Unpaired(2)]);
    let steady = two(&[10_000, 10_001, 10_002], &[10_000, 10_001, 10_002]);
    let shaky = two(&[10_000, 12_000, 14_000], &[10_000, 12_000, 14_000]);
    let strict = Gate::new(Figure::Overhead, 0.05).with_strict(Gate::default_strictness(0.05));
    assert_eq!(Gate::default_strictness(0.05), 0.1);
    assert_eq!(Gate::default_strictness(0.2), 0.4);
    assert_eq!(strict.rule(&steady).unwrap().verdict(), GateVerdict::Passed);
    let ruling = strict.rule(&shaky).unwrap();
    let [Unseen::Coarse { sees, asked }] = ruling.unseen[..] else { panic!("{ruling:?}") };
    assert!(asked == 0.1 && sees > 0.3 && sees == ruling.sees_everywhere, "{ruling:?}");
    assert_eq!(
        Gate::new(Figure::Overhead, 0.05).rule(&shaky).unwrap().verdict(),
        GateVerdict::Passed,
        "not asked to see"
    );
    // A site of one run a side is not decided.
    let one = |extra: bool| report(1, &[at("a.rs:1:1", 10_000), at("b.rs:1:1", 9_000)][..if extra { 2 } else { 1 }]);
    let side = || runs([one(true), one(false), one(false)]);
    let partly = compare(&side(), &side()).unwrap();
    assert_eq!(strict.rule(&partly).unwrap().unseen, [Unseen::Undecided(1)]);
}

#[test]
fn the_command_says_in_its_exit_code_what_its_gate_cannot_see() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path());
    let (_, new) = ten();
    for (i, mut report) in new.into_iter().enumerate() {
        report.clock.as_mut().unwrap().ticks_per_ns *= 1.5;
        report.processes[0].pid += 100;
        std::fs::create_dir_all(folder.path().join(format!("far/{i}"))).unwrap();
        report.save(&folder.path().join(format!("far/{i}/report.json"))).unwrap();
    }
    for (args, code, told) in [
        (&["old", "new", "--fail-over", "40"][..], exit::OK, "passed"),
        (&["old", "new", "--fail-over", "40", "--strict"], exit::UNSEEN, "NOT SEEN: 2 sites on one side alone"),
        (&["old", "new", "--fail-over", "40", "--strict=1%"], exit::UNSEEN, "not of 1"),
        (&["old", "new", "--fail-over", "5%", "--strict"], exit::OVER, "FAILED:"),
        (&["old", "far", "--fail-over", "40"], exit::UNSEEN, "NOT SEEN: the runs are of different machines"),
        (&["old", "far"], exit::OK, "different machines"),
        (&["old", "far", "--fail-over", "5%"], exit::OVER, "nor is all seen: the runs are of"),
    ] {
        let ran = run(folder.path(), &[&["compare", "--width", "300"], args].concat());
        assert_eq!((ran.code, ran.err.as_str()), (i32::from(code), ""), "{args:?}: {}", ran.out);
        assert!(ran.out.contains(told), "{told} in {}", ran.out);
    }
    let json = run(folder.path(), &["compare", "old", "far", "--fail-over", "40", "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["one_machine"], &json["gate"]["verdict"]), (&false.into(), &"unseen".into()));
    assert_eq!(json["gate"]["unseen"][0], "the runs are of different machines; measure both sides on one");
    let strict = run(folder.path(), &["compare", "old", "new", "--strict"]);
    assert_eq!(strict.code, i32::from(exit::USAGE), "{}", strict.err);
}

#[test]
fn markdown_is_what_one_pastes() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path());
    let ran = run(folder.path(), &["compare", "old", "new", "--fail-over", "5%", "--markdown"]);
    assert_eq!((ran.code, ran.err.as_str()), (i32::from(exit::OVER), ""));
    golden::check(env!("CARGO_MANIFEST_DIR"), "compare", "expected.md", &ran.out);
    let passed =
        run(folder.path(), &["compare", "new", "old", "--fail-over=5", "--on=run", "--strict=20", "--markdown"]);
    assert!(
        passed.out.ends_with("\n    tollbridge compare new old --fail-over 5% --on run --strict=20% --markdown\n"),
        "{}",
        passed.out
    );
    let plain = run(folder.path(), &["compare", "old", "new", "--markdown"]).out;
    assert!(
        plain.starts_with(
            "**tollbridge compare**: overhead is more at 1 site, less at 0, not significantly changed at 1.\n"
        ),
        "{plain}"
    );
    // Names cannot leave their place.
    let name = "a`b|c\n# <img src=x> @everyone.rs:1:1";
    let hostile = |first: u32| -> Vec<Run> { runs((0..2).map(|i| report(first + i, &[at(name, 1_000)]))) };
    let found = compare(&hostile(1), &hostile(3)).unwrap();
    let text = compared_markdown(&found, None, "tollbridge compare 'x\n```'");
    assert!(text.lines().all(|line| !line.starts_with('#') && !line.starts_with("```")), "{text}");
    for line in text.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(line.replace("\\|", "").matches('|').count(), 7, "{line}");
    }
}
