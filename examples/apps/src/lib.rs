//! What the three services have in common: how they are served, and what their process used.

mod cpu;
mod serve;

pub use serve::{Service, serve};
