//! Numbers of the runtimes whose pools ran jobs of a capture.

use crate::hop::How;

/// Runtimes that are told apart, since 0 is no number: more than nearly any process has. Further ones have none.
const MAX_RUNTIMES: usize = How::RUNTIMES - 1;

/// What tells them apart, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Runtimes(Vec<u64>);

impl Runtimes {
    /// The number of a runtime, counted up from 1; 0 if `id` is 0, or if there are too many.
    pub(super) fn number(&mut self, id: u64) -> u8 {
        let known = self.0.iter().position(|&runtime| runtime == id);
        let index = known.or_else(|| {
            (id != 0 && self.0.len() < MAX_RUNTIMES).then(|| {
                self.0.push(id);
                self.0.len() - 1
            })
        });
        index.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or_default()
    }
}
