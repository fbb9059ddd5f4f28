//! What a process says that was forked off after `init`: the report is its parent's, and nothing of this process is in it.

/// Says it, waiting for no lock: a thread that this process does not have may hold that of stderr.
pub(super) fn complain() {
    write(
        "tollbridge: this process was forked off after `init`, so its hops are not in the report; fork or daemonize first, then call \
         `tollbridge::init()`\n",
    );
}

/// Writes past the lock that std has for stderr.
#[cfg(unix)]
fn write(text: &str) {
    use std::io::Write as _;
    use std::os::fd::AsFd as _;
    let own = std::io::stderr().as_fd().try_clone_to_owned();
    // Where stderr is closed there is nobody to tell.
    let _ = own.map(std::fs::File::from).and_then(|mut stderr| stderr.write_all(text.as_bytes()));
}

/// Nothing forks here.
#[cfg(not(unix))]
fn write(_: &str) {}
