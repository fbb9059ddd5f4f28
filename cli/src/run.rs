//! Runs a verb, and says what went wrong.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::args::{Cli, Verb};
use crate::command::{Program, command};
use crate::failure::Failure;
use crate::say::{say, say_error};
use crate::{colour, exit};

/// Runs the command with the process's arguments, standard input and output.
#[must_use]
pub fn main() -> ExitCode {
    start(Program::Tollbridge)
}

/// As [`main`], for a process that cargo started for `cargo tollbridge`.
#[must_use]
pub fn main_of_cargo() -> ExitCode {
    start(Program::Cargo)
}

fn start(program: Program) -> ExitCode {
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    // Standard error is not held: a thread that reads files may have to report its panic there.
    ExitCode::from(run(program, program.arguments(std::env::args_os()), &mut stdout.lock(), &mut &stderr))
}

fn run(program: Program, args: Vec<OsString>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    colour::foresee(&args);
    let parsed = command(program).try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let done = match parsed {
        Ok(cli) => {
            cli.color.write_global();
            carry_out(&cli.verb, stdout, stderr)
        }
        // To standard output if it was asked for, to standard error if not; if that is closed nobody wants it.
        Err(wrong) if wrong.use_stderr() => {
            let _ = wrong.print();
            return exit::USAGE;
        }
        Err(help) => help.print().map_err(Failure::from),
    };
    match done.and_then(|()| Ok(stdout.flush()?)) {
        Ok(()) => exit::OK,
        Err(Failure::Said(code)) => code,
        Err(Failure::Usage(text)) => {
            say(stderr, &format!("error: {text}; for more, try --help"));
            exit::USAGE
        }
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => exit::OK,
        Err(Failure::Output(error)) => {
            say(stderr, "error: failed to write to standard output; see that there is room where it goes");
            say(stderr, &format!("  cause: {error}"));
            exit::UNWRITABLE_OUTPUT
        }
        Err(Failure::Ours(error)) => {
            say_error(stderr, "error", &error);
            error.exit_code()
        }
    }
}

macro_rules! carry_out {
    ($($(#[$doc:meta])* $verb:ident $module:ident;)+) => {
        fn carry_out(verb: &Verb, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
            match verb {
                $(Verb::$verb(args) => crate::$module::run(args, stdout, stderr),)+
            }
        }
    };
}

verbs!(carry_out);
