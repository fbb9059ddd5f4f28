//! A subscriber that does nothing: what `tracing` itself costs.

use std::path::Path;

use super::{Active, Evidence, traced};
use crate::no_op::NoOp;

pub(super) fn start(_: &Path) -> Active {
    traced::under(NoOp, |_| Evidence::Said("spans enabled"))
}
