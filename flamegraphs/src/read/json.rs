//! Hop events in the JSON form of `tracing_subscriber::fmt`:
//!
//! ```text
//! {"timestamp":"…","level":"DEBUG","fields":{"message":"hop","code.file.path":"src/main.rs",…},"target":"tollbridge::hop"}
//! ```
//!
//! With `flatten_event(true)` the fields stand in the object itself.

use std::borrow::Cow;

use serde::Deserialize;
use tollbridge_instrument::event::MESSAGE;
use tollbridge_instrument::names::TARGET_HOP;

use super::event::Fields;
use super::lines::Line;
use super::text::{Found, TOO_LONG, TORN};

/// What every hop's line begins its fields with.
const FIELDS_START: &str = r#""fields":{"message":"hop","code.file.path":"#;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    target: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fields: Option<Fields<'a>>,
}

/// As [`Event`], whatever the types of a hop's fields.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    target: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fields: Option<HeadFields<'a>>,
}

#[derive(Deserialize)]
struct HeadFields<'a> {
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
}

/// Hands the hop in a line that starts with `{` to `found`, if there is one.
pub(super) fn scan(line: &Line<'_>, found: &mut dyn FnMut(Found<'_>)) {
    let unreadable = match serde_json::from_slice::<Event<'_>>(line.bytes) {
        Ok(event) if event.target.as_deref() == Some(TARGET_HOP) => {
            // Flattened events have no `fields`; theirs are the object's own.
            match event.fields.map_or_else(|| serde_json::from_slice(line.bytes), Ok) {
                Ok(fields) if fields.message.as_deref() == Some(MESSAGE) => {
                    return found(Ok(&fields));
                }
                Ok(_) => return,
                Err(error) => error,
            }
        }
        Ok(_) => return,
        Err(error) => error,
    };
    let reason = match serde_json::from_slice::<Head<'_>>(line.bytes) {
        Ok(head) => {
            let message = head.fields.map_or(head.message, |fields| fields.message);
            let hop = head.target.as_deref() == Some(TARGET_HOP) && message.as_deref() == Some(MESSAGE);
            hop.then(|| unreadable.to_string())
        }
        Err(_) => looks_like_hop(line).then(|| match (line.too_long, line.ended) {
            (true, _) => TOO_LONG.to_owned(),
            (false, false) => TORN.to_owned(),
            (false, true) => unreadable.to_string(),
        }),
    };
    if let Some(reason) = reason {
        found(Err(reason));
    }
}

/// Whether broken JSON was a hop, or, torn off before that shows, may have been one.
fn looks_like_hop(line: &Line<'_>) -> bool {
    let text = String::from_utf8_lossy(line.bytes);
    let target = text.contains(&format!(r#""target":"{TARGET_HOP}""#));
    if text.contains(FIELDS_START) || (target && text.contains(r#""message":"hop""#)) {
        return true;
    }
    if line.ended || line.too_long {
        return false;
    }
    match text.split_once(r#""level":""#) {
        // Cut off in the first member.
        None => {
            r#"{"timestamp":""#.starts_with(&*text) || text.starts_with(r#"{"timestamp":""#) && !text.contains(r#","f"#)
        }
        Some((_, rest)) => {
            // What follows the level in a hop, as far as it goes.
            let hop = format!(r#"DEBUG",{FIELDS_START}"#);
            hop.starts_with(rest) || rest.starts_with(&hop)
        }
    }
}
