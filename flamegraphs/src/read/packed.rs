//! Input that is packed with gzip or Zstandard, told by its first bytes: any number of members or frames one after the
//! other, as `cat a.gz b.gz` and rotating loggers leave them.

use std::cell::Cell;
use std::io::{BufReader, ErrorKind, Read, Result};

use flate2::bufread::MultiGzDecoder;

/// What a reader's bytes are packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// By the first bytes of the input.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            // A frame, or a frame to skip, as `pzstd` writes it first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Reads what was packed. Where the packed bytes break off, as those of a killed writer do, the output ends and
/// `broken_off` says so; damaged ones are an error.
pub(super) struct Unpacked<'a> {
    packing: Packing,
    bytes: Box<dyn Read + 'a>,
    broken_off: &'a BrokenOff,
}

/// What the bytes that broke off were packed with.
pub(super) type BrokenOff = Cell<Option<Packing>>;

impl<'a> Unpacked<'a> {
    /// Never looks farther back than zstd does without being told to: 128 MiB.
    pub(super) fn new(packing: Packing, reader: impl Read + 'a, broken_off: &'a BrokenOff) -> Result<Self> {
        let reader = BufReader::new(reader);
        let bytes: Box<dyn Read + 'a> = match packing {
            Packing::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(reader)?),
        };
        Ok(Self { packing, bytes, broken_off })
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self.bytes.read(buffer) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.broken_off.set(Some(self.packing));
                Ok(0)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn text() -> Vec<u8> {
        (0..20_000u32).flat_map(|i| format!("line {}\n", i.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    fn pack(packing: Packing, text: &[u8]) -> Vec<u8> {
        match packing {
            Packing::Zstd => zstd::encode_all(text, 3).unwrap(),
            Packing::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    /// What came out, and whether the input broke off.
    fn unpacked(packed: &[u8]) -> Result<(Vec<u8>, bool)> {
        let (broken_off, mut text) = (BrokenOff::default(), Vec::new());
        let packing = Packing::of(packed).expect("packed");
        Unpacked::new(packing, packed, &broken_off)?.read_to_end(&mut text)?;
        Ok((text, broken_off.get().is_some()))
    }

    #[test]
    fn all_members_are_read() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let packed = pack(packing, &text());
            let twice = [&packed[..], &packed[..]].concat();
            assert_eq!(Packing::of(&packed), Some(packing));
            assert!(unpacked(&twice).unwrap() == ([text(), text()].concat(), false));
        }
        let skipped = [&b"\x50\x2a\x4d\x18\x03\0\0\0abc"[..], &pack(Packing::Zstd, b"text")].concat();
        assert_eq!(unpacked(&skipped).unwrap(), (b"text".to_vec(), false));
    }

    #[test]
    fn what_breaks_off_gives_what_came_before() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let (text, packed) = (text(), pack(packing, &text()));
            for end in [5, 20, packed.len() / 2, packed.len() - 5, packed.len() - 1] {
                let (out, broken_off) = unpacked(&packed[..end]).unwrap();
                assert!(broken_off && text.starts_with(&out), "{packing:?} {end}");
            }
            let (half, _) = unpacked(&packed[..packed.len() / 2]).unwrap();
            assert!(half.len() > text.len() / 4, "{packing:?}: {} of {}", half.len(), text.len());
        }
    }

    #[test]
    fn damage_is_an_error() {
        let mut gzip = pack(Packing::Gzip, &text());
        let at = gzip.len() - 7;
        gzip[at] ^= 1;
        assert!(unpacked(&gzip).is_err(), "a wrong checksum");
        for packing in [Packing::Gzip, Packing::Zstd] {
            let packed = [&pack(packing, b"text")[..], b"garbage garbage"].concat();
            assert!(unpacked(&packed).is_err(), "{packing:?}");
        }
    }
}
