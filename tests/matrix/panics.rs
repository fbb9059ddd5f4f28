//! Expected panics: silent, and in the transcript with their place.

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use crate::tracked::Tracked;
use crate::transcript::{Log, without_ids};

thread_local! {
    /// To whom this thread's next panic is to be told. Nobody: it is not expected. Without a destructor, so that it is there
    /// for the destructors of others.
    static EXPECTED: ManuallyDrop<RefCell<Option<Log>>> = const { ManuallyDrop::new(RefCell::new(None)) };
}

/// A panic payload that is no text.
#[derive(Debug)]
pub(crate) struct Payload(pub(crate) Tracked);

/// Puts the binary's hook in place, once.
pub(crate) fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| match expected() {
            Some(log) => log.event(format!("the panic hook sees {}", described(info))),
            None => default(info),
        }));
    });
}

fn expected() -> Option<Log> {
    EXPECTED.with(|expected| expected.borrow_mut().take())
}

fn described(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(|location| format!("{}:{}", location.file(), location.line()));
    format!("{} at {}", text(info.payload()), place.unwrap_or_else(|| "no place".to_owned()))
}

/// What a panic carried.
pub(crate) fn text(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        format!("the &str {text:?}")
    } else if let Some(text) = payload.downcast_ref::<String>() {
        format!("the String {:?}", without_ids(text))
    } else if let Some(Payload(tracked)) = payload.downcast_ref() {
        format!("{tracked:?}")
    } else {
        "a payload of unknown type".to_owned()
    }
}

/// The calling thread's next panic is told to `log`.
pub(crate) fn expect(log: &Log) {
    EXPECTED.with(|expected| *expected.borrow_mut() = Some(log.clone()));
}

/// Runs `f`, which may panic.
pub(crate) fn caught<T>(log: &Log, f: impl FnOnce() -> T) -> Option<T> {
    expect(log);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    drop(expected());
    result.inspect_err(|payload| log.event(format!("caught {}", text(&**payload)))).ok()
}
