//! What goes to stderr. It may be a file, and a file may be as large as it may be.

use std::io::Write as _;

/// Says what is wrong, or worth knowing.
pub(super) fn complain(message: &str) {
    write(&format!("tollbridge: {message}\n"));
}

/// Writes text. Where stderr is closed or takes no more there is nobody to tell, and the app must not fail for it.
pub(super) fn write(text: &str) {
    if has_room(text) {
        let _ = put(text);
    }
}

/// Writes past the lock that std has for stderr: a thread may hold it while a slow terminal takes what it prints, and one that a forked process
/// does not have never gives it back.
#[cfg(unix)]
fn put(text: &str) -> std::io::Result<()> {
    own_handle()?.write_all(text.as_bytes())
}

/// Nothing forks here.
#[cfg(not(unix))]
fn put(text: &str) -> std::io::Result<()> {
    std::io::stderr().lock().write_all(text.as_bytes())
}

/// Whether stderr may take that much more. Beyond the limit for files a write ends the process (SIGXFSZ).
#[cfg(unix)]
fn has_room(text: &str) -> bool {
    use crate::disk;
    use std::io::Seek as _;
    if disk::file_limit().is_none() {
        return true;
    }
    let has_room = own_handle().and_then(|mut stderr| {
        let metadata = stderr.metadata()?;
        // A terminal or a pipe has no length.
        if metadata.is_file() {
            // Where it is opened for appending its position says nothing, and otherwise its length does not.
            let end = metadata.len().max(stderr.stream_position()?);
            disk::check_size(end.saturating_add(text.len() as u64))?;
        }
        Ok(())
    });
    has_room.is_ok()
}

#[cfg(not(unix))]
fn has_room(_: &str) -> bool {
    true
}

#[cfg(unix)]
fn own_handle() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd as _;
    std::io::stderr().as_fd().try_clone_to_owned().map(std::fs::File::from)
}
