//! The app's own subscriber on all threads of a cell, while there is one.

use std::cell::RefCell;

use parking_lot::Mutex;
use tracing::Dispatch;
use tracing::dispatcher::{self, DefaultGuard};

static SUBSCRIBER: Mutex<Option<Dispatch>> = Mutex::new(None);

thread_local! {
    static ENTERED: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// The calling thread's subscriber becomes that of the cells' threads, until this is dropped.
#[derive(Debug)]
pub(crate) struct OnAllThreads;

impl OnAllThreads {
    pub(crate) fn set(dispatch: &Dispatch) -> Self {
        *SUBSCRIBER.lock() = Some(dispatch.clone());
        enter();
        Self
    }
}

impl Drop for OnAllThreads {
    fn drop(&mut self) {
        *SUBSCRIBER.lock() = None;
        leave();
    }
}

/// For a thread that starts.
pub(crate) fn enter() {
    let dispatch = SUBSCRIBER.lock().clone();
    ENTERED.with(|entered| *entered.borrow_mut() = dispatch.as_ref().map(dispatcher::set_default));
}

/// For a thread that stops.
pub(crate) fn leave() {
    ENTERED.with(|entered| drop(entered.borrow_mut().take()));
}
