//! The file that stores a report: JSON, versioned, replaced as a whole.

use std::io::Write as _;
use std::path::Path;

use super::Report;
use super::primary::Primary;
use crate::disk;

/// Version of the file's format. Raised when a reader of the older one would misread it; `docs/reference/format.md` says how.
pub const FORMAT: u32 = 1;

impl Report {
    /// Writes the report as JSON, on one line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_json(&self, writer: impl std::io::Write) -> std::io::Result<()> {
        write_line(self, writer)
    }

    /// Writes the report as JSON, on one line, with its primary members alone: what a checkpoint holds. `Report::from_json`
    /// computes the others. A third of the size, and less than a third of the CPU time.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_primary_json(&self, writer: impl std::io::Write) -> std::io::Result<()> {
        write_line(Primary(self), writer)
    }

    /// Stores the report under a temporary name beside `path`, then renames it: a reader finds the old file or the new
    /// one, never a part of one. The text is in memory meanwhile.
    ///
    /// # Errors
    /// Whatever creating, writing or renaming the file returns; the old file is then untouched.
    /// [`FileTooLarge`](std::io::ErrorKind::FileTooLarge) where the process's limit for files (`ulimit -f`) is lower.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let mut text = Vec::new();
        self.write_json(&mut text)?;
        disk::replace(path, &text, disk::Readers::Usual)
    }

    /// Reads a report back.
    ///
    /// # Errors
    /// [`ReadError::Format`] if a later version of tollbridge wrote it; [`ReadError::Json`] if it is no report, with
    /// line and column, or one that nothing can have measured.
    #[cfg(feature = "read")]
    pub fn from_json(text: &[u8]) -> Result<Self, ReadError> {
        let mut report = Self::primary_from_json(text)?;
        // What stands in the file beside the primary data may be anything; it is computed again.
        report.derive();
        Ok(report)
    }

    /// Reads a report back without its derived data: for [`super::Merger`], which looks at nothing else and would have it
    /// computed for every report.
    ///
    /// # Errors
    /// Those of [`Report::from_json`].
    #[cfg(feature = "read")]
    pub fn primary_from_json(text: &[u8]) -> Result<Self, ReadError> {
        #[derive(serde::Deserialize)]
        struct Version {
            format: u32,
        }
        let read = without_derived(text).and_then(|primary| serde_json::from_slice(&primary).ok());
        let read = read.map_or_else(|| serde_json::from_slice::<Self>(text), Ok);
        // What cannot be read may still be a report of another format, and then that is the thing to say.
        let format = match &read {
            Ok(report) => report.format,
            Err(_) => serde_json::from_slice::<Version>(text).map_err(ReadError::Json)?.format,
        };
        if format != FORMAT {
            return Err(ReadError::Format { found: format });
        }
        let report = read.map_err(ReadError::Json)?;
        report.check().map_err(|why| ReadError::Json(serde::de::Error::custom(why)))?;
        Ok(report)
    }
}

fn write_line(report: impl nojson::DisplayJson, writer: impl std::io::Write) -> std::io::Result<()> {
    let mut writer = std::io::BufWriter::new(writer);
    writeln!(writer, "{}", nojson::Json(report))?;
    writer.flush()
}

/// The text less its derived members, half of it, which would be read to no purpose. `None` if they are not where
/// [`Report::write_json`] puts them, as in a checkpoint, which has none. In a string the quotes of what is looked for would be escaped; and if the cut takes
/// primary members with it, then what is left is no report.
#[cfg(feature = "read")]
fn without_derived(text: &[u8]) -> Option<Vec<u8>> {
    let from = memchr::memmem::find(text, b",\"arms\":{")?;
    let to = from + memchr::memmem::find(&text[from..], b",\"groups\":[")?;
    Some([&text[..from], &text[to..]].concat())
}

/// Why a report could not be read.
#[cfg(feature = "read")]
#[derive(Debug)]
pub enum ReadError {
    /// It has another format version.
    Format {
        /// The version that it has.
        found: u32,
    },
    /// It is no JSON, or no report.
    Json(serde_json::Error),
}

#[cfg(feature = "read")]
impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Format { found } => write!(
                f,
                "report format {found} is not known to this version, which reads format {FORMAT}; use a newer tollbridge"
            ),
            // Said whole here, so it is no source besides.
            Self::Json(error) => write!(f, "no tollbridge report: {error}"),
        }
    }
}

#[cfg(feature = "read")]
impl std::error::Error for ReadError {}
