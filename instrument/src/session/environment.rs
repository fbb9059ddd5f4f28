//! The switches in the environment: their one table, [`variable`], and what they ask for. The case of their words does not matter.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::names::{Arm, Detail};
use crate::record::{DEFAULT_STUCK, Settings};

use super::error::Error;
use super::summary::Summary;
use super::timeline::{DEFAULT_TIMELINE, MAX_TIMELINE};
use super::words;

/// A variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    /// What it has to be, for whoever set it to anything else.
    expected: &'static str,
}

/// A row a variable. `values` and `meaning` are what the guide says of it, which a test makes from here.
macro_rules! variables {
    ($($VARIABLE:ident $name:literal { values: $values:literal, meaning: $meaning:literal, expected: $expected:literal, })+) => {
        pub(super) mod variable {
            use super::Variable;

            $(#[doc = $meaning]
            pub(in crate::session) const $VARIABLE: Variable = Variable { name: $name, expected: $expected };)+
        }

        #[cfg(test)]
        const GUIDE: &[[&str; 3]] = &[$([$name, $values, $meaning],)+];
    };
}

variables! {
    RECORDING "TOLLBRIDGE" {
        values: "`off`, `phases`, `locks`; `1`, `on` and `true` mean `phases`, `0` and `false` mean `off`",
        meaning: "turns recording on; nothing is written to your log. `off` overrides every other variable",
        expected: "off, phases (or 1, on, true) or locks",
    }
    TRANSFER "TOLLBRIDGE_TRANSFER" {
        values: "`snapshot`, `naive`, `native`",
        meaning: "the bridge while recording is on (default `snapshot`)",
        expected: "snapshot, naive or native",
    }
    COMPARE "TOLLBRIDGE_COMPARE" {
        values: "two or three, e.g. `native,snapshot,naive`",
        meaning: "each call uses one of these at random; lock timing is on for half of them",
        expected: "at least two of native, snapshot and naive, separated by commas; TOLLBRIDGE_TRANSFER picks a single one",
    }
    PROPAGATE "TOLLBRIDGE_PROPAGATE" {
        values: "`1`, `0`",
        meaning: "while recording is on, jobs run in the tracing span that their caller was in (default `0`)",
        expected: "1 or 0",
    }
    OUT "TOLLBRIDGE_OUT" {
        values: "a folder",
        meaning: "where each run's own folder is made (default `tollbridge-out` in the directory that is current at `init`)",
        expected: "a folder",
    }
    KEEP "TOLLBRIDGE_KEEP" {
        values: "`off`, a number of runs",
        meaning: "how many runs of this executable are kept in that folder; the oldest ended runs are removed (default `off`: all are kept)",
        expected: "off, or how many runs to keep, at least 1",
    }
    PATHS "TOLLBRIDGE_PATHS" {
        values: "`short`, `full`",
        meaning: "`short` shows source paths without the builder's folders: `tokio-1.41.0/src/fs/read.rs` ([what a report holds](privacy.md))",
        expected: "short or full",
    }
    CALLERS "TOLLBRIDGE_CALLERS" {
        values: "`on`, `off`",
        meaning: "whether backtraces are sampled, to name the callers of `tokio::fs`, DNS and dependencies (default `on` under `cargo tollbridge` and with the feature `callers`, on Unix; elsewhere there are none)",
        expected: "on or off",
    }
    TIMELINE "TOLLBRIDGE_TIMELINE" {
        values: "`on`, `off`, a number of hops",
        meaning: "keeps this many hops whole, 1,000 if `on`, for `tollbridge export --to chrome`",
        expected: "off, on or how many hops to keep, at most 16384",
    }
    STUCK "TOLLBRIDGE_STUCK" {
        values: "e.g. `10s`, `500ms`, `2m`",
        meaning: "how long a call is in flight before it counts as stuck (default `10s`)",
        expected: "a duration above 0, such as `10s`, `500ms` or `2m`; a plain number is in seconds",
    }
    SUMMARY "TOLLBRIDGE_SUMMARY" {
        values: "`on`, `off`, `full`",
        meaning: "whether the guard prints its summary on stderr at the end; `full` prints the whole screen of `tollbridge report`, with the feature `flamegraphs`",
        expected: "on, off or full",
    }
    LOG "RUST_LOG" {
        values: "e.g. `info,tollbridge=trace`",
        meaning: "turns recording on, and your own subscriber sees spans and events. If a layer takes a lock for these, it must not hold that lock while it calls `spawn_blocking` ([drop-in.md](../reference/drop-in.md#the-apps-subscriber))",
        expected: "directives of a filter",
    }
}

/// What the environment asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Environment {
    /// `TOLLBRIDGE=off`.
    pub(super) off: bool,
    /// `TOLLBRIDGE`.
    pub(super) detail: Option<Detail>,
    pub(super) transfer: Option<Arm>,
    pub(super) compare: Option<Vec<Arm>>,
    /// `TOLLBRIDGE_PROPAGATE=1`.
    pub(super) propagate: bool,
    pub(super) out: Option<PathBuf>,
    /// `TOLLBRIDGE_TIMELINE`: how many hops are kept whole.
    pub(super) timeline: Option<u32>,
    /// `TOLLBRIDGE_STUCK`.
    pub(super) stuck: Option<Duration>,
    /// `TOLLBRIDGE_SUMMARY`.
    pub(super) summary: Option<Summary>,
    /// `TOLLBRIDGE_KEEP`.
    pub(super) keep: Option<NonZeroU32>,
    /// `TOLLBRIDGE_PATHS=short`.
    pub(super) short_paths: bool,
    /// `TOLLBRIDGE_CALLERS`.
    pub(super) callers: Option<bool>,
    /// The most that a directive of `RUST_LOG` lets through.
    pub(super) log: Option<Detail>,
}

impl Environment {
    pub(super) fn read() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let recording = meant(&variable, variable::RECORDING, words::recording)?;
        Ok(Self {
            off: recording == Some(None),
            detail: recording.flatten(),
            transfer: meant(&variable, variable::TRANSFER, words::bridge)?,
            compare: meant(&variable, variable::COMPARE, words::bridges)?,
            propagate: meant(&variable, variable::PROPAGATE, words::switch)?.unwrap_or(false),
            out: variable(variable::OUT.name).filter(|out| !out.is_empty()).map(PathBuf::from),
            timeline: meant(&variable, variable::TIMELINE, hops)?,
            stuck: meant(&variable, variable::STUCK, words::duration)?,
            summary: meant(&variable, variable::SUMMARY, words::summary)?,
            keep: meant(&variable, variable::KEEP, words::keep)?.flatten(),
            short_paths: meant(&variable, variable::PATHS, words::short_paths)?.unwrap_or(false),
            callers: meant(&variable, variable::CALLERS, words::switch)?,
            // A log filter that is no text is no filter for tracing_subscriber either.
            log: variable(variable::LOG.name).and_then(|log| named_in(&log.to_string_lossy())),
        })
    }

    /// The variable that asks for a recording which does not begin: nothing is armed, and this is not because of `off`.
    pub(super) fn asks_in_vain(&self) -> Option<&'static str> {
        let asks = [
            (self.detail.is_some(), variable::RECORDING.name),
            (self.compare.is_some(), variable::COMPARE.name),
            (self.timeline.is_some_and(|hops| hops > 0), variable::TIMELINE.name),
        ];
        asks.into_iter().find(|(asks, _)| *asks && !self.off).map(|(_, name)| name)
    }

    /// What to arm where there is no guard: what the log is to see.
    pub(super) fn visible_settings(&self) -> Option<Settings> {
        let log = self.log.filter(|_| !self.off)?;
        Some(self.settings(log.max(self.detail.unwrap_or(log))))
    }

    /// What to arm.
    pub(super) fn settings(&self, detail: Detail) -> Settings {
        let arms = self.compare.clone().unwrap_or_else(|| vec![self.transfer.unwrap_or(Arm::Snapshot)]);
        let (compare, visible, propagate) = (self.compare.is_some(), self.log.is_some(), self.propagate);
        let (timeline, stuck) = (self.timeline.unwrap_or(0), self.stuck.unwrap_or(DEFAULT_STUCK));
        let bridges_all = compare || self.transfer.is_some();
        Settings {
            detail,
            arms,
            bridges_all,
            compare,
            visible,
            propagate,
            timeline,
            stuck,
            callers: self.callers.unwrap_or(true),
            short_paths: self.short_paths,
        }
    }

    /// How much to record; `None` if nothing is to be armed.
    pub(super) fn armed_detail(&self) -> Option<Detail> {
        self.detail.max(self.log).filter(|_| !self.off)
    }
}

/// What `meaning` makes of a variable's words, which it is given in lower case. An empty variable is an unset one.
fn meant<T>(
    variable: impl Fn(&str) -> Option<OsString>,
    Variable { name, expected }: Variable,
    meaning: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let text = value.into_string().map_err(|raw| Error::variable(name, &raw.to_string_lossy(), "text in UTF-8"))?;
    let found = meaning(&text.to_ascii_lowercase()).ok_or_else(|| Error::variable(name, &text, expected))?;
    Ok(Some(found))
}

/// How many hops are kept whole. `1` is a number here.
fn hops(word: &str) -> Option<u32> {
    let number = word.parse().ok().filter(|hops| *hops <= MAX_TIMELINE);
    number.or_else(|| words::switch(word).map(|on| if on { DEFAULT_TIMELINE } else { 0 }))
}

/// What the directives of a filter that name tollbridge let through. A bare level names nobody.
///
/// Follows the grammar of `tracing_subscriber::EnvFilter`: `target[span{field=value}]=level`, separated by commas.
fn named_in(filter: &str) -> Option<Detail> {
    directives(filter)
        .filter_map(|directive| {
            let end = directive.find(['=', '[']).unwrap_or(directive.len());
            let target = directive[..end].trim();
            if target != "tollbridge" && !target.starts_with("tollbridge::") {
                return None;
            }
            let after_span = directive.rfind(']').map_or(end, |bracket| bracket + 1);
            let level = directive[after_span..].trim().strip_prefix('=').map_or("trace", str::trim);
            match level.to_ascii_lowercase().as_str() {
                "trace" | "5" => Some(Detail::Locks),
                "debug" | "4" => Some(Detail::Phases),
                // The event at a hop's end is at DEBUG: nothing would be seen.
                _ => None,
            }
        })
        .max()
}

/// The parts between commas that stand in no brackets.
fn directives(filter: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0i32;
    filter
        .split(move |c| {
            match c {
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                _ => {}
            }
            c == ',' && depth <= 0
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Environment, Error> {
        Environment::from_variables(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_guide_has_every_variable() {
        let rows = GUIDE.iter().map(|[name, values, meaning]| format!("| `{name}` | {values} | {meaning} |\n"));
        let table = format!("\n| variable | values | meaning |\n|---|---|---|\n{}\n", rows.collect::<String>());
        tollbridge_testkit::golden::part_of_page("docs/guide/start.md", "variables", &table);
    }

    #[test]
    fn a_bare_level_does_not_arm() {
        for filter in
            ["debug", "trace", "info,my_app=trace", "tollbridger=trace", "tollbridge=info", "tollbridge=off", ""]
        {
            assert_eq!(named_in(filter), None, "{filter}");
        }
    }

    #[test]
    fn a_directive_that_names_tollbridge_arms() {
        for (filter, detail) in [
            ("info,tollbridge=trace", Detail::Locks),
            ("info,tollbridge=debug", Detail::Phases),
            ("tollbridge", Detail::Locks),
            (" tollbridge::hop = DEBUG , info", Detail::Phases),
            ("tollbridge=debug,tollbridge::lock=trace", Detail::Locks),
            ("my_app[request{id=1,path=2}]=debug,tollbridge[hop{arm=naive}]=debug", Detail::Phases),
        ] {
            assert_eq!(named_in(filter), Some(detail), "{filter}");
        }
    }

    #[test]
    fn nothing_set_arms_nothing() {
        let environment = of(&[]).unwrap();
        assert_eq!((environment.armed_detail(), environment.visible_settings()), (None, None));
    }

    #[test]
    fn the_recorder_alone_shows_nothing_to_the_app() {
        let environment = of(&[("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_COMPARE", "native, naive")]).unwrap();
        assert_eq!(environment.armed_detail(), Some(Detail::Locks));
        let settings = environment.settings(Detail::Locks);
        assert_eq!((settings.visible, settings.compare, settings.arms), (false, true, vec![Arm::Native, Arm::Naive]));
        assert_eq!(environment.visible_settings(), None);
    }

    #[test]
    fn a_timeline_has_the_size_that_is_asked_for() {
        for (value, hops) in [("on", DEFAULT_TIMELINE), ("off", 0), ("0", 0), ("16384", MAX_TIMELINE), ("", 0)] {
            let settings = of(&[("TOLLBRIDGE_TIMELINE", value)]).unwrap().settings(Detail::Phases);
            assert_eq!(settings.timeline, hops, "{value}");
        }
    }

    #[test]
    fn the_time_after_which_a_hop_is_stuck_is_the_default_or_the_one_asked_for() {
        for (value, stuck) in [("", DEFAULT_STUCK), ("500MS", Duration::from_millis(500))] {
            let settings = of(&[("TOLLBRIDGE_STUCK", value)]).unwrap().settings(Detail::Phases);
            assert_eq!(settings.stuck, stuck, "{value}");
        }
    }

    #[test]
    fn as_many_runs_are_kept_as_are_asked_for() {
        for (value, keep) in [("", None), ("off", None), ("OFF", None), ("1", Some(1)), ("250", Some(250))] {
            let environment = of(&[("TOLLBRIDGE_KEEP", value)]).unwrap();
            assert_eq!(environment.keep.map(NonZeroU32::get), keep, "{value}");
        }
    }

    #[test]
    fn paths_are_short_where_that_is_asked_for() {
        for (value, short) in [("", false), ("full", false), ("Short", true)] {
            let settings = of(&[("TOLLBRIDGE_PATHS", value)]).unwrap().settings(Detail::Phases);
            assert_eq!(settings.short_paths, short, "{value}");
        }
    }

    #[test]
    fn callers_are_looked_at_unless_that_is_turned_off() {
        for (value, callers) in [("", true), ("on", true), ("OFF", false), ("0", false)] {
            let settings = of(&[("TOLLBRIDGE_CALLERS", value)]).unwrap().settings(Detail::Phases);
            assert_eq!(settings.callers, callers, "{value}");
        }
    }

    #[test]
    fn what_asks_for_a_recording_is_named() {
        for (variables, name) in [
            (&[("TOLLBRIDGE", "1"), ("TOLLBRIDGE_TIMELINE", "on")][..], Some("TOLLBRIDGE")),
            (&[("TOLLBRIDGE_COMPARE", "native,naive"), ("TOLLBRIDGE_TIMELINE", "off")], Some("TOLLBRIDGE_COMPARE")),
            (&[("TOLLBRIDGE_TIMELINE", "1")], Some("TOLLBRIDGE_TIMELINE")),
            (&[("TOLLBRIDGE_TRANSFER", "naive"), ("TOLLBRIDGE_TIMELINE", "0")], None),
            (&[("TOLLBRIDGE", "0"), ("TOLLBRIDGE_COMPARE", "native,naive")], None),
        ] {
            assert_eq!(of(variables).unwrap().asks_in_vain(), name, "{variables:?}");
        }
    }

    #[test]
    fn off_wins() {
        let environment = of(&[("TOLLBRIDGE", "off"), ("RUST_LOG", "tollbridge=trace")]).unwrap();
        assert_eq!((environment.armed_detail(), environment.visible_settings()), (None, None));
    }

    #[test]
    fn malformed_values_name_the_variable_and_the_remedy() {
        for (name, value, remedy) in [
            ("TOLLBRIDGE", "yes", "off, phases (or 1, on, true) or locks"),
            ("TOLLBRIDGE_TRANSFER", "fast", "snapshot, naive or native"),
            ("TOLLBRIDGE_TRANSFER", "wrapped", "snapshot, naive or native"),
            ("TOLLBRIDGE_COMPARE", "native;naive", "separated by commas"),
            ("TOLLBRIDGE_COMPARE", "Naive", "at least two"),
            ("TOLLBRIDGE_STUCK", "0", "a duration above 0"),
            ("TOLLBRIDGE_SUMMARY", "no", "on, off or full"),
            ("TOLLBRIDGE_KEEP", "0", "at least 1"),
            ("TOLLBRIDGE_KEEP", "-1", "off, or how many"),
            ("TOLLBRIDGE_PATHS", "1", "short or full"),
            ("TOLLBRIDGE_CALLERS", "some", "on or off"),
            ("TOLLBRIDGE_TIMELINE", "16385", "at most 16384"),
            ("TOLLBRIDGE_TIMELINE", "-1", "off, on"),
        ] {
            let message = of(&[(name, value)]).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains(value) && message.contains(remedy), "{message}");
        }
    }
}
