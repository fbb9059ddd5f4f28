//! Reads a `profile.proto` by its wire format alone.

use std::io::Read as _;

use tollbridge_report::Report;

use super::whole::assert_harmless;

/// A field of a message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message with their numbers. A profile has two wire types.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let value = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Number(value),
            2 => {
                let (field, rest) = bytes.split_at(usize::try_from(value).expect("a length"));
                bytes = rest;
                Field::Bytes(field)
            }
            kind => panic!("wire type {kind}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().expect("a number's last byte");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a number of more than ten bytes");
}

/// Numbers of a message's field, packed or one by one.
fn numbers(message: &[(u64, Field<'_>)], wanted: u64) -> Vec<u64> {
    let mut found = Vec::new();
    for (_, field) in message.iter().filter(|(number, _)| *number == wanted) {
        match field {
            Field::Number(value) => found.push(*value),
            Field::Bytes(packed) => {
                let mut packed = *packed;
                while !packed.is_empty() {
                    found.push(varint(&mut packed));
                }
            }
        }
    }
    found
}

fn messages<'a>(message: &[(u64, Field<'a>)], wanted: u64) -> impl Iterator<Item = &'a [u8]> {
    message.iter().filter(move |(number, _)| *number == wanted).map(move |(_, field)| match field {
        Field::Bytes(bytes) => *bytes,
        Field::Number(_) => panic!("field {wanted} is no message"),
    })
}

/// Whatever is referred to is there, and the first sample type, hops, adds up to the report's.
pub(crate) fn hold(gzipped: &[u8], report: &Report) {
    const SAMPLE_TYPE: u64 = 1;
    const SAMPLE: u64 = 2;
    const LOCATION: u64 = 4;
    const FUNCTION: u64 = 5;
    const STRINGS: u64 = 6;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(gzipped).read_to_end(&mut bytes).expect("gzip");
    let profile = fields(&bytes);
    let texts: Vec<&str> = messages(&profile, STRINGS).map(|text| std::str::from_utf8(text).expect("UTF-8")).collect();
    texts.iter().for_each(|text| assert_harmless(text));
    let text = |index: u64| texts[usize::try_from(index).expect("an index")];
    assert_eq!(text(0), "");
    let types: Vec<&str> = messages(&profile, SAMPLE_TYPE).map(|kind| text(numbers(&fields(kind), 1)[0])).collect();
    assert_eq!(types[0], "hops");
    let ids = |of: u64| messages(&profile, of).map(|message| numbers(&fields(message), 1)[0]).collect::<Vec<u64>>();
    let (locations, functions) = (ids(LOCATION), ids(FUNCTION));
    for location in messages(&profile, LOCATION) {
        for line in messages(&fields(location), 4) {
            assert!(functions.contains(&numbers(&fields(line), 1)[0]));
        }
    }
    let mut hops = 0;
    for sample in messages(&profile, SAMPLE).map(fields) {
        let values = numbers(&sample, 2);
        assert_eq!(values.len(), types.len());
        assert!(values.iter().all(|&value| i64::try_from(value).is_ok()), "{values:?}");
        assert!(numbers(&sample, 1).iter().all(|id| locations.contains(id)));
        hops += values[0];
    }
    assert_eq!(hops, report.hops());
}
