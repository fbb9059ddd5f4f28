//! Who calls the sites whose location is not the app's: tokio's, and those of dependencies. Of a sample of their calls the addresses on the stack are kept.
//!
//! The first calls of a site are all looked at, then ever fewer ([`STAGES`]), at random. Each sample stands for as many calls as one in so
//! many was looked at, so that the sums of what they stand for are those of the calls, on the mean. A stage ends after so many samples: what
//! stands for the most calls is never more than a part of all samples.
//!
//! To look takes some us and happens in front of the hop's first stamp. Nobody waits: whoever finds all tables in use drops the sample and
//! counts it. What the addresses are called is found out elsewhere ([`names`](super::frames)).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::busy;
use super::fork::Lock;
use super::frames::{Names, Stack, Way};
use super::random::one_in;
use super::sync::Mutex;
use crate::hop::{Site, SiteId};
use crate::paths;
use crate::report::{Caller, Frame};
use tollbridge_report::aggregate::tables::{MAX_SITES, Tables};

/// One in so many calls of a site is looked at, until so many samples were taken in all.
const STAGES: [(u32, u32); 4] = [(1, 64), (8, 128), (64, 192), (256, 256)];
/// And then one in so many.
const LAST_STAGE: u32 = 1_000;

/// Addresses of a stack that are kept, from the recorder's own outwards.
const MAX_DEPTH: usize = 128;

/// Tables, of which a sample takes one that nobody uses: threads that look at the same moment, or a report, have another one.
const TABLES: usize = 4;
/// Stacks of a table. What finds no room counts for its site, without a stack.
const MAX_STACKS: usize = 512;

/// What is known of each site: in the upper half for which capture, in the lower half how many samples were taken, or [`OWN`].
static SITES: [AtomicU64; MAX_SITES] = [const { AtomicU64::new(0) }; MAX_SITES];

/// A site of the app's own, or one that is not to be looked at.
const OWN: u32 = u32::MAX;

/// The first process that armed. In one that was forked off it later, locks of the system's may be held by threads that it does not have.
static FIRST: AtomicU32 = AtomicU32::new(0);

fn is_first_process() -> bool {
    // ORDERING: relaxed; complete in itself.
    FIRST.load(Ordering::Relaxed) == std::process::id()
}

fn word(generation: u32, samples: u32) -> u64 {
    u64::from(generation) << 32 | u64::from(samples)
}

/// A hop of a site begins. `callers`: those of its capture, if that is not over.
#[inline(always)]
pub(super) fn looks(generation: u32, id: SiteId, site: &Site<'static>, callers: impl FnOnce() -> Option<Arc<Callers>>) {
    // Beyond the cap nobody knows which site it is.
    let Some(known) = SITES.get(id.0 as usize) else { return };
    // ORDERING: relaxed; the word is complete in itself. Two threads may count one sample less.
    let now = known.load(Ordering::Relaxed);
    if now != word(generation, OWN) {
        looks_at(known, now, generation, id, site, callers);
    }
}

/// The site is not the app's, or not looked at yet.
#[inline(never)]
fn looks_at(
    known: &AtomicU64,
    now: u64,
    generation: u32,
    id: SiteId,
    site: &Site<'static>,
    callers: impl FnOnce() -> Option<Arc<Callers>>,
) {
    let is_known = now >> 32 == u64::from(generation);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is asked for")]
    let samples = if is_known { now as u32 } else { 0 };
    let every = one_in_how_many(samples);
    if !one_in(every) {
        return;
    }
    let callers = callers();
    if !is_known {
        let is_looked_at = is_foreign(site) && callers.as_ref().is_some_and(|callers| callers.is_on);
        // ORDERING: relaxed, as above.
        known.store(word(generation, if is_looked_at { 0 } else { OWN }), Ordering::Relaxed);
        if !is_looked_at {
            return;
        }
    }
    if let Some(callers) = callers {
        sample(known, every, id, &callers);
    }
}

/// After so many samples of a site.
fn one_in_how_many(samples: u32) -> u32 {
    STAGES.iter().find(|(_, until)| samples < *until).map_or(LAST_STAGE, |(every, _)| *every)
}

/// Whether a site's location is not the app's: an absolute path, as cargo names sources of dependencies, or one in a folder of vendored ones; and
/// whatever is tokio's, wherever its sources are.
fn is_foreign(site: &Site<'_>) -> bool {
    site.file.starts_with('/')
        || site.file.split('/').any(|folder| folder == "vendor")
        || site.job.trim_start_matches(['<', '&']).starts_with("tokio::")
}

#[cold]
#[inline(never)]
fn sample(known: &AtomicU64, every: u32, id: SiteId, callers: &Callers) {
    let _busy = busy::begin();
    if every != LAST_STAGE {
        // ORDERING: relaxed, as in `looks`. One that another thread, or a later capture, has changed meanwhile stays.
        let now = known.load(Ordering::Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is asked for")]
        if now as u32 != OWN {
            let _ = known.compare_exchange(now, now + 1, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
    let (mut ips, mut depth) = ([0; MAX_DEPTH], 0);
    walk(|ip| {
        ips[depth] = ip;
        depth += 1;
        depth < MAX_DEPTH
    });
    callers.add(id.0, &ips[..depth], every);
}

/// Gives the addresses on the calling thread's stack, until told to stop.
#[expect(unsafe_code, reason = "the function that takes a lock of the process's waits for whoever looks up names")]
fn walk(mut next: impl FnMut(usize) -> bool) {
    // SAFETY: this waits for nobody, and need not: on Unix it is `_Unwind_Backtrace`, which threads may call at once. `next` does not panic.
    unsafe { backtrace::trace_unsynchronized(|frame| next(frame.ip() as usize)) }
}

/// Samples of one stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    samples: u64,
    calls: u64,
    squares: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.samples += other.samples;
        self.calls += other.calls;
        self.squares += other.squares;
    }
}

#[derive(Debug, Default)]
struct Table {
    sites: HashMap<u32, HashMap<Arc<[usize]>, Sum>>,
    stacks: usize,
}

impl Table {
    /// False if the stack is new and there is no room.
    fn add(&mut self, site: u32, ips: &[usize], sum: Sum) -> bool {
        let stacks = self.sites.entry(site).or_default();
        if let Some(known) = stacks.get_mut(ips) {
            known.add(sum);
            return true;
        }
        // One of each site has room in any case: the one without addresses.
        let has_room = self.stacks < MAX_STACKS || ips.is_empty();
        if has_room {
            self.stacks += usize::from(!ips.is_empty());
            stacks.insert(ips.into(), sum);
        }
        has_room
    }
}

/// The samples of a capture.
#[derive(Debug, Default)]
pub(super) struct Callers {
    is_on: bool,
    tables: [Lock<Table>; TABLES],
    /// Samples for which no table was free.
    lost: AtomicU64,
    /// What is known of them. Hops know nothing of it, nor of what looks it up, which may be held for a while.
    ways: Mutex<HashMap<Stack, Way>>,
    names: Mutex<Names>,
    /// There are names that no checkpoint has.
    news: AtomicBool,
}

impl Callers {
    /// Of a capture that the calling process arms. `is_on`: whether there are to be any.
    pub(super) fn new(is_on: bool) -> Self {
        // ORDERING: relaxed; complete in itself.
        let _ = FIRST.compare_exchange(0, std::process::id(), Ordering::Relaxed, Ordering::Relaxed);
        Self { is_on, ..Self::default() }
    }

    fn add(&self, site: u32, ips: &[usize], stands_for: u32) {
        let calls = u64::from(stands_for);
        let sum = Sum { samples: 1, calls, squares: calls * calls };
        let free = || self.tables.iter().filter_map(Lock::try_lock);
        // A stack that finds no room in one may be in the next one.
        let added =
            free().any(|mut table| table.add(site, ips, sum)) || free().any(|mut table| table.add(site, &[], sum));
        if !added {
            // ORDERING: relaxed; a count.
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All stacks, one table after the other: nobody waits longer than it takes to copy one.
    fn stacks(&self) -> BTreeMap<Stack, Sum> {
        let mut all: BTreeMap<Stack, Sum> = BTreeMap::new();
        for table in &self.tables {
            let table = table.lock();
            let stacks =
                table.sites.iter().flat_map(|(site, stacks)| stacks.iter().map(|(ips, sum)| (*site, ips, *sum)));
            let copied: Vec<_> = stacks.map(|(site, ips, sum)| ((site, Arc::clone(ips)), sum)).collect();
            drop(table);
            copied.into_iter().for_each(|(stack, sum)| all.entry(stack).or_default().add(sum));
        }
        all
    }

    /// Stacks that were not looked up.
    fn unnamed(&self) -> Vec<(Stack, Sum)> {
        let stacks = self.stacks();
        let known = self.ways.lock();
        stacks.into_iter().filter(|(stack, _)| !stack.1.is_empty() && !known.contains_key(stack)).collect()
    }

    /// Whether there are any that can be looked up.
    pub(super) fn has_unnamed(&self) -> bool {
        is_first_process() && !self.unnamed().is_empty()
    }

    /// Whether names have been found since this was asked last.
    pub(super) fn has_news(&self) -> bool {
        // ORDERING: relaxed; who misses it asks again.
        self.news.swap(false, Ordering::Relaxed)
    }

    /// Looks up what is on stacks that have no names yet, the most frequent first, for about as long as is given.
    pub(super) fn name(&self, tables: impl FnOnce() -> Tables, exe: &str, most: Duration) {
        if !is_first_process() {
            return;
        }
        let mut names = self.names.lock();
        let mut new = self.unnamed();
        if new.is_empty() {
            return;
        }
        new.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.calls));
        let tables = tables();
        let new = new.iter().map(|(stack, _)| (stack, tables.site(stack.0).1));
        let ways = names.look_up(new, exe, most);
        self.ways.lock().extend(ways);
        self.news.store(true, Ordering::Relaxed);
    }

    /// Whether names may be looked up again without taking too much of a processor.
    pub(super) fn may_name(&self) -> bool {
        self.names.try_lock().is_some_and(|names| names.is_due())
    }

    /// Callers by name, and how many samples were lost.
    pub(super) fn report(&self, tables: &Tables) -> (Vec<Caller>, u64) {
        let mut callers: BTreeMap<(String, String, Vec<Frame>, bool), Sum> = BTreeMap::new();
        let stacks = self.stacks();
        let ways = self.ways.lock();
        for (stack, sum) in stacks {
            let (site, job) = tables.site(stack.0);
            let Way { is_own, frames } = ways.get(&stack).cloned().unwrap_or_default();
            let frames = frames.into_iter().map(|mut frame| {
                frame.file = frame.file.map(|file| paths::shown(&file).to_owned());
                frame
            });
            callers.entry((site, job, frames.collect(), is_own)).or_default().add(sum);
        }
        let callers = callers.into_iter().map(|((site, job, frames, is_own), sum)| {
            let Sum { samples, calls, squares } = sum;
            Caller { site, job, frames, is_own, samples, calls, squares }
        });
        // ORDERING: relaxed; a count.
        (callers.collect(), self.lost.load(Ordering::Relaxed))
    }

    #[cfg(test)]
    pub(super) fn hold(&self) -> impl Sized + '_ {
        (self.tables.each_ref().map(Lock::lock), self.ways.lock(), self.names.lock())
    }
}

#[cfg(all(test, not(tollbridge_loom)))]
mod tests {
    use super::*;

    /// Numbers from 0 to 1, from a seed.
    fn numbers(seed: u64) -> impl FnMut() -> f64 {
        let mut x = seed;
        move || {
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// What so many calls are estimated as.
    fn sampled(calls: u32, mut number: impl FnMut() -> f64) -> Sum {
        let (mut sum, mut samples) = (Sum::default(), 0);
        for _ in 0..calls {
            let every = one_in_how_many(samples);
            if number() < 1.0 / f64::from(every) {
                samples += u32::from(every != LAST_STAGE);
                let calls = u64::from(every);
                sum.add(Sum { samples: 1, calls, squares: calls * calls });
            }
        }
        sum
    }

    #[test]
    fn the_first_calls_are_all_looked_at_and_later_ones_ever_more_rarely() {
        let by = [0, 63, 64, 127, 128, 191, 192, 255, 256, 1_000_000].map(one_in_how_many);
        assert_eq!(by, [1, 1, 8, 8, 64, 64, 256, 256, 1_000, 1_000]);
        assert_eq!(sampled(64, || 0.999), Sum { samples: 64, calls: 64, squares: 64 });
    }

    #[test]
    fn samples_stand_for_as_many_calls_as_there_were_and_for_enough_to_say_shares() {
        for calls in [64, 500, 5_000, 30_000, 300_000] {
            let mut number = numbers(u64::from(calls));
            let runs: Vec<Sum> = (0..100).map(|_| sampled(calls, &mut number)).collect();
            let mean = runs.iter().map(|sum| sum.calls as f64).sum::<f64>() / runs.len() as f64;
            assert!((mean / f64::from(calls) - 1.0).abs() < 0.03, "{calls}: {mean}");
            // As many samples of one weight would say as much.
            let worth = |sum: &Sum| (sum.calls as f64).powi(2) / sum.squares as f64;
            let least = runs.iter().map(worth).fold(f64::INFINITY, f64::min);
            assert!(least >= 30.0, "{calls}: {least}");
            let most = 64 * 4 + u64::from(calls / 500);
            assert!(runs.iter().all(|sum| sum.samples <= most), "{calls}");
        }
    }

    #[test]
    fn a_site_is_foreign_by_its_path_or_by_its_job() {
        for (file, job, expected) in [
            ("src/main.rs", "app::list::{{closure}}", false),
            ("../store/src/lib.rs", "store::get::{{closure}}", false),
            ("src/vendored.rs", "app::tokio::list", false),
            ("/home/u/.cargo/registry/src/index-1/dep-1.0.0/src/lib.rs", "dep::f", true),
            ("vendor/dep/src/lib.rs", "dep::f", true),
            ("target/tollbridge/copy/tokio-1.54.1/src/fs/mod.rs", "tokio::fs::metadata", true),
            ("src/fs/mod.rs", "<tokio::fs::file::File as tokio::io::AsyncWrite>::poll_write", true),
        ] {
            assert_eq!(is_foreign(&Site { file, line: 1, column: 1, job }), expected, "{file} {job}");
        }
    }

    #[test]
    fn a_table_is_bounded_and_what_finds_no_room_counts_without_its_stack() {
        let callers = Callers::default();
        let all = TABLES * MAX_STACKS;
        for stack in 0..all + 7 {
            callers.add(3, &[stack, 1], 8);
            callers.add(3, &[stack, 1], 1);
        }
        let stacks = callers.stacks();
        assert_eq!(stacks.len(), all + 1);
        assert_eq!(stacks[&(3, [].into())], Sum { samples: 14, calls: 63, squares: 7 * 65 });
        assert_eq!(stacks[&(3, [0, 1].into())], Sum { samples: 2, calls: 9, squares: 65 });
        assert_eq!(callers.lost.into_inner(), 0);
    }

    #[test]
    fn nobody_waits_for_a_table_and_a_sample_that_finds_none_free_is_counted() {
        let callers = Callers::default();
        let held: Vec<_> = callers.tables[1..].iter().map(Lock::lock).collect();
        callers.add(0, &[1], 1);
        let last = callers.tables[0].lock();
        callers.add(0, &[1], 1);
        drop((held, last));
        assert_eq!(callers.stacks().values().map(|sum| sum.samples).sum::<u64>(), 1);
        assert_eq!(callers.lost.into_inner(), 1);
    }
}
