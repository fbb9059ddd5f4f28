//! The job of most cells: what it does and how it ends.

use std::fmt;
use std::panic::{panic_any, resume_unwind};
use std::sync::{Arc, Weak};
use std::thread;

use crate::panics::{self, Payload};
use crate::patience::{Gate, Opener};
use crate::tracked::Tracked;
use crate::transcript::Log;

/// How the job itself ends, if it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Value,
    PanicsWithStr,
    PanicsWithString,
    PanicsWithPayload,
    PayloadPanicsInDrop,
    ResumesUnwind,
    CapturedPanicsInDrop,
    OutputPanicsInDrop,
}

/// An ending, and whether the job came that far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) ending: Ending,
    /// Stays in the pool's queue until the gate is open.
    pub(crate) queued: bool,
    /// Aborted before anything else is done with the handle.
    pub(crate) aborted: bool,
}

const fn running(name: &'static str, ending: Ending) -> Outcome {
    Outcome { name, ending, queued: false, aborted: false }
}

/// The first dimension.
pub(crate) const OUTCOMES: [Outcome; 13] = [
    running("a value", Ending::Value),
    running("a panic with &str", Ending::PanicsWithStr),
    running("a panic with String", Ending::PanicsWithString),
    running("a panic with a payload", Ending::PanicsWithPayload),
    running("a panic whose payload panics in drop", Ending::PayloadPanicsInDrop),
    running("an unwind without the hook", Ending::ResumesUnwind),
    running("a captured value that panics in drop", Ending::CapturedPanicsInDrop),
    running("an output that panics in drop", Ending::OutputPanicsInDrop),
    Outcome { name: "a value from the queue", ending: Ending::Value, queued: true, aborted: false },
    Outcome { name: "cancelled before start", ending: Ending::Value, queued: true, aborted: true },
    Outcome {
        name: "cancelled before start, and a captured value panics in drop",
        ending: Ending::CapturedPanicsInDrop,
        queued: true,
        aborted: true,
    },
    Outcome { name: "aborted while running", ending: Ending::Value, queued: false, aborted: true },
    Outcome { name: "a panic after an abort", ending: Ending::PanicsWithStr, queued: false, aborted: true },
];

/// What the job returns.
pub(crate) struct Output {
    pub(crate) number: u32,
    _tracked: Tracked,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the output {}", self.number)
    }
}

/// Tells from outside whether the job, with what it captured, is gone.
#[derive(Debug)]
pub(crate) struct Over(Weak<()>);

impl Over {
    pub(crate) fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }
}

/// A job that opens `started` and then waits at `held`, if there is such a gate.
pub(crate) fn job(
    log: &Log,
    ending: Ending,
    started: Opener,
    held: Option<Gate>,
) -> (impl FnOnce() -> Output + Send + use<>, Over) {
    let log = log.clone();
    let captured = Tracked::new(&log, "captured value", ending == Ending::CapturedPanicsInDrop);
    let alive = Arc::new(());
    let over = Over(Arc::downgrade(&alive));
    let job = move || {
        // Dropped before what the closure captured. `alive` is the last of that.
        let _local = Tracked::new(&log, "job's local", false);
        let _captured = (&captured, &alive);
        log.thread_is("pool");
        log.event(format!("the job starts on a thread named {:?}", thread::current().name()));
        log.event(format!("the job has budget: {}", tokio::task::coop::has_budget_remaining()));
        started.open();
        if let Some(held) = held {
            held.wait();
        }
        log.event("the job ends");
        let payload = |panics| Payload(Tracked::new(&log, "payload", panics));
        match ending {
            Ending::Value | Ending::CapturedPanicsInDrop | Ending::OutputPanicsInDrop => {}
            Ending::PanicsWithStr => {
                panics::expect(&log);
                panic!("on purpose");
            }
            Ending::PanicsWithString => {
                panics::expect(&log);
                panic!("on {}", String::from("purpose"));
            }
            Ending::PanicsWithPayload | Ending::PayloadPanicsInDrop => {
                let payload = payload(ending == Ending::PayloadPanicsInDrop);
                panics::expect(&log);
                panic_any(payload);
            }
            Ending::ResumesUnwind => resume_unwind(Box::new(payload(false))),
        }
        Output { number: 42, _tracked: Tracked::new(&log, "output", ending == Ending::OutputPanicsInDrop) }
    };
    (job, over)
}
