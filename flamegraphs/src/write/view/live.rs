//! What was in flight when the report was taken: per site, who waits for whom, and what needs to be known before anything else.

use std::cmp::Reverse;

use tollbridge_report::{Aged, Deadlock, Live, LiveSite, Wait};

use super::{Grid, View};
use crate::units::{self, unbroken};

/// Alarms, and waits, beyond these are only counted.
const MAX_ALARMS: usize = 3;
const MAX_WAITS: usize = 5;
/// Jobs that nobody waits for are worth a first line if they hold at least this share of the pool's threads, and more than one, and
/// their site's oldest job runs for that long: a pool that is shut down leaves some short ones.
const ABANDONED: f64 = 0.1;
const ABANDONED_NS: u64 = 1_000_000_000;

/// What was in flight.
pub(in crate::write) struct InFlight {
    /// What the section tells of, and how many there are.
    pub(in crate::write) heading: String,
    /// A row a site; its last cell says what is wrong, if anything is.
    pub(in crate::write) sites: Grid,
    /// Of each row: whether something is wrong.
    pub(in crate::write) wrong: Vec<bool>,
    /// Who waits for whom, what has no row, and what the words mean.
    pub(in crate::write) notes: Vec<String>,
}

impl InFlight {
    /// `None` where that is not known, or nothing was in flight. No more than `most` sites.
    pub(in crate::write) fn of(view: &View<'_>, most: usize) -> Option<Self> {
        let live = view.report.live.as_ref()?;
        let shown: Vec<&LiveSite> = live.sites.iter().filter(|site| count(site) > 0).collect();
        if shown.is_empty() && live.unlisted == 0 {
            return None;
        }
        let (sites, wrong) = table(view, shown, most);
        Some(Self { heading: heading(view, live), sites, wrong, notes: notes(view, live, most) })
    }
}

/// Something of a site.
type Of<T> = fn(&LiveSite) -> T;

fn count(site: &LiveSite) -> u64 {
    [site.queued, site.running, site.finished].map(|aged| aged.count).into_iter().fold(0, u64::saturating_add)
}

fn oldest_ns(site: &LiveSite) -> u64 {
    [site.queued, site.running, site.finished].map(|aged| aged.oldest_ns).into_iter().max().unwrap_or(0)
}

fn sum(live: &Live, of: Of<u64>) -> u64 {
    live.sites.iter().map(of).fold(0, u64::saturating_add)
}

fn heading(view: &View<'_>, live: &Live) -> String {
    let complete = view.report.processes.iter().all(|process| process.complete);
    let when = if complete {
        "calls that had not ended when the capture did"
    } else {
        "calls at the last checkpoint; the process was killed, or still runs"
    };
    let counts = [
        (sum(live, |site| site.queued.count), "queued"),
        (sum(live, |site| site.running.count), "running"),
        (sum(live, |site| site.finished.count), "finished and not taken"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", units::count(*n))).collect();
    if counts.is_empty() { when.to_owned() } else { format!("{when}: {}", counts.join(", ")) }
}

/// The sites in the order of what is wrong with them, how many calls they have, and how old these are.
fn table(view: &View<'_>, mut sites: Vec<&LiveSite>, most: usize) -> (Grid, Vec<bool>) {
    sites.sort_by_key(|site| Reverse((site.stuck, count(site), oldest_ns(site))));
    let states: [(&str, Of<Aged>); 3] =
        [("queued", |site| site.queued), ("running", |site| site.running), ("not taken", |site| site.finished)];
    let states: Vec<_> = states.into_iter().filter(|(_, of)| sites.iter().any(|site| of(site).count > 0)).collect();
    let heads: Vec<&str> = states.iter().map(|(name, _)| *name).chain(["of these"]).collect();
    let mut grid = Grid::new(&["COUNT (AGE OF OLDEST)"], &heads);
    let mut wrong = Vec::new();
    for site in sites.iter().take(most) {
        let mut row = vec![view.find_label(&site.site, &site.job).unwrap_or_default().to_owned()];
        for (_, of) in &states {
            let Aged { count, oldest_ns, .. } = of(site);
            let oldest = if count > 0 { format!(" ({})", units::duration(oldest_ns as f64)) } else { String::new() };
            row.push(format!("{}{oldest}", units::count(count)));
        }
        let marks = [(site.stuck, "stuck"), (site.abandoned, "abandoned"), (site.nested, "nested")];
        let marks: Vec<String> =
            marks.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", units::count(*n))).collect();
        row.push(marks.join(", "));
        grid.row(row);
        wrong.push(site.stuck > 0 || site.abandoned > 0);
    }
    (grid, wrong)
}

fn notes(view: &View<'_>, live: &Live, most: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let sites = live.sites.iter().filter(|site| count(site) > 0).count();
    if let Some(more) = sites.checked_sub(most).filter(|&more| more > 0) {
        notes.push(format!("and {}", units::counted(more as u64, "more site", "more sites")));
    }
    if live.unlisted > 0 {
        let calls = units::counted(live.unlisted, "call", "calls");
        notes.push(format!("{calls} more cannot be listed: their sites and states are not known"));
    }
    notes.extend(live.waits.iter().take(MAX_WAITS).map(|wait| waits(view, wait)));
    if let Some(more) = live.waits.len().checked_sub(MAX_WAITS).filter(|&more| more > 0) {
        notes.push(format!(
            "and {} of jobs that wait for queued calls",
            units::counted(more as u64, "more pair", "more pairs")
        ));
    }
    if sum(live, |site| site.stuck) > 0 {
        let after = unbroken(&units::duration_spaced(live.stuck_after_ns as f64));
        notes.push(format!("stuck: queued or running for {after} or longer (TOLLBRIDGE_STUCK sets this)"));
    }
    if sum(live, |site| site.abandoned) > 0 {
        notes.push(
            "abandoned: nobody waits for the job any more (a timeout, a lost select!), and it keeps its thread"
                .to_owned(),
        );
    }
    if sum(live, |site| site.nested) > 0 {
        notes.push("nested: called inside another job".to_owned());
    }
    notes
}

/// A pair of sites: the one whose jobs run, and the one whose calls these wait for.
fn pair<'v>(view: &'v View<'_>, wait: &'v Wait) -> (&'v str, &'v str) {
    let of = |site, job| view.find_label(site, job).unwrap_or_default();
    (of(&wait.site, &wait.job), of(&wait.queued_site, &wait.queued_job))
}

fn waits(view: &View<'_>, wait: &Wait) -> String {
    let (runs, queued) = pair(view, wait);
    let calls = units::counted(wait.count, "call", "calls");
    let (made, oldest) = (
        if wait.count == 1 { "was made inside a job of" } else { "were made inside jobs of" },
        unbroken(&units::duration_spaced(wait.oldest_ns as f64)),
    );
    let age = if wait.count == 1 { "for" } else { "the oldest for" };
    format!("{calls} of {queued} {made} {runs}, and wait for a thread, {age} {oldest}")
}

/// What must be known before anything else: deadlocks, then jobs that are stuck, then those that hold threads for nobody.
pub(in crate::write) fn alarms(view: &View<'_>) -> Vec<String> {
    let Some(live) = &view.report.live else { return Vec::new() };
    let mut alarms: Vec<String> = live.deadlocks.iter().take(MAX_ALARMS).map(|of| deadlock(view, of)).collect();
    if let Some(more) = live.deadlocks.len().checked_sub(MAX_ALARMS).filter(|&more| more > 0) {
        alarms.push(format!("and {}", units::counted(more as u64, "more deadlock", "more deadlocks")));
    }
    let site = |of: Of<u64>| live.sites.iter().filter(move |site| of(site) > 0).max_by_key(|site| of(site));
    let others = |of: Of<u64>| {
        let others = live.sites.iter().filter(|site| of(site) > 0).count().saturating_sub(1);
        if others == 0 {
            String::new()
        } else {
            format!(", and jobs of {}", units::counted(others as u64, "other site", "other sites"))
        }
    };
    // In a deadlock whatever waits becomes stuck.
    if let (true, Some(most)) = (live.deadlocks.is_empty(), site(|site| site.stuck)) {
        let label = view.find_label(&most.site, &most.job).unwrap_or_default();
        let after = unbroken(&units::duration_spaced(live.stuck_after_ns as f64));
        let (jobs, have) = (units::counted(most.stuck, "job", "jobs"), if most.stuck == 1 { "has" } else { "have" });
        alarms.push(format!(
            "STUCK {jobs} of {label}{} {have} been queued or running for {after} or longer",
            others(|site| site.stuck)
        ));
    }
    let threads = view.report.pool.threads_seen as f64;
    let abandoned = |site: &LiveSite| if site.running.oldest_ns < ABANDONED_NS { 0 } else { site.abandoned };
    let all = sum(live, abandoned);
    if let (true, Some(most)) = (all > 1 && all as f64 >= ABANDONED * threads, site(abandoned)) {
        let label = view.find_label(&most.site, &most.job).unwrap_or_default();
        alarms.push(format!(
            "ABANDONED {} of {label}{} still held a thread each, and nobody waited for them any more (a timeout, a lost select!)",
            units::counted(most.abandoned, "job", "jobs"),
            others(abandoned)
        ));
    }
    alarms
}

/// Both sites, and since when.
fn deadlock(view: &View<'_>, deadlock: &Deadlock) -> String {
    let of_runtime =
        if view.report.pools.len() > 1 { format!(" of runtime {}", deadlock.runtime) } else { String::new() };
    let (threads, run, wait) = match deadlock.running {
        1 => (format!("the only thread of the pool{of_runtime}"), "runs", "waits"),
        n => (format!("all {} threads of the pool{of_runtime}", units::count(n)), "run", "wait"),
    };
    let age = unbroken(&units::duration_spaced(deadlock.age_ns as f64));
    let Some(first) = deadlock.waits.first() else {
        return format!("DEADLOCK {threads} {wait} for calls that are queued behind them; no job began for {age}");
    };
    let (runs, queued) = pair(view, first);
    let more = match deadlock.waits.len() - 1 {
        0 => String::new(),
        more => format!(" ({} of sites do the same)", units::counted(more as u64, "other pair", "other pairs")),
    };
    let it = if deadlock.running == 1 { "it" } else { "them" };
    format!(
        "DEADLOCK {threads} {run} {runs} and {wait} for {queued}, which is queued behind {it}{more}; no job began for {age}"
    )
}
