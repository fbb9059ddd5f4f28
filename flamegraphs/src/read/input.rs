//! The edge to files, and the core that only knows readers.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tollbridge_report::{ReadError, Report};

use super::once::Once;
use super::opened::{Input, InputKind};
use super::{Others, fault, sniff};
use crate::{Error, error};

/// More than the reports of any app take. A report is held in memory, and takes some times its text there.
const MAX_REPORT_BYTES: u64 = 1 << 30;

/// Reads a file; `-` is standard input. What is packed with gzip or Zstandard is unpacked.
///
/// # Errors
/// [`Error::is_unusable_input`]: the file is missing, a folder, unreadable, empty, a damaged report, or neither a
/// report nor a log with hops in it.
pub fn open(file: &Path) -> Result<Input, Error> {
    open_all(&[file])
}

/// As [`open`], but a report's derived data is left out: for [`Merger`](tollbridge_report::Merger), which
/// computes that of the sum.
///
/// # Errors
/// Those of [`open`].
pub fn open_primary(file: &Path) -> Result<Input, Error> {
    let mut inputs = Inputs::new(Report::primary_from_json);
    if let Some(report) = inputs.open(file)? {
        inputs.add_report(report);
    }
    inputs.finish()
}

/// Reads several files as one: reports are merged, the hops of logs are added up, whatever their order. The logs are
/// taken for parts of one run's, as those are that were rotated.
///
/// # Errors
/// Those of [`open`]; a file, or a run's report, that is given twice; reports and logs together, since a report may hold
/// a log's hops already. Of several logs some may be without a hop, but not all.
pub fn open_all<P: AsRef<Path>>(files: &[P]) -> Result<Input, Error> {
    let mut inputs = Inputs::new(Report::from_json);
    let mut once = Once::new(false);
    for file in files.iter().map(AsRef::as_ref) {
        once.file(file)?;
        if let Some(report) = inputs.open(file)? {
            once.captures(file, &report)?;
            inputs.add_report(report);
        }
    }
    inputs.finish()
}

/// Reads from anything. `name` is what messages call it.
///
/// # Errors
/// Those of [`open`].
pub fn from_reader(reader: impl Read, name: &str) -> Result<Input, Error> {
    let mut inputs = Inputs::new(Report::from_json);
    if let Some(report) = inputs.add(reader, name)? {
        inputs.add_report(report);
    }
    inputs.finish()
}

/// What messages call a file.
pub fn name_of(file: &Path) -> String {
    error::name_of(file)
}

/// How a report's text is read.
type Parse = fn(&[u8]) -> Result<Report, ReadError>;

/// What was read so far.
struct Inputs {
    parse: Parse,
    names: Vec<String>,
    reports: Option<Report>,
    others: Others,
}

impl Inputs {
    fn new(parse: Parse) -> Self {
        Self { parse, names: Vec::new(), reports: None, others: Others::default() }
    }

    fn open(&mut self, file: &Path) -> Result<Option<Report>, Error> {
        let name = name_of(file);
        if file == Path::new("-") {
            return self.add(std::io::stdin().lock(), &name);
        }
        if file.is_dir() {
            return Err(fault::directory(file));
        }
        self.add(File::open(file).map_err(|source| fault::open(file, source))?, &name)
    }

    /// Adds what is no report; gives back what is one.
    fn add(&mut self, mut reader: impl Read, name: &str) -> Result<Option<Report>, Error> {
        let failed = |source| fault::read(name, source);
        let head = sniff::head(&mut reader).map_err(failed)?;
        self.names.push(name.to_owned());
        let text = if sniff::form(&head) == sniff::Form::Report {
            if self.others.has_logs() {
                return Err(fault::mixed(name));
            }
            let too_much =
                |length| (length >= MAX_REPORT_BYTES).then_some("a report of 1 GiB or more, which no app writes");
            let text = sniff::text(head.as_slice().chain(reader), too_much).map_err(failed)?;
            text.map_err(|found| fault::foreign(name, found, fault::RUN))?
        } else {
            match self.others.add(&head, reader, name, self.reports.is_some())? {
                Some(text) => text,
                None => return Ok(None),
            }
        };
        let text = text.strip_prefix(sniff::UTF8_MARK).unwrap_or(&text);
        (self.parse)(text).map(Some).map_err(|source| fault::damaged(name, source))
    }

    fn add_report(&mut self, report: Report) {
        match &mut self.reports {
            Some(reports) => reports.merge(&report),
            None => self.reports = Some(report),
        }
    }

    fn finish(self) -> Result<Input, Error> {
        let Self { parse: _, names, reports, others } = self;
        let Some(report) = reports else { return others.finish(&names) };
        let (kind, without_hops) = (InputKind::Report, others.without_hops());
        Ok(Input { report, kind, first_bad_line: None, without_hops, notes: Vec::new() })
    }
}
