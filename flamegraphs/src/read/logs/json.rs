//! Hop events in JSON, as `tracing_subscriber::fmt` writes them or a tool that passes lines on has wrapped them:
//!
//! ```text
//! {"timestamp":"…","level":"DEBUG","fields":{"message":"hop","code.file.path":"src/main.rs",…},"target":"tollbridge::hop"}
//! ```
//!
//! Only the object that holds the fields is read: `fields`, or the whole one with `flatten_event(true)`. What stands
//! around it may lack any member, and be anything.

use tollbridge_report::event::MESSAGE;

use super::blocks::LogLine;
use super::event::{ANCHOR, ANCHORS, Fields};
use super::found::{Found, TANGLED, TOO_LONG, TORN};
use super::objects::{Object, Work, around};

/// Hands every hop in a line to `found`, be they in an array, in an answer of a search, or just one behind the other.
/// Gives whether there may be hops that are no objects of this line.
pub(super) fn scan(line: &LogLine<'_>, found: &mut dyn FnMut(Found<'_>)) -> bool {
    let mut work = Work::on(line.bytes);
    let (mut from, mut any, mut others) = (0, false, false);
    for at in ANCHORS.find_iter(line.bytes) {
        if !is_key(line.bytes, at) {
            others = true;
            continue;
        }
        any = true;
        // Of the spans in a hop that was read.
        if at < from {
            continue;
        }
        match around(line.bytes, from, at, &mut work, is_hop) {
            Object::Found(fields, end) => {
                found(Ok(&fields));
                from = end;
            }
            Object::None => {}
            Object::Tangled => found(Err(TANGLED.to_owned())),
            Object::Broken(open, error) => {
                if !work.spend(line.bytes.len() - from) || says_hop(&line.bytes[from..]) {
                    found(Err(match (line.too_long, line.ended) {
                        (true, _) => TOO_LONG.to_owned(),
                        (false, false) if error.is_eof() => TORN.to_owned(),
                        _ => {
                            let text = error.to_string();
                            let what = text.split(" at line ").next().unwrap_or(&text);
                            format!("{what} at column {}", open + error.column())
                        }
                    }));
                }
            }
        }
    }
    others || !any
}

/// Whether the name at `at` is a member's, and not one within a text, where quotes are escaped.
fn is_key(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at + ANCHOR.len()..];
    let colon = rest.strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
    bytes[..at].ends_with(b"\"") && colon.is_some_and(|rest| rest.is_empty() || rest.starts_with(b":"))
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
