//! What the moments of a hop add up to: its phases. `docs/design/phases.md` says why they are divided so.
//!
//! ```text
//! submit     called            → min(returned, run_start), and what is left of the call after `published`
//! backlog                      → the end of the thread's previous job, if that came later: capacity, not crossing
//! start                        → run_start, as one of
//!                new_thread    the first job that tollbridge saw on this thread
//!                pickup        the previous job had ended before this one was submitted: an idle thread was woken
//!                handoff       straight from the previous job (contains tokio's queue lock)
//! run                          → run_end
//! publish                      → published
//! unpolled                     → first_poll, if that came later than `published` and `returned`: nobody was awaiting yet
//! resume                       → ready: wake to poll, tokio's schedule latency
//! transfer                     → copied: bridge locks and the copy
//! ```

use super::stamps::{Since, Stamps, Ticks};
use crate::names::{Phase, StartKind};

/// The lengths of a joined hop's phases in ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    lengths: [u64; Phase::ALL.len()],
    /// How the job got its thread.
    pub start_kind: StartKind,
    called: u64,
    run_start: u64,
    /// `called` to `copied`; the sum of all phases.
    pub hop_ns: u64,
    /// Stamps that lay before their predecessor and were moved up to it.
    pub corrected: u32,
}

impl Phases {
    /// Divides a joined hop. `None` if one of the stamps is missing.
    #[must_use]
    pub fn of(stamps: &Stamps) -> Option<Self> {
        // Without it this is the first job on its thread.
        let previous_end = stamps.previous_end.or(Some(Ticks::NEVER));
        Some(Self::divide(Stamps { previous_end, ..*stamps }.ticks()?))
    }

    /// Divides a joined hop, its moments in ns; `None` if one of them is missing.
    #[inline(always)]
    pub fn of_ticks(ticks: &Ticks, since: Since) -> Option<Self> {
        // All of the others but `previous_end` come with these: `ready` from tokio, the rest with the job's output.
        let Ticks { previous_end, published, first_poll, ready, copied, .. } = *ticks;
        if ready == Ticks::NEVER || copied == Ticks::NEVER || published == Ticks::NEVER || first_poll == Ticks::NEVER {
            return None;
        }
        let ns = |ticks| since.ns(ticks);
        let before = if previous_end == Ticks::NEVER { Ticks::NEVER } else { ns(previous_end) };
        Some(Self::divide(Ticks { previous_end: before, ..Ticks::from_array(ticks.as_array().map(ns)) }))
    }

    /// Divides a joined hop, its moments being in ns; the end of the thread's previous job is [`Ticks::NEVER`] if there was none.
    #[inline(always)]
    fn divide(ns: Ticks) -> Self {
        let Ticks { called, returned, previous_end, run_start, run_end, published, first_poll, ready, copied } = ns;
        let submit_end = returned.min(run_start);
        let (start_kind, thread_free) = match previous_end {
            Ticks::NEVER => (StartKind::NewThread, 0),
            end if end > submit_end => (StartKind::Handoff, end),
            end => (StartKind::Pickup, end),
        };
        let mut phases =
            Self { lengths: [0; Phase::ALL.len()], start_kind, called, run_start: 0, hop_ns: 0, corrected: 0 };
        let mut at = called;
        phases.up_to(Phase::Submit, submit_end, &mut at);
        // Before the previous job ended the thread was not to be had; a job that ended earlier delays nothing.
        phases.lengths[Phase::Backlog as usize] = thread_free.min(run_start).max(at) - at;
        at += phases.lengths[Phase::Backlog as usize];
        phases.up_to(Phase::Start, run_start, &mut at);
        phases.run_start = at;
        phases.up_to(Phase::Run, run_end, &mut at);
        phases.up_to(Phase::Publish, published, &mut at);
        // What is left of the call once the outcome is there: its thread was still at it, or had lost its processor.
        let call = returned.max(at) - at;
        phases.lengths[Phase::Submit as usize] += call;
        at += call;
        phases.lengths[Phase::Unpolled as usize] = first_poll.max(at) - at;
        at = first_poll.max(at);
        phases.up_to(Phase::Resume, ready, &mut at);
        phases.up_to(Phase::Transfer, copied, &mut at);
        phases.hop_ns = at - called;
        phases
    }

    /// When the hop ended, in ns since its capture began.
    #[inline]
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.called + self.hop_ns
    }

    /// The call, the job's begin and end, and the hop's end, in ns since its capture began and in this order.
    #[inline(always)]
    pub fn moments(&self) -> [u64; 4] {
        [self.called, self.run_start, self.run_start + self.get(Phase::Run), self.end_ns()]
    }

    #[inline(always)]
    fn up_to(&mut self, phase: Phase, end: u64, at: &mut u64) {
        let later = end.max(*at);
        self.corrected += u32::from(end < *at);
        self.lengths[phase as usize] = later - *at;
        *at = later;
    }

    /// Length of a phase in ns.
    #[inline]
    #[must_use]
    pub fn get(&self, phase: Phase) -> u64 {
        self.lengths[phase as usize]
    }

    /// What the crossing cost in ns: submit, start, publish, resume, transfer.
    #[inline(always)]
    #[must_use]
    pub fn overhead_ns(&self) -> u64 {
        // All but these: a test holds it to `Phase::is_overhead`.
        self.hop_ns - self.get(Phase::Backlog) - self.get(Phase::Run) - self.get(Phase::Unpolled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn stamps() -> Stamps {
        Stamps {
            called: 100,
            returned: Some(110),
            previous_end: Some(50),
            run_start: Some(130),
            run_end: Some(170),
            published: Some(175),
            first_poll: Some(115),
            ready: Some(200),
            copied: Some(207),
            pool_thread: Some(1),
        }
    }

    fn lengths(stamps: &Stamps) -> [u64; 8] {
        let phases = Phases::of(stamps).expect("all stamps are there");
        assert_eq!(phases.hop_ns, stamps.copied.unwrap() - stamps.called);
        assert_eq!(phases.lengths.iter().sum::<u64>(), phases.hop_ns);
        let overhead = Phase::ALL.iter().filter(|phase| phase.is_overhead()).map(|&phase| phases.get(phase));
        assert_eq!(phases.overhead_ns(), overhead.sum::<u64>());
        Phase::ALL[1..].iter().map(|&p| phases.get(p)).collect::<Vec<_>>().try_into().unwrap()
    }

    //  called  returned       run_start        run_end published        ready  copied
    //  100 ──── 110 ─────────── 130 ───────────── 170 ─── 175 ─────────── 200 ── 207
    #[test]
    fn an_idle_thread_is_woken() {
        assert_eq!(lengths(&stamps()), [10, 0, 20, 40, 5, 0, 25, 7]);
        let phases = Phases::of(&stamps()).unwrap();
        assert_eq!(phases.start_kind, StartKind::Pickup);
        assert_eq!(phases.overhead_ns(), 10 + 20 + 5 + 25 + 7);
    }

    #[test]
    fn a_busy_thread_is_backlog_then_handoff() {
        let stamps = Stamps { previous_end: Some(125), ..stamps() };
        assert_eq!(lengths(&stamps), [10, 15, 5, 40, 5, 0, 25, 7]);
        assert_eq!(Phases::of(&stamps).unwrap().start_kind, StartKind::Handoff);
    }

    #[test]
    fn a_closure_that_starts_before_the_call_returns_ends_submit() {
        let stamps = Stamps { returned: Some(140), previous_end: None, ..stamps() };
        assert_eq!(lengths(&stamps), [30, 0, 0, 40, 5, 0, 25, 7]);
        let phases = Phases::of(&stamps).unwrap();
        assert_eq!((phases.start_kind, phases.corrected), (StartKind::NewThread, 0));
    }

    #[test]
    fn what_is_left_of_a_call_when_the_outcome_is_there_belongs_to_the_call() {
        let stamps = Stamps { returned: Some(185), first_poll: Some(190), ..stamps() };
        assert_eq!(lengths(&stamps), [30 + 10, 0, 0, 40, 5, 5, 10, 7]);
        assert_eq!(Phases::of(&stamps).unwrap().corrected, 0);
    }

    #[test]
    fn a_late_awaiter_is_unpolled_not_resume() {
        let stamps = Stamps { first_poll: Some(190), ..stamps() };
        assert_eq!(lengths(&stamps), [10, 0, 20, 40, 5, 15, 10, 7]);
    }

    #[test]
    fn a_stamp_before_its_predecessor_is_corrected_and_counted() {
        let stamps = Stamps { ready: Some(172), ..stamps() };
        assert_eq!(lengths(&stamps), [10, 0, 20, 40, 5, 0, 0, 32]);
        assert_eq!(Phases::of(&stamps).unwrap().corrected, 1);
    }
}
