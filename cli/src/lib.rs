//! The `tollbridge` command. A verb is a file.

#![forbid(unsafe_code)]

/// Calls `$then!` with the verbs: a row each, with its help in a line, and the module that has its arguments and its `run`.
macro_rules! verbs {
    ($then:ident) => {
        $then! {
            /// Shows which sites there are, what they pay to cross, and why.
            Report report;
            /// Draws flamegraphs: hop-ARM, transfer and diff, as .svg and .folded.
            Flame flame;
            /// Writes one HTML file that shows all of it: sites, time, tails, flamegraphs, what another bridge would cost.
            Html html;
            /// Suggests changes, with estimated savings and the evidence.
            Verdicts verdicts;
            /// Adds many processes' and hosts' reports up into one.
            Merge merge;
            /// Shows whether runs after a change have more or less overhead than runs before it.
            Compare compare;
            /// Writes the report in another tool's format.
            Export export;
            /// Writes what a shell needs to complete verbs, options, their values and files.
            Completions completions;
            /// Writes the manual page, or one for every verb.
            Man man;
        }
    };
}

mod args;
mod colour;
mod command;
mod compare;
mod completions;
mod error;
pub mod exit;
mod export;
mod failure;
mod files;
mod flame;
mod html;
mod kept;
mod layout;
mod man;
mod merge;
mod open;
mod report;
mod run;
mod say;
mod standard;
mod verdicts;
mod written;

pub use run::{main, main_of_cargo};
