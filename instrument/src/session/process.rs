//! Whether another process is alive.

use std::io::ErrorKind;

/// Whether there is a process of this number that has not ended; `None` where the system does not say. As Linux shows it, in the namespace
/// of the calling process; no other system does. One that came by the number of an ended one counts as that.
pub(super) fn is_alive(pid: u32) -> Option<bool> {
    let stat = |of: &str| std::fs::read_to_string(format!("/proc/{of}/stat"));
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    // Where this one is not shown, none is.
    stat("self").ok()?;
    match stat(&pid.to_string()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Some(false),
        Err(_) => None,
        // `PID (NAME) STATE ...`. A zombie has ended, and nobody has asked how.
        Ok(stat) => stat.rsplit_once(") ").map(|(_, rest)| !rest.starts_with(['Z', 'X'])),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_one_that_ended_is_not() {
        assert_eq!(is_alive(std::process::id()), Some(true));
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        let pid = ended.id();
        while is_alive(pid) == Some(true) {
            std::thread::yield_now();
        }
        assert_eq!(is_alive(pid), Some(false), "a zombie");
        ended.wait().unwrap();
        assert_eq!(is_alive(pid), Some(false));
    }
}
