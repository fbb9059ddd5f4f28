//! Written by `cargo tollbridge`; tokio has no such file. Tells the recorder of tollbridge the moments of each blocking job.
//!
//! The recorder gives its functions as a table, [`Hooks`]: the program itself does if it links tollbridge (`Handle::tollbridge_install`), or else the
//! library that [`load`] loads. From then on blocking tasks have a scheduler of their own, [`Recorded`]; before, a job costs one look at [`IS_ON`].

use std::any::type_name;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::{forget, size_of, MaybeUninit};
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use super::core::{Cell, Core, Stage};
use super::state::State;
use super::{JoinError, JoinHandle, Notified, Schedule, Task, TaskHarnessScheduleHooks, UnownedTask};
use crate::future::Future;
use crate::runtime::blocking::schedule::BlockingSchedule;
use crate::runtime::{context, scheduler, Handle};
use std::task::Poll;

/// Version of the table that this file knows.
const VERSION: u32 = 1;

/// Words of a job, behind the first one.
const WORDS: usize = 14;

/// What the recorder keeps of a hop, in the cell of its task. All of it is the recorder's, but the first word is not 0 where it records the hop.
#[repr(C)]
struct Job {
    head: AtomicU64,
    rest: UnsafeCell<[MaybeUninit<u64>; WORDS]>,
}

// SAFETY: nothing here looks at the rest, and the recorder uses it as atomics.
unsafe impl Sync for Job {}

/// Where a job was called from.
#[repr(C)]
struct Call {
    file: *const u8,
    file_len: usize,
    job: *const u8,
    job_len: usize,
    line: u32,
    column: u32,
    task: u64,
    /// Where the task was spawned; no text if that is not known.
    spawned_file: *const u8,
    spawned_file_len: usize,
    spawned_line: u32,
    spawned_column: u32,
    runtime: u64,
}

/// Where the outcome goes, and who moves it there.
#[repr(C)]
struct Outlet {
    take: extern "C" fn(*mut c_void),
    context: *mut c_void,
    bytes: usize,
    task: u64,
    outcome: u32,
}

/// The recorder's functions.
#[repr(C)]
struct Hooks {
    version: u32,
    job_size: u32,
    hooks_size: u32,
    installed: extern "C" fn(),
    worker: extern "C" fn(),
    imported: extern "C" fn(&Call),
    task_ended: extern "C" fn(u64),
    submits: extern "C" fn(&mut Job, &Call),
    returned: extern "C" fn(&Job),
    begins: extern "C" fn(&Job),
    ended: extern "C" fn(&Job),
    panicked: extern "C" fn(&Job),
    published: extern "C" fn(&Job),
    polled: extern "C" fn(&Job),
    takes: extern "C" fn(&Job, &Outlet),
    dropped: extern "C" fn(&Job),
    freed: extern "C" fn(&Job),
}

static HOOKS: AtomicPtr<Hooks> = AtomicPtr::new(ptr::null_mut());

/// Whether there is a recorder: what each job looks at.
static IS_ON: AtomicBool = AtomicBool::new(false);

#[inline]
pub(crate) fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

#[inline]
fn hooks() -> Option<&'static Hooks> {
    // SAFETY: null, or a table that `install` has looked at and that lives as long as the program. What it points to never changes.
    unsafe { HOOKS.load(Ordering::Acquire).as_ref() }
}

/// Says on stderr what keeps jobs from being recorded.
fn complain(what: &str) {
    use std::io::Write;
    // A program whose stderr is closed cannot be told.
    let _ = writeln!(std::io::stderr(), "tollbridge: {}", what);
}

/// Takes a table.
fn install(table: *const c_void) {
    // SAFETY: null, or a table of the recorder's, which begins with these three numbers in every version.
    let Some(table) = (unsafe { table.cast::<Hooks>().as_ref() }) else { return };
    if table.version != VERSION
        || table.job_size as usize != size_of::<Job>()
        || table.hooks_size as usize != size_of::<Hooks>()
    {
        complain("this program links another version of tollbridge than that of the command that built it, so only its own calls are recorded; install tollbridge-cli of that version");
        return;
    }
    (table.installed)();
    HOOKS.store(ptr::from_ref(table).cast_mut(), Ordering::Release);
    IS_ON.store(true, Ordering::Release);
}

impl Handle {
    #[doc(hidden)]
    pub fn tollbridge_install(table: *const c_void) {
        install(table);
    }

    /// What tells the runtime from others at the same time.
    #[doc(hidden)]
    pub fn tollbridge_runtime(&self) -> u64 {
        match &self.inner {
            scheduler::Handle::CurrentThread(handle) => std::sync::Arc::as_ptr(handle) as usize as u64,
            #[cfg(feature = "rt-multi-thread")]
            scheduler::Handle::MultiThread(handle) => std::sync::Arc::as_ptr(handle) as usize as u64,
            #[allow(unreachable_patterns)]
            _ => 0,
        }
    }
}

/// The library of the recorder, for a program that does not link it.
const AGENT: Option<&std::ffi::CStr> = None;

/// Loads that library, once: when the first runtime is made, on the thread that makes it.
#[cold]
pub(crate) fn load() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    if let Some(agent) = AGENT {
        ONCE.call_once(|| load_from(agent));
    }
}

#[cfg(unix)]
fn load_from(agent: &'static std::ffi::CStr) {
    use std::ffi::{c_char, c_int};

    extern "C" {
        fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
        fn dlsym(library: *mut c_void, symbol: *const c_char) -> *mut c_void;
        fn dlerror() -> *const c_char;
    }
    const NOW: c_int = 2;

    let is_off = std::env::var("TOLLBRIDGE")
        .is_ok_and(|value| ["off", "0", "false"].contains(&value.to_ascii_lowercase().as_str()));
    if is_off {
        return;
    }
    // SAFETY: a path that ends with 0. What the library does when it is loaded is what any Rust library does.
    let library = unsafe { dlopen(agent.as_ptr(), NOW) };
    if library.is_null() {
        // SAFETY: the error of the call before, on this thread.
        let error = unsafe { dlerror() };
        let error = if error.is_null() {
            String::new()
        } else {
            // SAFETY: a text that ends with 0, until the next such call of this thread.
            unsafe { std::ffi::CStr::from_ptr(error) }.to_string_lossy().into_owned()
        };
        complain(&format!("nothing is recorded: the recorder could not be loaded ({error}); run `cargo tollbridge build` on this machine"));
        return;
    }
    // SAFETY: a library that was loaded, and a name that ends with 0.
    let start = unsafe { dlsym(library, c"tollbridge_agent_1".as_ptr()) };
    if start.is_null() {
        complain("nothing is recorded: the recorder is of another version; build the program again with `cargo tollbridge build`");
        return;
    }
    // SAFETY: the library of this version has a function of this type by this name.
    let start: extern "C" fn() -> *const c_void = unsafe { std::mem::transmute(start) };
    install(start());
}

#[cfg(not(unix))]
fn load_from(_: &'static std::ffi::CStr) {
    complain("nothing is recorded: programs of this system cannot load the recorder; link tollbridge and call `tollbridge::init()`");
}

/// The name of a closure's type, also where tokio has put a large one into a box.
#[inline]
fn name_of<F>() -> &'static str {
    let name = type_name::<F>();
    match name.strip_prefix("alloc::boxed::Box<").and_then(|boxed| boxed.strip_suffix('>')) {
        Some(closure) if closure.ends_with("{{closure}}") => closure,
        _ => name,
    }
}

/// Number of the task that runs on the calling thread; 0 if none does.
fn current_task() -> u64 {
    context::current_task_id().map_or(0, |id| id.as_u64())
}

/// The scheduler of a blocking task whose hop is recorded: tokio's own, and the job beside it.
pub(crate) struct Recorded {
    tokio: BlockingSchedule,
    hooks: &'static Hooks,
    job: Job,
}

/// A hop whose call is under way.
pub(crate) struct Calling<'a> {
    hooks: &'static Hooks,
    job: Job,
    rt: &'a Handle,
}

impl<'a> Calling<'a> {
    /// A job of this type is about to be submitted. `None` if nobody records it.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(crate) fn of<F>(rt: &'a Handle) -> Option<Self> {
        Self::named(name_of::<F>(), Location::caller(), rt)
    }

    fn named(name: &'static str, at: &'static Location<'static>, rt: &'a Handle) -> Option<Self> {
        let hooks = hooks()?;
        // Workers of the runtime itself, which run in its pool.
        if name.starts_with("tokio::runtime::") {
            (hooks.worker)();
            return None;
        }
        let (task, spawned) = spawned::calls(current_task());
        let spawned_file = spawned.map_or("", Location::file);
        let call = Call {
            file: at.file().as_ptr(),
            file_len: at.file().len(),
            job: name.as_ptr(),
            job_len: name.len(),
            line: at.line(),
            column: at.column(),
            task,
            spawned_file: spawned_file.as_ptr(),
            spawned_file_len: spawned_file.len(),
            spawned_line: spawned.map_or(0, Location::line),
            spawned_column: spawned.map_or(0, Location::column),
            runtime: rt.tollbridge_runtime(),
        };
        // Hops that tollbridge records already.
        if name.starts_with("tollbridge::") {
            (hooks.imported)(&call);
            return None;
        }
        let mut job = Job { head: AtomicU64::new(0), rest: UnsafeCell::new([MaybeUninit::new(0); WORDS]) };
        (hooks.submits)(&mut job, &call);
        (job.head.load(Ordering::Relaxed) != 0).then_some(Self { hooks, job, rt })
    }
}

impl Recorded {
    pub(crate) fn new(Calling { hooks, job, rt }: Calling<'_>) -> Self {
        Self { tokio: BlockingSchedule::new(rt), hooks, job }
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        (self.hooks.freed)(&self.job);
    }
}

impl Schedule for Recorded {
    fn release(&self, task: &Task<Self>) -> Option<Task<Self>> {
        // SAFETY: a task is its raw task alone, whatever its scheduler is.
        let of_tokio = unsafe { &*ptr::from_ref(task).cast::<Task<BlockingSchedule>>() };
        self.tokio.release(of_tokio).map(|released| {
            let raw = released.raw;
            forget(released);
            Task { raw, _p: PhantomData }
        })
    }

    fn schedule(&self, _: Notified<Self>) {
        unreachable!();
    }

    fn hooks(&self) -> TaskHarnessScheduleHooks {
        self.tokio.hooks()
    }

    #[inline]
    fn tollbridge(&self) -> Option<&Recorded> {
        Some(self)
    }
}

/// A task that has been made and not yet been handed to the pool.
pub(crate) struct Called {
    recorded: *const Recorded,
}

impl Called {
    /// The job of a new task, the task as the pool takes it, and its handle. The future is only looked at for its type.
    pub(crate) fn of<Fut: Future, T>(
        (task, handle): (UnownedTask<Recorded>, JoinHandle<T>),
        _: PhantomData<Fut>,
    ) -> (UnownedTask<BlockingSchedule>, JoinHandle<T>, Called) {
        let raw = task.raw;
        forget(task);
        // See `dropped`.
        (0..3).for_each(|_| raw.ref_inc());
        let cell: *const Cell<Fut, Recorded> = raw.header_ptr().as_ptr().cast();
        // SAFETY: the cell of a task of this future and scheduler, which the task keeps.
        let recorded = unsafe { &raw const (*cell).core.scheduler };
        (UnownedTask { raw, _p: PhantomData }, handle, Called { recorded })
    }

    /// The call is about to return.
    pub(crate) fn returns<T>(self, _: &JoinHandle<T>) {
        // SAFETY: the handle keeps the task.
        let recorded = unsafe { &*self.recorded };
        (recorded.hooks.returned)(&recorded.job);
    }
}

/// The type of a future.
#[inline]
pub(crate) fn type_of<Fut: Future>(_: &Fut) -> PhantomData<Fut> {
    PhantomData
}

/// Tells the recorder something of the job of a scheduler, if it has one: all but that of blocking tasks have none.
macro_rules! moments {
    ($($(#[$doc:meta])* $moment:ident)+) => {$(
        $(#[$doc])*
        #[inline]
        pub(super) fn $moment<S: Schedule>(scheduler: &S) {
            if let Some(recorded) = scheduler.tollbridge() {
                (recorded.hooks.$moment)(&recorded.job);
            }
        }
    )+};
}

/// A task completes: its outcome is about to be published.
#[inline]
pub(super) fn completes<Fut: Future, S: Schedule>(core: &Core<Fut, S>) {
    match core.scheduler.tollbridge() {
        Some(recorded) => (recorded.hooks.published)(&recorded.job),
        None if is_on() => spawned::ended(core.task_id),
        None => {}
    }
}

moments! {
    /// The closure is called now.
    begins
    /// It has returned.
    ended
    /// It has panicked.
    panicked
}

/// The handle is dropped. The fast way does not see whose it is. It takes a task that has three references, as a new one: one with three more never has so
/// few while its handle lives, though the pool gives up its two. They are given back here.
#[inline]
pub(super) fn dropped<S: Schedule>(state: &State, scheduler: &S) {
    if let Some(recorded) = scheduler.tollbridge() {
        (recorded.hooks.dropped)(&recorded.job);
        let is_last = state.ref_dec() || state.ref_dec_twice();
        debug_assert!(!is_last, "the handle has one of its own");
    }
}

/// Polls the handle of a recorded hop, as `try_read_output` does it.
pub(super) fn poll<Fut: Future, S: Schedule>(
    Recorded { hooks, job, .. }: &Recorded,
    core: &Core<Fut, S>,
    can_read: impl FnOnce() -> bool,
    output: &mut Poll<Result<Fut::Output, JoinError>>,
) {
    (hooks.polled)(job);
    if !can_read() {
        return;
    }
    let Some(outcome) = outcome_of(core) else {
        // The handle is polled once more: that panics, as it does in tokio.
        *output = Poll::Ready(core.take_output());
        return;
    };
    let mut move_out = MoveOut { core, output, is_done: false };
    let outlet = Outlet {
        take: MoveOut::<Fut, S>::take,
        context: ptr::from_mut(&mut move_out).cast(),
        bytes: size_of::<Result<Fut::Output, JoinError>>(),
        task: current_task(),
        outcome,
    };
    (hooks.takes)(job, &outlet);
    // A recorder that did not take it would leave the handle waiting for good.
    move_out.now();
}

/// How a finished task ended: 0 with a result, 1 cancelled, 2 by a panic; `None` if its outcome has been taken.
fn outcome_of<Fut: Future, S: Schedule>(core: &Core<Fut, S>) -> Option<u32> {
    core.stage.with_mut(|stage| {
        // SAFETY: as `take_output`, which is called next: the task is complete, so the stage is the handle's.
        match unsafe { &*stage } {
            Stage::Finished(Ok(_)) => Some(0),
            Stage::Finished(Err(error)) if error.is_cancelled() => Some(1),
            Stage::Finished(Err(_)) => Some(2),
            Stage::Running(_) | Stage::Consumed => None,
        }
    })
}

/// Where tasks were spawned, and which of them have called a hop.
pub(crate) mod spawned {
    use super::*;
    use crate::runtime::task::Id;

    /// The last so many tasks are known. Pages that nobody has come to take no memory.
    const BITS: u32 = 16;

    static SPAWNED: [Spawned; 1 << BITS] =
        [const { Spawned { task: AtomicU64::new(0), at: AtomicPtr::new(ptr::null_mut()) } }; 1 << BITS];

    /// A task, and where it was spawned. The number of another task that takes the place is written last, so that one that looks for its own
    /// finds it gone; if both are at it at once, one may be told to have been spawned where the other one was.
    struct Spawned {
        /// Its number, and [`CALLS`] or [`OVER`].
        task: AtomicU64,
        at: AtomicPtr<Location<'static>>,
    }

    /// It has called a hop. Numbers of tasks stay far below.
    const CALLS: u64 = 1 << 63;
    /// It has completed: what its output still calls when it is dropped is not its own.
    const OVER: u64 = 1 << 62;

    /// Blocking jobs have numbers of the same sequence, so that the low bits of those of tasks may all be alike: 2^64 divided by the golden ratio
    /// spreads them (Knuth, The Art of Computer Programming 3, 6.4).
    fn place(task: u64) -> &'static Spawned {
        &SPAWNED[(task.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BITS)) as usize]
    }

    fn number(word: u64) -> u64 {
        word & !(CALLS | OVER)
    }

    /// A task is spawned.
    #[inline]
    #[track_caller]
    pub(crate) fn spawns(id: Id) -> Id {
        if is_on() {
            note(id.as_u64(), Location::caller());
        }
        id
    }

    /// The same where its number was made by a closure, which does not know its caller.
    #[inline]
    #[track_caller]
    pub(crate) fn spawns_local<T>(handle: JoinHandle<T>) -> JoinHandle<T> {
        spawns(handle.id());
        handle
    }

    #[cold]
    #[inline(never)]
    fn note(task: u64, at: &'static Location<'static>) {
        let place = place(task);
        place.task.store(0, Ordering::Relaxed);
        place.at.store(ptr::from_ref(at).cast_mut(), Ordering::Release);
        place.task.store(task, Ordering::Release);
    }

    /// A task calls a hop. Returns its number and where it was spawned, `None` if that is not known any more; of one that has completed 0, for none.
    pub(super) fn calls(task: u64) -> (u64, Option<&'static Location<'static>>) {
        let place = place(task);
        let found = place.task.load(Ordering::Acquire);
        if number(found) != task || task == 0 {
            return (task, None);
        }
        if found & OVER != 0 {
            return (0, None);
        }
        if found == task {
            // Another task may take the place just now: then it stays its.
            let _ = place.task.compare_exchange(task, task | CALLS, Ordering::Relaxed, Ordering::Relaxed);
        }
        // SAFETY: null, or a location of the program, which lives as long as that.
        (task, unsafe { place.at.load(Ordering::Acquire).as_ref() })
    }

    /// A task completes that is no hop. The recorder is told, unless the task is known to have called none: a blocking job, which was never noted, finds an older
    /// task in its place.
    #[cold]
    pub(super) fn ended(id: Id) {
        let task = id.as_u64();
        let place = place(task);
        let found = place.task.load(Ordering::Relaxed);
        let is_its_own = number(found) == task;
        if is_its_own {
            let _ = place.task.compare_exchange(found, task | OVER, Ordering::Relaxed, Ordering::Relaxed);
        }
        if (is_its_own && found & CALLS != 0) || found == 0 || number(found) > task {
            if let Some(hooks) = hooks() {
                (hooks.task_ended)(task);
            }
        }
    }
}

/// What is left to do when the outcome is taken.
struct MoveOut<'a, Fut: Future, S: 'static> {
    core: &'a Core<Fut, S>,
    output: &'a mut Poll<Result<Fut::Output, JoinError>>,
    is_done: bool,
}

impl<Fut: Future, S: Schedule> MoveOut<'_, Fut, S> {
    /// Moves the outcome, once.
    fn now(&mut self) {
        if !self.is_done {
            self.is_done = true;
            *self.output = Poll::Ready(self.core.take_output());
        }
    }

    /// The same, as the recorder calls it.
    extern "C" fn take(context: *mut c_void) {
        // SAFETY: the context that `poll` has made, which nobody else borrows until the recorder returns.
        unsafe { &mut *context.cast::<Self>() }.now();
    }
}
