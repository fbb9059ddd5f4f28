//! The command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{FlameOptions, Weight};

/// What each spawn_blocking crossing costs, and where that time goes.
#[derive(Debug, Parser)]
#[command(name = "tollbridge", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 all went well, 1 a bug, 2 wrong command line, 3 unusable input, 4 output cannot be written, 5 more \
     than compare --fail-over allows.";

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Shows which sites there are, what they pay to cross, and why.
    Report(ReportArgs),
    /// Draws flamegraphs: hop-ARM, transfer and diff, as .svg and .folded.
    Flame(FlameArgs),
    /// Writes one HTML file that shows all of it: sites, time, tails, flamegraphs, what another bridge would cost.
    Html(super::html::Args),
    /// Adds many processes' and hosts' reports up into one.
    Merge(super::merge::Args),
    /// Tells whether runs after a change pay more or less than runs before it.
    Compare(super::compare::Args),
    /// Writes the report in another tool's format.
    Export(super::export::Args),
    /// Tells what to try, what it would save, and on what that rests.
    Verdicts(super::verdicts::Args),
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// A report.json, or a log of the app (RUST_LOG=info,tollbridge=trace), also packed with gzip or zstd; `-` is standard
    /// input. Several reports are merged, several logs read as one run's.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Writes the report as JSON, the format of report.json, instead.
    #[arg(long)]
    pub(super) json: bool,
    /// An earlier report.json of the same run: shows what happened since. Lengths' extremes are then known to 1/32.
    #[arg(long, value_name = "EARLIER")]
    pub(super) since: Option<PathBuf>,
    /// Columns to fill; those of the terminal if not given.
    #[arg(long, value_name = "COLUMNS", conflicts_with = "json")]
    pub(super) width: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct FlameArgs {
    /// A report.json, or a log of the app (RUST_LOG=info,tollbridge=trace), also packed with gzip or zstd; `-` is standard
    /// input. Several reports are merged, several logs read as one run's.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The folder for the pictures; the first FILE without its ending and with `-flames` behind it if not given, for `-`
    /// the current one.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What a frame's width stands for in transfer and diff.
    #[arg(long, value_enum, default_value_t)]
    weight: WeightArg,
    /// Phases to draw that are left out otherwise.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PHASES")]
    with: Vec<Extra>,
    /// Phases to leave out.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PHASES")]
    without: Vec<Spare>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum WeightArg {
    /// Bridge locks and copies, counted.
    #[default]
    Counts,
    /// Their lengths.
    Ns,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Extra {
    /// The thread was busy with another job.
    Backlog,
    /// Nobody awaited the outcome yet.
    Unpolled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Spare {
    /// The job itself.
    Run,
}

impl FlameArgs {
    /// Where the pictures go, and how they are drawn.
    pub(super) fn into_parts(self) -> (PathBuf, FlameOptions) {
        let options = FlameOptions::default()
            .with_weight(match self.weight {
                WeightArg::Counts => Weight::Counts,
                WeightArg::Ns => Weight::Ns,
            })
            .with_backlog(self.with.contains(&Extra::Backlog))
            .with_unpolled(self.with.contains(&Extra::Unpolled))
            .with_run(!self.without.contains(&Spare::Run));
        let file = self.files.first().map_or(Path::new("-"), PathBuf::as_path);
        if file == Path::new("-") {
            return (self.out.unwrap_or_else(|| ".".into()), options);
        }
        let out = self.out.unwrap_or_else(|| {
            let mut folder = stem(file).to_owned();
            folder.push("-flames");
            file.with_file_name(folder)
        });
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (out, options.with_source(and_more(name, &self.files)))
    }
}

impl ReportArgs {
    /// What the screen calls its input; `None` for standard input.
    pub(super) fn source(&self) -> Option<String> {
        let file = self.files.first().filter(|file| file.as_path() != Path::new("-"))?;
        Some(and_more(file.display().to_string(), &self.files))
    }
}

pub(super) fn and_more(first: String, files: &[PathBuf]) -> String {
    if files.len() < 2 { first } else { format!("{first} and {} more", files.len() - 1) }
}

/// A file's name without its ending, and without that of what it is packed with.
pub(super) fn stem(file: &Path) -> &OsStr {
    let stem = file.file_stem().unwrap_or_default();
    let packed = file.extension().is_some_and(|ending| ending == "gz" || ending == "zst");
    if packed { Path::new(stem).file_stem().unwrap_or(stem) } else { stem }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn out(line: &[&str]) -> PathBuf {
        match Cli::parse_from(line).verb {
            Verb::Flame(args) => args.into_parts().0,
            _ => unreachable!("asked for flame"),
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn pictures_go_beside_the_file() {
        assert_eq!(out(&["tollbridge", "flame", "a/app.log"]), Path::new("a/app-flames"));
        assert_eq!(out(&["tollbridge", "flame", "a/app.log.gz", "b/app.log.1"]), Path::new("a/app-flames"));
        assert_eq!(out(&["tollbridge", "flame", "report.json"]), Path::new("report-flames"));
        assert_eq!(out(&["tollbridge", "flame", "-"]), Path::new("."));
        assert_eq!(out(&["tollbridge", "flame", "-", "--out", "x"]), Path::new("x"));
    }
}
