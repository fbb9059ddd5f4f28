//! What tests, benches and examples of several packages share.

#![expect(clippy::missing_panics_doc, reason = "a test that cannot go on panics")]

pub mod golden;
#[cfg(feature = "hops")]
pub mod hops;
#[cfg(feature = "logs")]
pub mod logs;
#[cfg(feature = "logs")]
pub mod phased;
pub mod random;
