//! The `tollbridge` command: `report FILE`, `flame FILE` and `export FILE`.

mod args;
pub mod exit;
mod export;
mod run;

pub use run::main;
