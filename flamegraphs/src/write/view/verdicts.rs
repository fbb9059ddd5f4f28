//! Verdicts in words.

use tollbridge_report::Report;

use super::View;
use crate::run;
use crate::units::{self, unbroken};
use crate::verdict::{MIN_HOPS, Rule, Saving, Verdict};

/// Why `resume` is not counted into what could be saved.
pub(in crate::write) const CROWDED: &str = "resume (from waking the task to polling it) is not counted: with this many calls in that phase at once it is mostly queueing";

/// Why there is nothing to try.
pub(in crate::write) fn nothing(view: &View<'_>, others: &[&Verdict]) -> String {
    let of = |rule| {
        let verdicts = others.iter().filter(move |verdict| verdict.rule == rule);
        verdicts.filter_map(|verdict| place(view, verdict)).collect()
    };
    let alone = told(
        of(Rule::LoneWork),
        [
            "is small for its crossing, and its calls come one at a time",
            "are small for their crossing, and their calls come one at a time",
        ],
    );
    let fine = told(of(Rule::Fine), ["is fine as it is", "are fine as they are"]);
    let all: Vec<String> = [alone, fine].into_iter().flatten().collect();
    if all.is_empty() {
        return format!("nothing: {}", too_few(view.report).unwrap_or_else(|| "no rule applies".to_owned()));
    }
    format!("nothing: {}", all.join("; "))
}

/// What is told of the first of these sites, and of how many others.
fn told(sites: Vec<&str>, [of_one, of_many]: [&str; 2]) -> Option<String> {
    let (first, others) = sites.split_first()?;
    Some(match others.len() as u64 {
        0 => format!("{first} {of_one}"),
        more => format!("{first} and {} {of_many}", units::counted(more, "other", "others")),
    })
}

/// The site's label.
fn place<'v>(view: &'v View<'_>, verdict: &'v Verdict) -> Option<&'v str> {
    let name = verdict.site.as_ref()?;
    view.find_label(&name.site, &name.job)
}

/// Why nothing is said.
pub(in crate::write) fn silence(report: &Report) -> String {
    if run::is_inflated(report) {
        return "Nothing can be said from times that contain the app's own logging; measure with TOLLBRIDGE=phases."
            .to_owned();
    }
    if let Some(why) = run::why_untimed(report) {
        return format!("{}{}.", why[..1].to_uppercase(), &why[1..]);
    }
    format!("Nothing to suggest: {}.", too_few(report).unwrap_or_else(|| "no rule applies".to_owned()))
}

/// Why rules about durations cannot apply, if that is why.
fn too_few(report: &Report) -> Option<String> {
    let known = report.sites.iter().any(|site| site.hop_ns.count() >= MIN_HOPS);
    (!known).then(|| format!("no site has {MIN_HOPS} timed hops to judge by"))
}

/// `estimated saving: 19.3 us of overhead per job (12.9 us to 21.2 us)`
pub(in crate::write) fn saves(saving: &Saving) -> String {
    let shown = |ns: f64| unbroken(&units::duration_spaced(ns));
    format!(
        "estimated saving: {} of {} per {} ({} to {})",
        shown(saving.ns),
        saving.what,
        saving.per.as_str(),
        shown(saving.low_ns),
        shown(saving.high_ns)
    )
}

/// What of all time following a verdict saves, or could save at most where it advises nothing.
pub(in crate::write) fn gain(verdict: &Verdict) -> Option<String> {
    let saving = verdict.saving.as_ref()?;
    let at_most = if verdict.rule.advises() { "" } else { "at most " };
    let share = units::percent(saving.share, 1.0);
    Some(format!("{at_most}{}, {share} of the time that all hops take", saves(saving)))
}

/// What it speaks of.
pub(in crate::write) fn subject<'v>(view: &'v View<'_>, verdict: &'v Verdict) -> &'v str {
    place(view, verdict).unwrap_or("all sites")
}
