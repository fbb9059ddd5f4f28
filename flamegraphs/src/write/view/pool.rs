//! The blocking pool, as far as tollbridge's jobs show it.

use tollbridge_report::names::{Phase, StartKind};
use tollbridge_report::{Distribution, RuntimePool};

use super::coverage::busy;
use super::{View, cpu, headline};
use crate::run;
use crate::units::{self, unbroken};

/// Runtimes beyond these are only counted.
const MAX_RUNTIMES: usize = 8;
/// A site is named as the busiest one from this share of the time on.
const BUSIEST: f64 = 0.5;

/// A part of a sentence each.
pub(in crate::write) fn told(view: &View<'_>) -> Vec<String> {
    let mut parts = vec![threads(view)];
    parts.extend(busiest(view));
    parts.extend(by_runtime(view));
    parts.extend(in_flight(view));
    if view.facts.is_crowded() && !view.facts.sites.is_empty() {
        parts.push("at that depth, resume is mostly queueing, not wake-up latency".to_owned());
    }
    let starts = starts(view);
    let whole: u64 = starts.iter().map(|(_, lengths)| lengths.count()).fold(0, u64::saturating_add);
    if whole > 0 {
        let shares =
            starts.iter().map(|(word, l)| format!("{word} {}", units::percent(l.count() as f64, whole as f64)));
        parts.push(format!("jobs started by: {}", shares.collect::<Vec<_>>().join(", ")));
    }
    if let (Some(p50), Some(p99)) = (starts[1].1.quantile(0.5), starts[1].1.quantile(0.99)) {
        parts.push(format!("handoff p50 {}, p99 {}", units::duration(p50), units::duration(p99)));
    }
    parts.extend(behind(view));
    parts
}

/// How many threads there are and what they do.
pub(in crate::write) fn brief(view: &View<'_>) -> Vec<String> {
    [Some(threads(view)), busiest(view), in_flight(view), behind(view)].into_iter().flatten().collect()
}

fn threads(view: &View<'_>) -> String {
    let pool = &view.report.pool;
    let seen = units::counted(pool.threads_seen, "thread", "threads") + " seen";
    if pool.thread_ns > 0 { format!("{seen}, {}", used(view)) } else { seen }
}

fn in_flight(view: &View<'_>) -> Option<String> {
    let hops = view.facts.under_way?;
    let hops = if hops < 999.5 { units::mean_count(hops) } else { units::rate(hops) };
    let calls = unbroken(&format!("in flight: {hops}"));
    let resuming = units::mean_count(view.facts.resuming);
    Some(format!("{calls} joined calls on average, {resuming} of them in resume"))
}

/// How busy the threads were: with every job where that is known, in an older report with those whose runs are.
fn used(view: &View<'_>) -> String {
    let pool = &view.report.pool;
    let Some(busy_ns) = pool.busy_ns else {
        let groups = view.report.groups.iter().filter_map(|group| group.phases.get(&Phase::Run));
        let run: u64 = groups.map(Distribution::sum).fold(0, u64::saturating_add);
        return format!("busy {} of the time", units::percent(run as f64, pool.thread_ns as f64));
    };
    let share = busy_share(busy_ns, pool.thread_ns);
    let at_a_time = run::length_ns(view.report).map(|lasted| busy_ns as f64 / lasted as f64);
    let at_a_time = at_a_time.map_or_else(String::new, |threads| {
        format!(" ({} of them on average)", units::mean_count(threads.min(pool.threads_seen as f64)))
    });
    format!("busy {share} of the time{at_a_time}")
}

/// Moments of a running thread are read one after the other, so that the sum may be a little more than all of it.
fn busy_share(busy_ns: u64, thread_ns: u64) -> String {
    units::percent(busy_ns.min(thread_ns) as f64, thread_ns as f64)
}

/// The site whose jobs held the threads for most of the time, if there is another one.
fn busiest(view: &View<'_>) -> Option<String> {
    let whole = view.report.pool.busy_ns.filter(|&ns| ns > 0)?;
    let busy = busy(view.report);
    let (&(site, job), &ns) = busy.iter().max_by_key(|(_, ns)| **ns)?;
    let notable = busy.len() > 1 && ns as f64 >= BUSIEST * whole as f64;
    let share = units::percent(ns.min(whole) as f64, whole as f64);
    notable.then(|| format!("{} accounts for {share} of the busy time", view.find_label(site, job).unwrap_or_default()))
}

/// The pools of several runtimes one by one; numbers of runtimes are those of one process.
fn by_runtime(view: &View<'_>) -> Option<String> {
    let pools = &view.report.pools;
    if pools.len() < 2 || view.report.processes.len() != 1 {
        return None;
    }
    let one = |pool: &RuntimePool| {
        let name = if pool.runtime == 0 { "others".to_owned() } else { format!("{}", pool.runtime) };
        let threads = units::counted(pool.threads_seen, "thread", "threads");
        let busy = (pool.thread_ns > 0).then(|| format!(", busy {}", busy_share(pool.busy_ns, pool.thread_ns)));
        unbroken(&format!("{name} ({threads}{})", busy.unwrap_or_default()))
    };
    let mut told: Vec<String> = pools.iter().take(MAX_RUNTIMES).map(one).collect();
    if let Some(more) = pools.len().checked_sub(MAX_RUNTIMES).filter(|&more| more > 0) {
        told.push(format!("and {} more", units::count(more as u64)));
    }
    Some(format!("by runtime: {}", told.join(", ")))
}

/// The site whose jobs came to their threads later than any thread starts.
fn behind(view: &View<'_>) -> Option<String> {
    let late = view.facts.sites.iter().filter(|site| headline::is_behind(site));
    let most =
        late.max_by(|a, b| a.mean(Phase::Start).unwrap_or(0.0).total_cmp(&b.mean(Phase::Start).unwrap_or(0.0)))?;
    let start = unbroken(&units::duration_spaced(most.mean(Phase::Start)?));
    Some(format!(
        "start of {} is {start} on average, longer than a thread takes to start: it is {}",
        view.label(most),
        cpu::behind(view)
    ))
}

/// How jobs got their threads, and how long that took.
pub(in crate::write) fn starts(view: &View<'_>) -> [(&'static str, Distribution); 3] {
    [
        (StartKind::Pickup, "waking an idle thread"),
        (StartKind::Handoff, "a thread finishing another job"),
        (StartKind::NewThread, "a new thread"),
    ]
    .map(|(kind, word)| {
        let mut all = Distribution::default();
        view.facts.sites.iter().filter_map(|site| site.starts.get(&kind)).for_each(|lengths| all.merge(lengths));
        (word, all)
    })
}
