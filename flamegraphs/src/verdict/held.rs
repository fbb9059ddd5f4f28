//! Jobs that hold threads for long or for good: which sites' they are, and who waits meanwhile.
//!
//! Three rules rest on it: `stuck`, `leak`, and `backlog`, which has to count such threads as taken.

use tollbridge_report::names::Outcome;
use tollbridge_report::{Distribution, LiveSite};

use super::evidence;
use super::facts::{Facts, LONGEST_CROSSING_NS, OLD_NS, SHARE, Site, name};
use crate::compare::SiteName;
use crate::units;

/// The share of a pool's threads from which those that hold them matter.
pub(super) const MATTERS: f64 = 0.25;
/// A handle that was dropped sooner was never waited for: the app meant to let the job go.
const WAITED_NS: f64 = 1_000_000.0;

/// Jobs of one site that run although nobody waits for them any more.
#[derive(Clone, Debug)]
pub(super) struct Abandoned {
    pub(super) site: SiteName,
    /// How many run now.
    pub(super) running: u64,
    /// How many handles were dropped after they had been waited for.
    pub(super) dropped: u64,
    /// How long these were waited for, on the mean.
    pub(super) waited_ns: f64,
    /// How long such jobs run: those that ended, and of the others the age so far.
    pub(super) run_ns: f64,
    /// How long they held threads.
    pub(super) held_ns: f64,
}

/// Sites with jobs that were given up, most thread time first.
pub(super) fn abandoned(facts: &Facts<'_>) -> Vec<Abandoned> {
    let mut found: Vec<Abandoned> = facts.named().filter_map(|site| of_site(facts, site)).collect();
    found.sort_by(|a, b| b.held_ns.total_cmp(&a.held_ns));
    found
}

fn of_site(facts: &Facts<'_>, site: &Site<'_>) -> Option<Abandoned> {
    let live = facts.live(site);
    let running = live.map_or(0, |live| live.abandoned);
    let (mut waited, mut runs) = (Distribution::default(), Distribution::default());
    let groups = facts.report.groups.iter().filter(|group| {
        group.key.outcome == Outcome::Detached && (group.key.site.as_str(), group.key.job.as_str()) == site.key
    });
    for group in groups {
        waited.merge(&group.hop_ns);
        group.phases.get(&tollbridge_report::names::Phase::Run).into_iter().for_each(|run| runs.merge(run));
    }
    let waited_ns = waited.mean().filter(|&ns| ns >= WAITED_NS)?;
    let so_far = live.map_or(0.0, |live| mean_age(live) * running as f64);
    let held_ns = runs.sum() as f64 + so_far;
    let jobs = runs.count() + running;
    let run_ns = held_ns / jobs.max(1) as f64;
    (jobs > 0 && run_ns > waited_ns).then(|| Abandoned {
        site: site.name(),
        running,
        dropped: waited.count(),
        waited_ns,
        run_ns,
        held_ns,
    })
}

/// The mean age of a site's running jobs.
pub(super) fn mean_age(live: &LiveSite) -> f64 {
    live.running.total_ns as f64 / live.running.count.max(1) as f64
}

/// Jobs that have run for most of the capture and were not given up.
#[derive(Clone, Debug)]
pub(super) struct Endless {
    pub(super) site: SiteName,
    pub(super) running: u64,
    pub(super) oldest_ns: u64,
    /// Jobs of the site that ended.
    pub(super) ended: u64,
}

/// The share of the capture from which a job runs for all of it.
const ENDLESS: f64 = 0.5;
/// A job that ends after some time has been seen to: one that runs for this many of the site's mean runs is another kind.
const MEANS: f64 = 20.0;

/// Sites with jobs that do not end, most of them first.
pub(super) fn endless(facts: &Facts<'_>) -> Vec<Endless> {
    let Some((live, lasted)) = facts.report.live.as_ref().zip(facts.lasted_ns()) else { return Vec::new() };
    let mut found: Vec<Endless> = live
        .sites
        .iter()
        .filter_map(|live_site| {
            let running = live_site.running.count.saturating_sub(live_site.abandoned);
            let key = (live_site.site.as_str(), live_site.job.as_str());
            let site = facts.named().find(|site| site.key == key);
            let mean_run = site.and_then(|site| site.mean(tollbridge_report::names::Phase::Run)).unwrap_or(0.0);
            let age = mean_age(live_site);
            let long = age >= ENDLESS * lasted && age >= OLD_NS as f64 && age >= MEANS * mean_run;
            (running > 0 && long && !waits_for_a_hop(facts, live_site)).then(|| Endless {
                site: name(&live_site.site, &live_site.job),
                running,
                oldest_ns: live_site.running.oldest_ns,
                ended: site.map_or(0, |site| site.hops),
            })
        })
        .collect();
    found.sort_by_key(|endless| std::cmp::Reverse(endless.running));
    found
}

/// Whether running jobs of a site wait for hops of their own: then these are why.
fn waits_for_a_hop(facts: &Facts<'_>, site: &LiveSite) -> bool {
    let waits = facts.report.live.iter().flat_map(|live| &live.waits);
    waits.into_iter().any(|wait| (&wait.site, &wait.job) == (&site.site, &site.job))
}

/// Threads that jobs hold for good or long beyond their callers, of a process.
pub(super) fn threads(facts: &Facts<'_>) -> u64 {
    let endless: u64 = endless(facts).iter().map(|endless| endless.running).sum();
    let abandoned: u64 = abandoned(facts).iter().map(|abandoned| abandoned.running).sum();
    endless + abandoned
}

/// Who waits for threads, as a sentence: sites whose calls are queued, or were for a good part of their time.
pub(super) fn victims(facts: &Facts<'_>, culprit: &SiteName) -> Option<String> {
    let others = facts.named().filter(|site| &site.name() != culprit);
    let waiting: Vec<String> = others
        .filter_map(|site| {
            let queued = facts.live(site).map(|live| live.queued).filter(|queued| queued.oldest_ns >= OLD_NS);
            if let Some(queued) = queued {
                let age = units::duration_spaced(queued.oldest_ns as f64);
                return Some(format!(
                    "{} of {} ({age} the oldest)",
                    units::counted(queued.count, "call", "calls"),
                    evidence::place(&site.name())
                ));
            }
            let (waits, hop) = (facts.waits_ns(site)?, site.hop_ns.mean()?);
            (waits >= SHARE * hop && waits >= LONGEST_CROSSING_NS)
                .then(|| format!("calls of {} ({} each)", evidence::place(&site.name()), units::duration_spaced(waits)))
        })
        .take(3)
        .collect();
    (!waiting.is_empty()).then(|| format!("meanwhile these wait for a thread: {}", evidence::list(&waiting)))
}
