//! The event at a hop's end: one line of an ordinary tracing log with everything that is recorded of the hop, so that a log of the app can be
//! read back exactly. `docs/reference/format.md` lists its fields.

/// Message of the event.
pub const MESSAGE: &str = "hop";

/// Calls `$then!` with the fields of the event in their order. A row has the name of its constant in [`field`], the field's name, its member where a
/// log is read, and its kind: `text`, `u8`, `u32`, `u64`, `flag` (there if true), or `moment(NAME)`, a `u64` of [`Stamps`](crate::hop::Stamps) that
/// is left out if it was not seen.
#[doc(hidden)]
#[macro_export]
macro_rules! event_fields {
    ($then:ident) => {
        $crate::moments! { $crate::__event_fields, $then }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __event_fields {
    (
        [$then:ident]
        first { $(#[$first_doc:meta])* $first:ident $first_ns:ident $first_text:literal $FIRST:ident }
        between { $($(#[$doc:meta])* $moment:ident $moment_ns:ident $text:literal $MOMENT:ident;)+ }
        last { $(#[$last_doc:meta])* $last:ident $last_ns:ident $last_text:literal $LAST:ident }
    ) => {
        $then! {
            /// Source file of the call.
            FILE "code.file.path" file: text;
            /// Line of the call.
            LINE "code.line.number" line: u32;
            /// Column of the call.
            COLUMN "code.column.number" column: u32;
            /// Type name of the closure.
            JOB "job" job: text;
            /// [`crate::names::Arm`].
            ARM "arm" arm: text;
            /// [`crate::names::Detail`].
            DETAIL "detail" detail: text;
            /// [`crate::names::Outcome`].
            OUTCOME "outcome" outcome: text;
            $(#[$first_doc])*
            $FIRST $first_text $first_ns: moment($first);
            $($(#[$doc])* $MOMENT $text $moment_ns: moment($moment);)+
            $(#[$last_doc])*
            /// The handle's end if the outcome never reached it.
            $LAST $last_text $last_ns: moment($last);
            /// [`crate::hop::Stamps::pool_thread`].
            POOL_THREAD "pool_thread" pool_thread: u32;
            /// [`Spacing::Row`](crate::names::Spacing), where it is so.
            IN_A_ROW "in_a_row" in_a_row: flag;
            /// [`Spacing::Burst`](crate::names::Spacing), where it is so.
            IN_A_BURST "in_a_burst" in_a_burst: flag;
            /// [`Spacing::First`](crate::names::Spacing), where it is so.
            FIRST_OF_TASK "first_of_task" first_of_task: flag;
            /// [`Circumstances::nested`](crate::hop::Circumstances), where it is so.
            NESTED "nested_hop" nested_hop: flag;
            /// [`Circumstances::runtime`](crate::hop::Circumstances), where it is known.
            RUNTIME "pool_runtime" pool_runtime: u8;
            /// Bridge locks of the transfer; only if `detail` is `locks`.
            LOCKS "locks" locks: u64;
            /// Bridge locks of the publishing side; only if `detail` is `locks`.
            PUBLISH_LOCKS "publish_locks" publish_locks: u64;
            /// State copies; only if `detail` is `locks`.
            COPIES "copies" copies: u64;
            /// Size of the state that was copied.
            COPIED_BYTES "copied_bytes" copied_bytes: u64;
            /// The spans inside the hop, as [`crate::hop::Ops`] writes them; only if `detail` is `locks`.
            OPS "ops" ops: text;
        }
    };
}

macro_rules! names {
    ($($(#[$doc:meta])* $FIELD:ident $name:literal $member:ident: $kind:ident $(($moment:ident))?;)+) => {
        /// Names of the event's fields. Stamps are ns since the capture began; a stamp that was not seen is left out.
        pub mod field {
            $($(#[$doc])* pub const $FIELD: &str = $name;)+

            /// All of them, in the event's order.
            pub const ALL: &[&str] = &[$($FIELD,)+];
        }
    };
}

event_fields!(names);
