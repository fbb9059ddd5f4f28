//! The `tollbridge` command: `report FILE...` and `flame FILE...`.

mod args;
pub mod exit;
mod run;

pub use run::main;
