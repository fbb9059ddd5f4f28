//! Functions by path: whatever tokio has as `task::JoinSet::join_next`, say, tollbridge has too. Each side is the same code
//! against `tokio` or `tollbridge`. tokio's side says what is expected of the functions' futures and of what they do.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

/// `Send` and `Sync`; `Send` alone; neither.
type Both = u32;
type SendOnly = Cell<u32>;
type Neither = Rc<u32>;

/// What can be seen of a value from outside.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    of: String,
    send: bool,
    sync: bool,
    unpin: bool,
    unwind_safe: bool,
    ref_unwind_safe: bool,
    /// `None` where tollbridge's type may be larger.
    size: Option<usize>,
}

struct Probe<T>(PhantomData<T>);

fn probe<T>(_: &T) -> Probe<T> {
    Probe(PhantomData)
}

/// A type's own function hides the trait's where its bound holds.
macro_rules! probes {
    ($($has:ident: $bound:ident),+) => {
        trait Otherwise {
            $(fn $has(&self) -> bool { false })+
        }
        impl<T> Otherwise for Probe<T> {}
        $(impl<T: $bound> Probe<T> {
            fn $has(&self) -> bool { true }
        })+
    };
}

probes! { send: Send, sync: Sync, unpin: Unpin, unwind_safe: UnwindSafe, ref_unwind_safe: RefUnwindSafe }

macro_rules! seen {
    ($of:expr, $value:expr, $size:expr) => {{
        let value = $value;
        let probe = probe(&value);
        Seen {
            of: $of,
            send: probe.send(),
            sync: probe.sync(),
            unpin: probe.unpin(),
            unwind_safe: probe.unwind_safe(),
            ref_unwind_safe: probe.ref_unwind_safe(),
            size: $size.then(|| size_of_val(&value)),
        }
    }};
}

/// What waits, made by path and not polled.
macro_rules! futures_of_sets {
    ($krate:ident: $($payload:ty),+) => {
        vec![$({
            use $krate::task::JoinSet;
            let mut set = JoinSet::<$payload>::new();
            let of = |name| format!("{name} of {}", stringify!($payload));
            [
                seen!(of("join_next"), JoinSet::<$payload>::join_next(&mut set), true),
                seen!(of("join_next_with_id"), JoinSet::<$payload>::join_next_with_id(&mut set), true),
                seen!(of("shutdown"), JoinSet::<$payload>::shutdown(&mut set), true),
                seen!(of("join_all"), JoinSet::<$payload>::join_all(JoinSet::new()), true),
                seen!(of("a set"), set, true),
            ]
        }),+].into_iter().flatten()
    };
}

/// What handles are, made by path. A `JoinHandle<Rc<_>>` is in tests/matrix: no job can return one.
macro_rules! handles {
    ($krate:ident: $($payload:ty),+) => {
        vec![$({
            let job = <$payload>::default;
            let of = |name| format!("{name} of {}", stringify!($payload));
            [
                seen!(of("spawn_blocking"), $krate::task::spawn_blocking(job), false),
                seen!(
                    of("Handle::spawn_blocking"),
                    $krate::runtime::Handle::spawn_blocking(&$krate::runtime::Handle::current(), job),
                    false
                ),
                seen!(of("abort_handle"), $krate::task::JoinHandle::abort_handle(&$krate::task::spawn_blocking(job)), true),
                seen!(of("JoinSet::spawn"), $krate::task::JoinSet::spawn(&mut Default::default(), async move { job() }), true),
            ]
        }),+].into_iter().flatten()
    };
}

macro_rules! everything {
    ($krate:ident) => {
        futures_of_sets!($krate: Both, SendOnly, Neither).chain(handles!($krate: Both, SendOnly)).collect::<Vec<Seen>>()
    };
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

#[test]
fn futures_and_handles_have_tokios_traits_and_the_futures_its_size() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let (ours, tokios) = (everything!(tollbridge), everything!(tokio));
    assert_eq!(ours.len(), 23);
    assert_eq!(ours, tokios);

    // What tokio's own tests say of some: the probes tell one from the other.
    let traits = |name: &str| {
        let seen = ours.iter().find(|seen| seen.of == name).expect("it is probed");
        (seen.send, seen.sync, seen.unpin)
    };
    for function in ["join_next", "join_next_with_id", "shutdown"] {
        assert_eq!(traits(&format!("{function} of Both")), (true, true, false));
        assert_eq!(traits(&format!("{function} of SendOnly")), (true, true, false));
        assert_eq!(traits(&format!("{function} of Neither")), (false, false, false));
    }
    assert_eq!(traits("a set of SendOnly"), (true, true, true));
    assert_eq!(traits("a set of Neither"), (false, false, true));
    assert_eq!(traits("spawn_blocking of SendOnly"), (true, true, true));
}

/// The measured call on tokio's handle gives the handle that the import gives.
#[test]
fn measured_by_path_is_the_import() {
    use tollbridge::runtime::SpawnBlockingExt;
    use tollbridge::task::{JoinHandle, JoinSetExt};

    let runtime = runtime();
    let of_runtime: JoinHandle<u32> = SpawnBlockingExt::spawn_blocking_measured(&runtime, || 1);
    let of_handle: JoinHandle<u32> = SpawnBlockingExt::spawn_blocking_measured(runtime.handle(), || 2);
    let mut set = tokio::task::JoinSet::new();
    JoinSetExt::spawn_blocking_on_measured(&mut set, || 3, runtime.handle());
    runtime.block_on(async {
        JoinSetExt::spawn_blocking_measured(&mut set, || 4);
        assert_eq!((of_runtime.await.expect("a job"), of_handle.await.expect("a job")), (1, 2));
        let mut outputs = set.join_all().await;
        outputs.sort_unstable();
        assert_eq!(outputs, [3, 4]);
    });
    // Ours have it as well, because they dereference to tokio's.
    let runtime = tollbridge::runtime::Runtime::from(runtime);
    assert_eq!(runtime.block_on(runtime.handle().spawn_blocking_measured(|| 5)).expect("a job"), 5);
}

/// Calls each function of a set by path, and returns what came of it.
macro_rules! calls {
    ($krate:ident, $runtime:ident) => {{
        use std::task::{Context, Waker};
        use $krate::task::{AbortHandle, JoinSet, LocalSet};

        let _entered = $runtime.enter();
        let (handle, local) = ($runtime.handle(), LocalSet::new());
        let mut set = <JoinSet<u32> as Default>::default();
        let mut cx = Context::from_waker(Waker::noop());
        let mut events = vec![format!("{} {set:?}", JoinSet::is_empty(&set))];
        events.push(format!(
            "{:?} {:?}",
            JoinSet::poll_join_next(&mut set, &mut cx).map(|next| next.is_none()),
            JoinSet::len(&set)
        ));
        events.push(format!("{:?}", JoinSet::poll_join_next_with_id(&mut set, &mut cx).map(|next| next.is_none())));

        let aborts: [AbortHandle; 6] = [
            JoinSet::spawn(&mut set, async { 1 }),
            JoinSet::spawn_on(&mut set, async { 2 }, handle),
            JoinSet::spawn_blocking(&mut set, || 3),
            JoinSet::spawn_blocking_on(&mut set, || 4, handle),
            $runtime.block_on(local.run_until(async { JoinSet::spawn_local(&mut set, async { 5 }) })),
            JoinSet::spawn_local_on(&mut set, async { 6 }, &local),
        ];
        events.push(format!("{}", JoinSet::len(&set)));
        let mut outputs: Vec<u32> = $runtime.block_on(local.run_until(async {
            let mut outputs = Vec::new();
            for _ in 0..3 {
                outputs.push(JoinSet::join_next(&mut set).await.expect("six are in it").expect("a task"));
                let (id, output) = JoinSet::join_next_with_id(&mut set).await.expect("six are in it").expect("a task");
                assert!(aborts.iter().any(|abort| abort.id() == id));
                outputs.push(output);
            }
            outputs
        }));
        outputs.sort_unstable();
        events.push(format!("{outputs:?} {}", aborts.iter().all(AbortHandle::is_finished)));
        events.push(format!("{:?}", JoinSet::try_join_next(&mut set).is_none()));
        events.push(format!("{:?}", JoinSet::try_join_next_with_id(&mut set).is_none()));

        let pending = || std::future::pending::<u32>();
        let detached = JoinSet::spawn(&mut set, pending());
        JoinSet::detach_all(&mut set);
        $runtime.block_on($krate::task::yield_now());
        events.push(format!("{} {}", JoinSet::len(&set), detached.is_finished()));
        let aborted = JoinSet::spawn(&mut set, pending());
        JoinSet::abort_all(&mut set);
        let error = $runtime.block_on(JoinSet::join_next(&mut set)).expect("one is in it").expect_err("aborted");
        events.push(format!("{} {} {}", error.is_cancelled(), error.id() == aborted.id(), aborted.is_finished()));
        <JoinSet<u32> as Extend<_>>::extend(&mut set, [pending(), pending()]);
        events.push(format!("{}", JoinSet::len(&set)));
        $runtime.block_on(JoinSet::shutdown(&mut set));
        events.push(format!("{set:?}"));
        let collected: JoinSet<u32> = FromIterator::from_iter([async { 7 }]);
        events.push(format!("{:?}", $runtime.block_on(JoinSet::join_all(collected))));
        events
    }};
}

#[test]
fn a_set_does_by_path_what_tokios_does() {
    let runtime = runtime();
    let ours = calls!(tollbridge, runtime);
    assert_eq!(ours, calls!(tokio, runtime));
    assert_eq!(ours[4], "[1, 2, 3, 4, 5, 6] true");
}
