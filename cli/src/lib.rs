//! The `tollbridge` command. A verb is a file.

#![forbid(unsafe_code)]

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
