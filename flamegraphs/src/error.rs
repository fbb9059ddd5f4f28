//! What can go wrong between a file and a picture of it.

use std::path::{Path, PathBuf};

/// Why something could not be read, drawn or stored. The message names the thing and the remedy; the cause behind it is
/// its [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct Error(Box<Fault>);

/// What an error is made of, where it arises.
#[derive(Debug, Default)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// Whether the input is at fault.
    pub(crate) is_of_input: bool,
    /// Whether a gate has nothing to decide by.
    pub(crate) is_undecided: bool,
    /// Whether a file or folder cannot be written or removed.
    pub(crate) is_unwritable: bool,
    /// Why a picture of the report would show nothing, if it is that.
    pub(crate) nothing_to_draw: Option<&'static str>,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}

impl Error {
    /// Names the files, if the error does not know where its report came from.
    #[must_use]
    pub fn in_files(mut self, files: &[PathBuf]) -> Self {
        if let Some(why) = self.0.nothing_to_draw {
            let names = files.iter().map(|file| name_of(file)).collect::<Vec<_>>().join(", ");
            self.0.message = format!("nothing to draw in {names}: {why}");
        }
        self
    }

    /// Whether a gate has nothing to decide by.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.0.is_undecided
    }

    /// Whether the input is at fault: missing, unreadable, damaged, foreign, not of the run that is asked for, given twice, not
    /// to be compared, or without a single hop to draw.
    #[must_use]
    pub fn is_unusable_input(&self) -> bool {
        self.0.is_of_input || self.0.is_undecided || self.is_nothing_to_draw()
    }

    /// Whether a picture or its folder could not be written, or one of an earlier run not removed.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        self.0.is_unwritable
    }

    /// Whether the report is fine and holds nothing that a picture could show.
    #[must_use]
    pub fn is_nothing_to_draw(&self) -> bool {
        self.0.nothing_to_draw.is_some()
    }
}

/// What messages call a file.
pub(crate) fn name_of(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { format!("`{}`", file.display()) }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
