//! What the words in the variables mean. All of them come in lower case.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::names::{Arm, Detail};

use super::summary::Summary;

/// The arms that a hop can be given.
pub(super) const BRIDGES: [Arm; 3] = [Arm::Native, Arm::Snapshot, Arm::Naive];

/// Whether something is to be; `None` if the word is no such word.
pub(super) fn switch(word: &str) -> Option<bool> {
    match word {
        "1" | "on" | "true" => Some(true),
        "0" | "off" | "false" => Some(false),
        _ => None,
    }
}

/// How much to record, or `Some(None)` for nothing at all.
pub(super) fn recording(word: &str) -> Option<Option<Detail>> {
    match word {
        "phases" => Some(Some(Detail::Phases)),
        "locks" => Some(Some(Detail::Locks)),
        // Who writes no more than "on" wants the cheaper one.
        word => switch(word).map(|on| on.then_some(Detail::Phases)),
    }
}

/// What the guard prints in the end.
pub(super) fn summary(word: &str) -> Option<Summary> {
    match word {
        "full" => Some(Summary::Full),
        word => switch(word).map(|on| if on { Summary::Auto } else { Summary::Off }),
    }
}

/// How many runs to keep; `Some(None)` for all of them.
pub(super) fn keep(word: &str) -> Option<Option<NonZeroU32>> {
    if word == "off" { Some(None) } else { word.parse().ok().map(Some) }
}

/// Whether source paths are short.
pub(super) fn short_paths(word: &str) -> Option<bool> {
    match word {
        "short" => Some(true),
        "full" => Some(false),
        _ => None,
    }
}

pub(super) fn bridge(word: &str) -> Option<Arm> {
    BRIDGES.into_iter().find(|arm| arm.as_str() == word)
}

/// Several bridges, separated by commas, each once and in the order of the words. A single one is compared with nothing.
pub(super) fn bridges(words: &str) -> Option<Vec<Arm>> {
    let mut bridges = Vec::new();
    for word in words.split(',') {
        let bridge = bridge(word.trim())?;
        if !bridges.contains(&bridge) {
            bridges.push(bridge);
        }
    }
    (bridges.len() > 1).then_some(bridges)
}

/// A duration above 0: a number of seconds, or a number with its unit, `ms`, `s` or `m`.
pub(super) fn duration(words: &str) -> Option<Duration> {
    let unit = words.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = words[..words.len() - unit.len()].parse().ok()?;
    let seconds = match unit.trim() {
        "ms" => number / 1e3,
        "" | "s" => number,
        "m" => number * 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit_or_is_in_seconds() {
        for (words, ms) in [
            ("10s", 10_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("30", 30_000),
            ("1.5s", 1_500),
            ("2 s", 2_000),
            (".5", 500),
        ] {
            assert_eq!(duration(words), Some(Duration::from_millis(ms)), "{words}");
        }
    }

    #[test]
    fn what_is_no_duration_or_no_time_at_all_is_refused() {
        for words in
            ["", "0", "0ms", "0.0", "-1", "s", ".", "1.2.3", "1h", "10 seconds", "inf", "nan", "1e3", "0x10", "１s"]
        {
            assert_eq!(duration(words), None, "{words}");
        }
        // Longer than any duration can be.
        assert_eq!(duration(&"9".repeat(400)), None);
        assert_eq!(duration(&"9".repeat(30)), None);
        // Shorter than a nanosecond.
        assert_eq!(duration("0.0000000001"), None);
    }

    #[test]
    fn comparing_takes_two_bridges_at_least_and_each_once() {
        assert_eq!(bridges("naive, native,naive"), Some(vec![Arm::Naive, Arm::Native]));
        for words in ["", "naive", "naive,naive", "naive,", "naive,wrapped", "naive;native"] {
            assert_eq!(bridges(words), None, "{words}");
        }
    }

    #[test]
    fn the_usual_words_record_phases_or_nothing() {
        for (word, detail) in
            [("1", Some(Detail::Phases)), ("on", Some(Detail::Phases)), ("true", Some(Detail::Phases)), ("0", None)]
        {
            assert_eq!(recording(word), Some(detail), "{word}");
        }
        assert_eq!(recording("yes"), None);
    }
}
