//! Rules about calls that are not the app's: tokio's own, and dependencies'. What is to be tried is something that whoever owns the app can do.

use tollbridge_flamegraphs::verdict::{Level, Rule, Verdict, verdicts};
use tollbridge_flamegraphs::{HtmlOptions, Origin, ScreenOptions, html, screen, verdicts_json, verdicts_text};
use tollbridge_report::hop::{HopRecord, Site};
use tollbridge_report::{Observed, Report, Sequence, TaskSite};
use tollbridge_testkit::golden;

use crate::made::{
    CROSSING, Hop, ORDINARY, SECOND, alike, all_rules, assert_saves, behind, computing, deadlocked, endless, given_up,
    in_rows, records, report_of, small, wrapped,
};

const FS: &str = "target/tollbridge/copy/tokio-1.54.1/src/fs/mod.rs";
const STAT: Site<'static> =
    site(FS, 328, "tokio::fs::symlink_metadata::symlink_metadata<&std::path::PathBuf>::{{closure}}::{{closure}}");
const METADATA: Site<'static> = site(FS, 328, "tokio::fs::metadata::metadata<&str>::{{closure}}::{{closure}}");
const METADATA_OF_PATH: Site<'static> =
    site(FS, 328, "tokio::fs::metadata::metadata<&std::path::PathBuf>::{{closure}}::{{closure}}");
const ENTRIES: Site<'static> = site(
    "target/tollbridge/copy/tokio-1.54.1/src/fs/read_dir.rs",
    115,
    "tokio::fs::read_dir::ReadDir::poll_next_entry::{{closure}}",
);
const WRITE: Site<'static> = site(
    "target/tollbridge/copy/tokio-1.54.1/src/runtime/blocking/pool.rs",
    263,
    "<tokio::fs::file::File as tokio::io::async_write::AsyncWrite>::poll_write::{{closure}}",
);
const STDOUT: Site<'static> = site(
    "target/tollbridge/copy/tokio-1.54.1/src/runtime/blocking/pool.rs",
    263,
    "<tokio::io::blocking::Blocking<std::io::stdio::Stdout> as tokio::io::async_write::AsyncWrite>::poll_write::{{closure}}",
);
const DNS: Site<'static> = site(
    "target/tollbridge/copy/tokio-1.54.1/src/net/addr.rs",
    182,
    "tokio::net::addr::<impl tokio::net::addr::sealed::ToSocketAddrsPriv for str>::to_socket_addrs::{{closure}}",
);
const STORE_FILE: &str = "/c/registry/src/index.x-1949cf8c/object_store-0.11.2/src/local.rs";
const STORE: Site<'static> = site(STORE_FILE, 88, "object_store::local::maybe_spawn_blocking<u8>::{{closure}}");
const APP: Site<'static> = site("src/main.rs", 7, "svc::list::{{closure}}::{{closure}}");

const fn site(file: &'static str, line: u32, job: &'static str) -> Site<'static> {
    Site { file, line, column: 11, job }
}

/// Hops of one site, after those before it.
fn add(hops: &mut Vec<HopRecord<'static>>, site: Site<'static>, of: &[Hop]) {
    let begin = hops.len() as u64;
    hops.extend((begin..).zip(of).map(|(i, hop)| HopRecord { site, ..hop.record(i) }));
}

/// Pairs of calls, so many of each.
fn with_pairs(mut report: Report, pairs: &[(Site<'_>, Site<'_>, u64)]) -> Report {
    let name = |of: &Site<'_>| (format!("{}:{}:{}", of.file, of.line, of.column), of.job.to_owned());
    for (before, after, hops) in pairs {
        let ((before_site, before_job), (site, job)) = (name(before), name(after));
        let (hops, in_a_row, gap_ns) = (*hops, *hops, hops * 4_000);
        report.sequences.push(Sequence { before_site, before_job, site, job, hops, in_a_row, together: 0, gap_ns });
    }
    report.sequences.sort();
    report
}

/// One site's calls, all of them one after the other.
fn in_a_row(site: Site<'static>) -> Report {
    let mut hops = Vec::new();
    add(&mut hops, site, &[small(2_000); 300]);
    with_pairs(report_of(&hops, 5, 2), &[(site, site, 299)])
}

/// A listing of 600 files: each is looked at twice, and the next entries are read after 32 of them.
fn listing() -> Report {
    let mut hops = Vec::new();
    add(&mut hops, STAT, &[small(2_000); 600]);
    add(&mut hops, METADATA, &[small(3_000); 300]);
    add(&mut hops, METADATA_OF_PATH, &[small(3_000); 300]);
    add(&mut hops, ENTRIES, &[small(60_000); 20]);
    add(&mut hops, APP, &[ORDINARY; 100]);
    let pairs = [
        (STAT, METADATA, 300),
        (STAT, METADATA_OF_PATH, 300),
        (METADATA, STAT, 290),
        (METADATA_OF_PATH, STAT, 290),
        (METADATA, ENTRIES, 10),
        (METADATA_OF_PATH, ENTRIES, 9),
        (ENTRIES, STAT, 20),
    ];
    let mut report = with_pairs(report_of(&hops, 5, 4), &pairs);
    report.observed = Some(Observed { jobs: 1_320, imported: 0, workers: 2 });
    let connections = of_tasks(
        "hyper-util-0.1.16/src/rt/tokio.rs:73:9",
        &[(20, 2_400_000, 900_000_000), (80, 9_600_000, 2_000_000_000)],
    );
    let requests = of_tasks("src/server.rs:88:13", &[(610, 8_200_000, 9_000_000); 2]);
    report.tasks = vec![connections, TaskSite { live: 1, live_hops: 4, live_hop_ns: 60_000, ..requests }];
    report
}

/// Tasks: calls of each, how long these took, and from the first to the last.
fn of_tasks(spawned: &str, tasks: &[(u64, u64, u64)]) -> TaskSite {
    let mut site = TaskSite { spawned: spawned.to_owned(), ..TaskSite::default() };
    for &(hops, hop_ns, span_ns) in tasks {
        site.hops.add(hops);
        site.hop_ns.add(hop_ns);
        site.span_ns.add(span_ns);
    }
    site
}

/// Calls of every origin.
fn server() -> Report {
    let mut hops = Vec::new();
    for (site, run, count) in [
        (WRITE, 4_000, 300),
        (STDOUT, 1_500, 200),
        (DNS, 3_000_000, 110),
        (STORE, 2_000, 250),
        (APP, 2_000, 150),
        (METADATA, 2_500, 400),
    ] {
        add(&mut hops, site, &vec![small(run); count]);
    }
    let pairs =
        [(WRITE, WRITE, 290), (STDOUT, STDOUT, 190), (STORE, STORE, 225), (APP, APP, 149), (METADATA, METADATA, 380)];
    let report = with_pairs(report_of(&hops, 5, 4), &pairs);
    Report { observed: Some(Observed { jobs: 1_410, imported: 0, workers: 0 }), ..report }
}

fn only(report: &Report) -> Verdict {
    let mut said = verdicts(report);
    assert_eq!(said.len(), 1, "{said:?}");
    said.remove(0)
}

/// The same report, with the app's calls of `meta.rs` at another site.
fn elsewhere(report: &Report, file: &str, job: &str) -> Report {
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    let json = String::from_utf8(json).unwrap();
    let json = json.replace("src/store/meta.rs", file).replace("svc::store::meta::get::{{closure}}", job);
    Report::from_json(json.as_bytes()).unwrap()
}

#[test]
fn calls_of_a_dependency_are_its_own() {
    let verdict = only(&in_a_row(STORE));
    assert_eq!((verdict.rule, verdict.confidence.level), (Rule::SmallWork, Level::Medium));
    assert_eq!(verdict.origin().unwrap().to_string(), "object_store 0.11.2");
    assert_eq!(
        verdict.attempt,
        "asking object_store 0.11.2 for more at a time, or less often, if it lets you; an issue for object_store: a task makes about 300 of these calls back \
         to back, and one could do the work of several"
    );
    assert_eq!(verdict.code, None);
    let whose = "the call is in object_store 0.11.2, a dependency, and not in your code";
    assert!(verdict.evidence.iter().any(|told| told == whose), "{:?}", verdict.evidence);
}

#[test]
fn a_loop_over_files_goes_into_one_call() {
    let verdict = only(&in_a_row(METADATA));
    assert_eq!((verdict.rule, verdict.origin()), (Rule::SmallWork, Some(Origin::Fs)));
    assert_eq!(
        verdict.attempt,
        "one spawn_blocking around the loop, with std::fs in it: a task makes about 300 of these calls back to back"
    );
    let code = verdict.code.unwrap();
    assert_eq!(
        code,
        "let done = spawn_blocking(move || {\n    paths.iter().map(std::fs::metadata).collect::<Vec<_>>()\n}).await?;"
    );
    assert!(
        verdict.evidence.iter().any(|told| told.contains("whether your code or a dependency calls tokio there is not"))
    );
    // As much as a batch of the app's own jobs would save.
    let own = in_rows(&[small(2_000); 300], 300);
    let same = |report: &Report| verdicts(report)[0].saving.unwrap().ns;
    assert!((same(&in_a_row(METADATA)) - same(&own)).abs() < 1.0);
}

#[test]
fn open_files_and_streams_get_a_buffer() {
    let of_file = only(&in_a_row(WRITE));
    assert!(
        of_file.attempt.starts_with("a tokio::io::BufWriter around the file, so that each call moves more; or one"),
        "{}",
        of_file.attempt
    );
    assert!(of_file.code.unwrap().starts_with("let mut file = tokio::io::BufWriter::new(file);\n"));
    let of_stream = only(&in_a_row(STDOUT));
    assert!(
        of_stream.attempt.starts_with("a tokio::io::BufWriter around stdout, and a flush only where"),
        "{}",
        of_stream.attempt
    );
    assert_eq!(of_stream.code.unwrap(), "let mut stdout = tokio::io::BufWriter::new(tokio::io::stdout());");
    let of_names = only(&in_a_row(DNS));
    assert!(
        of_names.attempt.starts_with("looking each name up once, and connecting to the addresses"),
        "{}",
        of_names.attempt
    );
}

/// The p99.9 of 2,000 runs is short enough for the awaiter's own thread; whose thread that is, is not the app's to decide.
#[test]
fn what_is_not_the_apps_is_never_to_go_without_a_hop() {
    let own = alike(small(2_000));
    let long: Report = report_of(&records(&[small(2_000); 2_000]), 5, 2);
    assert!(verdicts(&long)[0].attempt.contains("no hop"));
    for of in [METADATA, STORE, STDOUT] {
        for report in [&own, &long] {
            let said = verdicts(&elsewhere(report, of.file, of.job));
            assert!(said.iter().all(|verdict| !verdict.attempt.contains("no hop")), "{said:?}");
        }
    }
    let alone = in_rows(&[small(2_000); 2_000], 1);
    assert_eq!(only(&elsewhere(&alone, FS, METADATA.job)).rule, Rule::LoneWork);
}

#[test]
fn the_calls_of_a_listing_are_one_sequence() {
    let said = verdicts(&listing());
    let [Verdict { rule: Rule::Sequence, site: Some(site), evidence, attempt, code, confidence, .. }, rest @ ..] =
        &said[..]
    else {
        panic!("{said:?}")
    };
    assert_eq!(site.job, STAT.job);
    assert_eq!(
        evidence[0],
        "tasks make about 1,200 calls of tokio::fs in sequence, 4.00 us apart (mean): tokio::fs::symlink_metadata (49 %), \
         tokio::fs::metadata (49 %) and tokio::fs::ReadDir::poll_next_entry (1.6 %)"
    );
    assert_eq!(
        attempt,
        "one spawn_blocking around the loop, with std::fs in it: a task makes about 1,200 calls of tokio::fs in sequence"
    );
    let code = code.as_ref().unwrap();
    assert!(code.contains("|path| (std::fs::symlink_metadata(path), std::fs::metadata(path))"), "{code}");
    assert_eq!(confidence.level, Level::Medium);
    assert!(rest.iter().all(|verdict| !matches!(verdict.rule, Rule::SmallWork | Rule::Sequence)), "{rest:?}");
    assert_saves(&listing(), Rule::Sequence, CROSSING as f64 * (1.0 - 1.0 / 1_220.0));
}

#[test]
fn a_listing_whose_calls_are_large_stays_as_it_is() {
    let mut hops = Vec::new();
    add(&mut hops, STAT, &[small(2_000_000); 600]);
    add(&mut hops, METADATA, &[small(2_000); 500]);
    let pairs = [(STAT, METADATA, 500), (METADATA, STAT, 499)];
    let report = with_pairs(report_of(&hops, 5, 4), &pairs);
    // More than half of the calls are as large as they may be.
    assert!(verdicts(&report).iter().all(|verdict| verdict.rule != Rule::Sequence), "{:?}", verdicts(&report));
}

#[test]
fn a_chain_between_the_app_and_a_dependency_is_nobodys_to_change() {
    let mut hops = Vec::new();
    add(&mut hops, APP, &[small(2_000); 200]);
    add(&mut hops, STORE, &[small(2_000); 200]);
    let report = with_pairs(report_of(&hops, 5, 4), &[(APP, STORE, 200)]);
    assert!(verdicts(&report).iter().all(|verdict| verdict.rule != Rule::Sequence));
    // With tokio::fs in place of the dependency std's function does it.
    let mut hops = Vec::new();
    add(&mut hops, APP, &[small(2_000); 200]);
    add(&mut hops, METADATA, &[small(2_000); 200]);
    let report = with_pairs(report_of(&hops, 5, 4), &[(APP, METADATA, 200)]);
    let said = verdicts(&report);
    let [Verdict { rule: Rule::Sequence, attempt, .. }] = &said[..] else { panic!("{said:?}") };
    assert_eq!(
        attempt,
        "doing the work of these 2 calls in one spawn_blocking, with std's own functions in place of tokio's"
    );
}

#[test]
fn what_tokio_writes_behind_is_not_late() {
    let unpolled = alike(Hop { unpolled: 2_000_000, ..ORDINARY });
    let of = |site: Site<'_>| verdicts(&elsewhere(&unpolled, site.file, site.job)).remove(0);
    let job =
        |job: &'static str| of(site("target/tollbridge/copy/tokio-1.54.1/src/runtime/blocking/pool.rs", 263, job)).rule;
    for behind in [
        WRITE.job,
        "<tokio::fs::file::File as tokio::io::async_write::AsyncWrite>::poll_write_vectored::{{closure}}",
        "<tokio::fs::file::File as tokio::io::async_seek::AsyncSeek>::start_seek::{{closure}}",
        STDOUT.job,
        "<tokio::io::blocking::Blocking<std::io::stdio::Stderr> as tokio::io::async_write::AsyncWrite>::poll_write::{{closure}}",
        // A pipe of a child process, on Windows.
        "<tokio::io::blocking::Blocking<tokio::process::imp::ArcFile> as tokio::io::async_write::AsyncWrite>::poll_write::{{closure}}",
    ] {
        assert_eq!(job(behind), Rule::Fine, "{behind}");
    }
    for waits in [
        "tokio::fs::file::Inner::spawn_blocking_read::{{closure}}",
        "tokio::fs::file::File::sync_all::{{closure}}::{{closure}}",
        "tokio::fs::read_dir::ReadDir::poll_next_entry::{{closure}}",
        "<tokio::io::blocking::Blocking<std::io::stdio::Stdout> as tokio::io::async_write::AsyncWrite>::poll_flush::{{closure}}",
        "<tokio::io::blocking::Blocking<std::io::stdio::Stdin> as tokio::io::async_read::AsyncRead>::poll_read::{{closure}}",
        METADATA.job,
    ] {
        assert_eq!(job(waits), Rule::Unpolled, "{waits}");
    }
    // A function of the app's own by such a name is the app's to await.
    assert_eq!(of(site("src/main.rs", 7, "<svc::Disk as svc::Write>::poll_write::{{closure}}")).rule, Rule::Unpolled);
    assert!(of(STORE).attempt.ends_with("an issue for object_store: the figures above"), "{}", of(STORE).attempt);
}

#[test]
fn threads_that_are_held_are_freed_by_whom_they_belong_to() {
    let stuck = endless(14, 16, 5 * SECOND, 8_000_000);
    let attempt = |report: &Report, site: Site<'_>| verdicts(&elsewhere(report, site.file, site.job)).remove(0).attempt;
    let stdin = site(
        "tokio-1.54.1/src/io/blocking.rs",
        88,
        "<tokio::io::blocking::Blocking<std::io::stdio::Stdin> as tokio::io::async_read::AsyncRead>::poll_read::{{closure}}",
    );
    assert!(attempt(&stuck, stdin).starts_with("a thread of your own for standard I/O"));
    assert!(attempt(&stuck, METADATA).starts_with("finding which file does not answer"));
    assert!(
        attempt(&stuck, STORE)
            .starts_with("more blocking threads (max_blocking_threads) than object_store 0.11.2 holds")
    );
    let leak = given_up(50_000_000, 3 * SECOND, 50, 54);
    assert!(attempt(&leak, METADATA).contains("tokio::fs::metadata cannot be stopped"));
    assert!(attempt(&leak, STORE).contains("an issue for object_store: its jobs run on after their caller gave up"));
    // A job of the app that waits for a call of tokio::fs has a thread to read with.
    let mut mixed = deadlocked();
    let deadlock = &mut mixed.live.as_mut().unwrap().deadlocks[0].waits[0];
    (deadlock.queued_site, deadlock.queued_job) = (format!("{FS}:328:11"), METADATA.job.to_owned());
    let verdict = verdicts(&mixed).remove(0);
    assert_eq!(
        verdict.attempt,
        "std::fs::metadata inside the job, in place of tokio::fs::metadata: the job has a thread already"
    );
    assert!(
        attempt(&deadlocked(), STORE)
            .starts_with("fewer calls of object_store 0.11.2 at a time than there are threads")
    );
}

#[test]
fn where_tokio_s_own_jobs_are_seen_nobody_is_told_to_route_them() {
    let report = behind(75_000_000, 100, 0);
    assert!(verdicts(&report)[0].attempt.starts_with("routing your tokio::fs and DNS calls through tollbridge"));
    let mut every_job = elsewhere(&report, FS, METADATA.job);
    every_job.observed = Some(Observed { jobs: 100, imported: 0, workers: 6 });
    let verdict = verdicts(&every_job).remove(0);
    assert_eq!((verdict.rule, verdict.code), (Rule::UnseenJobs, None));
    assert!(verdict.attempt.starts_with("looking for block_in_place"), "{}", verdict.attempt);
    let evidence = verdict.evidence.join("; ");
    assert!(evidence.contains("workers of the runtime took a thread of the pool 6 times"), "{evidence}");
}

/// What only the owner of a call can do.
const OWNERS: [&str; 10] = [
    "batching",
    "jobs per call",
    "calling it on the awaiter's own thread",
    "job(input)",
    "stopping the job",
    "dedicated threads for jobs",
    "a separate call site",
    "awaiting it next to",
    "doing the inner work",
    "of these jobs at a time",
];

/// Every rule, on calls of every origin: nobody is told to edit what is not his, and where it is said whose the call is.
#[test]
fn nobody_is_told_to_edit_what_is_not_his() {
    let mut reports = all_rules();
    reports.extend([report_of(&wrapped(20_000, 2_000), 10, 2), computing(32)]);
    let own: Vec<Verdict> = reports.iter().flat_map(verdicts).collect();
    for words in OWNERS.iter().filter(|words| !["job(input)", "of these jobs at a time"].contains(words)) {
        assert!(own.iter().any(|verdict| verdict.attempt.contains(words)), "no rule says {words}");
    }
    for (of, whose) in [
        (METADATA, "the call is in tokio itself"),
        (WRITE, "the call is in tokio itself"),
        (STDOUT, "the call is in tokio itself"),
        (DNS, "the call is in tokio itself"),
        (STORE, "the call is in object_store 0.11.2, a dependency"),
    ] {
        for report in &reports {
            for verdict in verdicts(&elsewhere(report, of.file, of.job)) {
                let texts = [verdict.attempt.as_str(), verdict.code.as_deref().unwrap_or_default()];
                let told = OWNERS.iter().find(|words| texts.iter().any(|text| text.contains(*words)));
                assert_eq!(told, None, "{verdict:?}");
                assert_eq!(verdict.origin().is_none(), verdict.site.is_none());
                let changes = [
                    Rule::Stuck,
                    Rule::Leak,
                    Rule::SmallWork,
                    Rule::Sequence,
                    Rule::LongTail,
                    Rule::Unpolled,
                    Rule::JobsCompute,
                ];
                let is_said = verdict.evidence.iter().any(|told| told.contains(whose));
                assert!(is_said || !changes.contains(&verdict.rule), "{verdict:?}");
            }
        }
    }
}

#[test]
fn a_server_and_a_listing_on_the_screen_and_the_page() {
    for (case, report) in [("server", server()), ("listing", listing())] {
        for (name, width, all) in [("80", 80, false), ("120", 120, false), ("all.80", 80, true)] {
            let options = ScreenOptions::default().with_all(all).with_width(Some(width));
            let text = screen(&report, &options);
            golden::check(env!("CARGO_MANIFEST_DIR"), "origin", &format!("expected.{case}.{name}.screen"), &text);
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{text}");
        }
        let text = verdicts_text(&report, &ScreenOptions::default().with_width(Some(110)));
        golden::check(env!("CARGO_MANIFEST_DIR"), "origin", &format!("expected.{case}.verdicts.screen"), &text);
        let page = html(&report, &HtmlOptions::default());
        assert_eq!(page.matches("Whose calls fill the pool</caption>").count(), 1);
    }
    let json = format!("{:#}\n", verdicts_json(&server()));
    golden::check(env!("CARGO_MANIFEST_DIR"), "origin", "expected.server.json", &json);
}

#[test]
fn where_all_calls_are_the_apps_nothing_is_said_of_origins() {
    for report in all_rules() {
        for all in [false, true] {
            let text = screen(&report, &ScreenOptions::default().with_all(all));
            assert!(!text.contains("ORIGIN"), "{text}");
        }
        assert!(!html(&report, &HtmlOptions::default()).contains("Whose calls"));
    }
}
