//! Logs that nobody wrote like this: any bytes, damage, tears and joins. Nothing panics, and no hop is read that was not
//! there.

use std::sync::LazyLock;

use proptest::prelude::*;
use tollbridge_flamegraphs::read::from_reader;
use tollbridge_report::Report;
use tollbridge_report::hop::HopRecord;
use tollbridge_testkit::logs::{Form, Sink, emit, emit_amid_others, hops, log_of, printed, tally};
use tracing::Subscriber;

const HOPS: u64 = 12;

/// Builders of all forms, without time, level and target where a form can do without them: what is left to tell hops by
/// is the least.
const FORMS: [fn(Sink) -> Box<dyn Subscriber + Send + Sync>; 7] = [
    |sink| Box::new(builder(sink).finish()),
    |sink| Box::new(builder(sink).without_time().with_level(false).with_target(false).finish()),
    |sink| Box::new(builder(sink).compact().finish()),
    |sink| Box::new(builder(sink).without_time().pretty().finish()),
    |sink| Box::new(builder(sink).with_ansi(true).pretty().finish()),
    |sink| Box::new(builder(sink).json().finish()),
    |sink| Box::new(builder(sink).without_time().with_level(false).json().flatten_event(true).finish()),
];

fn builder(
    sink: Sink,
) -> tracing_subscriber::fmt::SubscriberBuilder<
    tracing_subscriber::fmt::format::DefaultFields,
    tracing_subscriber::fmt::format::Format,
    tracing_subscriber::filter::LevelFilter,
    Sink,
> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(sink)
}

/// The same hops in each form.
static AMID_OTHERS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| FORMS.into_iter().map(|form| printed(form, || emit_amid_others(&hops(HOPS)))).collect());
static ALONE: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| FORMS.into_iter().map(|form| printed(form, || hops(HOPS).iter().for_each(emit))).collect());

/// The hops that come next, alone.
static LATER: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let later = |form| printed(form, || hops(2 * HOPS).iter().skip(to_usize(HOPS)).for_each(emit));
    FORMS.into_iter().map(later).collect()
});

fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap()
}

fn any_log() -> impl Strategy<Value = &'static [u8]> {
    (0..FORMS.len(), any::<bool>()).prop_map(|(form, alone)| &*(if alone { &ALONE } else { &AMID_OTHERS })[form])
}

/// Where logs are cut: half of the time just before a line's end, where a number may lose digits and look whole.
#[derive(Clone, Copy, Debug)]
struct Cut {
    at: proptest::sample::Index,
    before_end: Option<usize>,
}

fn any_cut() -> impl Strategy<Value = Cut> {
    let before_end = prop_oneof![Just(None), (0_usize..8).prop_map(Some)];
    (any::<proptest::sample::Index>(), before_end).prop_map(|(at, before_end)| Cut { at, before_end })
}

impl Cut {
    /// The bytes before it.
    fn of(self, log: &[u8]) -> &[u8] {
        let Some(before) = self.before_end else {
            return &log[..self.at.index(log.len())];
        };
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', log).collect();
        &log[..ends[self.at.index(ends.len())].saturating_sub(before)]
    }
}

/// What is read, if anything is.
fn read(log: &[u8]) -> Option<Report> {
    from_reader(log, "the log").ok().map(|input| input.report)
}

/// Whether just the first of all hops were read, however many.
fn is_beginning(report: &Report, all: &[HopRecord<'_>]) -> bool {
    let read = usize::try_from(report.outcomes.submitted).unwrap();
    report.groups == tally(&all[..read]).groups
}

/// Bytes that look like parts of logs.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        proptest::sample::select(vec![
            "tollbridge::hop: hop ",
            "code.file.path=\"",
            "code.file.path: ",
            "\"code.file.path\":",
            "{\"",
            "{\"log\":\"",
            "\"MESSAGE\":[",
            "99,111,100,101,46,102,105,108,101,46,112,97,116,104",
            "\"message\":\"hop\"",
            "DEBUG ",
            " INFO ",
            "\x1b[3m",
            "\x1b[",
            "#033[",
            "\\\"",
            "\\u{",
            "\"",
            "}",
            "]",
            "\n",
            "\r\n",
            " ",
            ", ",
            "=",
            "called_ns=1 ",
            "copied_bytes=0",
            "{\"format\":",
            "\u{1f}\u{8b}\u{8}",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

/// Some of the texts are in spans of hops that are torn with them.
#[test]
fn a_cut_in_a_text_that_looks_like_a_hop_loses_one_hop_at_most() {
    const NAME: &[u8] = b"code.file.path";
    let mut within = 0;
    for log in AMID_OTHERS.iter() {
        for at in memchr::memmem::find_iter(log, NAME) {
            let name_ends = at + NAME.len();
            for end in name_ends - 1..=(name_ends + 4).min(log.len()) {
                let Some(report) = read(&log[..end]) else { continue };
                let text = String::from_utf8_lossy(&log[..end]);
                assert!(is_beginning(&report, &hops(HOPS)) && report.dropped.total() <= 1, "{text}");
                within += 1;
            }
        }
    }
    assert!(within > 500, "{within}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(fragments in proptest::collection::vec(fragment(), 0..60)) {
        read(&fragments.concat());
    }

    #[test]
    fn a_packed_log_with_any_damage_does_no_harm(
        zstd in any::<bool>(), at in any::<proptest::sample::Index>(), byte in any::<u8>(),
    ) {
        let log = log_of(Form::Text, || hops(HOPS).iter().for_each(emit));
        let mut packed = if zstd {
            zstd::encode_all(log.as_slice(), 1).unwrap()
        } else {
            let mut packed = Vec::new();
            let mut encoder = flate2::read::GzEncoder::new(log.as_slice(), flate2::Compression::fast());
            std::io::Read::read_to_end(&mut encoder, &mut packed).unwrap();
            packed
        };
        let at = at.index(packed.len());
        packed[at] ^= byte;
        // Its checksum holds, or nothing is read of it; unless it now says that it has none, or is no packed file.
        read(&packed);
        let cut = read(&packed[..at]);
        prop_assert!(cut.is_none_or(|report| is_beginning(&report, &hops(HOPS))));
    }

    #[test]
    fn a_log_that_is_cut_gives_the_hops_before_the_cut(log in any_log(), cut in any_cut()) {
        let log = cut.of(log);
        if let Some(report) = read(log) {
            prop_assert!(is_beginning(&report, &hops(HOPS)), "{}", String::from_utf8_lossy(log));
            prop_assert!(report.dropped.total() <= 1);
        }
    }

    #[test]
    fn a_log_that_was_written_on_behind_a_tear_gives_no_hop_that_was_not_there(
        log in any_log(), other in 0..FORMS.len(), cut in any_cut(),
    ) {
        let log = cut.of(log);
        let report = read(&[log, &LATER[other]].concat()).expect("the second part is whole");
        let all = hops(2 * HOPS);
        let (all, later) = all.split_at(to_usize(HOPS));
        // The line that the tear was joined to may be lost with it.
        let joins = [0, 1].map(|lost| {
            let second = &later[lost..];
            let first = to_usize(report.outcomes.submitted).checked_sub(second.len()).filter(|&first| first <= all.len());
            first.is_some_and(|first| report.groups == tally(&[&all[..first], second].concat()).groups)
        });
        prop_assert!(joins.contains(&true), "{}", String::from_utf8_lossy(log));
    }

    #[test]
    fn a_log_that_lost_bytes_in_the_middle_loses_at_most_the_hops_there(
        log in any_log(), at in any::<proptest::sample::Index>(), lost in 1_usize..200,
    ) {
        let at = at.index(log.len());
        let rest = (at + lost).min(log.len());
        let gap = [&log[..at], &log[rest..]].concat();
        if let Some(report) = read(&gap) {
            let newlines = log[at..rest].iter().filter(|&&b| b == b'\n').count() as u64;
            prop_assert!(report.outcomes.submitted + newlines + 1 >= HOPS, "{}", report.outcomes.submitted);
        }
    }
}
