//! A comparison as JSON (`docs/reference/format.md`).

use serde_json::{Value, json};
use tollbridge_report::Interval;

use super::screen::compared::unseen;
use crate::compare::{Change, Comparison, FALSE_ALARMS, Gate, Pair, Ruling, Sample, SiteName};

/// Version of the form, raised when a reader of the older one would misread it.
const FORMAT: u32 = 1;

/// A comparison and what a gate said of it, as JSON.
#[must_use]
pub fn compared_json(comparison: &Comparison, ruling: Option<(&Gate, &Ruling<'_>)>) -> Value {
    json!({
        "format": FORMAT,
        "old_runs": comparison.old_runs,
        "new_runs": comparison.new_runs,
        "floor_ns": comparison.floor_ns,
        "clocks": comparison.clocks,
        "ticks_per_ns": comparison.ticks_per_ns,
        "one_machine": comparison.is_of_one_machine(),
        "hops_per_second": change(comparison.hops_per_second),
        "sites": comparison.pairs.iter().map(pair).collect::<Vec<_>>(),
        "gone": comparison.gone.iter().map(site).collect::<Vec<_>>(),
        "new": comparison.new.iter().map(site).collect::<Vec<_>>(),
        "gate": ruling.map(|(gate, ruling)| json!({
            "figure": gate.figure().as_str(),
            "allowed": gate.allowed(),
            "false_alarms": FALSE_ALARMS,
            "decided": ruling.decided,
            "undecided": ruling.undecided,
            "sees": ruling.sees,
            "sees_everywhere": ruling.sees_everywhere,
            "verdict": ruling.verdict().as_str(),
            "unseen": ruling.unseen.iter().map(|&why| unseen(gate.figure(), why)).collect::<Vec<_>>(),
            "over": ruling.over.iter().map(|pair| named(pair)).collect::<Vec<_>>(),
        })),
    })
}

fn site(site: &SiteName) -> Value {
    json!({ "site": site.site, "job": site.job })
}

fn named(pair: &Pair) -> Value {
    json!({ "old": site(&pair.old), "new": site(&pair.new), "arm": pair.arm.as_str() })
}

fn pair(pair: &Pair) -> Value {
    let mut value = named(pair);
    value["figures"] =
        pair.changes.iter().map(|&(figure, of)| (figure.as_str().to_owned(), change(of))).collect::<Value>();
    value
}

fn change(change: Change) -> Value {
    let interval = |Interval { value, low, high, significant }: Interval| json!({ "value": value, "low": low, "high": high, "significant": significant });
    json!({ "old": sample(change.old), "new": sample(change.new), "difference": change.difference.map(interval) })
}

fn sample(Sample { runs, mean, variance }: Sample) -> Value {
    json!({ "runs": runs, "mean": mean, "variance": variance })
}
