//! What the program has beside the recorder.

use std::fmt::Debug;
use std::path::Path;

use crate::report::Report;

/// What the crate that arms has beside the recorder: a renderer, perhaps, and jobs that come another way.
pub trait Host: Clone + Debug {
    /// Returns the whole screen of a report for stderr; `None` where no renderer is linked. `file`: where the report is.
    #[must_use]
    fn screen(report: &Report, file: Option<&Path>) -> Option<String>;

    /// Is called once a capture is armed.
    fn armed();
}

/// Nothing is beside it.
#[derive(Clone, Debug)]
pub struct Alone;

impl Host for Alone {
    fn screen(_: &Report, _: Option<&Path>) -> Option<String> {
        None
    }

    fn armed() {}
}
