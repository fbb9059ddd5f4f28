//! The calling thread's way into the armed capture.
//!
//! A thread joins a capture with its first record (a lock, an allocation) and leaves it with its first record for
//! another one, or with its end, when its recorder goes to the next thread that joins. In between it takes no lock.

use std::cell::RefCell;
use std::sync::Arc;

use super::capture::{self, Shared};
use super::group::{Group, GroupId};
use super::histogram::bump;
use super::key_map::KeyMap;
use super::recorder::{Recorder, Writer};
use super::tree::{Name, NodeId};
use crate::clock;
use crate::hop::{HopRecord, Site};
use crate::names::{Arm, Detail, LockOp, Outcome};

/// A static text by where it lies. Its length belongs to it: two texts may begin at one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Text(usize, usize);

impl Text {
    fn of(text: &'static str) -> Self {
        Self(text.as_ptr() as usize, text.len())
    }
}

/// Statics by address: the same address is the same content, so this only saves looking the content up. The same content
/// at two addresses finds the same site behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct GroupAddress {
    file: Text,
    place: u64,
    job: Text,
    kind: u32,
}

impl GroupAddress {
    fn of(site: &Site<'static>, arm: Arm, detail: Detail, outcome: Outcome) -> Self {
        Self {
            file: Text::of(site.file),
            place: u64::from(site.line) << 32 | u64::from(site.column),
            job: Text::of(site.job),
            kind: arm as u32 | (detail as u32) << 8 | (outcome as u32) << 16,
        }
    }
}

/// What a thread needs to record, and leaves to the next one: the recorder and the ways to its nodes.
#[derive(Debug, Default)]
pub(super) struct Seat {
    writer: Writer,
    groups: KeyMap<GroupAddress, Option<Arc<Group>>>,
    /// Numbers of names, by address.
    names: KeyMap<Text, u32>,
    /// Nodes of the app's own locks, by the address of their names.
    locks: KeyMap<Text, Option<NodeId>>,
}

impl Seat {
    pub(super) fn recorder(&self) -> &Arc<Recorder> {
        &self.writer.recorder
    }
}

struct Local {
    shared: Arc<Shared>,
    seat: Seat,
}

impl Local {
    fn join(shared: Arc<Shared>) -> Self {
        Self { seat: shared.take_seat(), shared }
    }

    #[inline]
    fn hop(&mut self, hop: &HopRecord<'static>) {
        let Self { shared, seat: Seat { writer, groups, .. } } = self;
        let address = GroupAddress::of(&hop.site, hop.arm, hop.detail, hop.outcome);
        let group = groups.entry(address).or_insert_with(|| find_group(shared, writer, hop));
        writer.recorder.hop(group.as_deref(), hop);
    }

    /// The node of a lock of the app's own.
    #[inline]
    fn lock_node(&mut self, name: &'static str) -> Option<NodeId> {
        match self.seat.locks.get(&Text::of(name)) {
            Some(&node) => node,
            None => self.new_lock_node(name),
        }
    }

    #[cold]
    fn new_lock_node(&mut self, name: &'static str) -> Option<NodeId> {
        let number = self.span_name(name);
        let node = self.seat.writer.node(None, Name::NamedLock(number));
        self.seat.locks.insert(Text::of(name), node);
        node
    }

    /// The number of a span's name in the capture's table.
    fn span_name(&mut self, name: &'static str) -> u32 {
        let Self { shared, seat } = self;
        *seat.names.entry(Text::of(name)).or_insert_with(|| shared.tables.lock().span_name_id(name))
    }
}

/// Looks a hop's group up by content.
#[cold]
fn find_group(shared: &Shared, writer: &mut Writer, hop: &HopRecord<'static>) -> Option<Arc<Group>> {
    let site = shared.tables.lock().site_id(&hop.site);
    let HopRecord { arm, detail, outcome, .. } = *hop;
    writer.group(GroupId { site, arm, detail, outcome })
}

impl Drop for Local {
    fn drop(&mut self) {
        self.shared.leave_seat(std::mem::take(&mut self.seat));
    }
}

thread_local! {
    static LOCAL: RefCell<Option<Local>> = const { RefCell::new(None) };
}

/// Runs `f` on the thread's part of a capture. `None` if that capture is over.
#[inline]
fn with<R>(generation: u32, f: impl FnOnce(&mut Local) -> R) -> Option<R> {
    let mut f = Some(f);
    let done = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        if local.as_ref().is_none_or(|local| local.shared.generation != generation) {
            *local = Some(Local::join(capture::current(generation)?));
        }
        local.as_mut().zip(f.take()).map(|(local, f)| f(local))
    });
    match (done, f) {
        (Ok(Some(done)), _) => Some(done),
        (_, None) => None,
        (_, Some(f)) => in_passing(generation, f),
    }
}

/// The same where the thread cannot use its own place: it is being torn down, or is at it already.
#[cold]
fn in_passing<R>(generation: u32, f: impl FnOnce(&mut Local) -> R) -> Option<R> {
    Some(f(&mut Local::join(capture::current(generation)?)))
}

/// Counts a hop that begins. False if that capture is over.
#[inline]
pub fn submitted(generation: u32) -> bool {
    with(generation, |local| bump(&local.seat.writer.recorder.submitted, 1)).is_some()
}

/// What the stamps of a capture's hops count from: ns of the clock when it was armed. `None` if that capture is over.
#[must_use]
pub fn start_ns(generation: u32) -> Option<u64> {
    is_armed(generation).then(|| with(generation, |local| local.shared.start_ns)).flatten()
}

fn is_armed(generation: u32) -> bool {
    let armed = super::armed();
    armed.generation() == generation && armed.is_on()
}

/// Adds a hop at its end to the capture that it was submitted in. False if that capture is over.
pub fn hop(generation: u32, hop: &HopRecord<'static>) -> bool {
    is_armed(generation) && with(generation, |local| local.hop(hop)).is_some()
}

/// Adds an acquisition of a bridge lock that belongs to no hop.
pub fn lone_lock(generation: u32, op: LockOp, ns: u64, contended: bool) {
    lone(generation, Name::Lock(op), ns, u64::from(contended));
}

/// Adds a state copy that belongs to no hop.
pub fn lone_copy(generation: u32, ns: u64, bytes: usize) {
    lone(generation, Name::Copy, ns, bytes as u64);
}

fn lone(generation: u32, name: Name, ns: u64, extra: u64) {
    let _ = with(generation, |local| {
        let node = local.seat.writer.node(None, name);
        local.seat.writer.span(node, ns, extra);
    });
}

/// Adds an acquisition of a lock of the app's own.
pub fn named_lock(generation: u32, name: &'static str, ns: u64, contended: bool) {
    let _ = with(generation, |local| {
        let node = local.lock_node(name);
        local.seat.writer.span(node, ns, u64::from(contended));
    });
}

/// The node of somebody else's span below `parent` (of the same thread and capture).
pub(super) fn foreign_node(generation: u32, parent: Option<NodeId>, name: &'static str) -> Option<NodeId> {
    with(generation, |local| {
        let name = Name::Foreign(local.span_name(name));
        local.seat.writer.node(parent, name)
    })
    .flatten()
}

/// Adds a length to such a node.
pub(super) fn foreign_span(generation: u32, node: Option<NodeId>, ns: u64) {
    let _ = with(generation, |local| local.seat.writer.span(node, ns, 0));
}

/// Counts a span that could not be recorded.
pub(super) fn span_lost(generation: u32) {
    let _ = with(generation, |local| bump(&local.seat.writer.recorder.losses.spans, 1));
}

/// Mean cost of one empty recorded span, warm, in ns.
pub(super) fn empty_span_ns() -> f64 {
    const SPANS: u32 = 5_000;
    let mut writer = Writer::default();
    let group = writer.node(None, Name::Copy);
    let round = || {
        let open = clock::ordered();
        for _ in 0..SPANS {
            let open = clock::ordered();
            let ns = clock::span_ns(open, clock::ordered());
            writer.span(group, ns, 0);
        }
        (clock::ordered() - open) as f64 / f64::from(SPANS) / clock::ticks_per_ns()
    };
    // The first round warms the caches up.
    let _ = round();
    round()
}
