//! What a process says that was forked off after `init`: the report is its parent's, and nothing of this process is in it.

use super::stderr;

/// Says it.
pub(super) fn complain() {
    stderr::complain(
        "this process was forked off after `init`, so its hops are not in the report; fork or daemonize first, then call \
         `tollbridge::init()`",
    );
}
