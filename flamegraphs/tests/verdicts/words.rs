//! What the rules say, on the screen, as text and as JSON.

use crate::made::{Hop, ORDINARY, alike, all_rules, records, report, rules, small};
use tollbridge_flamegraphs::verdict::Rule;
use tollbridge_flamegraphs::{ScreenOptions, screen, verdicts_json, verdicts_text};
use tollbridge_testkit::golden;

#[test]
fn words_stay_apart_and_do_not_change() {
    let words: Vec<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(
        words,
        [
            "deadlock",
            "stuck",
            "leak",
            "starved",
            "unseen-jobs",
            "small-work",
            "lone-work",
            "sequence",
            "wide-pool",
            "jobs-compute",
            "backlog",
            "long-tail",
            "unpolled",
            "late-awaiter",
            "idle-bridge-locks",
            "fine"
        ]
    );
}

#[test]
fn the_format_has_every_rule() {
    let words = Rule::ALL.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
    golden::between("docs/reference/format.md", "| the rule's name, which does not change: ", ". New names", &words);
}

#[test]
fn every_rule_in_words_and_as_json() {
    let reports = all_rules();
    let first: Vec<Rule> = reports.iter().filter_map(|report| rules(report).first().copied()).collect();
    assert_eq!(first, Rule::ALL);
    let text: Vec<String> = reports
        .iter()
        .map(|report| verdicts_text(report, &ScreenOptions::default().with_all(true).with_width(Some(110))))
        .collect();
    golden::check(env!("CARGO_MANIFEST_DIR"), "verdicts", "expected.110.screen", &text.join("\n"));
    let json: Vec<String> = reports.iter().map(|report| format!("{:#}\n", verdicts_json(report))).collect();
    golden::check(env!("CARGO_MANIFEST_DIR"), "verdicts", "expected.json", &json.concat());
}

#[test]
fn the_screen_tells_three_and_how_many_more() {
    let on_screen = |sites: u32| {
        let hops: Vec<Hop> = (1..=sites).flat_map(|line| vec![Hop { line, ..small(2_000) }; 100]).collect();
        let text = screen(&report(&hops), &ScreenOptions::default().with_all(true).with_width(Some(1_000)));
        text.split_once("\nTRY").unwrap().1.split("\n\n").next().unwrap().to_owned()
    };
    let told = on_screen(5);
    assert!(told.contains(" 3 meta.rs:3 get: ") && !told.contains(" 4 "), "{told}");
    assert!(told.ends_with("and 2 more, with evidence, risk and code: tollbridge verdicts FILE"), "{told}");
    assert!(!on_screen(3).contains("more, with"));
    let fine = screen(&alike(ORDINARY), &ScreenOptions::default().with_all(true));
    assert!(fine.contains("TRY   nothing: meta.rs:7 get is fine as it is\n"), "{fine}");
    let fine = screen(
        &report(&[vec![ORDINARY; 100], vec![Hop { line: 8, ..ORDINARY }; 100]].concat()),
        &ScreenOptions::default().with_all(true),
    );
    assert!(fine.contains("TRY   nothing: meta.rs:7 get and 1 other are fine as they are\n"), "{fine}");
}

#[test]
fn nothing_to_say_is_said_with_its_reason() {
    let few = verdicts_text(&report(&[ORDINARY; 99]), &ScreenOptions::default().with_all(true));
    assert!(few.ends_with("Nothing to suggest: no site has 100 timed hops to judge by.\n"), "{few}");
    let log = verdicts_text(
        &tollbridge_testkit::logs::tally(&records(&[ORDINARY; 100])),
        &ScreenOptions::default().with_all(true),
    );
    assert!(log.contains("Nothing can be said from times that contain the app's own logging"), "{log}");
}
