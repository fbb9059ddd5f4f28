//! What to arm.

use std::time::Duration;

use crate::names::{Arm, Detail};

/// How long a hop is in flight by default before it counts as stuck: longer than a request that somebody waits for.
pub const DEFAULT_STUCK: Duration = Duration::from_secs(10);

/// What to arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Phases, or bridge locks and copies too.
    pub detail: Detail,
    /// The arms that hops are given: one, or several to choose from at random.
    pub arms: Vec<Arm>,
    /// Compare: a random half of the hops is coarse. Makes sense with a single arm too (A/A, the observer's effect).
    pub compare: bool,
    /// The app's own subscriber is to see spans and events too.
    pub visible: bool,
    /// Jobs run in the span that their caller was in.
    pub propagate: bool,
    /// How many hops are kept whole, drawn at random; a tenth of them beside, the longest. 0: none.
    pub timeline: u32,
    /// How long a hop is in flight before it counts as stuck.
    pub stuck: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            detail: Detail::Locks,
            arms: vec![Arm::Snapshot],
            compare: false,
            visible: false,
            propagate: false,
            timeline: 0,
            stuck: DEFAULT_STUCK,
        }
    }
}
