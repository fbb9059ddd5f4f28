//! From arming to disarming: the builder, the environment's switches, the guard with its checkpoints and its summary.

mod age;
mod builder;
mod changes;
mod checkpoint;
mod environment;
mod error;
mod folder;
mod forked;
mod guard;
mod host;
mod keep;
mod left;
mod pace;
mod place;
mod process;
mod stderr;
mod summary;
mod timeline;
mod words;
mod writer;

use crate::names::Detail;
use crate::record::{self, Armed, Turn};

use environment::Environment;

pub use builder::{Builder, DEFAULT_OUT};
pub use error::Error;
pub use guard::Guard;
pub use host::{Alone, Host};
pub use pace::INTERVAL as CHECKPOINT_INTERVAL;
pub use summary::Summary;
pub use timeline::{DEFAULT_TIMELINE, MAX_TIMELINE};

/// Turns recording on if the environment asks for it, and records until the guard is dropped. Prints what is wrong on stderr, once, and goes on.
#[must_use = "the capture ends when the guard is dropped"]
pub fn init<H: Host>() -> Guard {
    init_from::<H>(Environment::read(), None)
}

/// As [`init`], but records this much where `TOLLBRIDGE` does not say, and shows nothing to the app's subscriber: where the recorder is in a library of
/// its own, so is `tracing`, and nobody subscribes there.
#[cfg(feature = "agent")]
pub(crate) fn init_unasked<H: Host>(detail: Detail) -> Guard {
    init_from::<H>(Environment::read().map(|environment| Environment { log: None, ..environment }), Some(detail))
}

fn init_from<H: Host>(environment: Result<Environment, Error>, unasked: Option<Detail>) -> Guard {
    match environment {
        Ok(environment) => Builder::<H>::of(environment, unasked).init(),
        Err(error) => {
            // Said here, and not again at the first hop.
            record::decide_off();
            stderr::complain(&format!("{error}; nothing is recorded"));
            Guard::inert()
        }
    }
}

/// Returns what is armed.
///
/// The first call of a process that never called [`init()`] looks at the environment. If a directive in
/// `RUST_LOG` names tollbridge, the app's subscriber is shown spans and events, so that swapping the import is enough
/// for a log. The call then calibrates the clock, once, for about 5 ms. Calls of other threads in that time do not wait: they are not recorded, only counted.
#[must_use]
pub fn decided() -> Armed {
    let armed = record::armed();
    if !armed.is_undecided() {
        return armed;
    }
    if armed.is_forked() && !armed.is_visible() {
        // Nothing else is looked at in such a process: the environment has a lock too, which a thread may have held at the fork. Where the parent's
        // hops are shown to the app's subscriber it is read all the same (`decide`), since a log is the child's too.
        if record::decide_off() {
            forked::complain();
        }
        return record::armed();
    }
    match record::take_turn() {
        Some(Turn::Own) => decide(armed),
        Some(Turn::Others) => return armed,
        None => {}
    }
    record::armed()
}

/// Decides by the environment. `armed`: what was to be decided.
#[cold]
fn decide(armed: Armed) {
    let environment = Environment::read();
    match environment.as_ref().ok().and_then(Environment::visible_settings) {
        Some(settings) => {
            let detail = settings.detail;
            match record::arm_unattended(settings) {
                Some(missed) => {
                    if armed.is_forked() {
                        forked::complain();
                    }
                    warn_of_compiled_out_levels(detail);
                    complain_of_missed(missed);
                }
                // Unless somebody else has armed, nothing can be.
                None => {
                    if record::decide_off() && armed.is_forked() {
                        forked::complain();
                    }
                }
            }
        }
        None => {
            if record::decide_off() {
                if armed.is_forked() {
                    // It did call `init`, or its parent did.
                    return forked::complain();
                }
                match environment {
                    Err(error) => stderr::complain(&format!("{error}; nothing is recorded")),
                    Ok(environment) => complain_of_no_init(&environment),
                }
            }
        }
    }
}

/// Calls that came while the first one was arming.
fn complain_of_missed(missed: u64) {
    if missed > 0 {
        let calls = if missed == 1 { "1 call is".to_owned() } else { format!("{missed} calls are") };
        stderr::complain(&format!(
            "{calls} not in the log: the clock was being calibrated, which takes 5 ms once a process; to record every call, add \
             `let _toll = tollbridge::init();` at the start of `main`"
        ));
    }
}

/// A hop was not recorded: its capture is over, or is another process's. The latter is said here, since no other hop may follow.
#[cold]
#[inline(never)]
pub fn went_nowhere() {
    if record::armed().is_forked() {
        let _ = decided();
    }
}

/// The commonest slip: the variable is set, the import is swapped, and the line in `main` is missing.
fn complain_of_no_init(environment: &Environment) {
    let Some(variable) = environment.asks_in_vain() else { return };
    let and_set = if environment.detail.is_some() { "" } else { "set TOLLBRIDGE=locks too, and " };
    stderr::complain(&format!(
        "{variable} is set, but nothing is recorded: {and_set}add `let _toll = tollbridge::init();` at the start of `main`"
    ));
}

/// A `max_level_*` feature of tracing that the app's graph turns on compiles spans and events out for good.
fn warn_of_compiled_out_levels(detail: Detail) {
    let needed = match detail {
        Detail::Phases => tracing::Level::DEBUG,
        Detail::Locks => tracing::Level::TRACE,
    };
    let compiled = tracing::level_filters::STATIC_MAX_LEVEL;
    if compiled < needed {
        stderr::complain(&format!(
            "tracing is compiled with max level {compiled}, so a log will lack what is at {needed}; \
             remove its max_level_* and release_max_level_* features, or use TOLLBRIDGE=locks, which needs none"
        ));
    }
}
