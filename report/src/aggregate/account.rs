//! Sums: hops by group, spans outside hops by node, and stretches of time.
//!
//! An account is written by one thread at a time, whichever holds its lock, so nothing in it is atomic.

use super::blocks::BlockTable;
use super::group::{Group, GroupId, Room};
use super::key_map::KeyMap;
use super::sequences::Sequences;
use super::stat::Stat;
use super::stretches::{Spell, StretchTable};
use super::tables::{NodeId, OTHER_ID};
use super::timeline::KeptHops;
use crate::hop::{How, Ops, PackedOp, Phases, Since, Stamps, Ticks};
use crate::names::{Outcome, Phase};

/// Groups of one account, at most.
pub const MAX_GROUPS: usize = 8_192;

/// What was added up.
#[derive(Debug)]
pub struct Account {
    /// Turns its ticks into ns.
    pub since: Since,
    /// Boxed, so that the list is short to copy when it grows.
    groups: Vec<Box<Group>>,
    by_id: KeyMap<GroupId, usize>,
    /// Index of the group of the last hop: the next one is mostly of it too.
    last: Option<(GroupId, usize)>,
    nodes: Vec<Stat>,
    /// Which hop a task called after which.
    pub sequences: Sequences,
    /// Whole hops.
    pub timeline: KeptHops,
    /// Sums of whole hops, by stretch of time.
    pub blocks: BlockTable,
    /// What was in flight, queued and running, by stretch of time.
    pub stretches: StretchTable,
    /// What is left for histograms, and what found no room.
    pub room: Room,
}

impl Account {
    /// Creates an empty account. `since`: what its ticks are counted from.
    pub fn new(since: Since) -> Self {
        Self {
            since,
            groups: Vec::new(),
            by_id: KeyMap::default(),
            last: None,
            nodes: Vec::new(),
            sequences: Sequences::default(),
            timeline: KeptHops::default(),
            blocks: BlockTable::default(),
            stretches: StretchTable::default(),
            room: Room::default(),
        }
    }

    /// Keeps so many hops whole.
    pub fn with_timeline(mut self, hops: usize) -> Self {
        self.timeline = KeptHops::of(hops);
        self
    }

    /// Adds a hop.
    #[inline]
    pub fn hop(&mut self, id: GroupId, how: How, ticks: &Ticks) {
        let since = self.since;
        self.add(id, how, || Phases::of_ticks(ticks, since), || ticks.stamps(since, None));
        if let Some((before, gap)) = how.before() {
            self.sequences.add(before.0, id.site(), how, gap);
        }
    }

    /// Adds the run of a job whose handle was gone before it ended, in ticks; [`Ticks::NEVER`] if it never ran.
    #[cold]
    pub fn job(&mut self, id: GroupId, called: u64, start: u64, end: u64) {
        let since = self.since;
        if let Some(group) = self.group(id).and_then(|index| self.groups.get_mut(index)).filter(|_| end != Ticks::NEVER)
        {
            let [called, start, end] = [called, start, end].map(|ticks| since.ns(ticks));
            group.job(&mut self.room, called, start, end);
            self.stretches.add(&Spell { queued: [called, start], runs: [start, end], ..Spell::default() });
        }
    }

    /// Adds a hop whose moments are in ns.
    pub fn stamped_hop(&mut self, id: GroupId, how: How, stamps: &Stamps) {
        self.add(id, how, || Phases::of(stamps), || *stamps);
    }

    #[inline(always)]
    fn add(&mut self, id: GroupId, how: How, phases: impl FnOnce() -> Option<Phases>, stamps: impl FnOnce() -> Stamps) {
        let index = match self.last {
            Some((last, index)) if last == id => Some(index),
            _ => self.group(id),
        };
        self.last = index.map(|index| (id, index));
        let Some(group) = index.and_then(|index| self.groups.get_mut(index)) else {
            self.room.losses.hops += 1;
            return;
        };
        group.how.add(how);
        match if group.bridged { phases() } else { None } {
            Some(phases) => {
                self.room.losses.corrected += u64::from(phases.corrected);
                let [transfer, run, backlog] = [Phase::Transfer, Phase::Run, Phase::Backlog].map(|p| phases.get(p));
                let sums = [1, transfer, phases.hop_ns, run, backlog];
                self.blocks.add(group.arm, group.detail, phases.end_ns(), sums);
                let [called, run_start, run_end, end] = phases.moments();
                self.stretches.hop(called, run_start, run_end, end);
                group.joined(&mut self.room, &phases);
            }
            None => {
                let stamps = stamps();
                group.other(&mut self.room, &stamps);
                self.stretches.add(&spell(id, how, &stamps));
            }
        }
        if id.site() == OTHER_ID {
            self.room.losses.other_site_hops += 1;
        }
    }

    /// Adds the spans of the hop that was added last. `ops`: in ticks.
    #[inline]
    pub fn hop_spans(&mut self, copied_bytes: u64, ops: impl Iterator<Item = PackedOp>) {
        let Self { since, groups, last, room, .. } = self;
        match last.and_then(|(_, index)| groups.get_mut(index)) {
            Some(group) => group.spans(room, ops, copied_bytes, |ticks| since.length_ns(ticks)),
            None => room.losses.spans += ops.count() as u64,
        }
    }

    /// Adds the spans of the hop that was added last, in ns.
    pub fn stamped_spans(&mut self, copied_bytes: u64, ops: &Ops) {
        if let Some(group) = self.last.and_then(|(_, index)| self.groups.get_mut(index)) {
            group.spans(&mut self.room, ops.packed(), copied_bytes, |ns| ns);
        }
        self.room.losses.spans += u64::from(ops.dropped);
    }

    /// Adds a span outside any hop.
    #[inline]
    pub fn span(&mut self, node: NodeId, ticks: u64, extra: u64) {
        if ticks >> 63 != 0 {
            return self.backwards(node, extra);
        }
        let ns = self.since.length_ns(ticks);
        let stat = match self.nodes.get_mut(node as usize) {
            Some(stat) => stat,
            None => new_node(&mut self.nodes, node),
        };
        self.room.add(stat, ns, extra);
    }

    /// A clock that ran backwards, seen as a length that no clock can reach.
    #[cold]
    #[inline(never)]
    fn backwards(&mut self, node: NodeId, extra: u64) {
        self.room.losses.corrected += 1;
        self.span(node, 0, extra);
    }

    /// Index of the group of that name; `None` once there is no room for another.
    #[cold]
    #[inline(never)]
    fn group(&mut self, id: GroupId) -> Option<usize> {
        if let Some(&index) = self.by_id.get(&id) {
            return Some(index);
        }
        let index = self.groups.len();
        if index >= MAX_GROUPS {
            return None;
        }
        self.groups.push(Box::new(Group::new(id)));
        self.by_id.insert(id, index);
        Some(index)
    }

    /// Returns its groups.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().map(|group| &**group)
    }

    /// The values of a node, if this account has any.
    pub fn node(&self, node: NodeId) -> Option<&Stat> {
        self.nodes.get(node as usize)
    }
}

/// When a hop that did not cross a bridge was what, as far as it is known: the job of one that was detached may go on, and is then added
/// for itself when it ends.
fn spell(id: GroupId, how: How, stamps: &Stamps) -> Spell {
    let called = stamps.called;
    let end = stamps.copied.unwrap_or(called);
    let runs = stamps.run_start.map(|start| [start, stamps.run_end.unwrap_or(end)]);
    let queued = match runs {
        Some([start, _]) => [called, start],
        None if id.outcome() == Outcome::Cancelled => [called, end],
        None => [called; 2],
    };
    // Its thread is busy with the job that called it, and so is counted already.
    let runs = runs.filter(|_| !how.is_inner()).unwrap_or_default();
    Spell { in_flight: [called, end], queued, runs }
}

#[cold]
#[inline(never)]
fn new_node(nodes: &mut Vec<Stat>, node: NodeId) -> &mut Stat {
    let index = node as usize;
    nodes.resize_with(index + 1, Stat::default);
    &mut nodes[index]
}
