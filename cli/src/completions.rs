//! `tollbridge completions`.

use std::io::Write;

use clap_complete::Shell;

use crate::command::{Program, command};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge completions bash > ~/.local/share/bash-completion/completions/tollbridge
  tollbridge completions fish > ~/.config/fish/completions/tollbridge.fish")]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(args: &Args, stdout: &mut dyn Write, _stderr: &mut dyn Write) -> Result<(), Failure> {
    let mut command = command(Program::Tollbridge);
    let name = command.get_name().to_owned();
    // The generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    Ok(stdout.write_all(&script)?)
}
