//! Hop events in JSON, as `tracing_subscriber::fmt` writes them or a tool that passes lines on has wrapped them:
//!
//! ```text
//! {"timestamp":"…","level":"DEBUG","fields":{"message":"hop","code.file.path":"src/main.rs",…},"target":"tollbridge::hop"}
//! ```
//!
//! Only the object that holds the fields is read: `fields`, or the whole one with `flatten_event(true)`. What stands
//! around it may lack any member, and be anything.

use serde_json::Deserializer;
use tollbridge_instrument::event::MESSAGE;

use super::blocks::Line;
use super::event::{ANCHOR, Fields};
use super::found::{Found, MAX_TRIES, TOO_LONG, TORN};

/// Opening braces before a field that are tried as its object's. There is one, but for objects that other members hold
/// and braces in texts.
const MAX_BRACES: usize = 16;

/// Hands every hop in a line to `found`; more than one only where a torn line was written on. Gives whether the line
/// has a hop's field in JSON at all.
pub(super) fn scan(line: &Line<'_>, found: &mut dyn FnMut(Found<'_>)) -> bool {
    let mut any = false;
    let keys = memchr::memmem::find_iter(line.bytes, ANCHOR).filter(|&at| is_key(line.bytes, at));
    for at in keys.take(MAX_TRIES) {
        any = true;
        match event(line, at) {
            Some(Ok(fields)) => {
                found(Ok(&fields));
                return true;
            }
            Some(Err(reason)) => found(Err(reason)),
            None => {}
        }
    }
    any
}

/// Whether the name at `at` is a member's, and not one within a text, where quotes are escaped.
fn is_key(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at + ANCHOR.len()..];
    let colon = rest.strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
    bytes[..at].ends_with(b"\"") && colon.is_some_and(|rest| rest.is_empty() || rest.starts_with(b":"))
}

/// The fields of the object that has the member at `at`; `None` if it is not a hop's.
fn event<'a>(line: &Line<'a>, at: usize) -> Option<Result<Fields<'a>, String>> {
    let mut broken = None;
    for open in memchr::memrchr_iter(b'{', &line.bytes[..at]).take(MAX_BRACES) {
        let mut objects = Deserializer::from_slice(&line.bytes[open..]).into_iter::<Fields<'_>>();
        match objects.next()? {
            // Closed before the member.
            Ok(_) if open + objects.byte_offset() <= at => {}
            Ok(fields) if is_hop(&fields) => return Some(Ok(fields)),
            Ok(_) if broken.is_none() => return None,
            // The object around a broken one.
            Ok(_) => break,
            Err(error) => {
                broken.get_or_insert((open, error));
            }
        }
    }
    let (open, error) = broken?;
    says_hop(line.bytes).then(|| {
        Err(match (line.too_long, line.ended) {
            (true, _) => TOO_LONG.to_owned(),
            (false, false) if error.is_eof() => TORN.to_owned(),
            _ => {
                let text = error.to_string();
                let what = text.split(" at line ").next().unwrap_or(&text);
                format!("{what} at column {}", open + error.column())
            }
        })
    })
}

/// By its message; where there is none, by fields that spans have not.
fn is_hop(fields: &Fields<'_>) -> bool {
    fields.message.as_deref().map_or_else(|| fields.is_event(), |message| message == MESSAGE)
}

/// Whether broken JSON has a hop's message.
fn says_hop(bytes: &[u8]) -> bool {
    let member = b"\"message\":";
    memchr::memmem::find_iter(bytes, member).any(|at| {
        let value = bytes[at + member.len()..].trim_ascii_start();
        value
            .strip_prefix(b"\"")
            .and_then(|text| text.strip_prefix(MESSAGE.as_bytes()))
            .is_some_and(|rest| rest.starts_with(b"\""))
    })
}
