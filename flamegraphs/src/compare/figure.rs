//! What is compared of a site.

use std::str::FromStr;

use tollbridge_report::SiteReport;
use tollbridge_report::names::{Phase, PhaseKind, UnknownWord};

/// A figure of one site in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Mean overhead of a hop in ns.
    Overhead,
    /// Mean length of a phase in ns.
    Phase(Phase),
    /// Mean length of a hop in ns.
    Hop,
    /// Overhead over run: what a unit of work pays to cross. It tells what batching is worth.
    OverheadPerRun,
    /// Hops that ended, however, per second of the run.
    HopsPerSecond,
}

impl Figure {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; Phase::ALL.len() + 4] = {
        const KINDS: [PhaseKind; 4] = [PhaseKind::Overhead, PhaseKind::Run, PhaseKind::Wait, PhaseKind::Reach];
        let mut all = [Self::Overhead; Phase::ALL.len() + 4];
        let (mut filled, mut kind) = (1, 0);
        while kind < KINDS.len() {
            let mut at = 0;
            while at < Phase::ALL.len() {
                if Phase::ALL[at].kind() as u8 == KINDS[kind] as u8 {
                    all[filled] = Self::Phase(Phase::ALL[at]);
                    filled += 1;
                }
                at += 1;
            }
            kind += 1;
        }
        [all[filled], all[filled + 1], all[filled + 2]] = [Self::Hop, Self::OverheadPerRun, Self::HopsPerSecond];
        all
    };

    /// Its word on the screen, in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overhead => "overhead",
            Self::Phase(phase) => phase.as_str(),
            Self::Hop => "hop",
            Self::OverheadPerRun => "overhead/run",
            Self::HopsPerSecond => "hops/s",
        }
    }

    /// Whether it is a length in ns.
    #[must_use]
    pub const fn is_length(self) -> bool {
        matches!(self, Self::Overhead | Self::Phase(_) | Self::Hop)
    }

    /// The figure of a site in a run of `seconds`; `None` if it has none: nothing of it was joined, or it was wrapped.
    pub(super) fn of(self, site: &SiteReport, seconds: Option<f64>) -> Option<f64> {
        let phase = |phase: Phase| site.phases.get(&phase).and_then(|lengths| lengths.mean());
        match self {
            Self::Overhead => site.overhead_ns.mean(),
            Self::Phase(which) => phase(which),
            Self::Hop => site.hop_ns.mean(),
            Self::OverheadPerRun => {
                site.overhead_ns.mean().zip(phase(Phase::Run).filter(|&ns| ns > 0.0)).map(|(paid, run)| paid / run)
            }
            Self::HopsPerSecond => seconds.map(|seconds| site.hops as f64 / seconds),
        }
    }
}

impl FromStr for Figure {
    type Err = UnknownWord;

    /// Those of which more is worse: `overhead`, `overhead/run`, `hop` or a phase.
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "overhead" => Ok(Self::Overhead),
            "overhead/run" => Ok(Self::OverheadPerRun),
            "hop" => Ok(Self::Hop),
            phase => phase.parse().map(Self::Phase),
        }
    }
}
