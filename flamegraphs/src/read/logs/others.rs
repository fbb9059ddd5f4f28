//! What is no plain report: logs, and what is packed.

use std::cell::Cell;
use std::io::Read;

use super::log::{Logs, Whole};
use super::packed::{self, BrokenOff, Packing, Unpacked};
use super::remedy::Remedy;
use crate::Error;
use crate::read::opened::{Input, InputKind};
use crate::read::{fault, sniff};

/// What stands in an empty log.
const EMPTY: &str = "it is empty";

/// As much as a packed report may take unpacked: a small file may hold any number of bytes.
const MAX_PACKED_REPORT_BYTES: u64 = 256 << 20;
/// Reports are packed to a tenth or so. More bytes than this for each packed one are no report's, beyond [`UNCHECKED_BYTES`].
const MAX_RATIO: u64 = 100;
const UNCHECKED_BYTES: u64 = 16 << 20;

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

/// Why a text of so many bytes, unpacked from `packed`, cannot be a report.
fn too_much(length: u64, packed: u64) -> Option<&'static str> {
    if length > UNCHECKED_BYTES && length / packed.max(1) > MAX_RATIO {
        return Some("packed to less than a hundredth, which no report can be; unpack it if you trust it");
    }
    (length >= MAX_PACKED_REPORT_BYTES).then_some("a packed report of 256 MiB or more; unpack it first if you trust it")
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
        let Some((packing, _)) = self.packed else { return fault::read(self.name, source) };
        let message =
            format!("failed to unpack {}: its {} data is damaged; take another copy of it", self.name, packing.name());
        fault::of_input(message, Some(source.into()))
    }
}

/// What stands in a file without a hop.
struct Instead {
    name: String,
    found: String,
    /// What to do, and what unpacks the file.
    remedy: Remedy,
    unpack: Option<&'static str>,
}

/// The logs that were read so far.
#[derive(Default)]
pub(in crate::read) struct Others {
    logs: Option<Logs>,
    without_hops: Vec<Instead>,
}

impl Others {
    pub(in crate::read) fn has_logs(&self) -> bool {
        self.logs.is_some()
    }

    /// Adds a log; gives back the text of what is a report, if that was packed. `head` was read from it already.
    pub(in crate::read) fn add(
        &mut self,
        head: &[u8],
        reader: impl Read,
        name: &str,
        after_reports: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        let plain = Opened { name, broken_off: BrokenOff::default(), packed: None };
        let whole = head.chain(reader);
        let Some(packing) = Packing::of(head) else { return self.add_unpacked(head, whole, &plain, after_reports) };
        let read = Cell::new(0);
        let packed = Opened { packed: Some((packing, &read)), ..plain };
        let counted = Counted { inner: whole, read: &read };
        let mut unpacked =
            Unpacked::new(packing, counted, &packed.broken_off).map_err(|source| packed.failed(source))?;
        let head = sniff::head(&mut unpacked).map_err(|source| packed.failed(source))?;
        let whole = head.as_slice().chain(unpacked);
        self.add_unpacked(&head, whole, &packed, after_reports)
    }

    /// `whole` begins with `head`.
    fn add_unpacked(
        &mut self,
        head: &[u8],
        whole: impl Read,
        file: &Opened<'_>,
        after_reports: bool,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Opened { name, broken_off, .. } = file;
        let (name, unpack) = (*name, file.unpack());
        let failed = |source| file.failed(source);
        if let Some((packing, command)) = packed::foreign(head) {
            let found = format!("packed with {packing}, which is not unpacked here");
            return Err(fault::foreign(name, &found, &Remedy::Pipe(command).text(name, unpack)));
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
                let found = "UTF-16 text, as PowerShell's `>` writes it; convert it to UTF-8";
                let remedy = Remedy::Pipe("iconv -f UTF-16 -t UTF-8").text(name, unpack);
                return Err(fault::foreign(name, found, &remedy));
            }
            sniff::Form::Log => {
                if after_reports {
                    return Err(fault::mixed(name));
                }
                let logs = self.logs.get_or_insert_with(Logs::default);
                if let Some((found, remedy)) = logs.read(whole, name, broken_off).map_err(failed)? {
                    instead(found, remedy);
                }
            }
            sniff::Form::Report => {
                if self.logs.is_some() {
                    return Err(fault::mixed(name));
                }
                let packed = || file.packed.map_or(0, |(_, read)| read.get());
                let text = sniff::text(whole, |length| too_much(length, packed())).map_err(failed)?;
                return text.map(Some).map_err(|found| fault::foreign(name, found, &Remedy::Run.text(name, unpack)));
            }
        }
        Ok(None)
    }

    /// The files that hold no hop, and what they hold instead.
    pub(in crate::read) fn without_hops(&self) -> Vec<(String, String)> {
        self.without_hops.iter().map(|instead| (instead.name.clone(), instead.found.clone())).collect()
    }

    /// The report of all logs. `names`: what messages call the files that were read.
    pub(in crate::read) fn finish(self, names: &[String]) -> Result<Input, Error> {
        let without_hops = self.without_hops();
        if let Some(Whole { report, first_bad_line, notes }) = self.logs.and_then(Logs::finish) {
            return Ok(Input { report, kind: InputKind::Log, first_bad_line, without_hops, notes });
        }
        match &self.without_hops[..] {
            [Instead { name, found, .. }] if found == EMPTY => Err(fault::empty(name)),
            [Instead { name, found, remedy, unpack }] => Err(fault::foreign(name, found, &remedy.text(name, *unpack))),
            several => {
                let found = |instead: &Instead| format!("{}: {}", instead.name, instead.found);
                let found: Vec<String> = several.iter().map(found).collect();
                let fits = several.iter().find(|instead| instead.remedy != Remedy::Run).or(several.first());
                let remedy = fits.map(|instead| instead.remedy.text(&instead.name, instead.unpack)).unwrap_or_default();
                Err(fault::foreign(&names.join(", "), &found.join("; "), &remedy))
            }
        }
    }
}
