//! A report in other tools' formats. One format a file; each gives the whole file's bytes and touches no disk.

mod call_site;
mod chrome;
mod csv;
mod exposition;
mod folded;
mod format;
mod pprof;
mod samples;
mod speedscope;

pub use format::{Format, export};
