//! Hops that are alike, added up: a tree of known shape, so a span finds its node by its kind alone.
//!
//! Lengths of 0, which half of the phases have most of the time, are not recorded: [`Group::read`] knows how many hops
//! there were, and adds the zeros that are missing.

use super::histogram::ChunkBudget;
use super::stat::{Added, Stat};
use crate::hop::{How, OpKind, PackedOp, Phases, Stamps};
use crate::names::{Arm, Detail, LockOp, Outcome, Phase, Spacing, StartKind};
use crate::{Distribution, HopGroup};

/// What makes hops alike, within a capture: the index of their site in the capture's table, arm, detail and outcome, in
/// the upper 48 bits of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(u64);

const ARM_SHIFT: u32 = 16;
const DETAIL_SHIFT: u32 = 20;
const OUTCOME_SHIFT: u32 = 24;
const SITE_SHIFT: u32 = 32;

impl GroupId {
    /// Packs the parts of a name.
    #[inline]
    pub fn new(site: u32, arm: Arm, detail: Detail, outcome: Outcome) -> Self {
        Self(
            u64::from(site) << SITE_SHIFT
                | (outcome as u64) << OUTCOME_SHIFT
                | (detail as u64) << DETAIL_SHIFT
                | (arm as u64) << ARM_SHIFT,
        )
    }

    /// The id in a word whose lower 16 bits mean something else.
    #[inline]
    pub fn of_word(word: u64) -> Self {
        Self(word >> ARM_SHIFT << ARM_SHIFT)
    }

    /// Returns it as a word of a journal.
    #[inline]
    pub fn word(self) -> u64 {
        self.0
    }

    fn part<T: Copy>(self, shift: u32, all: &[T]) -> T {
        all[(self.0 >> shift & 0xf) as usize]
    }

    /// Returns the number of its site.
    pub fn site(self) -> u32 {
        (self.0 >> SITE_SHIFT) as u32
    }

    /// Returns how its outcomes crossed.
    pub fn arm(self) -> Arm {
        self.part(ARM_SHIFT, Arm::ALL)
    }

    /// Returns how much was recorded.
    pub fn detail(self) -> Detail {
        self.part(DETAIL_SHIFT, Detail::ALL)
    }

    /// Returns how its hops ended.
    pub fn outcome(self) -> Outcome {
        self.part(OUTCOME_SHIFT, Outcome::ALL)
    }
}

/// Hops that are alike.
#[derive(Debug)]
pub struct Group {
    /// What its hops have in common.
    pub id: GroupId,
    /// The arm of `id`.
    pub arm: Arm,
    /// The detail of `id`.
    pub detail: Detail,
    /// Joined over a bridge, so that all phases were seen.
    pub bridged: bool,
    hop: Stat,
    overhead: Stat,
    /// By phase; `start` stands in `starts`.
    phases: [Stat; Phase::ALL.len()],
    starts: [Stat; StartKind::ALL.len()],
    /// How its hops were called.
    pub how: HowCalled,
    /// Made with the first detailed hop.
    spans: Option<Box<Spans>>,
}

/// How hops were called: how many in each way.
#[derive(Debug, Default)]
pub struct HowCalled {
    kinds: [u64; How::KINDS],
    runtimes: [u64; How::RUNTIMES],
}

impl HowCalled {
    /// Counts one hop.
    #[inline(always)]
    pub fn add(&mut self, how: How) {
        self.kinds[how.kind()] += 1;
        self.runtimes[how.runtime()] += 1;
    }

    fn read(&self, into: &mut HopGroup) {
        for (kind, hops) in self.kinds.iter().enumerate() {
            let (spacing, nested) = How::of_kind(kind);
            match spacing {
                Spacing::Row => into.in_a_row += hops,
                Spacing::Burst => into.in_a_burst += hops,
                Spacing::First => into.first_of_task += hops,
                Spacing::Apart => {}
            }
            into.nested += if nested { *hops } else { 0 };
        }
        for (runtime, &hops) in (0..).zip(&self.runtimes).filter(|(runtime, hops)| *runtime > 0 && **hops > 0) {
            *into.pools.entry(runtime).or_default() += hops;
        }
    }
}

/// By [`OpKind::code`].
type Spans = [Stat; OpKind::CODES];

/// Where a group's values go, and where it says what found no room.
#[derive(Debug, Default)]
pub struct Room {
    chunks: ChunkBudget,
    /// What found no room, or was not believed.
    pub losses: Losses,
}

/// What found no room, or had to be corrected.
#[derive(Debug, Default)]
pub struct Losses {
    /// Hops beyond the cap of groups.
    pub hops: u64,
    /// Spans that were not added.
    pub spans: u64,
    /// Values that found no room in a histogram.
    pub histogram_values: u64,
    /// Values above the range of a histogram.
    pub outliers: u64,
    /// Hops of sites beyond the cap.
    pub other_site_hops: u64,
    /// Stamps that lay before their predecessor.
    pub corrected: u64,
}

impl Room {
    /// Adds a value to a stat, and counts what found no room.
    #[inline(always)]
    pub fn add(&mut self, stat: &mut Stat, value: u64, extra: u64) {
        match stat.add(&mut self.chunks, value, extra) {
            Added::Whole => {}
            Added::Outlier => self.losses.outliers += 1,
            Added::NoRoom => self.losses.histogram_values += 1,
        }
    }
}

/// The phases that a joined hop adds as they are: not `reach`, which is another way to divide it, nor `start`, which stands by its kind.
const PLAIN: [Phase; Phase::ALL.len() - 2] = {
    let mut plain = [Phase::Submit; Phase::ALL.len() - 2];
    let (mut at, mut filled) = (0, 0);
    while at < Phase::ALL.len() {
        if !matches!(Phase::ALL[at], Phase::Reach | Phase::Start) {
            plain[filled] = Phase::ALL[at];
            filled += 1;
        }
        at += 1;
    }
    plain
};

impl Group {
    /// Creates an empty group.
    pub fn new(id: GroupId) -> Self {
        Self {
            id,
            arm: id.arm(),
            detail: id.detail(),
            bridged: id.outcome() == Outcome::Joined && id.arm() != Arm::Wrapped,
            hop: Stat::default(),
            overhead: Stat::default(),
            phases: Default::default(),
            starts: Default::default(),
            how: HowCalled::default(),
            spans: None,
        }
    }

    /// Adds a joined hop that crossed a bridge.
    #[inline]
    pub fn joined(&mut self, room: &mut Room, phases: &Phases) {
        for phase in PLAIN {
            let length = phases.get(phase);
            if length != 0 {
                room.add(&mut self.phases[phase as usize], length, 0);
            }
        }
        room.add(&mut self.starts[phases.start_kind as usize], phases.get(Phase::Start), 0);
        room.add(&mut self.overhead, phases.overhead_ns(), 0);
        room.add(&mut self.hop, phases.hop_ns, 0);
    }

    /// Adds a hop that ended in another way, or that was seen from inside its closure only.
    pub fn other(&mut self, room: &mut Room, stamps: &Stamps) {
        let end = stamps.copied.unwrap_or(stamps.called);
        let mut phase =
            |phase: Phase, from: u64, to: u64| room.add(&mut self.phases[phase as usize], to.saturating_sub(from), 0);
        if let Some(start) = stamps.run_start {
            phase(Phase::Reach, stamps.called, start);
            phase(Phase::Run, start, stamps.run_end.unwrap_or(end));
        }
        if let (true, Some(ready)) = (self.arm != Arm::Wrapped, stamps.ready) {
            phase(Phase::Transfer, ready, end);
        }
        room.add(&mut self.hop, end.saturating_sub(stamps.called), 0);
    }

    /// Adds the run of a job whose hop was added when its handle was dropped, before the job ended.
    pub fn job(&mut self, room: &mut Room, called: u64, start: u64, end: u64) {
        for (phase, from, to) in [(Phase::Reach, called, start), (Phase::Run, start, end)] {
            room.add(&mut self.phases[phase as usize], to.saturating_sub(from), 0);
        }
    }

    /// Adds the spans inside a detailed hop. `ns`: turns a span's length into ns.
    #[inline]
    pub fn spans(
        &mut self,
        room: &mut Room,
        ops: impl Iterator<Item = PackedOp>,
        copied_bytes: u64,
        ns: impl Fn(u64) -> u64,
    ) {
        let spans = self.spans.get_or_insert_default();
        for op in ops {
            if op.is_backwards() {
                room.losses.corrected += 1;
                continue;
            }
            let code = op.code();
            let extra = if code == OpKind::Copy.code() { copied_bytes } else { u64::from(op.is_contended()) };
            if let Some(stat) = spans.get_mut(code) {
                room.add(stat, ns(op.length()), extra);
            }
        }
    }

    /// Adds all of it to a report's group, and the empty spans to the observer's.
    pub fn read(&self, into: &mut HopGroup, empty_spans: &mut Distribution) {
        let (hops, _) = self.hop.read();
        for (&phase, stat) in Phase::ALL.iter().zip(&self.phases) {
            let (mut lengths, _) = stat.read();
            if self.bridged && phase != Phase::Start && phase != Phase::Reach {
                lengths.add_zeros(hops.count().saturating_sub(lengths.count()));
            }
            if lengths.count() > 0 {
                into.phases.entry(phase).or_default().merge(&lengths);
            }
        }
        for (&kind, stat) in StartKind::ALL.iter().zip(&self.starts) {
            let (lengths, _) = stat.read();
            if lengths.count() > 0 {
                into.starts.entry(kind).or_default().merge(&lengths);
                into.phases.entry(Phase::Start).or_default().merge(&lengths);
            }
        }
        into.overhead_ns.merge(&self.overhead.read().0);
        into.hop_ns.merge(&hops);
        self.how.read(into);
        let Some(spans) = &self.spans else {
            return;
        };
        let stat = |kind: OpKind| spans[kind.code()].read();
        for &op in LockOp::ALL {
            let (lengths, contended) = stat(OpKind::Lock(op));
            if lengths.count() > 0 {
                let lock = into.locks.entry(op).or_default();
                lock.ns.merge(&lengths);
                lock.contended += contended;
            }
        }
        let (copies, bytes) = stat(OpKind::Copy);
        into.copies.merge(&copies);
        into.copied_bytes += bytes;
        empty_spans.merge(&stat(OpKind::Empty).0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula in ARCHITECTURE.md stands on these.
    #[test]
    fn sizes_are_those_of_the_formula() {
        assert_eq!(size_of::<Stat>(), 352);
        assert!(size_of::<Group>() <= 5 << 10, "{}", size_of::<Group>());
        assert!(size_of::<Spans>() <= 5 << 10, "{}", size_of::<Spans>());
    }

    #[test]
    fn an_id_is_its_parts() {
        for (&arm, &detail, &outcome) in Arm::ALL
            .iter()
            .flat_map(|arm| Detail::ALL.iter().map(move |detail| (arm, detail)))
            .flat_map(|(arm, detail)| Outcome::ALL.iter().map(move |outcome| (arm, detail, outcome)))
        {
            let id = GroupId::of_word(GroupId::new(u32::MAX - 1, arm, detail, outcome).word() | 0xffff);
            assert_eq!((id.site(), id.arm(), id.detail(), id.outcome()), (u32::MAX - 1, arm, detail, outcome));
        }
    }
}
