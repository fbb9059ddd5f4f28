//! `tollbridge man`.

use std::io::Write;
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Command, ValueHint};
use clap_mangen::Man;
use roff::{Roff, roman};

use crate::command::{Program, command};
use crate::failure::Failure;
use crate::standard;
use crate::written::Json;
use tollbridge_flamegraphs::store_files;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge man | man -l -
  tollbridge man --out ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// The folder for the pages, one per verb: all of them are written, or none. Without it, the command's own page goes to standard output.
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    #[command(flatten)]
    json: Json,
}

pub(crate) fn run(args: &Args, stdout: &mut dyn Write, _stderr: &mut dyn Write) -> Result<(), Failure> {
    standard::folder(args.out.as_deref())?;
    args.json.needs_a_file(args.out.as_deref())?;
    let mut command = command(Program::Tollbridge).disable_help_subcommand(true);
    // Gives the verbs their whole names and the options that all have.
    command.build();
    let Some(folder) = &args.out else {
        return Ok(stdout.write_all(&page(command)?.1)?);
    };
    let verbs = command.get_subcommands().cloned().collect::<Vec<_>>();
    let pages = std::iter::once(command).chain(verbs).map(page).collect::<Result<Vec<_>, _>>()?;
    let written = store_files(folder, &pages)?;
    Ok(args.json.tell(stdout, &written, &[])?)
}

/// A page and the name of its file.
fn page(command: Command) -> std::io::Result<(String, Vec<u8>)> {
    let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    // clap_mangen would fill the lines of the examples.
    let (man, mut text) = (Man::new(command.after_help(Resettable::Reset)), Vec::new());
    man.render(&mut text)?;
    sections(&below).to_writer(&mut text)?;
    Ok((man.get_filename(), text))
}

/// The paragraphs below the help as sections, each line of theirs a line.
fn sections(below: &str) -> Roff {
    let mut roff = Roff::new();
    for (title, lines) in below.split("\n\n").filter_map(|paragraph| paragraph.split_once(":\n")) {
        roff.control("SH", [title.to_uppercase().as_str()]).control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.trim_start())]);
        }
        roff.control("fi", []);
    }
    roff
}
