//! The test's own count of what it did, to hold the reports against.
//!
//! Captures come and go while hops are in flight, so the test cannot always know in which one a hop began or ended. It
//! knows the *epoch* before and after each act: even while nothing is being armed or disarmed (the same number throughout
//! one capture, or throughout a pause between two), odd meanwhile. What happened within one even epoch is certain; around a
//! change it may have been on either side. A page counts both: the least that its capture must have seen, and the most that
//! it can have seen. Without a change the two are the same, and the report has to be exactly that.

use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tollbridge::report::Report;

/// Epochs that a book has pages for, pauses included.
pub(crate) const PAGES: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Joined,
    Panicked,
    Cancelled,
    Detached,
    /// Detached, where its thread may have been coming to its end: `tracing` then has no subscriber for its event.
    Torn,
}

const ENDS: usize = End::Torn as usize + 1;

/// The epochs around an act.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    before: u64,
    after: u64,
}

impl Moment {
    /// The even epochs that it may have been in.
    fn epochs(self) -> impl Iterator<Item = u64> {
        ((self.before & !1)..=((self.after + 1) & !1)).step_by(2)
    }

    fn is_within(self, epoch: u64) -> bool {
        self.before == epoch && self.after == epoch
    }
}

/// The least and the most that there can be.
#[derive(Debug, Default)]
struct Bounds {
    least: AtomicU64,
    most: AtomicU64,
}

impl Bounds {
    fn add(&self, certain: bool, possible: bool) {
        self.least.fetch_add(u64::from(certain), Ordering::SeqCst);
        self.most.fetch_add(u64::from(possible), Ordering::SeqCst);
    }

    fn least(&self) -> u64 {
        self.least.load(Ordering::SeqCst)
    }

    fn most(&self) -> u64 {
        self.most.load(Ordering::SeqCst)
    }

    fn holds(&self, value: u64) -> bool {
        (self.least()..=self.most()).contains(&value)
    }
}

/// What happened in one epoch.
#[derive(Debug, Default)]
struct Page {
    submitted: Bounds,
    ended: [Bounds; ENDS],
    /// Submitted in it, ended after it.
    outlived: Bounds,
}

/// A job that nobody's handle tells of: it notes its own end.
#[derive(Debug, Default)]
struct Unseen {
    submitted: OnceLock<Moment>,
    /// An epoch in which it had not ended.
    alive_in: AtomicU64,
    /// How, and the last epoch known to be before that.
    ended: OnceLock<(End, u64)>,
}

#[derive(Debug)]
pub(crate) struct Book {
    epoch: AtomicU64,
    pages: Vec<Page>,
    begun: AtomicU64,
    ended: AtomicU64,
    jobs: AtomicU64,
    unseen: Mutex<Vec<Arc<Unseen>>>,
}

impl Book {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            epoch: AtomicU64::new(0),
            pages: (0..PAGES).map(|_| Page::default()).collect(),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            jobs: AtomicU64::new(0),
            unseen: Mutex::default(),
        })
    }

    pub(crate) fn epoch(&self) -> u64 {
        // The fences keep what is done between two looks between them, also from relaxed atomics.
        fence(Ordering::SeqCst);
        let epoch = self.epoch.load(Ordering::SeqCst);
        fence(Ordering::SeqCst);
        epoch
    }

    /// Does something that arms or disarms. One thread only.
    pub(crate) fn change<R>(&self, act: impl FnOnce() -> R) -> R {
        let next = || {
            fence(Ordering::SeqCst);
            self.epoch.fetch_add(1, Ordering::SeqCst);
            fence(Ordering::SeqCst);
        };
        next();
        let result = act();
        next();
        result
    }

    fn around<R>(&self, act: impl FnOnce() -> R) -> (Moment, R) {
        let before = self.epoch();
        let result = act();
        (Moment { before, after: self.epoch() }, result)
    }

    fn page(&self, epoch: u64) -> &Page {
        &self.pages[usize::try_from(epoch / 2).expect("few epochs")]
    }

    /// Submits a hop.
    pub(crate) fn submit<R>(&self, submit: impl FnOnce() -> R) -> (Moment, R) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let (moment, result) = self.around(submit);
        for epoch in moment.epochs() {
            self.page(epoch).submitted.add(moment.is_within(epoch), true);
        }
        (moment, result)
    }

    /// Submits a hop that tokio refuses: there was none.
    pub(crate) fn refused(&self, submit: impl FnOnce()) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let (moment, ()) = self.around(submit);
        for epoch in moment.epochs().filter(|&epoch| !moment.is_within(epoch)) {
            // Disarmed in between, it may have been counted and not taken back.
            self.page(epoch).submitted.add(false, true);
            self.page(epoch).outlived.add(false, true);
        }
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends a hop, perhaps: `act` says how, if it did.
    pub(crate) fn end<R>(&self, submitted: Moment, act: impl FnOnce() -> (Option<End>, R)) -> R {
        let (moment, (end, result)) = self.around(act);
        if let Some(end) = end {
            self.enter(submitted, moment, end);
            self.ended.fetch_add(1, Ordering::SeqCst);
        }
        result
    }

    fn enter(&self, submitted: Moment, ended: Moment, end: End) {
        for epoch in submitted.epochs() {
            let (page, within) = (self.page(epoch), submitted.is_within(epoch));
            let in_time = within && ended.after == epoch;
            let too_late = ended.before > epoch + 1;
            page.ended[end as usize].add(in_time, !too_late);
            page.outlived.add(within && too_late, !in_time);
        }
    }

    /// Submits a job that notes its own end. `submit` gets it to put into its closure.
    pub(crate) fn submit_unseen<R>(self: &Arc<Self>, submit: impl FnOnce(Job) -> R) -> R {
        let unseen = Arc::new(Unseen { alive_in: self.epoch().into(), ..Unseen::default() });
        let job = Job { book: Arc::clone(self), unseen: Arc::clone(&unseen), end: None };
        let (moment, result) = self.submit(|| submit(job));
        unseen.submitted.set(moment).expect("once");
        self.unseen.lock().push(unseen);
        result
    }

    /// Enters the ends that jobs noted themselves. At rest: where such a job ended, its hop has or is about to in this epoch,
    /// and where it did not, its hop has not either.
    pub(crate) fn settle(&self) {
        let after = self.epoch();
        self.unseen.lock().retain(|unseen| {
            let Some(&(end, before)) = unseen.ended.get() else {
                unseen.alive_in.store(after, Ordering::SeqCst);
                return true;
            };
            let submitted = *unseen.submitted.get().expect("noted before it was listed");
            self.enter(submitted, Moment { before, after }, end);
            false
        });
    }

    /// All that was ever begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// A job that may submit hops, also long after its own hop has ended.
    pub(crate) fn job(self: &Arc<Self>) -> Submitter {
        self.jobs.fetch_add(1, Ordering::SeqCst);
        Submitter(Arc::clone(self))
    }

    /// Jobs that may.
    pub(crate) fn jobs(&self) -> u64 {
        self.jobs.load(Ordering::SeqCst)
    }

    /// Hops that have not ended.
    pub(crate) fn alive(&self) -> u64 {
        // In this order, so that it is never less than it is.
        let ended = self.ended.load(Ordering::SeqCst);
        self.begun() - ended
    }

    /// Those of one epoch of which all is certain.
    pub(crate) fn alive_in(&self, epoch: u64) -> u64 {
        let page = self.page(epoch);
        let ended: u64 = page.ended.iter().chain([&page.outlived]).map(Bounds::least).sum();
        page.submitted.least() - ended
    }

    /// Ends that are certain, to be read before the report that must have seen them.
    pub(crate) fn certain(&self, epoch: u64) -> (u64, [u64; ENDS]) {
        let page = self.page(epoch);
        // Ends first: each of them was submitted before.
        let ended = std::array::from_fn(|end| page.ended[end].least());
        (page.submitted.least(), ended)
    }

    /// At rest: what of the report differs from what this book says of an epoch, if anything does. `alive`: the hops that
    /// are in flight, all of this epoch.
    pub(crate) fn differences(&self, epoch: u64, report: &Report, alive: u64) -> Vec<String> {
        let page = self.page(epoch);
        let outcomes = report.outcomes;
        let ended = |end: End| &page.ended[end as usize];
        let [submitted, joined, panicked, cancelled, outlived] =
            [&page.submitted, ended(End::Joined), ended(End::Panicked), ended(End::Cancelled), &page.outlived];
        let (detached, torn) = (ended(End::Detached), ended(End::Torn));
        let left =
            Bounds { least: (detached.least() + torn.least()).into(), most: (detached.most() + torn.most()).into() };
        let in_flight = Bounds { least: (outlived.least() + alive).into(), most: (outlived.most() + alive).into() };
        let compared = [
            ("submitted", submitted, outcomes.submitted),
            ("joined", joined, outcomes.joined),
            ("panicked", panicked, outcomes.panicked),
            ("cancelled", cancelled, outcomes.cancelled),
            ("detached", &left, outcomes.detached),
            ("in flight", &in_flight, outcomes.in_flight),
        ];
        compared
            .into_iter()
            .filter(|(_, bounds, value)| !bounds.holds(*value))
            .map(|(name, bounds, value)| format!("{name}: {value}, not {}..={}", bounds.least(), bounds.most()))
            .collect()
    }

    /// Those of one epoch that may have ended without an event.
    pub(crate) fn torn(&self, epoch: u64) -> u64 {
        self.page(epoch).ended[End::Torn as usize].most()
    }

    /// Whether the book knows all of an epoch for certain.
    pub(crate) fn is_certain(&self, epoch: u64) -> bool {
        let page = self.page(epoch);
        page.ended.iter().chain([&page.submitted, &page.outlived]).all(|bounds| bounds.least() == bounds.most())
    }
}

/// What a job has in its closure that may submit hops.
#[derive(Debug)]
pub(crate) struct Submitter(Arc<Book>);

impl Drop for Submitter {
    fn drop(&mut self) {
        self.0.jobs.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What a job that notes its own end has in its closure.
#[derive(Debug)]
pub(crate) struct Job {
    book: Arc<Book>,
    unseen: Arc<Unseen>,
    /// `None` until it runs: dropped like that, it was cancelled.
    end: Option<End>,
}

impl Job {
    /// The job is going to end so. Its closure still has something to do before it does.
    pub(crate) fn will(mut self, end: End) -> Self {
        self.end = Some(end);
        self
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let ended = match self.end {
            // Its hop ends after its closure.
            Some(end) => (end, self.book.epoch()),
            // Its hop may have ended before its closure was dropped.
            None => (End::Cancelled, self.unseen.alive_in.load(Ordering::SeqCst)),
        };
        self.unseen.ended.set(ended).expect("once");
        self.book.ended.fetch_add(1, Ordering::SeqCst);
    }
}
