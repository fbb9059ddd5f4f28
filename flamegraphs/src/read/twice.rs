//! Hops that stand in the logs more than once: in files that overlap, beside a packed copy, or where two layers of the app's
//! subscriber write to one stream.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use tollbridge_instrument::hop::HopRecord;

/// Hops that later ones are held against: with that many the set takes some 20 MB, and 30 MB while it grows.
const MAX_HOPS: usize = 1_800_000;

/// The hops so far, each by 64 bits of a keyed hash: among so many, two that differ share one once in millions of logs.
#[derive(Default)]
pub(super) struct Twice {
    keys: RandomState,
    seen: HashSet<u64, BuildHasherDefault<AsItIs>>,
    again: u64,
    unknown: u64,
}

impl Twice {
    /// Whether no hop before was the same in all that its event tells.
    pub(super) fn is_new(&mut self, hop: &HopRecord<'_>) -> bool {
        let key = self.keys.hash_one(Whole(hop));
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
struct Whole<'a>(&'a HopRecord<'a>);

impl Hash for Whole<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let HopRecord { site, arm, detail, outcome, stamps, ops, copied_bytes, circumstances: _ } = self.0;
        site.hash(state);
        (arm.as_str(), detail.as_str(), outcome.as_str(), copied_bytes).hash(state);
        let moments = [
            Some(stamps.called),
            stamps.returned,
            stamps.previous_end,
            stamps.run_start,
            stamps.run_end,
            stamps.published,
            stamps.first_poll,
            stamps.ready,
            stamps.copied,
        ];
        // No moment is the last one that there is.
        moments.map(|moment| moment.unwrap_or(u64::MAX)).hash(state);
        stamps.pool_thread.hash(state);
        for op in ops.iter() {
            op.ns.hash(state);
        }
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
