//! The fields of a hop event, as any form of a log gives them, and the hop that they make.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use tollbridge_report::event::field;
use tollbridge_report::hop::{Circumstances, HopRecord, Ops, Site, Stamps};
use tollbridge_report::names::{Detail, Spacing};
use tollbridge_report::{event_fields, moments};

/// The name that every form of the event holds, whole: it is what lines are searched for.
pub(super) const ANCHOR: &str = field::FILE;
pub(super) static ANCHORS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(ANCHOR));

/// Names that a hop's event has, and the spans of a hop have not.
pub(super) const EVENT_ONLY: [&str; 2] = [field::CALLED, field::COPIED_BYTES];

/// Names of all fields but the message.
pub(super) const NAMES: &[&str] = field::ALL;

/// A text that borrows where it can. An `Option<Cow>` never does: serde copies it.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

macro_rules! kind {
    (text) => { Text<'a> };
    (flag) => { bool };
    (moment) => { u64 };
    ($number:ident) => { $number };
}

macro_rules! fields {
    ($($(#[$doc:meta])* $FIELD:ident $name:literal $field:ident: $kind:ident $(($moment:ident))?;)+) => {
        /// What stood in the line; nothing is checked yet. The names are [`field`]'s.
        #[derive(Debug, Default, Deserialize)]
        pub(super) struct Fields<'a> {
            #[serde(borrow)]
            pub(super) message: Option<Text<'a>>,
            $(#[serde(rename = $name)] $field: Option<kind!($kind)>,)+
        }

        impl<'a> Fields<'a> {
            /// Sets a field from its text. `false`, and nothing is set, if the event has no such field or has it already: the
            /// event's own fields are over, and what follows belongs to the spans around it.
            pub(super) fn set(&mut self, name: &str, value: Cow<'a, str>) -> Result<bool, String> {
                match name {
                    $($name => set_value(&mut self.$field, name, value),)+
                    "message" => set_value(&mut self.message, name, value),
                    _ => Ok(false),
                }
            }
        }
    };
}

event_fields!(fields);

macro_rules! moments_read {
    (
        []
        first { $(#[$first_doc:meta])* $first:ident $first_ns:ident $first_text:literal $FIRST:ident }
        between { $($(#[$doc:meta])* $moment:ident $moment_ns:ident $text:literal $MOMENT:ident;)+ }
        last { $(#[$last_doc:meta])* $last:ident $last_ns:ident $last_text:literal $LAST:ident }
    ) => {
        impl Fields<'_> {
            /// The hop's moments. All but the call may be missing.
            fn stamps(&self) -> Result<Stamps, String> {
                Ok(Stamps {
                    $first: self.$first_ns.ok_or_else(|| missing(field::$FIRST))?,
                    $($moment: self.$moment_ns,)+
                    $last: self.$last_ns,
                    pool_thread: self.pool_thread,
                })
            }
        }
    };
}

moments!(moments_read);

impl Fields<'_> {
    /// Whether there are the fields that a hop's spans have not.
    pub(super) fn is_event(&self) -> bool {
        self.called_ns.is_some() && self.copied_bytes.is_some()
    }

    /// The hop. An error says what is missing or does not fit.
    pub(super) fn hop(&self) -> Result<HopRecord<'_>, String> {
        let detail: Detail = word(self.detail.as_deref(), field::DETAIL)?;
        let ops = match (detail, self.ops.as_deref()) {
            (Detail::Phases, _) => Ops::default(),
            (Detail::Locks, Some(ops)) => ops.parse()?,
            (Detail::Locks, None) => return Err(missing(field::OPS)),
        };
        // The counts stand beside the spans: a line that lost a part in the middle shows here.
        for (name, told, counted) in [
            (field::LOCKS, self.locks, ops.transfer_locks()),
            (field::PUBLISH_LOCKS, self.publish_locks, ops.publish_locks()),
            (field::COPIES, self.copies, ops.copies()),
        ] {
            if detail == Detail::Locks && told.ok_or_else(|| missing(name))? != counted {
                return Err(format!("`{name}` and `{}` disagree", field::OPS));
            }
        }
        Ok(HopRecord {
            site: Site {
                file: self.file.as_deref().ok_or_else(|| missing(field::FILE))?,
                line: self.line.ok_or_else(|| missing(field::LINE))?,
                column: self.column.ok_or_else(|| missing(field::COLUMN))?,
                job: self.job.as_deref().ok_or_else(|| missing(field::JOB))?,
            },
            arm: word(self.arm.as_deref(), field::ARM)?,
            detail,
            outcome: word(self.outcome.as_deref(), field::OUTCOME)?,
            stamps: self.stamps()?,
            ops,
            copied_bytes: self.copied_bytes.ok_or_else(|| missing(field::COPIED_BYTES))?,
            circumstances: self.circumstances(),
        })
    }

    fn circumstances(&self) -> Circumstances {
        let spacing = match (self.in_a_row, self.in_a_burst, self.first_of_task) {
            (Some(true), ..) => Spacing::Row,
            (_, Some(true), _) => Spacing::Burst,
            (.., Some(true)) => Spacing::First,
            _ => Spacing::Apart,
        };
        let (nested, runtime) = (self.nested_hop.unwrap_or_default(), self.pool_runtime.unwrap_or_default());
        Circumstances { spacing, nested, runtime }
    }
}

/// What a field's text becomes.
trait FieldValue<'a>: Sized {
    /// What a text that is none is said not to be.
    const KIND: &'static str;

    /// The text, if it is none.
    fn of(text: Cow<'a, str>) -> Result<Self, Cow<'a, str>>;
}

impl<'a> FieldValue<'a> for Text<'a> {
    const KIND: &'static str = "text";

    fn of(text: Cow<'a, str>) -> Result<Self, Cow<'a, str>> {
        Ok(Text(text))
    }
}

macro_rules! parsed {
    ($($kind:ty: $words:literal),+) => {
        $(impl<'a> FieldValue<'a> for $kind {
            const KIND: &'static str = $words;

            fn of(text: Cow<'a, str>) -> Result<Self, Cow<'a, str>> {
                text.parse().map_err(|_| text)
            }
        })+
    };
}

parsed!(u8: "number", u32: "number", u64: "number", bool: "truth value");

fn set_value<'a, V: FieldValue<'a>>(slot: &mut Option<V>, name: &str, value: Cow<'a, str>) -> Result<bool, String> {
    if slot.is_some() {
        return Ok(false);
    }
    *slot = Some(V::of(value).map_err(|text| format!("`{name}` is no {}: `{text}`", V::KIND))?);
    Ok(true)
}

fn missing(name: &str) -> String {
    format!("`{name}` is missing")
}

fn word<W>(word: Option<&str>, name: &str) -> Result<W, String>
where
    W: std::str::FromStr,
    W::Err: std::fmt::Display,
{
    word.ok_or_else(|| missing(name))?.parse().map_err(|error| format!("`{name}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and a value of each field.
    const ALL: [(&str, &str); 27] = [
        (field::FILE, "src/main.rs"),
        (field::LINE, "7"),
        (field::COLUMN, "5"),
        (field::JOB, "app::job"),
        (field::ARM, "naive"),
        (field::DETAIL, "locks"),
        (field::OUTCOME, "joined"),
        (field::CALLED, "1"),
        (field::RETURNED, "2"),
        (field::PREVIOUS_END, "3"),
        (field::RUN_START, "4"),
        (field::RUN_END, "5"),
        (field::PUBLISHED, "6"),
        (field::FIRST_POLL, "7"),
        (field::READY, "8"),
        (field::COPIED, "9"),
        (field::POOL_THREAD, "10"),
        (field::IN_A_ROW, "true"),
        (field::IN_A_BURST, "false"),
        (field::FIRST_OF_TASK, "false"),
        (field::NESTED, "true"),
        (field::RUNTIME, "2"),
        (field::LOCKS, "1"),
        (field::PUBLISH_LOCKS, "1"),
        (field::COPIES, "1"),
        (field::COPIED_BYTES, "32"),
        (field::OPS, "publish:21,done:9!,copy:4"),
    ];

    fn of_text() -> Fields<'static> {
        let mut fields = Fields::default();
        for (name, value) in ALL {
            assert!(fields.set(name, value.into()).unwrap(), "{name}");
        }
        fields
    }

    #[test]
    fn both_ways_in_know_the_contracts_names() {
        let numbers = ALL.map(|(name, value)| {
            let bare = value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok();
            if bare { format!("\"{name}\":{value}") } else { format!("\"{name}\":\"{value}\"") }
        });
        let json = format!("{{{}}}", numbers.join(","));
        let of_json: Fields<'_> = serde_json::from_str(&json).unwrap();
        assert_eq!(format!("{of_json:?}"), format!("{:?}", of_text()));
        assert!(!format!("{of_json:?}").replace("message: None", "").contains("None"), "a name is not known");
    }

    #[test]
    fn a_hop_needs_its_fields() {
        assert!(of_text().hop().is_ok());
        let optional = [
            field::RETURNED,
            field::PREVIOUS_END,
            field::RUN_START,
            field::RUN_END,
            field::PUBLISHED,
            field::FIRST_POLL,
            field::READY,
            field::COPIED,
            field::POOL_THREAD,
            field::IN_A_ROW,
            field::IN_A_BURST,
            field::FIRST_OF_TASK,
            field::NESTED,
            field::RUNTIME,
        ];
        for (left_out, _) in ALL {
            let mut fields = Fields::default();
            for (name, value) in ALL.iter().filter(|(name, _)| *name != left_out) {
                fields.set(name, (*value).into()).unwrap();
            }
            let hop = fields.hop();
            if optional.contains(&left_out) {
                assert!(hop.is_ok(), "{left_out}");
            } else {
                assert!(hop.unwrap_err().contains(left_out));
            }
        }
    }

    #[test]
    fn counts_that_disagree_with_the_spans_are_found() {
        let fields = Fields { locks: Some(4), ..of_text() };
        assert_eq!(fields.hop().unwrap_err(), "`locks` and `ops` disagree");
    }

    #[test]
    fn all_names_are_known() {
        assert_eq!(ALL.map(|(name, _)| name)[..], *NAMES);
    }

    #[test]
    fn the_first_value_stands() {
        let mut fields = of_text();
        assert_eq!(fields.set(field::JOB, "of a span".into()), Ok(false));
        assert_eq!(fields.set(field::LINE, "99".into()), Ok(false));
        assert_eq!(fields.set("id", "99".into()), Ok(false));
        let hop = fields.hop().unwrap();
        assert_eq!((hop.site.job, hop.site.line), ("app::job", 7));
    }
}
