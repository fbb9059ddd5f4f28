//! What a process says that was forked off after `init`: the report is its parent's, and nothing of this process is in it.

use super::stderr;

/// Says it, waiting for no lock: a thread that this process does not have may hold that of stderr.
pub(super) fn complain() {
    stderr::write_unlocked(
        "tollbridge: this process was forked off after `init`, so its hops are not in the report; fork or daemonize first, then call \
         `tollbridge::init()`\n",
    );
}
