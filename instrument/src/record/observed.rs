//! Whether every job of the pools is told of: by a copy of tokio, or by the layer that records tokio's own spans of blocking jobs; and whether that has seen any.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

/// A copy of tokio has taken the table of hooks.
static COPIED: AtomicBool = AtomicBool::new(false);
/// The layer is a part of a subscriber.
static INSTALLED: AtomicBool = AtomicBool::new(false);
/// tracing knows of the place in tokio that opens such a span.
static REGISTERED: AtomicBool = AtomicBool::new(false);
/// Such a span was opened.
static SEEN: AtomicBool = AtomicBool::new(false);
/// A second layer is a part of a subscriber that has one.
static TWICE: AtomicBool = AtomicBool::new(false);
/// That has been reported.
static TWICE_REPORTED: AtomicBool = AtomicBool::new(false);
/// What was not there has been reported.
static REPORTED: AtomicBool = AtomicBool::new(false);

// ORDERING: relaxed throughout; each is complete in itself.
fn set(flag: &AtomicBool) {
    // The line stays with everybody who reads it.
    if !flag.load(Ordering::Relaxed) {
        flag.store(true, Ordering::Relaxed);
    }
}

/// Notes that the layer is a part of a subscriber.
pub fn installed() {
    set(&INSTALLED);
}

/// Notes that tokio is a copy, which tells of its jobs.
pub fn copied() {
    set(&COPIED);
}

/// Notes that a second layer was added to a subscriber.
pub fn installed_twice() {
    set(&TWICE);
}

/// What is wrong where a subscriber has several layers, the first time that this is asked.
#[must_use]
pub fn why_twice() -> Option<&'static str> {
    (TWICE.load(Ordering::Relaxed) && !TWICE_REPORTED.swap(true, Ordering::Relaxed)).then_some(
        "a subscriber has more than one `tollbridge::layer()`, and all but the first of them record nothing; remove them",
    )
}

/// Notes that tokio can open such spans: it is built for that.
pub fn registered() {
    set(&REGISTERED);
}

/// Notes that there was such a span.
#[inline]
pub fn saw() {
    set(&SEEN);
}

/// Whether there is somebody who tells of every job.
pub(super) fn sees_every_job() -> bool {
    INSTALLED.load(Ordering::Relaxed) || COPIED.load(Ordering::Relaxed)
}

/// Why the layer is there and has seen nothing, the first time that this is asked. `jobs`: whether any job is known of; without one, nothing
/// has to be wrong, unless nothing can ever be seen.
#[must_use]
pub fn why_nothing(jobs: bool) -> Option<String> {
    let is_lost = !cfg!(tokio_unstable);
    if !INSTALLED.load(Ordering::Relaxed) || SEEN.load(Ordering::Relaxed) || !(jobs || is_lost) {
        return None;
    }
    if REPORTED.swap(true, Ordering::Relaxed) {
        return None;
    }
    Some(reason(is_lost, STATIC_MAX_LEVEL, REGISTERED.load(Ordering::Relaxed)))
}

fn reason(is_lost: bool, compiled: LevelFilter, is_registered: bool) -> String {
    const LET_THROUGH: &str = "let `tokio::task::blocking=trace` through, best with a filter of each other layer's own";
    let why = if is_lost {
        "this program was built without `--cfg tokio_unstable`; build it with RUSTFLAGS=\"--cfg tokio_unstable\", and turn on \
         tokio's feature `tracing`"
            .to_owned()
    } else if compiled < LevelFilter::TRACE {
        format!(
            "tracing is compiled with max level {compiled}; remove its max_level_* and release_max_level_* features"
        )
    } else if is_registered {
        format!("a filter of the subscriber hides these spans; {LET_THROUGH}")
    } else {
        format!(
            "tokio's feature `tracing` is off, or a filter of the subscriber hides these spans; turn it on, and {LET_THROUGH}"
        )
    };
    format!("the layer saw no span of a blocking job, so only tollbridge's own calls are recorded: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_is_known_of_the_build() {
        let reasons = [
            (
                true,
                LevelFilter::TRACE,
                false,
                "without `--cfg tokio_unstable`; build it with RUSTFLAGS=\"--cfg tokio_unstable\"",
            ),
            (false, LevelFilter::DEBUG, false, "tracing is compiled with max level debug; remove its max_level_*"),
            (false, LevelFilter::TRACE, true, "recorded: a filter of the subscriber hides these spans; let"),
            (false, LevelFilter::TRACE, false, "tokio's feature `tracing` is off, or a filter of the subscriber"),
        ];
        for (is_lost, compiled, is_registered, words) in reasons {
            let reason = reason(is_lost, compiled, is_registered);
            assert!(reason.contains(words), "{reason}");
        }
    }
}
