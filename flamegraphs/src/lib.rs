//! Turns what tollbridge measured into something to look at: a `report.json` or a tracing log of the app comes in, a
//! screen of tables, a page of HTML, a set of flamegraphs and files for other tools go out. The `tollbridge` command is a
//! thin layer over it.
//!
//! ```no_run
//! use tollbridge_flamegraphs::{FlameOptions, ScreenOptions, read, render, screen};
//!
//! # fn main() -> Result<(), tollbridge_flamegraphs::Error> {
//! let input = read::open("report.json".as_ref())?;
//! print!("{}", screen(&input.report, &ScreenOptions::default().with_width(Some(100))));
//! for path in render(&input.report, "pictures".as_ref(), &FlameOptions::default())? {
//!     println!("{}", path.display());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! This crate uses neither the recorder nor tokio. It is a separate crate
//! because inferno is CDDL-1.0 and no app needs a renderer in production.
//!
//! # Caveats
//! - Durations in a log contain the formatting of its lines, which costs more than the hop: counts are those of
//!   the hops in it, times are not those of the app without its log. Screen and pictures say so.
//! - Bridge locks and copies are spans of *detailed* hops only, so pictures are drawn from those, and what recording cost
//!   is in them; the tables' times are those of *coarse* hops. Either takes the others where there are none of its own.
//! - `resume` ends when the awaiter has its turn. With many hops in flight they wait for each other there; the screen
//!   says so, and gives no advice from that wait.

#![forbid(unsafe_code)]

pub mod compare;
mod error;
mod harmless;
pub mod read;
mod run;
mod sequence;
mod units;
pub mod verdict;
mod write;

pub use error::Error;
pub use harmless::{harmless, shell_word};
pub use run::unlike;
pub use write::{
    FlameOptions, Format, HtmlOptions, ScreenOptions, Weight, compared, compared_json, compared_markdown, export, html,
    picture_names, render, screen, store_file, store_files, verdicts_json, verdicts_text,
};
