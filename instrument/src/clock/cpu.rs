//! CPU time: how long a thread, or the whole process, has had a processor.
//!
//! A reading is a system call: 0.15 to 0.9 us. Where the system has no such clock there is none, and reports say so.
#![cfg_attr(unix, expect(unsafe_code, reason = "the system's clocks are read through its C interface"))]

/// CPU time of the calling thread in ns, counted from its beginning.
#[must_use]
pub fn thread() -> Option<u64> {
    imp::thread()
}

/// CPU time of all threads of the process in ns, counted from its beginning.
#[must_use]
pub fn process() -> Option<u64> {
    imp::process()
}

#[cfg(unix)]
mod imp {
    pub(super) fn thread() -> Option<u64> {
        read(libc::CLOCK_THREAD_CPUTIME_ID)
    }

    pub(super) fn process() -> Option<u64> {
        read(libc::CLOCK_PROCESS_CPUTIME_ID)
    }

    fn read(clock: libc::clockid_t) -> Option<u64> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the system writes one `timespec` where the pointer leads, which is to a local one.
        let done = unsafe { libc::clock_gettime(clock, &raw mut time) };
        let (seconds, ns) = (u64::try_from(time.tv_sec).ok()?, u64::try_from(time.tv_nsec).ok()?);
        (done == 0).then(|| seconds.saturating_mul(1_000_000_000).saturating_add(ns))
    }
}

#[cfg(not(unix))]
mod imp {
    pub(super) fn thread() -> Option<u64> {
        None
    }

    pub(super) fn process() -> Option<u64> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_thread_that_computes_has_cpu_time_and_its_process_at_least_as_much() {
        // First what is looked at last, so that it has all of the rest in it.
        let (process, thread) = (super::process().expect("Linux"), super::thread().expect("Linux"));
        let mut sum = 0u64;
        while super::thread().expect("Linux") - thread < 1_000_000 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(super::process().expect("Linux") - process >= 1_000_000);
    }
}
