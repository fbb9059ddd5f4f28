//! The command line.

use clap::{Parser, Subcommand};

/// Shows what each spawn_blocking call costs beyond its work, and where that time goes.
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
    /// Shows what to try, which sites make calls, what overhead these have, and why.
    Report(crate::report::Args),
    /// Draws flamegraphs: hop-ARM, transfer and diff, as .svg and .folded.
    Flame(crate::flame::Args),
    /// Writes one HTML file that shows everything: sites, time, tails, flamegraphs, and what another bridge would cost.
    Html(crate::html::Args),
    /// Suggests changes, with estimated savings and the evidence.
    Verdicts(crate::verdicts::Args),
    /// Adds up the reports of many processes and hosts into one.
    Merge(crate::merge::Args),
    /// Shows whether runs after a change have more or less overhead than runs before it.
    Compare(crate::compare::Args),
    /// Writes the report in another tool's format.
    Export(crate::export::Args),
    /// Writes a script with which a shell completes verbs, options, their values and files.
    Completions(crate::completions::Args),
    /// Writes the manual page, or one page per verb.
    Man(crate::man::Args),
}
