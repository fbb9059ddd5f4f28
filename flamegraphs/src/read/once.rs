//! Sees to it that no hop counts twice: an earlier and a later report of one capture both hold the hops of the earlier one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tollbridge_report::{Process, Report};

use super::fault;
use crate::Error;

/// What a file must not have in common with another one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// The file itself, whatever its name.
    File(PathBuf),
    /// A capture: executable, pid, when it began. Hosts may have these in common.
    Capture(String, u32, u64),
}

/// The files that were given so far.
#[derive(Debug)]
pub struct Once {
    allow_same: bool,
    owners: BTreeMap<Identity, PathBuf>,
}

impl Once {
    /// `allow_same`: takes captures for different ones, whatever they have in common.
    #[must_use]
    pub fn new(allow_same: bool) -> Self {
        Self { allow_same, owners: BTreeMap::new() }
    }

    /// Takes a file in.
    ///
    /// # Errors
    /// If it is there already, by whatever name.
    pub fn file(&mut self, file: &Path) -> Result<(), Error> {
        // Standard input has no other name, and where there is no such file, opening it says so.
        let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        self.own(file, vec![(Identity::File(whole), None)])
    }

    /// Takes the captures of a file's report in. A log does not know its own.
    ///
    /// # Errors
    /// If one of them is there already, in another file.
    pub fn captures(&mut self, file: &Path, report: &Report) -> Result<(), Error> {
        let processes = report.processes.iter().filter(|process| !self.allow_same && process.pid != 0);
        self.own(file, processes.map(|process| (capture(process), Some(named(process)))).collect())
    }

    /// All of them or none.
    fn own(&mut self, file: &Path, identities: Vec<(Identity, Option<String>)>) -> Result<(), Error> {
        for (identity, process) in &identities {
            if let Some(first) = self.owners.get(identity) {
                return Err(fault::given_twice(first, file, process.as_deref()));
            }
        }
        self.owners.extend(identities.into_iter().map(|(identity, _)| (identity, file.to_owned())));
        Ok(())
    }
}

fn capture(process: &Process) -> Identity {
    Identity::Capture(process.exe.clone(), process.pid, process.started_unix_ms)
}

fn named(process: &Process) -> String {
    format!("{}[{}]", process.exe.escape_debug(), process.pid)
}
