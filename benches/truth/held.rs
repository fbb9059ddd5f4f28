//! The public mutex: free, and while another thread holds it for a known time.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use tollbridge::Mutex;
use tollbridge::report::{Distribution, Report, SpanReport};

use crate::ruler::{Reading, Way, armed, bracketed, brackets, floor, looped_ns, ways};

const FREE: u32 = 20_000;
const HELD: u32 = 40;
/// How long it is held once somebody asks for it.
const HOLD: Duration = Duration::from_micros(200);

/// A free one, again and again; the truth is that of the mutex inside.
pub(crate) fn free() -> Reading {
    let inner = parking_lot::Mutex::new(0u64);
    let truth = looped_ns(FREE, &|| *std::hint::black_box(&inner).lock() += 1);
    let guard = armed();
    let mutex = Mutex::new("free", 0u64);
    (0..FREE).for_each(|_| *mutex.lock() += 1);
    reading(&guard.finish().expect("armed"), truth, Distribution::mean)
}

/// One that another thread holds. It gives it back [`HOLD`] after this thread says that it is coming.
pub(crate) fn held() -> Reading {
    let guard = armed();
    let (watched, bare) = (Mutex::new("held", ()), parking_lot::Mutex::new(()));
    let turn = Turn::default();
    let truth = std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in ways(HELD) {
                turn.wait_for(FREE_FOR_HOLDER);
                // Both, so that it is the same thing to wait for either. Nobody else has them now, so neither is waited for.
                let held = (watched.try_lock().expect("free"), bare.try_lock().expect("free"));
                turn.set(HELD_BY_HOLDER);
                turn.wait_for(ASKED_FOR);
                let start = Instant::now();
                while start.elapsed() < HOLD {
                    std::hint::spin_loop();
                }
                drop(held);
                turn.set(GIVEN_BACK);
            }
        });
        let by_turns = brackets(HELD, |way| {
            turn.set(FREE_FOR_HOLDER);
            turn.wait_for(HELD_BY_HOLDER);
            let ask = || turn.set(ASKED_FOR);
            let ns = match way {
                Way::Bracketed => bracketed(|| {
                    ask();
                    drop(bare.lock());
                }),
                Way::Nothing => {
                    let ns = bracketed(|| ());
                    ask();
                    ns
                }
                Way::Probed | Way::Bare | Way::Empty => {
                    ask();
                    drop(watched.lock());
                    0
                }
            };
            turn.wait_for(GIVEN_BACK);
            ns
        });
        // The median: to be woken takes anything up to a ms on a virtual machine.
        by_turns.truth(|lengths| lengths.quantile(0.5))
    });
    reading(&guard.finish().expect("armed"), truth, |lengths| lengths.quantile(0.5))
}

/// Whose turn it is.
#[derive(Default)]
struct Turn(AtomicU8);

const FREE_FOR_HOLDER: u8 = 1;
const HELD_BY_HOLDER: u8 = 2;
const ASKED_FOR: u8 = 3;
const GIVEN_BACK: u8 = 4;

impl Turn {
    fn set(&self, turn: u8) {
        self.0.store(turn, Ordering::SeqCst);
    }

    fn wait_for(&self, turn: u8) {
        while self.0.load(Ordering::SeqCst) != turn {
            std::hint::spin_loop();
        }
    }
}

fn reading(report: &Report, truth: f64, middle: impl Fn(&Distribution) -> Option<f64>) -> Reading {
    let [SpanReport { ns, .. }] = &report.spans[..] else { panic!("one lock: {:?}", report.spans) };
    let raw = middle(ns).expect("some");
    let corrected = (raw - floor(report.clock.as_ref().expect("a recorder has one"))).max(0.0);
    Reading { truth, raw, corrected }
}
