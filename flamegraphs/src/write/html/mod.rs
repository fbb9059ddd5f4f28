//! The page: a report as one HTML file that needs nothing else. One section a file, each turning the report into what its
//! template shows; the templates, the style and the script lie in `templates/`.
//!
//! Whatever is known only by its figures (sites beyond the first, distributions, flamegraphs, the series of time) stands in
//! the page as JSON, from which the script draws it. Everything else is there without it.

mod basis;
mod data;
mod flames;
mod head;
mod page;
mod policy;
mod pool;
mod sites;
mod tails;
mod time;
mod verdicts;
mod what_if;

pub use page::{HtmlOptions, html};
