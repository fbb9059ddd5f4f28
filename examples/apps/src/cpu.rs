//! What the process used of the processors.

use std::time::Duration;

/// The kernel counts in hundredths of a second (`USER_HZ`), on every platform that Linux runs on.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of all threads so far, of the program and of the kernel for it; `None` where there is no `/proc`.
pub(crate) fn used() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, which may hold anything, ends at the last parenthesis; the 12th and 13th fields after it are utime and stime.
    let mut after_name = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let [user, kernel] = [after_name.next()?, after_name.next()?].map(|ticks| ticks.parse::<u32>().ok());
    Some(TICK * (user? + kernel?))
}
