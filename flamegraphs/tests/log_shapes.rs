//! Hops that do not stand one to a line: several in one, behind something that was torn, in the objects of collectors, beside holes
//! and another encoding. Each is read, or counted as lost.

use proptest::prelude::*;
use tollbridge_flamegraphs::read::from_reader;
use tollbridge_testkit::logs::{Form, emit, hops, log_of, tally};

const FORMS: [Form; 4] = Form::ALL;

/// Hops that were read, and lines that count as lost.
fn counts(log: &[u8]) -> (u64, u64) {
    let input =
        from_reader(log, "the log").unwrap_or_else(|error| panic!("{error}:\n{}", String::from_utf8_lossy(log)));
    (input.report.outcomes.submitted, input.report.dropped.lines)
}

/// The lines of so many hops.
fn lines(form: Form, count: u64) -> Vec<String> {
    let log = String::from_utf8(log_of(form, || hops(count).iter().for_each(emit))).unwrap();
    log.lines().map(str::to_owned).collect()
}

fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn docker(line: &str) -> String {
    format!(r#"{{"log":{},"stream":"stderr","time":"2024-01-01T00:00:00.000000001Z"}}"#, string(&format!("{line}\n")))
}

fn journald(line: &str) -> String {
    format!(r#"{{"_PID":"7","MESSAGE":{},"PRIORITY":"6"}}"#, string(line))
}

/// As docker's fluentd driver and Fluent Bit pass it on: without its newline.
fn fluentd(line: &str) -> String {
    format!(r#"{{"container_name":"/svc","source":"stdout","log":{},"container_id":"2791"}}"#, string(line))
}

/// Objects on one line, in each way that tools write them.
fn on_one_line(objects: &[String]) -> [String; 5] {
    [
        format!("[{}]\n", objects.join(",")),
        format!("{}\n", objects.concat()),
        format!("{}\n", objects.join(" ")),
        objects.iter().map(|object| format!("\u{1e}{object}")).collect::<String>() + "\n",
        format!(
            "{{\"took\":3,\"hits\":{{\"hits\":[{}]}}}}\n",
            objects
                .iter()
                .map(|object| format!("{{\"_id\":\"0\",\"_source\":{object}}}"))
                .collect::<Vec<_>>()
                .join(",")
        ),
    ]
}

#[test]
fn every_object_of_a_line_is_read() {
    for count in [2, 60] {
        for form in [Form::Json, Form::FlatJson] {
            for log in on_one_line(&lines(form, count)) {
                assert_eq!(counts(log.as_bytes()), (count, 0), "{form:?} {log}");
            }
        }
        for form in FORMS {
            for wrap in [docker, journald, fluentd] {
                let objects: Vec<String> = lines(form, count).iter().map(|line| wrap(line)).collect();
                for log in on_one_line(&objects) {
                    assert_eq!(counts(log.as_bytes()), (count, 0), "{form:?} {log}");
                }
            }
        }
    }
}

#[test]
fn a_line_of_thousands_is_read_in_pieces() {
    let log = on_one_line(&lines(Form::Json, 3_000));
    assert!(log.iter().all(|log| log.len() > 1 << 20));
    for log in &log {
        assert_eq!(counts(log.as_bytes()), (3_000, 0));
    }
    let input = from_reader(log[0].as_bytes(), "the log").unwrap();
    assert_eq!(input.report.groups, tally(&hops(3_000)).groups);
    for log in on_one_line(&lines(Form::FlatJson, 3_000)) {
        let (read, lost) = counts(log.as_bytes());
        assert_eq!(read + lost, 3_000);
    }
    // Lines of text that something other than newlines parts.
    for (between, least) in [("\u{1e}", 3_000), (" ", 1), ("\0", 1), ("\r", 1), ("", 1)] {
        let log = lines(Form::Text, 3_000).join(between) + "\n";
        let (read, lost) = counts(format!("{log}{}", log_tail()).as_bytes());
        assert!(read >= least && read + lost == 3_001, "{between:?}: {read} {lost}");
    }
}

/// A hop that none of the others is.
fn log_tail() -> String {
    lines(Form::Text, 3_001).pop().unwrap() + "\n"
}

#[test]
fn wrappers_that_drop_the_newline_tear_nothing() {
    for form in FORMS {
        for wrap in [
            fluentd,
            |line: &str| format!("20240101T000000+0000\tdocker.x\t{}", fluentd(line)),
            |line: &str| format!(r#"{{"log":{}}}"#, string(line)),
            |line: &str| format!(r#"{{"time":"2024","stream":"stderr","_p":"F","log":{}}}"#, string(line)),
            |line: &str| {
                format!(r#"{{"stream":"stderr","logtag":"F","log":{},"kubernetes":{{"a":{{}}}}}}"#, string(line))
            },
        ] {
            let log: String = lines(form, 9).iter().map(|line| wrap(line) + "\n").collect();
            assert_eq!(counts(log.as_bytes()), (9, 0), "{log}");
        }
        // The tool says that it is a part.
        let part = |line: &str| fluentd(line).replace("{\"", "{\"partial_message\":\"true\",\"");
        let log: String = lines(Form::Text, 9).iter().map(|line| part(line) + "\n").collect();
        let whole = lines(Form::Text, 10).pop().unwrap() + "\n";
        assert_eq!(counts((log + &whole).as_bytes()), (1, 9), "{form:?}");
    }
}

#[test]
fn a_log_that_is_an_object_is_no_error() {
    let ecs: String = lines(Form::Json, 4)
        .iter()
        .map(|line| line.replacen('{', "{\"log\":{\"file\":{\"path\":\"/var/log/a\"},\"offset\":7},", 1) + "\n")
        .collect();
    assert_eq!(counts(ecs.as_bytes()), (4, 0));
}

#[test]
fn a_member_of_that_name_within_or_around_hides_no_hop() {
    for form in FORMS {
        for labels in [r#""log":{"a":1}"#, r#""kubernetes":{"log":"x"}"#, r#""a":{"b":{"log":null,"MESSAGE":"y"}}"#] {
            let wrap = |line: &str| format!(r#"{{{labels},"log":{},"z":{{"log":"x"}}}}"#, string(&format!("{line}\n")));
            let log: String = lines(form, 5).iter().map(|line| wrap(line) + "\n").collect();
            assert_eq!(counts(log.as_bytes()), (5, 0), "{log}");
        }
    }
}

#[test]
fn hops_beside_others_in_texts_of_another_member_are_told() {
    for form in FORMS {
        let log: String = lines(form, 5).iter().map(|line| format!("{{\"message\":{}}}\n", string(line))).collect();
        let input = from_reader(format!("{log}{}", log_tail()).as_bytes(), "`app.log`").unwrap();
        assert_eq!((input.report.outcomes.submitted, input.report.dropped.total()), (1, 0));
        let note = "`app.log`: hops stand in the member \"message\" as well, and are not counted: see jq -r '.message'";
        assert_eq!(input.notes, [note]);
    }
}

#[test]
fn refusals_of_printed_json_name_what_helps() {
    for form in FORMS {
        let events: Vec<_> = lines(form, 3).into_iter().map(|line| serde_json::json!({ "message": line })).collect();
        let printed = serde_json::to_string_pretty(&serde_json::json!({ "events": events })).unwrap();
        let error = from_reader(printed.as_bytes(), "`app.log`").unwrap_err().to_string();
        assert!(error.ends_with("try jq -c . app.log | tollbridge report -"), "{error}");
        let wide: Vec<u8> = (lines(form, 3).join("\n") + "\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let error = from_reader(wide.as_slice(), "`app.log`").unwrap_err().to_string();
        assert!(error.ends_with("try iconv -f UTF-16LE -t UTF-8 app.log | tollbridge report -"), "{error}");
        let swapped = lines(form, 3).join("\n\r") + "\n\r";
        assert_eq!(counts(swapped.as_bytes()), (3, 0), "{form:?}");
    }
}

#[test]
fn a_hop_behind_a_torn_line_of_text_is_read() {
    let info =
        "2024-01-01T00:00:00.000001Z  INFO request{id=7 text=\"multi\\nline \\\"q\\\" a=b\"}: app: an ordinary line";
    for form in FORMS {
        let of_hops = lines(form, 3);
        for end in 0..info.len() {
            let log = format!("{}\n{}{}\n{}\n", of_hops[0], &info[..end], of_hops[1], of_hops[2]);
            let (read, lost) = counts(log.as_bytes());
            assert!(read + lost == 3 && read >= 2, "{form:?} {read} {lost}: {log}");
        }
        for before in ["loading INFO ... ", "50 %\r", "\0\0\0\0", "2024-01-01T00:00:00.000001Z ERROR app: x"] {
            let log = format!("{}\n{before}{}\n", of_hops[0], of_hops[1]);
            assert_eq!(counts(log.as_bytes()), (2, 0), "{form:?} {log}");
        }
    }
}

#[test]
fn returns_holes_and_another_encoding_are_told() {
    for form in FORMS {
        let log = lines(form, 6).join("\n") + "\n";
        assert_eq!(counts(log.replace('\n', "\r\r\n").as_bytes()), (6, 0), "{form:?}");
        let (half, at) = (log.len() / 2, log[log.len() / 2..].find('\n').unwrap() + 1);
        let (first, second) = log.split_at(half + at);
        for hole in [1, 4_096, 3 << 20] {
            let log = [first.as_bytes(), &vec![0; hole], second.as_bytes()].concat();
            assert_eq!(counts(&log), (6, 0), "{form:?} {hole}");
            assert_eq!(counts(&[log, vec![0; hole]].concat()), (6, 0), "{form:?} {hole}");
        }
        let appended = second.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let lost = second.lines().count() as u64;
        for mark in [&b"\xff\xfe"[..], b""] {
            let log = [first.as_bytes(), mark, &appended].concat();
            assert_eq!(counts(&log), (6 - lost, lost), "{form:?}");
        }
    }
}

/// How the lines of a log were passed on.
#[derive(Clone, Copy, Debug)]
enum Wrap {
    None,
    Docker,
    Journald,
    Fluentd,
    Prefix,
    Cri,
    /// The journal's, where the text has colours.
    Bytes,
}

impl Wrap {
    const ALL: [Self; 7] =
        [Self::None, Self::Docker, Self::Journald, Self::Fluentd, Self::Prefix, Self::Cri, Self::Bytes];
}

impl Wrap {
    fn wrap(self, line: &str) -> String {
        match self {
            Self::None => line.to_owned(),
            Self::Docker => docker(line),
            Self::Journald => journald(line),
            Self::Fluentd => fluentd(line),
            Self::Prefix => format!("Nov 25 10:00:00 host svc[4127]: {line}"),
            Self::Cri => format!("2024-01-01T00:00:00.000000001Z stderr F {line}"),
            Self::Bytes => format!(r#"{{"_PID":"7","MESSAGE":[{}],"PRIORITY":"6"}}"#, numbers(line)),
        }
    }
}

fn numbers(text: &str) -> String {
    text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",")
}

/// Where the first value has begun, behind the name that tells a hop. A line that ends with the name may be about us.
fn told_from(line: &str) -> usize {
    ["src/".to_owned(), numbers("src/")].iter().find_map(|value| Some(line.find(value)? + value.len())).unwrap()
}

/// What became of a line.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Whole,
    /// Cut behind the name that tells a hop, with or without what follows joined to it.
    Cut {
        at: usize,
        joined: bool,
    },
    /// Another line of the app, cut somewhere, stands before it.
    Behind(usize),
    /// What follows is joined to it.
    Joined(usize),
    /// It stands there once more, at once.
    Twice,
    /// A hole of NULs follows, as a log that was truncated while its writer went on has them.
    Hole(usize),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Whole),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(at, joined)| Fate::Cut { at, joined }),
        1 => any::<usize>().prop_map(Fate::Behind),
        1 => (0_usize..4).prop_map(Fate::Joined),
        1 => Just(Fate::Twice),
        1 => (1_usize..5_000).prop_map(Fate::Hole),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hops_read_and_hops_lost_are_the_hops_written(
        form in proptest::sample::select(&FORMS[..]),
        wrap in proptest::sample::select(&Wrap::ALL[..]),
        fates in proptest::collection::vec(fate(), 1..9),
    ) {
        const OTHER: &str = "2024-01-01T00:00:00.000001Z  INFO request{id=7}: app: an ordinary line";
        let written = fates.len() as u64 + 1;
        let mut of_hops = lines(form, written);
        let last = of_hops.pop().unwrap();
        let mut log = String::new();
        for (line, fate) in of_hops.iter().zip(&fates) {
            let line = wrap.wrap(line);
            match *fate {
                Fate::Whole => log.extend([&*line, "\n"]),
                Fate::Cut { at, joined } => {
                    let from = told_from(&line);
                    let mut at = from + at % (line.len() - from);
                    while !line.is_char_boundary(at) {
                        at += 1;
                    }
                    log.extend([&line[..at], if joined { "" } else { "\n" }]);
                }
                Fate::Behind(at) => log.extend([&OTHER[..at % OTHER.len()], &line, "\n"]),
                Fate::Twice => log.extend([&*line, "\n", &line, "\n"]),
                Fate::Hole(bytes) => log.extend([&*line, "\n", &"\0".repeat(bytes)]),
                Fate::Joined(between) => log.extend([&*line, ["", " ", ",", "\u{1e}"][between]]),
            }
        }
        log.extend([&*wrap.wrap(&last), "\n"]);
        let (read, lost) = counts(log.as_bytes());
        prop_assert_eq!(read + lost, written, "{} read, {} lost:\n{}", read, lost, log);
    }
}
