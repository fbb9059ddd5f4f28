//! Flamegraphs read back: the order of frames, their widths, their colours, and names that mean harm.

use std::path::Path;

mod svg;

use svg::{Frame, frames, only};
use tollbridge_flamegraphs::{FlameOptions, Weight, render};
use tollbridge_report::hop::{HopRecord, Ops, Site};
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Phase};
use tollbridge_report::{Distribution, HopGroup, Report};
use tollbridge_testkit::logs::{hops, stored_report, tally};

/// Names in the folder, and one picture.
fn drawn(report: &Report, options: &FlameOptions, name: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let paths = render(report, folder.path(), options).unwrap();
    let names = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    (names, std::fs::read_to_string(folder.path().join(name)).unwrap())
}

fn picture(report: &Report, options: &FlameOptions, name: &str) -> Vec<Frame> {
    frames(&drawn(report, options, name).1)
}

/// The naive hops' stacks and their values, locks that no picture has room for among them.
fn folded(report: &Report, options: &FlameOptions) -> Vec<(String, u64)> {
    let lines = drawn(report, options, "hop-naive.folded").1;
    lines
        .lines()
        .map(|line| line.rsplit_once(' ').map(|(stack, n)| (stack.to_owned(), n.parse().unwrap())).unwrap())
        .collect()
}

/// The value of the one stack that ends like this.
fn value(stacks: &[(String, u64)], end: &str) -> u64 {
    let [(_, value)] = stacks.iter().filter(|(stack, _)| stack.ends_with(end)).collect::<Vec<_>>()[..] else {
        panic!("one {end}")
    };
    *value
}

/// Joined hops of one site only.
fn one_site(count: u64) -> Vec<HopRecord<'static>> {
    let site = hops(1)[0].site;
    let joined = hops(count).into_iter().filter(|hop| hop.outcome == Outcome::Joined);
    joined.map(|hop| HopRecord { site, ..hop }).collect()
}

fn of_arms(arms: &[Arm]) -> Vec<HopRecord<'static>> {
    one_site(300).into_iter().filter(|hop| arms.contains(&hop.arm)).collect()
}

fn default() -> FlameOptions {
    FlameOptions::default()
}

fn names(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.name.as_str()).collect()
}

#[test]
fn phases_stand_in_time_order_with_locks_and_copy_inside() {
    let report = stored_report(&one_site(300));
    let options = FlameOptions::default().with_backlog(true);
    let frames = picture(&report, &options, "hop-naive.svg");
    let (stacks, site) = (folded(&report, &options), "meta.rs:88 get");
    // Each frame where a line first names it.
    let mut seen: Vec<&str> = Vec::new();
    for name in stacks.iter().flat_map(|(stack, _)| stack.split(';')) {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    assert_eq!(
        seen,
        [
            "naive",
            site,
            "submit",
            "backlog",
            "start",
            "run",
            "publish",
            "lock publish",
            "resume",
            "transfer",
            "lock done",
            "lock cancelled",
            "lock exception",
            "lock result",
            "copy",
        ]
    );
    let phases: Vec<&Frame> = frames.iter().filter(|f| f.y == only(&frames, "submit").y).collect();
    for pair in phases.windows(2) {
        assert!(
            (pair[0].x + pair[0].width - pair[1].x).abs() < 0.001,
            "{} ends where {} begins",
            pair[0].name,
            pair[1].name
        );
    }
    for inside in ["lock done", "lock cancelled", "lock exception", "lock result", "copy"] {
        assert!(value(&stacks, &format!(";transfer;{inside}")) > 0);
    }
    let grey = only(&frames, "backlog").fill;
    assert!(grey.0 == grey.1 && grey.1 == grey.2);
}

#[test]
fn a_phase_is_as_wide_as_the_recorders_sum() {
    let report = stored_report(&one_site(300));
    for arm in [Arm::Naive, Arm::Snapshot, Arm::Native] {
        let frames = picture(&report, &FlameOptions::default(), &format!("hop-{arm}.svg"));
        let detailed = |group: &&HopGroup| group.key.arm == arm && group.key.detail == Detail::Locks;
        let group = report.groups.iter().find(detailed).unwrap();
        let mut whole = 0;
        for (phase, lengths) in &group.phases {
            if lengths.sum() > 0 && (phase.is_overhead() || phase.as_str() == "run") {
                assert_eq!(only(&frames, phase.as_str()).value, lengths.sum(), "{arm} {phase}");
                whole += lengths.sum();
            }
        }
        assert_eq!(only(&frames, arm.as_str()).value, whole);
    }
}

#[test]
fn phases_that_are_the_apps_own_are_shown_on_request() {
    let mut hops = one_site(300);
    for hop in &mut hops {
        hop.stamps.first_poll = hop.stamps.published.map(|at| at + 5_000);
    }
    let report = stored_report(&hops);
    for (options, expected) in [
        (FlameOptions::default(), [false, false, true]),
        (FlameOptions::default().with_backlog(true).with_unpolled(true), [true, true, true]),
        (FlameOptions::default().with_run(false), [false, false, false]),
    ] {
        let frames = picture(&report, &options, "hop-native.svg");
        let shown = ["backlog", "unpolled", "run"].map(|name| names(&frames).contains(&name));
        assert_eq!(shown, expected);
    }
}

#[test]
fn detailed_hops_are_drawn_and_coarse_ones_where_there_are_none() {
    let all = of_arms(&[Arm::Naive]);
    let (detailed, coarse): (Vec<_>, Vec<_>) = all.iter().partition(|hop| hop.detail == Detail::Locks);
    assert!(detailed.len() != coarse.len() && !coarse.is_empty());
    let folded = |hops: &[HopRecord<'_>]| {
        let options = FlameOptions::default();
        let stacks = drawn(&stored_report(hops), &options, "hop-naive.folded").1;
        (stacks, drawn(&stored_report(hops), &options, "hop-naive.svg").1)
    };
    let (of_all, of_detailed, of_coarse) = (folded(&all), folded(&detailed), folded(&coarse));
    assert_eq!(of_all.0, of_detailed.0);
    assert!(of_all.1.contains(&format!("ns, summed over {} detailed hops<", detailed.len())));
    assert!(!of_coarse.0.contains("lock") && of_coarse.0.contains("meta.rs:88 get;transfer "));
    let told = format!("ns, summed over {} coarse hops: bridge locks and copies not recorded<", coarse.len());
    assert!(of_coarse.1.contains(&told));
}

#[test]
fn locks_are_as_long_as_recorded_and_never_exceed_their_phase() {
    let mut hops = of_arms(&[Arm::Naive]);
    hops.retain(|hop| hop.detail == Detail::Locks);
    let report = stored_report(&hops);
    let done = value(&folded(&report, &default()), ";transfer;lock done");
    assert_eq!(done, report.groups[0].locks[&LockOp::Done].ns.sum());
    // Transfers shorter than the locks in them, as noise may have it.
    for hop in &mut hops {
        hop.stamps.copied = hop.stamps.ready.map(|ready| ready + 10);
    }
    let report = stored_report(&hops);
    let transfer = only(&picture(&report, &default(), "hop-naive.svg"), "transfer").value;
    assert_eq!(transfer, 10 * hops.len() as u64);
    let stacks = folded(&report, &default());
    let inside: u64 = ["lock done", "lock cancelled", "lock exception", "lock result", "copy"]
        .iter()
        .map(|name| value(&stacks, &format!(";transfer;{name}")))
        .sum();
    assert!(inside <= transfer && inside + 5 > transfer);
}

#[test]
fn a_row_that_would_look_empty_is_left_to_the_folded_file() {
    let mut hops = of_arms(&[Arm::Naive]);
    for hop in &mut hops {
        let late = |at: Option<u64>| at.map(|at| at + 1_000_000_000);
        let stamps = &mut hop.stamps;
        for at in [&mut stamps.run_end, &mut stamps.published, &mut stamps.ready, &mut stamps.copied] {
            *at = late(*at);
        }
    }
    let report = stored_report(&hops);
    let folder = tempfile::tempdir().unwrap();
    render(&report, folder.path(), &default()).unwrap();
    let [svg, folded] =
        ["svg", "folded"].map(|kind| std::fs::read_to_string(folder.path().join(format!("hop-naive.{kind}"))).unwrap());
    let frames = frames(&svg);
    for name in ["lock publish", "lock done", "lock cancelled", "lock exception", "lock result", "copy"] {
        assert!(folded.contains(&format!(";{name} ")), "{folded}");
        assert!(frames.iter().all(|frame| frame.name != name), "{name}");
    }
    // What is in a row is all there, however narrow.
    let joined = report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined);
    let detailed = joined.filter(|group| group.key.detail == Detail::Locks);
    let ns: u64 = detailed.filter_map(|group| group.phases.get(&Phase::Transfer)).map(Distribution::sum).sum();
    let transfer = only(&frames, "transfer");
    assert!(transfer.width < 0.01 && transfer.value == ns, "{transfer:?}");
}

#[test]
fn a_legend_names_every_phase_and_its_mean() {
    let (_, svg) = drawn(&stored_report(&one_site(300)), &default().with_source("x.json"), "hop-naive.svg");
    let legend = svg.split_once("<g id=\"legend\">").unwrap().1;
    let words: Vec<&str> = legend.split("y=\"12\">").skip(1).map(|text| text.split_once('<').unwrap().0).collect();
    let names: Vec<&str> = words.iter().map(|words| words.split_once(' ').unwrap().0).collect();
    assert_eq!(names, ["submit", "start", "run", "publish", "resume", "transfer"], "{words:?}");
    assert!(words.iter().all(|words| words.ends_with("ns") || words.ends_with("us")), "{words:?}");
    assert!(legend.contains("naive: four locked calls") && legend.contains("x.json"), "{legend}");
    // All of it is inside the picture.
    let height =
        |text: &str| text.split_once("height=\"").unwrap().1.split_once('"').unwrap().0.parse::<usize>().unwrap();
    let lowest =
        legend.split(" y=\"").skip(1).map(|text| text.split_once('"').unwrap().0.parse::<usize>().unwrap()).max();
    assert!(height(&svg) > lowest.unwrap(), "{legend}");
    assert!(svg.contains(&format!("viewBox=\"0 0 1200 {}\"", height(&svg))));
    assert!(!svg.contains("opacity:0.1"), "the search can be seen");
}

#[test]
fn transfers_stand_side_by_side_in_counts() {
    let (_, svg) = drawn(&stored_report(&one_site(300)), &FlameOptions::default(), "transfer.svg");
    let frames = frames(&svg);
    assert_eq!(
        names(&frames),
        [
            "transfer",
            "naive",
            "lock done",
            "lock cancelled",
            "lock exception",
            "lock result",
            "copy",
            "snapshot",
            "copy"
        ]
    );
    assert!(frames.iter().filter(|f| f.name.starts_with("lock ") || f.name == "copy").all(|f| f.value == 1000));
    assert_eq!((only(&frames, "naive").value, only(&frames, "snapshot").value), (5000, 1000));
    assert!(svg.contains("native: 0 bridge locks, 0 copies"));
    assert!(only(&frames, "lock done").info.starts_with("1,000 per 1,000 transfers"));
}

#[test]
fn transfers_in_time_add_up_to_their_mean() {
    let report = stored_report(&one_site(300));
    let frames = picture(&report, &FlameOptions::default().with_weight(Weight::Ns), "transfer.svg");
    for arm in [Arm::Naive, Arm::Snapshot, Arm::Native] {
        let mut transfers = tollbridge_report::Distribution::default();
        for group in report.groups.iter().filter(|g| g.key.arm == arm && g.key.detail == Detail::Locks) {
            transfers.merge(&group.phases[&tollbridge_report::names::Phase::Transfer]);
        }
        let found = only(&frames, arm.as_str()).value as f64 / 1000.0;
        assert!((found - transfers.mean().unwrap()).abs() < 0.01, "{arm}: {found}");
    }
}

#[test]
fn the_difference_shows_the_saved_locks_in_blue_with_their_width() {
    for weight in [Weight::Counts, Weight::Ns] {
        let report = stored_report(&one_site(300));
        let (_, svg) = drawn(&report, &FlameOptions::default().with_weight(weight), "diff.svg");
        let frames = frames(&svg);
        for name in ["lock done", "lock cancelled", "lock exception", "lock result"] {
            let lock = only(&frames, name);
            let (red, green, blue) = lock.fill;
            assert!(lock.width > 5.0, "{lock:?}");
            assert!(blue == 255 && red < 200 && green < 200, "{lock:?}");
            assert!(lock.info.contains("; -"), "the snapshot has less: {lock:?}");
        }
        let copy = only(&frames, "copy");
        assert!(copy.width > 0.0);
        let (red, green, blue) = copy.fill;
        let tint = red.abs_diff(green).max(green.abs_diff(blue)).max(red.abs_diff(blue));
        // Counted, the copies are the same; in time they differ by noise.
        assert!(if weight == Weight::Counts { copy.fill == (250, 250, 250) } else { tint < 30 }, "{copy:?}");
        // What holds others is as blue as what they come to.
        for name in ["transfer", "lock done"] {
            assert!(only(&frames, name).info.contains("snapshot ") && svg.contains(">snapshot saves<"));
        }
        let (red, green, blue) = only(&frames, "transfer").fill;
        assert!(blue == 255 && red == green && (100..250).contains(&red), "{red}");
    }
}

#[test]
fn what_the_snapshot_adds_is_red() {
    // Transfers of the snapshot arm that copy twice.
    let mut hops = of_arms(&[Arm::Naive, Arm::Snapshot]);
    for hop in hops.iter_mut().filter(|hop| hop.arm == Arm::Snapshot && hop.detail == Detail::Locks) {
        hop.ops = "copy:10,copy:10".parse().unwrap();
    }
    let frames = picture(&stored_report(&hops), &FlameOptions::default(), "diff.svg");
    let (red, green, blue) = only(&frames, "copy").fill;
    assert!(red == 255 && green < 200 && blue < 200);
}

#[test]
fn pictures_of_arms_that_were_not_seen_are_left_out() {
    for (arms, expected) in [
        (&[Arm::Native][..], &["hop-native"][..]),
        (&[Arm::Snapshot], &["hop-snapshot", "transfer"]),
        (&[Arm::Naive, Arm::Native], &["hop-naive", "hop-native", "transfer"]),
        (&[Arm::Naive, Arm::Snapshot], &["hop-naive", "hop-snapshot", "transfer", "diff"]),
    ] {
        let first = format!("{}.svg", expected[0]);
        let (names, _) = drawn(&stored_report(&of_arms(arms)), &FlameOptions::default(), &first);
        let both: Vec<String> = expected.iter().flat_map(|n| [format!("{n}.folded"), format!("{n}.svg")]).collect();
        assert_eq!(names, both);
    }
    let coarse = one_site(100).into_iter().map(|hop| HopRecord { detail: Detail::Phases, ops: Ops::default(), ..hop });
    let (names, _) = drawn(&stored_report(&coarse.collect::<Vec<_>>()), &FlameOptions::default(), "hop-naive.svg");
    assert!(!names.iter().any(|name| name.starts_with("transfer") || name.starts_with("diff")), "{names:?}");
}

/// What lies in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[test]
fn pictures_of_an_earlier_run_do_not_stay_beside_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let others = ["report.json", "my-diff.svg", "hop-wrapped.svg", "diff.svg.bak"];
    others.iter().for_each(|name| std::fs::write(folder.path().join(name), "not ours").unwrap());
    let all = render(&stored_report(&of_arms(&[Arm::Naive, Arm::Snapshot, Arm::Native])), folder.path(), &default());
    assert_eq!(all.unwrap().len(), 10);
    assert_eq!(names_in(folder.path()).len(), 10 + others.len());

    // Nothing new was written: the old ones are all that there is.
    assert!(render(&Report::default(), folder.path(), &default()).is_err());
    assert_eq!(names_in(folder.path()).len(), 10 + others.len());

    let native = render(&stored_report(&of_arms(&[Arm::Native])), folder.path(), &default()).unwrap();
    let mut expected: Vec<String> = others.map(str::to_owned).to_vec();
    expected.extend(native.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()));
    expected.sort();
    assert_eq!(names_in(folder.path()), expected);
}

#[test]
fn pictures_of_an_earlier_run_stay_if_the_new_ones_cannot_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    render(&stored_report(&of_arms(&[Arm::Naive])), folder.path(), &default()).unwrap();
    let before = names_in(folder.path());
    std::fs::create_dir(folder.path().join("hop-native.folded")).unwrap();
    let error = render(&stored_report(&of_arms(&[Arm::Native])), folder.path(), &default()).unwrap_err();
    assert!(error.is_unwritable(), "{error}");
    assert!(before.iter().all(|name| folder.path().join(name).is_file()));
}

#[test]
fn nothing_to_draw_is_said_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let detached: Vec<_> = hops(300).into_iter().filter(|hop| hop.outcome == Outcome::Detached).collect();
    let wrapped: Vec<_> = one_site(9).into_iter().map(|hop| HopRecord { arm: Arm::Wrapped, ..hop }).collect();
    for (report, why) in
        [(Report::default(), "no hop ended"), (tally(&detached), "no hop was joined"), (tally(&wrapped), "wrap(f)")]
    {
        let error = render(&report, &out, &FlameOptions::default()).unwrap_err();
        assert!(error.is_nothing_to_draw() && error.to_string().contains(why), "{error}");
        assert!(!out.exists());
    }
}

#[test]
fn names_that_mean_harm_come_out_as_names() {
    let hop = of_arms(&[Arm::Naive])[0];
    let jobs = ["<script>alert(1)</script>", "a;b;c 12 345", "x\ny\u{1b}[31m\u{202e}", "\"&'", "]]>", "transfer", ""];
    let hops: Vec<_> =
        jobs.iter().map(|job| HopRecord { site: Site { file: "a;b<c>.rs", job, ..hop.site }, ..hop }).collect();
    let report = stored_report(&hops);
    let (_, svg) = drawn(&report, &FlameOptions::default().with_source("<b>;\n\u{1b}"), "hop-naive.svg");
    let frames = frames(&svg);
    // Every site is one frame on the level above the arm's, and each has the same phases.
    let level = frames.iter().find(|f| f.name.contains("alert")).unwrap().y;
    let sites: Vec<&Frame> = frames.iter().filter(|f| f.y == level).collect();
    assert_eq!(sites.len(), jobs.len(), "{sites:?}");
    assert!(sites.iter().all(|site| site.name.starts_with("a:b<c>.rs:88")));
    assert_eq!(frames.iter().filter(|f| f.name == "submit").count(), jobs.len());
    assert!(!svg.contains("<script>alert") && !svg.contains("<b>"));
    assert!(svg.chars().all(|c| c == '\n' || c == '\r' || c == '\t' || !c.is_control()));
}

#[test]
fn pictures_can_be_searched_and_zoomed() {
    let (_, svg) = drawn(&stored_report(&one_site(30)), &FlameOptions::default(), "hop-naive.svg");
    for part in ["function search(", "function zoom(", "id=\"search\"", "id=\"unzoom\""] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn pictures_are_the_same_every_time() {
    let report = stored_report(&hops(300));
    let (names, _) = drawn(&report, &FlameOptions::default(), "diff.svg");
    for name in names {
        let again = drawn(&report, &FlameOptions::default(), &name);
        assert_eq!(drawn(&report, &FlameOptions::default(), &name), again, "{name}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let out = file.path().join("pictures");
    let error = render(&stored_report(&hops(30)), &out, &FlameOptions::default()).unwrap_err();
    assert!(error.is_unwritable() && error.to_string().contains(out.to_str().unwrap()), "{error}");
    assert!(Path::new(file.path()).is_file());
}
