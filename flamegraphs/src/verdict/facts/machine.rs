//! What the processors did meanwhile: for this process, and for others.

use tollbridge_report::Report;

/// A capture in which the machine had less time than this says nothing: the system counts it to 10 ms.
const LEAST_NS: f64 = 200_000_000.0;
/// From this share of the machine on, what others took of it may be what is measured.
const BUSY: f64 = 0.1;
/// From this share on, nothing gets a processor without waiting.
const FULL: f64 = 0.9;

/// Processors and who used them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    /// Processors that a process may use.
    pub(in crate::verdict) processors: f64,
    /// CPU time of all processes of the report.
    pub(in crate::verdict) cpu_ns: f64,
    /// The share of their processors' time that this is.
    pub(in crate::verdict) own: f64,
    /// The share of the machine that other processes and its host took; `None` where that is not known.
    pub(in crate::verdict) others: Option<f64>,
    /// How long threads were ready to run and had no processor.
    pub(in crate::verdict) wait_ns: Option<f64>,
}

impl Machine {
    pub(super) fn of(report: &Report) -> Option<Self> {
        let known = report.processes.iter().map(|process| Some((process.duration_ns, process.cpu?)));
        let all: Vec<_> = known.collect::<Option<_>>()?;
        let processors = all.iter().map(|(_, cpu)| f64::from(cpu.processors)).sum::<f64>() / all.len().max(1) as f64;
        let room: f64 = all.iter().map(|(lasted, cpu)| *lasted as f64 * f64::from(cpu.processors)).sum();
        if room <= 0.0 {
            return None;
        }
        let cpu_ns = all.iter().map(|(_, cpu)| cpu.cpu_ns as f64).sum::<f64>();
        let machines: Option<Vec<_>> = all.iter().map(|(_, cpu)| cpu.machine).collect();
        let others = machines.and_then(|machines| {
            let sum = |of: fn(&tollbridge_report::Machine) -> u64| {
                machines.iter().map(|machine| of(machine) as f64).sum::<f64>()
            };
            let (busy, idle, stolen) = (sum(|of| of.busy_ns), sum(|of| of.idle_ns), sum(|of| of.stolen_ns));
            let whole = busy + idle + stolen;
            (whole >= LEAST_NS).then(|| ((busy - cpu_ns).max(0.0) + stolen) / whole)
        });
        let waits: Option<Vec<u64>> = all.iter().map(|(_, cpu)| cpu.wait_ns).collect();
        let wait_ns = waits.map(|waits| waits.iter().map(|&wait| wait as f64).sum());
        Some(Self { processors, cpu_ns, own: cpu_ns / room, others, wait_ns })
    }

    /// The share that others took, where that is enough to move what is measured.
    pub(in crate::verdict) fn neighbours(&self) -> Option<f64> {
        self.others.filter(|&others| others >= BUSY)
    }

    /// The share of the processors' time that is taken, by whomever.
    pub(in crate::verdict) fn taken(&self) -> f64 {
        (self.own + self.others.unwrap_or(0.0)).min(1.0)
    }

    /// Whether nothing gets a processor without waiting.
    pub(in crate::verdict) fn is_full(&self) -> bool {
        self.taken() >= FULL
    }

    /// How many processors this process can count on: what others leave, and half of them at least, since the system shares them out.
    pub(in crate::verdict) fn share(&self) -> f64 {
        self.processors * (1.0 - self.others.unwrap_or(0.0)).max(0.5)
    }
}
