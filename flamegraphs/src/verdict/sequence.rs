//! *Calls in sequence that could be one*: a task makes several different calls one soon after the other, and each is smaller than its crossing.
//!
//! Which calls follow which is found in `crate::sequence`. It applies where [`ALWAYS`] of the calls are in the chain (the rest are calls that a
//! task makes under a condition, or of another path), and the mean crossing of a chain's hops is longer than their mean run. The work of
//! its k calls in one `spawn_blocking` crosses once, so each hop saves (k - 1) / k of its crossing.
//!
//! Calls of one origin that is not the app's are looked at together ([`of_origin`]), whichever sites they are of: one loop over `tokio::fs` calls
//! several functions in no fixed order. A chain that leads from the app's code to a dependency's and back is left alone: what of it could be one call is not known.
//!
//! Calls that are in flight side by side (`join!`) cross at the same time, and would run one after another once they share a call. There only the
//! other k - 1 `spawn_blocking` calls are saved, and it keeps silent where the last result could be later by more than [`LATER`]: where the runs of
//! the other k - 1 take that much longer than their calls.

use tollbridge_report::names::{Phase, Spacing};

use std::collections::BTreeSet;

use super::evidence;
use super::facts::{Facts, Site, name};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::remedy::{self, Remedy};
use super::small_work::{OTHERS_LOOP, Size, size};
use crate::compare::SiteName;
use crate::origin::{self, Origin};
use crate::sequence::{Chain, Run};
use crate::units;

/// The share of all calls of its sites that have to be in a chain.
const ALWAYS: f64 = 0.8;
/// The share of back-to-back calls from which a chain is called without anything in between.
const MOSTLY: f64 = 0.9;
/// The share of calls made while the one before is in flight from which a chain counts as side by side.
const TOGETHER: f64 = 0.1;
/// How much later than now, as a share of the hop, the last result may be.
const LATER: f64 = 0.1;

/// The share of an origin's calls that have to be small.
const MOST: f64 = 0.5;
/// Calls of a run that are named.
const NAMED: usize = 3;
const SIDE_BY_SIDE: &str =
    "these calls are in flight side by side, so how much sooner the last one is back was not measured";

/// `pool_ns`: what other verdicts would save of each hop's crossing.
pub(super) fn speak(facts: &Facts<'_>, chain: &Chain<'_>, pool_ns: f64) -> Option<Verdict> {
    let known = |key| facts.sites.iter().find(|site| site.key == key && !site.is_other() && facts.is_known(site));
    let sites: Vec<&Site<'_>> = chain.sites.iter().map(|&key| known(key)).collect::<Option<_>>()?;
    let first = *sites.first()?;
    let joined: u64 = sites.iter().map(|site| site.joined).sum();
    let mean = |of: &dyn Fn(&Site<'_>) -> Option<f64>| -> Option<f64> {
        let all: Option<Vec<f64>> = sites.iter().map(|site| Some(of(site)? * site.joined as f64)).collect();
        Some(all?.into_iter().sum::<f64>() / joined.max(1) as f64)
    };
    let crossing = mean(&|site| facts.crossing(site))? - pool_ns;
    let run = mean(&|site| Some(site.typical_run()?.ns))?;
    let (submit, hop) = (mean(&|site| site.mean(Phase::Submit))?, mean(&|site| site.hop_ns.mean())?);
    let calls = sites.len() as f64;
    let later = (calls - 1.0) * (run - submit);
    let (is_together, is_back_to_back) = (chain.together_share >= TOGETHER, chain.in_a_row_share >= MOSTLY);
    let applies = chain.share >= ALWAYS && size(facts, crossing, run) == Size::Smaller;
    if !applies || (is_together && later > LATER * hop) {
        return None;
    }
    let way = way(facts, &sites)?;
    let mut evidence = vec![
        format!(
            "tasks make these {calls:.0} calls in sequence, {} times, {} apart: {}",
            units::count(chain.times),
            units::duration_spaced(chain.mean_gap_ns),
            evidence::list(&places(&sites))
        ),
        format!(
            "their jobs take {} and add {} of overhead each",
            units::duration_spaced(run),
            units::duration_spaced(crossing)
        ),
    ];
    evidence.extend(chain.again_ns.map(|again| {
        format!(
            "the sequence repeats {} later: several rounds could share a call as well",
            units::duration_spaced(again)
        )
    }));
    let origins: BTreeSet<&Origin> = sites.iter().map(|site| &site.origin).collect();
    let others = sites
        .iter()
        .find_map(|site| remedy::whose(facts, &site.name()).map(|whose| format!("of some of them: {whose}")));
    evidence.extend(if origins.len() == 1 { remedy::whose(facts, &first.name()) } else { others });
    let each = if is_together { submit } else { crossing };
    let saved = each * (calls - 1.0) / calls;
    Some(Verdict {
        rule: Rule::Sequence,
        site: Some(first.name()),
        evidence,
        saving: Some(facts.saving("overhead", Per::Hop, saved, each, joined)),
        confidence: match is_back_to_back {
            _ if is_together => Confidence::new(Level::Low, SIDE_BY_SIDE),
            true => Confidence::new(
                Level::Medium,
                format!(
                    "less than {} us pass in between; what the code does there is not seen",
                    Spacing::ROW_NS / 1_000
                ),
            ),
            false => {
                Confidence::new(Level::Low, "whether the next input is known before the last job ends cannot be seen")
            }
        },
        risk: way.risk,
        attempt: way.attempt,
        code: way.code,
    })
}

/// What can be done about a chain. `None` where it leads from the app's code to a dependency's and back: what of it could be one call is not known.
fn way(facts: &Facts<'_>, sites: &[&Site<'_>]) -> Option<Remedy> {
    let calls = sites.len();
    let origins: BTreeSet<&Origin> = sites.iter().map(|site| &site.origin).collect();
    let risk = "calls that run side by side today (join!) then run one after another, and one panic loses all of them";
    if origins.iter().any(|origin| matches!(origin, Origin::Crate(_))) {
        let names: Vec<SiteName> = sites.iter().map(|site| site.name()).collect();
        let only = origins.first().filter(|_| origins.len() == 1)?;
        return remedy::of_row(facts, only, &names, &format!("tasks make these {calls} calls in sequence"));
    }
    let is_own = origins.iter().all(|origin| **origin == Origin::App);
    let instead = if is_own { "" } else { ", with std's own functions in place of tokio's" };
    Some(Remedy {
        attempt: format!("doing the work of these {calls} calls in one spawn_blocking{instead}"),
        code: Some("let (a, b) = spawn_blocking(move || (first(x), second(y))).await?;".to_owned()),
        risk: risk.to_owned(),
    })
}

/// Of the calls of one origin, whichever sites they are of, and the sites that it is about: those whose jobs are smaller than their crossing, if [`MOST`] of
/// the calls are theirs.
pub(super) fn of_origin(facts: &Facts<'_>, run: &Run<'_>, pool_ns: f64) -> Option<(Verdict, Vec<SiteName>)> {
    let known = |key| facts.sites.iter().find(|site| site.key == key && facts.is_known(site));
    let is_small = |site: &&Site<'_>| {
        let lengths = facts.crossing(site).zip(site.typical_run());
        lengths.is_some_and(|(crossing, run)| size(facts, crossing - pool_ns, run.ns) == Size::Smaller)
    };
    let small: Vec<&Site<'_>> = run.sites.iter().filter_map(|&(key, _)| known(key)).filter(is_small).collect();
    let joined: u64 = small.iter().map(|site| site.joined).sum();
    let mean = |of: &dyn Fn(&Site<'_>) -> Option<f64>| -> Option<f64> {
        let all: Option<Vec<f64>> = small.iter().map(|site| Some(of(site)? * site.joined as f64)).collect();
        Some(all?.into_iter().sum::<f64>() / joined.max(1) as f64)
    };
    let first = *small.first()?;
    let crossing = mean(&|site| facts.crossing(site))? - pool_ns;
    let took = mean(&|site| Some(site.typical_run()?.ns))?;
    let (submit, hop) = (mean(&|site| site.mean(Phase::Submit))?, mean(&|site| site.hop_ns.mean())?);
    let is_together = run.together_share >= TOGETHER;
    let later = (run.calls - 1.0) * (took - submit);
    if (joined as f64) < MOST * run.hops as f64 || (is_together && later > LATER * hop) {
        return None;
    }
    let names: Vec<SiteName> = small.iter().map(|site| site.name()).collect();
    let calls = units::about(run.calls);
    let mut evidence = vec![
        format!(
            "tasks make {calls} calls of {} in sequence, {} apart (mean): {}",
            run.origin,
            units::duration_spaced(run.mean_gap_ns),
            shares(run)
        ),
        format!(
            "their jobs take {} and add {} of overhead each",
            units::duration_spaced(took),
            units::duration_spaced(crossing)
        ),
    ];
    if pool_ns > 0.0 {
        let left_out = units::duration_spaced(pool_ns);
        evidence.push(format!("{left_out} of that are not counted here, because another pool would save them"));
    }
    evidence.extend(remedy::whose(facts, &first.name()));
    let Remedy { attempt, code, risk } = remedy::of_row(
        facts,
        &run.origin,
        &names,
        &format!("a task makes {calls} calls of {} in sequence", run.origin),
    )?;
    let each = if is_together { submit } else { crossing };
    let saved = each * (1.0 - 1.0 / run.calls);
    let verdict = Verdict {
        rule: Rule::Sequence,
        site: Some(first.name()),
        evidence,
        saving: Some(facts.saving("overhead", Per::Hop, saved, each, joined)),
        confidence: match run.in_a_row_share >= MOSTLY {
            _ if is_together => Confidence::new(Level::Low, SIDE_BY_SIDE),
            true => Confidence::new(Level::Medium, OTHERS_LOOP),
            false => {
                Confidence::new(Level::Low, "whether the next input is known before the last job ends cannot be seen")
            }
        },
        risk,
        attempt,
        code,
    };
    Some((verdict, names))
}

/// The calls of a run by their names, with their shares.
fn shares(run: &Run<'_>) -> String {
    let mut shares: Vec<(String, f64)> = Vec::new();
    for &((site, job), share) in &run.sites {
        let place = evidence::place(&name(site, job));
        match shares.iter_mut().find(|(known, _)| *known == place) {
            Some((_, sum)) => *sum += share,
            None => shares.push((place, share)),
        }
    }
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let more = shares.len().saturating_sub(NAMED);
    let named = shares.iter().take(NAMED).map(|(place, share)| format!("{place} ({})", units::percent(*share, 1.0)));
    let more = (more > 0).then(|| units::counted(more as u64, "other", "others"));
    evidence::list(&named.chain(more).collect::<Vec<_>>())
}

/// The calls of a chain in words, with their columns where they are on one line.
fn places(sites: &[&Site<'_>]) -> Vec<String> {
    let short: Vec<String> = sites.iter().map(|site| evidence::place(&site.name())).collect();
    let twice = short.iter().enumerate().any(|(i, place)| short[..i].contains(place));
    if !twice {
        return short;
    }
    let place = |site: &&Site<'_>| {
        let whole = || site.key.0.rsplit('/').next().unwrap_or(site.key.0).to_owned();
        origin::name(site.key.0, site.key.1, 1).unwrap_or_else(whole)
    };
    sites.iter().map(place).collect()
}
