//! What the system tells of CPU time: of the process, of its threads, of the machine.
//!
//! Of threads Linux tells in `/proc/self/task/ID/schedstat`: ns on a processor, and ns ready to run without one
//! (Documentation/scheduler/sched-stats.rst). To read that of each thread takes some us, so it is done at checkpoints, and no
//! oftener than that it takes one part in [`SHARE`] of the time. Other systems have neither file: there the waits of threads, the CPU times of
//! other threads and the machine's times are not known, and reports say so.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::clock::cpu;
use crate::report::{Machine, ProcessCpu};

/// Whether this is Linux, which shows processes and itself in `/proc`.
const HAS_PROC: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// Reading the threads' times takes one part in this many of one processor, at most.
const SHARE: u32 = 200;

/// It is done after this long, however much it takes.
const LONGEST: Duration = Duration::from_secs(60);

/// At the end of a capture the threads are read once more, unless the last reading took more CPU time than this (some thousand threads).
const LAST: Duration = Duration::from_millis(50);

/// Times of the process since some moment.
#[derive(Debug, Default)]
pub(super) struct Processors {
    cpu_before: Option<u64>,
    machine_before: Option<Machine>,
    threads: Threads,
    threads_before_ns: u64,
    due: Option<Instant>,
    /// CPU time of the last reading.
    took: Duration,
}

impl Processors {
    pub(super) fn since_now() -> Self {
        let mut threads = Threads::default();
        threads.read();
        let threads_before_ns = threads.waited_ns;
        Self {
            cpu_before: cpu::process(),
            machine_before: machine(),
            threads,
            threads_before_ns,
            due: None,
            took: Duration::ZERO,
        }
    }

    /// Reads the threads' times again, if that is due.
    pub(super) fn read(&mut self) {
        if self.due.is_none_or(|due| Instant::now() >= due) {
            self.read_now();
        }
    }

    /// Reads the threads' times for the last time.
    pub(super) fn read_last(&mut self) {
        if self.took <= LAST {
            self.read_now();
        }
    }

    fn read_now(&mut self) {
        // By the thread's own clock: on a full machine most of the time that passes is the wait for a processor, which costs nobody
        // anything, and there the threads' times matter most.
        let (begun, used) = (Instant::now(), cpu::thread());
        self.threads.read();
        let used = used.zip(cpu::thread()).map(|(before, now)| Duration::from_nanos(now.saturating_sub(before)));
        self.took = used.unwrap_or_else(|| begun.elapsed());
        self.due = Some(begun + self.took.saturating_mul(SHARE).min(LONGEST));
    }

    /// CPU time of a thread, as far as it was looked at.
    pub(super) fn thread_ns(&self, task: u32) -> Option<u64> {
        self.threads.known.get(&task).map(|times| times.cpu_ns)
    }

    /// Whether threads can be looked at at all.
    pub(super) fn know_threads(&self) -> bool {
        !self.threads.known.is_empty()
    }

    pub(super) fn report(&self) -> Option<ProcessCpu> {
        let cpu_ns = cpu::process()?.saturating_sub(self.cpu_before?);
        let waited_ns = self.threads.waited_ns.saturating_sub(self.threads_before_ns);
        let machine = machine().zip(self.machine_before).map(|(now, before)| Machine {
            busy_ns: now.busy_ns.saturating_sub(before.busy_ns),
            idle_ns: now.idle_ns.saturating_sub(before.idle_ns),
            stolen_ns: now.stolen_ns.saturating_sub(before.stolen_ns),
        });
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Some(ProcessCpu {
            processors: u32::try_from(processors).unwrap_or(u32::MAX),
            cpu_ns,
            wait_ns: self.know_threads().then_some(waited_ns),
            machine,
        })
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    cpu_ns: u64,
    wait_ns: u64,
    /// When it was read last, counted in readings.
    read: u64,
}

/// The threads that were there at the last reading, by the system's number.
#[derive(Debug, Default)]
struct Threads {
    known: HashMap<u32, Times>,
    /// All that threads have waited, those that have ended too.
    waited_ns: u64,
    readings: u64,
}

impl Threads {
    fn read(&mut self) {
        // A folder of that name elsewhere is somebody else's.
        if !HAS_PROC {
            return;
        }
        let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return };
        self.readings += 1;
        for task in tasks.filter_map(Result::ok) {
            let number = task.file_name().to_str().and_then(|name| name.parse().ok());
            // A thread may end at any moment.
            let read = std::fs::read_to_string(task.path().join("schedstat")).ok();
            if let Some((number, (cpu_ns, wait_ns))) = number.zip(read.as_deref().and_then(schedstat)) {
                let known = self.known.entry(number).or_default();
                // A number is given again, to a thread that has waited for less.
                self.waited_ns += wait_ns.checked_sub(known.wait_ns).unwrap_or(wait_ns);
                *known = Times { cpu_ns, wait_ns, read: self.readings };
            }
        }
        let readings = self.readings;
        self.known.retain(|_, times| times.read == readings);
    }
}

/// `CPU WAIT SLICES`.
fn schedstat(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The machine's times since it was started.
fn machine() -> Option<Machine> {
    cpu_line(HAS_PROC.then(|| std::fs::read_to_string("/proc/stat").ok()).flatten()?.lines().next()?)
}

/// `cpu USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL ...`, in hundredths of a second on all of Linux that Rust runs on.
fn cpu_line(line: &str) -> Option<Machine> {
    const TICK_NS: u64 = 10_000_000;
    let mut words = line.split_whitespace();
    let ticks: Vec<u64> =
        words.next().filter(|&word| word == "cpu").and_then(|_| words.map(|word| word.parse().ok()).collect())?;
    let [user, nice, system, idle, iowait, irq, softirq, stolen] = *ticks.first_chunk()?;
    let ns = |ticks: u64| ticks.saturating_mul(TICK_NS);
    Some(Machine {
        busy_ns: ns(user + nice + system + irq + softirq),
        idle_ns: ns(idle + iowait),
        stolen_ns: ns(stolen),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_system_are_read() {
        assert_eq!(schedstat("225403 2565082 2\n"), Some((225_403, 2_565_082)));
        assert_eq!(schedstat("x"), None);
        let machine = cpu_line("cpu  10 1 5 100 3 1 2 7 0 0").expect("a line");
        assert_eq!(machine, Machine { busy_ns: 190_000_000, idle_ns: 1_030_000_000, stolen_ns: 70_000_000 });
        assert_eq!(cpu_line("cpu0 1 2 3 4 5 6 7 8"), None);
        assert_eq!(cpu_line("cpu 1 2"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_computes_has_cpu_time() {
        let mut processors = Processors::since_now();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        processors.read();
        let cpu = processors.report().expect("Linux");
        assert!(cpu.cpu_ns > 0 && cpu.processors > 0 && cpu.wait_ns.is_some(), "{cpu:?}");
    }
}
