//! The `tollbridge` command. A verb is a file.

mod args;
mod compare;
pub mod exit;
mod export;
mod files;
mod html;
mod merge;
mod run;
mod verdicts;

pub use run::main;
