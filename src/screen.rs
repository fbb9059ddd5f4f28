//! The whole screen of `tollbridge report`, for the end of a run. Only with the feature `flamegraphs`, since the renderer is a crate
//! that no app needs in production.

use std::path::Path;

use crate::report::Report;

/// The screen, laid out for stderr; `None` where no renderer is linked. `file`: where the report is.
#[cfg(feature = "flamegraphs")]
pub(crate) fn screen(report: &Report, file: Option<&Path>) -> Option<String> {
    let options = tollbridge_flamegraphs::ScreenOptions::default()
        .with_all(true)
        .with_width(Some(width()))
        .with_colour(has_colour());
    let options = match file {
        Some(file) => options.with_file(file),
        None => options,
    };
    Some(tollbridge_flamegraphs::screen(report, &options))
}

#[cfg(not(feature = "flamegraphs"))]
pub(crate) fn screen(_: &Report, _: Option<&Path>) -> Option<String> {
    None
}

/// Columns of the screen: as the variable says, as shells and test harnesses set it. To ask the terminal itself takes a system call
/// that std does not have.
#[cfg(feature = "flamegraphs")]
fn width() -> u16 {
    const DEFAULT: u16 = 100;
    std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .filter(|columns| *columns > 0)
        .unwrap_or(DEFAULT)
}

/// Whether stderr is a terminal that shows colours, and nobody said that there should be none.
#[cfg(feature = "flamegraphs")]
fn has_colour() -> bool {
    use std::io::IsTerminal as _;
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    std::io::stderr().is_terminal() && !refused && !dumb
}
