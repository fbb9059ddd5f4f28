//! What was read.

use tollbridge_report::Report;

use super::bad_line::BadLine;

/// A report, and where it came from.
#[derive(Debug)]
pub struct Input {
    /// What was measured.
    pub report: Report,
    /// What it was read from.
    pub kind: InputKind,
    /// The first line of a log that looks like a hop and could not be read, if any.
    pub first_bad_line: Option<BadLine>,
    /// Of several logs those that hold no hop, and what they hold instead.
    pub without_hops: Vec<(String, String)>,
    /// What else should be known of a log's counts: hops that stand in it twice, several starts of the app, signs of lines that are
    /// missing.
    pub notes: Vec<String>,
}

/// What a report was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A `report.json`.
    Report,
    /// A tracing log. Durations contain the formatting of its lines.
    Log,
}
