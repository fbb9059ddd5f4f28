//! `tollbridge flame`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};

use crate::failure::Failure;
use crate::kept::Force;
use crate::open::open;
use crate::written::Json;
use crate::{files, standard};
use tollbridge_flamegraphs::{FlameOptions, Weight, render};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge flame report.json --out pictures
  tollbridge flame app.log --weight ns --with backlog")]
pub(crate) struct Args {
    /// A report.json, or a log of the app (RUST_LOG=info,tollbridge=trace), also packed with gzip or zstd; `-` is standard
    /// input. Several reports are merged; several logs are read as parts of one run.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The folder for the pictures. Default: the first FILE with `-flames` instead of its ending; for `-`, the current folder.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// What a frame's width shows in transfer and diff.
    #[arg(long, value_enum, default_value_t)]
    weight: WeightArg,
    /// Phases to draw that are left out by default.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PHASES")]
    with: Vec<Extra>,
    /// Phases to leave out.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PHASES")]
    without: Vec<Spare>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    json: Json,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum WeightArg {
    /// The number of bridge locks and copies.
    #[default]
    Counts,
    /// The time that they take.
    Ns,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Extra {
    /// The wait for a thread that was busy with another job.
    Backlog,
    /// The time in which the result was ready but not yet awaited.
    Unpolled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Spare {
    /// The job itself.
    Run,
}

/// Draws the pictures, and tells which.
pub(crate) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    standard::folder(args.out.as_deref())?;
    let (folder, options) = args.parts();
    let pictures: Vec<PathBuf> = tollbridge_flamegraphs::picture_names().map(|name| folder.join(name)).collect();
    args.force.keeps(&args.files, &pictures)?;
    let input = open(&args.files, stderr)?;
    let written = render(&input.report, &folder, &options).map_err(|error| error.in_files(&args.files))?;
    Ok(args.json.tell(stdout, &written, &[])?)
}

impl Args {
    /// Where the pictures go, and how they are drawn.
    fn parts(&self) -> (PathBuf, FlameOptions) {
        let options = FlameOptions::default()
            .with_weight(match self.weight {
                WeightArg::Counts => Weight::Counts,
                WeightArg::Ns => Weight::Ns,
            })
            .with_backlog(self.with.contains(&Extra::Backlog))
            .with_unpolled(self.with.contains(&Extra::Unpolled))
            .with_run(!self.without.contains(&Spare::Run));
        let Some(file) = self.files.first().filter(|file| !standard::is_standard(file)) else {
            return (self.out.clone().unwrap_or_else(|| ".".into()), options);
        };
        let out = self.out.clone().unwrap_or_else(|| {
            let mut folder = files::stem(file).to_owned();
            folder.push("-flames");
            file.with_file_name(folder)
        });
        let name = Path::new(file.file_name().unwrap_or_default());
        (out, options.with_source(files::and_more(name, &self.files)))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Verb};

    fn out(line: &[&str]) -> PathBuf {
        match Cli::parse_from(line).verb {
            Verb::Flame(args) => args.parts().0,
            _ => unreachable!("asked for flame"),
        }
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
