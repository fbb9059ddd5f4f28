//! The vocabulary: targets, span names and field names. This is the contract between the probes, the log of an app and
//! everything that reads either; `docs/reference/format.md` lists it. Field names follow OpenTelemetry's where it has one.

/// Target of the `hop` span and of the event at a hop's end.
pub const TARGET_HOP: &str = "tollbridge::hop";
/// Target of the phase spans.
pub const TARGET_PHASE: &str = "tollbridge::phase";
/// Target of the spans around the acquisition of a bridge lock.
pub const TARGET_LOCK: &str = "tollbridge::lock";
/// Target of the spans around a state copy.
pub const TARGET_COPY: &str = "tollbridge::copy";
/// First part of every target above. A `RUST_LOG` directive that names it turns recording on.
pub const TARGET_PREFIX: &str = "tollbridge";

/// Gives an enum its words: `ALL` in declaration order, `as_str`, `Display`, `FromStr`, JSON.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "read", derive(serde::Deserialize))]
        pub enum $name { $($(#[$vmeta])* #[cfg_attr(feature = "read", serde(rename = $word))] $variant,)+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word used in spans, logs, reports and pictures.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl nojson::DisplayJson for $name {
            fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
                f.string(self.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { word: word.to_owned(), expected: &[$($word,)+] }),
                }
            }
        }
    };
}

/// A word that is none of the expected ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    word: String,
    expected: &'static [&'static str],
}

impl std::fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is none of {}", self.word, self.expected.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

words! {
    /// A bridge: how the finished state gets from source to awaiter.
    pub enum Arm {
        /// Four calls on the source, a bridge lock each.
        Naive = "naive",
        /// One atomic copy of the source's state.
        Snapshot = "snapshot",
        /// tokio's own handle: it carries the output itself, without a source.
        Native = "native",
        /// `wrap(f)`: tokio's own handle, watched from inside the closure only.
        Wrapped = "wrapped",
    }
}

words! {
    /// The purpose of one acquisition of a bridge lock.
    pub enum LockOp {
        /// The completing side stores the outcome.
        Publish = "publish",
        /// `done()` of the naive transfer.
        Done = "done",
        /// `cancelled()` of the naive transfer.
        Cancelled = "cancelled",
        /// `exception()` of the naive transfer.
        Exception = "exception",
        /// `result()` of the naive transfer.
        Result = "result",
        /// `snapshot()` of a source that was not seen finished.
        Snapshot = "snapshot",
        /// The completing side announces that the job runs.
        Start = "start",
        /// The reading side asks for cancellation.
        Cancel = "cancel",
        /// The reading side leaves its waker, or waits.
        Wait = "wait",
    }
}

impl LockOp {
    /// Returns whether a transfer takes the lock for this. `locks_per_transfer` counts these.
    #[must_use]
    pub const fn is_transfer(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Exception | Self::Result | Self::Snapshot)
    }
}

words! {
    /// The kind of a span outside any hop.
    pub enum SpanKind {
        /// The acquisition of a bridge lock (`wrap_future`).
        BridgeLock = "bridge_lock",
        /// The copy of a state (`wrap_future`).
        Copy = "copy",
        /// The acquisition of an instrumented mutex.
        Mutex = "mutex",
        /// A span that is not tollbridge's, from enter to exit.
        Entered = "entered",
    }
}

impl SpanKind {
    /// Returns whether one of tollbridge's probes times the span, with ordered readings of the clock.
    #[must_use]
    pub const fn is_probed(self) -> bool {
        !matches!(self, Self::Entered)
    }
}

words! {
    /// A phase of a hop, in time order. `docs/design/phases.md` has the arithmetic.
    pub enum Phase {
        /// Submit, backlog and start as one phase. Only `wrap(f)` has it, which cannot distinguish them.
        Reach = "reach",
        /// The `spawn_blocking` call itself.
        Submit = "submit",
        /// The wait for a pool thread that was busy with another job: capacity, not overhead.
        Backlog = "backlog",
        /// From the end of the backlog until the closure runs.
        Start = "start",
        /// The closure.
        Run = "run",
        /// Storing the outcome in the source.
        Publish = "publish",
        /// The result was ready, but not yet awaited: the app's own time.
        Unpolled = "unpolled",
        /// From waking the task to polling it.
        Resume = "resume",
        /// Bridge locks and the copy.
        Transfer = "transfer",
    }
}

/// What the time of a phase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    /// What the crossing costs.
    Overhead,
    /// The work.
    Run,
    /// Neither: a hop waits for the app.
    Wait,
    /// Of hops that are divided in another way.
    Reach,
}

impl Phase {
    /// What its time is.
    #[must_use]
    pub const fn kind(self) -> PhaseKind {
        match self {
            Self::Submit | Self::Start | Self::Publish | Self::Resume | Self::Transfer => PhaseKind::Overhead,
            Self::Run => PhaseKind::Run,
            Self::Backlog | Self::Unpolled => PhaseKind::Wait,
            Self::Reach => PhaseKind::Reach,
        }
    }

    /// Returns whether the phase is part of the overhead: submit, start, publish, resume, transfer.
    #[must_use]
    pub const fn is_overhead(self) -> bool {
        matches!(self.kind(), PhaseKind::Overhead)
    }

    /// The phases of a kind in time order.
    pub fn of(kind: PhaseKind) -> impl DoubleEndedIterator<Item = Self> + Clone {
        Self::ALL.iter().copied().filter(move |phase| phase.kind() == kind)
    }
}

words! {
    /// How a job got its thread.
    pub enum StartKind {
        /// The first job that tollbridge saw on this thread.
        NewThread = "new_thread",
        /// An idle thread was woken.
        Pickup = "pickup",
        /// A thread took it straight after its previous job.
        Handoff = "handoff",
    }
}

words! {
    /// How soon a task called a hop after its last one (`docs/design/rows.md`).
    pub enum Spacing {
        /// It is the first hop that its task called, as far as is known.
        First = "first",
        /// Less than [`Spacing::ROW_NS`] after the task had called another hop, or come back from it.
        Row = "row",
        /// Later than that, but less than [`Spacing::BURST_NS`], and with no sign that the task waited for anything else meanwhile.
        Burst = "burst",
        /// Later, or after a wait for something else, or not known.
        Apart = "apart",
    }
}

impl Spacing {
    /// Calls less than this apart are back to back: 10 us.
    pub const ROW_NS: u64 = 10_000;
    /// Calls less than this apart may be a burst: 2 ms.
    pub const BURST_NS: u64 = 2_000_000;
}

words! {
    /// How a hop ended.
    pub enum Outcome {
        /// The awaiter holds the result.
        Joined = "joined",
        /// The job panicked and the awaiter holds the error.
        Panicked = "panicked",
        /// The job was cancelled and the awaiter holds the error.
        Cancelled = "cancelled",
        /// The handle was dropped before the outcome reached it.
        Detached = "detached",
    }
}

words! {
    /// How much is recorded of a hop.
    pub enum Detail {
        /// The phases.
        Phases = "phases",
        /// The phases, every acquisition of a bridge lock and every state copy.
        Locks = "locks",
    }
}
