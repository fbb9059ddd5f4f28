//! One thread's call tree of spans outside hops: nodes in arrays that never move, so that any thread may read while the
//! owner writes. (A hop's own spans have a shape that is known beforehand: see `group`.)

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::stat::Stat;
use crate::names::LockOp;

/// Nodes that are allocated at once.
const SEGMENT: usize = 32;
/// Nodes of one thread, at most.
pub(super) const MAX_NODES: usize = 64 * SEGMENT;

/// Index of a node.
pub(super) type NodeId = u32;

/// What a node stands for, below its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// A bridge lock outside any hop.
    Lock(LockOp),
    /// A state copy outside any hop.
    Copy,
    /// A lock of the app's own. Index of its name in the capture's table.
    NamedLock(u32),
    /// A span of somebody else. Index of its name in the capture's table.
    Foreign(u32),
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeKey {
    pub(super) parent: Option<NodeId>,
    pub(super) name: Name,
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
