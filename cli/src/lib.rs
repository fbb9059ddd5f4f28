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
            /// Runs an app as `cargo run` does, with every job of its blocking pool recorded, and shows what was recorded.
            Run launch;
            /// Builds an app as `cargo build` does, with every job of its blocking pool recorded when it runs.
            Build build;
            /// Runs tests as `cargo test` does, with every job of their blocking pools recorded.
            Test test;
            /// Runs benches as `cargo bench` does, with every job of their blocking pools recorded.
            Bench bench;
            /// Shows what `run` and `build` would do: which tokio is copied, where the copy, the build and the reports go.
            Where whereabouts;
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
mod every_job;
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

use every_job::{bench, build, launch, test, whereabouts};
pub use run::{main, main_of_cargo};
