//! Which sites' hops tasks call soon after which.

use super::key_map::KeyMap;
use super::tables::OTHER_ID;
use crate::names::Spacing;

/// Pairs that one account tells apart, at most; further ones are those of `<other>`.
const MAX_PAIRS: usize = 4_096;

/// Of one pair of sites.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pair {
    pub(super) hops: u64,
    pub(super) in_a_row: u64,
    pub(super) gap_ns: u64,
}

impl Pair {
    pub(super) fn merge(&mut self, other: Self) {
        self.hops += other.hops;
        self.in_a_row += other.in_a_row;
        self.gap_ns = self.gap_ns.saturating_add(other.gap_ns);
    }
}

/// Pairs of sites, before and after.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pairs: Vec<((u32, u32), Pair)>,
    by_key: KeyMap<(u32, u32), usize>,
    /// Index of the last pair: the next hop is mostly of one that follows it.
    last: usize,
}

impl Sequences {
    #[inline]
    pub(super) fn add(&mut self, before: u32, site: u32, spacing: Spacing, gap_ns: u64) {
        let key = (before, site);
        // In a loop over several calls the pairs come in the order in which they came first.
        let next = if self.last + 1 < self.pairs.len() { self.last + 1 } else { 0 };
        let index = [self.last, next].into_iter().find(|&at| self.pairs.get(at).is_some_and(|pair| pair.0 == key));
        let index = index.unwrap_or_else(|| self.find(key));
        self.last = index;
        if let Some((_, pair)) = self.pairs.get_mut(index) {
            pair.hops += 1;
            pair.in_a_row += u64::from(spacing == Spacing::Row);
            pair.gap_ns = pair.gap_ns.saturating_add(gap_ns);
        }
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self, key: (u32, u32)) -> usize {
        if let Some(&index) = self.by_key.get(&key) {
            return index;
        }
        let other = (OTHER_ID, OTHER_ID);
        if self.pairs.len() >= MAX_PAIRS && key != other {
            return self.find(other);
        }
        self.pairs.push((key, Pair::default()));
        self.by_key.insert(key, self.pairs.len() - 1);
        self.pairs.len() - 1
    }

    pub(super) fn each(&self) -> impl Iterator<Item = ((u32, u32), Pair)> {
        self.pairs.iter().copied()
    }
}
