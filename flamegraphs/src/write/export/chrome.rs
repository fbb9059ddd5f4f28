//! Chrome's trace events, as Perfetto opens them: threads as tracks, and each hop as a track of its own.
//!
//! On a thread's track stand the phases that occupy it: submit on the caller's, run and publish on the pool thread's, transfer
//! on the awaiter's. Flow arrows lead from one to the next. Phases in which nobody works for the hop (backlog, start, unpolled,
//! resume) stand in the hop's own track alone, where all of them add up to it.
//!
//! # Source
//! "Trace Event Format" of the Chromium project; `scripts/peers.sh` opens a file.

use std::collections::BTreeMap;

use serde::Serialize;
use tollbridge_report::hop::Phases;
use tollbridge_report::names::Phase;
use tollbridge_report::{Report, WholeHop};

use crate::Error;
use crate::harmless::harmless;
use crate::write::label::Labels;
use crate::write::phase::{Thread, divided, look};
use crate::write::undrawn::{failed, nothing_to_draw};

const CATEGORY: &str = "tollbridge";

/// A file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    display_time_unit: &'static str,
    trace_events: Vec<Event>,
}

/// An event. Which of the optional fields there are depends on `ph`.
#[derive(Default, Serialize)]
struct Event {
    ph: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    pid: u32,
    tid: u32,
    /// In us.
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    /// In us.
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `e`: a flow ends in the slice around it, not in the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Args>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Args {
    /// Of a process or thread.
    Name { name: String },
    /// Where a thread stands among the others.
    Order { sort_index: u32 },
    /// Of a hop.
    Hop { site: String, job: String, arm: &'static str, detail: &'static str, outcome: &'static str, hop_ns: u64 },
}

pub(super) fn write(report: &Report) -> Result<Vec<u8>, Error> {
    let hops = report.timeline.as_ref().map_or(&[][..], |timeline| &timeline.hops);
    if hops.is_empty() {
        return Err(nothing_to_draw(if report.timeline.is_none() {
            "the report holds no whole hops; run the app with TOLLBRIDGE_TIMELINE=on, or arm it with_timeline, and export \
             its report.json"
        } else {
            "no hop ended; let the app run for longer"
        }));
    }
    let (labels, processes) = (Labels::of(report), Processes::of(report));
    let mut events = processes.named();
    events.extend(threads(hops));
    for (number, hop) in (1..).zip(hops) {
        let label = labels.find((&hop.site, &hop.job)).unwrap_or(OTHER);
        DrawnHop { hop, label, number, start_ns: processes.start_ns(hop.pid) }.draw(&mut events);
    }
    let trace = Trace { display_time_unit: "ns", trace_events: events };
    serde_json::to_vec(&trace).map_err(|source| failed("the trace", source.into()))
}

/// What a hop is called whose site has no hops in the tables: of a report that was changed by hand.
const OTHER: &str = "hop";

/// When each process's capture began, in ns since the first one did.
struct Processes<'a>(Vec<(u32, &'a str, u64)>);

impl<'a> Processes<'a> {
    fn of(report: &'a Report) -> Self {
        let first = report.processes.iter().map(|process| process.started_unix_ms).min().unwrap_or(0);
        let since = |ms: u64| (ms - first).saturating_mul(1_000_000);
        let process = report.processes.iter().map(|p| (p.pid, p.exe.as_str(), since(p.started_unix_ms)));
        Self(process.collect())
    }

    fn start_ns(&self, pid: u32) -> u64 {
        self.0.iter().find(|process| process.0 == pid).map_or(0, |process| process.2)
    }

    fn named(&self) -> Vec<Event> {
        let name =
            |&(pid, exe, _): &(u32, &str, u64)| metadata("process_name", pid, 0, Args::Name { name: harmless(exe) });
        self.0.iter().map(name).collect()
    }
}

fn metadata(name: &str, pid: u32, tid: u32, args: Args) -> Event {
    Event { ph: "M", name: name.to_owned(), pid, tid, args: Some(args), ..Event::default() }
}

/// Names of the threads; those that call and await stand above those of the pool.
fn threads(hops: &[WholeHop]) -> Vec<Event> {
    let mut pool: BTreeMap<(u32, u32), bool> = BTreeMap::new();
    for hop in hops {
        for thread in [hop.caller, hop.awaiter].into_iter().flatten() {
            pool.entry((hop.pid, thread)).or_insert(false);
        }
        if let Some(thread) = hop.pool_thread {
            pool.insert((hop.pid, thread), true);
        }
    }
    let events = pool.into_iter().flat_map(|((pid, tid), is_pool)| {
        let name = if is_pool { format!("pool thread {tid}") } else { format!("thread {tid}") };
        let sort_index = tid.saturating_add(if is_pool { 1 << 20 } else { 0 });
        [
            metadata("thread_name", pid, tid, Args::Name { name }),
            metadata("thread_sort_index", pid, tid, Args::Order { sort_index }),
        ]
    });
    events.collect()
}

/// A hop on its way into the trace.
struct DrawnHop<'a> {
    hop: &'a WholeHop,
    label: &'a str,
    /// What its own track and its arrows are known by.
    number: u64,
    /// What its moments are counted from.
    start_ns: u64,
}

impl DrawnHop<'_> {
    fn draw(&self, events: &mut Vec<Event>) {
        let stretches = stretches(self.hop);
        events.push(self.own("b", self.label, self.hop.called_ns, Some(self.args())));
        for &(phase, from, to) in stretches.iter().filter(|(_, from, to)| to > from) {
            events.push(self.own("b", phase.as_str(), from, None));
            events.push(self.own("e", phase.as_str(), to, None));
        }
        events.push(self.own("e", self.label, self.hop.copied_ns.max(self.hop.called_ns), None));
        let mut arrows = Vec::new();
        for &(phase, from, to) in &stretches {
            let Some(thread) = self.thread(phase) else { continue };
            events.push(Event { dur: Some(us(to - from)), ..self.event("X", phase.as_str(), thread, from) });
            if phase != Phase::Publish {
                arrows.push((thread, from));
            }
        }
        let last = arrows.len().saturating_sub(1);
        // One end alone is no arrow.
        for (at, (thread, ns)) in arrows.into_iter().enumerate().filter(|_| last > 0) {
            let (ph, bp) = match at {
                0 => ("s", None),
                at if at == last => ("f", Some("e")),
                _ => ("t", None),
            };
            events.push(Event { id: Some(self.number.to_string()), bp, ..self.event(ph, "hop", thread, ns) });
        }
    }

    /// The thread that a phase occupies.
    fn thread(&self, phase: Phase) -> Option<u32> {
        match look(phase).thread? {
            Thread::Caller => self.hop.caller,
            Thread::Pool => self.hop.pool_thread,
            Thread::Awaiter => self.hop.awaiter,
        }
    }

    fn event(&self, ph: &'static str, name: &str, tid: u32, ns: u64) -> Event {
        let ts = Some(us(self.start_ns.saturating_add(ns)));
        Event { ph, name: name.to_owned(), cat: Some(CATEGORY), pid: self.hop.pid, tid, ts, ..Event::default() }
    }

    /// An event of the hop's own track.
    fn own(&self, ph: &'static str, name: &str, ns: u64, args: Option<Args>) -> Event {
        let tid = self.hop.caller.unwrap_or(0);
        Event { id: Some(format!("hop {}", self.number)), args, ..self.event(ph, name, tid, ns) }
    }

    fn args(&self) -> Args {
        let WholeHop { site, job, arm, detail, outcome, .. } = self.hop;
        Args::Hop {
            site: harmless(site),
            job: harmless(job),
            arm: arm.as_str(),
            detail: detail.as_str(),
            outcome: outcome.as_str(),
            hop_ns: self.hop.hop_ns(),
        }
    }
}

/// From when to when each phase lasted, in time order. Of a hop that was not joined, those that were seen.
fn stretches(hop: &WholeHop) -> Vec<(Phase, u64, u64)> {
    let stamps = hop.stamps();
    if let Some(phases) = Phases::of(&stamps) {
        let mut at = hop.called_ns;
        let stretch = |phase: Phase| {
            let from = at;
            at += phases.get(phase);
            (phase, from, at)
        };
        return divided().map(stretch).collect();
    }
    let seen = [
        (Phase::Submit, Some(hop.called_ns), stamps.returned),
        (Phase::Reach, Some(hop.called_ns), stamps.run_start.filter(|_| stamps.returned.is_none())),
        (Phase::Run, stamps.run_start, stamps.run_end),
        (Phase::Publish, stamps.run_end, stamps.published),
        (Phase::Transfer, stamps.ready, stamps.copied),
    ];
    let stretch = |(phase, from, to): (Phase, Option<u64>, Option<u64>)| {
        let (from, to) = (from?, to?);
        Some((phase, from, to.max(from)))
    };
    seen.into_iter().filter_map(stretch).collect()
}

/// Trace events count in us.
fn us(ns: u64) -> f64 {
    ns as f64 / 1e3
}
