//! Lines that a tool put into a JSON object as a text: docker's `json-file` driver and fluentd in `log`, `journalctl -o
//! json` in `MESSAGE`, as numbers where the text has colours. What only stands before a line needs no undoing.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use tollbridge_report::event::MESSAGE;
use tollbridge_report::names::TARGET_HOP;

use super::blocks::LogLine;
use super::event::{ANCHOR, ANCHORS, Text};
use super::found::{TANGLED, TOO_LONG, TORN};
use super::objects::{Object, Work, around};

/// How a line's text begins that journald tells byte by byte.
pub(super) const BYTES: &str = "\"MESSAGE\":[";

/// Members that hold a line.
static MEMBERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["\"log\"", "\"MESSAGE\""].map(Finder::new));

/// A text as it stands there.
pub(super) fn in_bytes(text: &str) -> String {
    text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",")
}

/// The value of a member that may hold a line.
enum Content<'a> {
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
    /// `log` is an object of a file's path in the Elastic Common Schema.
    Other,
}

impl<'de> Deserialize<'de> for Content<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let (mut bytes, mut other) = (Vec::new(), false);
        while let Some(item) = items.next_element::<serde_json::Value>()? {
            match item.as_u64().map(u8::try_from) {
                Some(Ok(byte)) => bytes.push(byte),
                _ => other = true,
            }
        }
        Ok(if other { Content::Other } else { Content::Bytes(bytes) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Content::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Content::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Content::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Content::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::Other)
    }
}

#[derive(Default)]
struct Wrapped<'a> {
    log: Option<Content<'a>>,
    message: Option<Content<'a>>,
    /// The tool says that the line goes on.
    is_part: bool,
    /// The process that wrote it, says journald.
    pid: Option<u32>,
    /// docker's `json-file` names the stream, and nothing but the stream and the time.
    stream: bool,
    more: bool,
}

impl<'a> Wrapped<'a> {
    fn content(self) -> Option<(Cow<'a, [u8]>, bool)> {
        // Of a line that was too long for it, `json-file` writes parts without a newline. Others write no line's.
        let may_be_part = self.is_part || self.stream && !self.more;
        let (content, is_log) = match (self.log, self.message) {
            (Some(content @ (Content::Text(_) | Content::Bytes(_))), _) => (content, true),
            (_, Some(content)) => (content, false),
            _ => return None,
        };
        let bytes: Cow<'a, [u8]> = match content {
            Content::Text(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Content::Text(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            Content::Bytes(bytes) => Cow::Owned(bytes),
            Content::Other => return None,
        };
        let newline = bytes.ends_with(b"\n");
        let ended = if is_log { !self.is_part && (newline || !may_be_part) } else { true };
        Some((without_newline(bytes, newline), ended))
    }
}

fn without_newline(bytes: Cow<'_, [u8]>, newline: bool) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[..bytes.len() - usize::from(newline)]),
        Cow::Owned(mut bytes) => {
            bytes.truncate(bytes.len() - usize::from(newline));
            Cow::Owned(bytes)
        }
    }
}

impl<'de> Deserialize<'de> for Wrapped<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WrappedVisitor)
    }
}

struct WrappedVisitor;

impl<'de> Visitor<'de> for WrappedVisitor {
    type Value = Wrapped<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut wrapped = Wrapped::default();
        while let Some(name) = members.next_key::<Text<'de>>()? {
            match &*name {
                "log" => wrapped.log = Some(members.next_value()?),
                "MESSAGE" => wrapped.message = Some(members.next_value()?),
                // fluentd's driver; Fluent Bit of a CRI file.
                "partial_message" | "logtag" | "_p" => {
                    wrapped.more = true;
                    let value: Content<'de> = members.next_value()?;
                    wrapped.is_part |= matches!(&value, Content::Text(text) if matches!(&**text, "true" | "P"));
                }
                "_PID" => {
                    wrapped.more = true;
                    let value: Content<'de> = members.next_value()?;
                    wrapped.pid = if let Content::Text(pid) = &value { pid.parse().ok() } else { None };
                }
                "stream" => {
                    wrapped.stream = true;
                    members.next_value::<IgnoredAny>()?;
                }
                "time" | "attrs" => {
                    members.next_value::<IgnoredAny>()?;
                }
                _ => {
                    wrapped.more = true;
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(wrapped)
    }
}

/// A line that was found in another one.
pub(super) enum Next<'a> {
    Inner(Inner<'a>),
    /// What was a hop by its looks, and where to look on.
    Broken {
        reason: String,
        end: usize,
    },
}

/// The line inside, and where in the outer one its object stands.
pub(super) struct Inner<'a> {
    pub(super) open: usize,
    pub(super) end: usize,
    pub(super) pid: Option<u32>,
    bytes: Cow<'a, [u8]>,
    ended: bool,
}

impl Inner<'_> {
    pub(super) fn line(&self) -> LogLine<'_> {
        LogLine::new(&self.bytes, self.ended)
    }
}

/// The next line inside a line, whose member stands at or behind `from`, and whose object begins at or behind `open_from`.
pub(super) fn next<'a>(line: &LogLine<'a>, from: usize, open_from: usize, work: &mut Work) -> Option<Next<'a>> {
    let bytes = line.bytes;
    let mut looked_to = from;
    while let Some(at) = next_member(bytes, looked_to) {
        looked_to = at + 1;
        let has_text = |wrapped: &Wrapped<'_>| wrapped.log.is_some() || wrapped.message.is_some();
        match around::<Wrapped<'_>>(bytes, open_from, at, work, has_text) {
            Object::Found(wrapped, end) => {
                let pid = wrapped.pid;
                match wrapped.content() {
                    // Its beginning is of no interest, but that it is not text.
                    Some((bytes, ended)) if may_hold_a_hop(&bytes) => {
                        return Some(Next::Inner(Inner { open: at, end, pid, bytes, ended }));
                    }
                    // The object around it may have a member of that name, too.
                    Some(_) => {}
                    None => looked_to = looked_to.max(end),
                }
            }
            Object::None => {}
            Object::Tangled => return Some(Next::Broken { reason: TANGLED.to_owned(), end: bytes.len() }),
            Object::Broken(_, error) => {
                let end = next_member(bytes, looked_to).unwrap_or(bytes.len());
                if !work.spend(end - from) || says_hop(&bytes[from..end]) {
                    let reason = match (line.too_long, line.ended) {
                        (true, _) => TOO_LONG.to_owned(),
                        (false, false) => TORN.to_owned(),
                        (false, true) => error.to_string(),
                    };
                    return Some(Next::Broken { reason, end });
                }
            }
        }
    }
    None
}

/// Whether it names a hop's field, or may hold one in numbers.
fn may_hold_a_hop(inner: &[u8]) -> bool {
    ANCHORS.find(inner).is_some() || has(inner, b"MESSAGE")
}

/// Where the next name of a member stands that may hold a line.
fn next_member(bytes: &[u8], from: usize) -> Option<usize> {
    let is_key = |at: &usize, name: &Finder<'_>| {
        let rest = bytes[from + at + name.needle().len()..].trim_ascii_start();
        rest.first() == Some(&b':')
    };
    let first = |name: &Finder<'_>| name.find_iter(&bytes[from..]).find(|at| is_key(at, name));
    MEMBERS.iter().filter_map(first).min().map(|at| from + at)
}

/// How often a hop's first words are in a broken line.
pub(super) fn hops_said(bytes: &[u8]) -> usize {
    memmem::find_iter(bytes, TARGET_HOP).count() + memmem::find_iter(bytes, &in_bytes(TARGET_HOP)).count()
}

fn says_hop(bytes: &[u8]) -> bool {
    has(bytes, TARGET_HOP.as_bytes())
        || has(bytes, format!("{MESSAGE} {ANCHOR}").as_bytes())
        || has(bytes, format!(r#"\"message\":\"{MESSAGE}\""#).as_bytes())
        || [TARGET_HOP, &format!("{MESSAGE} {ANCHOR}"), &format!(r#""message":"{MESSAGE}""#)]
            .iter()
            .any(|text| has(bytes, in_bytes(text).as_bytes()))
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    memmem::find(bytes, part).is_some()
}
