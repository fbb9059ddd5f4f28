//! The size that the system lets a process's files have (`ulimit -f`). Whoever writes beyond it gets SIGXFSZ, which ends a process
//! that has no handler for it. So every write of ours asks first.
#![cfg_attr(unix, expect(unsafe_code, reason = "the system's limits are read through its C interface"))]

use std::io::{Error, ErrorKind, Result};

/// Returns the size in bytes that no file of the process may exceed, as the limit is now; `None` if there is none. One system call.
#[must_use]
pub fn file_limit() -> Option<u64> {
    imp::file_limit()
}

/// Checks that a file of the process may have this size, in bytes.
///
/// # Errors
/// [`ErrorKind::FileTooLarge`] if not.
pub fn check_size(size: u64) -> Result<()> {
    match file_limit() {
        Some(limit) if size > limit => Err(Error::new(
            ErrorKind::FileTooLarge,
            format!("it takes more than the {limit} bytes that a file of this process may have (`ulimit -f`)"),
        )),
        _ => Ok(()),
    }
}

#[cfg(unix)]
mod imp {
    pub(super) fn file_limit() -> Option<u64> {
        let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: the system writes one `rlimit` where the pointer leads, which is to a local one.
        let done = unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
        // A limit that cannot be read is none that is known.
        let is_limited = done == 0 && limit.rlim_cur != libc::RLIM_INFINITY;
        is_limited.then(|| widened(limit.rlim_cur))
    }

    /// The type has a sign and a width of its own on each system.
    fn widened(limit: impl TryInto<u64>) -> u64 {
        limit.try_into().unwrap_or(u64::MAX)
    }
}

#[cfg(not(unix))]
mod imp {
    pub(super) fn file_limit() -> Option<u64> {
        None
    }
}
