//! Logs as container runtimes and log daemons pass them on: something before each line, or each line in an object.

use tollbridge_flamegraphs::read::{Input, from_reader};
use tollbridge_report::Report;
use tollbridge_report::names::Detail;
use tollbridge_testkit::logs::{Form, emit, emit_amid_others, hops, log_of};

const FORMS: [Form; 4] = Form::ALL;

fn log(form: Form) -> Vec<u8> {
    log_of(form, || emit_amid_others(&hops(40)))
}

fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    log.strip_suffix(b"\n").unwrap().split(|&b| b == b'\n')
}

fn read(log: &[u8]) -> Input {
    from_reader(log, "the log").unwrap()
}

/// What a log gives that nobody passed on.
fn expected() -> Report {
    read(&log(Form::Text)).report
}

/// Each line as `pass_on` writes it.
fn passed_on(log: &[u8], pass_on: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    lines(log).flat_map(|line| [pass_on(line), b"\n".to_vec()].concat()).collect()
}

fn string(text: &[u8]) -> String {
    serde_json::to_string(&String::from_utf8_lossy(text)).unwrap()
}

/// A line in an object, by the name of what makes it.
fn wrapped(tool: &str, line: &[u8]) -> String {
    match tool {
        "docker" => {
            let text = string(&[line, b"\n"].concat());
            format!(r#"{{"log":{text},"stream":"stderr","time":"2024-01-01T00:00:00.000000001Z"}}"#)
        }
        "journald" => format!(
            r#"{{"_PID":"7","__CURSOR":"s=1;i=2","MESSAGE":{},"PRIORITY":"6","SYSLOG_IDENTIFIER":"svc"}}"#,
            string(line)
        ),
        "journald, in bytes" => {
            let bytes: Vec<String> = line.iter().map(u8::to_string).collect();
            format!(r#"{{"_PID":"7","MESSAGE":[{}],"PRIORITY":"6"}}"#, bytes.join(","))
        }
        "a collector of docker's" => {
            format!(r#"{{"log":{},"tag":"svc"}}"#, string(format!("{}\n", wrapped("docker", line)).as_bytes()))
        }
        _ => unreachable!("no such tool: {tool}"),
    }
}

const WRAPPERS: [&str; 4] = ["docker", "journald", "journald, in bytes", "a collector of docker's"];

#[test]
fn what_stands_before_a_line_does_no_harm() {
    let expected = expected();
    for form in FORMS {
        for prefix in [
            "svc-1  | ",
            "\x1b[36msvc-1  |\x1b[0m ",
            "2024-01-01T00:00:00.000000001Z ",
            "[pod/svc-5d8f/svc] ",
            "2024-01-01T00:00:00.000000001Z stderr F ",
            "Nov 25 10:00:00 host svc[4127]: ",
            "<14>1 2024-01-01T00:00:00.000Z host svc 4127 ID47 [a@1 b=\"c\"] ",
            "2024-01-01T00:00:00+00:00 host svc[4127]: {not json} ",
        ] {
            let log = passed_on(&log(form), |line| [prefix.as_bytes(), line].concat());
            let input = read(&log);
            assert_eq!(input.report, expected, "{form:?} {prefix}");
            assert_eq!(input.first_bad_line, None);
        }
    }
}

#[test]
fn lines_in_objects_are_taken_out() {
    let expected = expected();
    for form in FORMS {
        for tool in WRAPPERS {
            let log = passed_on(&log(form), |line| wrapped(tool, line).into_bytes());
            let input = read(&log);
            assert_eq!(input.report, expected, "{form:?} {tool}");
            assert_eq!(input.first_bad_line, None);
        }
    }
}

#[test]
fn rsyslogs_way_with_colours_is_undone() {
    let log = String::from_utf8(log(Form::Coloured)).unwrap().replace('\x1b', "#033");
    assert_eq!(read(log.as_bytes()).report, expected());
}

#[test]
fn a_part_of_a_line_is_counted_and_not_believed() {
    // Cut where a number still is one.
    let coarse = hops(20).into_iter().find(|hop| hop.detail == Detail::Phases && hop.copied_bytes > 9).unwrap();
    let hop = String::from_utf8(log_of(Form::Text, || emit(&coarse))).unwrap();
    let (part, rest) = hop.trim_end().split_at(hop.trim_end().len() - 1);
    assert!(part.ends_with(|last: char| last.is_ascii_digit()), "{part}");
    let whole = format!("2024-01-01T00:00:00Z stderr F {hop}");
    let cri = format!("2024-01-01T00:00:00Z stderr P {part}\n2024-01-01T00:00:00Z stderr F {rest}\n{whole}");
    let docker = format!(
        "{{\"log\":{},\"stream\":\"stderr\"}}\n{{\"log\":{},\"stream\":\"stderr\"}}\n{whole}",
        string(part.as_bytes()),
        string(format!("{rest}\n").as_bytes())
    );
    for log in [cri, docker] {
        let input = read(log.as_bytes());
        assert_eq!((input.report.outcomes.submitted, input.report.dropped.lines), (1, 1), "{log}");
        assert_eq!(input.first_bad_line.unwrap().number, 1);
    }
}

#[test]
fn a_tear_anywhere_in_an_object_is_counted_once() {
    for form in [Form::Text, Form::Coloured, Form::Json] {
        for tool in ["docker", "journald"] {
            let log =
                passed_on(&log_of(form, || hops(2).iter().for_each(emit)), |line| wrapped(tool, line).into_bytes());
            let start = log[..log.len() - 1].iter().rposition(|&b| b == b'\n').unwrap() + 1;
            for end in start + 1..log.len() - 2 {
                let (input, torn) = (read(&log[..end]), String::from_utf8_lossy(&log[start..end]));
                assert_eq!((input.report.outcomes.submitted, input.report.dropped.lines), (1, 1), "{form:?} {torn}");
            }
            assert_eq!(read(&log[..log.len() - 1]).report.outcomes.submitted, 2);
        }
    }
}

#[test]
fn an_apps_own_object_that_quotes_a_hop_is_none() {
    let hop = String::from_utf8(log_of(Form::Text, || emit(&hops(1)[0]))).unwrap();
    let quoted = string(hop.trim_end().as_bytes());
    for object in [
        format!("{{\"level\":\"INFO\",\"fields\":{{\"message\":{quoted}}},\"target\":\"app\"}}"),
        format!("{{\"level\":\"INFO\",\"message\":{quoted}}}"),
        format!("2024-01-01T00:00:00Z  INFO app: seen line={quoted}"),
    ] {
        let input = read(format!("{object}\n{hop}").as_bytes());
        assert_eq!((input.report.outcomes.submitted, input.report.dropped.lines), (1, 0), "{object}");
    }
}
