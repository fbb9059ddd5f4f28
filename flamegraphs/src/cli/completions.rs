//! `tollbridge completions`.

use std::io::Write;

use clap_complete::Shell;

use super::command::{Program, command};
use super::run::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge completions bash > ~/.local/share/bash-completion/completions/tollbridge
  tollbridge completions fish > ~/.config/fish/completions/tollbridge.fish")]
pub(super) struct Args {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(args: &Args, stdout: &mut dyn Write) -> Result<(), Failure> {
    let program = Program::Tollbridge;
    // The generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(program), program.name(), &mut script);
    Ok(stdout.write_all(&script)?)
}
