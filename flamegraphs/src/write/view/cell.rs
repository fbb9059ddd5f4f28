//! Figures of a table: what is known, what lies below the clock's floor, what is not known.

use tollbridge_report::{Distribution, Mean};

use crate::units;

pub(in crate::write) const UNKNOWN: &str = "-";
pub(in crate::write) const BELOW_FLOOR: &str = "<floor";

/// The mean. Digits below the floor would be the clock's own.
pub(in crate::write) fn mean(lengths: Option<&Distribution>, floor_ns: Option<f64>) -> String {
    let Some((lengths, mean)) = lengths.and_then(|lengths| Some((lengths, lengths.mean()?))) else {
        return UNKNOWN.to_owned();
    };
    if lengths.sum() == 0 {
        // Nothing is known to be nothing: no thread was busy, no source was published to.
        "0".to_owned()
    } else if floor_ns.is_some_and(|floor| mean < floor) {
        BELOW_FLOOR.to_owned()
    } else {
        units::duration(mean)
    }
}

/// The mean less an empty span's; as it was measured where the clock is not known.
pub(in crate::write) fn corrected(mean: Option<&Mean>, clock_is_known: bool) -> String {
    match mean {
        None => UNKNOWN.to_owned(),
        Some(Mean { corrected: Some(ns), .. }) => units::duration(*ns),
        Some(_) if clock_is_known => BELOW_FLOOR.to_owned(),
        Some(Mean { raw, .. }) => units::duration(*raw),
    }
}

/// Quantiles, parted by slashes.
pub(in crate::write) fn quantiles(lengths: Option<&Distribution>, quantiles: &[f64]) -> String {
    let found = quantiles.iter().map(|&q| lengths.and_then(|lengths| lengths.quantile(q)));
    let shown = |ns: f64| {
        if ns == 0.0 { "0".to_owned() } else { units::duration(ns) }
    };
    let found: Option<Vec<String>> = found.map(|ns| ns.map(shown)).collect();
    found.map_or_else(|| UNKNOWN.to_owned(), |found| found.join("/"))
}
