//! What only a log needs, and what is packed.

mod blocks;
mod colours;
mod event;
mod found;
mod gaps;
mod json;
mod level;
mod log;
mod objects;
pub(super) mod others;
mod packed;
mod pid;
mod remedy;
mod scan;
mod starts;
mod text;
mod torn;
mod twice;
mod wide;
mod wrapped;
