//! Every form that `tracing_subscriber::fmt` itself prints: the same hops, amid the same lines of others, give the report
//! that plain JSON gives.

use tollbridge_flamegraphs::read::from_reader;
use tollbridge_instrument::phase_span;
use tollbridge_report::Report;
use tollbridge_report::hop::HopRecord;
use tollbridge_testkit::logs::{Sink, emit, emit_amid_others, hops, printed, tally};
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Level, Subscriber};
use tracing_subscriber::field::{MakeExt as _, RecordFields};
use tracing_subscriber::fmt::format::{FmtSpan, Writer, debug_fn};
use tracing_subscriber::fmt::time::{ChronoLocal, ChronoUtc, FormatTime, SystemTime, UtcTime, uptime};
use tracing_subscriber::fmt::{FormatFields, SubscriberBuilder};

type Boxed = Box<dyn Subscriber + Send + Sync>;

/// What can be chosen, one bit each.
#[derive(Clone, Copy, Debug)]
struct Look(u32);

impl Look {
    /// All choices.
    fn all() -> impl Iterator<Item = Self> {
        (0..64).map(Self)
    }

    fn is(self, bit: u32) -> bool {
        self.0 & 1 << bit != 0
    }

    fn builder(
        self,
        sink: Sink,
    ) -> SubscriberBuilder<
        tracing_subscriber::fmt::format::DefaultFields,
        tracing_subscriber::fmt::format::Format,
        tracing_subscriber::filter::LevelFilter,
        Sink,
    > {
        tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_writer(sink)
            .with_ansi(self.is(0))
            .with_level(self.is(1))
            .with_target(self.is(2))
            .with_thread_names(self.is(3))
            .with_thread_ids(self.is(3))
            .with_file(self.is(4))
            .with_line_number(self.is(5))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Full,
    Compact,
    Pretty,
    Json,
    FlatJson,
}

const FORMS: [Form; 5] = [Form::Full, Form::Compact, Form::Pretty, Form::Json, Form::FlatJson];

/// A subscriber's builder, whose type changes with each choice, brought into a form.
macro_rules! in_form {
    ($builder:expr, $look:expr, $form:expr) => {{
        let builder = $builder;
        // JSON has no colours, but spans to leave out.
        let (span, spans) = ($look.is(0), $look.is(5));
        let boxed: Boxed = match $form {
            Form::Full => Box::new(builder.finish()),
            Form::Compact => Box::new(builder.compact().finish()),
            Form::Pretty => Box::new(builder.pretty().finish()),
            Form::Json => Box::new(builder.json().with_current_span(span).with_span_list(spans).finish()),
            Form::FlatJson => {
                let flat = builder.json().flatten_event(true);
                Box::new(flat.with_current_span(span).with_span_list(spans).finish())
            }
        };
        boxed
    }};
}

fn timed<T: FormatTime + Send + Sync + 'static>(timer: T, look: Look, form: Form, sink: Sink) -> Boxed {
    in_form!(look.builder(sink).with_timer(timer), look, form)
}

const TIMERS: [&str; 8] = ["system", "uptime", "none", "local", "words", "clock", "utc", "unix"];

fn subscriber(timer: &str, look: Look, form: Form, sink: Sink) -> Boxed {
    match timer {
        "system" => timed(SystemTime, look, form, sink),
        "uptime" => timed(uptime(), look, form, sink),
        "none" => in_form!(look.builder(sink).without_time(), look, form),
        "local" => timed(ChronoLocal::rfc_3339(), look, form, sink),
        "words" => timed(ChronoUtc::new("%A %d %B %Y, %I:%M:%S%.6f %p".to_owned()), look, form, sink),
        "clock" => timed(ChronoLocal::new("%H:%M:%S".to_owned()), look, form, sink),
        "utc" => timed(UtcTime::rfc_3339(), look, form, sink),
        "unix" => timed(ChronoUtc::new("%s.%f".to_owned()), look, form, sink),
        _ => unreachable!("no such timer: {timer}"),
    }
}

/// Another hop, called so many ns later.
fn later<'a>(hop: &HopRecord<'a>, ns: u64) -> HopRecord<'a> {
    let mut hop = *hop;
    hop.stamps.called += ns;
    hop
}

/// Those that the app logs again, within spans: the last ones, since earlier moments would be those of another start.
fn in_spans<'a, 'h>(hops: &'a [HopRecord<'h>]) -> &'a [HopRecord<'h>] {
    &hops[hops.len() - hops.len() / 3..]
}

/// What an app logs: hops, other people's lines, spans with anything in them around both, lines within a hop's span.
fn app(hops: &[HopRecord<'_>]) {
    emit_amid_others(hops);
    for hop in in_spans(hops) {
        let span = tracing::info_span!("odd", text = %"a b=c {d} \"e: f, ", job = "not this", pool_thread = 99);
        span.in_scope(|| {
            emit(&later(hop, 1));
            tracing::warn!(code.file.path = "x", "hops");
        });
        let of_hop = phase_span::hop(&hop.site, hop.arm, hop.detail);
        let entered = of_hop.enter();
        tracing::info!(answer = 42, "inside a job");
        emit(&later(hop, 2));
        drop(entered);
    }
}

fn read(log: &[u8], what: &str) -> Report {
    let input = from_reader(log, "the log").unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!((input.report.dropped.total(), input.first_bad_line), (0, None), "{what}");
    input.report
}

/// What plain JSON gives, which is what the recorder has.
fn expected(hops: &[HopRecord<'_>]) -> Report {
    let log = printed(|sink| timed(SystemTime, Look(0), Form::Json, sink), || app(hops));
    let report = read(&log, "plain JSON");
    let all: Vec<HopRecord<'_>> =
        hops.iter().copied().chain(in_spans(hops).iter().flat_map(|hop| [1, 2].map(|ns| later(hop, ns)))).collect();
    let recorder = tally(&all);
    assert_eq!((&report.groups, &report.blocks), (&recorder.groups, &recorder.blocks));
    report
}

#[test]
fn every_form_gives_what_plain_json_gives() {
    let hops = hops(6);
    let expected = expected(&hops);
    let of_timer = |timer| {
        let mut forms = 0;
        for look in Look::all() {
            for form in FORMS {
                let log = printed(|sink| subscriber(timer, look, form, sink), || app(&hops));
                let what = || format!("{form:?} {look:?} {timer}:\n{}", String::from_utf8_lossy(&log[..2_000]));
                assert!(
                    from_reader(&*log, "the log").is_ok_and(|input| input.report == expected && input.notes.is_empty()),
                    "{}",
                    what()
                );
                forms += 1;
            }
        }
        forms
    };
    let of_timer = &of_timer;
    let forms = std::thread::scope(|scope| {
        let threads = TIMERS.map(|timer| scope.spawn(move || of_timer(timer)));
        threads.map(|thread| thread.join().unwrap()).iter().sum::<u32>()
    });
    assert_eq!(forms, 8 * 64 * 5);
}

#[test]
fn spans_that_are_printed_themselves_change_nothing() {
    let hops = hops(18);
    let expected = expected(&hops);
    for form in FORMS {
        let builder = |sink| Look(0b111).builder(sink).with_span_events(FmtSpan::FULL);
        let log = printed(|sink| in_form!(builder(sink), Look(0b111), form), || app(&hops));
        assert!(String::from_utf8_lossy(&log).contains("time.busy"));
        assert_eq!(read(&log, &format!("{form:?}")), expected);
    }
}

#[test]
fn lines_of_many_threads_are_told_apart() {
    let hops = hops(200);
    let of_thread = |thread: u64| hops.iter().map(move |hop| later(hop, thread)).collect::<Vec<_>>();
    let all = tally(&(0..4).flat_map(of_thread).collect::<Vec<_>>());
    for form in FORMS {
        let log = printed(
            |sink| subscriber("system", Look(0b1111), form, sink),
            || {
                let dispatch = tracing::dispatcher::get_default(Dispatch::clone);
                std::thread::scope(|scope| {
                    for thread in 0..4 {
                        let (dispatch, hops) = (&dispatch, of_thread(thread));
                        scope.spawn(move || tracing::dispatcher::with_default(dispatch, || hops.iter().for_each(emit)));
                    }
                });
            },
        );
        let report = read(&log, &format!("{form:?}"));
        assert_eq!(report.outcomes, all.outcomes);
        let counts = |report: &Report| -> Vec<u64> { report.groups.iter().map(|group| group.hop_ns.sum()).collect() };
        assert_eq!(counts(&report), counts(&all));
    }
}

#[test]
fn lines_of_another_writer_within_an_event_change_nothing() {
    let hops = hops(30);
    let expected = expected(&hops);
    let log = printed(|sink| subscriber("system", Look(0b111), Form::Pretty, sink), || app(&hops));
    let torn_apart: Vec<u8> = log
        .split_inclusive(|&b| b == b'\n')
        .flat_map(|line| [line, b"ERROR: another writer, hop code.file.path\n"].concat())
        .collect();
    assert_eq!(read(&torn_apart, "spliced"), expected);
}

/// Fields in an order of the app's own, the message among them.
struct Shuffled {
    sorted: bool,
    separator: &'static str,
}

struct Gathered(Vec<(&'static str, String)>);

impl Visit for Gathered {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}

impl<'w> FormatFields<'w> for Shuffled {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> std::fmt::Result {
        let mut gathered = Gathered(Vec::new());
        fields.record(&mut gathered);
        if self.sorted {
            gathered.0.sort();
        } else {
            gathered.0.reverse();
        }
        for (i, (name, value)) in gathered.0.into_iter().enumerate() {
            let between = if i == 0 { "" } else { " " };
            write!(writer, "{between}{name}{}{value}", self.separator)?;
        }
        Ok(())
    }
}

#[test]
fn fields_in_any_order_and_dress_are_read() {
    let hops = hops(18);
    let expected = expected(&hops);
    for separator in ["=", ": "] {
        for between in [" ", ", ", "; ", " | ", "\t"] {
            let fields = debug_fn(move |writer, field, value| write!(writer, "{field}{separator}{value:?}"));
            let log = printed(
                |sink| Box::new(Look(0b110).builder(sink).fmt_fields(fields.delimited(between)).finish()),
                || app(&hops),
            );
            assert_eq!(read(&log, &String::from_utf8_lossy(&log)), expected);
        }
        for sorted in [false, true] {
            for target in [0b010, 0b110] {
                let log = printed(
                    |sink| Box::new(Look(target).builder(sink).fmt_fields(Shuffled { sorted, separator }).finish()),
                    || app(&hops),
                );
                assert_eq!(read(&log, &String::from_utf8_lossy(&log)), expected);
            }
        }
    }
}

#[test]
fn a_dress_that_cannot_be_read_is_counted() {
    let hops = hops(5);
    let fields = debug_fn(move |writer, field, value| write!(writer, "{field}={value:?}"));
    let mut log = printed(
        |sink| Box::new(Look(0b110).builder(sink).fmt_fields(fields).finish()),
        || {
            hops.iter().for_each(emit);
        },
    );
    assert!(from_reader(log.as_slice(), "the log").is_err_and(|error| {
        error.to_string().contains("5 lines, no whole hop; line 1 looks like one: its fields cannot be separated")
    }));
    log.extend(printed(|sink| subscriber("system", Look(0b110), Form::Full, sink), || emit(&hops[0])));
    let input = from_reader(log.as_slice(), "the log").unwrap();
    assert_eq!((input.report.outcomes.submitted, input.report.dropped.lines), (1, 5));
}
