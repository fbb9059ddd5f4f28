//! The edge to files, and the core that only knows readers.

use std::cell::Cell;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use tollbridge_report::{ReadError, Report};

use super::bad_line::BadLine;
use super::log::{Logs, Whole};
use super::once::Once;
use super::packed::{self, BrokenOff, Packing, Unpacked};
use super::remedy::Remedy;
use super::sniff;
use crate::Error;

/// What stands in an empty log.
const EMPTY: &str = "it is empty";

/// More than the reports of any app take. A report is held in memory, and takes some times its text there.
const MAX_REPORT_BYTES: u64 = 1 << 30;
/// The same of what is packed: a small file may hold any number of bytes.
const MAX_PACKED_REPORT_BYTES: u64 = 256 << 20;
/// Reports are packed to a tenth or so. More bytes than this for each packed one are no report's, beyond [`UNCHECKED_BYTES`].
const MAX_RATIO: u64 = 100;
const UNCHECKED_BYTES: u64 = 16 << 20;
/// Bytes of a report's text that are read at a time.
const PIECE: u64 = 1 << 20;

/// A report, and where it came from.
#[derive(Debug)]
pub struct Input {
    /// What was measured.
    pub report: Report,
    /// What it was read from.
    pub kind: InputKind,
    /// The first line of a log that looks like a hop and could not be read, if any.
    pub first_bad_line: Option<BadLine>,
    /// Of several logs those that hold no hop, and what they hold instead.
    pub without_hops: Vec<(String, String)>,
    /// What else should be known of a log's counts: hops that stand in it twice, several starts of the app, signs of lines that are
    /// missing.
    pub notes: Vec<String>,
}

/// What a report was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A `report.json`.
    Report,
    /// A tracing log. Durations contain the formatting of its lines.
    Log,
}

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
    if file == Path::new("-") { "standard input".to_owned() } else { format!("`{}`", file.display()) }
}

/// How a report's text is read.
type Parse = fn(&[u8]) -> Result<Report, ReadError>;

/// Counts what is read through it.
struct Counted<'a, R> {
    inner: R,
    read: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

/// All of a report's text, or why it cannot be one.
fn report_text(mut reader: impl Read, packed: Option<&Cell<u64>>) -> std::io::Result<Result<Vec<u8>, String>> {
    let mut text = Vec::new();
    while reader.by_ref().take(PIECE).read_to_end(&mut text)? > 0 {
        let length = text.len() as u64;
        let too_much = match packed {
            None => (length >= MAX_REPORT_BYTES).then_some("a report of 1 GiB or more, which no app writes"),
            Some(packed) if length > UNCHECKED_BYTES && length / packed.get().max(1) > MAX_RATIO => {
                Some("packed to less than a hundredth, which no report can be; unpack it if you trust it")
            }
            Some(_) => (length >= MAX_PACKED_REPORT_BYTES)
                .then_some("a packed report of 256 MiB or more; unpack it first if you trust it"),
        };
        if let Some(found) = too_much {
            return Ok(Err(found.to_owned()));
        }
    }
    Ok(Ok(text))
}

/// What is being read.
struct Opened<'a> {
    /// What messages call it.
    name: &'a str,
    broken_off: BrokenOff,
    /// How it is packed, and how many of its bytes were read.
    packed: Option<(Packing, &'a Cell<u64>)>,
}

impl Opened<'_> {
    /// What unpacks it.
    fn unpack(&self) -> Option<&'static str> {
        self.packed.map(|(packing, _)| packing.command())
    }

    fn failed(&self, source: std::io::Error) -> Error {
        match self.packed {
            None => Error::read(self.name, source),
            Some((packing, _)) => Error::packed(self.name, packing.name(), source),
        }
    }
}

/// What was read so far.
struct Inputs {
    parse: Parse,
    names: Vec<String>,
    logs: Option<Logs>,
    reports: Option<Report>,
    without_hops: Vec<Instead>,
}

/// What stands in a file without a hop.
struct Instead {
    name: String,
    found: String,
    /// What to do, and what unpacks the file.
    remedy: Remedy,
    unpack: Option<&'static str>,
}

impl Inputs {
    fn new(parse: Parse) -> Self {
        Self { parse, names: Vec::new(), logs: None, reports: None, without_hops: Vec::new() }
    }

    fn open(&mut self, file: &Path) -> Result<Option<Report>, Error> {
        let name = name_of(file);
        if file == Path::new("-") {
            return self.add(std::io::stdin().lock(), &name);
        }
        if file.is_dir() {
            return Err(Error::directory(file));
        }
        self.add(File::open(file).map_err(|source| Error::open(file, source))?, &name)
    }

    /// Adds a log; gives back what is a report.
    fn add(&mut self, mut reader: impl Read, name: &str) -> Result<Option<Report>, Error> {
        let plain = Opened { name, broken_off: BrokenOff::default(), packed: None };
        let head = sniff::head(&mut reader).map_err(|source| plain.failed(source))?;
        let whole = head.as_slice().chain(reader);
        let Some(packing) = Packing::of(&head) else { return self.add_unpacked(&head, whole, &plain) };
        let read = Cell::new(0);
        let packed = Opened { packed: Some((packing, &read)), ..plain };
        let counted = Counted { inner: whole, read: &read };
        let mut unpacked =
            Unpacked::new(packing, counted, &packed.broken_off).map_err(|source| packed.failed(source))?;
        let head = sniff::head(&mut unpacked).map_err(|source| packed.failed(source))?;
        let whole = head.as_slice().chain(unpacked);
        self.add_unpacked(&head, whole, &packed)
    }

    /// `whole` begins with `head`.
    fn add_unpacked(&mut self, head: &[u8], whole: impl Read, file: &Opened<'_>) -> Result<Option<Report>, Error> {
        let Opened { name, broken_off, .. } = file;
        let (name, unpack) = (*name, file.unpack());
        let failed = |source| file.failed(source);
        self.names.push(name.to_owned());
        if let Some((packing, command)) = packed::foreign(head) {
            let found = format!("packed with {packing}, which is not unpacked here");
            return Err(Error::foreign(name, found, Remedy::Pipe(command).text(name, unpack)));
        }
        let mut instead = |found, remedy| {
            self.without_hops.push(Instead { name: name.to_owned(), found, remedy, unpack });
        };
        match sniff::form(head) {
            sniff::Form::Empty => {
                let broken = broken_off.get().map(|broken| broken.packing().name());
                let found = broken.map(|packing| format!("the {packing} data breaks off before its first line"));
                let remedy = if found.is_some() { Remedy::Whole } else { Remedy::Run };
                instead(found.unwrap_or_else(|| EMPTY.to_owned()), remedy);
            }
            sniff::Form::Utf16 => {
                let found = "UTF-16 text, as PowerShell's `>` writes it; convert it to UTF-8".to_owned();
                let remedy = Remedy::Pipe("iconv -f UTF-16 -t UTF-8").text(name, unpack);
                return Err(Error::foreign(name, found, remedy));
            }
            sniff::Form::Log => {
                if self.reports.is_some() {
                    return Err(Error::mixed(name));
                }
                let logs = self.logs.get_or_insert_with(Logs::default);
                if let Some((found, remedy)) = logs.read(whole, name, broken_off).map_err(failed)? {
                    instead(found, remedy);
                }
            }
            sniff::Form::Report => {
                if self.logs.is_some() {
                    return Err(Error::mixed(name));
                }
                let text = report_text(whole, file.packed.map(|(_, read)| read))
                    .map_err(failed)?
                    .map_err(|found| Error::foreign(name, found, Remedy::Run.text(name, unpack)))?;
                let text = text.strip_prefix(sniff::UTF8_MARK).unwrap_or(&text);
                let report = (self.parse)(text).map_err(|source| Error::damaged(name, source))?;
                return Ok(Some(report));
            }
        }
        Ok(None)
    }

    fn add_report(&mut self, report: Report) {
        match &mut self.reports {
            Some(reports) => reports.merge(&report),
            None => self.reports = Some(report),
        }
    }

    fn finish(self) -> Result<Input, Error> {
        let Self { parse: _, names, logs, reports, without_hops } = self;
        let told = || without_hops.iter().map(|instead| (instead.name.clone(), instead.found.clone())).collect();
        if let Some(report) = reports {
            let (kind, without_hops) = (InputKind::Report, told());
            return Ok(Input { report, kind, first_bad_line: None, without_hops, notes: Vec::new() });
        }
        if let Some(Whole { report, first_bad_line, notes }) = logs.and_then(Logs::finish) {
            return Ok(Input { report, kind: InputKind::Log, first_bad_line, without_hops: told(), notes });
        }
        match &without_hops[..] {
            [Instead { name, found, .. }] if found == EMPTY => Err(Error::empty(name)),
            [Instead { name, found, remedy, unpack }] => {
                Err(Error::foreign(name, found.clone(), remedy.text(name, *unpack)))
            }
            several => {
                let found = |instead: &Instead| format!("{}: {}", instead.name, instead.found);
                let found: Vec<String> = several.iter().map(found).collect();
                let fits = several.iter().find(|instead| instead.remedy != Remedy::Run).or(several.first());
                let remedy = fits.map(|instead| instead.remedy.text(&instead.name, instead.unpack)).unwrap_or_default();
                Err(Error::foreign(&names.join(", "), found.join("; "), remedy))
            }
        }
    }
}
