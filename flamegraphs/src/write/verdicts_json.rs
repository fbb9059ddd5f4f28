//! Verdicts as JSON (`docs/reference/format.md`).

use serde_json::{Value, json};
use tollbridge_report::Report;

use crate::origin::Origin;
use crate::verdict::{Saving, Verdict, verdicts};

/// Version of the form, raised when a reader of the older one would misread it.
const FORMAT: u32 = 1;

/// All verdicts of a report, as JSON.
#[must_use]
pub fn verdicts_json(report: &Report) -> Value {
    json!({ "format": FORMAT, "verdicts": verdicts(report).iter().map(verdict).collect::<Vec<_>>() })
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "rule": verdict.rule.as_str(),
        "title": verdict.rule.title(),
        "site": verdict.site.as_ref().map(|name| json!({ "site": name.site, "job": name.job })),
        "origin": verdict.origin().as_ref().map(origin),
        "evidence": verdict.evidence,
        "saving": verdict.saving.as_ref().map(saving),
        "confidence": { "level": verdict.confidence.level.as_str(), "reason": verdict.confidence.reason },
        "risk": verdict.risk,
        "attempt": verdict.attempt,
        "code": verdict.code,
    })
}

fn origin(origin: &Origin) -> Value {
    let package = match origin {
        Origin::Crate(package) => Some(package),
        _ => None,
    };
    json!({
        "kind": origin.kind(),
        "crate": package.map(|package| &package.name),
        "version": package.and_then(|package| package.version.as_ref()),
        "revision": package.and_then(|package| package.revision.as_ref()),
    })
}

fn saving(saving: &Saving) -> Value {
    json!({
        "what": saving.what,
        "per": saving.per.as_str(),
        "ns": saving.ns,
        "low_ns": saving.low_ns,
        "high_ns": saving.high_ns,
        "total_ns": saving.total_ns,
        "share": saving.share,
    })
}
