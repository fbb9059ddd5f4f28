//! Whether a stream gets colours: `--color`, else `NO_COLOR`, `CLICOLOR_FORCE` and `CLICOLOR`, else whether it is a terminal that
//! can show them.

use std::ffi::OsString;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum as _;
use colorchoice_clap::Color;

/// Heeds `--color` before the command line is understood, since what is wrong with it is told in colours too.
pub(crate) fn foresee(args: &[OsString]) {
    let mut words = args.iter().filter_map(|word| word.to_str()).take_while(|&word| word != "--");
    while let Some(word) = words.next() {
        let when = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        // What is no such word is refused once the command line is read.
        if let Some(color) = when.and_then(|when| clap::ColorChoice::from_str(when, false).ok()) {
            Color { color }.write_global();
        }
    }
}

pub(crate) fn suits(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}
