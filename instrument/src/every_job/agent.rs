//! Recording in a program that does not link tollbridge: begins when the copy loads the agent, ends with the program.

use std::ptr;
use std::sync::OnceLock;

use parking_lot::Mutex;

use super::hooks::{HOOKS, Hooks};
use crate::names::Detail;
use crate::record;
use crate::session::{self, Alone, Guard};

/// The guard, until the program ends, and the process that it is of.
static GUARD: Mutex<Option<(Guard, u32)>> = Mutex::new(None);

/// Turns recording on, unless the environment says no, the first time that it is called. Returns the table of hooks; null if nothing is recorded.
#[must_use]
pub fn start() -> *const Hooks {
    static ARMED: OnceLock<bool> = OnceLock::new();
    let is_armed = ARMED.get_or_init(|| {
        // While an app is built, its proc macros and build scripts have its tokio too.
        let exe = record::executable();
        if exe == "rustc" || exe.starts_with("build-script-") {
            return false;
        }
        let guard = session::init_unasked::<Alone>(Detail::Phases);
        let is_armed = guard.is_armed() && ends_with_program();
        *GUARD.lock() = Some((guard, std::process::id())).filter(|_| is_armed);
        is_armed
    });
    if *is_armed { &raw const HOOKS } else { ptr::null() }
}

/// Has the guard finished when the program ends by itself. One that is killed leaves its last checkpoint.
#[expect(unsafe_code, reason = "std has no such call")]
fn ends_with_program() -> bool {
    extern "C" fn end() {
        // Whoever holds it has no more use for it than this.
        match GUARD.try_lock().and_then(|mut guard| guard.take()) {
            Some((guard, process)) if process == std::process::id() => guard.finish_unasked(),
            // A process that was forked off: the report is its parent's, and nobody here has asked for a line on stderr.
            forked => std::mem::forget(forked),
        }
    }
    // SAFETY: a function of this library, which is never unloaded.
    unsafe { libc::atexit(end) == 0 }
}
