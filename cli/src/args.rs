//! The command line.

use clap::{Parser, Subcommand};

/// What each spawn_blocking crossing costs, and where that time goes.
#[derive(Debug, Parser)]
#[command(name = "tollbridge", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) color: colorchoice_clap::Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows which sites there are, what they pay to cross, and why.
    Report(crate::report::Args),
    /// Draws flamegraphs: hop-ARM, transfer and diff, as .svg and .folded.
    Flame(crate::flame::Args),
    /// Writes one HTML file that shows all of it: sites, time, tails, flamegraphs, what another bridge would cost.
    Html(crate::html::Args),
    /// Suggests changes, with estimated savings and the evidence.
    Verdicts(crate::verdicts::Args),
    /// Adds many processes' and hosts' reports up into one.
    Merge(crate::merge::Args),
    /// Shows whether runs after a change have more or less overhead than runs before it.
    Compare(crate::compare::Args),
    /// Writes the report in another tool's format.
    Export(crate::export::Args),
    /// Writes what a shell needs to complete verbs, options, their values and files.
    Completions(crate::completions::Args),
    /// Writes the manual page, or one for every verb.
    Man(crate::man::Args),
}
