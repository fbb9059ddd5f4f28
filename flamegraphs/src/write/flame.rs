//! Which pictures a report gives, and what stands above them.

use std::path::{Path, PathBuf};

use tollbridge_report::Report;
use tollbridge_report::names::{Arm, Detail, Phase};

use super::caption::{Caption, Entry};
use super::label::Labels;
use super::stacks::{self, Drawn, Shown, Stacks};
use super::store;
use super::svg;
use crate::Error;
use crate::{run, units};

/// What gives a frame of `transfer.svg` and `diff.svg` its width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Bridge locks and copies, counted: exact. The default, since a bridge lock may be shorter than the clock can tell.
    #[default]
    Counts,
    /// Their lengths in ns.
    Ns,
}

/// How pictures are drawn.
#[derive(Clone, Debug, Default)]
pub struct FlameOptions {
    weight: Weight,
    shown: Shown,
    source: Option<String>,
}

impl FlameOptions {
    /// What the transfers' pictures weigh; [`Weight::Counts`] if not told.
    #[must_use]
    pub fn with_weight(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }

    /// Whether the hops' pictures show a phase. If not told, they show the overhead's and `run`.
    #[must_use]
    pub fn with_phase(mut self, phase: Phase, shown: bool) -> Self {
        self.shown.set(phase, shown);
        self
    }

    /// Whether the hops' pictures show `backlog`; off if not told, since it is capacity and not crossing.
    #[must_use]
    pub fn with_backlog(self, shown: bool) -> Self {
        self.with_phase(Phase::Backlog, shown)
    }

    /// Whether the hops' pictures show `unpolled`; off if not told, since it is the app's own.
    #[must_use]
    pub fn with_unpolled(self, shown: bool) -> Self {
        self.with_phase(Phase::Unpolled, shown)
    }

    /// Whether the hops' pictures show `run`, the app's own work; on if not told.
    #[must_use]
    pub fn with_run(self, shown: bool) -> Self {
        self.with_phase(Phase::Run, shown)
    }

    /// Where the report came from, for the pictures' subtitles; not said if not told.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// Every picture that there can be.
const NAMES: [&str; 5] = ["hop-naive", "hop-snapshot", "hop-native", "transfer", "diff"];

/// Every file that [`render`] may write or remove in its folder.
pub fn picture_names() -> impl Iterator<Item = String> {
    NAMES.iter().flat_map(|name| [format!("{name}.folded"), format!("{name}.svg")])
}

/// Draws a report's pictures into a folder, which is made if it is not there: `hop-ARM`, `transfer` and `diff`, each as
/// `.folded` and `.svg`. Gives the paths of what was written.
///
/// Pictures of arms that the report does not know are left out, as are `transfer` and `diff` if no bridge lock and no
/// copy was recorded. All pictures are drawn before the first one is stored, and each file is replaced as a whole. Files
/// of these names that were not drawn this time are removed once the others are stored: pictures of an earlier run would
/// pass for this one's.
///
/// # Errors
/// - [`Error::is_nothing_to_draw`]: no hop was joined, or all are `wrap(f)`'s. Nothing is written.
/// - [`Error::is_unwritable`]: the folder or a file in it cannot be written, or one of an earlier run not removed.
pub fn render(report: &Report, dir: &Path, options: &FlameOptions) -> Result<Vec<PathBuf>, Error> {
    let pictures = pictures(report, options);
    if pictures.is_empty() {
        return Err(Error::nothing_to_draw(why_nothing(report)));
    }
    let mut files = Vec::new();
    for picture in &pictures {
        let Picture { name, stacks, .. } = picture;
        let svg = svg::draw(stacks, &caption(report, options, picture)).map_err(|source| Error::draw(name, source))?;
        let folded = stacks.lines().join("\n") + "\n";
        files.push((format!("{name}.folded"), folded.into_bytes()));
        files.push((format!("{name}.svg"), svg));
    }
    let paths = store::store_files(dir, &files)?;
    let stale: Vec<String> = picture_names().filter(|name| files.iter().all(|(drawn, _)| drawn != name)).collect();
    store::remove(dir, &stale)?;
    Ok(paths)
}

pub(super) fn why_nothing(report: &Report) -> &'static str {
    if report.hops() == 0 {
        "no hop ended; let the app run for longer, and see that it calls tollbridge::task::spawn_blocking"
    } else if report.arms.keys().all(|&arm| arm == Arm::Wrapped) {
        "all jobs went through wrap(f), which sees no transfer; use tollbridge::task::spawn_blocking"
    } else {
        "no hop was joined: every handle was dropped, cancelled, or its job panicked"
    }
}

/// What is drawn, and what is to be said of it.
pub(super) struct Picture {
    pub(super) name: String,
    pub(super) stacks: Stacks,
    pub(super) title: String,
    /// What its widths are, and what else must be known to read it.
    pub(super) about: String,
    /// Stands behind every value.
    pub(super) unit: &'static str,
    /// What the frames are.
    frames: &'static str,
    /// What the colours are.
    legend: Vec<Entry>,
    /// A sentence for whoever sees the picture alone.
    meaning: Option<&'static str>,
    /// Whether frames have an outline.
    outlined: bool,
}

/// Those that have anything to show.
pub(super) fn pictures(report: &Report, options: &FlameOptions) -> Vec<Picture> {
    let hops = [Arm::Naive, Arm::Snapshot, Arm::Native].map(|arm| hop_picture(report, options, arm));
    let transfers = [transfer_picture(report, options), difference_picture(report, options)];
    // A picture without any width shows nothing.
    hops.into_iter().chain(transfers).filter(|picture| !picture.stacks.is_flat()).collect()
}

fn hop_picture(report: &Report, options: &FlameOptions, arm: Arm) -> Picture {
    let drawn = Drawn::of(report, arm);
    let stacks = stacks::hop(&Labels::of(report), arm, &drawn, options.shown);
    let (kind, rest) = match drawn.detail {
        Detail::Locks => ("detailed", ""),
        Detail::Phases => ("coarse", ": bridge locks and copies not recorded"),
    };
    let hops = units::counted(drawn.hops(), &format!("{kind} hop"), &format!("{kind} hops"));
    let sums = stacks.both();
    let legend = Phase::ALL.iter().filter_map(|phase| {
        let (ns, _) = sums.get(&Some(phase.as_str()))?;
        let mean = units::duration(*ns as f64 / drawn.hops() as f64);
        Some(Entry { colour: svg::colour(phase.as_str())?, words: format!("{phase} {mean}") })
    });
    Picture {
        name: format!("hop-{arm}"),
        legend: legend.collect(),
        meaning: meaning(arm),
        stacks,
        title: format!("{arm}: where joined hops spent their time"),
        about: format!("ns, summed over {hops}{rest}"),
        unit: "ns",
        frames: "Site, phase or span:",
        outlined: false,
    }
}

/// What an arm's picture shows.
fn meaning(arm: Arm) -> Option<&'static str> {
    match arm {
        Arm::Naive => Some("spawn_blocking calls, phase by phase; naive: four locked calls hand the result back."),
        Arm::Snapshot => Some("spawn_blocking calls, phase by phase; snapshot: one atomic copy hands the result back."),
        Arm::Native => Some("spawn_blocking calls, phase by phase; native: tokio's own handle returns the result."),
        Arm::Wrapped => None,
    }
}

fn transfer_picture(report: &Report, options: &FlameOptions) -> Picture {
    let native = report.arms.get(&Arm::Native).filter(|arm| arm.detailed_transfers > 0);
    let native = match (native, options.weight) {
        (Some(arm), Weight::Counts) => format!(
            "; native: {} bridge locks, {} copies",
            arm.locks_per_transfer.map_or_else(|| "-".to_owned(), units::per),
            arm.copies_per_transfer.map_or_else(|| "-".to_owned(), units::per)
        ),
        _ => String::new(),
    };
    let stacks = stacks::transfers(report, options.weight);
    let named = [
        ("naive", "naive"),
        ("snapshot", "snapshot"),
        ("native", "native"),
        ("lock done", "a bridge lock"),
        ("copy", "a copy"),
    ];
    let legend = named.iter().filter(|(frame, _)| stacks.frames().any(|drawn| drawn == *frame));
    let legend =
        legend.filter_map(|(frame, words)| Some(Entry { colour: svg::colour(frame)?, words: (*words).to_owned() }));
    Picture {
        name: "transfer".to_owned(),
        legend: legend.collect(),
        meaning: Some("A transfer hands a job's result to the task that awaits it."),
        stacks,
        title: "What a transfer takes".to_owned(),
        about: format!("{}, {}{native}", what(options.weight), unit(options.weight)),
        unit: unit(options.weight),
        frames: "Arm or span:",
        outlined: true,
    }
}

fn difference_picture(report: &Report, options: &FlameOptions) -> Picture {
    let unit = unit(options.weight);
    let legend = [(1.0, "snapshot saves"), (-1.0, "snapshot adds"), (0.0, "the same")]
        .map(|(saved, words)| Entry { colour: svg::difference(saved), words: words.to_owned() });
    Picture {
        name: "diff".to_owned(),
        legend: legend.to_vec(),
        meaning: Some(
            "A transfer hands a job's result to the task that awaits it: naive by four locked calls, snapshot by one copy.",
        ),
        stacks: stacks::difference(report, options.weight),
        title: "What the snapshot saves of naive".to_owned(),
        about: format!("widths: naive's {}, {unit}", what(options.weight)),
        unit,
        frames: "Span:",
        outlined: true,
    }
}

/// What a file of its own says of a picture.
fn caption(report: &Report, options: &FlameOptions, picture: &Picture) -> Caption {
    Caption {
        title: picture.title.clone(),
        subtitle: picture.about.clone(),
        legend: picture.legend.clone(),
        notes: notes(report, options, picture),
        unit: picture.unit.to_owned(),
        frames: picture.frames,
        outlined: picture.outlined,
    }
}

fn what(weight: Weight) -> &'static str {
    match weight {
        Weight::Counts => "bridge locks and copies",
        Weight::Ns => "bridge locks and copies in time",
    }
}

fn unit(weight: Weight) -> &'static str {
    match weight {
        Weight::Counts => "per 1,000 transfers",
        Weight::Ns => "ns per 1,000 transfers",
    }
}

/// Longest part of a file's name that a note has room for.
const MAX_SOURCE: usize = 40;

/// What stands below a picture: what its words mean, which run it is of, where the report is.
fn notes(report: &Report, options: &FlameOptions, picture: &Picture) -> Vec<String> {
    let timed = picture.unit.starts_with("ns");
    let inflated = (timed && run::is_inflated(report)).then(|| "Times contain the app's own logging.".to_owned());
    let source = options.source.as_deref().map(|source| {
        let harmless = crate::harmless::harmless(source);
        harmless.chars().skip(harmless.chars().count().saturating_sub(MAX_SOURCE)).collect::<String>()
    });
    let run = [Some(run::describe(report)), source].into_iter().flatten().collect::<Vec<_>>().join("; ");
    [picture.meaning.map(str::to_owned), inflated, Some(run)].into_iter().flatten().collect()
}
