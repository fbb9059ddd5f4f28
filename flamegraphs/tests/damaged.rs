//! Reports that no tollbridge of this version wrote: each is refused with what is wrong and what to do, and none does harm.

#[path = "../fuzz/src/lib.rs"]
pub mod holds;

use std::error::Error as _;

use tollbridge_flamegraphs::read::from_reader;
use tollbridge_report::Report;
use tollbridge_testkit::logs::{hops, lock_span, stored_report};

/// A small report as its file has it.
fn text() -> String {
    let mut report = stored_report(&hops(1));
    report.spans = vec![lock_span(&["request", "lock cache"], 5, 1, 40)];
    report.derive();
    let mut text = Vec::new();
    report.write_json(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// What an error says, with its causes.
fn refused(bytes: &[u8]) -> String {
    let error = from_reader(bytes, "`r.json`").expect_err("it is none");
    assert!(error.is_unusable_input() && !error.to_string().contains('\n'), "{error}");
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// The text with the first `from` behind `member` replaced.
fn with(member: &str, from: &str, to: &str) -> String {
    let text = text();
    let at = text.find(member).unwrap_or_else(|| panic!("{member} is in a report"));
    let (before, behind) = text.split_at(at);
    assert!(behind.contains(from), "{from} is behind {member}");
    before.to_owned() + &behind.replacen(from, to, 1)
}

#[test]
fn a_report_of_a_later_format_wants_a_later_tollbridge() {
    for later in [
        with("{\"format\"", "1", "2"),
        "{\"format\": 4000000000, \"whatever\": [{}]}".to_owned(),
        "{\"tool\": \"tollbridge 9\", \"format\": 2}".to_owned(),
    ] {
        let said = refused(later.as_bytes());
        assert!(said.contains("`r.json`: it was made by a newer tollbridge; update this one"), "{said}");
    }
    // None was ever made.
    let said = refused(with("{\"format\"", "1", "0").as_bytes());
    assert!(said.contains("report format 0 is not known") && !said.contains("newer tollbridge;"), "{said}");
}

#[test]
fn what_can_not_be_is_refused_with_its_place() {
    let many = "9007199254740992";
    let deep = "[".repeat(100_000);
    let groups = "\"groups\":[";
    for (hostile, parts) in [
        (with(groups, "\"count\":1", "\"count\":-1"), ["invalid value: integer `-1`", "at line 1 column"]),
        (with(groups, "\"count\":1", "\"count\":1.5"), ["invalid type: floating point", "at line 1 column"]),
        (with(groups, "\"count\":1", "\"count\":1e400"), ["number out of range", "at line 1 column"]),
        (with(groups, "\"count\":1", "\"count\":18446744073709551616"), ["expected u64", "at line 1 column"]),
        (with(groups, "\"count\":1", "\"count\":NaN"), ["expected value", "at line 1 column"]),
        (with(groups, "\"count\":1", "\"count\":0"), ["more values than `count`", "at line 1 column"]),
        (with(groups, "\"count\":1", &format!("\"count\":{many}")), ["more than there can be", "2^53"]),
        (with("\"dropped\"", "\"hops\":0", &format!("\"hops\":{many}")), ["more than there can be", "2^53"]),
        (with(groups, "\"sum_sq\":", "\"sum_sq\":-"), ["no sum of squares", "at line 1 column"]),
        (with(groups, "\"histogram\":[[", "\"histogram\":[[9999,0],["), ["not in order", "at line 1 column"]),
        (with(groups, "\"histogram\":[[", "\"histogram\":[[9999,"), ["trailing characters", "at line 1 column"]),
        (with(groups, "\"min\":", "\"min\":9"), ["`min` and `max` do not fit", "at line 1 column"]),
        (with("\"tool\"", "\"tool\"", "\"format\":1,\"tool\""), ["duplicate field `format`", "at line 1 column"]),
        (
            with("\"groups\"", "\"groups\"", "\"groups\":[],\"groups\""),
            ["duplicate field `groups`", "at line 1 column"],
        ),
        (with("\"clock\"", "2.1", "\"fast\""), ["invalid type: string", "at line 1 column"]),
        (with("\"ticks_per_ns\"", "2.1", "0"), ["tick rate that no clock has", ""]),
        (with("\"ticks_per_ns\"", "2.1", "-2.1"), ["tick rate that no clock has", ""]),
        (with("\"grain_ns\":", "\"grain_ns\":", "\"grain_ns\":-"), ["shorter than nothing", ""]),
        (with("\"floor_ns\":", "\"floor_ns\":", "\"floor_ns\":-1e300,\"x\":"), ["shorter than nothing", ""]),
        (
            with("\"ordered_floor_ns\":", "\"ordered_floor_ns\":", "\"ordered_floor_ns\":2e9,\"x\":"),
            ["longer than a second", ""],
        ),
        (with("\"spans\":[", "\"mutex\"", "\"\u{1b}[31m\""), ["at line 1 column", ""]),
        (with("\"spans\":[", "\"request\"", &format!("{}\"x\"", "\"x\",".repeat(2_048))), ["deeper than any can", ""]),
        (format!("{{\"format\":{deep}"), ["invalid type: sequence", "at line 1 column 10"]),
        (format!("{{\"format\":1,\"of-a-later-one\":{deep}"), ["EOF while parsing a list", "at line 1 column 100029"]),
        (format!("{{\"format\":1,\"tool\":{deep}"), ["at line 1 column", ""]),
        ("{\"format\":1}".to_owned(), ["missing field", "at line 1 column"]),
        ("{\"format\":1".to_owned() + &"\n".repeat(7), ["EOF while parsing", "at line 8"]),
    ] {
        let said = refused(hostile.as_bytes());
        for part in parts {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(said.contains("`r.json`") && said.contains("take a whole one from the run's folder"), "{said}");
    }
}

#[test]
fn a_group_or_a_span_that_is_there_twice_is_refused() {
    let double = |from: &str, to: &str| {
        let text = text();
        let from = text.find(from).unwrap() + from.len();
        let to = from + text[from..].find(to).unwrap();
        let list = text[from..to].to_owned();
        text[..from].to_owned() + &list + "," + &text[from..]
    };
    let said = refused(double("\"groups\":[", "],\"spans\":[").as_bytes());
    assert!(said.contains("its groups are not in order, or one is there twice"), "{said}");
    let said = refused(double("\"spans\":[", "],\"blocks\":").as_bytes());
    assert!(said.contains("its spans are not in order, or one is there twice"), "{said}");
}

#[test]
fn a_report_that_ends_anywhere_is_none() {
    let text = text();
    let whole = text.trim_end();
    for end in 0..whole.len() {
        let said = refused(&whole.as_bytes()[..end]);
        assert!(!said.is_empty());
    }
    assert!(Report::from_json(whole.as_bytes()).is_ok());
}

#[test]
fn a_report_in_which_any_byte_is_another_is_refused_or_a_report() {
    let text = text();
    for (at, other) in (0..text.len()).step_by(7).zip([0, b'9', b'"', b'}', b'-', 0xff].into_iter().cycle()) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = other;
        if let Ok(report) = Report::from_json(&bytes) {
            let mut text = Vec::new();
            report.write_json(&mut text).unwrap();
            assert_eq!(Report::from_json(&text).unwrap(), report);
        }
    }
}

/// Markup, quotes, formulas, escapes and the signs that parts are told apart by, in every name that a report has.
#[test]
fn names_do_no_harm_in_anything_that_is_written() {
    for name in [
        "</title><script>alert(1)</script>",
        "]]><svg onload=\"x\">&amp;&#0;",
        "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m",
        "\u{202e}\u{2066}\u{200f}\u{feff}\u{ffff}\0",
        "=1+1;\"\\\n# EOF\r\n 7",
        "",
        " ",
        "7",
        "a b 12.5",
    ] {
        let mut report = stored_report(&hops(40));
        report.tool = name.to_owned();
        report.processes[0].exe = name.to_owned();
        report.clock.as_mut().unwrap().source = name.to_owned();
        for (number, group) in report.groups.iter_mut().enumerate() {
            (group.key.site, group.key.job) = (format!("{name}{}:7:5", number % 3), format!("{name}{number}"));
        }
        report.groups.sort_by(|a, b| a.key.cmp(&b.key));
        report.spans = vec![lock_span(&[name], 5, 1, 40), lock_span(&[name, name], 5, 1, 40)];
        report.derive();
        holds::whole(&report);
    }
}
