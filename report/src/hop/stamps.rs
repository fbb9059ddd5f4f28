//! The moments of a hop: the one table of them, as they are taken, in ticks of the clock, and as they are read, in ns since its capture began.
//!
//! Whatever lists the moments is made from [`moments!`]: [`Stamps`], [`Ticks`], whole hops (`crate::WholeHop`), the fields of the event in a log
//! (`crate::event`), its writer and its reader. A new one is a new row.

/// Calls `$then!` with the moments of a hop in time order, and before them, in brackets, with whatever else this was given: the call, what may be
/// seen between, the end. A row has its name, the same with its unit (as member of a report and of a log's reader; twice, as a name and as a text),
/// and the name of its constant in [`event::field`](crate::event::field).
#[doc(hidden)]
#[macro_export]
macro_rules! moments {
    ($then:path $(, $($with:tt)*)?) => {
        $then! {
            [$($($with)*)?]
            first {
                /// `spawn_blocking` was called.
                called called_ns "called_ns" CALLED
            }
            between {
                /// It returned.
                returned returned_ns "returned_ns" RETURNED;
                /// End of the pool thread's previous job; `None` if this is the first one seen on it.
                previous_end previous_end_ns "previous_end_ns" PREVIOUS_END;
                /// The closure began.
                run_start run_start_ns "run_start_ns" RUN_START;
                /// The closure returned.
                run_end run_end_ns "run_end_ns" RUN_END;
                /// The outcome stood in the source.
                published published_ns "published_ns" PUBLISHED;
                /// The handle was polled for the first time.
                first_poll first_poll_ns "first_poll_ns" FIRST_POLL;
                /// A poll of tokio's handle returned the finished source.
                ready ready_ns "ready_ns" READY;
            }
            last {
                /// The awaiter held the outcome.
                copied copied_ns "copied_ns" COPIED
            }
        }
    };
}

macro_rules! structs {
    (
        []
        first { $(#[$first_doc:meta])* $first:ident $first_ns:ident $first_text:literal $FIRST:ident }
        between { $($(#[$doc:meta])* $moment:ident $moment_ns:ident $text:literal $MOMENT:ident;)+ }
        last { $(#[$last_doc:meta])* $last:ident $last_ns:ident $last_text:literal $LAST:ident }
    ) => {
        /// The moments of a hop, in ns since its capture began. What was not seen is `None`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Stamps {
            $(#[$first_doc])*
            pub $first: u64,
            $($(#[$doc])* pub $moment: Option<u64>,)+
            $(#[$last_doc])*
            pub $last: Option<u64>,
            /// Number of the pool thread, counted up from 1 in this process.
            pub pool_thread: Option<u32>,
        }

        impl Stamps {
            /// All moments in time order.
            #[must_use]
            pub const fn moments(&self) -> [Option<u64>; Ticks::COUNT] {
                [Some(self.$first), $(self.$moment,)+ self.$last]
            }

            /// The same hop, each of its moments at another time.
            #[must_use]
            pub fn map(self, at: impl Fn(u64) -> u64) -> Self {
                let Self { $first, $($moment,)+ $last, pool_thread } = self;
                Self { $first: at($first), $($moment: $moment.map(&at),)+ $last: $last.map(&at), pool_thread }
            }

            /// The same as ticks which are ns; `None` if one of the moments is missing.
            pub(super) fn ticks(&self) -> Option<Ticks> {
                Some(Ticks { $first: self.$first, $($moment: self.$moment?,)+ $last: self.$last? })
            }
        }

        /// The same moments as they are taken: in ticks of the clock, [`Ticks::NEVER`] for what was not seen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the moments of `Stamps`")]
        pub struct Ticks {
            pub $first: u64,
            $(pub $moment: u64,)+
            pub $last: u64,
        }

        impl Ticks {
            /// What was not seen.
            pub const NEVER: u64 = u64::MAX;
            /// How many moments a hop has.
            pub const COUNT: usize = [$first_text, $($text,)+ $last_text].len();

            /// Nothing seen but the call and the end.
            #[inline]
            #[must_use]
            pub const fn between(called: u64, end: u64) -> Self {
                Self { $first: called, $($moment: Self::NEVER,)+ $last: end }
            }

            /// All moments in time order.
            #[inline(always)]
            #[must_use]
            pub const fn as_array(&self) -> [u64; Self::COUNT] {
                [self.$first, $(self.$moment,)+ self.$last]
            }

            /// As [`Ticks::as_array`] gives them.
            #[inline(always)]
            #[must_use]
            pub const fn from_array(moments: [u64; Self::COUNT]) -> Self {
                let [$first, $($moment,)+ $last] = moments;
                Self { $first, $($moment,)+ $last }
            }

            /// In ns since the capture began.
            #[inline]
            #[must_use]
            pub fn stamps(&self, since: Since, pool_thread: Option<u32>) -> Stamps {
                let seen = |ticks: u64| (ticks != Self::NEVER).then(|| since.ns(ticks));
                Stamps {
                    $first: since.ns(self.$first),
                    $($moment: seen(self.$moment),)+
                    $last: seen(self.$last),
                    pool_thread,
                }
            }
        }
    };
}

moments!(structs);

/// Turns ticks into ns.
#[derive(Clone, Copy, Debug)]
pub struct Conversion {
    /// ns of a tick times 2^32.
    multiplier: u64,
}

impl Conversion {
    /// That of ticks which are ns.
    pub const NS: Self = Self::new(1 << 32);

    /// `multiplier`: ns of a tick times 2^32.
    #[must_use]
    pub const fn new(multiplier: u64) -> Self {
        Self { multiplier }
    }

    /// A number of ticks in ns, to the nearest: half a ns more or less is a good part of a short span.
    #[inline(always)]
    #[must_use]
    pub fn length_ns(self, ticks: u64) -> u64 {
        let product = u128::from(ticks) * u128::from(self.multiplier) + (1 << 31);
        // The upper bits are lost after 2^96 / rate ticks: some hundred years.
        #[expect(clippy::cast_possible_truncation, reason = "see above")]
        let ns = (product >> 32) as u64;
        ns
    }
}

/// Turns ticks into ns since a capture began.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    start: u64,
    to_ns: Conversion,
}

impl Since {
    /// `start`: the tick at which the capture began; `to_ns`: what turns ticks into ns.
    #[must_use]
    pub const fn new(start: u64, to_ns: Conversion) -> Self {
        Self { start, to_ns }
    }

    /// A moment. One before the capture began is its beginning.
    #[inline(always)]
    #[must_use]
    pub fn ns(self, ticks: u64) -> u64 {
        self.length_ns(ticks.saturating_sub(self.start))
    }

    /// A length.
    #[inline(always)]
    pub fn length_ns(self, ticks: u64) -> u64 {
        self.to_ns.length_ns(ticks)
    }
}
