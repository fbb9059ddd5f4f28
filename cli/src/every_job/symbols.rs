//! Debug information for the build, so that callers have names and lines: by variables of cargo's, which change no manifest.
//!
//! An optimised build has none unless its profile asks for it, and a stripped one has not even names. `limited` is the least that will do: with line tables
//! alone, a function that the compiler put into another one has its last name only, and an `async fn` none at all. A profile that asks for as much keeps
//! what it has, as far as the workspace's manifest tells.

use std::ffi::OsString;

use toml::{Table, Value};

use super::args::{has, value};

/// The variables, with their values. `manifest`: of the workspace. `is_set`: whether a variable has a value already, which is then the user's.
pub(super) fn variables(
    verb: &str,
    args: &[OsString],
    manifest: &str,
    is_set: impl Fn(&str) -> bool,
) -> Vec<(String, &'static str)> {
    let profile = profile(verb, args);
    // cargo has read it before.
    let manifest: Table = manifest.parse().unwrap_or_default();
    let variable = |what: &str| format!("CARGO_PROFILE_{}_{what}", profile.to_uppercase().replace('-', "_"));
    let names = (!has_names(&manifest, &profile)).then(|| (variable("DEBUG"), "limited"));
    let symbols = (variable("STRIP"), "none");
    names.into_iter().chain([symbols]).filter(|(name, _)| !is_set(name)).collect()
}

/// The profile of the build.
fn profile(verb: &str, args: &[OsString]) -> String {
    let asked = value(args, "--profile").and_then(|profile| profile.into_string().ok());
    let is_release = || has(args, &["--release", "-r"]);
    asked.unwrap_or_else(|| {
        let own = match verb {
            _ if is_release() => "release",
            "bench" => "bench",
            "test" => "test",
            _ => "dev",
        };
        own.to_owned()
    })
}

/// Profiles that inherit from each other are followed so far.
const MAX_DEPTH: usize = 8;

/// Whether a profile asks for names and lines, or more.
fn has_names(manifest: &Table, profile: &str) -> bool {
    let mut profile = profile.to_owned();
    for _ in 0..MAX_DEPTH {
        if let Some(debug) = setting(manifest, &profile, "debug") {
            return !["false", "0", "none", "line-directives-only", "line-tables-only"].contains(&debug.as_str());
        }
        profile = match (setting(manifest, &profile, "inherits"), profile.as_str()) {
            (_, "dev") => return true,
            (_, "release") => return false,
            (Some(parent), _) => parent,
            (None, "test") => "dev".to_owned(),
            (None, _) => "release".to_owned(),
        };
    }
    false
}

/// A setting of a profile.
fn setting(manifest: &Table, profile: &str, name: &str) -> Option<String> {
    match manifest.get("profile")?.get(profile)?.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Boolean(is_on) => Some(is_on.to_string()),
        Value::Integer(level) => Some(level.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(verb: &str, line: &str, manifest: &str, set: &[&str]) -> String {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let variables = variables(verb, &args, manifest, |name| set.contains(&name));
        let words: Vec<String> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        words.join(" ").replace("CARGO_PROFILE_", "")
    }

    #[test]
    fn a_build_without_names_gets_them_and_no_build_is_stripped() {
        for (verb, line, expected) in [
            ("run", "--release", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
            ("build", "-r --bin x", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
            ("bench", "--bench x", "BENCH_DEBUG=limited BENCH_STRIP=none"),
            ("run", "--profile small-one", "SMALL_ONE_DEBUG=limited SMALL_ONE_STRIP=none"),
            ("test", "--profile=ci", "CI_DEBUG=limited CI_STRIP=none"),
            ("test", "--release", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
            ("run", "-- --release", "DEV_STRIP=none"),
            ("test", "x", "TEST_STRIP=none"),
        ] {
            assert_eq!(of(verb, line, "[package]\nname = \"app\"\n", &[]), expected, "{verb} {line}");
        }
    }

    #[test]
    fn a_profile_that_asks_for_as_much_or_more_keeps_it() {
        for (manifest, expected) in [
            ("[profile.release]\nlto = true\ndebug = true # all\n", "RELEASE_STRIP=none"),
            ("[ profile . release ]\ndebug=\"limited\"", "RELEASE_STRIP=none"),
            ("[profile]\nrelease.debug = 1\n", "RELEASE_STRIP=none"),
            ("profile.release.debug = 2\n", "RELEASE_STRIP=none"),
            ("[profile]\nrelease = { debug = 2 }\n", "RELEASE_STRIP=none"),
            ("[profile.release]\ndebug = 0\n", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
            ("[profile.release]\n# debug = true\n", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
            ("[profile.release]\ndebug = \"line-tables-only\"\n", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
            ("[profile.release.package.x]\ndebug = true\n", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
            ("[profile.dev]\ndebug = true\n", "RELEASE_DEBUG=limited RELEASE_STRIP=none"),
        ] {
            assert_eq!(of("run", "--release", manifest, &[]), expected, "{manifest}");
        }
        let none =
            "[profile.dev]\ndebug = false\n[profile.mine]\ninherits = \"dev\"\n[profile.loop]\ninherits = \"loop\"\n";
        assert_eq!(of("run", "x", none, &[]), "DEV_DEBUG=limited DEV_STRIP=none");
        assert_eq!(of("test", "x", none, &[]), "TEST_DEBUG=limited TEST_STRIP=none");
        assert_eq!(of("run", "--profile mine", none, &[]), "MINE_DEBUG=limited MINE_STRIP=none");
        assert_eq!(of("run", "--profile loop", none, &[]), "LOOP_DEBUG=limited LOOP_STRIP=none");
        let inherited = "[profile.release]\ndebug = true\n[profile.fast]\ninherits = \"release\"\n";
        assert_eq!(of("run", "--profile fast", inherited, &[]), "FAST_STRIP=none");
        assert_eq!(of("bench", "x", inherited, &[]), "BENCH_STRIP=none");
    }

    #[test]
    fn what_the_user_has_set_stays() {
        let set = ["CARGO_PROFILE_RELEASE_DEBUG", "CARGO_PROFILE_RELEASE_STRIP"];
        assert_eq!(of("run", "--release", "", &set), "");
        assert_eq!(of("run", "--release", "", &set[1..]), "RELEASE_DEBUG=limited");
    }
}
