//! Writes the made-up reports that `scripts/browser.sh` shows to a browser: `DIR/NAME.json`.
//!
//!     cargo run --release -p tollbridge-flamegraphs --example page_reports -- DIR

use std::path::Path;
use std::process::ExitCode;

use tollbridge_report::hop::{HopRecord, Site};
use tollbridge_report::{Aged, Live, LiveSite, Merger, Report};
use tollbridge_testkit::logs::{hops, lock_span, stored_report, tally};

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: page_reports DIR");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("page_reports: failed to write into {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let reports = [
        ("hundred", many_sites(100)),
        ("thousand", many_sites(1_000)),
        ("hostile", hostile()),
        ("merged", merged()),
        ("empty", stored_report(&[])),
        ("in_flight", in_flight()),
    ];
    for (name, report) in reports {
        report.save(&folder.join(format!("{name}.json")))?;
    }
    Ok(())
}

/// So many sites, on three arms, with 100 hops each.
fn many_sites(sites: u32) -> Report {
    const FILES: [&str; 5] =
        ["src/store/meta.rs", "src/store/scan.rs", "src/dns/mod.rs", "src/auth/hash.rs", "src/api/v2/upload.rs"];
    let placed = |(i, hop): (u32, HopRecord<'static>)| {
        let number = i % sites;
        let file = FILES[(number % 5) as usize];
        HopRecord { site: Site { file, line: 10 + number, ..hop.site }, ..hop }
    };
    // A job's name is a part of its site, so that each number is to have one job.
    let of_one_job = |hop: HopRecord<'static>| HopRecord {
        site: Site { column: 9, job: "svc::job::{{closure}}", ..hop.site },
        ..hop
    };
    let hops: Vec<HopRecord<'_>> = (0..).zip(hops(u64::from(100 * sites))).map(placed).map(of_one_job).collect();
    stored_report(&hops)
}

/// Every site has calls in flight, some of them for too long.
fn in_flight() -> Report {
    let mut report = stored_report(&hops(900));
    let aged = |count, ms| Aged { count, oldest_ns: ms * 1_000_000, total_ns: count * ms * 1_000_000 };
    let sites = report.sites.iter().map(|site| LiveSite {
        site: site.site.clone(),
        job: site.job.clone(),
        queued: aged(12_345, 3_200),
        running: aged(512, 61_000),
        finished: aged(7, 40),
        abandoned: 256,
        nested: 128,
        stuck: 512,
    });
    report.live = Some(Live { stuck_after_ns: 10_000_000_000, sites: sites.collect(), ..Live::default() });
    report
}

/// Names that would run, hide or break something if they could.
fn hostile() -> Report {
    const NAMES: [&str; 9] = [
        "<script>window.pwned = 1</script>",
        "\"><img src=x onerror=\"window.pwned = 1\">",
        "</script><script>window.pwned = 1</script>",
        "</title></style><svg onload=window.pwned=1>",
        "' onmouseover='window.pwned = 1",
        "javascript:window.pwned=1",
        "\u{1b}]0;pwned\u{7}\u{1b}[31mred",
        "\u{202e}gnp.exe\u{2066}",
        "{{ 7 * 7 }} %3Cscript%3E &lt;b&gt; ${7}",
    ];
    let named = |(i, hop): (usize, HopRecord<'static>)| {
        let (file, job) = (NAMES[i % NAMES.len()], NAMES[(i / NAMES.len() + i) % NAMES.len()]);
        HopRecord { site: Site { file, line: 1, column: 1, job }, ..hop }
    };
    let mut report = stored_report(&hops(900).into_iter().enumerate().map(named).collect::<Vec<_>>());
    NAMES[2].clone_into(&mut report.processes[0].exe);
    NAMES[1].clone_into(&mut report.tool);
    report.spans = NAMES.iter().map(|name| lock_span(&[name, "lock <b>cache</b>"], 50, 5, 900)).collect();
    report.spans.sort_by(|a, b| a.path.cmp(&b.path));
    report.derive();
    report
}

/// Three processes: two of reports, one of a log.
fn merged() -> Report {
    let mut merger = Merger::default();
    for pid in [11, 12] {
        let mut report = stored_report(&hops(600));
        report.processes[0].pid = pid;
        merger.add(report);
    }
    merger.add(tally(&hops(300)));
    merger.finish()
}
