//! What happened between two reports of one capture: the later one less the earlier one.
//!
//! Everything that was added up is subtracted: counts, sums, sums of squares, histograms, blocks. Three things are not
//! sums:
//!
//! - the smallest and the largest value of an interval. They are exact where they are new; else they are known to lie in the
//!   first or last bucket that grew, and its outer edge is given: never too tight, and off by 1/32 at most.
//! - what is a state and not a count (`in_flight`, `threads_seen`, `live`): the later report's.
//! - what follows from the rest: derived anew.
//!
//! A report taken live may give zeros to a phase whose length is about to be recorded ([`Distribution::add_zeros`]). These, and
//! these alone, may be fewer in the later one.

use std::collections::{BTreeMap, BTreeSet};

use super::{BUCKETS, Distribution, bucket_range};
use super::{
    Between, Block, BlockSeries, Blocks, Caller, Dropped, HopGroup, LockCount, Machine, Observed, Outcomes, Pool,
    Process, ProcessCpu, Report, RuntimePool, Sequence, SiteCpu, SpanReport, Stretch, Stretches, TaskSite,
};

/// Why there is nothing between two reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinceError {
    /// One of them tells of no process or of several: it was read from a log, or merged. Give reports of a single run.
    NotOneProcess,
    /// They are of two runs, or of two captures of one.
    OtherCapture,
    /// The earlier one is the later one.
    Order,
    /// Something that only grows has become less; one of the two was changed.
    Backwards {
        /// What it was.
        what: &'static str,
    },
}

impl std::fmt::Display for SinceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotOneProcess => {
                f.write_str("one of the reports is not of a single process (read from a log, or merged)")
            }
            Self::OtherCapture => f.write_str("the reports are not of the same capture"),
            Self::Order => f.write_str("the reports are in the wrong order: the one to begin from was taken later"),
            Self::Backwards { what } => write!(f, "the later report has less than the earlier one: {what}"),
        }
    }
}

impl std::error::Error for SinceError {}

type Result<T> = std::result::Result<T, SinceError>;

fn count(later: u64, earlier: u64, what: &'static str) -> Result<u64> {
    later.checked_sub(earlier).ok_or(SinceError::Backwards { what })
}

fn lengths(later: &Distribution, earlier: &Distribution, what: &'static str) -> Result<Distribution> {
    let (Some(least_before), Some(most_before)) = (earlier.min(), earlier.max()) else {
        return Ok(later.clone());
    };
    let backwards = SinceError::Backwards { what };
    let (least, most) = later.min().zip(later.max()).ok_or(backwards)?;
    if most < most_before {
        return Err(backwards);
    }
    let mut histogram: BTreeMap<u16, u64> = later.histogram().iter().copied().collect();
    for &(bucket, before) in earlier.histogram() {
        let now = histogram.remove(&bucket).unwrap_or(0);
        // Only the zeros may be fewer; see above.
        let grown = now.checked_sub(before).or((bucket == 0).then_some(0)).ok_or(backwards)?;
        if grown > 0 {
            histogram.insert(bucket, grown);
        }
    }
    let edge =
        |entry: Option<(&u16, &u64)>| entry.map(|(&bucket, _)| (usize::from(bucket), bucket_range(bucket.into())));
    let min = match edge(histogram.first_key_value()) {
        Some((_, (low, _))) if least >= least_before => low.max(least),
        _ => least,
    };
    let max = match edge(histogram.last_key_value()) {
        // The last bucket holds whatever lies beyond it too.
        Some((bucket, (_, high))) if most == most_before && bucket < BUCKETS - 1 => high.min(most),
        _ => most,
    };
    let counted = histogram.values().sum();
    let values = count(later.count(), earlier.count(), what)?.max(counted);
    let sum = count(later.sum(), earlier.sum(), what)?;
    // Not below 0 by rounding.
    let sum_sq = (later.sum_sq() - earlier.sum_sq()).max(0.0);
    Ok(Distribution::of_parts(values, sum, sum_sq, min, max, histogram.into_iter().collect()))
}

/// A map's entries less those of another one. What had been there and did not grow is left out.
fn entries<K: Ord + Copy, V: Default>(
    later: &BTreeMap<K, V>,
    earlier: &BTreeMap<K, V>,
    what: &'static str,
    less: impl Fn(&V, &V) -> Result<V>,
    lengths: impl Fn(&V) -> &Distribution,
) -> Result<BTreeMap<K, V>> {
    if earlier.iter().any(|(key, value)| lengths(value).count() > 0 && !later.contains_key(key)) {
        return Err(SinceError::Backwards { what });
    }
    let nothing = V::default();
    let mut entries = BTreeMap::new();
    for (&key, value) in later {
        let before = earlier.get(&key);
        let grown = less(value, before.unwrap_or(&nothing))?;
        if before.is_none() || lengths(&grown).count() > 0 {
            entries.insert(key, grown);
        }
    }
    Ok(entries)
}

impl LockCount {
    fn since(&self, earlier: &Self) -> Result<Self> {
        Ok(Self {
            ns: lengths(&self.ns, &earlier.ns, "bridge locks")?,
            contended: count(self.contended, earlier.contended, "contended bridge locks")?,
        })
    }
}

impl HopGroup {
    fn since(&self, earlier: &Self) -> Result<Self> {
        let phase = |later: &Distribution, earlier: &Distribution| lengths(later, earlier, "a phase of the hops");
        Ok(Self {
            key: self.key.clone(),
            hop_ns: lengths(&self.hop_ns, &earlier.hop_ns, "hops")?,
            overhead_ns: lengths(&self.overhead_ns, &earlier.overhead_ns, "overhead")?,
            phases: entries(&self.phases, &earlier.phases, "a phase of the hops", phase, |lengths| lengths)?,
            starts: entries(&self.starts, &earlier.starts, "starts", phase, |lengths| lengths)?,
            locks: entries(&self.locks, &earlier.locks, "bridge locks", LockCount::since, |lock| &lock.ns)?,
            copies: lengths(&self.copies, &earlier.copies, "copies")?,
            copied_bytes: count(self.copied_bytes, earlier.copied_bytes, "copied bytes")?,
            in_a_row: count(self.in_a_row, earlier.in_a_row, "hops in a row")?,
            in_a_burst: count(self.in_a_burst, earlier.in_a_burst, "hops in a burst")?,
            first_of_task: count(self.first_of_task, earlier.first_of_task, "first hops of tasks")?,
            nested: count(self.nested, earlier.nested, "nested hops")?,
            pools: by_runtime(&self.pools, &earlier.pools)?,
        })
    }
}

/// How many hops of each runtime there were since.
fn by_runtime(later: &BTreeMap<u32, u64>, earlier: &BTreeMap<u32, u64>) -> Result<BTreeMap<u32, u64>> {
    const WHAT: &str = "hops of a runtime";
    if earlier.keys().any(|runtime| !later.contains_key(runtime)) {
        return Err(SinceError::Backwards { what: WHAT });
    }
    let since = later.iter().map(|(&runtime, &hops)| {
        let before = earlier.get(&runtime).copied().unwrap_or_default();
        Ok((runtime, count(hops, before, WHAT)?))
    });
    since.filter(|since| !matches!(since, Ok((_, 0)))).collect()
}

impl SiteCpu {
    fn since(&self, earlier: &Self) -> Result<Self> {
        let less = |later, earlier| count(later, earlier, "CPU time of jobs");
        Ok(Self {
            jobs: less(self.jobs, earlier.jobs)?,
            run_ns: less(self.run_ns, earlier.run_ns)?,
            cpu_ns: less(self.cpu_ns, earlier.cpu_ns)?,
            ..self.clone()
        })
    }
}

impl Caller {
    const BACKWARDS: SinceError = SinceError::Backwards { what: "callers of sites" };

    /// What came since. Of calls whose functions were not known there may be fewer: they have been looked up.
    fn since(&self, earlier: &Self) -> Result<Self> {
        let less = |of: fn(&Self) -> u64| of(self).checked_sub(of(earlier));
        let counts = less(|of| of.samples).zip(less(|of| of.calls)).zip(less(|of| of.squares));
        let ((samples, calls), squares) = match counts {
            Some(counts) => counts,
            None if self.frames.is_empty() => ((0, 0), 0),
            None => return Err(Self::BACKWARDS),
        };
        Ok(Self { samples, calls, squares, ..self.clone() })
    }

    /// A list less an earlier one.
    fn all_since(later: &[Self], earlier: &[Self]) -> Result<Vec<Self>> {
        let mut before = earlier.iter().peekable();
        let mut since = Vec::new();
        for caller in later {
            while let Some(gone) = before.next_if(|before| before.key() < caller.key()) {
                gone.can_be_gone()?;
            }
            let grown = match before.next_if(|before| before.key() == caller.key()) {
                Some(before) => caller.since(before)?,
                None => caller.clone(),
            };
            since.extend((grown.samples > 0).then_some(grown));
        }
        before.try_for_each(Self::can_be_gone)?;
        // Calls of before that had no name then may be among those of a name that is new or grew: how many of these are the interval's is not known.
        let unnamed: BTreeSet<(&str, &str)> = earlier
            .iter()
            .filter(|caller| caller.frames.is_empty())
            .map(|caller| (&*caller.site, &*caller.job))
            .collect();
        let is_mixed = |caller: &Self| !caller.frames.is_empty() && unnamed.contains(&(&*caller.site, &*caller.job));
        let mixed: BTreeSet<(String, String)> = since
            .iter()
            .filter(|caller| is_mixed(caller))
            .map(|caller| (caller.site.clone(), caller.job.clone()))
            .collect();
        since.retain(|caller| !mixed.contains(&(caller.site.clone(), caller.job.clone())));
        Ok(since)
    }

    /// One that is not in a later list has a name by then.
    fn can_be_gone(&self) -> Result<()> {
        if self.frames.is_empty() { Ok(()) } else { Err(Self::BACKWARDS) }
    }
}

impl Sequence {
    fn since(&self, earlier: &Self) -> Result<Self> {
        let less = |later, earlier| count(later, earlier, "hops in sequence");
        Ok(Self {
            hops: less(self.hops, earlier.hops)?,
            in_a_row: less(self.in_a_row, earlier.in_a_row)?,
            together: less(self.together, earlier.together)?,
            gap_ns: less(self.gap_ns, earlier.gap_ns)?,
            ..self.clone()
        })
    }
}

/// What is known of a stretch of time: both ends, and it has not become less. (A thread's share may be counted late, and a
/// running job's moments are read one after the other.)
fn grown(later: Option<u64>, earlier: Option<u64>) -> Option<u64> {
    later.zip(earlier).map(|(later, earlier)| later.saturating_sub(earlier))
}

impl Pool {
    /// `duration_ns`: of the interval.
    fn since(&self, earlier: &Self, duration_ns: u64) -> Self {
        Self {
            threads_seen: self.threads_seen,
            thread_ns: self.threads_seen.saturating_mul(duration_ns),
            busy_ns: grown(self.busy_ns, earlier.busy_ns),
            cpu_ns: grown(self.cpu_ns, earlier.cpu_ns),
            between: Between {
                count: self.between.count.saturating_sub(earlier.between.count),
                cpu_ns: self.between.cpu_ns.saturating_sub(earlier.between.cpu_ns),
            },
        }
    }
}

impl RuntimePool {
    fn since(&self, earlier: &[Self], duration_ns: u64) -> Self {
        let before = earlier.iter().find(|pool| pool.runtime == self.runtime).map_or(0, |pool| pool.busy_ns);
        let thread_ns = self.threads_seen.saturating_mul(duration_ns);
        Self { thread_ns, busy_ns: self.busy_ns.saturating_sub(before), ..*self }
    }
}

impl ProcessCpu {
    fn since(&self, earlier: &Self) -> Self {
        let machine = self.machine.zip(earlier.machine).map(|(later, earlier)| Machine {
            busy_ns: later.busy_ns.saturating_sub(earlier.busy_ns),
            idle_ns: later.idle_ns.saturating_sub(earlier.idle_ns),
            stolen_ns: later.stolen_ns.saturating_sub(earlier.stolen_ns),
        });
        Self {
            processors: self.processors,
            cpu_ns: self.cpu_ns.saturating_sub(earlier.cpu_ns),
            wait_ns: grown(self.wait_ns, earlier.wait_ns),
            machine,
        }
    }
}

impl SpanReport {
    fn since(&self, earlier: &Self) -> Result<Self> {
        Ok(Self {
            path: self.path.clone(),
            kind: self.kind,
            ns: lengths(&self.ns, &earlier.ns, "spans")?,
            contended: count(self.contended, earlier.contended, "contended locks")?,
        })
    }
}

/// A list's members less those of the same key in another one. What had been there and did not grow is left out.
fn members<'a, T: Clone, K: Ord>(
    later: &'a [T],
    earlier: &'a [T],
    what: &'static str,
    key: impl Fn(&'a T) -> K,
    less: impl Fn(&T, &T) -> Result<T>,
    grew: impl Fn(&T) -> bool,
) -> Result<Vec<T>> {
    let mut before: BTreeMap<K, &T> = earlier.iter().map(|member| (key(member), member)).collect();
    let mut members = Vec::new();
    for member in later {
        let grown = match before.remove(&key(member)) {
            None => member.clone(),
            Some(before) => {
                let grown = less(member, before)?;
                if !grew(&grown) {
                    continue;
                }
                grown
            }
        };
        members.push(grown);
    }
    if before.is_empty() { Ok(members) } else { Err(SinceError::Backwards { what }) }
}

/// Of an interval are the tasks that completed in it, with all that they did before too. A site may be missing in the later one: a task is between its last moment
/// under way and its end.
fn tasks(later: &[TaskSite], earlier: &[TaskSite]) -> Result<Vec<TaskSite>> {
    let completed: Vec<TaskSite> = earlier.iter().filter(|of| of.hops.count() > 0).cloned().collect();
    let grew = |of: &TaskSite| of.hops.count() > 0 || of.live > 0;
    members(later, &completed, "tasks", |of| &of.spawned, TaskSite::since, grew)
}

impl Blocks {
    /// The earlier one's blocks may be shorter: their length doubles as a capture grows.
    fn since(&self, earlier: &Self) -> Result<Self> {
        const WHAT: &str = "sums per stretch of time";
        const BACKWARDS: SinceError = SinceError::Backwards { what: WHAT };
        let longer = longer(self.length_ns, earlier.length_ns)?;
        let less = |later: &BlockSeries, earlier: &BlockSeries| {
            let mut blocks: BTreeMap<u32, [u64; 5]> =
                later.blocks.iter().map(|block| (block.index, block.sums())).collect();
            for shorter in &earlier.blocks {
                let block = blocks.get_mut(&(shorter.index / longer)).ok_or(BACKWARDS)?;
                for (now, before) in block.iter_mut().zip(shorter.sums()) {
                    *now = count(*now, before, WHAT)?;
                }
            }
            let grown = blocks.into_iter().filter(|(_, [hops, ..])| *hops > 0);
            Ok(BlockSeries {
                arm: later.arm,
                detail: later.detail,
                blocks: grown.map(|(index, sums)| Block::new(index, sums)).collect(),
            })
        };
        let of = |series: &BlockSeries| (series.arm, series.detail);
        let grew = |series: &BlockSeries| !series.blocks.is_empty();
        let series = members(&self.series, &earlier.series, WHAT, of, less, grew)?;
        let stretches = match (&self.stretches, &earlier.stretches) {
            (Some(later), Some(earlier)) => Some(later.since(earlier)?),
            _ => None,
        };
        Ok(Self { length_ns: self.length_ns, series, stretches })
    }
}

impl Stretches {
    fn since(&self, earlier: &Self) -> Result<Self> {
        let longer = longer(self.length_ns, earlier.length_ns)?;
        let mut sums: BTreeMap<u32, [u64; 3]> = self.sums.iter().map(|sum| (sum.index, sum.sums())).collect();
        for shorter in &earlier.sums {
            // What was in flight then and has found no room since is in none.
            if let Some(sum) = sums.get_mut(&(shorter.index / longer)) {
                sum.iter_mut().zip(shorter.sums()).for_each(|(now, before)| *now = now.saturating_sub(before));
            }
        }
        let grown = sums.into_iter().filter(|(_, sum)| *sum != [0; 3]);
        Ok(Self {
            length_ns: self.length_ns,
            from_ns: earlier.to_ns,
            to_ns: self.to_ns,
            sums: grown.map(|(index, sum)| Stretch::new(index, sum)).collect(),
        })
    }
}

/// How many of an earlier report's stretches of time are one of a later one's: their length doubles as a capture grows.
fn longer(later_ns: u64, earlier_ns: u64) -> Result<u32> {
    let longer = later_ns.checked_div(earlier_ns).filter(|&longer| longer * earlier_ns == later_ns);
    let longer = longer.and_then(|longer| u32::try_from(longer).ok()).filter(|&longer| longer > 0);
    longer.ok_or(SinceError::Backwards { what: "sums per stretch of time" })
}

impl Dropped {
    fn since(&self, earlier: &Self) -> Result<Self> {
        let less = |later, earlier| count(later, earlier, "what could not be recorded");
        Ok(Self {
            hops: less(self.hops, earlier.hops)?,
            spans: less(self.spans, earlier.spans)?,
            sites: less(self.sites, earlier.sites)?,
            histogram_values: less(self.histogram_values, earlier.histogram_values)?,
            outliers: less(self.outliers, earlier.outliers)?,
            lines: less(self.lines, earlier.lines)?,
            threads: less(self.threads, earlier.threads)?,
            tasks: less(self.tasks, earlier.tasks)?,
        })
    }
}

impl Observed {
    fn since(self, earlier: Self) -> Result<Self> {
        let less = |later, earlier| count(later, earlier, "observed jobs");
        Ok(Self {
            jobs: less(self.jobs, earlier.jobs)?,
            imported: less(self.imported, earlier.imported)?,
            workers: less(self.workers, earlier.workers)?,
        })
    }
}

impl TaskSite {
    fn since(&self, earlier: &Self) -> Result<Self> {
        let less = |later: &Distribution, earlier: &Distribution| lengths(later, earlier, "tasks");
        Ok(Self {
            hops: less(&self.hops, &earlier.hops)?,
            hop_ns: less(&self.hop_ns, &earlier.hop_ns)?,
            span_ns: less(&self.span_ns, &earlier.span_ns)?,
            ..self.clone()
        })
    }
}

impl Outcomes {
    fn since(&self, earlier: &Self) -> Result<Self> {
        let less = |later, earlier| count(later, earlier, "hops");
        Ok(Self {
            submitted: less(self.submitted, earlier.submitted)?,
            joined: less(self.joined, earlier.joined)?,
            panicked: less(self.panicked, earlier.panicked)?,
            cancelled: less(self.cancelled, earlier.cancelled)?,
            detached: less(self.detached, earlier.detached)?,
            in_flight: self.in_flight,
        })
    }
}

impl Report {
    /// What happened between an earlier report of the same capture and this one.
    ///
    /// Counts, sums and histograms are exact differences. The smallest and largest lengths are exact where they are new, and
    /// otherwise the outer edge of their bucket. `in_flight` and `threads_seen` are those at the end. The process's
    /// `started_unix_ms` is when the interval began, so an interval is of no capture that another report is of.
    ///
    /// ```
    /// # let capture = || {
    /// #     let mut report = tollbridge_report::aggregate::Tally::default().report();
    /// #     (report.processes[0].pid, report.processes[0].started_unix_ms) = (7, 1);
    /// #     report
    /// # };
    /// let before = capture();
    /// // ... what is to be looked at ...
    /// let during = capture().since(&before)?;
    /// assert_eq!(during.hops(), 0);
    /// # Ok::<(), tollbridge_report::SinceError>(())
    /// ```
    ///
    /// # Errors
    /// Where the two are not of one capture, not in this order, or do not fit ([`SinceError`]).
    pub fn since(&self, earlier: &Self) -> Result<Self> {
        let ([later_process], [earlier_process]) = (&self.processes[..], &earlier.processes[..]) else {
            return Err(SinceError::NotOneProcess);
        };
        let process = later_process.since(earlier_process)?;
        if self.settings != earlier.settings {
            return Err(SinceError::OtherCapture);
        }
        let duration_ns = process.duration_ns;
        let mut interval = self.clone();
        interval.processes = vec![process];
        if let (Some(clock), Some(earlier)) = (&mut interval.clock, &earlier.clock) {
            clock.corrected = count(clock.corrected, earlier.corrected, "corrected stamps")?;
        }
        interval.observer.in_situ_span_ns =
            lengths(&self.observer.in_situ_span_ns, &earlier.observer.in_situ_span_ns, "empty spans")?;
        interval.dropped = self.dropped.since(&earlier.dropped)?;
        interval.outcomes = self.outcomes.since(&earlier.outcomes)?;
        interval.pool = self.pool.since(&earlier.pool, duration_ns);
        interval.pools = self.pools.iter().map(|pool| pool.since(&earlier.pools, duration_ns)).collect();
        interval.observed = match (self.observed, earlier.observed) {
            (Some(later), Some(earlier)) => Some(later.since(earlier)?),
            (later, _) => later,
        };
        interval.cpu = members(
            &self.cpu,
            &earlier.cpu,
            "CPU time of jobs",
            |cpu| (&cpu.site, &cpu.job),
            SiteCpu::since,
            |cpu| cpu.jobs > 0,
        )?;
        interval.sequences = members(
            &self.sequences,
            &earlier.sequences,
            "hops in sequence",
            |of| (&of.before_site, &of.before_job, &of.site, &of.job),
            Sequence::since,
            |of| of.hops > 0,
        )?;
        interval.tasks = tasks(&self.tasks, &earlier.tasks)?;
        interval.callers = Caller::all_since(&self.callers, &earlier.callers)?;
        interval.callers_lost = count(self.callers_lost, earlier.callers_lost, "callers that found no room")?;
        interval.groups = members(
            &self.groups,
            &earlier.groups,
            "groups of hops",
            |group| &group.key,
            HopGroup::since,
            |group| group.hop_ns.count() > 0,
        )?;
        interval.spans = members(
            &self.spans,
            &earlier.spans,
            "spans",
            |span| (&span.path, span.kind),
            SpanReport::since,
            |span| span.ns.count() > 0,
        )?;
        // One series a process, and none before its first joined hop.
        interval.blocks = match (&self.blocks[..], &earlier.blocks[..]) {
            (_, []) => self.blocks.clone(),
            ([later], [earlier]) => vec![later.since(earlier)?],
            _ => return Err(SinceError::Backwards { what: "sums per stretch of time" }),
        };
        interval.timeline = self.timeline.as_ref().map(|timeline| timeline.since(earlier_process.duration_ns));
        interval.derive();
        Ok(interval)
    }
}

impl Process {
    fn since(&self, earlier: &Self) -> Result<Self> {
        // Reports from logs know neither.
        if self.pid == 0 || earlier.pid == 0 {
            return Err(SinceError::NotOneProcess);
        }
        let capture = |process: &Self| (process.exe.clone(), process.pid, process.started_unix_ms);
        if capture(self) != capture(earlier) {
            return Err(SinceError::OtherCapture);
        }
        let duration_ns = self.duration_ns.checked_sub(earlier.duration_ns).ok_or(SinceError::Order)?;
        let started_unix_ms = self.started_unix_ms.saturating_add(earlier.duration_ns / 1_000_000);
        let cpu = self.cpu.zip(earlier.cpu).map(|(later, earlier)| later.since(&earlier));
        Ok(Self { started_unix_ms, duration_ns, cpu, ..self.clone() })
    }
}
