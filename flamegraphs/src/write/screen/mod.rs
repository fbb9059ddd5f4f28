//! The screen: which sites there are, what they do, what they pay, why, and what to try. One section a file.

mod compared;
mod footer;
mod header;
mod locks;
mod options;
mod page;
mod pool;
mod sites;
mod table;
mod tone;
mod verdicts;
mod verdicts_page;
mod what_if;

pub use compared::compared;
pub use options::{ScreenOptions, screen};
pub use verdicts_page::verdicts_text;
