//! The command line.

use clap::{Parser, Subcommand};

/// What each spawn_blocking crossing costs, and where that time goes.
#[derive(Debug, Parser)]
#[command(name = "tollbridge", version, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
    #[command(flatten)]
    pub(super) color: colorchoice_clap::Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Shows which sites there are, what they pay to cross, and why.
    Report(super::report::Args),
    /// Draws flamegraphs: hop-ARM, transfer and diff, as .svg and .folded.
    Flame(super::flame::Args),
    /// Writes one HTML file that shows all of it: sites, time, tails, flamegraphs, what another bridge would cost.
    Html(super::html::Args),
    /// Tells what to try, what it would save, and on what that rests.
    Verdicts(super::verdicts::Args),
    /// Adds many processes' and hosts' reports up into one.
    Merge(super::merge::Args),
    /// Tells whether runs after a change pay more or less than runs before it.
    Compare(super::compare::Args),
    /// Writes the report in another tool's format.
    Export(super::export::Args),
    /// Writes what a shell needs to complete verbs, options, their values and files.
    Completions(super::completions::Args),
    /// Writes the manual page, or one for every verb.
    Man(super::man::Args),
}
