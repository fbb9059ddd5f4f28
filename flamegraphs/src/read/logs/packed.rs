//! Input that is packed with gzip or Zstandard, told by its first bytes: any number of members or frames one after the
//! other, as `cat a.gz b.gz` and rotating loggers leave them.

use std::cell::Cell;
use std::io::{BufRead, ErrorKind, Read, Result};

use flate2::bufread::GzDecoder;

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

    /// What unpacks it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Self::Gzip => "gzip -dc",
            Self::Zstd => "zstd -dc",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// What other packing the first bytes are of, and what unpacks that.
pub(super) fn foreign(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let zlib =
        matches!(head, [0x78, 0x01 | 0x9c | 0xda, ..]) && (u32::from(head[0]) << 8 | u32::from(head[1])) % 31 == 0;
    let known: [(bool, &'static str, &'static str); 10] = [
        (head.starts_with(b"\xfd7zXZ\0"), "xz", "xz -dc"),
        (head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY"), "bzip2", "bzip2 -dc"),
        (head.starts_with(b"PK\x03\x04"), "zip", "unzip -p"),
        (head.starts_with(b"\x04\x22\x4d\x18"), "lz4", "lz4 -dc"),
        (head.starts_with(b"7z\xbc\xaf\x27\x1c"), "7z", "7z x -so"),
        (head.starts_with(b"LZIP"), "lzip", "lzip -dc"),
        (head.starts_with(b"\x1f\x9d"), "compress", "gzip -dc"),
        (zlib, "zlib", "zlib-flate -uncompress <"),
        (Packing::of(head) == Some(Packing::Gzip), "gzip in a packed file", "gzip -dc"),
        (Packing::of(head) == Some(Packing::Zstd), "zstd in a packed file", "zstd -dc"),
    ];
    known.into_iter().find(|(is_it, ..)| *is_it).map(|(_, name, command)| (name, command))
}

/// Reads what was packed, and text that follows it. Where the packed bytes break off, as those of a killed writer do, the
/// output ends and `broken_off` says so, as it does where other bytes follow; damaged ones are an error.
pub(super) struct Unpacked<'a> {
    member: Member<'a>,
    broken_off: &'a BrokenOff,
}

/// Where the packed bytes ended too soon: what they were packed with, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// They break off.
    Short(Packing),
    /// What follows them is neither packed nor text.
    Foreign(Packing),
}

impl Break {
    pub(super) fn said(self) -> String {
        match self {
            Self::Short(packing) => format!("the {} data breaks off here", packing.name()),
            Self::Foreign(packing) => {
                format!("what follows the {} data here is neither packed nor text", packing.name())
            }
        }
    }

    pub(super) fn packing(self) -> Packing {
        match self {
            Self::Short(packing) | Self::Foreign(packing) => packing,
        }
    }
}

pub(super) type BrokenOff = Cell<Option<Break>>;

/// The input, whose next bytes can be looked at.
struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
}

impl Source<'_> {
    /// The next bytes; fewer than [`PEEK`] only at the end.
    fn peek(&mut self) -> Result<&[u8]> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let more = PEEK.saturating_sub(self.buffer.len()) as u64;
        self.reader.by_ref().take(more).read_to_end(&mut self.buffer)?;
        Ok(&self.buffer[..self.buffer.len().min(PEEK)])
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.start == self.buffer.len() {
            self.start = 0;
            self.buffer.resize(BUFFER_BYTES, 0);
            let read = self.reader.read(&mut self.buffer);
            self.buffer.truncate(*read.as_ref().unwrap_or(&0));
            read?;
        }
        Ok(&self.buffer[self.start..])
    }

    fn consume(&mut self, bytes: usize) {
        self.start = self.buffer.len().min(self.start + bytes);
    }
}

/// What is read at the moment.
enum Member<'a> {
    Gzip(GzDecoder<Source<'a>>),
    Zstd(zstd::stream::read::Decoder<'static, Source<'a>>),
    /// Text behind what was packed.
    Text(Source<'a>),
    End,
}

impl<'a> Member<'a> {
    /// Never looks farther back than zstd does without being told to: 128 MiB.
    fn new(packing: Packing, source: Source<'a>) -> Result<Self> {
        Ok(match packing {
            Packing::Gzip => Self::Gzip(GzDecoder::new(source)),
            Packing::Zstd => Self::Zstd(zstd::stream::read::Decoder::with_buffer(source)?.single_frame()),
        })
    }
}

/// Bytes that are looked at behind a member, and that are read at a time.
const PEEK: usize = 512;
const BUFFER_BYTES: usize = 64 << 10;

impl<'a> Unpacked<'a> {
    pub(super) fn new(packing: Packing, reader: impl Read + 'a, broken_off: &'a BrokenOff) -> Result<Self> {
        let source = Source { reader: Box::new(reader), buffer: Vec::new(), start: 0 };
        Ok(Self { member: Member::new(packing, source)?, broken_off })
    }

    /// Goes on behind a member that ended.
    fn go_on(&mut self) -> Result<()> {
        let (packing, mut source) = match std::mem::replace(&mut self.member, Member::End) {
            Member::Gzip(decoder) => (Packing::Gzip, decoder.into_inner()),
            Member::Zstd(decoder) => (Packing::Zstd, decoder.finish()),
            Member::Text(_) | Member::End => return Ok(()),
        };
        // tar and tapes fill up with NULs.
        while source.fill_buf()?.first() == Some(&0) {
            let zeros = source.fill_buf()?.iter().take_while(|&&b| b == 0).count();
            source.consume(zeros);
        }
        let head = source.peek()?;
        let is_text = !head.iter().any(|&b| b < b'\t' || (0x0e..0x1b).contains(&b));
        match Packing::of(head) {
            Some(next) => self.member = Member::new(next, source)?,
            None if is_text => self.member = Member::Text(source),
            None => self.broken_off.set(Some(Break::Foreign(packing))),
        }
        Ok(())
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let (packing, read) = match &mut self.member {
                Member::Gzip(decoder) => (Packing::Gzip, decoder.read(buffer)),
                Member::Zstd(decoder) => (Packing::Zstd, decoder.read(buffer)),
                Member::Text(text) => return text.read(buffer),
                Member::End => return Ok(0),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.member = Member::End;
                    self.broken_off.set(Some(Break::Short(packing)));
                }
                Ok(0) if !buffer.is_empty() => self.go_on()?,
                other => return other,
            }
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
    }

    #[test]
    fn what_follows_is_read_if_it_is_text() {
        let mixed = [Packing::Gzip, Packing::Zstd].map(|packing| pack(packing, b"packed\n"));
        for (first, second) in [(0, 1), (1, 0), (0, 0)] {
            let both = [&mixed[first][..], &mixed[second], b"plain\n"].concat();
            assert_eq!(unpacked(&both).unwrap(), (b"packed\npacked\nplain\n".to_vec(), false));
            let filled = [&mixed[first][..], &[0; 100_000], &mixed[second], &[0; 7]].concat();
            assert_eq!(unpacked(&filled).unwrap(), (b"packed\npacked\n".to_vec(), false));
            let garbage = [&mixed[first][..], b"\x01\x02\x03"].concat();
            assert_eq!(unpacked(&garbage).unwrap(), (b"packed\n".to_vec(), true));
        }
        let many = mixed[0].repeat(20_000);
        assert_eq!(unpacked(&many).unwrap().0.len(), 7 * 20_000);
    }
}
