//! Starts of the app, told apart in its logs: moments count from the start of a recording, so those of the next one begin anew.
//!
//! Within a file a hop goes to the start whose last job on the same thread of the pool it names; where none fits, to the one whose
//! last hop ended closest to it. Where lines tell their process, a start is of one. A hop that ended in the first half of what a start has come to begins another one. Stretches of
//! several files, whatever their order, are parts of one start where one begins as the other ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tollbridge_report::hop::Stamps;

/// Lines of several threads may change places within this time, in ns.
const SLACK_NS: u64 = 5_000_000;
/// Stretches that are told apart, and threads of all of them.
const MAX_STRETCHES: usize = 1_024;
const MAX_THREADS: usize = 1 << 16;

/// Hops of one start in one file.
#[derive(Default)]
struct Stretch {
    file: u32,
    pid: Option<u32>,
    first_ns: u64,
    last_ns: u64,
    /// When the last job of each thread of the pool ended.
    jobs_end: BTreeMap<u32, u64>,
}

impl Stretch {
    fn may_be_of(&self, pid: Option<u32>) -> bool {
        self.pid.is_none() || pid.is_none() || self.pid == pid
    }
}

/// One start.
pub(super) struct Start {
    pub(super) duration_ns: u64,
    pub(super) threads: u64,
}

#[derive(Default)]
pub(super) struct Starts {
    stretches: Vec<Stretch>,
    file: u32,
    /// The first stretch of this file, and that of the last hop.
    first: usize,
    last: usize,
    threads: usize,
    /// The stretch of this file in which a thread's last job ended just then; kept where there are several.
    by_job: HashMap<(u32, u64), usize>,
}

impl Starts {
    /// Begins another file.
    pub(super) fn file(&mut self) {
        self.file += 1;
        self.first = self.stretches.len();
        self.by_job.clear();
    }

    /// Whether lines told their process.
    pub(super) fn have_pids(&self) -> bool {
        self.stretches.iter().any(|stretch| stretch.pid.is_some())
    }

    pub(super) fn hop(&mut self, stamps: &Stamps, pid: Option<u32>) {
        let end = stamps.copied.or(stamps.ready).or(stamps.run_end).unwrap_or(stamps.called);
        let index =
            self.by_thread(stamps, pid).or_else(|| self.by_time(end, pid)).unwrap_or_else(|| self.begin(end, pid));
        self.last = index;
        let several = self.stretches.len() > self.first + 1;
        let Some(stretch) = self.stretches.get_mut(index) else { return };
        stretch.first_ns = stretch.first_ns.min(end);
        stretch.last_ns = stretch.last_ns.max(end);
        stretch.pid = stretch.pid.or(pid);
        if let (Some(thread), Some(job_end)) = (stamps.pool_thread, stamps.run_end) {
            if let Some(last) = stretch.jobs_end.get_mut(&thread) {
                if job_end > *last {
                    if several {
                        self.by_job.remove(&(thread, *last));
                        self.by_job.insert((thread, job_end), index);
                    }
                    *last = job_end;
                }
            } else if self.threads < MAX_THREADS {
                stretch.jobs_end.insert(thread, job_end);
                if several {
                    self.by_job.insert((thread, job_end), index);
                }
                self.threads += 1;
            }
        }
    }

    fn by_thread(&self, stamps: &Stamps, pid: Option<u32>) -> Option<usize> {
        let (thread, previous_end) = (stamps.pool_thread?, stamps.previous_end?);
        let fits = |stretch: &Stretch| stretch.may_be_of(pid) && stretch.jobs_end.get(&thread) == Some(&previous_end);
        if self.last >= self.first && self.stretches.get(self.last).is_some_and(fits) {
            return Some(self.last);
        }
        let index = *self.by_job.get(&(thread, previous_end))?;
        fits(&self.stretches[index]).then_some(index)
    }

    fn by_time(&self, end: u64, pid: Option<u32>) -> Option<usize> {
        let goes_on = |stretch: &Stretch| end.saturating_add(SLACK_NS) >= stretch.last_ns || end > stretch.last_ns / 2;
        let of_file = || self.stretches.iter().enumerate().skip(self.first);
        let closest = |(index, stretch): &(usize, &Stretch)| {
            let (apart, is_other) = (stretch.last_ns.abs_diff(end), *index != self.last);
            (if is_other { apart } else { apart.saturating_sub(SLACK_NS) }, is_other)
        };
        let all_taken = || of_file().filter(|_| self.stretches.len() >= MAX_STRETCHES).min_by_key(closest);
        let fits = |(_, stretch): &(usize, &Stretch)| stretch.may_be_of(pid) && goes_on(stretch);
        of_file().filter(fits).min_by_key(closest).or_else(all_taken).map(|(index, _)| index)
    }

    fn begin(&mut self, end: u64, pid: Option<u32>) -> usize {
        if self.stretches.len() >= MAX_STRETCHES {
            return self.stretches.len() - 1;
        }
        if self.stretches.len() == self.first + 1 {
            let jobs = &self.stretches[self.first].jobs_end;
            self.by_job.extend(jobs.iter().map(|(&thread, &end)| ((thread, end), self.first)));
        }
        self.stretches.push(Stretch { file: self.file, pid, first_ns: end, last_ns: end, ..Stretch::default() });
        self.stretches.len() - 1
    }

    /// Each start, once its stretches are joined.
    pub(super) fn finish(mut self) -> Vec<Start> {
        self.stretches.sort_by_key(|stretch| (stretch.first_ns, stretch.last_ns));
        let mut joined: Vec<(Stretch, BTreeSet<u32>)> = Vec::new();
        for stretch in self.stretches {
            let goes_on = |(before, _): &&mut (Stretch, BTreeSet<u32>)| {
                let lengths = [before, &stretch].map(|part| part.last_ns - part.first_ns);
                let slack = lengths.into_iter().min().unwrap_or_default() / 10;
                before.file != stretch.file
                    && before.may_be_of(stretch.pid)
                    && stretch.first_ns.saturating_add(slack) >= before.last_ns
            };
            let threads = stretch.jobs_end.keys().copied();
            match joined.iter_mut().filter(goes_on).max_by_key(|(before, _)| before.last_ns) {
                Some((before, known)) => {
                    known.extend(threads);
                    (before.file, before.last_ns) = (stretch.file, stretch.last_ns.max(before.last_ns));
                    before.pid = before.pid.or(stretch.pid);
                }
                None => {
                    let threads = threads.collect();
                    joined.push((stretch, threads));
                }
            }
        }
        let start = |(stretch, threads): (Stretch, BTreeSet<u32>)| Start {
            duration_ns: stretch.last_ns,
            threads: threads.len() as u64,
        };
        joined.into_iter().map(start).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hops of one thread, 1 ms apart; each names the end of the job before.
    fn run(from_ms: u64, to_ms: u64) -> impl Iterator<Item = Stamps> {
        (from_ms..to_ms).map(|ms| Stamps {
            called: ms * 1_000_000,
            previous_end: (ms > 0).then(|| ms * 1_000_000 - 98_000),
            run_start: Some(ms * 1_000_000 + 2_000),
            run_end: Some(ms * 1_000_000 + 902_000),
            copied: Some(ms * 1_000_000 + 902_300),
            pool_thread: Some(1),
            ..Stamps::default()
        })
    }

    /// Lengths of the starts in files, in ms, sorted.
    fn lengths(files: &[&[Stamps]]) -> Vec<u64> {
        let mut starts = Starts::default();
        for file in files {
            starts.file();
            file.iter().for_each(|stamps| starts.hop(stamps, None));
        }
        let mut lengths: Vec<u64> = starts.finish().iter().map(|start| start.duration_ns.div_ceil(1_000_000)).collect();
        lengths.sort_unstable();
        lengths
    }

    fn all(runs: &[(u64, u64)]) -> Vec<Stamps> {
        runs.iter().flat_map(|&(from, to)| run(from, to)).collect()
    }

    #[test]
    fn starts_in_one_file_are_told_apart() {
        assert_eq!(lengths(&[&all(&[(0, 10)])]), [10]);
        assert_eq!(lengths(&[&all(&[(0, 10), (0, 10), (0, 10)])]), [10, 10, 10]);
        assert_eq!(lengths(&[&all(&[(0, 100), (2, 300), (1, 50)])]), [50, 100, 300]);
    }

    #[test]
    fn lines_that_change_places_begin_nothing() {
        let mut hops = all(&[(0, 200)]);
        (0..190).step_by(4).for_each(|at| hops.swap(at, at + 3));
        assert_eq!(lengths(&[&hops]), [200]);
    }

    #[test]
    fn processes_whose_lines_take_turns_are_two() {
        let mixed: Vec<Stamps> = run(1_000, 1_100).zip(run(0, 100)).flat_map(|(a, b)| [a, b]).collect();
        assert_eq!(lengths(&[&mixed]), [100, 1_100]);
    }

    #[test]
    fn rotated_files_are_one_start_in_any_order() {
        let (a, b, c) = (all(&[(0, 80)]), all(&[(80, 160)]), all(&[(160, 240)]));
        for files in [[&a, &b, &c], [&c, &b, &a], [&a, &c, &b], [&b, &a, &c], [&c, &a, &b], [&b, &c, &a]] {
            assert_eq!(lengths(&files.map(|file| &file[..])), [240]);
        }
        let restarted = all(&[(80, 160), (0, 50)]);
        assert_eq!(lengths(&[&a, &restarted]), [50, 160]);
        assert_eq!(lengths(&[&restarted, &a]), [50, 160]);
        assert_eq!(lengths(&[&a, &a]), [80, 80]);
    }

    #[test]
    fn processes_are_told_apart_by_their_pids() {
        let mut starts = Starts::default();
        starts.file();
        // Moments alone would make one of these: the first ended too early.
        run(0, 4).for_each(|stamps| starts.hop(&stamps, Some(7)));
        run(0, 50).for_each(|stamps| starts.hop(&stamps, Some(8)));
        // A pid that is used again.
        run(0, 20).for_each(|stamps| starts.hop(&stamps, Some(8)));
        starts.file();
        run(50, 60).for_each(|stamps| starts.hop(&stamps, Some(8)));
        run(50, 60).for_each(|stamps| starts.hop(&stamps, Some(9)));
        assert!(starts.have_pids());
        let mut lengths: Vec<u64> = starts.finish().iter().map(|start| start.duration_ns.div_ceil(1_000_000)).collect();
        lengths.sort_unstable();
        assert_eq!(lengths, [4, 20, 60, 60]);
    }
}
