//! Whole hops: a uniform sample of all that ended, and the longest of them, with every moment that was seen.
//!
//! A hop belongs to the sample if its draw is among the lowest, so samples of two reports are merged by what they drew
//! ([`Timeline::merge`]), and a report of an interval keeps those that began in it.

use super::GroupKey;
use super::written::written;
use crate::hop::Stamps;
use crate::moments;
use crate::names::{Arm, Detail, Outcome};

/// How many of the longest hops are kept beside a sample of that size.
pub(crate) const fn longest_of(sampled: usize) -> usize {
    sampled.div_ceil(10)
}

/// Whole hops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Timeline {
    /// Size of the sample; a tenth of it beside, the longest hops. If fewer hops ended, all of them are there.
    pub sampled: u32,
    /// The sample and the longest, by process and beginning.
    pub hops: Vec<WholeHop>,
}

macro_rules! whole_hop {
    (
        []
        first { $(#[$first_doc:meta])* $first:ident $first_ns:ident $first_text:literal $FIRST:ident }
        between { $($(#[$doc:meta])* $moment:ident $moment_ns:ident $text:literal $MOMENT:ident;)+ }
        last { $(#[$last_doc:meta])* $last:ident $last_ns:ident $last_text:literal $LAST:ident }
    ) => {
        /// One hop as it was. Moments are ns since its process's capture began, threads are numbered in their process; what was not
        /// seen is `None`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[cfg_attr(feature = "read", derive(serde::Deserialize))]
        #[expect(missing_docs, reason = "the moments of `hop::Stamps`")]
        pub struct WholeHop {
            /// Its process.
            pub pid: u32,
            pub $first_ns: u64,
            $(pub $moment_ns: Option<u64>,)+
            /// Where the hop ended, also if no outcome was copied.
            pub $last_ns: u64,
            /// The thread that called.
            pub caller: Option<u32>,
            /// The thread that ran the job.
            pub pool_thread: Option<u32>,
            /// The thread on which the hop ended: that of the awaiter, if it was joined.
            pub awaiter: Option<u32>,
            /// `path:line:column`, or `<other>` beyond the cap.
            pub site: String,
            /// The closure's type name.
            pub job: String,
            /// How the outcome crossed.
            pub arm: Arm,
            /// How much was recorded.
            pub detail: Detail,
            /// How it ended.
            pub outcome: Outcome,
            /// A random number below 2^53; the hops with the lowest are the sample.
            pub draw: u64,
        }

        impl WholeHop {
            /// A hop whose moments are `stamps`; where it has no end, it ends where it was called.
            #[must_use]
            pub fn new(
                draw: u64,
                pid: u32,
                key: GroupKey,
                stamps: &Stamps,
                caller: Option<u32>,
                awaiter: Option<u32>,
            ) -> Self {
                let GroupKey { site, job, arm, detail, outcome } = key;
                Self {
                    pid,
                    $first_ns: stamps.$first,
                    $($moment_ns: stamps.$moment,)+
                    $last_ns: stamps.$last.unwrap_or(stamps.$first),
                    caller,
                    pool_thread: stamps.pool_thread,
                    awaiter,
                    site,
                    job,
                    arm,
                    detail,
                    outcome,
                    draw,
                }
            }

            /// Its moments, as [`crate::hop::Phases`] divides them.
            #[must_use]
            pub fn stamps(&self) -> Stamps {
                Stamps {
                    $first: self.$first_ns,
                    $($moment: self.$moment_ns,)+
                    $last: Some(self.$last_ns),
                    pool_thread: self.pool_thread,
                }
            }

            /// The same hop, its moments counted from `start` ns later; those before are 0.
            fn from(mut self, start: u64) -> Self {
                let moments = [&mut self.$first_ns, &mut self.$last_ns].into_iter();
                for moment in moments$(.chain(&mut self.$moment_ns))+ {
                    *moment = moment.saturating_sub(start);
                }
                self
            }
        }

        written!(WholeHop {
            pid,
            $first_ns,
            $($moment_ns,)+
            $last_ns,
            caller,
            pool_thread,
            awaiter,
            site,
            job,
            arm,
            detail,
            outcome,
            draw
        });
    };
}

moments!(whole_hop);

impl WholeHop {
    /// From its call to its end.
    #[must_use]
    pub fn hop_ns(&self) -> u64 {
        self.copied_ns.saturating_sub(self.called_ns)
    }
}

impl Timeline {
    /// Returns what a timeline of this size keeps of some hops, which may be there twice.
    #[must_use]
    pub fn new(sampled: u32, mut hops: Vec<WholeHop>) -> Self {
        let most = sampled as usize;
        hops.sort_unstable_by(|a, b| a.draw.cmp(&b.draw).then_with(|| a.cmp(b)));
        hops.dedup();
        let mut others = hops.split_off(most.min(hops.len()));
        // Of all hops, not only of those that were not drawn.
        let mut longest: Vec<&WholeHop> = hops.iter().chain(&others).collect();
        longest.sort_by_key(|hop| std::cmp::Reverse((hop.hop_ns(), hop.draw)));
        let least = longest.get(longest_of(most).saturating_sub(1)).map(|hop| (hop.hop_ns(), hop.draw));
        others.retain(|hop| least.is_none_or(|least| (hop.hop_ns(), hop.draw) >= least));
        hops.append(&mut others);
        hops.sort_unstable();
        Self { sampled, hops }
    }

    /// Both: a sample of the smaller one's size, and the longest of either. What one of them did not keep of its longest
    /// cannot be among them.
    pub(super) fn merged(self, other: &Self) -> Self {
        let sampled = self.sampled.min(other.sampled);
        Self::new(sampled, self.hops.into_iter().chain(other.hops.iter().cloned()).collect())
    }

    /// What an interval that begins so late keeps: the hops that were called in it.
    pub(super) fn since(&self, start: u64) -> Self {
        let later = self.hops.iter().filter(|hop| hop.called_ns >= start);
        Self { sampled: self.sampled, hops: later.map(|hop| hop.clone().from(start)).collect() }
    }
}

written!(Timeline { sampled, hops });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hop(draw: u64, called: u64, length: u64) -> WholeHop {
        let key = GroupKey {
            site: "src/a.rs:1:1".to_owned(),
            job: "a".to_owned(),
            arm: Arm::Naive,
            detail: Detail::Phases,
            outcome: Outcome::Joined,
        };
        let stamps = Stamps { called, copied: Some(called + length), ..Stamps::default() };
        WholeHop::new(draw, 1, key, &stamps, None, None)
    }

    fn draws(timeline: &Timeline) -> Vec<u64> {
        let mut draws: Vec<u64> = timeline.hops.iter().map(|hop| hop.draw).collect();
        draws.sort_unstable();
        draws
    }

    #[test]
    fn the_lowest_draws_and_the_longest_stay() {
        let hops = (0..100).map(|i| hop(i, 7, if i == 50 { 99 } else { i % 7 })).collect();
        // 20 drawn; the two longest are one that was not drawn, and of those of 6 ns the one with the highest draw.
        let kept = Timeline::new(20, hops);
        assert_eq!(draws(&kept), [(0..20).collect::<Vec<u64>>(), vec![50, 97]].concat());
    }

    #[test]
    fn an_interval_keeps_what_began_in_it_and_counts_from_there() {
        let timeline = Timeline::new(10, vec![hop(1, 99, 500), hop(2, 100, 7)]);
        let [later] = &timeline.since(100).hops[..] else { panic!("one began later") };
        assert_eq!((later.draw, later.called_ns, later.copied_ns), (2, 0, 7));
    }

    proptest! {
        #[test]
        fn merging_is_keeping_of_all(
            values in prop::collection::vec((0u64..1_000, 0u64..50), 0..200),
            split in 0usize..200,
            (left, right) in (1u32..40, 1u32..40),
        ) {
            let all: Vec<WholeHop> = values.iter().map(|&(draw, length)| hop(draw, 0, length)).collect();
            let (a, b) = all.split_at(split.min(all.len()));
            let (a, b) = (Timeline::new(left, a.to_vec()), Timeline::new(right, b.to_vec()));
            let whole = Timeline::new(left.min(right), all);
            prop_assert_eq!(&a.clone().merged(&b), &whole);
            prop_assert_eq!(&b.merged(&a), &whole);
        }
    }
}
