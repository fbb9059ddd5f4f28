//! The page of a report: what stands in it, and that no name gets out of its place. What it does in a browser is
//! `scripts/browser.sh`'s.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tollbridge_flamegraphs::{HtmlOptions, ScreenOptions, html, screen};
use tollbridge_report::hop::{HopRecord, Site, Stamps};
use tollbridge_report::names::Outcome;
use tollbridge_report::{Merger, Report};
use tollbridge_testkit::golden;
use tollbridge_testkit::logs::{hops, lock_span, stored_report, tally};

fn page(report: &Report) -> String {
    html(report, &HtmlOptions::default().with_source("toll/report.json"))
}

/// What stands between two texts, the first time.
fn between<'a>(page: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = page.split_once(begin).unwrap_or_else(|| panic!("no {begin}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

/// The style, and the one script that is no data.
fn code(page: &str) -> [&str; 2] {
    [between(page, "<style>", "</style>"), between(page, "<script>", "</script>")]
}

/// The page without style, script and data.
fn markup(page: &str) -> String {
    let mut markup = page.to_owned();
    for (begin, end) in [("<style>", "</style>"), ("<script", "</script>")] {
        while let Some(at) = markup.find(begin) {
            let to = markup[at..].find(end).expect("it ends") + at + end.len();
            markup.replace_range(at..to, "");
        }
    }
    markup
}

fn data(page: &str, id: &str) -> Value {
    serde_json::from_str(between(page, &format!("<script type=\"application/json\" id=\"{id}\">"), "</script>"))
        .unwrap()
}

/// What a reader sees: text by block, entities resolved.
fn text(page: &str) -> String {
    let mut text = String::new();
    let body = markup(page);
    for piece in between(&body, "<body>", "</body>").split('<') {
        let (tag, words) = piece.split_once('>').unwrap_or((piece, ""));
        let tag = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or("");
        match tag {
            "td" | "th" => text.push_str(" | "),
            "p" | "h1" | "h2" | "h3" | "li" | "tr" | "caption" | "section" | "dt" | "dd" | "option" | "label" => {
                text.push('\n');
            }
            _ => {}
        }
        text.push_str(words);
    }
    let text = ["&#60;", "&#62;", "&#34;", "&#39;", "&#38;"]
        .into_iter()
        .zip(["<", ">", "\"", "'", "&"])
        .fold(text, |text, (entity, character)| text.replace(entity, character));
    let cells =
        |line: &str| line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" | ");
    let lines: Vec<String> = text.replace('\u{a0}', " ").lines().map(cells).filter(|line| !line.is_empty()).collect();
    lines.join("\n") + "\n"
}

const HOSTILE: [&str; 6] = [
    "<script>window.pwned=1</script>",
    "\"><img src=x onerror=alert(1)>",
    "</script></style></title><b>",
    "' onclick='alert(1)",
    "\u{1b}[31m\u{202e}gnp.exe",
    "<!--",
];

fn hostile() -> Report {
    let named = |(i, hop): (usize, HopRecord<'static>)| {
        let (file, job) = (HOSTILE[i % HOSTILE.len()], HOSTILE[(i + i / HOSTILE.len()) % HOSTILE.len()]);
        HopRecord { site: Site { file, job, ..hop.site }, ..hop }
    };
    let mut report = stored_report(&hops(600).into_iter().enumerate().map(named).collect::<Vec<_>>());
    HOSTILE[2].clone_into(&mut report.processes[0].exe);
    HOSTILE[0].clone_into(&mut report.tool);
    report.spans = HOSTILE.iter().map(|name| lock_span(&[name], 10, 1, 900)).collect();
    report.derive();
    report
}

#[test]
fn what_a_reader_sees_without_a_script() {
    golden::check(env!("CARGO_MANIFEST_DIR"), "page", "expected.txt", &text(&page(&stored_report(&hops(900)))));
}

#[test]
fn sections_stand_in_the_order_of_the_screen() {
    let page = page(&stored_report(&hops(900)));
    let sections: Vec<&str> =
        page.split("<section id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(sections, ["try", "sites", "time", "tails", "pool", "flames", "what-if", "basis"]);
    for section in sections {
        assert!(page.contains(&format!("href=\"#{section}\"")), "no link to {section}");
    }
}

#[test]
fn the_page_and_the_screen_say_the_same() {
    let report = stored_report(&hops(900));
    let (page, screen) =
        (text(&page(&report)), screen(&report, &ScreenOptions::default().with_all(true).with_width(Some(10_000))));
    // Sentences and the like: what has letters, digits and no columns.
    let told = screen.lines().map(str::trim).filter(|line| line.contains(' ') && !line.contains("  "));
    let told: Vec<&str> = told.collect();
    assert!(told.len() > 4, "{told:?}");
    for line in told.iter().flat_map(|line| line.split("; ")) {
        for part in line.split(['|', ':']).map(str::trim).filter(|part| part.contains('[')) {
            let figures = part.split_once("transfer ").map_or(part, |(_, figures)| figures);
            let figures = figures.trim_start_matches("whole hop ");
            for figure in figures.split(" (").map(|figure| figure.trim_end_matches(')')) {
                assert!(page.contains(figure), "the page does not say `{figure}`");
            }
        }
    }
    let headline = screen.lines().find(|line| line.contains(" of overhead")).unwrap().trim();
    for sentence in headline.split_inclusive(". ") {
        assert!(page.contains(sentence.trim()), "{sentence}");
    }
}

#[test]
fn the_policy_allows_its_own_style_and_script_alone() {
    for report in [stored_report(&hops(300)), hostile(), Report::default()] {
        let page = page(&report);
        let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
        let [style, script] = code(&page).map(|text| BASE64_STANDARD.encode(Sha256::digest(text)));
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; base-uri \
                 'none'; form-action 'none'"
            )
        );
        // It counts for what follows it.
        assert!(page.find("Content-Security-Policy").unwrap() < page.find("<style>").unwrap());
    }
}

#[test]
fn nothing_is_fetched_and_nothing_inline_is_needed() {
    let page = page(&stored_report(&hops(300)));
    let markup = markup(&page);
    for forbidden in [" src=", "http:", "https:", "@import", "url(", " style=", " onclick=", " onload=", "javascript:"]
    {
        assert!(!markup.contains(forbidden), "{forbidden}");
    }
    let [style, script] = code(&page);
    assert!(!style.contains("url(") && !style.contains("@import"));
    let script = script.replace("http://www.w3.org/2000/svg", "");
    for forbidden in
        ["http:", "https:", "innerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", ".style"]
    {
        assert!(!script.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn names_stay_names() {
    let page = page(&hostile());
    let plain = self::page(&stored_report(&hops(600)));
    let tags = |page: &str| {
        let markup = markup(page);
        let mut tags: Vec<String> =
            markup.split('<').skip(1).map(|tag| tag.split([' ', '>']).next().unwrap().to_owned()).collect();
        tags.sort();
        tags.dedup();
        tags
    };
    let added: Vec<String> = tags(&page).into_iter().filter(|tag| !tags(&plain).contains(tag)).collect();
    assert!(added.is_empty(), "tags that no report without such names has: {added:?}");
    // Nothing of a name ends the data, or hides the page from there on.
    for id in ["sites-data", "tails-data", "time-data", "flames-data"] {
        assert!(data(&page, id).is_object(), "{id}");
        let raw = between(&page, &format!("id=\"{id}\">"), "</script>");
        assert!(!raw.contains('<'), "{id}");
    }
    assert_eq!(page.matches("</script>").count(), 5);
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert!(text(&page).contains("<script>window.pwned=1</script>"), "it is shown all the same");
}

#[test]
fn the_data_hold_every_site_frame_and_hop() {
    let report = stored_report(&hops(900));
    let page = page(&report);
    let sites = data(&page, "sites-data");
    let listed = sites["sites"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    let hops: u64 = listed.iter().map(|site| site["hops"].as_u64().unwrap()).sum();
    assert_eq!(hops, report.hops());
    assert_eq!(data(&page, "tails-data")["sites"].as_array().unwrap().len(), 3);

    let time = data(&page, "time-data");
    let joined: u64 = time["blocks"].as_array().unwrap().iter().map(|block| block[1].as_u64().unwrap()).sum();
    assert_eq!(joined, report.outcomes.joined);

    let flames = data(&page, "flames-data");
    let ids: Vec<&str> = flames["pictures"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["hop-naive", "hop-snapshot", "hop-native", "transfer", "diff", "transfer-ns", "diff-ns"]);
}

#[test]
fn merged_reports_are_laid_over_each_other_in_time() {
    let merged = |reports: Vec<Report>| {
        let mut merger = Merger::default();
        reports.into_iter().for_each(|report| merger.add(report));
        merger.finish()
    };
    let of = |report: &Report| data(&page(report), "time-data")["blocks"].as_array().unwrap().clone();
    let alone = of(&stored_report(&hops(300)));
    let twice = of(&merged(vec![stored_report(&hops(300)), stored_report(&hops(300))]));
    assert_eq!(alone.len(), twice.len());
    for (one, two) in alone.iter().zip(&twice) {
        assert_eq!(one[0], two[0]);
        for sum in 1..6 {
            assert_eq!(2 * one[sum].as_u64().unwrap(), two[sum].as_u64().unwrap());
        }
    }
    // The other one's blocks are longer.
    let (short, long) = (stored_report(&hops(300)), stored_report(&hops(3_000)));
    assert!(short.blocks[0].length_ns < long.blocks[0].length_ns);
    let hops_of = |blocks: &[Value]| blocks.iter().map(|block| block[1].as_u64().unwrap()).sum::<u64>();
    assert_eq!(hops_of(&of(&merged(vec![short.clone(), long.clone()]))), short.outcomes.joined + long.outcomes.joined);
}

/// One hop of a second at a time, in captures of stretches of other lengths: no stretch shows more than one, and an older report shows none.
#[test]
fn what_went_on_is_drawn_where_it_was_and_where_that_is_known() {
    let long = |count: u64| -> Vec<HopRecord<'static>> {
        let mut hops = hops(1);
        let first = hops.remove(0);
        let at = |i: u64, ns: Option<u64>| ns.map(|ns| i * 1_000_000_000 + ns - first.stamps.called);
        (0..count)
            .map(|i| {
                let stamps = Stamps {
                    called: i * 1_000_000_000,
                    returned: at(i, first.stamps.returned),
                    previous_end: None,
                    run_start: at(i, first.stamps.run_start),
                    run_end: Some(i * 1_000_000_000 + 900_000_000),
                    published: Some(i * 1_000_000_000 + 900_000_000),
                    first_poll: at(i, first.stamps.first_poll),
                    ready: Some(i * 1_000_000_000 + 999_999_999),
                    copied: Some((i + 1) * 1_000_000_000),
                    pool_thread: Some(1),
                };
                HopRecord { stamps, outcome: Outcome::Joined, ..first }
            })
            .collect()
    };
    for reports in [&[1][..], &[5], &[300], &[1, 300], &[5, 5, 20]] {
        let mut merger = Merger::default();
        for &count in reports {
            let mut report = tally(&long(count));
            report.processes[0].pid = u32::try_from(count).unwrap();
            merger.add(report);
        }
        let mut report = merger.finish();
        let time = data(&page(&report), "time-data");
        assert_eq!((&time["is_known"], &time["begin_ns"]), (&true.into(), &0.into()));
        let length = time["length_ns"].as_u64().unwrap();
        let mut sums = [0; 6];
        for block in time["blocks"].as_array().unwrap() {
            let block: Vec<u64> = block.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
            let most = length * reports.len() as u64;
            assert!(block[3] <= most && block[4] <= block[3] && block[5] <= most, "{reports:?}: {block:?} of {most}");
            sums.iter_mut().zip(block).for_each(|(sum, n)| *sum += n);
        }
        let hops: u64 = reports.iter().sum();
        assert_eq!((sums[1], sums[3]), (hops, hops * 1_000_000_000), "{reports:?}");
        assert_eq!(sums[5], report.sites.iter().map(|site| site.busy_ns).sum::<u64>());
        assert!(!text(&page(&report)).contains("earlier version"));
        // As an older version stored it, or one of several.
        report.blocks[0].stretches = None;
        let older = page(&report);
        let time = data(&older, "time-data");
        assert_eq!((&time["is_known"], &time["end_ns"]), (&false.into(), &Value::Null));
        let is_zero = |block: &Value| (3..6).all(|sum| block[sum] == 0);
        assert!(time["blocks"].as_array().unwrap().iter().all(is_zero));
        assert!(text(&older).contains("from an earlier version, which recorded only when hops ended"));
    }
}

/// Paper has no button that shows the other sites, and says how many these are.
#[test]
fn a_printed_page_says_how_many_sites_are_not_on_it() {
    let of = |sites: u32| {
        let template = hops(1)[0];
        let hops: Vec<HopRecord<'static>> =
            (1..=sites).map(|line| HopRecord { site: Site { line, ..template.site }, ..template }).collect();
        let page = page(&stored_report(&hops));
        between(&page, "id=\"sites-paper\">", "</p>").to_owned()
    };
    assert_eq!(of(300), "275 of 300 sites are not printed; the page itself shows them.");
    assert_eq!([of(1), of(25)], ["", ""]);
}

/// A report that was made by hand draws no more than a page can bear.
#[test]
fn numbers_of_stretches_that_no_report_has_are_borne() {
    let mut report = tally(&hops(300));
    for length_ns in [1, 1 << 23, u64::MAX] {
        report.blocks[0].length_ns = length_ns;
        report.blocks[0].series[0].blocks[0].index = u32::MAX;
        let stretches = report.blocks[0].stretches.as_mut().unwrap();
        (stretches.length_ns, stretches.from_ns, stretches.to_ns) = (length_ns, u64::MAX - 1, u64::MAX);
        stretches.sums[0].index = u32::MAX;
        let page = page(&report);
        // So long after the beginning of time that no number says when.
        assert_eq!(page.contains("id=\"time-data\""), length_ns < u64::MAX);
        if length_ns == u64::MAX {
            continue;
        }
        let time = data(&page, "time-data");
        let last = time["blocks"].as_array().and_then(|blocks| blocks.last()?[0].as_u64()).unwrap_or(0);
        assert!(last < 1_024, "{last}");
    }
}

#[test]
fn banners_say_what_must_be_known_first() {
    let banner = |report: &Report| {
        let page = text(&page(report));
        page.lines().take_while(|line| *line != "What to try").collect::<Vec<_>>().join("\n")
    };
    assert!(!banner(&stored_report(&hops(100))).contains("Not complete"));
    assert!(banner(&tally(&hops(100))).contains("FROM A LOG"));
    assert!(banner(&stored_report(&[])).contains("no hop ended; let the app run for longer"));
    let mut checkpoint = stored_report(&hops(100));
    checkpoint.processes[0].complete = false;
    assert!(banner(&checkpoint).contains("a checkpoint: the run had not ended"));
    let mut several = checkpoint.clone();
    several.processes.push(stored_report(&[]).processes[0].clone());
    assert!(banner(&several).contains("2 processes added up"));
}

#[test]
fn a_report_of_nothing_is_a_page_without_drawings() {
    let page = page(&Report::default());
    let sections: Vec<&str> =
        page.split("<section id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(sections, ["try", "sites", "pool", "basis"]);
    assert!(!page.contains("id=\"flames-data\"") && !page.contains("id=\"time-data\""));
}
