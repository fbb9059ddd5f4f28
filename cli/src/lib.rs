//! The `tollbridge` command. A verb is a file.

#![forbid(unsafe_code)]

/// Calls `$then!` with the verbs: a row each, with its help in a line, and the module that has its arguments and its `run`.
macro_rules! verbs {
    ($then:ident) => {
        $then! {
            /// Shows what to try, which sites make calls, what overhead these have, and why.
            Report report;
            /// Draws flamegraphs: hop-ARM, transfer and diff, as .svg and .folded.
            Flame flame;
            /// Writes one HTML file that shows everything: sites, time, tails, flamegraphs, and what another bridge would cost.
            Html html;
            /// Suggests changes, with estimated savings and the evidence.
            Verdicts verdicts;
            /// Adds up the reports of many processes and hosts into one.
            Merge merge;
            /// Shows whether runs after a change have more or less overhead than runs before it.
            Compare compare;
            /// Writes the report in another tool's format.
            Export export;
            /// Writes a script with which a shell completes verbs, options, their values and files.
            Completions completions;
            /// Writes the manual page, or one page per verb.
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
