//! One thread's part of the ledger: what it shares with readers ([`Recorder`]), and what only the thread itself needs to
//! find its way ([`Writer`]).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::blocks::BlockTable;
use super::histogram::{ChunkPool, bump};
use super::tree::{Name, NodeId, NodeKey, Tree};
use crate::hop::{HopRecord, OpKind, Ops, Phases};
use crate::names::{Arm, Detail, LockOp, Outcome, Phase, StartKind};
use crate::report::is_outlier;

/// What a thread has added up.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) tree: Tree,
    pub(super) chunks: ChunkPool,
    pub(super) blocks: BlockTable,
    pub(super) submitted: AtomicU64,
    pub(super) corrected: AtomicU64,
    pub(super) dropped_spans: AtomicU64,
    pub(super) dropped_histogram_values: AtomicU64,
    pub(super) outliers: AtomicU64,
    pub(super) other_site_hops: AtomicU64,
}

/// Nodes of a group of hops: the hops themselves, overhead, phases, starts, locks, copy, empty span.
const NODES: usize = 4 + Phase::ALL.len() + StartKind::ALL.len() + LockOp::ALL.len();
const UNKNOWN: NodeId = NodeId::MAX;

fn slot_of(name: Name) -> usize {
    let phases = 4;
    let starts = phases + Phase::ALL.len();
    let locks = starts + StartKind::ALL.len();
    match name {
        Name::Hops { .. } | Name::Foreign(_) | Name::NamedLock(_) => 0,
        Name::Overhead => 1,
        Name::Copy => 2,
        Name::Empty => 3,
        Name::Phase(phase) => phases + phase as usize,
        Name::Start(kind) => starts + kind as usize,
        Name::Lock(op) => locks + op as usize,
    }
}

/// The nodes of hops that are alike, by [`slot_of`].
#[derive(Debug)]
struct Group {
    name: Name,
    nodes: [NodeId; NODES],
}

/// Index of a group in its writer.
pub(super) type GroupId = usize;

/// The one that writes a recorder.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) recorder: Arc<Recorder>,
    groups: Vec<Group>,
    by_name: HashMap<Name, GroupId>,
    by_key: HashMap<NodeKey, NodeId>,
}

impl Writer {
    /// The group of that name.
    pub(super) fn group(&mut self, name: Name) -> GroupId {
        *self.by_name.entry(name).or_insert_with(|| {
            self.groups.push(Group { name, nodes: [UNKNOWN; NODES] });
            self.groups.len() - 1
        })
    }

    /// Adds a value to a node of a group.
    fn add(&mut self, group: GroupId, name: Name, value: u64, extra: u64) {
        let Some(group) = self.groups.get_mut(group) else { return };
        let slot = slot_of(name);
        if group.nodes[slot] == UNKNOWN {
            let root = slot_of(group.name);
            let parent = (slot != root).then(|| group.nodes[root]);
            group.nodes[slot] = self.recorder.tree.insert(NodeKey { parent, name }).unwrap_or(UNKNOWN);
        }
        let node = group.nodes[slot];
        self.add_to(node, value, extra);
    }

    fn add_to(&self, node: NodeId, value: u64, extra: u64) {
        let recorder = &*self.recorder;
        match recorder.tree.stat(node) {
            Some(stat) => {
                if !stat.add(&recorder.chunks, value, extra) {
                    bump(&recorder.dropped_histogram_values, 1);
                }
                if is_outlier(value) {
                    bump(&recorder.outliers, 1);
                }
            }
            None => bump(&recorder.dropped_spans, 1),
        }
    }

    /// Adds a hop at its end.
    pub(super) fn hop(&mut self, group: GroupId, hop: &HopRecord<'_>) {
        let stamps = &hop.stamps;
        let end = stamps.copied.unwrap_or(stamps.called);
        let root = self.groups[group].name;
        match (hop.outcome, Phases::of(stamps)) {
            (Outcome::Joined, Some(phases)) if hop.arm != Arm::Wrapped => {
                self.add(group, root, phases.hop_ns, 0);
                self.add(group, Name::Overhead, phases.overhead_ns(), 0);
                for &phase in Phase::ALL {
                    if phase != Phase::Reach {
                        self.add(group, Name::Phase(phase), phases.get(phase), 0);
                    }
                }
                self.add(group, Name::Start(phases.start_kind), phases.get(Phase::Start), 0);
                if phases.corrected > 0 {
                    bump(&self.recorder.corrected, u64::from(phases.corrected));
                }
                self.recorder.blocks.add(hop.arm, hop.detail, end, phases.get(Phase::Transfer), phases.hop_ns);
            }
            (outcome, _) => {
                self.add(group, root, end.saturating_sub(stamps.called), 0);
                if hop.arm == Arm::Wrapped {
                    self.wrapped(group, hop);
                } else if let (Some(ready), true) = (stamps.ready, outcome != Outcome::Detached) {
                    self.add(group, Name::Phase(Phase::Transfer), end.saturating_sub(ready), 0);
                }
            }
        }
        if hop.detail == Detail::Locks {
            self.ops(group, &hop.ops, hop.copied_bytes);
        }
    }

    fn wrapped(&mut self, group: GroupId, hop: &HopRecord<'_>) {
        let stamps = &hop.stamps;
        if let Some(start) = stamps.run_start {
            self.add(group, Name::Phase(Phase::Reach), start.saturating_sub(stamps.called), 0);
            if let Some(end) = stamps.run_end {
                self.add(group, Name::Phase(Phase::Run), end.saturating_sub(start), 0);
            }
        }
    }

    fn ops(&mut self, group: GroupId, ops: &Ops, copied_bytes: u64) {
        for op in ops.iter() {
            match op.kind {
                OpKind::Lock(purpose) => self.add(group, Name::Lock(purpose), op.ns, u64::from(op.contended)),
                OpKind::Copy => self.add(group, Name::Copy, op.ns, copied_bytes),
                OpKind::Empty => self.add(group, Name::Empty, op.ns, 0),
            }
        }
        if ops.dropped > 0 {
            bump(&self.recorder.dropped_spans, u64::from(ops.dropped));
        }
    }

    /// The node of a span outside any hop; `None` once there is no room.
    pub(super) fn span_node(&mut self, parent: Option<NodeId>, name: Name) -> Option<NodeId> {
        let key = NodeKey { parent, name };
        if let Some(&node) = self.by_key.get(&key) {
            return Some(node);
        }
        let node = self.recorder.tree.insert(key)?;
        self.by_key.insert(key, node);
        Some(node)
    }

    /// Adds a span outside any hop.
    pub(super) fn span(&self, node: Option<NodeId>, ns: u64, extra: u64) {
        self.add_to(node.unwrap_or(UNKNOWN), ns, extra);
    }
}

