//! The self time of a span with others inside: what they leave of it.

use std::cell::Cell;
use std::hint::black_box;

use tollbridge::report::SpanMeans;
use tollbridge::{LockOp, Mutex};
use tollbridge_instrument::probe::{Ambient, Probe};

use crate::operation::chain;
use crate::ruler::{Reading, armed, looped_ns};
use tollbridge_testkit::random::Random;

const PARENTS: u32 = 2_000;
/// Steps of work in front of and behind each child, and in it.
const OWN: u32 = 100;
const CHILDS: u32 = 30;

/// What stands inside.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Child {
    /// A state copy.
    Copy,
    /// An instrumented mutex, taken.
    Mutex,
    /// Somebody's span.
    Span,
}

/// So many children of a kind, and their name in the table.
pub(crate) const PARENTS_OF: [(&str, Child, u32); 6] = [
    ("1 copy inside", Child::Copy, 1),
    ("8 copies inside", Child::Copy, 8),
    ("1 mutex inside", Child::Mutex, 1),
    ("8 mutexes inside", Child::Mutex, 8),
    ("1 span inside", Child::Span, 1),
    ("8 spans inside", Child::Span, 8),
];

/// Truth and self time of such parents. The truth is that of its own work and of the mutexes' release, without any span.
/// Needs a [`tollbridge::RecorderSubscriber`] as the process's subscriber.
pub(crate) fn read(child: Child, children: u32) -> Reading {
    let (value, mutex, bare) = (Cell::new(1), Mutex::new("inside", ()), parking_lot::Mutex::new(()));
    let work = |steps| value.set(chain(value.get(), steps));
    let truth = looped_ns(PARENTS, &|| {
        (0..children).for_each(|_| work(OWN));
        work(OWN);
    });
    let released = match child {
        // The parent's, unlike the acquisition: half of what both take.
        Child::Mutex => looped_ns(PARENTS, &|| drop(black_box(&bare).lock())) / 2.0 * f64::from(children),
        Child::Copy | Child::Span => 0.0,
    };
    let guard = armed();
    let mut random = Random(1);
    for _ in 0..PARENTS {
        // A thread adds its spans up every 128. That this is not always in the same place in the parent, as it would be
        // where nothing else is recorded, is a part of what is tried.
        for _ in 0..random.next() % 4 {
            let opened = Ambient.open_lock(LockOp::Wait);
            Ambient.close_lock(opened, LockOp::Wait, false);
        }
        let _parent = tracing::info_span!("parent").entered();
        for _ in 0..children {
            work(OWN);
            match child {
                Child::Copy => {
                    let opened = Ambient.open_copy(0);
                    work(CHILDS);
                    Ambient.close_copy(opened, 0);
                }
                Child::Mutex => drop(mutex.lock()),
                Child::Span => tracing::info_span!("child").in_scope(|| work(CHILDS)),
            }
        }
        work(OWN);
    }
    let report = guard.finish().expect("armed");
    let SpanMeans { self_ns, children_per_span, .. } =
        report.span_means.iter().find(|means| means.path == ["parent"]).expect("it was recorded");
    assert!((children_per_span - f64::from(children)).abs() < 1e-9);
    Reading { truth: truth + released, raw: self_ns.raw, corrected: self_ns.corrected.unwrap_or_default() }
}
