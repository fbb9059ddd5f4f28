//! What the guard says on stderr. A process that was forked off says one more line (`forked.rs`); the library prints nothing else.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use crate::names::Phase;
use crate::report::units::duration_spaced;
use crate::report::{Report, SiteReport};

use super::error::Error;
use super::stderr::{complain, write};

/// What the guard prints on stderr when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summary {
    /// A few lines if stderr is a terminal, one line if not.
    #[default]
    Auto,
    /// The whole screen of `tollbridge report`. This needs the feature `flamegraphs`. Without it, the guard prints what `Auto` prints,
    /// and a line that explains why.
    Full,
    /// Nothing.
    Off,
}

/// Sites that the summary names.
const SITES: usize = 3;

/// What lays a whole screen out, if there is a renderer.
pub(super) type Screen = fn(&Report, Option<&Path>) -> Option<String>;

/// Prints what the guard was asked for. What is wrong is said in any case. `written`: the report's file, if there is to be one.
pub(super) fn print(summary: Summary, screen: Screen, report: &Report, written: Result<&Option<PathBuf>, &Error>) {
    match summary {
        Summary::Auto => print_lines(report, written),
        Summary::Full => print_screen(screen, report, written),
        Summary::Off => {
            if let Err(error) = written {
                complain(&error.to_string());
            }
        }
    }
}

/// The whole screen, if there is a renderer.
fn print_screen(screen: Screen, report: &Report, written: Result<&Option<PathBuf>, &Error>) {
    let file = written.ok().and_then(Option::as_ref);
    if let Some(screen) = screen(report, file.map(PathBuf::as_path)) {
        if let Err(error) = written {
            complain(&error.to_string());
        }
        return write(&screen);
    }
    print_lines(report, written);
    let or = file.map_or_else(String::new, |file| format!("; or run `tollbridge report {}`", file.display()));
    complain(&format!("the full summary needs tollbridge's feature `flamegraphs`{or}"));
}

/// Some lines on a terminal, one line elsewhere.
fn print_lines(report: &Report, written: Result<&Option<PathBuf>, &Error>) {
    let file = match written {
        Ok(Some(file)) => file.display().to_string(),
        Ok(None) => "no file".to_owned(),
        Err(error) => error.to_string(),
    };
    let headline = headline(report);
    if !std::io::stderr().is_terminal() {
        return write(&format!("{headline}; {file}\n"));
    }
    let sites: String = report.sites.iter().take(SITES).map(|site| format!("  {}\n", site_line(site))).collect();
    let advice = "see it with `tollbridge report FILE`, draw it with `tollbridge flame FILE`";
    write(&format!("{headline}\n{sites}  {file}\n  {advice}\n"));
}

fn headline(report: &Report) -> String {
    let outcomes = &report.outcomes;
    let counts = [
        (outcomes.cancelled, "cancelled"),
        (outcomes.panicked, "panicked"),
        (outcomes.detached, "detached"),
        (outcomes.in_flight, "in flight"),
        (report.dropped.total(), "dropped"),
    ];
    let seen = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!(", {count} {word}"));
    format!("tollbridge: {} hops: {} joined{}", outcomes.submitted, outcomes.joined, seen.collect::<String>())
}

fn site_line(site: &SiteReport) -> String {
    let mean = |mean: Option<f64>| mean.map_or_else(|| "unknown".to_owned(), duration_spaced);
    let run = mean(site.phases.get(&Phase::Run).and_then(|run| run.mean()));
    let overhead = mean(site.overhead_ns.mean());
    format!("{} ({}): {} hops run {run} and add {overhead} of overhead", site.site, site.arm, site.hops)
}
