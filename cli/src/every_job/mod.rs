//! `cargo tollbridge run|build|test|bench`: an app whose every blocking job is recorded, though nobody edited it.
//!
//! Its locked tokio is copied ([`copy`]) with a few edits ([`edits`]), by which it tells a recorder of each job, and cargo builds the app with that copy in
//! place of tokio, into a target folder of its own. The recorder is tollbridge in the app itself, or the [`agent`]. Nothing of the project is changed.

mod agent;
mod args;
mod copy;
mod edits;
mod project;
mod runs;
mod symbols;
mod target;
mod verbs;

pub(crate) use verbs::{bench, build, launch, test, whereabouts};
