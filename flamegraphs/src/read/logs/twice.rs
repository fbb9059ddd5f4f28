//! Hops that stand in the logs more than once: in files that overlap, beside a packed copy, or where two layers of the app's
//! subscriber write to one stream.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use tollbridge_report::hop::HopRecord;

/// Hops that later ones are held against: with that many the set takes some 20 MB, and 30 MB while it grows.
const MAX_HOPS: usize = 1_800_000;

/// The hops so far, each by 64 bits of a keyed hash: among so many, two that differ share one once in millions of logs.
#[derive(Default)]
pub(super) struct Twice {
    keys: Keys,
    seen: HashSet<u64, BuildHasherDefault<AsItIs>>,
    again: u64,
    unknown: u64,
}

impl Twice {
    /// Whether no hop before was the same in all that its event tells.
    pub(super) fn is_new(&mut self, hop: &HopRecord<'_>) -> bool {
        let key = self.keys.hash_one(WholeKey(hop));
        let is_new = if self.seen.len() < MAX_HOPS { self.seen.insert(key) } else { !self.seen.contains(&key) };
        self.again += u64::from(!is_new);
        self.unknown += u64::from(is_new && self.seen.len() == MAX_HOPS);
        is_new
    }

    /// Hops that were left out so far.
    pub(super) fn again(&self) -> u64 {
        self.again
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        let again = (self.again > 0).then(|| match self.again {
            1 => "1 hop stands in the log twice, all of its moments alike; it is counted once".to_owned(),
            more => format!("{more} hops stand in the log again, all of their moments alike; each is counted once"),
        });
        let unknown = (self.unknown > 0).then(|| {
            format!("the log holds so many hops that only the first {MAX_HOPS} were looked for among the later ones")
        });
        again.into_iter().chain(unknown)
    }
}

/// All that an event tells of a hop.
struct WholeKey<'a>(&'a HopRecord<'a>);

impl Hash for WholeKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let HopRecord { site, arm, detail, outcome, stamps, ops, copied_bytes, circumstances: _ } = self.0;
        site.hash(state);
        (arm.as_str(), detail.as_str(), outcome.as_str(), copied_bytes).hash(state);
        // No moment is the last one that there is.
        stamps.moments().map(|moment| moment.unwrap_or(u64::MAX)).hash(state);
        stamps.pool_thread.hash(state);
        for op in ops.iter() {
            op.ns.hash(state);
        }
    }
}

/// What hashes begin with, another one in each run: no log can be made so that its hops look alike.
#[derive(Clone)]
struct Keys(u64);

impl Default for Keys {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Keys {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded(self.0)
    }
}

/// Multiplies, and folds both halves of the product: a fifth of what the standard library's hash takes.
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
        self.write_usize(bytes.len());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        /// Of the golden ratio.
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = self.0.rotate_left(23) ^ word;
        let high = u64::try_from((u128::from(mixed) * u128::from(ODD)) >> 64).unwrap_or_default();
        self.0 = mixed.wrapping_mul(ODD) ^ high;
    }
}

/// Takes what is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_what_is_nearly_alike_differ() {
        let keys = Keys::default();
        let mut seen = HashSet::new();
        for a in 0..300_u64 {
            for b in 0..300_u64 {
                assert!(seen.insert(keys.hash_one((a * 1_000, b << 20))));
                assert!(seen.insert(keys.hash_one((format!("{a}"), format!("{b}")))));
            }
        }
        assert_eq!(keys.hash_one((1, "a")), keys.clone().hash_one((1, "a")));
        // Halves are as good as the whole.
        let halves: HashSet<u64> = seen.iter().map(|hash| hash >> 32).collect();
        assert!(halves.len() > seen.len() - 20, "{}", halves.len());
    }
}
