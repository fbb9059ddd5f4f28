//! Children that are forked off in mid-run, and hop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tollbridge::task::spawn_blocking;

/// What became of a child.
#[derive(PartialEq, Eq)]
enum Child {
    Fine,
    Harmed,
    Hung,
}

/// A child has one thread, and a runtime of its own.
fn child() -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let sum = runtime.block_on(async {
        spawn_blocking(|| 41).await.expect("it returns") + spawn_blocking(|| 1).await.expect("it returns")
    });
    // SAFETY: ends the process, without what its parent's libraries would do at exit.
    unsafe { libc::_exit(i32::from(sum != 42)) }
}

fn wait(pid: libc::pid_t) -> Child {
    let begun = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: the call writes to a local number.
        if unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) } == pid {
            return if status == 0 { Child::Fine } else { Child::Harmed };
        }
        if begun.elapsed() > Duration::from_secs(5) {
            // SAFETY: it is a child of this process, and nobody has waited for it.
            unsafe {
                libc::kill(pid, libc::SIGKILL);
                libc::waitpid(pid, &raw mut status, 0);
            }
            return Child::Hung;
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

pub(crate) fn run(forks: u64, reporters: u64) -> bool {
    let toll = tollbridge::init();
    let ended = AtomicBool::new(false);
    let (mut harmed, mut hung) = (0, 0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                super::runtime().block_on(async {
                    while !ended.load(Ordering::Relaxed) {
                        spawn_blocking(|| 1).await.expect("it returns");
                        drop(spawn_blocking(|| 2));
                        tokio::time::sleep(Duration::from_micros(50)).await;
                    }
                });
            });
        }
        for _ in 0..reporters {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    drop(toll.report());
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
        }
        for i in 0..forks {
            std::thread::sleep(Duration::from_micros(500 + i * 7_919 % 3_000));
            // SAFETY: the child calls what takes no lock that was held at the fork, as far as tollbridge and tokio see to it: that is what is tried.
            match unsafe { libc::fork() } {
                0 => child(),
                pid => match wait(pid) {
                    Child::Fine => {}
                    Child::Harmed => harmed += 1,
                    Child::Hung => hung += 1,
                },
            }
            if hung > 5 {
                break;
            }
        }
        ended.store(true, Ordering::Relaxed);
    });
    println!("done={forks} harmed={harmed} hung={hung}");
    harmed == 0 && hung == 0
}
