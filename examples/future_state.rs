//! Put a source of your own on the bridge: implement `FutureState` for it.
//!
//!     cargo run --release --example future_state
//!
//! The source is a value behind a mutex. It prints what a transfer returns for a source that is not done, then how often each
//! bridge locked the mutex of a finished one, and what arrived:
//!
//! ```text
//! pending: Err(NotDone)
//! naive: 3 locks, Some(Ok(42))
//! snapshot: 1 lock, Some(Ok(42))
//! ```
//!
//! Only `snapshot` and `ONE_STEP` make the difference. Without them both bridges use the four calls. This source cannot be
//! cancelled, so `cancelled` needs no lock. With tollbridge's own source it takes the fourth.

#![expect(clippy::print_stdout, reason = "an example that shows what it did")]

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tollbridge::bridge::{Awaiter, Exception, FutureState, InvalidState, NotDone, Snapshot, naive, snapshot};

enum Slot {
    Pending,
    Finished(Result<u32, String>),
    Taken,
}

struct Source {
    slot: Mutex<Slot>,
    locks: Cell<u32>,
}

impl Source {
    fn new(slot: Slot) -> Self {
        Self { slot: Mutex::new(slot), locks: Cell::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.locks.set(self.locks.get() + 1);
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the whole state under one lock.
    fn take(&self) -> Snapshot<u32, Exception<String>> {
        let mut slot = self.lock();
        if matches!(*slot, Slot::Pending) {
            return Snapshot::NotDone;
        }
        match std::mem::replace(&mut *slot, Slot::Taken) {
            Slot::Finished(outcome) => outcome.map_err(Exception::Other).into(),
            Slot::Pending | Slot::Taken => Snapshot::Exception(Exception::InvalidState(InvalidState::Taken)),
        }
    }
}

impl FutureState for Source {
    type Output = u32;
    type Exception = Exception<String>;
    const ONE_STEP: bool = true;

    fn done(&self) -> bool {
        !matches!(*self.lock(), Slot::Pending)
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn exception(&mut self) -> Option<Self::Exception> {
        let has_result = matches!(*self.lock(), Slot::Finished(Ok(_)));
        if has_result { None } else { self.result().err() }
    }

    fn result(&mut self) -> Result<u32, Self::Exception> {
        match self.take() {
            Snapshot::Result(result) => Ok(result),
            Snapshot::Exception(exception) => Err(exception),
            Snapshot::NotDone | Snapshot::Cancelled => Err(Exception::InvalidState(InvalidState::NotDone)),
        }
    }

    fn snapshot(&mut self) -> Snapshot<u32, Self::Exception> {
        self.take()
    }
}

fn main() -> Result<(), NotDone> {
    let mut awaiter = Awaiter::new();
    let mut source = Source::new(Slot::Pending);
    println!("pending: {:?}", snapshot::copy_future_state(&mut source, &mut awaiter));

    let mut source = Source::new(Slot::Finished(Ok(42)));
    naive::copy_future_state(&mut source, &mut awaiter)?;
    println!("naive: {} locks, {:?}", source.locks.get(), awaiter.take());

    let mut source = Source::new(Slot::Finished(Ok(42)));
    snapshot::copy_future_state(&mut source, &mut awaiter)?;
    println!("snapshot: {} lock, {:?}", source.locks.get(), awaiter.take());
    Ok(())
}
