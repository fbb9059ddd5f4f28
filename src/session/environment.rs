//! The switches in the environment. The case of their words does not matter.
//!
//! | variable | values | meaning |
//! |---|---|---|
//! | `TOLLBRIDGE` | `off`, `phases`, `locks`; `1`, `on` and `true` mean `phases`, `0` and `false` mean `off` | turns recording on; nothing is written to the app's log. `off` overrides every other variable |
//! | `TOLLBRIDGE_TRANSFER` | `snapshot`, `naive`, `native` | the bridge of all hops |
//! | `TOLLBRIDGE_COMPARE` | two or three of them, separated by commas | each hop uses one of them at random |
//! | `TOLLBRIDGE_PROPAGATE` | `1`, `0` | whether jobs run in the span that their caller was in, while recording is on |
//! | `TOLLBRIDGE_OUT` | a folder | where each run's own folder is made |
//! | `TOLLBRIDGE_TIMELINE` | `on`, `off`, a number of hops | whether hops are kept whole, 1,000 if `on` |
//! | `TOLLBRIDGE_STUCK` | `10s`, `500ms`, `2m`, a number of seconds | how long a hop is in flight before it counts as stuck |
//! | `TOLLBRIDGE_SUMMARY` | `on`, `off`, `full` | whether the guard prints its summary; `full`: the whole screen of `tollbridge report` (feature `flamegraphs`) |
//! | `TOLLBRIDGE_KEEP` | `off`, a number of runs | how many runs of this executable are kept in the output folder; the oldest that have ended go |
//! | `TOLLBRIDGE_PATHS` | `short`, `full` | whether source paths are shown without the builder's folders |
//! | `RUST_LOG` | a directive that names tollbridge, `debug` or `trace` | turns recording on, and the app's subscriber sees spans and events |

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use tollbridge_instrument::names::{Arm, Detail};
use tollbridge_instrument::record::{DEFAULT_STUCK, Settings};

use super::error::Error;
use super::summary::Summary;
use super::timeline::{DEFAULT_TIMELINE, MAX_TIMELINE};
use super::words;

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
    /// The most that a directive of `RUST_LOG` lets through.
    pub(super) log: Option<Detail>,
}

impl Environment {
    pub(super) fn read() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let recording = meant(&variable, "TOLLBRIDGE", words::recording, "off, phases (or 1, on, true) or locks")?;
        Ok(Self {
            off: recording == Some(None),
            detail: recording.flatten(),
            transfer: meant(&variable, "TOLLBRIDGE_TRANSFER", words::bridge, "snapshot, naive or native")?,
            compare: meant(
                &variable,
                "TOLLBRIDGE_COMPARE",
                words::bridges,
                "at least two of native, snapshot and naive, separated by commas; TOLLBRIDGE_TRANSFER picks a single one",
            )?,
            propagate: meant(&variable, "TOLLBRIDGE_PROPAGATE", words::switch, "1 or 0")?.unwrap_or(false),
            out: variable("TOLLBRIDGE_OUT").filter(|out| !out.is_empty()).map(PathBuf::from),
            timeline: meant(&variable, "TOLLBRIDGE_TIMELINE", hops, "off, on or how many hops to keep, at most 16384")?,
            stuck: meant(
                &variable,
                "TOLLBRIDGE_STUCK",
                words::duration,
                "a duration above 0, such as `10s`, `500ms` or `2m`; a plain number is in seconds",
            )?,
            summary: meant(&variable, "TOLLBRIDGE_SUMMARY", words::summary, "on, off or full")?,
            keep: meant(&variable, "TOLLBRIDGE_KEEP", words::keep, "off, or how many runs to keep, at least 1")?
                .flatten(),
            short_paths: meant(&variable, "TOLLBRIDGE_PATHS", words::short_paths, "short or full")?.unwrap_or(false),
            // A log filter that is no text is no filter for tracing_subscriber either.
            log: variable("RUST_LOG").and_then(|log| named_in(&log.to_string_lossy())),
        })
    }

    /// The variable that asks for a recording which does not begin: nothing is armed, and this is not because of `off`.
    pub(super) fn asks_in_vain(&self) -> Option<&'static str> {
        let asks = [
            (self.detail.is_some(), "TOLLBRIDGE"),
            (self.compare.is_some(), "TOLLBRIDGE_COMPARE"),
            (self.timeline.is_some_and(|hops| hops > 0), "TOLLBRIDGE_TIMELINE"),
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
        Settings { detail, arms, compare, visible, propagate, timeline, stuck, short_paths: self.short_paths }
    }

    /// How much to record; `None` if nothing is to be armed.
    pub(super) fn armed_detail(&self) -> Option<Detail> {
        self.detail.max(self.log).filter(|_| !self.off)
    }
}

/// What `meaning` makes of a variable's words, which it is given in lower case. An empty variable is an unset one.
fn meant<T>(
    variable: impl Fn(&str) -> Option<OsString>,
    name: &'static str,
    meaning: impl FnOnce(&str) -> Option<T>,
    expected: &'static str,
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
            ("TOLLBRIDGE_TIMELINE", "16385", "at most 16384"),
            ("TOLLBRIDGE_TIMELINE", "-1", "off, on"),
        ] {
            let message = of(&[(name, value)]).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains(value) && message.contains(remedy), "{message}");
        }
    }
}
