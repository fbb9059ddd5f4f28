//! What tests, benches and examples of several packages share.

#[cfg(feature = "hops")]
pub mod hops;
pub mod random;
