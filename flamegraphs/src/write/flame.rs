//! Pictures as files, and what stands around them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tollbridge_report::Report;
use tollbridge_report::names::{Arm, Phase};

use super::caption::{Caption, Entry};
use super::joined::why_nothing;
use super::pictures::{Picture, Subject, pictures};
use super::stacks::{Drawn, Scale, Shown, Stacks, Value};
use super::undrawn::{failed, nothing_to_draw};
use super::{store, svg};
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

/// Every file that [`render`] may write or remove in its folder.
pub fn picture_names() -> impl Iterator<Item = String> {
    Subject::ALL.into_iter().flat_map(|name| [format!("{name}.folded"), format!("{name}.svg")])
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
    let scale = match options.weight {
        Weight::Counts => Scale::Counts,
        Weight::Ns => Scale::Ns,
    };
    let pictures = pictures(report, options.shown, scale);
    if pictures.is_empty() {
        return Err(nothing_to_draw(why_nothing(report)));
    }
    let mut files = Vec::new();
    for picture in &pictures {
        let (name, stacks) = (picture.subject.to_string(), &picture.stacks);
        let svg = svg::draw(stacks, &caption(report, options, picture)).map_err(|source| failed(&name, source))?;
        let folded = lines(stacks).join("\n") + "\n";
        files.push((format!("{name}.folded"), folded.into_bytes()));
        files.push((format!("{name}.svg"), svg));
    }
    let paths = store::store_files(dir, &files)?;
    let stale: Vec<String> = picture_names().filter(|name| files.iter().all(|(drawn, _)| drawn != name)).collect();
    remove(dir, &stale)?;
    Ok(paths)
}

/// One `frame;frame value` each, or `frame;frame before after`.
fn lines(stacks: &Stacks) -> Vec<String> {
    let line = |(frames, value): (std::str::Split<'_, char>, Value)| {
        let stack = frames.collect::<Vec<_>>().join(";");
        match value {
            Value::One(value) => format!("{stack} {value}"),
            Value::Two(before, after) => format!("{stack} {before} {after}"),
        }
    };
    stacks.iter().map(line).collect()
}

/// Removes files by name; those that are not there need no removing.
fn remove(folder: &Path, names: &[String]) -> Result<(), Error> {
    for path in names.iter().map(|name| folder.join(name)) {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                let message = format!(
                    "failed to remove `{}`, which is not of this report; remove it, or choose another folder with --out",
                    path.display()
                );
                return Err(store::unwritable(message, source));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a file of its own says of a picture.
fn caption(report: &Report, options: &FlameOptions, picture: &Picture) -> Caption {
    let (frames, legend) = match picture.subject {
        Subject::Hops(arm) => ("Site, phase or span:", phases(report, arm, &picture.stacks)),
        Subject::Transfers => ("Arm or span:", arms_and_spans(&picture.stacks)),
        Subject::Difference => ("Span:", differences()),
    };
    Caption {
        title: picture.title.clone(),
        subtitle: picture.about.clone(),
        legend,
        notes: notes(report, options, picture),
        unit: picture.unit.to_owned(),
        frames,
        outlined: !matches!(picture.subject, Subject::Hops(_)),
    }
}

/// The colours of the phases, and the mean of each.
fn phases(report: &Report, arm: Arm, stacks: &Stacks) -> Vec<Entry> {
    let (hops, sums) = (Drawn::of(report, arm).hops(), svg::both(stacks));
    let legend = Phase::ALL.iter().filter_map(|phase| {
        let (ns, _) = sums.get(&Some(phase.as_str()))?;
        let mean = units::duration(*ns as f64 / hops as f64);
        Some(Entry { colour: svg::colour(phase.as_str())?, words: format!("{phase} {mean}") })
    });
    legend.collect()
}

fn arms_and_spans(stacks: &Stacks) -> Vec<Entry> {
    let named = [
        ("naive", "naive"),
        ("snapshot", "snapshot"),
        ("native", "native"),
        ("lock done", "a bridge lock"),
        ("copy", "a copy"),
    ];
    let legend = named.iter().filter(|(frame, _)| svg::frames(stacks).any(|drawn| drawn == *frame));
    let legend =
        legend.filter_map(|(frame, words)| Some(Entry { colour: svg::colour(frame)?, words: (*words).to_owned() }));
    legend.collect()
}

fn differences() -> Vec<Entry> {
    let legend = [(1.0, "snapshot saves"), (-1.0, "snapshot adds"), (0.0, "the same")];
    legend.map(|(saved, words)| Entry { colour: svg::difference(saved), words: words.to_owned() }).to_vec()
}

/// A sentence for whoever sees the picture alone.
fn meaning(subject: Subject) -> Option<&'static str> {
    match subject {
        Subject::Hops(Arm::Naive) => {
            Some("spawn_blocking calls, phase by phase; naive: four locked calls hand the result back.")
        }
        Subject::Hops(Arm::Snapshot) => {
            Some("spawn_blocking calls, phase by phase; snapshot: one atomic copy hands the result back.")
        }
        Subject::Hops(Arm::Native) => {
            Some("spawn_blocking calls, phase by phase; native: tokio's own handle returns the result.")
        }
        Subject::Hops(Arm::Wrapped) => None,
        Subject::Transfers => Some("A transfer hands a job's result to the task that awaits it."),
        Subject::Difference => Some(
            "A transfer hands a job's result to the task that awaits it: naive by four locked calls, snapshot by one copy.",
        ),
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
    [meaning(picture.subject).map(str::to_owned), inflated, Some(run)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_needs_no_removing_and_what_stays_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let left = || {
            let entries = fs::read_dir(folder.path()).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        fs::write(folder.path().join("x.svg"), "x").unwrap();
        fs::create_dir(folder.path().join("z.svg")).unwrap();
        remove(folder.path(), &["w.svg", "x.svg"].map(str::to_owned)).unwrap();
        assert_eq!(left(), ["z.svg"]);
        let error = remove(folder.path(), &["z.svg".to_owned()]).unwrap_err();
        assert!(error.is_unwritable() && error.to_string().contains("z.svg"), "{error}");
    }
}
