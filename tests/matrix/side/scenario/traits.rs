//! What the handle's type is, for what `T` is.

use std::cell::Cell;
use std::marker::{PhantomData, PhantomPinned};
use std::rc::Rc;
use std::sync::MutexGuard;

use super::Scenario;
use super::task::JoinHandle;
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] = &[("traits of the handle", traits)];

/// Whether a type has a trait: the inherent constant hides the trait's where its bound holds.
macro_rules! probes {
    ($($probe:ident: $bound:path),+ $(,)?) => {
        $(
            struct $probe<T>(PhantomData<T>);
            impl<T> Otherwise for $probe<T> {}
            impl<T: $bound> $probe<T> {
                const HAS: bool = true;
            }
        )+
    };
}

trait Otherwise {
    const HAS: bool = false;
}

probes! {
    IsSend: Send,
    IsSync: Sync,
    IsUnpin: Unpin,
    IsUnwindSafe: std::panic::UnwindSafe,
    IsRefUnwindSafe: std::panic::RefUnwindSafe,
    IsDebug: std::fmt::Debug,
    IsClone: Clone,
    IsFuture: Future,
}

macro_rules! traits_of {
    ($log:ident: $($type:ty),+ $(,)?) => {
        $($log.event(format!(
            "{}: Send {}, Sync {}, Unpin {}, UnwindSafe {}, RefUnwindSafe {}, Debug {}, Clone {}, Future {}",
            stringify!($type),
            IsSend::<$type>::HAS,
            IsSync::<$type>::HAS,
            IsUnpin::<$type>::HAS,
            IsUnwindSafe::<$type>::HAS,
            IsRefUnwindSafe::<$type>::HAS,
            IsDebug::<$type>::HAS,
            IsClone::<$type>::HAS,
            IsFuture::<$type>::HAS,
        ));)+
    };
}

/// Neither printable nor anything else.
struct Plain;

fn traits(log: &Log) {
    // The probes themselves.
    const { assert!(IsSend::<u8>::HAS && !IsSend::<Rc<u8>>::HAS && IsDebug::<u8>::HAS && !IsDebug::<Plain>::HAS) };
    traits_of!(log:
        JoinHandle<()>,
        JoinHandle<u8>,
        JoinHandle<Plain>,
        JoinHandle<Cell<u8>>,
        JoinHandle<Rc<u8>>,
        JoinHandle<*const u8>,
        JoinHandle<&'static Cell<u8>>,
        JoinHandle<MutexGuard<'static, u8>>,
        JoinHandle<&'static mut u8>,
        JoinHandle<PhantomPinned>,
        JoinHandle<Box<dyn Send>>,
        JoinHandle<Box<dyn FnOnce() + Send + Sync>>,
        JoinHandle<Result<u8, Box<dyn std::error::Error + Send + Sync>>>,
        JoinHandle<JoinHandle<Cell<u8>>>,
        JoinHandle<JoinHandle<Rc<u8>>>,
        super::task::JoinError,
        super::task::AbortHandle,
        super::task::JoinSet<u8>,
        super::task::JoinSet<Cell<u8>>,
        super::task::JoinSet<Rc<u8>>,
        super::runtime::Handle,
        super::runtime::Runtime,
    );
}
