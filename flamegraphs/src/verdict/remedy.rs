//! What whoever owns the app can do about a call that is not the app's own: nothing here asks for a change of somebody else's code.
//!
//! tokio calls `spawn_blocking` for `tokio::fs`, DNS and standard I/O, and dependencies call it for themselves. Whether the app's code or a dependency's called
//! tokio is not in a site; sampled backtraces may tell ([`Callers`]), and [`whose`] says so in the evidence.

use super::evidence;
use super::facts::Facts;
use crate::callers::Callers;
use crate::compare::SiteName;
use crate::origin::{Origin, Package, STD_FILES, std_function};

/// What to try, the code, and what may go wrong.
pub(super) struct Remedy {
    pub(super) attempt: String,
    pub(super) code: Option<String>,
    pub(super) risk: String,
}

impl Remedy {
    fn new(attempt: impl Into<String>, risk: impl Into<String>) -> Self {
        Self { attempt: attempt.into(), code: None, risk: risk.into() }
    }

    fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}

pub(super) fn origin(site: &SiteName) -> Origin {
    Origin::of(&site.site, &site.job)
}

/// A sentence of the evidence: where the call is, if it is not the app's, and who calls it, if that is known.
pub(super) fn whose(facts: &Facts<'_>, site: &SiteName) -> Option<String> {
    let called = Callers::of(facts.report, (&site.site, &site.job)).map(|callers| callers.told());
    let place = match origin(site) {
        Origin::App => return None,
        Origin::Crate(package) => format!("the call is in {package}, a dependency, and not in your code"),
        _ if called.is_none() => {
            "the call is in tokio itself; whether your code or a dependency calls tokio there is not in this report"
                .to_owned()
        }
        _ => "the call is in tokio itself".to_owned(),
    };
    Some(called.map_or(place.clone(), |called| format!("{place}; {called}")))
}

/// Where the app makes most of the first site's calls, if that is known: `; look at `list_dir` (src/server.rs:120)`.
fn place(facts: &Facts<'_>, sites: &[SiteName]) -> String {
    let callers = sites.first().and_then(|site| Callers::of(facts.report, (&site.site, &site.job)));
    callers.and_then(|callers| callers.place()).map(|place| format!("; {place}")).unwrap_or_default()
}

/// Where nothing of a call can be changed from outside.
fn issue(package: &Package, what: &str) -> String {
    format!("an issue for {}: {what}", package.name)
}

/// Calls of one origin that a task makes one after the other, `sites` most frequent first. `row`: how many, as a sentence. `None` of the app's.
pub(super) fn of_row(facts: &Facts<'_>, origin: &Origin, sites: &[SiteName], row: &str) -> Option<Remedy> {
    Some(match origin {
        Origin::App => return None,
        Origin::Fs => of_files(sites, &format!("{row}{}", place(facts, sites))),
        Origin::Net => Remedy::new(
            format!("looking each name up once, and connecting to the addresses that come back: {row}"),
            "addresses change: look a name up again after a while, and after a failure",
        )
        .with_code("let all: Vec<_> = tokio::net::lookup_host(\"host:443\").await?.collect();\nlet stream = TcpStream::connect(&all[..]).await?;"),
        Origin::StdIo => of_streams(sites, row),
        Origin::Tokio => Remedy::new(format!("fewer and larger calls: {row}"), "what makes these calls is not seen"),
        Origin::Crate(package) => Remedy::new(
            format!(
                "asking {package} for more at a time, or less often, if it lets you; {}",
                issue(package, &format!("{row}, and one could do the work of several"))
            ),
            "the calls are not yours to change, so what can be saved depends on what the dependency offers",
        ),
    })
}

const LOOP: &str = "the loop holds one thread until its last call, and one panic ends all of it";

fn of_files(sites: &[SiteName], row: &str) -> Remedy {
    let first = sites.first().map(evidence::place).unwrap_or_default();
    let buffered = |buffer: &str, what: &str| {
        Remedy::new(
            format!("a tokio::io::{buffer} around the file, so that each call moves more; or one spawn_blocking around the loop, with std::fs in it: {row}"),
            format!("{what}; {LOOP}"),
        )
        .with_code(format!(
            "let mut file = tokio::io::{buffer}::new(file);\n// or all of the loop in one call:\nlet mut file = file.into_std().await;\n\
             spawn_blocking(move || work_through(&mut file)).await?"
        ))
    };
    match first.strip_prefix(STD_FILES) {
        Some("poll_write" | "write") => {
            buffered("BufWriter", "a buffer has to be flushed before the file is read or closed")
        }
        Some("poll_read" | "read") => buffered("BufReader", "a buffer reads ahead, so that seeks cost a read"),
        _ => Remedy::new(format!("one spawn_blocking around the loop, with std::fs in it: {row}"), LOOP)
            .with_code(loop_over(sites)),
    }
}

/// The loop in one call, with the functions that it calls as far as these take a path alone.
fn loop_over(sites: &[SiteName]) -> String {
    let mut functions: Vec<String> = Vec::new();
    for function in sites.iter().filter_map(|site| std_function(&site.site, &site.job)) {
        if functions.len() < 2 && !functions.contains(&function) {
            functions.push(function);
        }
    }
    let each = match &functions[..] {
        [] => return "spawn_blocking(move || paths.iter().try_for_each(|path| with_std_fs(path))).await??;".to_owned(),
        [one] if one == "std::fs::read_dir" => {
            return "let entries = spawn_blocking(move || std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()).await??;".to_owned();
        }
        [one] => one.clone(),
        several => {
            let calls: Vec<String> = several.iter().map(|function| format!("{function}(path)")).collect();
            format!("|path| ({})", calls.join(", "))
        }
    };
    format!("let done = spawn_blocking(move || {{\n    paths.iter().map({each}).collect::<Vec<_>>()\n}}).await?;")
}

fn of_streams(sites: &[SiteName], row: &str) -> Remedy {
    let first = sites.first().map(evidence::place).unwrap_or_default();
    let stream = first.strip_prefix("tokio::io::").and_then(|call| call.split("::").next()).unwrap_or_default();
    let (buffer, stream, risk) = match stream {
        "Stdin" => ("BufReader", "stdin", "a buffer reads ahead: keep it for as long as the stream is read"),
        "Stderr" => {
            ("BufWriter", "stderr", "what is in the buffer is not seen before the next flush, nor after a crash")
        }
        _ => ("BufWriter", "stdout", "what is in the buffer is not seen before the next flush, nor after a crash"),
    };
    let flush = if buffer == "BufWriter" { ", and a flush only where somebody waits for the output" } else { "" };
    Remedy::new(format!("a tokio::io::{buffer} around {stream}{flush}: {row}"), risk)
        .with_code(format!("let mut {stream} = tokio::io::{buffer}::new(tokio::io::{stream}());"))
}

/// Jobs that hold threads for good. `None` of the app's.
pub(super) fn of_endless(site: &SiteName) -> Option<Remedy> {
    let (origin, place) = (origin(site), evidence::place(site));
    Some(match &origin {
        Origin::App => return None,
        Origin::StdIo => Remedy::new(
            format!("a thread of your own for standard I/O, and a channel between it and the tasks ({place})"),
            "such a thread is not stopped when the runtime shuts down",
        )
        .with_code("std::thread::spawn(move || std::io::stdin().lines().try_for_each(|line| lines.blocking_send(line)));"),
        Origin::Fs => Remedy::new(
            format!("finding which file does not answer: a pipe, a device or a network's file system ({place}). A named pipe needs no thread as a tokio::net::unix::pipe"),
            "a time limit frees the caller, and not the thread",
        )
        .with_code("let pipe = tokio::net::unix::pipe::OpenOptions::new().open_receiver(path)?;"),
        Origin::Net => Remedy::new(
            "finding which names are not resolved, and more blocking threads until then",
            "a time limit frees the caller, and not the thread",
        ),
        Origin::Tokio => Remedy::new(format!("more blocking threads than {place} holds"), "these threads are not free again"),
        Origin::Crate(package) => Remedy::new(
            format!(
                "more blocking threads (max_blocking_threads) than {package} holds, or a separate runtime for it; {}",
                issue(package, "its jobs do not end, and could have dedicated threads")
            ),
            "these threads are not free again, however many there are",
        ),
    })
}

/// Jobs whose callers gave up. `None` of the app's.
pub(super) fn of_abandoned(site: &SiteName) -> Option<Remedy> {
    let place = evidence::place(site);
    Some(match &origin(site) {
        Origin::App => return None,
        Origin::Crate(package) => Remedy::new(
            format!(
                "a time limit that {package} itself has, if it has one, in place of one around it; {}",
                issue(package, "its jobs run on after their caller gave up")
            ),
            "until then each call that is given up keeps a thread: max_blocking_threads decides how many there may be",
        ),
        _ => Remedy::new(
            format!(
                "a longer time limit, or fewer of these calls at a time: {place} cannot be stopped, and keeps its thread until the system answers"
            ),
            "callers wait for longer then",
        ),
    })
}

/// A pool that stopped: jobs of `outer` wait for calls of `inner`. `None` where both are the app's.
pub(super) fn of_deadlock(outer: &SiteName, inner: &SiteName) -> Option<Remedy> {
    let risk = "more threads only move the limit: as many outer jobs at once stop the pool again";
    Some(match (&origin(outer), &origin(inner)) {
        (Origin::App, Origin::App) => return None,
        (Origin::App, Origin::Fs) => {
            let function = std_function(&inner.site, &inner.job).unwrap_or_else(|| "std::fs".to_owned());
            Remedy::new(
                format!("{function} inside the job, in place of {}: the job has a thread already", evidence::place(inner)),
                risk,
            )
            .with_code("spawn_blocking(move || outer(std::fs::read(path)?)).await?  // no block_on in a job")
        }
        (Origin::App, _) => Remedy::new("awaiting the inner call before the outer one starts", risk)
            .with_code("let input = inner().await?;\nspawn_blocking(move || outer(input)).await?  // no block_on in a job"),
        (Origin::Crate(package), _) => Remedy::new(
            format!(
                "fewer calls of {package} at a time than there are threads; {}",
                issue(package, "its jobs wait for calls that are queued behind them")
            ),
            risk,
        )
        .with_code("static CALLS: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(8);\nlet _permit = CALLS.acquire().await?;"),
        _ => Remedy::new("fewer of these calls at a time than there are threads", risk),
    })
}

/// What few long jobs have in common is to be found. `None` of the app's.
pub(super) fn of_tail(origin: &Origin) -> Option<Remedy> {
    let risk = "a time limit drops the handle, not the job: the thread stays busy until the job returns";
    Some(match origin {
        Origin::App => return None,
        Origin::Fs | Origin::StdIo => {
            Remedy::new("finding which files take long (a cold disk, a network's file system, large ones)", risk)
        }
        Origin::Net => Remedy::new(
            "finding which names take long (a server that does not answer, a search list), and keeping the addresses that came back",
            risk,
        ),
        Origin::Tokio => Remedy::new("finding which of these calls take long", risk),
        Origin::Crate(package) => Remedy::new(
            format!("finding what the long calls of {package} have in common; {}", issue(package, "the figures above")),
            risk,
        ),
    })
}

/// Calls that return before their job has run: an open file's, and those of what tokio makes of a blocking stream. Their results are taken by the next call.
/// All others of tokio's wait for theirs: `poll_read`, a stream's `poll_flush`, `ReadDir::poll_next_entry`, and every `async fn`.
const BEHIND: [&str; 3] = ["poll_write", "poll_write_vectored", "start_seek"];

/// Whether tokio sends the job off without waiting for it.
pub(super) fn writes_behind(site: &SiteName) -> bool {
    let is_tokios = matches!(origin(site), Origin::Fs | Origin::StdIo | Origin::Tokio);
    is_tokios && evidence::place(site).rsplit_once("::").is_some_and(|(_, call)| BEHIND.contains(&call))
}

/// Results that lie ready. `None` of the app's.
pub(super) fn of_unpolled(origin: &Origin) -> Option<Remedy> {
    let risk = "whoever awaits the result may be that late on purpose";
    Some(match origin {
        Origin::App => return None,
        Origin::Crate(package) => Remedy::new(
            format!(
                "polling the future that leads to this call sooner, as in a separate task; if {} itself comes late for it, that is {}",
                package.name,
                issue(package, "the figures above")
            ),
            risk,
        ),
        _ => Remedy::new(
            "polling the future that makes this call sooner, as in a separate task; if nothing needs it earlier, leave it",
            risk,
        ),
    })
}
