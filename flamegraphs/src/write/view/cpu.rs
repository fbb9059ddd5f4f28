//! CPU time: what the process used of it, and how much of a job's run it is.
//!
//! A job that is not on a processor waits: for a disk, a lock, a reply, or for a processor. Of the last the system tells the sum over all
//! threads of the process. Where that could be most of what a site's jobs waited for, nothing surer can be said.

use tollbridge_report::names::Phase;
use tollbridge_report::{Report, SiteCpu};

use super::coverage::busy;
use super::{Grid, View};
use crate::units::{self, unbroken};

/// From this share of CPU time on a job computes, and up to the other one it waits.
const COMPUTES: f64 = 0.8;
const WAITS: f64 = 0.2;
/// The wait for a processor explains a wait if it is at least this share of it.
const EXPLAINS: f64 = 0.5;
/// Shares of a machine's CPU time from which other processes, and the host, are worth a word.
const OTHERS: f64 = 0.2;
const STOLEN: f64 = 0.02;
/// The machine's times are known to 10 ms; less than this is not divided.
const LEAST_MACHINE_NS: u64 = 500_000_000;
/// From this share of its CPU time on a process's wait for processors is worth a word.
const WAITED: f64 = 0.05;

/// What the process used, a part of a sentence each; empty where that is not known.
pub(in crate::write) fn process(report: &Report) -> Vec<String> {
    let known: Option<Vec<_>> = report.processes.iter().map(|process| Some((process, process.cpu?))).collect();
    let Some(known) = known.filter(|known| !known.is_empty()) else { return Vec::new() };
    let cpu_ns = known.iter().map(|(_, cpu)| cpu.cpu_ns).fold(0, u64::saturating_add);
    let lasted = known.iter().map(|(process, _)| process.duration_ns).fold(0, u64::saturating_add);
    let could = known.iter().map(|(process, cpu)| process.duration_ns as f64 * f64::from(cpu.processors)).sum::<f64>();
    let shown = |ns: u64| unbroken(&units::duration_spaced(ns as f64));
    let who = if known.len() == 1 { "the process" } else { "the processes" };
    let used = format!("{who} used {} of CPU time in {}", shown(cpu_ns), shown(lasted));
    let share = (could > 0.0).then(|| unbroken(&units::percent(cpu_ns as f64, could)));
    let used = match (share, &known[..]) {
        (None, _) => used,
        (Some(share), [(_, cpu)]) => {
            let processors = units::counted(cpu.processors.into(), "processor", "processors");
            format!("{used}, {share} of {processors}")
        }
        (Some(share), _) => format!("{used}, {share} of the processors they may use"),
    };
    let mut parts = vec![used];
    if let Some(waited) = waited_ns(report).filter(|&ns| ns as f64 >= WAITED * cpu_ns.max(1) as f64) {
        parts.push(format!("threads that could run waited at least {} for a processor", shown(waited)));
    }
    if let [(_, cpu)] = &known[..] {
        parts.extend(cpu.machine.iter().flat_map(|machine| {
            let whole = machine.busy_ns.saturating_add(machine.idle_ns).saturating_add(machine.stolen_ns);
            let told = |ns: u64, least: f64, what: fn(String) -> String| {
                let notable = whole >= LEAST_MACHINE_NS && ns as f64 >= least * whole as f64;
                notable.then(|| what(unbroken(&units::percent(ns as f64, whole as f64))))
            };
            let others = told(machine.busy_ns.saturating_sub(cpu.cpu_ns), OTHERS, |share| {
                format!("the machine was busy with other processes: {share} of its CPU time")
            });
            let stolen =
                told(machine.stolen_ns, STOLEN, |share| format!("the host withheld {share} of its CPU time (stolen)"));
            [others, stolen].into_iter().flatten()
        }));
    }
    parts
}

/// How long threads of all processes waited for a processor, at least; `None` if that is not known of each.
fn waited_ns(report: &Report) -> Option<u64> {
    let all: Option<Vec<u64>> = report.processes.iter().map(|process| process.cpu?.wait_ns).collect();
    Some(all.filter(|all| !all.is_empty())?.into_iter().fold(0, u64::saturating_add))
}

/// Whether the wait for a processor can be most of a time that threads spent with something.
pub(in crate::write) fn explains(report: &Report, spent_ns: f64) -> bool {
    waited_ns(report).is_some_and(|waited| spent_ns > 0.0 && waited as f64 >= EXPLAINS * spent_ns)
}

/// CPU time of the sampled sites' jobs, those first that ran longest in all. No more than `most`. `None` without a sample.
pub(in crate::write) fn sites(view: &View<'_>, most: usize) -> Option<Grid> {
    let busy = busy(view.report);
    let busy_ns = |cpu: &SiteCpu| busy.get(&(cpu.site.as_str(), cpu.job.as_str())).copied().unwrap_or(0);
    let mut sampled: Vec<(&SiteCpu, u64)> = view.report.cpu.iter().map(|cpu| (cpu, busy_ns(cpu))).collect();
    sampled.retain(|(cpu, _)| cpu.jobs > 0 && cpu.run_ns > 0);
    sampled.sort_by_key(|&(_, busy_ns)| std::cmp::Reverse(busy_ns));
    let mut grid = Grid::new(&["CPU OF JOBS (a sample)"], &["jobs", "run", "CPU", "of run", "so a job"]);
    for &(cpu, busy_ns) in sampled.iter().take(most) {
        let each = |ns: u64| units::duration(ns as f64 / cpu.jobs as f64);
        let starved = explains(view.report, busy_ns as f64 * (1.0 - share(cpu)));
        grid.row(vec![
            view.find_label(&cpu.site, &cpu.job).unwrap_or_default().to_owned(),
            units::count(cpu.jobs),
            each(cpu.run_ns),
            each(cpu.cpu_ns),
            units::percent(share(cpu), 1.0),
            word(share(cpu), starved).to_owned(),
        ]);
    }
    (!grid.rows.is_empty()).then_some(grid)
}

fn share(cpu: &SiteCpu) -> f64 {
    (cpu.cpu_ns as f64 / cpu.run_ns.max(1) as f64).min(1.0)
}

/// `starved`: what it waited for may be a processor.
fn word(share: f64, starved: bool) -> &'static str {
    match (share >= COMPUTES, share <= WAITS, starved) {
        (true, ..) => "computes",
        (_, false, _) => "computes and waits",
        (_, _, true) => "waits, maybe for a CPU",
        _ => "waits",
    }
}

/// What a result waits for in `resume` beyond a wake, where other hops wait too.
pub(in crate::write) fn queueing(view: &View<'_>) -> &'static str {
    if explains(view.report, sum_ns(view, Phase::Resume)) {
        "its task waits for a processor, or behind other tasks in the run queue"
    } else {
        "its task waits behind others in the run queue"
    }
}

fn sum_ns(view: &View<'_>, phase: Phase) -> f64 {
    let lengths = view.facts.sites.iter().filter_map(|site| site.phases.get(&phase));
    lengths.map(|lengths| lengths.sum()).fold(0, u64::saturating_add) as f64
}

/// What a mean `start` above every thread start is.
pub(in crate::write) fn behind(view: &View<'_>) -> &'static str {
    if view.facts.every_job().is_some() {
        // All jobs were recorded but the workers that `block_in_place` moves to the pool.
        "waiting for a processor, or behind block_in_place"
    } else if explains(view.report, sum_ns(view, Phase::Start)) {
        "waiting for a processor, or behind jobs that are not seen"
    } else {
        "waiting behind jobs that are not seen"
    }
}

#[cfg(test)]
mod tests {
    use tollbridge_report::{Machine, Process, ProcessCpu};

    use super::*;

    fn of(cpu: ProcessCpu) -> Report {
        let process = Process { duration_ns: 2_000_000_000, cpu: Some(cpu), ..Process::default() };
        Report { processes: vec![process], ..Report::default() }
    }

    fn said(report: &Report) -> String {
        process(report).join("; ").replace('\u{a0}', " ")
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_process_is_told_with_what_is_notable() {
        let quiet = ProcessCpu { processors: 2, cpu_ns: SECOND, wait_ns: Some(49_000_000), machine: None };
        let used = "the process used 1.00 s of CPU time in 2.00 s, 25 % of 2 processors";
        assert_eq!(said(&of(quiet)), used);
        let waited = ProcessCpu { wait_ns: Some(50_000_000), ..quiet };
        assert_eq!(
            said(&of(waited)),
            format!("{used}; threads that could run waited at least 50.0 ms for a processor")
        );
        let machine = Machine { busy_ns: 28 * SECOND / 10, idle_ns: 11 * SECOND / 10, stolen_ns: SECOND / 10 };
        let busy = ProcessCpu { machine: Some(machine), ..quiet };
        assert_eq!(
            said(&of(busy)),
            format!(
                "{used}; the machine was busy with other processes: 45 % of its CPU time; the host withheld 2.5 % of its CPU \
                 time (stolen)"
            )
        );
        let short = Machine { busy_ns: 40_000_000, idle_ns: 0, stolen_ns: 40_000_000 };
        assert_eq!(said(&of(ProcessCpu { machine: Some(short), ..quiet })), used);
    }

    #[test]
    fn several_processes_are_added_up_if_all_are_known() {
        let one = ProcessCpu { processors: 2, cpu_ns: SECOND, wait_ns: None, machine: None };
        let mut report = of(one);
        report.processes.extend(of(one).processes);
        assert_eq!(
            said(&report),
            "the processes used 2.00 s of CPU time in 4.00 s, 25 % of the processors they may use"
        );
        report.processes[0].cpu = None;
        assert_eq!(said(&report), "");
        assert_eq!(said(&Report::default()), "");
    }

    #[test]
    fn what_no_process_can_have_used_is_survived() {
        let most = Machine { busy_ns: u64::MAX, idle_ns: u64::MAX, stolen_ns: u64::MAX };
        let cpu = ProcessCpu { processors: u32::MAX, cpu_ns: u64::MAX, wait_ns: Some(u64::MAX), machine: Some(most) };
        let mut report = of(cpu);
        report.processes[0].duration_ns = u64::MAX;
        assert!(said(&report).starts_with("the process used"));
        report.processes[0].duration_ns = 0;
        assert!(said(&report).starts_with("the process used"));
    }

    #[test]
    fn words_follow_from_the_share_and_from_the_wait_for_a_processor() {
        for (share, starved, expected) in [
            (0.8, true, "computes"),
            (0.79, true, "computes and waits"),
            (0.21, false, "computes and waits"),
            (0.2, false, "waits"),
            (0.2, true, "waits, maybe for a CPU"),
        ] {
            assert_eq!(word(share, starved), expected, "{share} {starved}");
        }
        let report = of(ProcessCpu { wait_ns: Some(50), ..ProcessCpu::default() });
        assert_eq!([100.0, 101.0, 0.0].map(|ns| explains(&report, ns)), [true, false, false]);
        assert!(!explains(&of(ProcessCpu::default()), 1.0));
    }
}
