//! Why a verb failed.

use crate::error::{Error, every_job};

pub(crate) enum Failure {
    /// Of reading, drawing or storing.
    Ours(Error),
    /// Of standard output.
    Output(std::io::Error),
    /// Of the command line, where only the verb could see it: what is wrong, and the remedy.
    Usage(&'static str),
    /// All is written and said; the exit code is left.
    Said(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<tollbridge_flamegraphs::Error> for Failure {
    fn from(error: tollbridge_flamegraphs::Error) -> Self {
        Self::Ours(error.into())
    }
}

impl From<every_job::Error> for Failure {
    fn from(error: every_job::Error) -> Self {
        Self::Ours(error.into())
    }
}
