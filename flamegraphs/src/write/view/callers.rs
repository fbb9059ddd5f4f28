//! Who calls the sites that are not the app's own, a sentence each.

use super::View;
use crate::callers::Callers;
use crate::units;

/// The callers of a site.
pub(in crate::write) struct Told {
    /// `tokio::fs::metadata is called from ...`.
    pub(in crate::write) sentence: String,
    /// The ways from most of its callers, with lines.
    #[cfg(feature = "html")]
    pub(in crate::write) ways: Vec<String>,
}

/// Sites that paid most first, no more than `most`, and how many more there are.
pub(in crate::write) fn told(view: &View<'_>, most: usize) -> (Vec<Told>, usize) {
    if view.report.callers.is_empty() {
        return (Vec::new(), 0);
    }
    let known = view.facts.sites.iter().filter_map(|site| Some((site, Callers::of(view.report, site.key)?)));
    let all: Vec<_> = known.collect();
    let told = all.iter().take(most).map(|(site, callers)| Told {
        sentence: format!("{} is {}", units::unbroken(view.label(site)), callers.told()),
        #[cfg(feature = "html")]
        ways: callers.ways(),
    });
    (told.collect(), all.len().saturating_sub(most))
}

/// Backtraces that found no room.
pub(in crate::write) fn lost(view: &View<'_>) -> Option<String> {
    let lost = view.report.callers_lost;
    (lost > 0).then(|| format!("{} found no room", units::counted(lost, "backtrace", "backtraces")))
}
