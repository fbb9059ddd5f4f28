//! UTF-16 in the middle of a log, as PowerShell's `>>` appends it: its hops are counted as lost.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::event::ANCHOR;

pub(super) const UTF_16: &str = "UTF-16 text, as PowerShell's `>>` appends it; convert it to UTF-8";

/// So far apart are the places at which NULs are looked for. A hop takes more in UTF-16, and every other byte is one.
const APART: usize = 256;

static WIDE_ANCHOR: LazyLock<Finder<'static>> = LazyLock::new(|| {
    let mut wide: Vec<u8> = ANCHOR.bytes().flat_map(|byte| [byte, 0]).collect();
    wide.pop();
    Finder::new(&wide).into_owned()
});

/// Hands every line in UTF-16 that may hold a hop to `line`, without its NULs, and the place of its first byte.
pub(super) fn lines(bytes: &[u8], line: &mut dyn FnMut(usize, &[u8])) {
    if !bytes.chunks(APART).any(|chunk| chunk.iter().take(2).any(|&b| b == 0)) {
        return;
    }
    let mut from = 0;
    while let Some(at) = WIDE_ANCHOR.find(&bytes[from..]).map(|at| from + at) {
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
        let narrow: Vec<u8> = bytes[start..end].iter().copied().filter(|&b| b != 0).collect();
        line(start, &narrow);
        from = end;
    }
}
