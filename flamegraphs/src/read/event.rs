//! The fields of a hop event, as any form of a log gives them, and the hop that they make.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use tollbridge_report::event::field;
use tollbridge_report::hop::{Circumstances, HopRecord, Ops, Site, Stamps};
use tollbridge_report::names::{Detail, Spacing};

/// The name that every form of the event holds, whole: it is what lines are searched for.
pub(super) const ANCHOR: &str = field::FILE;
pub(super) static ANCHORS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(ANCHOR));

/// Names that a hop's event has, and the spans of a hop have not.
pub(super) const EVENT_ONLY: [&str; 2] = [field::CALLED, field::COPIED_BYTES];

/// Names of all fields but the message.
pub(super) const NAMES: [&str; 27] = [
    field::FILE,
    field::LINE,
    field::COLUMN,
    field::JOB,
    field::ARM,
    field::DETAIL,
    field::OUTCOME,
    field::CALLED,
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
    field::LOCKS,
    field::PUBLISH_LOCKS,
    field::COPIES,
    field::COPIED_BYTES,
    field::OPS,
];

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

/// What stood in the line; nothing is checked yet. The names are [`field`]'s; a test holds them to it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    pub(super) message: Option<Text<'a>>,
    #[serde(borrow, rename = "code.file.path")]
    file: Option<Text<'a>>,
    #[serde(rename = "code.line.number")]
    line: Option<u32>,
    #[serde(rename = "code.column.number")]
    column: Option<u32>,
    #[serde(borrow)]
    job: Option<Text<'a>>,
    #[serde(borrow)]
    arm: Option<Text<'a>>,
    #[serde(borrow)]
    detail: Option<Text<'a>>,
    #[serde(borrow)]
    outcome: Option<Text<'a>>,
    called_ns: Option<u64>,
    returned_ns: Option<u64>,
    previous_end_ns: Option<u64>,
    run_start_ns: Option<u64>,
    run_end_ns: Option<u64>,
    published_ns: Option<u64>,
    first_poll_ns: Option<u64>,
    ready_ns: Option<u64>,
    copied_ns: Option<u64>,
    pool_thread: Option<u32>,
    in_a_row: Option<bool>,
    in_a_burst: Option<bool>,
    first_of_task: Option<bool>,
    nested_hop: Option<bool>,
    pool_runtime: Option<u8>,
    locks: Option<u64>,
    publish_locks: Option<u64>,
    copies: Option<u64>,
    copied_bytes: Option<u64>,
    #[serde(borrow)]
    ops: Option<Text<'a>>,
}

impl<'a> Fields<'a> {
    /// Sets a field from its text. `false`, and nothing is set, if the event has no such field or has it already: the
    /// event's own fields are over, and what follows belongs to the spans around it.
    pub(super) fn set(&mut self, name: &str, value: Cow<'a, str>) -> Result<bool, String> {
        let text = match name {
            field::FILE => &mut self.file,
            field::JOB => &mut self.job,
            field::ARM => &mut self.arm,
            field::DETAIL => &mut self.detail,
            field::OUTCOME => &mut self.outcome,
            field::OPS => &mut self.ops,
            "message" => &mut self.message,
            _ => return self.set_plain(name, &value),
        };
        let is_new = text.is_none();
        text.get_or_insert(Text(value));
        Ok(is_new)
    }

    fn set_plain(&mut self, name: &str, value: &str) -> Result<bool, String> {
        let narrow = match name {
            field::LINE => Some(&mut self.line),
            field::COLUMN => Some(&mut self.column),
            field::POOL_THREAD => Some(&mut self.pool_thread),
            _ => None,
        };
        if let Some(slot) = narrow {
            return set_value(slot, name, value, "number");
        }
        let truth = match name {
            field::IN_A_ROW => Some(&mut self.in_a_row),
            field::IN_A_BURST => Some(&mut self.in_a_burst),
            field::FIRST_OF_TASK => Some(&mut self.first_of_task),
            field::NESTED => Some(&mut self.nested_hop),
            _ => None,
        };
        if let Some(slot) = truth {
            return set_value(slot, name, value, "truth value");
        }
        if name == field::RUNTIME {
            return set_value(&mut self.pool_runtime, name, value, "number");
        }
        let slot = match name {
            field::CALLED => &mut self.called_ns,
            field::RETURNED => &mut self.returned_ns,
            field::PREVIOUS_END => &mut self.previous_end_ns,
            field::RUN_START => &mut self.run_start_ns,
            field::RUN_END => &mut self.run_end_ns,
            field::PUBLISHED => &mut self.published_ns,
            field::FIRST_POLL => &mut self.first_poll_ns,
            field::READY => &mut self.ready_ns,
            field::COPIED => &mut self.copied_ns,
            field::LOCKS => &mut self.locks,
            field::PUBLISH_LOCKS => &mut self.publish_locks,
            field::COPIES => &mut self.copies,
            field::COPIED_BYTES => &mut self.copied_bytes,
            _ => return Ok(false),
        };
        set_value(slot, name, value, "number")
    }

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
            stamps: Stamps {
                called: self.called_ns.ok_or_else(|| missing(field::CALLED))?,
                returned: self.returned_ns,
                previous_end: self.previous_end_ns,
                run_start: self.run_start_ns,
                run_end: self.run_end_ns,
                published: self.published_ns,
                first_poll: self.first_poll_ns,
                ready: self.ready_ns,
                copied: self.copied_ns,
                pool_thread: self.pool_thread,
            },
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

fn set_value<V: std::str::FromStr>(slot: &mut Option<V>, name: &str, value: &str, kind: &str) -> Result<bool, String> {
    if slot.is_some() {
        return Ok(false);
    }
    *slot = Some(value.parse().map_err(|_| format!("`{name}` is no {kind}: `{value}`"))?);
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
        assert_eq!(ALL.map(|(name, _)| name), NAMES);
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
