//! What holds of any bytes, and of any report that was read from them. The fuzzer's targets, the tests that replay its corpus and
//! those of random reports (`flamegraphs/tests`) all call these functions; each panics where something does not hold.

mod export;
mod input;
mod picture;
mod pprof;
mod whole;

pub use input::{field, log, packed, report, value};
pub use whole::whole;
