//! Reads reports and tracing logs of the app; which of them a file is shows in its first bytes, and so does how it is
//! packed.
//!
//! A log is read in blocks, in bounded memory. Other people's lines are passed over by one search through a block; a
//! line that looks like a hop event and cannot be read is counted in [`Dropped::lines`] and the first one is kept as an
//! example. What counts as a hop event is in `json` and `text`: an event's fields, whatever stands around them.
//!
//! [`Dropped::lines`]: tollbridge_report::Dropped::lines

mod bad_line;
mod fault;
mod input;
#[cfg(feature = "logs")]
mod logs;
#[cfg(not(feature = "logs"))]
mod no_others;
mod once;
mod opened;
mod sniff;

pub use bad_line::BadLine;
pub use input::{from_reader, name_of, open, open_all, open_primary};
#[cfg(feature = "logs")]
use logs::others::Others;
#[cfg(not(feature = "logs"))]
use no_others::Others;
pub use once::Once;
pub use opened::{Input, InputKind};
