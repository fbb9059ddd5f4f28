//! speedscope's own JSON: one sampled profile for each measure that weighs anything, arms at the root.
//!
//! # Source
//! `file-format-schema.json` in speedscope's npm package; `scripts/peers.sh` holds a file against it.

use std::collections::BTreeMap;

use serde::Serialize;
use tollbridge_report::Report;

use super::call_site::call_site;
use super::samples::{Measure, samples};
use crate::Error;
use crate::harmless::harmless;
use crate::run;
use crate::write::joined::why_nothing;
use crate::write::label::Labels;
use crate::write::undrawn::{failed, nothing_to_draw};

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";
const EXPORTER: &str = concat!("tollbridge@", env!("CARGO_PKG_VERSION"));

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: String,
    exporter: &'static str,
    active_profile_index: usize,
    shared: Shared,
    profiles: Vec<SpeedscopeProfile>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<SpeedscopeFrame>,
}

/// A site has a file; an arm or a phase has none.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct SpeedscopeFrame {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    col: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpeedscopeProfile {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    unit: &'static str,
    start_value: u64,
    end_value: u64,
    /// Indices of frames, root first.
    samples: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

/// Frames by number, each once.
#[derive(Default)]
struct Frames {
    numbers: BTreeMap<SpeedscopeFrame, usize>,
    frames: Vec<SpeedscopeFrame>,
}

impl Frames {
    fn number(&mut self, frame: SpeedscopeFrame) -> usize {
        *self.numbers.entry(frame).or_insert_with_key(|frame| {
            self.frames.push(frame.clone());
            self.frames.len() - 1
        })
    }

    fn named(&mut self, name: String) -> usize {
        self.number(SpeedscopeFrame { name, ..SpeedscopeFrame::default() })
    }
}

pub(super) fn write(report: &Report) -> Result<Vec<u8>, Error> {
    let labels = Labels::of(report);
    let mut frames = Frames::default();
    let mut profiles = Measure::ALL.map(profile);
    for sample in samples(report) {
        let at = call_site(&sample.key.site);
        let site = SpeedscopeFrame {
            name: labels.get((&sample.key.site, &sample.key.job)).to_owned(),
            file: Some(harmless(at.path)),
            line: at.line,
            col: at.column,
        };
        let mut stack = vec![frames.named(sample.key.arm.to_string()), frames.number(site)];
        stack.extend(sample.place.frames().map(|name| frames.named(name)));
        for (profile, weight) in profiles.iter_mut().zip(sample.weights.all()).filter(|(_, weight)| *weight > 0) {
            profile.end_value = profile.end_value.saturating_add(weight);
            profile.samples.push(stack.clone());
            profile.weights.push(weight);
        }
    }
    let profiles: Vec<SpeedscopeProfile> = profiles.into_iter().filter(|profile| !profile.samples.is_empty()).collect();
    if profiles.is_empty() {
        return Err(nothing_to_draw(why_nothing(report)));
    }
    // What a hop pays first, as on the screen.
    let overhead = profiles.iter().position(|profile| profile.name == Measure::Overhead.name());
    let file = File {
        schema: SCHEMA,
        name: run::describe(report),
        exporter: EXPORTER,
        active_profile_index: overhead.unwrap_or(0),
        shared: Shared { frames: frames.frames },
        profiles,
    };
    serde_json::to_vec(&file).map_err(|source| failed("the speedscope file", source.into()))
}

fn profile(measure: Measure) -> SpeedscopeProfile {
    let unit = match measure.unit() {
        "count" => "none",
        unit => unit,
    };
    let name = measure.name().to_owned();
    SpeedscopeProfile {
        kind: "sampled",
        name,
        unit,
        start_value: 0,
        end_value: 0,
        samples: Vec::new(),
        weights: Vec::new(),
    }
}
