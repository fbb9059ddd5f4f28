//! Recording in an app: [`init`], [`builder`], and what tollbridge has beside the recorder.

use std::path::Path;

use tollbridge_instrument::report::Report;
use tollbridge_instrument::session::{self, Guard, Host};

use crate::{every_job, screen};

/// Chooses in code what to record.
pub type Builder = session::Builder<App>;

/// Turns recording on if the environment asks for it, and records until the guard is dropped.
///
/// Recording stays off unless `TOLLBRIDGE` is set, or a directive in `RUST_LOG` names tollbridge.
///
/// ```
/// let _toll = tollbridge::init();
/// ```
///
/// Give the guard a name: `let _ = tollbridge::init();` would drop it at once and record nothing. Call this function once, at the
/// start of `main`. While the first guard lives, a second call returns an inert guard.
///
/// This function never fails. It prints what is wrong (a malformed variable, a folder that cannot be written) on stderr, once, and the app
/// goes on. [`Builder::try_init`] returns an error instead.
#[must_use = "the capture ends when the guard is dropped: `let _toll = tollbridge::init();`, not `let _ =`"]
pub fn init() -> Guard {
    session::init::<App>()
}

/// Returns a [`Builder`], with which you choose in code what to record, whatever the environment says.
pub fn builder() -> Builder {
    Builder::new()
}

/// An app that links tollbridge.
#[derive(Clone, Debug)]
pub struct App;

impl Host for App {
    fn screen(report: &Report, file: Option<&Path>) -> Option<String> {
        screen::screen(report, file)
    }

    fn armed() {
        every_job::install();
    }
}
