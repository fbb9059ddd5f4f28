//! What one process measures of its arm.

use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use serde::{Deserialize, Serialize};

use crate::arm::Arm;
use crate::hop::{BATCH, bare, runtime};

/// Hops of one stretch: long against the clock, short against the drift of a shared machine.
const STRETCH: u64 = 10 * BATCH;

/// Bytes of address space.
const MOST_MEMORY: u64 = 8 << 30;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Mean ns of tokio's own hops; 0 where there were none.
    pub(crate) bare_ns: f64,
    /// Mean ns of the arm's.
    pub(crate) hop_ns: f64,
    /// User and system time of all threads, the end of the capture included, over the arm's hops; only if alone.
    pub(crate) cpu_ns: f64,
    /// Peak of resident memory less what there was before the arm was set up.
    pub(crate) grown_bytes: u64,
    /// Files that were left.
    pub(crate) disk_bytes: u64,
    /// How long it took to end the capture.
    pub(crate) flush_ms: f64,
    /// Hops that the arm saw.
    pub(crate) hops: u64,
    /// What the arm can show of its having recorded.
    pub(crate) evidence: String,
}

pub(crate) fn process(arm: &Arm, hops: u64, alone: bool) -> Figures {
    // Some arms grow with every hop: they are to fail, not to take the machine down.
    setrlimit(Resource::RLIMIT_AS, MOST_MEMORY, MOST_MEMORY).expect("a limit below that of the system");
    let folder = tempfile::tempdir().expect("a folder");
    let before = kib("VmRSS:");
    let active = (arm.start)(folder.path());
    let runtime = active.runtime.unwrap_or_else(runtime);
    let base = crate::hop::runtime();
    let mut took = [Duration::ZERO; 2];
    let mut seen = 0;
    let mut stretch = |spanned: bool| {
        let start = Instant::now();
        if spanned {
            runtime.block_on((active.hops)(STRETCH));
            seen += STRETCH;
        } else {
            // On the arm's own runtime and its warm pool, unless the arm watches that.
            if arm.watches_runtime { &base } else { &runtime }.block_on(bare(STRETCH));
        }
        start.elapsed()
    };
    // Makes the pool's threads, the call sites and what the arm keeps per thread.
    stretch(false);
    stretch(true);
    let stretches = hops.div_ceil(STRETCH);
    let cpu = cpu();
    for i in 0..stretches {
        if alone {
            took[1] += stretch(true);
        } else {
            // Each goes first in turn.
            let first = i % 2 == 0;
            took[usize::from(first)] += stretch(first);
            took[usize::from(!first)] += stretch(!first);
        }
    }
    drop(runtime);
    let start = Instant::now();
    let evidence = (active.finish)(seen);
    let flush = start.elapsed();
    let total = (stretches * STRETCH) as f64;
    Figures {
        bare_ns: took[0].as_nanos() as f64 / total,
        hop_ns: took[1].as_nanos() as f64 / total,
        cpu_ns: (self::cpu() - cpu).as_nanos() as f64 / total,
        grown_bytes: kib("VmHWM:").saturating_sub(before) * 1024,
        disk_bytes: size(folder.path()),
        flush_ms: flush.as_secs_f64() * 1e3,
        hops: seen,
        // What is read back to make sure comes last, so that its own memory is not in the peak.
        evidence: evidence.check(seen),
    }
}

fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the process asks about itself");
    let time = |t: nix::sys::time::TimeVal| {
        Duration::new(t.tv_sec().unsigned_abs(), u32::try_from(t.tv_usec()).expect("below a million") * 1000)
    };
    time(usage.user_time()) + time(usage.system_time())
}

fn kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("Linux says it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn size(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| {
            let data = entry.metadata().expect("it is there");
            if data.is_dir() { size(&entry.path()) } else { data.len() }
        })
        .sum()
}
