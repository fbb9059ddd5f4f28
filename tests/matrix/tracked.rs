//! Values that tell when, where and in whose context they are dropped.

use std::fmt;
use std::thread;

use crate::panics;
use crate::transcript::Log;

/// Tells of its drop, and panics in it if it is to.
pub(crate) struct Tracked {
    log: Log,
    name: &'static str,
    panics: bool,
}

impl Tracked {
    pub(crate) fn new(log: &Log, name: &'static str, panics: bool) -> Self {
        Self { log: log.clone(), name, panics }
    }
}

impl fmt::Debug for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {}", self.name)
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.log.event(format!("drops the {}", self.name));
        // A second panic would end the process.
        if self.panics && !thread::panicking() {
            panics::expect(&self.log);
            panic!("the {} panics when dropped", self.name);
        }
    }
}
