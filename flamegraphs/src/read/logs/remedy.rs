//! What to do with a file in which no hop can be read, by what was found in it.

use serde_json::Value;

use super::event::{ANCHOR, EVENT_ONLY};
use super::found::short;
use crate::harmless::shell_word;
use crate::read::fault::RUN;

/// Of what can be done the one that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Remedy {
    /// There was no hop of any form.
    #[default]
    Run,
    /// Hops stand in the texts of a member, by jq's path.
    Member(String),
    /// Objects of several lines each.
    Compact,
    /// What unpacks or converts it.
    Pipe(&'static str),
    /// There are hops, and something is wrong with each.
    Mend,
    /// It breaks off before there could be one.
    Whole,
}

impl Remedy {
    /// `name`: what messages call the file; `packed`: what unpacks it.
    pub(super) fn text(&self, name: &str, packed: Option<&str>) -> String {
        let file = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
        let through = |filter: &str| match (file, packed) {
            (Some(file), None) => format!("try {filter} {} | tollbridge report -", shell_word(file)),
            (Some(file), Some(unpack)) => format!("try {unpack} {} | {filter} | tollbridge report -", shell_word(file)),
            (None, None) => format!("put {filter} before tollbridge report -"),
            (None, Some(unpack)) => format!("put {unpack} | {filter} before tollbridge report -"),
        };
        match self {
            Self::Run => RUN.to_owned(),
            Self::Member(path) => through(&format!("jq -r {}", shell_word(path))),
            Self::Compact => through("jq -c ."),
            Self::Pipe(command) => match packed {
                Some(unpack) if unpack == *command => through_once(file, unpack),
                _ => through(command),
            },
            Self::Mend => "take a log whose lines are as the app wrote them".to_owned(),
            Self::Whole => "take a whole copy of it".to_owned(),
        }
    }
}

/// Packed twice with the same: once by hand, and the rest is undone here.
fn through_once(file: Option<&str>, unpack: &str) -> String {
    match file {
        Some(file) => format!("try {unpack} {} | tollbridge report -", shell_word(file)),
        None => format!("put {unpack} before tollbridge report -"),
    }
}

/// What to do with a line that has a hop's name in it and is no hop: where in its object the hop's line stands.
pub(super) fn of_line(line: &[u8]) -> Option<(String, Remedy)> {
    /// Places at which an object may begin.
    const TRIES: usize = 4;
    let trimmed = line.trim_ascii();
    let objects = memchr::memchr2_iter(b'{', b'[', line).take(TRIES);
    for open in objects {
        let value = serde_json::Deserializer::from_slice(&line[open..]).into_iter::<Value>().next();
        if let Some(path) = value.and_then(Result::ok).and_then(|value| path_to_hop(&value)) {
            // jq wants a dot first.
            let path = if path.starts_with('[') { format!(".{path}") } else { path };
            let name = short(path.trim_matches(['.', '[', ']']));
            // No command is shown that a terminal would take for its own.
            let remedy = if short(&path) == path { Remedy::Member(path) } else { Remedy::Mend };
            return Some((format!("hops stand in the member \"{name}\""), remedy));
        }
    }
    let has_all = [ANCHOR].iter().chain(&EVENT_ONLY).all(|name| memchr::memmem::find(line, name.as_bytes()).is_some());
    if serde_json::from_slice::<String>(trimmed).is_ok_and(|text| path_to_hop(&Value::String(text)).is_some()) {
        return Some(("each line of the app is a quoted text".to_owned(), Remedy::Member(".".to_owned())));
    }
    // A member on a line of its own.
    let member = member_alone(trimmed);
    member.or_else(|| has_all.then(|| ("hops stand there as quoted texts".to_owned(), Remedy::Mend)))
}

fn member_alone(trimmed: &[u8]) -> Option<(String, Remedy)> {
    let name = trimmed.strip_prefix(b"\"").and_then(|rest| rest.split(|&b| b == b'"').next())?;
    let rest = trimmed.get(name.len() + 2..)?.trim_ascii_start();
    rest.starts_with(b":").then(|| {
        let name = short(&String::from_utf8_lossy(name));
        (format!("hops stand in the member \"{name}\" of objects that take several lines each"), Remedy::Compact)
    })
}

/// jq's path to the first text that quotes a hop's line.
fn path_to_hop(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => [ANCHOR].iter().chain(&EVENT_ONLY).all(|name| text.contains(name)).then(String::new),
        Value::Array(items) => items.iter().find_map(path_to_hop).map(|rest| format!("[]{rest}")),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let rest = path_to_hop(member)?;
            let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit());
            Some(if is_word { format!(".{name}{rest}") } else { format!("[{}]{rest}", Value::from(name.as_str())) })
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOP: &str = "DEBUG tollbridge::hop: hop code.file.path=x called_ns=1 copied_bytes=2";

    fn of(line: &str) -> Option<(String, String)> {
        let (found, remedy) = of_line(line.as_bytes())?;
        Some((found, remedy.text("`app.log`", None)))
    }

    #[test]
    fn the_member_is_named() {
        for (line, member, jq) in [
            (format!("{{\"line\":\"{HOP}\"}}"), "line", ".line"),
            (format!("svc | {{\"a\":1,\"event\":{{\"original\":\"{HOP}\"}}}}"), "event.original", ".event.original"),
            (format!("{{\"values\":[[\"1\",\"{HOP}\"]]}}"), "values", "'.values[][]'"),
            (format!("[{{\"text-payload\":\"{HOP}\"}}]"), "text-payload", "'.[][\"text-payload\"]'"),
        ] {
            let (found, remedy) = of(&line).unwrap();
            assert!(found.contains(member), "{found}");
            assert_eq!(remedy, format!("try jq -r {jq} app.log | tollbridge report -"));
        }
        assert_eq!(of("{\"line\":\"code.file.path\"}"), None);
        assert_eq!(of("INFO app: code.file.path"), None);
        let (found, remedy) = of(&format!("\t\"MESSAGE\" : \"{HOP}\",")).unwrap();
        assert!(found.contains("\"MESSAGE\" of objects"), "{found}");
        assert_eq!(remedy, "try jq -c . app.log | tollbridge report -");
    }

    #[test]
    fn quoted_lines_are_told() {
        let quoted = Value::from(HOP).to_string();
        assert_eq!(of(&quoted).unwrap().1, "try jq -r . app.log | tollbridge report -");
        let (found, remedy) = of(&format!("ts=1 msg={}", Value::from(quoted))).unwrap();
        assert_eq!(
            (&*found, &*remedy),
            ("hops stand there as quoted texts", "take a log whose lines are as the app wrote them")
        );
    }

    #[test]
    fn a_name_reaches_no_terminal_as_more_than_text() {
        let long = "n".repeat(1000);
        for line in [
            format!("{{\"a\\u001b[31m\":\"{HOP}\"}}"),
            format!("{{\"a\u{202e}b\":\"{HOP}\"}}"),
            format!("{{\"{long}\":\"{HOP}\"}}"),
        ] {
            let (found, remedy) = of(&line).unwrap();
            for text in [found, remedy] {
                assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}') && text.len() < 300, "{text:?}");
            }
        }
        let (found, _) = of(&format!("\"\0E\u{7f}\": \"{HOP}\",")).unwrap();
        assert!(!found.contains(char::is_control), "{found:?}");
    }

    #[test]
    fn the_command_can_be_pasted() {
        let pipe = Remedy::Pipe("xz -dc");
        assert_eq!(pipe.text("`a b.xz`", None), "try xz -dc 'a b.xz' | tollbridge report -");
        assert_eq!(pipe.text("standard input", None), "put xz -dc before tollbridge report -");
        assert_eq!(pipe.text("`a.gz`", Some("gzip -dc")), "try gzip -dc a.gz | xz -dc | tollbridge report -");
        assert_eq!(
            Remedy::Pipe("gzip -dc").text("`a.gz`", Some("gzip -dc")),
            "try gzip -dc a.gz | tollbridge report -"
        );
    }
}
