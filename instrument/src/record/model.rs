//! Models of what threads share without waiting for each other: journals with their seats and accounts, and the table of jobs. They run
//! the code that records, not a copy. Under loom (`cargo xtask loom`), where only sizes are smaller (`journal.rs`, `jobs.rs`), each is tried in all interleavings; in the suite,
//! and under Miri (`scripts/miri.sh`), with std's threads, as they come.
//!
//! With `--cfg tollbridge_weakened` the releases and acquires of both are relaxed; `an_owner_and_a_report` and
//! `a_handle_and_its_job_end_at_once` must then fail, which proves that the models would notice.

use std::sync::Arc;

use super::accounts::Accounts;
use super::journal::{Journal, SpanHead};
use super::seat::Seat;
use super::sync::Mutex;

#[cfg(tollbridge_loom)]
use loom::thread;
#[cfg(not(tollbridge_loom))]
use std::thread;

/// Tries all interleavings in which a thread that could go on is interrupted so many times, `LOOM_MAX_PREEMPTIONS` at most.
#[cfg(tollbridge_loom)]
fn model(preemptions: usize, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    let most = builder.preemption_bound.unwrap_or(preemptions);
    builder.preemption_bound = Some(most.min(preemptions));
    builder.check(f);
}

#[cfg(not(tollbridge_loom))]
fn model(_: usize, f: impl Fn()) {
    (0..if cfg!(miri) { 2 } else { 200 }).for_each(|_| f());
}

mod journals {
    use super::{Accounts, Arc, Journal, Mutex, Seat, SpanHead, model, thread};
    use tollbridge_report::aggregate::account::Account;

    /// What threads share of a capture, as far as records go through it.
    struct Recorder {
        accounts: Accounts,
        seats: Mutex<(Vec<Arc<Journal>>, Vec<Seat>)>,
    }

    /// Spans have powers of ten beside their lengths: a sum says which are in it, and how often.
    type Sum = u64;

    /// Appends one. Says whether it is time to add up.
    fn span(journal: &Journal, power: u32) -> bool {
        journal.span(SpanHead::of(0), 1_000, power)
    }

    impl Recorder {
        fn new(accounts: usize) -> Arc<Self> {
            Arc::new(Self { accounts: Accounts::few(accounts), seats: Mutex::default() })
        }

        fn take_seat(&self) -> Seat {
            let (journals, free) = &mut *self.seats.lock();
            free.pop().unwrap_or_else(|| {
                let fresh = Seat::default();
                journals.push(Arc::clone(fresh.journal()));
                fresh
            })
        }

        fn leave_seat(&self, seat: Seat) {
            self.seats.lock().1.push(seat);
        }

        fn spare(&self) -> Option<Arc<Journal>> {
            let mut seats = self.seats.try_lock()?;
            let spare = Arc::<Journal>::default();
            seats.0.push(Arc::clone(&spare));
            Some(spare)
        }

        /// As a thread that is in the capture does.
        fn record(&self, seat: &mut Seat, powers: impl IntoIterator<Item = u32>) {
            for power in powers {
                if span(seat.journal(), power) {
                    seat.post(&self.accounts);
                    if seat.journal().is_full() {
                        seat.turn_over(|| self.spare());
                    }
                }
            }
        }

        /// As a report does.
        fn report(&self) -> Sum {
            let journals = self.seats.lock().0.clone();
            for journal in &journals {
                journal.posting().add_up(&mut self.accounts.any());
            }
            let sum = |account: &Account| account.node(0).map_or(0, |stat| stat.read().1);
            self.accounts.each().map(|account| sum(&account)).sum()
        }

        fn lost(&self) -> u64 {
            let journals = &self.seats.lock().0;
            journals.iter().map(|journal| journal.lost_spans.load(std::sync::atomic::Ordering::Relaxed)).sum()
        }
    }

    /// Each at most once.
    fn once_each(sum: Sum) -> bool {
        sum.to_string().bytes().all(|digit| digit <= b'1')
    }

    #[test]
    fn an_owner_and_a_report() {
        model(3, || {
            let recorder = Recorder::new(1);
            let mut seat = recorder.take_seat();
            let owner = thread::spawn({
                let recorder = Arc::clone(&recorder);
                move || recorder.record(&mut seat, [1, 10, 100])
            });
            let sum = recorder.report();
            assert!([0, 1, 11, 111].contains(&sum), "not a beginning of what was recorded: {sum}");
            owner.join().expect("no panic");
            assert_eq!(recorder.report(), 111, "not all of what was recorded");
        });
    }

    #[test]
    fn an_owner_and_two_reports_in_turn() {
        model(2, || {
            let recorder = Recorder::new(1);
            let mut seat = recorder.take_seat();
            let owner = thread::spawn({
                let recorder = Arc::clone(&recorder);
                move || recorder.record(&mut seat, [1, 10, 100, 1_000])
            });
            let (first, second) = (recorder.report(), recorder.report());
            assert!(first <= second && [0, 1, 11, 111, 1_111].contains(&second), "{first} {second}");
            owner.join().expect("no panic");
            assert_eq!(recorder.report(), 1_111);
        });
    }

    #[test]
    fn two_reports_at_once() {
        model(2, || {
            let recorder = Recorder::new(2);
            let mut seat = recorder.take_seat();
            let _ = [1, 10].map(|power| span(seat.journal(), power));
            let other = thread::spawn({
                let recorder = Arc::clone(&recorder);
                move || recorder.report()
            });
            let sum = recorder.report();
            assert_eq!((sum, other.join().expect("no panic")), (11, 11));
            recorder.record(&mut seat, [100]);
            assert_eq!(recorder.report(), 111);
        });
    }

    #[test]
    fn a_seat_goes_to_the_next_thread() {
        model(2, || {
            let recorder = Recorder::new(1);
            let reporter = thread::spawn({
                let recorder = Arc::clone(&recorder);
                move || recorder.report()
            });
            let mut seat = recorder.take_seat();
            recorder.record(&mut seat, [1]);
            recorder.leave_seat(seat);
            let next = thread::spawn({
                let recorder = Arc::clone(&recorder);
                move || {
                    let mut seat = recorder.take_seat();
                    recorder.record(&mut seat, [10, 100]);
                    recorder.leave_seat(seat);
                }
            });
            next.join().expect("no panic");
            let sum = reporter.join().expect("no panic");
            assert!(once_each(sum), "{sum}");
            assert_eq!(recorder.report(), 111);
            assert_eq!(recorder.seats.lock().0.len(), 1, "one journal for both");
        });
    }

    #[test]
    fn a_full_journal_goes_on_in_a_spare() {
        model(2, || {
            let recorder = Recorder::new(1);
            let mut seat = recorder.take_seat();
            let _ = [1, 10, 100].map(|power| span(seat.journal(), power));
            let owner = thread::spawn({
                let recorder = Arc::clone(&recorder);
                move || {
                    recorder.record(&mut seat, (3..8).map(|power| 10u32.pow(power)));
                    recorder.leave_seat(seat);
                }
            });
            let sum = recorder.report();
            assert!(once_each(sum), "{sum}");
            owner.join().expect("no panic");
            assert_eq!((recorder.report(), recorder.lost()), (11_111_111, 0));
        });
    }

    #[test]
    fn two_owners_and_one_account() {
        model(2, || {
            let recorder = Recorder::new(1);
            let (mut first, mut second) = (recorder.take_seat(), recorder.take_seat());
            let other = thread::spawn({
                let recorder = Arc::clone(&recorder);
                move || recorder.record(&mut first, [1, 10])
            });
            recorder.record(&mut second, [100, 1_000]);
            other.join().expect("no panic");
            assert_eq!(recorder.report(), 1_111);
        });
    }
}

mod jobs {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::jobs::{self, Head, Places, Run, State};
    use super::{Arc, thread};
    use crate::hop::{Place, SiteId};
    use crate::names::{Arm, Detail};

    const GENERATION: u32 = 1;
    const START: u64 = 20;
    const END: u64 = 30;
    const LATER: u64 = 100;

    /// Jobs that were accounted for. std's counters: loom runs one thread at a time, and judges the table.
    #[derive(Default)]
    struct Over {
        ran: AtomicUsize,
        never_ran: AtomicUsize,
    }

    impl Over {
        fn add(&self, run: &Run) {
            match run.ran {
                Some(ran) => {
                    assert_eq!(ran, (START, END), "all of the run is seen");
                    self.ran.fetch_add(1, Ordering::SeqCst);
                }
                None => {
                    self.never_ran.fetch_add(1, Ordering::SeqCst);
                }
            }
        }

        /// `(ran, never ran)`.
        fn count(&self) -> (usize, usize) {
            (self.ran.load(Ordering::SeqCst), self.never_ran.load(Ordering::SeqCst))
        }
    }

    /// A job that was called; its site says at which tick.
    fn called(places: &mut Places, at: u64) -> Place {
        let place = take(places);
        assert_ne!(place, Place::NONE, "there is one");
        let site = SiteId(u32::try_from(at).expect("small"));
        jobs::fill(
            place,
            Head::new(GENERATION, site, Arm::Snapshot, Detail::Phases, false),
            at,
            jobs::Parent::default(),
        );
        place
    }

    /// The pool thread's part.
    fn runs(place: Place, over: &Over) {
        jobs::started(place, START);
        if jobs::ended(place, END) {
            ended_alone(place, over);
        }
    }

    /// A job's end that has found its handle gone.
    fn ended_alone(place: Place, over: &Over) {
        if let Some(run) = jobs::claim(place) {
            over.add(&run);
            jobs::give_back(place);
        }
    }

    /// The handle is dropped.
    fn dropped(place: Place, over: &Over) {
        if let Some(run) = jobs::detach(place) {
            over.add(&run);
            jobs::give_back(place);
        }
    }

    /// What a report sees.
    fn report(over: &Over) -> Vec<jobs::Seen> {
        jobs::each(GENERATION, LATER, |run| over.add(&run))
    }

    /// A free place. Whoever finds the list of them locked goes without, and tests beside these are at it too.
    fn take(places: &mut Places) -> Place {
        loop {
            let place = places.take();
            if place != Place::NONE || cfg!(tollbridge_loom) {
                return place;
            }
            thread::yield_now();
        }
    }

    /// All are done: nothing is in flight, and the one place there is can be had once. (There is more than one where it is not loom's.)
    fn at_rest(places: &mut Places) {
        assert_eq!(report(&Over::default()).len(), 0, "nothing is in flight");
        let had = [take(places), take(places)];
        assert!(had[0] != Place::NONE && had[1] != had[0], "a place, once: {had:?}");
        assert!(!cfg!(tollbridge_loom) || had[1] == Place::NONE, "one place: {had:?}");
        had.into_iter().for_each(|place| places.give(place));
    }

    /// Does something on another thread.
    fn on_thread<R: Send + 'static>(
        over: &Arc<Over>,
        does: impl FnOnce(&Over) -> R + Send + 'static,
    ) -> thread::JoinHandle<R> {
        let over = Arc::clone(over);
        thread::spawn(move || does(&over))
    }

    /// As [`super::model`], but there is one table.
    fn model(preemptions: usize, f: impl Fn() + Send + Sync + 'static) {
        static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        super::model(preemptions, f);
    }

    #[test]
    fn a_handle_and_its_job_end_at_once() {
        model(3, || {
            let over = Arc::new(Over::default());
            let mut places = Places::default();
            let place = called(&mut places, 10);
            let pool = on_thread(&over, move |over| runs(place, over));
            dropped(place, &over);
            pool.join().expect("no panic");
            // What missed each other is the next report's.
            let _ = report(&over);
            assert_eq!(over.count(), (1, 0));
            at_rest(&mut places);
        });
    }

    #[test]
    fn a_handle_a_job_and_a_report_meet() {
        model(2, || {
            let over = Arc::new(Over::default());
            let mut places = Places::default();
            let place = called(&mut places, 10);
            let pool = on_thread(&over, move |over| runs(place, over));
            let reporter = on_thread(&over, |over| report(over).len());
            dropped(place, &over);
            pool.join().expect("no panic");
            assert!(reporter.join().expect("no panic") <= 1);
            let _ = report(&over);
            assert_eq!(over.count(), (1, 0));
            at_rest(&mut places);
        });
    }

    #[test]
    fn a_job_is_dropped_before_it_began() {
        model(3, || {
            let over = Arc::new(Over::default());
            let mut places = Places::default();
            let place = called(&mut places, 10);
            let pool = on_thread(&over, move |over| {
                if jobs::dropped(place) {
                    ended_alone(place, over);
                }
            });
            dropped(place, &over);
            pool.join().expect("no panic");
            let _ = report(&over);
            assert_eq!(over.count(), (0, 1));
            at_rest(&mut places);
        });
    }

    #[test]
    fn two_reports_find_the_same_job() {
        model(3, || {
            let over = Arc::new(Over::default());
            let mut places = Places::default();
            let place = called(&mut places, 10);
            // Both have missed each other: the handle was dropped, and the job did not see it.
            assert!(jobs::detach(place).is_none());
            jobs::started(place, START);
            let _ = jobs::ended(place, END);
            let other = on_thread(&over, |over| report(over).len());
            let _ = report(&over);
            other.join().expect("no panic");
            assert_eq!(over.count(), (1, 0));
            at_rest(&mut places);
        });
    }

    /// A joined hop gives its place back, and the next one takes it. (Each of a report's reads may be of any store so far: what is not needed for the
    /// question is left out, or there are too many.)
    #[test]
    fn a_report_never_takes_one_job_for_the_next_in_its_place() {
        model(1, || {
            let over = Arc::new(Over::default());
            let mut places = Places::default();
            let first = called(&mut places, 10);
            jobs::started(first, START);
            let reporter = on_thread(&over, report);
            places.give(first);
            let second = called(&mut places, 40);
            for seen in reporter.join().expect("no panic") {
                assert_eq!(u64::from(seen.head.site()), seen.called, "head and call are of one job");
                let state = if seen.called == 10 { State::Running(START) } else { State::Queued };
                assert_eq!(seen.state, state, "the whole of it is of one job");
            }
            places.give(second);
            assert_eq!(over.count(), (0, 0), "whoever joined them accounts for them");
            at_rest(&mut places);
        });
    }
}
