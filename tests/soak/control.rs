//! What arms, disarms, and holds reports against the book.

use std::ops::AddAssign;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tollbridge::report::{Outcomes, Report};
use tollbridge::{Arm, Builder, Detail, Guard};

use crate::book::{Book, PAGES};
use crate::{DEADLINE, common, spans};
use tollbridge_testkit::random::Random;

#[derive(Debug)]
pub(crate) struct Control {
    book: Arc<Book>,
    pub(crate) random: Random,
    out: PathBuf,
    armed: Option<Armed>,
    ended: Vec<(u64, Report)>,
}

/// What captures reported, added up.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) captures: u64,
    pub(crate) outcomes: Outcomes,
}

impl Seen {
    fn add(&mut self, captures: u64, outcomes: Outcomes) {
        let sum = &mut self.outcomes;
        sum.submitted += outcomes.submitted;
        sum.joined += outcomes.joined;
        sum.panicked += outcomes.panicked;
        sum.cancelled += outcomes.cancelled;
        sum.detached += outcomes.detached;
        sum.in_flight += outcomes.in_flight;
        self.captures += captures;
    }
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.add(other.captures, other.outcomes);
    }
}

#[derive(Debug)]
struct Armed {
    guard: Guard,
    epoch: u64,
    is_visible: bool,
    /// Events that the subscriber had seen before.
    events: u64,
}

impl Control {
    pub(crate) fn new(book: Arc<Book>, seed: u64, out: PathBuf) -> Self {
        Self { book, random: Random(seed), out, armed: None, ended: Vec::new() }
    }

    fn settings(&mut self) -> (Builder, bool) {
        const BRIDGES: [Arm; 3] = [Arm::Native, Arm::Snapshot, Arm::Naive];
        let random = &mut self.random;
        let is_visible = random.one_in(3);
        let mut builder = common::builder()
            .with_detail(random.one_of(&[Detail::Phases, Detail::Locks]))
            .with_visible(is_visible)
            .propagate_span(random.one_in(3));
        let arm = random.one_of(&BRIDGES);
        builder = match random.below(3) {
            0 => builder.with_transfer(arm),
            1 => builder.with_compare(&[arm]),
            _ => builder.with_compare(&BRIDGES),
        };
        if random.one_in(4) {
            // With checkpoints.
            builder = builder.with_exact_folder(&self.out);
        }
        (builder, is_visible)
    }

    /// Ends the capture, if one is armed, and arms the next, unless this is to be a pause.
    pub(crate) fn change(&mut self, pause: bool) {
        let next = (!pause).then(|| self.settings());
        let armed = self.armed.take();
        let book = Arc::clone(&self.book);
        let (report, guard) = book.change(|| {
            let report = armed.map(|armed| (armed.epoch, armed.guard.finish().expect("armed")));
            (report, next.map(|(builder, is_visible)| (builder.try_init().expect("nothing is armed"), is_visible)))
        });
        self.ended.extend(report);
        self.armed = guard.map(|(guard, is_visible)| {
            assert!(guard.is_armed());
            common::builder().try_init().expect_err("one is armed");
            Armed { guard, epoch: book.epoch(), is_visible, events: spans::events() }
        });
    }

    pub(crate) fn may_change(&self) -> bool {
        self.book.epoch() / 2 + 2 < PAGES as u64
    }

    /// A report while everything goes on: it has seen whatever ended before it was asked for, and adds up.
    pub(crate) fn look(&self) {
        let Some(armed) = &self.armed else { return };
        let (submitted, [joined, panicked, cancelled, detached, torn]) = self.book.certain(armed.epoch);
        let report = armed.guard.report().expect("armed");
        let begun = self.book.begun();
        let seen = report.outcomes;
        assert_adds_up(&report);
        assert!((submitted..=begun).contains(&seen.submitted), "{submitted}..={begun}: {seen:?}");
        for (least, value) in [
            (joined, seen.joined),
            (panicked, seen.panicked),
            (cancelled, seen.cancelled),
            (detached + torn, seen.detached),
        ] {
            assert!(least <= value, "{joined}, {panicked}, {cancelled}, {detached} + {torn}: {seen:?}");
        }
    }

    /// At rest: the report comes to be exactly what the book says, with those in flight whose handles are alive. What a pool
    /// thread has still to write down of a job that has ended is waited for.
    pub(crate) fn settle(&self) {
        let armed = self.armed.as_ref().expect("armed");
        eventually(|| {
            self.book.settle();
            let report = armed.guard.report().expect("armed");
            assert_adds_up(&report);
            let mut differences = self.book.differences(armed.epoch, &report, self.book.alive_in(armed.epoch));
            let (events, most) = (spans::events() - armed.events, if armed.is_visible { report.hops() } else { 0 });
            let least = most.saturating_sub(self.book.torn(armed.epoch));
            if !(least..=most).contains(&events) {
                differences.push(format!("events: {events}, not {least}..={most}"));
            }
            if differences.is_empty() { Ok(()) } else { Err(format!("{differences:?}")) }
        });
        assert!(self.book.is_certain(armed.epoch), "nothing was changed meanwhile: {:?}", self.book);
    }

    /// After the end of all hops: holds each capture's last report against the book. `exactly`: the book is to know all of
    /// them for certain.
    pub(crate) fn check(mut self, exactly: bool) -> Seen {
        eventually(|| match (self.book.jobs(), self.book.alive()) {
            // In this order: a job that submits a hop ends after that.
            (0, 0) => Ok(()),
            (jobs, alive) => Err(format!("{jobs} jobs and {alive} hops that do not end")),
        });
        self.book.settle();
        if exactly {
            self.settle();
        } else {
            self.last_settles();
        }
        self.change(true);
        let mut seen = Seen::default();
        for (epoch, report) in &self.ended {
            assert_adds_up(report);
            let differences = self.book.differences(*epoch, report, 0);
            assert_eq!(differences, Vec::<String>::new(), "capture of epoch {epoch}: {:?}", report.outcomes);
            assert!(!exactly || self.book.is_certain(*epoch), "{epoch}: {:?}", self.book);
            seen.add(1, report.outcomes);
        }
        seen
    }

    /// What pool threads have still to write down in the last capture.
    fn last_settles(&self) {
        let Some(armed) = &self.armed else { return };
        eventually(|| {
            let report = armed.guard.report().expect("armed");
            let differences = self.book.differences(armed.epoch, &report, 0);
            if differences.is_empty() { Ok(()) } else { Err(format!("{differences:?}")) }
        });
    }

    pub(crate) fn last_report(&self) -> &Report {
        &self.ended.last().expect("one has ended").1
    }

    pub(crate) fn report(&self) -> Report {
        self.armed.as_ref().expect("armed").guard.report().expect("armed")
    }
}

fn assert_adds_up(report: &Report) {
    let seen = report.outcomes;
    let ended = seen.joined + seen.panicked + seen.cancelled + seen.detached;
    assert_eq!(seen.submitted, ended + seen.in_flight, "{seen:?}");
    assert_eq!(report.hops(), ended, "{seen:?}");
    assert_eq!(report.arms.values().map(|arm| arm.hops).sum::<u64>(), ended);
    assert_eq!(report.sites.iter().map(|site| site.hops).sum::<u64>(), ended);
    assert_eq!(report.dropped.total(), 0, "{:?}", report.dropped);
}

/// Asks until the answer is right. The deadline decides nothing: it only ends a test that fails.
pub(crate) fn eventually(mut question: impl FnMut() -> Result<(), String>) {
    let start = Instant::now();
    while let Err(wrong) = question() {
        assert!(start.elapsed() < DEADLINE, "{wrong}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
