//! What follows from the primary data: arms against each other, self times less what looking at them cost.

mod contrast;
mod correct;
mod derive;
mod estimate;
mod student;

pub use contrast::MIN_BATCHES;
pub use correct::CHILD_UNCERTAINTY_NS;
