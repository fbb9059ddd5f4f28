//! The page as a whole.

use std::sync::LazyLock;

use askama::Template as _;
use tollbridge_report::Report;

use super::basis::Basis;
use super::data::embedded;
use super::flames::Flames;
use super::head::Head;
use super::policy::policy;
use super::pool::PoolData;
use super::sites::Sites;
use super::time::Time;
use super::verdicts::Verdicts;
use super::what_if::WhatIf;
use super::{sites, tails};
use crate::write::phase;
use crate::write::view::live::InFlight;
use crate::write::view::{Grid, View};

/// Rows of sites that had something in flight.
const IN_FLIGHT: usize = 100;

/// How the page is written.
#[derive(Clone, Debug, Default)]
pub struct HtmlOptions {
    source: Option<String>,
}

impl HtmlOptions {
    /// Where the report came from, for the page's last section; not said if not told.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}

static STYLE: LazyLock<String> = LazyLock::new(|| phase::style() + include_str!("../../../templates/page.css"));
const SCRIPT: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("../../../templates/script/elements.js"),
    include_str!("../../../templates/script/units.js"),
    include_str!("../../../templates/script/place.js"),
    include_str!("../../../templates/script/sites.js"),
    include_str!("../../../templates/script/time.js"),
    include_str!("../../../templates/script/tails.js"),
    include_str!("../../../templates/script/flames.js"),
    include_str!("../../../templates/script/page.js"),
    "})();\n",
);

#[derive(askama::Template)]
#[template(path = "page.html")]
struct PageTemplate {
    policy: String,
    style: &'static str,
    script: &'static str,
    head: Head,
    verdicts: Verdicts,
    in_flight: Option<InFlight>,
    sites: Sites,
    tails: Option<Grid>,
    tails_described: Option<String>,
    pool: PoolData,
    what_if: Option<WhatIf>,
    basis: Basis,
    sites_data: String,
    tails_data: String,
    time: Option<Time>,
    time_data: Option<String>,
    flames_data: Option<String>,
    flames_choices: Vec<(&'static str, bool)>,
}

/// A report as one HTML file, which fetches nothing: what it comes to in a sentence, what to try, what was in flight, the sites, when it happened, the tails,
/// the pool, the flamegraphs, what another bridge would take, and what all of it rests on.
///
/// Names from the report are escaped, and a content security policy allows the page's own script and style alone. Without a
/// script all but the drawings is there. It grows with sites: some 100 KB, and about 1 KB a site and arm.
///
/// # Panics
/// Never: a page is written into a string, which does not fail.
#[must_use]
pub fn html(report: &Report, options: &HtmlOptions) -> String {
    let view = View::of(report);
    let time = Time::of(report);
    let page = PageTemplate {
        policy: policy(&STYLE, SCRIPT),
        style: &STYLE,
        script: SCRIPT,
        head: Head::of(&view),
        verdicts: Verdicts::of(&view),
        in_flight: InFlight::of(&view, IN_FLIGHT),
        sites: Sites::of(&view),
        tails: tails::grid(&view),
        tails_described: tails::described(&view),
        pool: PoolData::of(&view),
        what_if: WhatIf::of(report),
        basis: Basis::of(report, options.source.as_deref()),
        sites_data: embedded(&sites::SitesData::of(&view)),
        tails_data: embedded(&tails::TailsData::of(&view)),
        time_data: time.as_ref().map(embedded),
        time,
        flames_choices: Flames::choices(),
        flames_data: Flames::of(report).map(|flames| embedded(&flames)),
    };
    page.render().expect("writing to a string does not fail")
}
