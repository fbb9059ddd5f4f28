//! The arms: what hops are measured under.

mod chrome;
#[cfg(feature = "console")]
mod console;
#[cfg(feature = "dial9")]
mod dial9;
mod fastrace;
mod flame;
#[expect(unsafe_code, reason = "hotpath makes each label an exported symbol, to find duplicates")]
mod hotpath;
mod json;
mod noop;
mod nothing;
mod registry;
mod timing;
mod tollbridge;
mod traced;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use tokio::runtime::Runtime;

use crate::hop::SPANS;

pub(crate) struct Arm {
    pub(crate) name: &'static str,
    /// It sees all hops of its runtime, so that tokio's own need another one.
    pub(crate) watches_runtime: bool,
    /// Spans that it records of a hop.
    pub(crate) spans: u64,
    /// Sets it up for this process; its files go into the folder.
    pub(crate) start: fn(&Path) -> Active,
}

type Hops = fn(u64) -> Pin<Box<dyn Future<Output = ()>>>;

pub(crate) struct Active {
    /// In place of an ordinary one.
    pub(crate) runtime: Option<Runtime>,
    pub(crate) hops: Hops,
    /// Ends it, after so many hops.
    pub(crate) finish: Box<dyn FnOnce(u64) -> Evidence>,
}

impl Active {
    fn new(hops: Hops, finish: impl FnOnce(u64) -> Evidence + 'static) -> Self {
        Self { runtime: None, hops, finish: Box::new(finish) }
    }
}

/// How a process knows that its arm did record.
pub(crate) enum Evidence {
    /// So many spans or hops were counted, and so many should have been.
    Counted { what: &'static str, counted: u64, expected: u64 },
    /// The same of an arm that loses some by its design; most are there.
    Most { what: &'static str, counted: u64, expected: u64 },
    /// Lines of this file that contain the text.
    Lines { file: PathBuf, text: &'static str, per_hop: u64 },
    /// Something that was made sure of at the start.
    Said(&'static str),
}

impl Evidence {
    /// Panics where something is missing, so that an arm that does nothing cannot look fast.
    pub(crate) fn check(self, hops: u64) -> String {
        match self {
            Self::Counted { what, counted, expected } => {
                assert_eq!(counted, expected, "{what} of {hops} hops");
                format!("{counted} {what}")
            }
            Self::Most { what, counted, expected } => {
                assert!(counted <= expected && counted * 2 > expected, "{counted} of {expected} {what}");
                format!("{counted} of {expected} {what}")
            }
            Self::Lines { file, text, per_hop } => {
                let lines = BufReader::new(std::fs::File::open(file).expect("the arm wrote it")).lines();
                let found = lines.filter(|line| line.as_ref().expect("UTF-8").contains(text)).count() as u64;
                assert!(found >= per_hop * hops, "{found} lines of {hops} hops");
                format!("{found} lines")
            }
            Self::Said(what) => what.to_owned(),
        }
    }
}

const fn arm(name: &'static str, spans: u64, start: fn(&Path) -> Active) -> Arm {
    Arm { name, watches_runtime: false, spans, start }
}

/// The first is tokio's own again: how far its interval reaches is the error of all others.
pub(crate) const ARMS: &[Arm] = &[
    arm("nothing", 0, nothing::start),
    arm("do-nothing", SPANS, noop::start),
    arm("registry", SPANS, registry::start),
    arm("tollbridge-coarse", 7, tollbridge::coarse),
    arm("tollbridge-detailed", 9, tollbridge::detailed),
    arm("tollbridge-naive", SPANS, tollbridge::naive),
    arm("tollbridge-layer", SPANS, tollbridge::layer),
    arm("tollbridge-subscriber", SPANS, tollbridge::subscriber),
    arm("hotpath", SPANS, hotpath::start),
    arm("fastrace", SPANS, fastrace::start),
    arm("tracing-timing", SPANS, timing::start),
    arm("tracing-chrome", SPANS, chrome::start),
    arm("tracing-flame", SPANS, flame::start),
    arm("fmt-json", SPANS, json::start),
    #[cfg(feature = "dial9")]
    Arm { watches_runtime: true, ..arm("dial9", 0, dial9::start) },
    #[cfg(feature = "dial9")]
    Arm { watches_runtime: true, ..arm("dial9-events", SPANS, dial9::events) },
    #[cfg(feature = "console")]
    arm("console", 1, console::start),
];

pub(crate) fn find(name: &str) -> &'static Arm {
    ARMS.iter().find(|arm| arm.name == name).unwrap_or_else(|| panic!("no arm is called {name}"))
}
