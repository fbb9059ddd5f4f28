//! One thread's call tree: nodes in arrays that never move, so that any thread may read while the owner writes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::histogram::{ChunkPool, Histogram, bump};
use crate::names::{Arm, Detail, LockOp, Outcome, Phase, StartKind};
use crate::report::Distribution;

/// Nodes that are allocated at once.
const SEGMENT: usize = 32;
/// Nodes of one thread, at most.
pub(super) const MAX_NODES: usize = 512 * SEGMENT;

/// Index of a node.
pub(super) type NodeId = u32;

/// What a node stands for, below its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Name {
    /// Hops that are alike. Index of the site in the capture's table.
    Hops { site: u32, arm: Arm, detail: Detail, outcome: Outcome },
    Overhead,
    Phase(Phase),
    Start(StartKind),
    Lock(LockOp),
    Copy,
    Empty,
    /// A span of somebody else. Index of its name in the capture's table.
    Foreign(u32),
    /// A lock of the app's own. Index of its name in the capture's table.
    NamedLock(u32),
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeKey {
    pub(super) parent: Option<NodeId>,
    pub(super) name: Name,
}

/// Values added up. Written by one thread, read by any.
#[derive(Debug)]
pub(super) struct Stat {
    count: AtomicU64,
    sum: AtomicU64,
    /// An `f64`'s bits: squares of ns overrun 64 bits within seconds.
    sum_sq: AtomicU64,
    min: AtomicU64,
    max: AtomicU64,
    /// Contended acquisitions of a lock, bytes of a copy.
    extra: AtomicU64,
    histogram: Histogram,
}

impl Default for Stat {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            sum: AtomicU64::new(0),
            sum_sq: AtomicU64::new(0),
            min: AtomicU64::new(u64::MAX),
            max: AtomicU64::new(0),
            extra: AtomicU64::new(0),
            histogram: Histogram::default(),
        }
    }
}

impl Stat {
    /// Adds a value; false if it found no room in the histogram.
    #[inline]
    pub(super) fn add(&self, pool: &ChunkPool, value: u64, extra: u64) -> bool {
        // ORDERING: relaxed throughout, as in `bump`.
        bump(&self.sum, value);
        let squares = f64::from_bits(self.sum_sq.load(Ordering::Relaxed)) + (value as f64) * (value as f64);
        self.sum_sq.store(squares.to_bits(), Ordering::Relaxed);
        if value < self.min.load(Ordering::Relaxed) {
            self.min.store(value, Ordering::Relaxed);
        }
        if value > self.max.load(Ordering::Relaxed) {
            self.max.store(value, Ordering::Relaxed);
        }
        if extra != 0 {
            bump(&self.extra, extra);
        }
        let found = self.histogram.add(pool, value);
        // Last, so that a live reader rather misses the histogram's newest value than counts one that is not there.
        bump(&self.count, 1);
        found
    }

    pub(super) fn read(&self, pool: &ChunkPool) -> (Distribution, u64) {
        // ORDERING: relaxed; exact at rest, off by one update while the owner records.
        let histogram = self.histogram.read(pool);
        let counted: u64 = histogram.iter().map(|(_, n)| n).sum();
        let distribution = Distribution::of_parts(
            self.count.load(Ordering::Relaxed).max(counted),
            self.sum.load(Ordering::Relaxed),
            f64::from_bits(self.sum_sq.load(Ordering::Relaxed)),
            self.min.load(Ordering::Relaxed).min(self.max.load(Ordering::Relaxed)),
            self.max.load(Ordering::Relaxed),
            histogram,
        );
        (distribution, self.extra.load(Ordering::Relaxed))
    }
}

#[derive(Debug, Default)]
struct Node {
    key: OnceLock<NodeKey>,
    stat: Stat,
}

/// The nodes of one thread.
#[derive(Debug)]
pub(super) struct Tree {
    segments: Box<[OnceLock<Box<[Node]>>]>,
    used: AtomicU32,
}

impl Default for Tree {
    fn default() -> Self {
        Self { segments: (0..MAX_NODES / SEGMENT).map(|_| OnceLock::new()).collect(), used: AtomicU32::new(0) }
    }
}

impl Tree {
    fn node(&self, id: NodeId) -> Option<&Node> {
        self.segments.get(id as usize / SEGMENT)?.get()?.get(id as usize % SEGMENT)
    }

    /// The values of a node.
    #[inline]
    pub(super) fn stat(&self, id: NodeId) -> Option<&Stat> {
        self.node(id).map(|node| &node.stat)
    }

    /// A new node; `None` once all are in use. Called by the owner only, which knows what it has already.
    #[cold]
    pub(super) fn insert(&self, key: NodeKey) -> Option<NodeId> {
        // ORDERING: relaxed; only the owner writes it.
        let id = self.used.load(Ordering::Relaxed);
        let segment = self.segments.get(id as usize / SEGMENT)?;
        let nodes = segment.get_or_init(|| (0..SEGMENT).map(|_| Node::default()).collect());
        nodes[id as usize % SEGMENT].key.set(key).ok()?;
        // ORDERING: release; pairs with the acquire in `nodes`, which then sees the node's key.
        self.used.store(id + 1, Ordering::Release);
        Some(id)
    }

    /// All nodes in the order in which they were made: a parent comes before its children.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (NodeId, NodeKey, &Stat)> {
        // ORDERING: acquire; pairs with the release in `insert`.
        let used = self.used.load(Ordering::Acquire);
        (0..used).filter_map(|id| {
            let node = self.node(id)?;
            Some((id, *node.key.get()?, &node.stat))
        })
    }
}
