//! `cargo xtask`: what a change and a release must pass, and where measured figures go.

#![expect(clippy::print_stdout, reason = "a command's output")]

mod arrows;
mod ci;
mod figures;
mod loom;
mod release;
mod run;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci                     everything that a change must pass; .ci/run calls it
  arrows                 which crate may use which, and no circle between modules
  loom [NAME]            the models of bridge and recorder, and builds that must fail them
  figures NAME [OPTION]  measures, and puts the figures into their page; without NAME: which there are
  release-check          licences, compatibility, packages, and an app on the packages";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", &[][..]),
    };
    let done = run::enter_repository().and_then(|()| match (command, rest) {
        ("ci", []) => ci::run(),
        ("arrows", []) => arrows::check(),
        ("loom", rest) => loom::run(rest),
        ("figures", rest) => figures::run(rest),
        ("release-check", []) => release::check(),
        _ => Err(USAGE.to_owned()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
