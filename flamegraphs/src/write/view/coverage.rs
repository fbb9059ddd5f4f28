//! How much of what the pool's threads do is in the jobs that are shown, by CPU time.
//!
//! # The arithmetic
//! A site's jobs use `busy x cpu / run` of CPU time: the time that they ran, those included that still do, times the share of CPU
//! in the sample of the site. The sum over all sites is divided by the CPU time of the pool's threads. Between two jobs a thread gives the
//! outcome back, fetches the next job, sleeps and wakes: the mean of a sample, times the jobs.
//!
//! # Limits
//! A lower bound: sites without a sample add nothing, and neither does what ran in captures that were merged and had not ended. A job that
//! waits uses no CPU time, so nothing is said of how many jobs are not seen, nor of how long these hold their threads.
//! Where tokio itself told of its jobs ([`Observed`]), none is missing, and which of them came through tollbridge's own calls is known.

use std::collections::BTreeMap;

use tollbridge_report::names::Phase;
use tollbridge_report::{Observed, Report};

use crate::run;
use crate::units::{self, unbroken};

/// What reaches the pool past tollbridge.
const NOT_SEEN: &str = "direct tokio::fs, open-file I/O, DNS and dependencies";

/// Shares of the CPU time of the pool's threads.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Coverage {
    /// In jobs that are shown, at least.
    seen: f64,
    /// Giving outcomes back and jobs out; `None` if no thread was looked at.
    handing_over: Option<f64>,
    /// How many jobs were looked at.
    sampled: u64,
}

/// How long the jobs of each site and job ran, those included that still do.
pub(in crate::write) fn busy(report: &Report) -> BTreeMap<(&str, &str), u64> {
    let ended = report.sites.iter().map(|site| ((site.site.as_str(), site.job.as_str()), site.busy_ns));
    let running = report.live.iter().flat_map(|live| &live.sites);
    let running = running.map(|site| ((site.site.as_str(), site.job.as_str()), site.running.total_ns));
    let mut busy: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (key, ns) in ended.chain(running) {
        let own = busy.entry(key).or_default();
        *own = own.saturating_add(ns);
    }
    busy
}

impl Coverage {
    fn of(report: &Report) -> Option<Self> {
        // The CPU time of threads beyond the cap is not in the pool's, and their jobs are in the sites'.
        let pool_ns = report.pool.cpu_ns.filter(|&ns| ns > 0 && report.dropped.threads == 0)? as f64;
        let sampled = report.cpu.iter().map(|cpu| cpu.jobs).fold(0, u64::saturating_add);
        if sampled == 0 {
            return None;
        }
        let busy = busy(report);
        let of_site = report.cpu.iter().filter(|cpu| cpu.run_ns > 0).filter_map(|cpu| {
            let busy_ns = *busy.get(&(cpu.site.as_str(), cpu.job.as_str()))? as f64;
            Some(busy_ns * (cpu.cpu_ns as f64 / cpu.run_ns as f64).min(1.0))
        });
        let seen = (of_site.sum::<f64>() / pool_ns).min(1.0);
        let between = report.pool.between;
        let handing_over = (between.count > 0).then(|| {
            let ns = between.cpu_ns as f64 / between.count as f64 * jobs(report) as f64;
            (ns / pool_ns).min(1.0 - seen)
        });
        Some(Self { seen, handing_over, sampled })
    }
}

/// How many jobs ran, those included that still do.
fn jobs(report: &Report) -> u64 {
    let ended = report.groups.iter().filter_map(|group| group.phases.get(&Phase::Run)).map(|run| run.count());
    let running = report.live.iter().flat_map(|live| &live.sites).map(|site| site.running.count);
    ended.chain(running).fold(0, u64::saturating_add)
}

/// That every job is known, and which of them came another way.
fn shares(&Observed { jobs, imported, workers }: &Observed) -> String {
    let all = format!("tokio reported every job ({})", units::count(jobs));
    let imported = (imported > 0).then(|| {
        let share = unbroken(&units::percent(imported as f64, jobs as f64));
        format!(": {} ({share}) came through tollbridge's own calls", units::count(imported))
    });
    let workers = (workers > 0).then(|| {
        format!("; beside these, workers of the runtime took a thread {}", units::counted(workers, "time", "times"))
    });
    [Some(all), imported, workers].into_iter().flatten().collect()
}

/// A part of a sentence each.
pub(in crate::write) fn told(report: &Report) -> Vec<String> {
    let observed = run::every_job(report);
    let Some(Coverage { seen, handing_over, sampled }) = Coverage::of(report) else {
        let unknown = "how much of the pool's CPU time they use is not known here".to_owned();
        return match observed {
            Some(observed) => vec![shares(observed), unknown],
            None => vec![
                "calls through tollbridge alone".to_owned(),
                format!("{NOT_SEEN} use the same pool and are not counted"),
                "how much of its CPU time they use is not known here".to_owned(),
            ],
        };
    };
    let share = |share: f64| unbroken(&units::percent(share, 1.0));
    // Rounded down, as it is a lower bound.
    let at_least = if seen >= 0.99 {
        "nearly all".to_owned()
    } else {
        unbroken(&format!("at least {:.0} %", (100.0 * seen).floor()))
    };
    let mut parts: Vec<String> = observed.map(shares).into_iter().collect();
    parts.push(format!("{at_least} of the pool threads' CPU time is in the jobs shown"));
    if let Some(handing_over) = handing_over.filter(|&handing_over| handing_over > 0.0) {
        parts.push(format!("handing jobs out and results back takes {}", share(handing_over)));
    }
    let rest = 1.0 - seen - handing_over.unwrap_or(0.0);
    if rest >= 0.005 {
        let where_it_is = if observed.is_some() {
            "cannot be assigned".to_owned()
        } else {
            format!("is in jobs that are not seen ({NOT_SEEN}), or cannot be assigned")
        };
        parts.push(format!("the other {} {where_it_is}", share(rest)));
    }
    parts.push(format!("estimated from a sample of {}", units::counted(sampled, "job", "jobs")));
    if observed.is_none() {
        parts.push("jobs that wait use no CPU time, so the number of jobs that are not seen is unknown".to_owned());
    }
    parts
}

#[cfg(test)]
mod tests {
    use tollbridge_report::names::{Arm, Detail, Outcome};
    use tollbridge_report::{Aged, Between, Distribution, Dropped, GroupKey, HopGroup, Live, LiveSite, Pool, SiteCpu};

    use super::*;

    /// 100 jobs of 1,000 ns of one site that computes for half of that, 10 of another one of 10,000 ns that waits.
    fn report() -> Report {
        let group = |site: &str, jobs: u64, ns: u64| {
            let mut run = Distribution::default();
            (0..jobs).for_each(|_| run.add(ns));
            let outcome = Outcome::Joined;
            let key = GroupKey {
                site: site.to_owned(),
                job: String::new(),
                arm: Arm::Snapshot,
                detail: Detail::Phases,
                outcome,
            };
            HopGroup { phases: [(Phase::Run, run)].into(), ..HopGroup::new(key) }
        };
        let cpu = |site: &str, jobs, run_ns, cpu_ns| SiteCpu {
            site: site.to_owned(),
            job: String::new(),
            jobs,
            run_ns,
            cpu_ns,
        };
        let mut report = Report {
            groups: vec![group("a:1:1", 100, 1_000), group("b:1:1", 10, 10_000)],
            cpu: vec![cpu("a:1:1", 4, 4_000, 2_000), cpu("b:1:1", 2, 20_000, 200)],
            pool: Pool { cpu_ns: Some(100_000), between: Between { count: 5, cpu_ns: 500 }, ..Pool::default() },
            ..Report::default()
        };
        report.derive();
        report
    }

    #[test]
    fn shares_are_those_of_the_pools_cpu_time() {
        // 100 x 1,000 / 2 + 10 x 10,000 / 100 of 100,000; 110 x 100.
        let expected = Coverage { seen: 0.51, handing_over: Some(0.11), sampled: 6 };
        assert_eq!(Coverage::of(&report()), Some(expected));
        let told = told(&report()).join("; ").replace('\u{a0}', " ");
        for part in [
            "at least 51 % of the pool threads' CPU time is in the jobs shown; handing jobs out and results back takes 11 %; ",
            "the other 38 % is in jobs that are not seen (direct tokio::fs, open-file I/O, DNS and dependencies), or cannot",
            "a sample of 6 jobs",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }

    #[test]
    fn jobs_that_run_still_are_counted() {
        let mut report = report();
        let running = Aged { count: 10, oldest_ns: 9_000, total_ns: 40_000 };
        let site = LiveSite { site: "a:1:1".to_owned(), running, ..LiveSite::default() };
        report.live = Some(Live { sites: vec![site], ..Live::default() });
        // Half of 40,000 and 10 jobs more.
        assert_eq!(Coverage::of(&report), Some(Coverage { seen: 0.71, handing_over: Some(0.12), sampled: 6 }));
    }

    #[test]
    fn where_tokio_told_of_all_jobs_none_is_missing() {
        let of = |jobs, imported, workers| Report { observed: Some(Observed { jobs, imported, workers }), ..report() };
        let said = |report: &Report| told(report).join("; ").replace('\u{a0}', " ");
        assert_eq!(
            said(&of(1_750, 350, 3)),
            "tokio reported every job (1,750): 350 (20 %) came through tollbridge's own calls; beside these, workers of the \
             runtime took a thread 3 times; at least 51 % of the pool threads' CPU time is in the jobs shown; handing jobs out and results \
             back takes 11 %; the other 38 % cannot be assigned; estimated from a sample of 6 jobs"
        );
        let unknown = Report { cpu: Vec::new(), ..of(1, 0, 0) };
        assert_eq!(
            said(&unknown),
            "tokio reported every job (1); how much of the pool's CPU time they use is not known here"
        );
        assert_eq!(said(&of(0, 0, 4)), said(&report()), "it saw nothing at all");
    }

    #[test]
    fn a_site_without_a_sample_adds_nothing() {
        let mut report = report();
        report.cpu.pop();
        assert_eq!(Coverage::of(&report).unwrap().seen, 0.5);
        report.cpu[0].run_ns = 0;
        assert_eq!(Coverage::of(&report).unwrap().seen, 0.0);
    }

    #[test]
    fn there_is_no_more_than_all_of_it() {
        let mut report = report();
        report.pool.cpu_ns = Some(55_000);
        let coverage = Coverage::of(&report).unwrap();
        assert!((coverage.seen + coverage.handing_over.unwrap() - 1.0).abs() < 1e-9, "{coverage:?}");
        assert!(!told(&report).join("; ").contains("the other"));
        report.pool.cpu_ns = Some(1);
        report.cpu[0].cpu_ns = u64::MAX;
        assert_eq!(Coverage::of(&report), Some(Coverage { seen: 1.0, handing_over: Some(0.0), sampled: 6 }));
    }

    #[test]
    fn what_is_not_known_is_said_to_be() {
        let unknown = "how much of its CPU time they use is not known here";
        for unknowing in [
            Report { pool: Pool::default(), ..report() },
            Report { cpu: Vec::new(), ..report() },
            Report { dropped: Dropped { threads: 1, ..Dropped::default() }, ..report() },
            Report { pool: Pool { cpu_ns: Some(0), ..report().pool }, ..report() },
        ] {
            assert_eq!(Coverage::of(&unknowing), None);
            assert_eq!(told(&unknowing)[2], unknown);
        }
        let mut report = report();
        report.pool.between = Between::default();
        assert_eq!(Coverage::of(&report).unwrap().handing_over, None);
        assert!(!told(&report).join("; ").contains("handing"));
    }
}
