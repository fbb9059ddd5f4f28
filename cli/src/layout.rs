//! How wide a screen is, and whether it has colours.

use tollbridge_flamegraphs::ScreenOptions;

#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Layout {
    /// Columns to fill. Default: those of the terminal. If standard output is not a terminal, the variable COLUMNS; without it, as
    /// many as the tables need.
    #[arg(long, value_name = "COLUMNS", conflicts_with = "json")]
    width: Option<u16>,
}

impl Layout {
    /// As it suits standard output.
    pub(crate) fn options(self) -> ScreenOptions {
        let stdout = std::io::stdout();
        ScreenOptions::default()
            .with_width(
                self.width
                    .or_else(|| terminal_size::terminal_size_of(&stdout).map(|(width, _)| width.0))
                    .or_else(columns),
            )
            .with_colour(crate::colour::suits(&stdout))
    }
}

/// What the variable says, if it is a number.
fn columns() -> Option<u16> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}
