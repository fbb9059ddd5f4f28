//! Reads a `report.json` or a tracing log of the app; which of them it is shows in its first bytes.
//!
//! A log is read line by line in bounded memory. Other people's lines are passed over after one substring search; a
//! line that looks like a hop event and cannot be read is counted in [`Dropped::lines`] and the first one is kept as an
//! example. What counts as a hop event is in `text` and `json`, the two forms of `tracing_subscriber::fmt`.
//!
//! [`Dropped::lines`]: tollbridge_instrument::report::Dropped::lines

mod event;
mod input;
mod json;
mod lines;
mod log;
mod sniff;
mod text;

pub use input::{BadLine, Input, InputKind, from_reader, open, open_primary};
