//! tokio's own hops, against which the same hops are held: the error of the measurement.

use std::path::Path;

use super::{Active, Evidence};
use crate::hop::bare;

pub(super) fn start(_: &Path) -> Active {
    Active::new(|hops| Box::pin(bare(hops)), |_| Evidence::Said("-"))
}
