//! What to try, site by site, and what it would save: rules that are written down, tested, and checked by experiments.
//!
//! [`verdicts`] looks at a report and gives every [`Verdict`] that follows, those first from which most is to be gained. Each says on
//! what it rests, what it would save, how sure that is, what might go wrong, and what to write or to run.
//!
//! # What is never done
//! - Nothing is advised from times that contain the app's own logging, nor from what lies below the clock's floor. A site's durations count from
//!   [`MIN_HOPS`] joined hops on. Rules about what is in flight, and about hops that wait for 10 ms, need fewer: a starved app makes few hops.
//! - Fewer threads are never advised where a job calls hops and waits for them: such a pool stops for good.
//! - Running a job on the awaiter's own thread is never advised from a median: one job that takes long there holds up every task of
//!   that worker. It takes the p99.9 (`small_work`).
//!
//! # How right the savings are
//! Every [`Rule`] that saves something has an experiment (`benches/verdicts`) that applies the advice, and a workload at which it has to keep silent.
//! An estimate is within a factor of [`Saving::FACTOR`] of what was measured there, but for `late-awaiter` and `wide-pool`, whose ranges are wider; `docs/guide/verdicts.md` has the figures, and the rules that were left
//! out because theirs were not. A rule's own file says what it looks at, and why.

/// Calls `$then!` with the rules: a row each, those that cannot wait first, the others in the order in which hops go through what they are about. A row
/// has the rule's word in JSON and in links, what comes of it (`Urgent`: it comes before all that would save time; `Advice`; `Nothing` to gain), what
/// it finds in words, and where it looks at one site, whatever others say, the module whose `speak` that is. [`rank`] applies the others.
macro_rules! rules {
    ($then:ident) => {
        $then! {
            /// All threads of a pool run jobs that wait for calls queued behind them.
            Deadlock "deadlock" Urgent "the pool has stopped for good";
            /// Jobs that do not end hold threads.
            Stuck "stuck" Urgent "jobs that do not end hold threads";
            /// Jobs hold threads although their callers gave up.
            Leak "leak" Urgent "jobs run on after their callers gave up";
            /// Calls are queued for long, and few ever end.
            Starved "starved" Urgent "calls never begin";
            /// Calls wait for threads that run jobs past tollbridge.
            UnseenJobs "unseen-jobs" Advice "waiting behind jobs that are not seen" of_a_site(unseen_jobs);
            /// A job is shorter than its crossing.
            SmallWork "small-work" Advice "the work is smaller than the crossing";
            /// It is, and its calls come one at a time.
            LoneWork "lone-work" Nothing "the work is smaller than the crossing, and its calls come one at a time";
            /// Tasks make several small calls one soon after the other.
            Sequence "sequence" Advice "calls in sequence that could be one";
            /// Each hop wakes another thread.
            WidePool "wide-pool" Advice "the pool is too wide";
            /// More jobs compute at a time than there are processors.
            JobsCompute "jobs-compute" Advice "jobs compute on more threads than there are processors" of_a_site(jobs_compute);
            /// Jobs wait for threads that are busy with other jobs.
            Backlog "backlog" Advice "waiting behind other work" of_a_site(backlog);
            /// Few jobs take most of the time.
            LongTail "long-tail" Advice "a long tail inside the work" of_a_site(long_tail);
            /// Results are ready before anything awaits them.
            Unpolled "unpolled" Advice "the result was ready but not yet awaited" of_a_site(unpolled);
            /// No worker polls the awaiter that was woken.
            LateAwaiter "late-awaiter" Advice "the awaiter is polled late" of_a_site(late_awaiter);
            /// Bridge locks were recorded, and take too little of a hop to notice.
            IdleBridgeLocks "idle-bridge-locks" Nothing "bridge locks do not matter here";
            /// None of the others applies to the site.
            Fine "fine" Nothing "fine as it is";
        }
    };
}

mod backlog;
mod bridge_locks;
mod deadlock;
mod evidence;
mod facts;
mod fine;
mod held;
mod jobs_compute;
mod late_awaiter;
mod leak;
mod long_tail;
mod model;
mod rank;
mod remedy;
mod sequence;
mod small_work;
mod starved;
mod stuck;
mod unpolled;
mod unseen_jobs;
mod wide_pool;

pub(crate) use bridge_locks::MATTERS;
pub use facts::MIN_HOPS;
pub(crate) use facts::{Facts, NO_START_NS, Site};
pub use model::{Confidence, Level, Per, Rule, Saving, Verdict};
pub(crate) use rank::of_facts;
pub use rank::verdicts;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the guide says of thresholds is what the constants are.
    #[test]
    fn the_guide_has_the_thresholds() {
        use facts::{LONG_NS, LONGEST_CROSSING_NS, MIN_SLOW_HOPS, OLD_NS, SHARE, WAKE_NS};
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/verdicts.md");
        let guide = std::fs::read_to_string(path).unwrap().replace('\n', " ");
        let percent = |share: f64| format!("{} %", 100.0 * share);
        let (us, ms) = (|ns: f64| format!("{} us", ns / 1e3), |ns: f64| format!("{} ms", ns / 1e6));
        for said in [
            format!("jobs start {} or later", ms(NO_START_NS)),
            format!("the p99.9 of the run is below {}", us(small_work::INLINE_NS as f64)),
            format!("are {} times as many as the processors", jobs_compute::WIDTH),
            format!("{} of their run is CPU time", percent(jobs_compute::COMPUTES)),
            format!("jobs whose median is {} or more", us(backlog::SHORT_NS)),
            format!("the awaiter is polled late after its wake: by {} or more", us(LONGEST_CROSSING_NS)),
            format!("less a wake's {}", us(WAKE_NS)),
            format!("takes less than {} of a hop", percent(MATTERS)),
            format!("It counts for {} at most", us(LONGEST_CROSSING_NS)),
            format!("fewer than {MIN_HOPS} have ended"),
            format!("fewer than {MIN_HOPS} timed hops"),
            format!("each waits {} for a thread", ms(LONG_NS)),
            format!("less than {} of a hop, {}", percent(rank::LEAST_SHARE), us(rank::LEAST_NS)),
            format!("the factor of {}", Saving::FACTOR),
            format!("for `late-awaiter` it is {} and for `wide-pool` {}", late_awaiter::LEAST, wide_pool::EITHER_WAY),
        ] {
            assert!(guide.contains(&said), "docs/guide/verdicts.md does not say: {said}");
        }
        // In words there.
        assert_eq!((SHARE, OLD_NS, MIN_SLOW_HOPS), (0.2, 1_000_000_000, 5), "a fifth of the hop, a second, five");
        for said in ["busy threads for a fifth of the hop", "queued for a second", "Five are enough"] {
            assert!(guide.contains(said), "docs/guide/verdicts.md does not say: {said}");
        }
    }
}
