//! A line that could not be read.

/// A line of a log that looks like a hop and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// What messages call the log that it stands in.
    pub file: String,
    /// Its number, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub reason: String,
}
