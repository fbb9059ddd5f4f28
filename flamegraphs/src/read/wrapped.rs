//! Lines that a tool put into a JSON object as a text: docker's `json-file` driver in `log`, `journalctl -o json` in
//! `MESSAGE`, as numbers where the text has colours. What only stands before a line needs no undoing.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use serde_json::Deserializer;
use tollbridge_instrument::event::MESSAGE;
use tollbridge_instrument::names::TARGET_HOP;

use super::blocks::Line;
use super::event::ANCHOR;
use super::found::{TOO_LONG, TORN};

/// How a line's text begins that journald tells byte by byte.
pub(super) const BYTES: &str = "\"MESSAGE\":[";

/// A text as it stands there.
pub(super) fn in_bytes(text: &str) -> String {
    text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",")
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    /// Ends with a newline, but for a part of a line that was too long for docker.
    #[serde(borrow)]
    log: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "MESSAGE")]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Bytes(Vec<u8>),
}

/// The line inside.
pub(super) struct Inner<'a> {
    bytes: Cow<'a, [u8]>,
    ended: bool,
}

impl Inner<'_> {
    pub(super) fn line(&self) -> Line<'_> {
        Line::new(&self.bytes, self.ended)
    }
}

/// The line inside a line; `None` if that is not wrapped, an error if it is broken and was a hop by its looks.
pub(super) fn unwrap<'a>(line: &Line<'a>) -> Option<Result<Inner<'a>, String>> {
    let known = [&b"\"log\":"[..], b"\"MESSAGE\":"];
    let open = memmem::find(line.bytes, b"{\"").filter(|_| known.iter().any(|name| has(line.bytes, name)))?;
    match Deserializer::from_slice(&line.bytes[open..]).into_iter::<Wrapped<'_>>().next()? {
        Ok(Wrapped { log: Some(text), .. }) => {
            let ended = text.ends_with('\n');
            let mut bytes = bytes_of(text);
            if ended {
                bytes = match bytes {
                    Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[..bytes.len() - 1]),
                    Cow::Owned(mut bytes) => {
                        bytes.pop();
                        Cow::Owned(bytes)
                    }
                };
            }
            Some(Ok(Inner { bytes, ended }))
        }
        Ok(Wrapped { message: Some(Message::Text(text)), .. }) => {
            Some(Ok(Inner { bytes: bytes_of(text), ended: true }))
        }
        Ok(Wrapped { message: Some(Message::Bytes(bytes)), .. }) => {
            Some(Ok(Inner { bytes: bytes.into(), ended: true }))
        }
        Ok(_) => None,
        Err(error) => says_hop(line.bytes).then(|| {
            Err(match (line.too_long, line.ended) {
                (true, _) => TOO_LONG.to_owned(),
                (false, false) => TORN.to_owned(),
                (false, true) => error.to_string(),
            })
        }),
    }
}

fn bytes_of(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Whether a hop's first words are in a broken line.
fn says_hop(bytes: &[u8]) -> bool {
    has(bytes, TARGET_HOP.as_bytes())
        || has(bytes, format!("{MESSAGE} {ANCHOR}").as_bytes())
        || has(bytes, format!(r#"\"message\":\"{MESSAGE}\""#).as_bytes())
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    memmem::find(bytes, part).is_some()
}
