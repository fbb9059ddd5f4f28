//! Bytes, as each kind of input.

use std::io::{Read, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tollbridge_flamegraphs::Error;
use tollbridge_flamegraphs::read::{Input, InputKind, from_reader};
use tollbridge_report::Report;

use super::whole::{shown, whole};

/// The bytes as a report. What is one goes through all that can be done with a report.
///
/// # Panics
/// Where something does not hold.
pub fn report(bytes: &[u8]) {
    match Report::from_json(bytes) {
        Ok(report) => whole(&report),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The bytes as a log, in one piece and byte by byte. There are no more hops than names of theirs, and what stands there twice counts
/// once.
///
/// # Panics
/// Where something does not hold.
pub fn log(bytes: &[u8]) {
    let read = read(bytes);
    let dripped = from_reader(Dripping(bytes), "the log");
    match (&read, &dripped) {
        (Ok(read), Ok(dripped)) => {
            assert_eq!(read.report, dripped.report);
            assert_eq!(read.first_bad_line, dripped.first_bad_line);
        }
        (Err(read), Err(dripped)) => assert_eq!(read.to_string(), dripped.to_string()),
        _ => panic!("how it is read matters: {read:?}, {dripped:?}"),
    }
    let Some(input) = read.ok().filter(|input| input.kind == InputKind::Log) else { return };
    let lines = lines(bytes);
    assert!(input.report.hops() <= names(bytes), "{} hops", input.report.hops());
    assert!(input.first_bad_line.is_none_or(|bad| bad.number <= lines && !bad.reason.is_empty()));
    if bytes.ends_with(b"\n") {
        let twice = from_reader(bytes.chain(bytes), "twice").expect("it was read once");
        assert_eq!(twice.report.hops(), input.report.hops());
        assert!(!twice.notes.is_empty());
        assert_eq!(twice.report.dropped.lines, 2 * input.report.dropped.lines);
    }
    shown(&input.report);
}

/// The bytes as a packed file, and as what is packed: a packing changes nothing.
///
/// # Panics
/// Where something does not hold.
pub fn packed(bytes: &[u8]) {
    const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
    for head in [b"", GZIP, ZSTD] {
        if let Err(error) = from_reader(head.chain(bytes), "the file") {
            assert_clear(&error);
        }
    }
    // What is packed twice is not unpacked twice.
    if bytes.starts_with(&GZIP[..3]) || is_zstd(bytes) {
        return;
    }
    let plain = said(read(bytes));
    // But for the remedy, which has to unpack it first.
    let packed = |bytes: &[u8], unpack: &str| said(read(bytes)).map_err(|error| error.replacen(unpack, "", 1));
    assert_eq!(plain, packed(&gzip(bytes), "gzip -dc | "));
    assert_eq!(plain, packed(&zstd::encode_all(bytes, 1).expect("memory takes it"), "zstd -dc | "));
}

/// A hop's event in one of its forms, with bytes in the place of one field. Its neighbours are read whatever these are.
///
/// # Panics
/// Where something does not hold.
pub fn field(bytes: &[u8]) {
    let [form, which, value @ ..] = bytes else { return };
    let form = [Form::Text, Form::Json, Form::Flat][usize::from(*form) % 3];
    let mut log = Vec::new();
    form.line(&mut log, None);
    form.line(&mut log, Some((usize::from(*which) % FIELDS.len(), value)));
    form.line(&mut log, Some((CALLED, b"101")));
    let input = read(&log).expect("two hops are whole");
    let hops = input.report.hops();
    assert!((2..=names(&log)).contains(&hops), "{hops} hops in {}", String::from_utf8_lossy(&log));
    shown(&input.report);
}

/// A report with other values in some of its places: six bytes each say where and what. It is refused, or goes through all that can be
/// done with a report.
///
/// # Panics
/// Where something does not hold.
pub fn value(bytes: &[u8]) {
    const TEMPLATE: &str = include_str!("../template.json");
    let mut template: Value = serde_json::from_str(TEMPLATE).expect("it is JSON");
    for edit in bytes.chunks_exact(6) {
        let [high, low, number @ ..] = edit else { continue };
        let mut leaves = Vec::new();
        collect(&mut template, &mut leaves);
        let at = usize::from(u16::from_be_bytes([*high, *low])) % leaves.len();
        change(leaves.swap_remove(at), number);
    }
    report(&serde_json::to_vec(&template).expect("memory takes it"));
}

/// Whatever holds no other value.
fn collect<'a>(value: &'a mut Value, leaves: &mut Vec<&'a mut Value>) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| collect(member, leaves)),
        Value::Array(items) => items.iter_mut().for_each(|item| collect(item, leaves)),
        leaf => leaves.push(leaf),
    }
}

/// A number for a number, from small to all that there are; some text for a text; the other one; null for nothing.
fn change(leaf: &mut Value, number: &[u8]) {
    let (shift, bits) = number.split_first().expect("a place and a number");
    let bits = bits.iter().fold(0, |bits: u64, &byte| bits << 8 | u64::from(byte));
    let number = bits << (u32::from(*shift) % 41);
    match leaf {
        Value::Number(old) if old.is_f64() => *leaf = Value::from(f64::from_bits(bits << 40)),
        Value::Number(_) => *leaf = Value::from(if *shift == 0xff { u64::MAX } else { number }),
        Value::String(old) => old.push(char::from_u32(u32::try_from(number % 0x11_0000).unwrap_or(0)).unwrap_or(';')),
        Value::Bool(old) => *old = !*old,
        _ => {}
    }
}

fn read(bytes: &[u8]) -> Result<Input, Error> {
    let read = from_reader(bytes, "the log");
    if let Err(error) = &read {
        assert_clear(error);
    }
    read
}

/// It is the input's fault and no bug, and on the one line that a message is.
fn assert_clear(error: &Error) {
    let text = error.to_string();
    assert!(error.is_unusable_input() && !text.contains(char::is_control), "{text:?}");
}

/// What came of it, for comparing.
fn said(read: Result<Input, Error>) -> Result<Report, String> {
    read.map(|input| input.report).map_err(|error| error.to_string())
}

fn lines(bytes: &[u8]) -> u64 {
    1 + bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// How often the name stands that every hop has, as it is or in numbers.
fn names(bytes: &[u8]) -> u64 {
    const NAME: &[u8] = b"code.file.path";
    let numbers = NAME.iter().map(u8::to_string).collect::<Vec<_>>().join(",").into_bytes();
    [NAME, &numbers].map(|name| bytes.windows(name.len()).filter(|part| *part == name).count() as u64).iter().sum()
}

fn is_zstd(bytes: &[u8]) -> bool {
    matches!(bytes, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes it")
}

/// A reader that never has more than a byte.
struct Dripping<'a>(&'a [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let end = buffer.len().min(1);
        self.0.read(&mut buffer[..end])
    }
}

/// How a log tells of a hop.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Json,
    Flat,
}

/// The place of the moment at which a hop was called.
const CALLED: usize = 7;

/// The fields of a hop in their order, as text has them.
const FIELDS: [(&str, &str); 23] = [
    ("code.file.path", "\"src/main.rs\""),
    ("code.line.number", "7"),
    ("code.column.number", "5"),
    ("job", "\"app::job\""),
    ("arm", "\"naive\""),
    ("detail", "\"locks\""),
    ("outcome", "\"joined\""),
    ("called_ns", "100"),
    ("returned_ns", "110"),
    ("previous_end_ns", "50"),
    ("run_start_ns", "130"),
    ("run_end_ns", "170"),
    ("published_ns", "175"),
    ("first_poll_ns", "115"),
    ("ready_ns", "200"),
    ("copied_ns", "290"),
    ("pool_thread", "1"),
    ("in_a_row", "true"),
    ("locks", "1"),
    ("publish_locks", "1"),
    ("copies", "1"),
    ("copied_bytes", "24"),
    ("ops", "publish:3,done:9!,copy:4"),
];

impl Form {
    /// `other`: the field that has another value, and the value.
    fn line(self, log: &mut Vec<u8>, other: Option<(usize, &[u8])>) {
        log.extend_from_slice(match self {
            Self::Text => b"2024-01-01T00:00:00.000001Z DEBUG tollbridge::hop: hop",
            Self::Json => br#"{"timestamp":"2024-01-01T00:00:00.000001Z","level":"DEBUG","fields":{"message":"hop""#,
            Self::Flat => br#"{"timestamp":"2024-01-01T00:00:00.000001Z","level":"DEBUG","message":"hop""#,
        });
        for (at, (name, value)) in FIELDS.iter().enumerate() {
            let (name, value) = match self {
                Self::Text => (format!(" {name}="), (*value).to_owned()),
                // The spans are quoted in JSON alone.
                _ if *name == "ops" => (format!(",\"{name}\":"), format!("\"{value}\"")),
                _ => (format!(",\"{name}\":"), (*value).to_owned()),
            };
            log.extend_from_slice(name.as_bytes());
            log.extend_from_slice(other.filter(|other| other.0 == at).map_or(value.as_bytes(), |other| other.1));
        }
        log.extend_from_slice(match self {
            Self::Text => b"\n",
            Self::Json => b"},\"target\":\"tollbridge::hop\"}\n",
            Self::Flat => b",\"target\":\"tollbridge::hop\"}\n",
        });
    }
}
