//! *Calls in sequence that could be one*: a task makes several different calls one soon after the other, and each is smaller than its crossing.
//!
//! Which calls follow which is found in `crate::sequence`. It applies where [`ALWAYS`] of the calls are in the chain (the rest are calls that a
//! task makes under a condition, or of another path), and the mean crossing of a chain's hops is longer than their mean run. The work of
//! its k calls in one `spawn_blocking` crosses once, so each hop saves (k - 1) / k of its crossing.
//!
//! Calls that are in flight side by side (`join!`) cross at the same time, and would run one after another once they share a call. There only the
//! other k - 1 `spawn_blocking` calls are saved, and it keeps silent where the last result could be later by more than [`LATER`]: where the runs of
//! the other k - 1 take that much longer than their calls.

use tollbridge_report::names::{Phase, Spacing};

use super::evidence;
use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::small_work::{Size, size};
use crate::sequence::Chain;
use crate::units;

/// The share of all calls of its sites that have to be in a chain.
const ALWAYS: f64 = 0.8;
/// The share of back-to-back calls from which a chain is called without anything in between.
const MOSTLY: f64 = 0.9;
/// The share of calls made while the one before is in flight from which a chain counts as side by side.
const TOGETHER: f64 = 0.1;
/// How much later than now, as a share of the hop, the last result may be.
const LATER: f64 = 0.1;

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
    let each = if is_together { submit } else { crossing };
    let saved = each * (calls - 1.0) / calls;
    Some(Verdict {
        rule: Rule::Sequence,
        site: Some(first.name()),
        evidence,
        saving: Some(facts.saving("overhead", Per::Hop, saved, each, joined)),
        confidence: match is_back_to_back {
            _ if is_together => Confidence::new(
                Level::Low,
                "these calls are in flight side by side, so how much sooner the last one is back was not measured",
            ),
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
        risk: "calls that run side by side today (join!) then run one after another, and one panic loses all of them"
            .to_owned(),
        attempt: format!("doing the work of these {calls:.0} calls in one spawn_blocking"),
        code: Some("let (a, b) = spawn_blocking(move || (first(x), second(y))).await?;".to_owned()),
    })
}

/// The calls of a chain in words, with their columns where they are on one line.
fn places(sites: &[&Site<'_>]) -> Vec<String> {
    let short: Vec<String> = sites.iter().map(|site| evidence::place(&site.name())).collect();
    let twice = short.iter().enumerate().any(|(i, place)| short[..i].contains(place));
    if !twice {
        return short;
    }
    sites.iter().map(|site| site.key.0.rsplit('/').next().unwrap_or(site.key.0).to_owned()).collect()
}
