//! How a hop was called, in a word.

use crate::names::Spacing;

/// Number of a site in its capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u32);

/// How a hop was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// How soon after its task's last one.
    pub spacing: Spacing,
    /// It was called inside another job.
    pub nested: bool,
    /// Number of the runtime whose pool ran it, counted up from 1 in its capture; 0 where that is not known.
    pub runtime: u8,
}

impl Default for Circumstances {
    fn default() -> Self {
        Self { spacing: Spacing::Apart, nested: false, runtime: 0 }
    }
}

/// How a hop was called: how soon after its task's last one, which that was, inside another job or not, and on which runtime it ran. A word, since
/// each hop carries it.
///
/// ```text
/// 63        32 31            16   7      6      5     3   2      1     0
///   gap, ticks | site before   | inner|together|runtime|nested| spacing |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct How(u64);

const NESTED_SHIFT: u32 = 2;
const RUNTIME_SHIFT: u32 = 3;
const TOGETHER: u64 = 1 << 6;
const INNER: u64 = 1 << 7;
const SITE_SHIFT: u32 = 16;
const GAP_SHIFT: u32 = 32;

const _: () = assert!(Spacing::ALL.len() == 1 << NESTED_SHIFT);

impl Default for How {
    fn default() -> Self {
        Self::new(Spacing::Apart, false, None)
    }
}

impl How {
    /// Kinds lie below this.
    pub const KINDS: usize = 1 << RUNTIME_SHIFT;
    /// Numbers of runtimes lie below this.
    pub const RUNTIMES: usize = 8;

    /// `before`: the site of the hop that the task called, or came back from, before this one, and ticks since then; kept in a row or a burst,
    /// which are far shorter than 2^32 ticks.
    #[inline]
    #[must_use]
    pub fn new(spacing: Spacing, nested: bool, before: Option<(SiteId, u64)>) -> Self {
        // `<other>` has all bits of a site's number, as far as they are kept.
        let before = before.map_or(0, |(site, gap)| {
            gap.min(u32::MAX.into()) << GAP_SHIFT | (u64::from(site.0) & 0xffff) << SITE_SHIFT
        });
        Self(before | u64::from(nested) << NESTED_SHIFT | spacing as u64)
    }

    /// The same on that runtime, which was not known before; 0 for one that has no number.
    #[inline]
    #[must_use]
    pub fn with_runtime(self, number: u8) -> Self {
        Self(self.0 | (u64::from(number) & (Self::RUNTIMES as u64 - 1)) << RUNTIME_SHIFT)
    }

    /// The same, called while the hop before had not come back.
    #[inline]
    #[must_use]
    pub fn together(self) -> Self {
        Self(self.0 | TOGETHER)
    }

    /// The same, run by another job as a function, on that one's thread.
    #[must_use]
    pub fn inner(self) -> Self {
        Self(self.0 | INNER)
    }

    /// The same as data.
    #[must_use]
    pub fn circumstances(self) -> Circumstances {
        let runtime = u8::try_from(self.runtime()).unwrap_or_default();
        let (spacing, nested) = Self::of_kind(self.kind());
        Circumstances { spacing, nested, runtime }
    }

    /// Reads it from a word of a journal.
    #[inline]
    pub fn of_word(word: u64) -> Self {
        Self(word)
    }

    /// Returns it as a word of a journal.
    #[inline]
    pub fn word(self) -> u64 {
        self.0
    }

    /// Spacing and nesting as a small number.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is asked for")]
    pub fn kind(self) -> usize {
        self.0 as usize & (Self::KINDS - 1)
    }

    /// Returns spacing and nesting of such a number.
    pub fn of_kind(kind: usize) -> (Spacing, bool) {
        (Spacing::ALL[kind & 3], kind >> NESTED_SHIFT & 1 == 1)
    }

    /// Returns the number of the runtime; 0 if it has none.
    #[inline]
    pub fn runtime(self) -> usize {
        (self.0 >> RUNTIME_SHIFT) as usize & (Self::RUNTIMES - 1)
    }

    /// Site of the hop before and ticks since; `None` if neither in a row nor in a burst.
    #[inline]
    pub fn before(self) -> Option<(SiteId, u64)> {
        #[expect(clippy::cast_possible_truncation, reason = "16 bits")]
        let site = match self.0 >> SITE_SHIFT & 0xffff {
            0xffff => u32::MAX,
            site => site as u32,
        };
        self.is_close().then_some((SiteId(site), self.0 >> GAP_SHIFT))
    }

    /// In a row, and not merely in a burst.
    #[inline]
    pub fn is_row(self) -> bool {
        self.0 & 3 == Spacing::Row as u64
    }

    /// The hop before had not come back.
    #[inline]
    pub fn is_together(self) -> bool {
        self.0 & TOGETHER != 0
    }

    /// Another job ran it as a function.
    pub fn is_inner(self) -> bool {
        self.0 & INNER != 0
    }

    #[inline]
    fn is_close(self) -> bool {
        let spacing = self.0 & 3;
        spacing == Spacing::Row as u64 || spacing == Spacing::Burst as u64
    }
}

impl From<Circumstances> for How {
    fn from(Circumstances { spacing, nested, runtime }: Circumstances) -> Self {
        Self::new(spacing, nested, None).with_runtime(runtime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_its_parts() {
        for (&spacing, nested) in Spacing::ALL.iter().flat_map(|spacing| [(spacing, false), (spacing, true)]) {
            for (site, gap) in [(0, 0), (1_023, 5_000_000), (u32::MAX, 1 << 40)] {
                let how = How::new(spacing, nested, Some((SiteId(site), gap))).with_runtime(7);
                assert_eq!(how.circumstances(), Circumstances { spacing, nested, runtime: 7 });
                let close = matches!(spacing, Spacing::Row | Spacing::Burst);
                let before = close.then_some((SiteId(site), gap.min(u32::MAX.into())));
                assert_eq!((how.before(), how.is_row()), (before, spacing == Spacing::Row));
                assert_eq!(How::of_kind(how.kind()), (spacing, nested));
                assert_eq!(How::from(how.circumstances()).circumstances(), how.circumstances());
            }
        }
    }
}
