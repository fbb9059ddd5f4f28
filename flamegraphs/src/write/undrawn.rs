//! Why a picture or a file of another tool is not there.

use crate::Error;
use crate::error::Fault;

/// The error that there is nothing to show.
pub(super) fn nothing_to_draw(why: &'static str) -> Error {
    Fault { message: format!("nothing to draw: {why}"), nothing_to_draw: Some(why), ..Fault::default() }.into()
}

/// The error that whoever writes the picture failed, which only a bug can do.
pub(super) fn failed(picture: &str, source: std::io::Error) -> Error {
    let message = format!("failed to draw {picture}; this is a bug in tollbridge");
    Fault { message, source: Some(source.into()), ..Fault::default() }.into()
}
