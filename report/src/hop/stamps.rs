//! The moments of a hop: as they are taken, in ticks of the clock, and as they are read, in ns since its capture began.

/// The moments of a hop, in ns since its capture began. What was not seen is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// `spawn_blocking` was called.
    pub called: u64,
    /// It returned.
    pub returned: Option<u64>,
    /// End of the pool thread's previous job; `None` if this is the first one seen on it.
    pub previous_end: Option<u64>,
    /// The closure began.
    pub run_start: Option<u64>,
    /// The closure returned.
    pub run_end: Option<u64>,
    /// The outcome stood in the source.
    pub published: Option<u64>,
    /// The handle was polled for the first time.
    pub first_poll: Option<u64>,
    /// A poll of tokio's handle returned the finished source.
    pub ready: Option<u64>,
    /// The awaiter held the outcome.
    pub copied: Option<u64>,
    /// Number of the pool thread, counted up from 1 in this process.
    pub pool_thread: Option<u32>,
}

/// The same moments as they are taken: in ticks of the clock, [`Ticks::NEVER`] for what was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the moments of `Stamps`")]
pub struct Ticks {
    pub called: u64,
    pub returned: u64,
    pub previous_end: u64,
    pub run_start: u64,
    pub run_end: u64,
    pub published: u64,
    pub first_poll: u64,
    pub ready: u64,
    pub copied: u64,
}

impl Ticks {
    /// What was not seen.
    pub const NEVER: u64 = u64::MAX;

    /// Nothing seen but the call and the end.
    #[inline]
    #[must_use]
    pub const fn between(called: u64, end: u64) -> Self {
        Self {
            called,
            returned: Self::NEVER,
            previous_end: Self::NEVER,
            run_start: Self::NEVER,
            run_end: Self::NEVER,
            published: Self::NEVER,
            first_poll: Self::NEVER,
            ready: Self::NEVER,
            copied: end,
        }
    }

    /// In ns since the capture began.
    #[inline]
    #[must_use]
    pub fn stamps(&self, since: Since, pool_thread: Option<u32>) -> Stamps {
        let seen = |ticks: u64| (ticks != Self::NEVER).then(|| since.ns(ticks));
        Stamps {
            called: since.ns(self.called),
            returned: seen(self.returned),
            previous_end: seen(self.previous_end),
            run_start: seen(self.run_start),
            run_end: seen(self.run_end),
            published: seen(self.published),
            first_poll: seen(self.first_poll),
            ready: seen(self.ready),
            copied: seen(self.copied),
            pool_thread,
        }
    }
}

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
