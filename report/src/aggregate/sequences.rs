//! Which sites' hops tasks call soon after which.

use super::key_map::KeyMap;
use super::tables::OTHER_ID;
use crate::hop::How;

/// Pairs that one account tells apart, at most; further ones are those of `<other>`.
const MAX_PAIRS: usize = 4_096;

/// Of one pair of sites.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair {
    /// Hops that followed.
    pub hops: u64,
    /// Those of them that followed at once.
    pub in_a_row: u64,
    /// Those of them that were called in a burst.
    pub together: u64,
    /// In ticks.
    pub gap: u64,
}

impl Pair {
    /// Adds another pair up.
    pub fn merge(&mut self, other: Self) {
        self.hops += other.hops;
        self.in_a_row += other.in_a_row;
        self.together += other.together;
        self.gap = self.gap.saturating_add(other.gap);
    }

    #[inline(always)]
    fn add(&mut self, how: How, gap: u64) {
        self.hops += 1;
        self.in_a_row += u64::from(how.is_row());
        self.together += u64::from(how.is_together());
        self.gap = self.gap.wrapping_add(gap);
    }
}

/// Pairs of sites, before and after.
#[derive(Debug, Default)]
pub struct Sequences {
    pairs: Vec<((u32, u32), Pair)>,
    by_key: KeyMap<(u32, u32), usize>,
    /// Index of the last pair: the next hop is mostly of one that follows it.
    last: usize,
}

impl Sequences {
    /// `gap`: in ticks.
    #[inline(always)]
    pub fn add(&mut self, before: u32, site: u32, how: How, gap: u64) {
        match self.pairs.get_mut(self.last) {
            Some((key, pair)) if *key == (before, site) => pair.add(how, gap),
            _ => self.add_other((before, site), how, gap),
        }
    }

    #[inline(never)]
    fn add_other(&mut self, key: (u32, u32), how: How, gap: u64) {
        // In a loop over several calls the pairs come in the order in which they came first.
        let next = if self.last + 1 < self.pairs.len() { self.last + 1 } else { 0 };
        let follows = self.pairs.get(next).is_some_and(|(pair, _)| *pair == key);
        self.last = if follows { next } else { self.find(key) };
        if let Some((_, pair)) = self.pairs.get_mut(self.last) {
            pair.add(how, gap);
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

    /// Returns each pair of sites, by their numbers.
    pub fn each(&self) -> impl Iterator<Item = ((u32, u32), Pair)> {
        self.pairs.iter().copied()
    }
}
