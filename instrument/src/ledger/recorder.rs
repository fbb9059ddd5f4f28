//! One thread's part of the ledger: what it shares with readers ([`Recorder`]), and what only the thread itself needs to
//! find its way ([`Writer`]).

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parking_lot::Mutex;

use super::blocks::BlockTable;
use super::group::{Group, GroupId, Room};
use super::histogram::{ChunkPool, bump};
use super::key_map::KeyMap;
use super::sites::OTHER_ID;
use super::tree::{Name, NodeId, NodeKey, Tree};
use crate::hop::{HopRecord, Phases};
use crate::names::{Arm, Detail, Outcome, Phase};

/// Groups of one thread, at most.
pub(super) const MAX_GROUPS: usize = 4_096;

/// What a thread has added up.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// The lock is taken to add a group and to read them, never to record into one.
    pub(super) groups: Mutex<Vec<Arc<Group>>>,
    pub(super) tree: Tree,
    pub(super) chunks: ChunkPool,
    pub(super) blocks: BlockTable,
    pub(super) submitted: AtomicU64,
    pub(super) corrected: AtomicU64,
    pub(super) losses: Losses,
}

/// What a thread could not record.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) hops: AtomicU64,
    pub(super) spans: AtomicU64,
    pub(super) histogram_values: AtomicU64,
    pub(super) outliers: AtomicU64,
    pub(super) other_site_hops: AtomicU64,
}

impl Recorder {
    fn room(&self) -> Room<'_> {
        Room { chunks: &self.chunks, losses: &self.losses }
    }

    /// Adds a hop at its end; `None` if there was no room for its group. Called by the one writer only.
    pub(super) fn hop(&self, group: Option<&Group>, hop: &HopRecord<'_>) {
        let Some(group) = group else {
            return bump(&self.losses.hops, 1);
        };
        let room = self.room();
        let bridged = hop.outcome == Outcome::Joined && hop.arm != Arm::Wrapped;
        match Phases::of(&hop.stamps).filter(|_| bridged) {
            Some(phases) => {
                if phases.corrected > 0 {
                    bump(&self.corrected, u64::from(phases.corrected));
                }
                let end = hop.stamps.called + phases.hop_ns;
                self.blocks.add(hop.arm, hop.detail, end, phases.get(Phase::Transfer), phases.hop_ns);
                group.joined(room, &phases);
            }
            None => group.other(room, hop),
        }
        if hop.detail == Detail::Locks {
            group.spans(room, &hop.ops, hop.copied_bytes);
        }
        if group.id.site == OTHER_ID {
            bump(&self.losses.other_site_hops, 1);
        }
    }
}

/// The one that writes a recorder.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) recorder: Arc<Recorder>,
    groups: KeyMap<GroupId, Arc<Group>>,
    nodes: KeyMap<NodeKey, NodeId>,
}

impl Writer {
    /// The group of that name; `None` once there is no room for another.
    pub(super) fn group(&mut self, id: GroupId) -> Option<Arc<Group>> {
        if let Some(group) = self.groups.get(&id) {
            return Some(Arc::clone(group));
        }
        if self.groups.len() >= MAX_GROUPS {
            return None;
        }
        let group = Arc::new(Group::new(id));
        self.recorder.groups.lock().push(Arc::clone(&group));
        self.groups.insert(id, Arc::clone(&group));
        Some(group)
    }

    /// The node of a span outside any hop; `None` once there is no room.
    pub(super) fn node(&mut self, parent: Option<NodeId>, name: Name) -> Option<NodeId> {
        let key = NodeKey { parent, name };
        if let Some(&node) = self.nodes.get(&key) {
            return Some(node);
        }
        let node = self.recorder.tree.insert(key)?;
        self.nodes.insert(key, node);
        Some(node)
    }

    /// Adds a span outside any hop.
    pub(super) fn span(&self, node: Option<NodeId>, ns: u64, extra: u64) {
        match node.and_then(|node| self.recorder.tree.stat(node)) {
            Some(stat) => self.recorder.room().add(stat, ns, extra),
            None => bump(&self.recorder.losses.spans, 1),
        }
    }
}
