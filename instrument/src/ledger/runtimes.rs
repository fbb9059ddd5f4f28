//! Numbers of the runtimes whose pools ran jobs.

use parking_lot::Mutex;

/// Runtimes that are told apart: more than any process has at a time. Further ones have no number.
const MAX_RUNTIMES: usize = 7;

static RUNTIMES: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// The number of a runtime, counted up from 1; 0 if there are too many, if `id` is 0, or if that cannot be told without waiting.
pub(super) fn number(id: u64) -> u8 {
    let Some(mut runtimes) = (id != 0).then(|| RUNTIMES.try_lock()).flatten() else { return 0 };
    let known = runtimes.iter().position(|&runtime| runtime == id);
    let index = known.or_else(|| {
        (runtimes.len() < MAX_RUNTIMES).then(|| {
            runtimes.push(id);
            runtimes.len() - 1
        })
    });
    index.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or_default()
}

/// Numbers are below this.
pub(super) const NUMBERS: usize = MAX_RUNTIMES + 1;
