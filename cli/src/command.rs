//! The command line's definition as its user sees it: in help, completions and man pages.

use std::ffi::OsString;

use clap::{Command, CommandFactory as _};

use crate::args::Cli;
use crate::exit;

/// What the user typed to get here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `tollbridge`.
    Tollbridge,
    /// `cargo tollbridge`: cargo runs `cargo-tollbridge`, whose first argument is the word `tollbridge`.
    Cargo,
}

impl Program {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tollbridge => "tollbridge",
            Self::Cargo => "cargo tollbridge",
        }
    }

    /// The process's arguments without what cargo adds.
    pub(crate) fn arguments(self, all: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
        let mut all: Vec<_> = all.into_iter().collect();
        if self == Self::Cargo && all.get(1).is_some_and(|word| word == Self::Tollbridge.name()) {
            all.remove(1);
        }
        all
    }
}

/// Every verb with its examples, as this program is called, and its exit codes: below the help proper, in paragraphs that begin
/// with their title.
pub(crate) fn command(program: Program) -> Command {
    Cli::command().bin_name(program.name()).after_help(exit_codes(|_| true)).mut_subcommands(|verb| {
        let examples = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        let called = format!("\n  {} ", Program::Tollbridge.name());
        let examples = examples.replace(&called, &format!("\n  {} ", program.name()));
        let (compares, runs) = (verb.get_name() == "compare", RUNNING.contains(&verb.get_name()));
        let codes = exit_codes(|code| compares || code < exit::OVER);
        let others = if runs { "\n  Once cargo has begun, the code is that of cargo or the program." } else { "" };
        verb.after_help(format!("{examples}\n\n{codes}{others}"))
    })
}

/// Verbs that end as what they run.
const RUNNING: [&str; 4] = ["run", "build", "test", "bench"];

fn exit_codes(given: impl Fn(u8) -> bool) -> String {
    let told = exit::ALL.iter().filter(|(code, _)| given(*code));
    let lines: Vec<String> = told.map(|(code, meaning)| format!("  {code}  {meaning}")).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command(Program::Tollbridge).debug_assert();
    }

    #[test]
    fn every_verb_has_an_example_that_can_be_parsed() {
        for program in [Program::Tollbridge, Program::Cargo] {
            for verb in command(program).get_subcommands() {
                let help = verb.get_after_help().expect("exit codes").to_string();
                let called = format!("  {} {} ", program.name(), verb.get_name());
                // Of a pipe or a redirection the part in front; of a command line its words.
                let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix(&called)).collect();
                assert!(!examples.is_empty(), "{} has no line `{called}...` in its help", verb.get_name());
                for example in examples {
                    let words = example.split_whitespace().take_while(|word| !["|", ">", "#"].contains(word));
                    let line = [program.name(), verb.get_name()].into_iter().chain(words);
                    let parsed = command(program).try_get_matches_from(line);
                    assert!(parsed.is_ok(), "{example}: {parsed:?}");
                }
            }
        }
    }

    #[test]
    fn cargo_s_word_is_no_verb() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (program, line, left) in [
            (Program::Cargo, "cargo-tollbridge tollbridge report x", "cargo-tollbridge report x"),
            (Program::Cargo, "cargo-tollbridge report tollbridge", "cargo-tollbridge report tollbridge"),
            (Program::Tollbridge, "tollbridge tollbridge report", "tollbridge tollbridge report"),
        ] {
            assert_eq!(program.arguments(words(line)), words(left));
        }
    }
}
