//! How the screen is written.

use std::path::PathBuf;

/// How the screen is written.
#[derive(Clone, Debug, Default)]
pub struct ScreenOptions {
    pub(super) width: Option<u16>,
    pub(super) file: Option<PathBuf>,
    pub(super) colour: bool,
    pub(super) all: bool,
}

impl ScreenOptions {
    /// Columns of the terminal. If not told, text is wrapped at 120 and tables are as wide as they need to be.
    #[must_use]
    pub fn with_width(mut self, width: Option<u16>) -> Self {
        self.width = width;
        self
    }

    /// Whether section names, verdicts and notes are told apart by ANSI escapes; plain text if not told. The text is the same,
    /// and so is its layout.
    #[must_use]
    pub fn with_colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Whether every section is shown, with every site's phases and tails, CPU time, locks, coverage and the clock. If not, which is the
    /// default, the screen has what a user needs first, in 20 lines or so.
    #[must_use]
    pub fn with_all(mut self, all: bool) -> Self {
        self.all = all;
        self
    }

    /// Where the report is stored, for the last line; that line is left out if not told.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }
}
