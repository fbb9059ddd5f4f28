//! Whether a checkpoint would say anything that the last one does not.
//!
//! Where nothing began, was recorded or is in flight, nothing is even looked at. While something is in flight its age grows, and so does
//! nothing else: then the next one is written once the ages are a tenth older, since a job that has run for an hour need not be
//! written every second. A stuck job, a deadlock and whatever else is new is written at once. And a file that is [`RENEWED`] old is written anew, so that
//! its age tells that the process is alive.

use std::time::{Duration, Instant};

use crate::report::{Aged, Live, Report, Wait};

/// A file is never older than this while its process is alive and can write it.
pub(super) const RENEWED: Duration = Duration::from_secs(300);

/// In one part of this many of a job's age nothing about it is news.
const TENTH: u32 = 10;

/// What was written last.
#[derive(Debug)]
pub(super) struct Written {
    activity: u64,
    /// What was in flight, without ages.
    live: Live,
    in_flight: bool,
    oldest: Duration,
    at: Instant,
}

impl Written {
    /// `activity`: of the moment before the report was made.
    pub(super) fn new(activity: u64, report: &Report) -> Self {
        let live = report.live.clone().unwrap_or_default();
        Self {
            activity,
            in_flight: report.outcomes.in_flight > 0 || !live.sites.is_empty(),
            oldest: oldest(&live),
            live: without_ages(live),
            at: Instant::now(),
        }
    }

    /// Whether there is nothing to say, as far as can be told without a report.
    pub(super) fn is_quiet(&self, activity: u64) -> bool {
        !self.in_flight && self.activity == activity && self.at.elapsed() < RENEWED
    }

    /// Whether a report says nothing more, but for slightly greater ages.
    pub(super) fn says_all_of(&self, activity: u64, report: &Report) -> bool {
        let age = self.at.elapsed();
        self.activity == activity
            && age < (self.oldest / TENTH).min(RENEWED)
            && report.live.clone().map(without_ages).as_ref() == Some(&self.live)
    }
}

fn oldest(live: &Live) -> Duration {
    let ages = live.sites.iter().flat_map(|site| [site.queued, site.running, site.finished]).map(|aged| aged.oldest_ns);
    Duration::from_nanos(ages.max().unwrap_or(0))
}

fn without_ages(mut live: Live) -> Live {
    let ageless = |aged: &mut Aged| *aged = Aged { count: aged.count, ..Aged::default() };
    for site in &mut live.sites {
        [&mut site.queued, &mut site.running, &mut site.finished].into_iter().for_each(ageless);
    }
    let waits = |waits: &mut Vec<Wait>| {
        waits.iter_mut().for_each(|wait| wait.oldest_ns = 0);
        // They may have come in the order of their ages.
        waits.sort();
    };
    waits(&mut live.waits);
    for deadlock in &mut live.deadlocks {
        deadlock.age_ns = 0;
        waits(&mut deadlock.waits);
    }
    live
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Deadlock, LiveSite};

    /// One job that has run for so long.
    fn running(age: Duration) -> Report {
        let age_ns = u64::try_from(age.as_nanos()).unwrap();
        let aged = Aged { count: 1, oldest_ns: age_ns, total_ns: age_ns };
        let live = Live { sites: vec![LiveSite { running: aged, ..LiveSite::default() }], ..Live::default() };
        Report { live: Some(live), ..Report::default() }
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn where_nothing_is_in_flight_nothing_recorded_is_nothing_new() {
        let written = Written::new(7, &Report::default());
        assert!(written.is_quiet(7));
        assert!(!written.is_quiet(8), "something was recorded");
    }

    #[test]
    fn an_old_job_that_grows_older_is_no_news_and_a_young_one_is() {
        let written = Written::new(7, &running(HOUR));
        assert!(!written.is_quiet(7), "a job may begin or be stuck without a record");
        assert!(written.says_all_of(7, &running(HOUR + Duration::from_secs(1))));
        assert!(!written.says_all_of(8, &running(HOUR)), "something was recorded");
        assert!(!Written::new(7, &running(Duration::ZERO)).says_all_of(7, &running(Duration::from_secs(1))));
    }

    #[test]
    fn whatever_else_changes_is_news() {
        let written = Written::new(7, &running(HOUR));
        let changed = |change: fn(&mut Live)| {
            let mut report = running(HOUR);
            change(report.live.as_mut().unwrap());
            !written.says_all_of(7, &report)
        };
        assert!(changed(|live| live.sites[0].stuck = 1));
        assert!(changed(|live| live.sites[0].running.count = 2));
        assert!(changed(|live| live.deadlocks.push(Deadlock::default())));
        assert!(changed(|live| live.waits.push(Wait::default())));
        assert!(!changed(|live| live.sites[0].running.total_ns += 1));
    }

    #[test]
    fn an_old_file_is_written_anew() {
        let mut written = Written::new(7, &Report::default());
        let Some(long_ago) = Instant::now().checked_sub(RENEWED) else { return };
        written.at = long_ago;
        assert!(!written.is_quiet(7));
    }
}
