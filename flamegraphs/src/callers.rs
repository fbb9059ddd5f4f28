//! Who calls a site that is not the app's own, from a report's sampled backtraces: in words, and with no share that the sample cannot bear.

use std::collections::BTreeMap;

use tollbridge_report::{Caller, Frame, Report, paths};

use crate::harmless::harmless;
use crate::origin::{Origin, function_name};
use crate::sequence::SiteRef;
use crate::units::{self, unbroken};

/// Shares are shown from this many samples on, or from as many of unlike weights as say as much: then 95 of 100 are off by less than 18 %.
const MIN_SAMPLES: f64 = 30.0;
/// Functions that are named.
const MAX_NAMED: usize = 3;
/// Functions further out that the advice names.
const MAX_OUTER: usize = 2;
/// The function to change is named if so much of the calls are its own.
const MOST: f64 = 0.5;

/// Calls that came from one function.
#[derive(Clone, Copy, Debug)]
struct From<'a> {
    calls: u64,
    is_own: bool,
    /// Its frame in most of them, and those further out.
    most: (u64, &'a [Frame]),
}

/// The callers of a site.
#[derive(Debug)]
pub(crate) struct Callers<'a> {
    /// Most calls first; `None`: not known.
    from: Vec<(Option<&'a str>, From<'a>)>,
    samples: u64,
    calls: u64,
    /// Whether every call was looked at.
    is_whole: bool,
    /// Whether the shares can be stated.
    is_sure: bool,
    /// Calls of the site that ended.
    hops: u64,
}

impl<'a> Callers<'a> {
    /// `None` of the app's own, and where nobody was seen.
    pub(crate) fn of(report: &'a Report, (site, job): SiteRef<'_>) -> Option<Self> {
        if Origin::of(site, job) == Origin::App {
            return None;
        }
        let own = report.callers.iter().filter(|caller| caller.site == site && caller.job == job);
        let (mut from, mut samples, mut calls, mut squares) = (BTreeMap::new(), 0u64, 0u64, 0u64);
        for caller in own {
            samples = samples.saturating_add(caller.samples);
            calls = calls.saturating_add(caller.calls);
            squares = squares.saturating_add(caller.squares);
            add(&mut from, caller);
        }
        let mut from: Vec<(Option<&str>, From<'_>)> = from.into_iter().collect();
        // A stable sort: equal ones stay in the order of their names.
        from.sort_by_key(|(_, from)| std::cmp::Reverse(from.calls));
        if from.iter().all(|(function, _)| function.is_none()) {
            return None;
        }
        let sites = report.sites.iter().filter(|of_arm| of_arm.site == site && of_arm.job == job);
        let hops = sites.map(|of_arm| of_arm.hops).fold(0, u64::saturating_add);
        let worth = calls as f64 * calls as f64 / (squares.max(1) as f64);
        let is_whole = samples == calls && samples >= hops;
        Some(Self { from, samples, calls, is_whole, is_sure: is_whole || worth >= MIN_SAMPLES, hops })
    }

    /// `called from `list_dir` (92 %), `serve_file` (8 %)`.
    pub(crate) fn told(&self) -> String {
        let names = self.names();
        // Whether others call it too, now and then, a sample cannot tell.
        if let (false, [name]) = (self.is_whole, &names[..]) {
            let all = match self.samples {
                1 => "the one call that was looked at".to_owned(),
                samples => format!("all {} calls that were looked at", units::count(samples)),
            };
            return format!("called from {name} ({all})");
        }
        let share = |calls: u64| {
            let share = units::percent(calls as f64, self.calls.max(1) as f64);
            if self.is_sure { format!("\u{a0}({})", unbroken(&share)) } else { String::new() }
        };
        let mut named: Vec<String> = Vec::new();
        for ((function, from), name) in
            self.from.iter().zip(&names).filter(|((function, _), _)| function.is_some()).take(MAX_NAMED)
        {
            debug_assert!(function.is_some(), "filtered");
            named.push(format!("{name}{}", share(from.calls)));
        }
        let of = |unknown: bool| {
            self.from.iter().filter(move |(function, _)| function.is_none() == unknown).map(|(_, from)| from.calls)
        };
        let others = of(false).skip(MAX_NAMED).fold(0, u64::saturating_add);
        let unknown = of(true).fold(0, u64::saturating_add);
        for (calls, what) in [(others, "others"), (unknown, "unknown")] {
            named.extend((calls > 0).then(|| format!("{what}{}", share(calls))));
        }
        let sample = if self.is_sure {
            String::new()
        } else {
            let of = units::counted(self.hops.max(self.samples), "call", "calls");
            format!(" ({} of {of} looked at)", units::count(self.samples))
        };
        format!("called from {}{sample}", named.join(", "))
    }

    /// `look at `stat` (src/server.rs:120), called by `list_dir``, if it is the app's and makes most of the calls. Where the loop is, there or further out,
    /// nobody has seen.
    pub(crate) fn place(&self) -> Option<String> {
        let (_, from) = self.from.first()?;
        let is_most = self.is_sure && from.calls as f64 >= MOST * self.calls as f64;
        let (nearest, outer) = from.most.1.split_first().filter(|_| is_most && from.is_own)?;
        let line = line(nearest).map(|line| format!(" ({line})")).unwrap_or_default();
        let outer: Vec<String> = outer.iter().take(MAX_OUTER).map(|frame| code(&frame.function, false)).collect();
        let outer = if outer.is_empty() { String::new() } else { format!(", called by {}", outer.join(", ")) };
        Some(format!("look at {}{line}{outer}", self.names().first()?))
    }

    /// Each way with its lines, the nearest first: `list_dir (src/server.rs:120) < handle (src/server.rs:80)`.
    #[cfg(feature = "html")]
    pub(crate) fn ways(&self) -> Vec<String> {
        let frame = |frame: &Frame| {
            let line = line(frame).map(|line| format!(" ({line})")).unwrap_or_default();
            format!("{}{line}", harmless(&function_name(&frame.function, false)))
        };
        let known = self.from.iter().filter(|(function, _)| function.is_some()).take(MAX_NAMED);
        known.map(|(_, from)| from.most.1.iter().map(frame).collect::<Vec<_>>().join(" < ")).collect()
    }

    /// Of each its short name as code; where two would be alike, both with a module.
    fn names(&self) -> Vec<String> {
        let short: Vec<String> =
            self.from.iter().map(|(function, _)| code(function.unwrap_or_default(), false)).collect();
        let named = self.from.iter().zip(&short).map(|((function, from), own)| {
            let is_alike = short.iter().filter(|other| *other == own).count() > 1;
            if is_alike || !from.is_own { code(function.unwrap_or_default(), true) } else { own.clone() }
        });
        named.collect()
    }
}

/// A function's name as code.
fn code(function: &str, is_long: bool) -> String {
    let name = harmless(&function_name(function, is_long)).replace('`', "'");
    unbroken(&format!("`{name}`"))
}

fn add<'a>(from: &mut BTreeMap<Option<&'a str>, From<'a>>, caller: &'a Caller) {
    let function = caller.frames.first().map(|frame| frame.function.as_str());
    let known = from.entry(function).or_insert(From { calls: 0, is_own: caller.is_own, most: (0, &[]) });
    known.calls = known.calls.saturating_add(caller.calls);
    if caller.calls > known.most.0 {
        known.most = (caller.calls, &caller.frames);
    }
}

/// `src/server.rs:120`.
fn line(frame: &Frame) -> Option<String> {
    let file = paths::short(frame.file.as_deref()?);
    // The package's own folder is known to whoever owns it.
    let file = file.find("/src/").map_or(file, |at| &file[at + 1..]);
    Some(harmless(&frame.line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))))
}
