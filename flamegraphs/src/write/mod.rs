//! Writes a report: the screen, folded stacks and flamegraphs. One job a file; only `store` touches the disk.

mod caption;
mod compared_json;
mod export;
mod flame;
mod html;
mod label;
mod markdown;
mod phase;
mod screen;
mod stacks;
mod store;
mod svg;
mod verdicts_json;
mod view;

pub use compared_json::compared_json;
pub use export::{Format, export};

pub use flame::{FlameOptions, Weight, picture_names, render};
pub use html::{HtmlOptions, html};
pub use markdown::compared_markdown;
pub use screen::{ScreenOptions, compared, screen, verdicts_text};
pub use store::{store_file, store_files};
pub use verdicts_json::verdicts_json;
