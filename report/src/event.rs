//! The event at a hop's end: one line of an ordinary tracing log with everything that is recorded of the hop, so that a log of the app can be
//! read back exactly. `docs/reference/format.md` lists its fields.

/// Message of the event.
pub const MESSAGE: &str = "hop";

/// Names of the event's fields. Stamps are ns since the capture began; a stamp that was not seen is left out.
pub mod field {
    /// Source file of the call.
    pub const FILE: &str = "code.file.path";
    /// Line of the call.
    pub const LINE: &str = "code.line.number";
    /// Column of the call.
    pub const COLUMN: &str = "code.column.number";
    /// Type name of the closure.
    pub const JOB: &str = "job";
    /// [`crate::names::Arm`].
    pub const ARM: &str = "arm";
    /// [`crate::names::Detail`].
    pub const DETAIL: &str = "detail";
    /// [`crate::names::Outcome`].
    pub const OUTCOME: &str = "outcome";
    /// [`crate::hop::Stamps::called`].
    pub const CALLED: &str = "called_ns";
    /// [`crate::hop::Stamps::returned`].
    pub const RETURNED: &str = "returned_ns";
    /// [`crate::hop::Stamps::previous_end`].
    pub const PREVIOUS_END: &str = "previous_end_ns";
    /// [`crate::hop::Stamps::run_start`].
    pub const RUN_START: &str = "run_start_ns";
    /// [`crate::hop::Stamps::run_end`].
    pub const RUN_END: &str = "run_end_ns";
    /// [`crate::hop::Stamps::published`].
    pub const PUBLISHED: &str = "published_ns";
    /// [`crate::hop::Stamps::first_poll`].
    pub const FIRST_POLL: &str = "first_poll_ns";
    /// [`crate::hop::Stamps::ready`].
    pub const READY: &str = "ready_ns";
    /// [`crate::hop::Stamps::copied`]; the handle's end if the outcome never reached it.
    pub const COPIED: &str = "copied_ns";
    /// [`crate::hop::Stamps::pool_thread`].
    pub const POOL_THREAD: &str = "pool_thread";
    /// [`Spacing::Row`](crate::names::Spacing), where it is so.
    pub const IN_A_ROW: &str = "in_a_row";
    /// [`Spacing::Burst`](crate::names::Spacing), where it is so.
    pub const IN_A_BURST: &str = "in_a_burst";
    /// [`Spacing::First`](crate::names::Spacing), where it is so.
    pub const FIRST_OF_TASK: &str = "first_of_task";
    /// [`Circumstances::nested`](crate::hop::Circumstances), where it is so.
    pub const NESTED: &str = "nested_hop";
    /// [`Circumstances::runtime`](crate::hop::Circumstances), where it is known.
    pub const RUNTIME: &str = "pool_runtime";
    /// Bridge locks of the transfer; only if `detail` is `locks`.
    pub const LOCKS: &str = "locks";
    /// Bridge locks of the publishing side; only if `detail` is `locks`.
    pub const PUBLISH_LOCKS: &str = "publish_locks";
    /// State copies; only if `detail` is `locks`.
    pub const COPIES: &str = "copies";
    /// Size of the state that was copied.
    pub const COPIED_BYTES: &str = "copied_bytes";
    /// The spans inside the hop, as [`crate::hop::Ops`] writes them; only if `detail` is `locks`.
    pub const OPS: &str = "ops";
}
