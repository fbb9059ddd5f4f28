//! Writes a report: the screen, the page, flamegraphs, files for other programs. One job a file; only `store` touches the disk.

#[cfg(feature = "flame")]
mod caption;
#[cfg(feature = "export")]
mod compared_json;
#[cfg(feature = "export")]
mod export;
#[cfg(feature = "flame")]
mod flame;
#[cfg(feature = "html")]
mod html;
#[cfg(any(feature = "export", feature = "flame", feature = "html"))]
mod joined;
mod label;
mod markdown;
mod phase;
#[cfg(any(feature = "flame", feature = "html"))]
mod pictures;
mod screen;
#[cfg(any(feature = "flame", feature = "html"))]
mod stacks;
mod store;
#[cfg(feature = "flame")]
mod svg;
#[cfg(any(feature = "export", feature = "flame"))]
mod undrawn;
#[cfg(feature = "export")]
mod verdicts_json;
mod view;

#[cfg(feature = "export")]
pub use compared_json::compared_json;
#[cfg(feature = "export")]
pub use export::{Format, export};
#[cfg(feature = "flame")]
pub use flame::{FlameOptions, Weight, picture_names, render};
#[cfg(feature = "html")]
pub use html::{HtmlOptions, html};
pub use markdown::compared_markdown;
pub use screen::{ScreenOptions, compared, screen, verdicts_text};
pub use store::{store_file, store_files};
#[cfg(feature = "export")]
pub use verdicts_json::verdicts_json;
