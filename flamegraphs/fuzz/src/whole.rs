//! A report through all that can be done with it.

use tollbridge_flamegraphs::compare::{Run, compare};
use tollbridge_flamegraphs::{ScreenOptions, compared, compared_json, screen};
use tollbridge_report::Report;

use super::{export, picture};

/// The report is what its file says; every screen, picture and export of it can be read and holds its counts; added to itself it
/// is twice as much, less itself nothing, and beside itself the same.
///
/// # Panics
/// Where something does not hold.
pub fn whole(report: &Report) {
    shown(report);
    export::all(report);
    picture::all(report);
    doubled(report);
    subtracted(report);
    beside_itself(report);
}

/// The first half of that, which is quick.
pub(crate) fn shown(report: &Report) {
    let text = written(report);
    assert_eq!(&Report::from_json(&text).expect("it was just written"), report);
    // What is derived is JSON too, though nobody reads it.
    serde_json::from_slice::<serde::de::IgnoredAny>(&text).expect("JSON");
    for width in [None, Some(1), Some(80), Some(400)] {
        for all in [false, true] {
            let options = ScreenOptions::default().with_all(all).with_width(width).with_file("report.json");
            assert_harmless(&screen(report, &options));
        }
    }
}

fn written(report: &Report) -> Vec<u8> {
    let mut text = Vec::new();
    report.write_json(&mut text).expect("memory takes it");
    text
}

/// Nothing that a terminal would obey, or a reader be led astray by.
pub(crate) fn assert_harmless(text: &str) {
    let bad = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(bad), "{text:?}");
}

fn doubled(report: &Report) {
    let mut sum = report.clone();
    sum.merge(report);
    assert_eq!(sum.hops(), 2 * report.hops());
    assert_eq!(sum.groups.len(), report.groups.len());
    match Report::from_json(&written(&sum)) {
        Ok(read) => assert_eq!(read, sum),
        Err(error) => assert!(error.to_string().contains("counts more than there can be"), "{error}"),
    }
    assert_harmless(&screen(&sum, &ScreenOptions::default()));
}

fn subtracted(report: &Report) {
    if let Ok(nothing) = report.since(report) {
        assert_eq!((nothing.hops(), nothing.groups.len(), nothing.outcomes.joined), (0, 0, 0));
    }
}

fn beside_itself(report: &Report) {
    let Ok(run) = Run::of("a", report) else { return };
    let sides = [run.clone(), run];
    let same = compare(&sides, &sides).expect("they were measured alike");
    assert!(same.gone.is_empty() && same.new.is_empty());
    for (_, change) in same.pairs.iter().flat_map(|pair| &pair.changes) {
        let difference = change.difference.expect("there are two runs a side");
        assert!(difference.value == 0.0 && !difference.significant, "{change:?}");
    }
    assert_harmless(&compared(&same, None, &ScreenOptions::default().with_width(Some(80))));
    serde_json::to_vec(&compared_json(&same, None)).expect("memory takes it");
}
