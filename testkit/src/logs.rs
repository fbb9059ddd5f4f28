//! What the tests share: hops made up from a fixed sequence, the log that an app would write of them, golden files.

use std::io::Write;
use std::sync::{Arc, Mutex};

pub use tollbridge_instrument::event::emit;
use tollbridge_report::aggregate::Tally;
use tollbridge_report::hop::{Circumstances, HopRecord, Op, OpKind, Ops, Site, Stamps};
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Spacing, SpanKind};
use tollbridge_report::{Clock, Distribution, Process, Report, Settings, SpanReport};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// Call sites: file, line, column, job, length of the job in ns.
const SITES: [(&str, u32, u32, &str, u64); 3] = [
    ("src/store/meta.rs", 88, 14, "svc::store::meta::get::{{closure}}", 1_900),
    ("src/store/scan.rs", 31, 20, "svc::store::scan::run<u8>::{{closure}}", 412_000),
    ("src/main.rs", 12, 9, "<svc::Job as core::ops::FnOnce<()>>::call_once", 300),
];

/// A linear congruential generator; the multiplier is Knuth's.
struct Sequence(u64);

impl Sequence {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap();
        from[at]
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Hops of three sites and three arms, half of them detailed. One in 100 panics, one in 100 is cancelled before it
/// runs, one in 50 loses its handle.
pub fn hops(count: u64) -> Vec<HopRecord<'static>> {
    let mut sequence = Sequence(7);
    (0..count).map(|i| hop(i, &mut sequence)).collect()
}

fn hop(i: u64, sequence: &mut Sequence) -> HopRecord<'static> {
    let (file, line, column, job, run) = SITES[sequence.pick(&[0, 0, 0, 0, 1, 2])];
    let arm = sequence.pick(&[Arm::Naive, Arm::Snapshot, Arm::Native]);
    let detail = sequence.pick(Detail::ALL);
    let outcome = match i % 100 {
        17 => Outcome::Panicked,
        41 => Outcome::Cancelled,
        61 | 91 => Outcome::Detached,
        _ => Outcome::Joined,
    };
    let called = 1_000_000 * i;
    let returned = called + 900 + 50 * sequence.below(4);
    let previous_end = match sequence.below(10) {
        0 => None,
        1 | 2 => Some(returned + 48_300),
        _ => Some(called.saturating_sub(5_000)),
    };
    let run_start = returned.max(previous_end.unwrap_or(0)) + 9_000 + 400 * sequence.below(4);
    let run_end = run_start + run + run / 20 * sequence.below(3);
    let bridged = arm != Arm::Native;
    let published = run_end + if bridged { 80 } else { 0 };
    let first_poll = returned + 400;
    let ready = published.max(first_poll) + 10_000 + 500 * sequence.below(3);
    let ops = match detail {
        Detail::Phases => Ops::default(),
        Detail::Locks => ops(arm, outcome, sequence),
    };
    let inside: u64 = ops.iter().filter(|op| op.kind != OpKind::Lock(LockOp::Publish)).map(|op| op.ns).sum();
    let transfer = match arm {
        Arm::Naive => 60 + inside,
        Arm::Snapshot => 40 + inside,
        _ => 30,
    } + 10 * sequence.below(3);
    let ran = outcome != Outcome::Cancelled;
    HopRecord {
        site: Site { file, line, column, job },
        arm,
        detail,
        outcome,
        stamps: Stamps {
            called,
            returned: Some(returned),
            previous_end: previous_end.filter(|_| ran),
            run_start: ran.then_some(run_start),
            run_end: ran.then_some(run_end),
            published: ran.then_some(published),
            first_poll: (outcome != Outcome::Detached).then_some(first_poll),
            ready: (outcome != Outcome::Detached).then_some(ready),
            copied: Some(ready + transfer),
            pool_thread: ran.then_some(1 + (i % 5) as u32),
        },
        ops,
        copied_bytes: if bridged { 24 } else { 0 },
        circumstances: Circumstances {
            spacing: if i % 50 == 7 { Spacing::Apart } else { Spacing::Row },
            ..Circumstances::default()
        },
    }
}

fn ops(arm: Arm, outcome: Outcome, sequence: &mut Sequence) -> Ops {
    let mut ops = Ops::default();
    let mut lock = |op, ns, contended| {
        ops.push(Op { kind: OpKind::Lock(op), ns, contended });
    };
    if arm != Arm::Native && outcome != Outcome::Cancelled {
        lock(LockOp::Publish, 40 + sequence.below(10), false);
    }
    if outcome == Outcome::Detached {
        return ops;
    }
    match arm {
        Arm::Naive => {
            lock(LockOp::Done, 30 + sequence.below(8), sequence.below(40) == 0);
            lock(LockOp::Cancelled, 20 + sequence.below(8), false);
            if outcome != Outcome::Cancelled {
                lock(LockOp::Exception, 20 + sequence.below(8), false);
            }
            if outcome == Outcome::Joined {
                lock(LockOp::Result, 26 + sequence.below(8), false);
                ops.push(Op { kind: OpKind::Copy, ns: 12 + sequence.below(4), contended: false });
            }
        }
        Arm::Snapshot => ops.push(Op { kind: OpKind::Copy, ns: 12 + sequence.below(4), contended: false }),
        _ => {}
    }
    ops
}

/// The report that the recorder's own code makes of hops.
pub fn tally(hops: &[HopRecord<'_>]) -> Report {
    let mut tally = Tally::default();
    hops.iter().for_each(|hop| tally.hop(hop));
    tally.report()
}

/// A report as an app would have stored it: with a clock, a process and settings.
pub fn stored_report(hops: &[HopRecord<'_>]) -> Report {
    let mut report = tally(hops);
    let started_unix_ms = 1_704_067_200_000;
    let duration_ns = 1_000_000 * hops.len() as u64;
    report.processes = vec![Process {
        exe: "svc".to_owned(),
        pid: 4127,
        started_unix_ms,
        duration_ns,
        complete: true,
        cpu: None,
        settings: None,
    }];
    report.tool = "tollbridge 0.1.0".to_owned();
    report.format = tollbridge_report::FORMAT;
    let arms = vec![Arm::Naive, Arm::Snapshot, Arm::Native];
    report.settings = Some(Settings { detail: Detail::Locks, arms, visible: false });
    report.clock = Some(Clock {
        source: "tsc".to_owned(),
        ticks_per_ns: 2.1,
        grain_ns: 9.8,
        floor_ns: 21.0,
        ordered_floor_ns: 24.5,
        corrected: 2,
    });
    report.observer.span_ns = Some(34.0);
    [60, 55, 72].into_iter().for_each(|ns| report.observer.in_situ_span_ns.add(ns));
    report.derive();
    report
}

/// A span outside hops: so many acquisitions of so many ns, one in a hundred ten times as long.
pub fn lock_span(path: &[&str], taken: u64, contended: u64, ns: u64) -> SpanReport {
    let mut lengths = Distribution::default();
    (0..taken).for_each(|i| lengths.add(if i % 100 == 99 { 10 * ns } else { ns }));
    let kind = match path.last() {
        Some(&"lock done") => SpanKind::BridgeLock,
        Some(name) if name.starts_with("lock ") => SpanKind::Mutex,
        _ => SpanKind::Entered,
    };
    SpanReport { path: path.iter().map(|&name| name.to_owned()).collect(), kind, ns: lengths, contended }
}

/// How the app's subscriber prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// With a terminal's colours.
    Coloured,
    /// An object a line.
    Json,
    /// The same, the event's fields beside the rest.
    FlatJson,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Text, Self::Coloured, Self::Json, Self::FlatJson];
}

/// What an app's `fmt` subscriber prints while `app` runs.
pub fn log_of(form: Form, app: impl FnOnce()) -> Vec<u8> {
    let subscriber = |sink: Sink| -> Box<dyn Subscriber + Send + Sync> {
        let builder =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_timer(StandStill).with_writer(sink);
        match form {
            Form::Text => Box::new(builder.with_ansi(false).finish()),
            Form::Coloured => Box::new(builder.with_ansi(true).finish()),
            Form::Json => Box::new(builder.json().finish()),
            Form::FlatJson => Box::new(builder.json().flatten_event(true).finish()),
        }
    };
    printed(subscriber, app)
}

/// What a subscriber that writes to a sink prints while `app` runs.
pub fn printed(subscriber: impl FnOnce(Sink) -> Box<dyn Subscriber + Send + Sync>, app: impl FnOnce()) -> Vec<u8> {
    let sink = Sink::default();
    tracing::dispatcher::with_default(&Dispatch::new(subscriber(sink.clone())), app);
    // Another thread that registers a callsite may hold the subscriber for a moment longer.
    std::mem::take(&mut *sink.0.lock().unwrap())
}

/// A service's log in which one line in ten is a hop's: what reading is timed on. Its lines are those of requests, as long
/// as HTTP servers make them.
pub fn service_log(form: Form, hops: &[HopRecord<'_>]) -> Vec<u8> {
    log_of(form, || {
        for (i, hop) in (0u64..).zip(hops) {
            let path = format!("/api/v2/accounts/{}/items", i * 7_919 % 10_007);
            let request = tracing::info_span!("request", method = "GET", path, version = "HTTP/1.1", request_id = i);
            request.in_scope(|| {
                tracing::info!(target: "tower_http::trace::on_request", "started processing request");
                for shard in 0..4 {
                    tracing::debug!(target: "svc::store", shard, key = %format_args!("item:{i}:{shard}"), "looking up");
                    tracing::trace!(target: "svc::cache", hit = shard % 2 == 0, age_ms = i * 31 % 5_000, "cache");
                }
            });
            emit(hop);
        }
    })
}

/// A clock for logs that are stored.
struct StandStill;

impl FormatTime for StandStill {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "2024-01-01T00:00:00.000001Z")
    }
}

/// Where a subscriber prints to.
#[derive(Clone, Debug, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Sink {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What an app with a life of its own logs around its hops: its own messages, some of them about us, and spans.
pub fn emit_amid_others(hops: &[HopRecord<'_>]) {
    for (i, hop) in hops.iter().enumerate() {
        match i % 6 {
            0 => tracing::info!(answer = i, "an ordinary line"),
            1 => tracing::debug!("tollbridge::hop is quiet: hop code.file.path"),
            2 => tracing::warn!(text = "tollbridge::hop: hop code.file.path=\"x\"", "a mention"),
            3 => {
                let text = "tollbridge::hop: hop code.file.path=\"y\"; ";
                let request = tracing::info_span!("request", id = i, level = "INFO", text);
                let inner = tracing::debug_span!(parent: &request, "inner");
                inner.in_scope(|| emit(hop));
                continue;
            }
            4 => tracing::debug!(target: "tollbridge::hop", "close"),
            _ => tracing::error!("two\nlines"),
        }
        emit(hop);
    }
}
