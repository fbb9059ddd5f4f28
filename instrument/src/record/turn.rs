//! Who decides what is armed in a process that never called `init`: the call that comes first. To arm takes it 5 ms, and nobody waits for that:
//! calls that come meanwhile go unrecorded, and are counted.

use std::sync::atomic::{AtomicU32, Ordering};

use super::state;

/// Whose turn it is to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The calling thread's: it has to call [`arm_unattended`](super::arm_unattended) or [`decide_off`](super::decide_off).
    Own,
    /// Another thread's, which is at it. The call was counted as one that is not recorded.
    Others,
}

/// The process that decides, of whose threads one is at it.
static DECIDES: AtomicU32 = AtomicU32::new(0);

/// Takes the turn, if it is to be had; `None` if all is decided. Waits for nobody.
#[cold]
#[must_use]
pub fn take_turn() -> Option<Turn> {
    loop {
        let armed = state::armed();
        if !armed.is_undecided() {
            return None;
        }
        let own = std::process::id();
        // ORDERING: relaxed; all that write it in this process write the same, before the word that says that somebody decides.
        if armed.is_being_decided() && DECIDES.load(Ordering::Relaxed) == own {
            if state::replace(armed, armed.one_more_missed()) {
                return Some(Turn::Others);
            }
            continue;
        }
        // Nobody is at it, or one who was at it when this process was forked off, and is not here.
        DECIDES.store(own, Ordering::Relaxed);
        if state::replace(armed, armed.being_decided()) {
            return Some(Turn::Own);
        }
    }
}
