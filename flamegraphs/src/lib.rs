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
//! # Features
//! Without features you get the [`screen`], the [`verdict`]s and [`compare`], for a [`Report`](tollbridge_report::Report) that you have. Each
//! feature adds its own dependencies; none is on by default.
//!
//! | feature | adds | links |
//! |---|---|---|
//! | `read` | [`read`] for reports: opens, checks and merges `report.json` files | serde_json |
//! | `logs` | [`read`] for tracing logs and packed files too; implies `read` | flate2, zstd (C), serde_json |
//! | `flame` | [`render`]: flamegraphs as SVG, and their folded stacks | inferno (CDDL-1.0) |
//! | `html` | [`html`]: the page, with flamegraphs that it draws itself | askama, sha2, base64, serde_json |
//! | `export` | [`export`]: other tools' formats; [`verdicts_json`], [`compared_json`] | prost, csv, flate2, serde_json |
//! | `clap` | [`Format`] as a value of a command line; implies `export` | clap |
//! | `full` | all of them except `clap` | |
//!
//! # Caveats
//! - Durations in a log contain the formatting of its lines, which costs more than the hop: counts are those of
//!   the hops in it, times are not those of the app without its log. Screen and pictures say so.
//! - Bridge locks and copies are spans of *detailed* hops only, so pictures are drawn from those, and what recording cost
//!   is in them; the tables' times are those of *coarse* hops. Either takes the others where there are none of its own.
//! - `resume` ends when the awaiter has its turn. With many hops in flight they wait for each other there; the screen
//!   says so, and gives no advice from that wait.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod callers;
pub mod compare;
mod error;
mod harmless;
mod origin;
#[cfg(feature = "read")]
pub mod read;
mod run;
mod sequence;
mod units;
pub mod verdict;
mod write;

pub use error::Error;
pub use harmless::{harmless, shell_word};
pub use origin::{Origin, Package};
pub use run::unlike;
#[cfg(feature = "flame")]
pub use write::{FlameOptions, Weight, picture_names, render};
#[cfg(feature = "export")]
pub use write::{Format, compared_json, export, verdicts_json};
#[cfg(feature = "html")]
pub use write::{HtmlOptions, html};
pub use write::{ScreenOptions, compared, compared_markdown, screen, store_file, store_files, verdicts_text};
