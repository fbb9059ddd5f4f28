//! Whether what is found in a folder was left by somebody who is gone.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::changes::RENEWED;
use super::process;

/// Whether a process would have written this file, or into this folder, since, if it were alive.
pub(super) fn is_old(path: &Path) -> bool {
    let at = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    // A clock that was set back says nothing.
    at.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > 2 * RENEWED))
}

/// Whether no process of this number can be seen. One that has it may live all the same where hosts or containers share the folder: the number is then
/// of one there. And this process may have had an earlier one's number from the beginning.
pub(super) fn is_gone(pid: u32) -> bool {
    pid == std::process::id() || process::is_alive(pid) != Some(true)
}
