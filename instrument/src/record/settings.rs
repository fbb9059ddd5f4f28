//! What to arm.

use std::time::Duration;

use crate::names::{Arm, Detail};

/// From this age on a job that waits or runs counts as stuck, unless told otherwise.
pub const DEFAULT_STUCK: Duration = Duration::from_secs(10);

/// What to arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Phases, or bridge locks and copies too.
    pub detail: Detail,
    /// The arms that hops are given: one, or several to choose from at random.
    pub arms: Vec<Arm>,
    /// Jobs that a copy of tokio tells of are given an arm too; otherwise their outcome is taken as tokio takes it.
    pub bridges_all: bool,
    /// Compare: a random half of the hops is coarse. Makes sense with a single arm too (A/A, the observer's effect).
    pub compare: bool,
    /// The app's own subscriber is to see spans and events too.
    pub visible: bool,
    /// Jobs run in the span that their caller was in.
    pub propagate: bool,
    /// How many hops are kept whole, drawn at random; a tenth of them beside, the longest. 0: none.
    pub timeline: u32,
    /// From this age on a job that waits or runs counts as stuck.
    pub stuck: Duration,
    /// Backtraces are sampled of calls that are not the app's own, for their callers; only with the feature `callers`.
    pub callers: bool,
    /// Source paths are shown without what they say of the machine that built the app ([`crate::paths`]).
    pub short_paths: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            detail: Detail::Locks,
            arms: vec![Arm::Snapshot],
            bridges_all: false,
            compare: false,
            visible: false,
            propagate: false,
            timeline: 0,
            stuck: DEFAULT_STUCK,
            callers: true,
            short_paths: false,
        }
    }
}
