//! What stands where logs are not read: without the feature `logs`.

use std::io::Read;

use super::opened::Input;
use super::{fault, sniff};
use crate::Error;

/// None.
#[derive(Default)]
pub(super) struct Others {}

impl Others {
    pub(super) fn has_logs(&self) -> bool {
        false
    }

    /// An error: whatever it is, it is no plain report.
    pub(super) fn add(
        &mut self,
        head: &[u8],
        _: impl Read,
        name: &str,
        _after_reports: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        if sniff::form(head) == sniff::Form::Empty {
            return Err(fault::empty(name));
        }
        let message = format!(
            "failed to read {name}: it does not begin as a report does; give a report.json, or enable the feature \
             `logs` of tollbridge-flamegraphs, which reads logs and packed files"
        );
        Err(fault::of_input(message, None))
    }

    pub(super) fn without_hops(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// An error: nothing was read.
    pub(super) fn finish(self, names: &[String]) -> Result<Input, Error> {
        Err(fault::foreign(&names.join(", "), "", ""))
    }
}
