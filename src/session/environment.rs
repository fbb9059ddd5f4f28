//! The switches in the environment.
//!
//! | variable | values | meaning |
//! |---|---|---|
//! | `TOLLBRIDGE` | `off`, `phases`, `locks` | arms the ledger alone; `off` wins over everything else |
//! | `TOLLBRIDGE_TRANSFER` | `snapshot`, `naive`, `native` | the bridge while armed |
//! | `TOLLBRIDGE_COMPARE` | arms, separated by commas | every hop gets one of them at random |
//! | `TOLLBRIDGE_PROPAGATE` | `1`, `0` | whether jobs run in the span that their caller was in, while armed |
//! | `TOLLBRIDGE_OUT` | a folder | where each run's own folder is made |
//! | `TOLLBRIDGE_TIMELINE` | `on`, `off`, a number of hops | whether hops are kept whole, 1,000 if `on` |
//! | `TOLLBRIDGE_SUMMARY` | `on`, `off` | whether the guard prints its summary |
//! | `RUST_LOG` | a directive that names tollbridge, `debug` or `trace` | arms, and the app's subscriber sees spans and events |

use std::ffi::OsString;
use std::path::PathBuf;

use tollbridge_instrument::ledger::Settings;
use tollbridge_instrument::names::{Arm, Detail};

use super::error::Error;
use super::timeline::{DEFAULT_TIMELINE, MAX_TIMELINE};

/// The arms that a hop can be given.
pub(super) const BRIDGES: [Arm; 3] = [Arm::Native, Arm::Snapshot, Arm::Naive];

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
    /// `TOLLBRIDGE_SUMMARY=off`.
    pub(super) quiet: bool,
    /// The most that a directive of `RUST_LOG` lets through.
    pub(super) log: Option<Detail>,
}

impl Environment {
    pub(super) fn read() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let text = |name: &'static str| match variable(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) if text.is_empty() => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(raw)) => Err(Error::variable(name, &raw.to_string_lossy(), "text in UTF-8")),
        };
        let out = variable("TOLLBRIDGE_OUT").filter(|out| !out.is_empty()).map(PathBuf::from);
        let mut environment = Self { out, ..Self::default() };
        if let Some(value) = text("TOLLBRIDGE")? {
            match value.as_str() {
                "off" => environment.off = true,
                "phases" => environment.detail = Some(Detail::Phases),
                "locks" => environment.detail = Some(Detail::Locks),
                _ => {
                    return Err(Error::variable("TOLLBRIDGE", &value, "off, phases or locks"));
                }
            }
        }
        if let Some(value) = text("TOLLBRIDGE_TRANSFER")? {
            let arm = bridge(&value)
                .ok_or_else(|| Error::variable("TOLLBRIDGE_TRANSFER", &value, "snapshot, naive or native"))?;
            environment.transfer = Some(arm);
        }
        if let Some(value) = text("TOLLBRIDGE_COMPARE")? {
            let arms: Option<Vec<Arm>> = value.split(',').map(|word| bridge(word.trim())).collect();
            let expected = "some of native, snapshot and naive, separated by commas";
            environment.compare = Some(arms.ok_or_else(|| Error::variable("TOLLBRIDGE_COMPARE", &value, expected))?);
        }
        if let Some(value) = text("TOLLBRIDGE_PROPAGATE")? {
            environment.propagate = match value.as_str() {
                "1" => true,
                "0" => false,
                _ => return Err(Error::variable("TOLLBRIDGE_PROPAGATE", &value, "1 or 0")),
            };
        }
        if let Some(value) = text("TOLLBRIDGE_SUMMARY")? {
            environment.quiet = match value.as_str() {
                "on" => false,
                "off" => true,
                _ => return Err(Error::variable("TOLLBRIDGE_SUMMARY", &value, "on or off")),
            };
        }
        if let Some(value) = text("TOLLBRIDGE_TIMELINE")? {
            let hops = match value.as_str() {
                "off" => Some(0),
                "on" => Some(DEFAULT_TIMELINE),
                number => number.parse().ok().filter(|hops| *hops <= MAX_TIMELINE),
            };
            let expected = "off, on or how many hops to keep, at most 16384";
            environment.timeline = Some(hops.ok_or_else(|| Error::variable("TOLLBRIDGE_TIMELINE", &value, expected))?);
        }
        // A log filter that is no text is no filter for tracing_subscriber either.
        environment.log = variable("RUST_LOG").and_then(|log| named_in(&log.to_string_lossy()));
        Ok(environment)
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
        Settings {
            detail,
            arms,
            compare,
            visible,
            propagate,
            timeline: self.timeline.unwrap_or(0),
            ..Settings::default()
        }
    }

    /// How much to record; `None` if nothing is to be armed.
    pub(super) fn armed_detail(&self) -> Option<Detail> {
        self.detail.max(self.log).filter(|_| !self.off)
    }
}

fn bridge(word: &str) -> Option<Arm> {
    BRIDGES.into_iter().find(|arm| arm.as_str() == word)
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
    fn the_ledger_alone_shows_nothing_to_the_app() {
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
    fn off_wins() {
        let environment = of(&[("TOLLBRIDGE", "off"), ("RUST_LOG", "tollbridge=trace")]).unwrap();
        assert_eq!((environment.armed_detail(), environment.visible_settings()), (None, None));
    }

    #[test]
    fn malformed_values_name_the_variable_and_the_remedy() {
        for (name, value, remedy) in [
            ("TOLLBRIDGE", "on", "off, phases or locks"),
            ("TOLLBRIDGE_TRANSFER", "fast", "snapshot, naive or native"),
            ("TOLLBRIDGE_TRANSFER", "wrapped", "snapshot, naive or native"),
            ("TOLLBRIDGE_COMPARE", "native;naive", "separated by commas"),
            ("TOLLBRIDGE_SUMMARY", "no", "on or off"),
            ("TOLLBRIDGE_TIMELINE", "16385", "at most 16384"),
            ("TOLLBRIDGE_TIMELINE", "-1", "off, on"),
        ] {
            let message = of(&[(name, value)]).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains(value) && message.contains(remedy), "{message}");
        }
    }
}
