//! Two sides, figure by figure.

use std::collections::BTreeSet;

use tollbridge_report::Interval;
use tollbridge_report::names::Arm;

use super::figure::Figure;
use super::pair::{self, SiteKey};
use super::run::{Run, incomparable};
use super::welch::{self, Sample};
use crate::Error;

/// Runs before a change against runs after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// How many runs before.
    pub old_runs: usize,
    /// How many after.
    pub new_runs: usize,
    /// Hops of all sites per second of a run.
    pub hops_per_second: Change,
    /// Sites of both sides and their arms, those first whose hops took the most time before.
    pub pairs: Vec<Pair>,
    /// Sites of the old side alone.
    pub gone: Vec<SiteName>,
    /// Sites of the new side alone.
    pub new: Vec<SiteName>,
    /// What an empty span measures, in ns: the highest of all clocks. `None` if no run knows.
    pub floor_ns: Option<f64>,
    /// Kinds of clocks. If there are several, their own differences are in the lengths'.
    pub clocks: Vec<String>,
    /// The slowest and the fastest of the runs' processor counters, in ticks per ns. `None` if no run has one.
    pub ticks_per_ns: Option<[f64; 2]>,
}

/// Counters of one machine agree to this, as a share: their rate is measured at the start of each run.
pub const SAME_RATE: f64 = 0.001;

impl Comparison {
    /// Whether the runs' clocks can be of one machine: of one kind, and as fast to [`SAME_RATE`]. Otherwise another machine may be what
    /// differs.
    #[must_use]
    pub fn is_of_one_machine(&self) -> bool {
        let alike = self.ticks_per_ns.is_none_or(|[slowest, fastest]| fastest <= slowest * (1.0 + SAME_RATE));
        alike && self.clocks.len() < 2
    }
}

/// A site by content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteName {
    /// `path:line:column`, or `<other>` beyond the recorder's cap.
    pub site: String,
    /// The closure's type name.
    pub job: String,
}

/// One arm of a site that both sides have.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The site before.
    pub old: SiteName,
    /// The site after: another one where lines have shifted.
    pub new: SiteName,
    /// How the outcomes crossed.
    pub arm: Arm,
    /// The figures that both sides have, in the order of [`Figure::ALL`].
    pub changes: Vec<(Figure, Change)>,
}

impl Pair {
    /// A figure's change; `None` if one of the sides lacks the figure.
    #[must_use]
    pub fn change(&self, figure: Figure) -> Option<Change> {
        self.changes.iter().find(|(own, _)| *own == figure).map(|&(_, change)| change)
    }

    /// Whether the lines shifted.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.old != self.new
    }
}

/// One figure on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Before.
    pub old: Sample,
    /// After.
    pub new: Sample,
    /// After less before, with its 95 % interval (Welch's); `None` with fewer than two runs on a side.
    pub difference: Option<Interval>,
}

impl Change {
    fn of(old: impl Iterator<Item = f64> + Clone, new: impl Iterator<Item = f64> + Clone) -> Self {
        let (old, new) = (Sample::of(old), Sample::of(new));
        Self { old, new, difference: welch::interval(old, new) }
    }
}

/// Holds runs before a change against runs after it.
///
/// # Errors
/// [`Error::is_unusable_input`]: they were not all measured with the same settings, or there is none on a side.
pub fn compare(old: &[Run], new: &[Run]) -> Result<Comparison, Error> {
    let (Some(first), false) = (old.first(), new.is_empty()) else {
        return Err(incomparable("the two sides", "one of them has no run"));
    };
    let all = || old.iter().chain(new);
    all().try_for_each(|run| run.like(first))?;
    let pair::Pairs { both, gone, new: came } = pair::pairs(&sites(old), &sites(new));
    let mut pairs: Vec<Pair> = both.iter().flat_map(|(before, after)| arms(old, new, before, after)).collect();
    let spent = |pair: &Pair| {
        let mean = |figure| pair.change(figure).map_or(0.0, |change: Change| change.old.mean);
        mean(Figure::Hop) * mean(Figure::HopsPerSecond)
    };
    pairs.sort_by(|a, b| spent(b).total_cmp(&spent(a)));
    let clocks: BTreeSet<&str> = all().filter_map(|run| Some(run.clock.as_ref()?.source.as_str())).collect();
    let ticks = || all().filter_map(|run| run.clock.as_ref()).filter(|clock| clock.is_counter());
    let ticks = || ticks().map(|clock| clock.ticks_per_ns);
    let ticks_per_ns = ticks().min_by(f64::total_cmp).zip(ticks().max_by(f64::total_cmp));
    let rate = |run: &Run| run.hops_per_second;
    Ok(Comparison {
        old_runs: old.len(),
        new_runs: new.len(),
        hops_per_second: Change::of(old.iter().filter_map(rate), new.iter().filter_map(rate)),
        pairs,
        gone: gone.into_iter().map(SiteName::from).collect(),
        new: came.into_iter().map(SiteName::from).collect(),
        floor_ns: all().filter_map(|run| Some(run.clock.as_ref()?.floor_ns)).max_by(f64::total_cmp),
        clocks: clocks.into_iter().map(str::to_owned).collect(),
        ticks_per_ns: ticks_per_ns.map(|(slowest, fastest)| [slowest, fastest]),
    })
}

impl From<SiteKey> for SiteName {
    fn from((site, job): SiteKey) -> Self {
        Self { site, job }
    }
}

fn sites(runs: &[Run]) -> BTreeSet<&SiteKey> {
    runs.iter().flat_map(|run| run.sites.keys()).collect()
}

/// The arms that a site has on both sides.
fn arms<'a>(
    old: &'a [Run],
    new: &'a [Run],
    before: &'a SiteKey,
    after: &'a SiteKey,
) -> impl Iterator<Item = Pair> + use<'a> {
    Arm::ALL.iter().filter_map(move |&arm| {
        let figure = |runs: &'a [Run], key: &'a SiteKey, figure: Figure| {
            runs.iter().filter_map(move |run| run.sites.get(key)?.get(&arm)?.get(&figure).copied())
        };
        let changes: Vec<(Figure, Change)> = Figure::ALL
            .into_iter()
            .map(|which| (which, Change::of(figure(old, before, which), figure(new, after, which))))
            .filter(|(_, change)| change.old.runs > 0 && change.new.runs > 0)
            .collect();
        let (old, new) = (before.clone().into(), after.clone().into());
        (!changes.is_empty()).then_some(Pair { old, new, arm, changes })
    })
}
