//! Logs as `tracing_subscriber::fmt` really prints them.

use std::io::Read as _;

use tollbridge_flamegraphs::read::{Input, InputKind, from_reader};
use tollbridge_report::hop::{HopRecord, Site};
use tollbridge_report::names::{Arm, Detail};
use tollbridge_testkit::logs::{Form, emit, emit_amid_others, hops, log_of, tally};

fn read(log: &[u8]) -> Input {
    from_reader(log, "the log").unwrap()
}

fn jobs(input: &Input) -> Vec<&str> {
    input.report.groups.iter().map(|group| group.key.job.as_str()).collect()
}

/// A hop of the given names.
fn named(file: &'static str, job: &'static str) -> HopRecord<'static> {
    let hop = hops(1).remove(0);
    HopRecord { site: Site { file, job, ..hop.site }, ..hop }
}

#[test]
fn a_log_in_any_form_gives_what_the_recorder_has() {
    let hops = hops(300);
    let recorder = tally(&hops);
    for form in Form::ALL {
        let log = log_of(form, || hops.iter().for_each(emit));
        assert_eq!(log.contains(&0x1b), form == Form::Coloured);
        let input = read(&log);
        assert_eq!(input.kind, InputKind::Log);
        assert_eq!(input.report.groups, recorder.groups, "{form:?}");
        assert_eq!(input.report.blocks, recorder.blocks, "{form:?}");
        assert_eq!(input.report.outcomes, recorder.outcomes, "{form:?}");
        assert_eq!(input.report.arms, recorder.arms, "{form:?}");
        assert_eq!((input.report.dropped.total(), input.first_bad_line), (0, None), "{form:?}");
        assert_eq!(input.report.clock, None);
        let settings = input.report.settings.unwrap();
        assert_eq!((settings.detail, settings.visible), (Detail::Locks, true));
        assert_eq!(settings.arms, [Arm::Naive, Arm::Snapshot, Arm::Native]);
    }
}

#[test]
fn the_made_up_hops_show_the_counts_of_every_bridge() {
    // Guards the tests below: counts that are equal because all are zero prove nothing.
    let joined: Vec<_> = hops(300).into_iter().filter(|hop| hop.outcome.as_str() == "joined").collect();
    let arms = tally(&joined).arms;
    for (arm, locks, copies) in [(Arm::Naive, 4.0, 1.0), (Arm::Snapshot, 0.0, 1.0), (Arm::Native, 0.0, 0.0)] {
        assert_eq!(arms[&arm].locks_per_transfer, Some(locks));
        assert_eq!(arms[&arm].copies_per_transfer, Some(copies));
    }
}

#[test]
fn other_peoples_lines_change_nothing() {
    let hops = hops(120);
    let recorder = tally(&hops);
    for form in Form::ALL {
        let log = log_of(form, || emit_amid_others(&hops));
        let input = read(&log);
        assert_eq!(input.report.groups, recorder.groups, "{form:?}");
        assert_eq!((input.report.dropped.lines, input.first_bad_line), (0, None), "{form:?}");
    }
}

#[test]
fn names_survive_whatever_they_hold() {
    let (file, job) =
        ("src/\"quoted\" \\ file.rs", "a\nb\tc;d <e> =f é \u{7f} tollbridge::hop: hop code.file.path=\"x\"");
    for form in Form::ALL {
        let input = read(&log_of(form, || emit(&named(file, job))));
        assert_eq!(jobs(&input), [job], "{form:?}");
        assert!(input.report.groups[0].key.site.starts_with(file), "{form:?}");
        assert_eq!(input.report.dropped.lines, 0);
    }
}

#[test]
fn a_tear_at_any_byte_of_the_last_line_is_counted_once() {
    for form in Form::ALL {
        let log = log_of(form, || hops(12).iter().for_each(emit));
        let start = log[..log.len() - 1].iter().rposition(|&b| b == b'\n').unwrap() + 1;
        // In JSON a hop is whole once the object that holds its fields is.
        let last = match form {
            Form::Text | Form::Coloured => log.len() - 1,
            Form::FlatJson => log.len() - 2,
            Form::Json => start + String::from_utf8_lossy(&log[start..]).find("},\"target\"").unwrap(),
        };
        for end in start + 1..=last {
            let input = read(&log[..end]);
            let torn = String::from_utf8_lossy(&log[start..end]);
            assert_eq!(input.report.outcomes.submitted, 11, "{form:?} {torn}");
            assert_eq!(input.report.dropped.lines, 1, "{form:?} {torn}");
            assert_eq!(input.first_bad_line.as_ref().unwrap().number, 12);
        }
        assert_eq!(read(&log[..start]).report.dropped.lines, 0);
    }
    let log = log_of(Form::Json, || hops(3).iter().for_each(emit));
    assert_eq!(read(&log[..log.len() - 1]).report.outcomes.submitted, 3);
}

#[test]
fn garbage_between_the_lines_is_passed_over() {
    let hops = hops(40);
    for form in Form::ALL {
        let log = log_of(form, || hops.iter().for_each(emit));
        let mut dirty = Vec::new();
        for (i, line) in log.split_inclusive(|&b| b == b'\n').enumerate() {
            match i % 4 {
                0 => dirty.extend_from_slice(b"\xff\xfe\x00 tollbridge::hop \x1b[ \n"),
                1 => dirty.extend_from_slice(b"{\"target\":\"tollbridge::hop\"}\n{\"target\":\n{}\n\n"),
                2 => dirty.extend(vec![b'x'; 400_000].into_iter().chain([b'\n'])),
                _ => dirty.extend_from_slice(b"panicked at 'tollbridge::hop: hop'\r\n"),
            }
            dirty.extend_from_slice(line);
        }
        let input = read(&dirty);
        assert_eq!(input.report.groups, tally(&hops).groups, "{form:?}");
        assert_eq!((input.report.dropped.lines, input.first_bad_line), (0, None), "{form:?}");
    }
}

#[test]
fn hops_that_cannot_be_read_are_counted_and_the_first_is_shown() {
    let hops = hops(30);
    for (form, from, to) in [
        (Form::Text, "arm=\"", "arm=\"x"),
        (Form::Json, "\"arm\":\"", "\"arm\":\"x"),
        (Form::FlatJson, "\"called_ns\":", "\"called_ns\":-"),
        (Form::Json, "\"called_ns\":", "\"called_ns\":["),
        (Form::Text, "called_ns=", "called_ns= "),
    ] {
        let log = String::from_utf8(log_of(form, || hops.iter().for_each(emit))).unwrap();
        let lines = log.lines().enumerate();
        let log: Vec<String> =
            lines.map(|(i, line)| if i == 4 || i == 9 { line.replace(from, to) } else { line.to_owned() }).collect();
        let input = read((log.join("\n") + "\n").as_bytes());
        assert_eq!(input.report.dropped.lines, 2, "{form:?} {to}");
        assert_eq!(input.report.outcomes.submitted, 28);
        let bad = input.first_bad_line.unwrap();
        assert_eq!(bad.number, 5);
        assert!(!bad.reason.is_empty());
    }
}

#[test]
fn a_gigantic_hop_line_is_counted_and_does_not_stop_the_rest() {
    let job: &'static str = "x".repeat(300_000).leak();
    for form in [Form::Text, Form::Json] {
        let log = log_of(form, || {
            emit(&named("src/main.rs", job));
            emit(&named("src/main.rs", "after"));
        });
        let input = read(&log);
        assert_eq!(jobs(&input), ["after"], "{form:?}");
        assert_eq!(input.report.dropped.lines, 1);
        assert_eq!(input.first_bad_line.unwrap().reason, "longer than a line may be");
    }
}

#[test]
fn windows_line_ends_and_prefixes_of_other_tools_do_no_harm() {
    let hops = hops(20);
    let log = String::from_utf8(log_of(Form::Text, || hops.iter().for_each(emit))).unwrap();
    assert_eq!(read(log.replace('\n', "\r\n").as_bytes()).report.groups, tally(&hops).groups);
    let prefixed: String = log.lines().map(|line| format!("Jan 01 00:00:00 host svc[7]: {line}\n")).collect();
    assert_eq!(read(prefixed.as_bytes()).report.groups, tally(&hops).groups);
}

#[test]
fn what_is_no_log_of_hops_is_refused_with_a_remedy() {
    let run = "run the app with RUST_LOG=info,tollbridge=trace";
    for (bytes, found, remedy) in [
        (&b"2024-01-01T00:00:00Z  INFO app: hello\nbye\n"[..], "2 lines, none of them a hop", run),
        (b"\n", "1 line, none of them a hop", run),
        (b"\x7fELF\x00\x01\x02\n\x00", "binary data", run),
        (b"\xff\xfeh\x00", "UTF-16", "try iconv -f UTF-16 -t UTF-8 app.log | tollbridge report -"),
        (b"{\"name\":\"package\"}", "1 line, none of them a hop", run),
        (
            b"2024 DEBUG tollbridge::hop: hop code.file.path=\"x",
            "line 1 looks like one: torn",
            "take a log whose lines",
        ),
        (b"\xfd7zXZ\0rest", "packed with xz", "try xz -dc app.log | tollbridge report -"),
        (b"BZh91AY&SYrest", "packed with bzip2", "try bzip2 -dc app.log | tollbridge report -"),
        (b"PK\x03\x04rest", "packed with zip", "try unzip -p app.log | tollbridge report -"),
        (b"\x04\x22\x4d\x18rest", "packed with lz4", "try lz4 -dc app.log | tollbridge report -"),
        (b"\x78\x9crest", "packed with zlib", "| tollbridge report -"),
    ] {
        let error = from_reader(bytes, "`app.log`").unwrap_err();
        let text = error.to_string();
        assert!(error.is_unusable_input(), "{text}");
        for part in ["`app.log`", found, remedy] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(text.contains("RUST_LOG"), remedy == run, "{text}");
    }
    let gzip = |bytes: &[u8]| {
        let mut packed = Vec::new();
        flate2::read::GzEncoder::new(bytes, flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
        packed
    };
    let twice = from_reader(gzip(&gzip(b"hello")).as_slice(), "`app.log.gz`").unwrap_err().to_string();
    assert!(twice.ends_with("try gzip -dc app.log.gz | tollbridge report -"), "{twice}");
    let hop = String::from_utf8(log_of(Form::Text, || emit(&hops(1)[0]))).unwrap();
    for (member, path) in [("line", ".line"), ("message", ".message"), ("textPayload", ".textPayload")] {
        let line = format!("{{\"host\":\"h\",\"{member}\":{}}}\n", serde_json::to_string(hop.trim_end()).unwrap());
        let text = from_reader(line.as_bytes(), "`app.log`").unwrap_err().to_string();
        let expected =
            format!("hops stand in the member \"{member}\"); try jq -r {path} app.log | tollbridge report -");
        assert!(text.contains(&expected), "{text}");
        let text = from_reader(gzip(line.as_bytes()).as_slice(), "standard input").unwrap_err().to_string();
        assert!(text.ends_with(&format!("put gzip -dc | jq -r {path} before tollbridge report -")), "{text}");
    }
    let error = from_reader(&b""[..], "`app.log`").unwrap_err();
    assert!(error.to_string().contains("`app.log`: it is empty"), "{error}");
}

#[test]
fn damaged_reports_are_told_with_their_place() {
    use std::error::Error as _;
    let report = tollbridge_testkit::logs::stored_report(&hops(20));
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    assert_eq!(from_reader(json.as_slice(), "`report.json`").unwrap().report, report);
    for end in [2, 10, 100, json.len() / 2, json.len() - 3] {
        let error = from_reader(&json[..end], "`report.json`").unwrap_err();
        assert!(error.is_unusable_input() && error.to_string().contains("`report.json`"), "{error}");
        let cause = error.source().unwrap().to_string();
        assert!(cause.contains("line 1 column"), "{end}: {cause}");
    }
    let later = String::from_utf8(json).unwrap().replacen("\"format\":1", "\"format\":99", 1);
    let error = from_reader(later.as_bytes(), "`report.json`").unwrap_err();
    assert!(error.source().unwrap().to_string().contains("format 99"));
}

#[test]
fn a_hop_that_stands_there_twice_is_counted_once_and_told() {
    let (early, late) = (hops(30), hops(50));
    for first in Form::ALL {
        for second in Form::ALL {
            let log =
                [log_of(first, || early.iter().for_each(emit)), log_of(second, || late.iter().for_each(emit))].concat();
            let input = read(&log);
            assert_eq!(input.report.groups, tally(&late).groups);
            assert_eq!(input.report.dropped.total(), 0);
            let note = "30 hops stand in the log again, all of their moments alike; each is counted once";
            assert_eq!(input.notes, [note], "{first:?} {second:?}");
        }
    }
}

#[test]
fn starts_in_one_log_are_told_apart() {
    let start = |copied_bytes: u64| {
        let mut hops = hops(40);
        hops.iter_mut().for_each(|hop| hop.copied_bytes += copied_bytes);
        log_of(Form::Text, || hops.iter().for_each(emit))
    };
    let one = read(&start(0)).report;
    let input = read(&[start(0), start(1), start(2)].concat());
    assert_eq!(input.notes.len(), 1);
    assert!(input.notes[0].starts_with("the log is of 3 starts of the app"), "{:?}", input.notes);
    assert_eq!(input.report.outcomes.submitted, 120);
    assert_eq!(input.report.pool.threads_seen, 3 * one.pool.threads_seen);
    assert_eq!(input.report.pool.thread_ns, 3 * one.pool.thread_ns);
    assert_eq!(input.report.processes, vec![one.processes[0].clone(); 3]);
}

#[test]
fn processes_are_told_apart_where_lines_name_them() {
    // So short that moments alone would take both for one.
    let of = |pid: u32, wrap: fn(u32, &str) -> String| {
        let mut hops = hops(4);
        hops.iter_mut().for_each(|hop| hop.copied_bytes += u64::from(pid));
        let log = String::from_utf8(log_of(Form::Text, || hops.iter().for_each(emit))).unwrap();
        log.lines().map(|line| wrap(pid, line)).collect::<String>()
    };
    let syslog = |pid: u32, line: &str| format!("Nov 25 10:00:00 host svc[{pid}]: {line}\n");
    let journald =
        |pid: u32, line: &str| format!("{{\"_PID\":\"{pid}\",\"MESSAGE\":{}}}\n", serde_json::to_string(line).unwrap());
    let docker = |_: u32, line: &str| format!("{{\"log\":{}}}\n", serde_json::to_string(&format!("{line}\n")).unwrap());
    for (wrap, starts) in [(syslog as fn(u32, &str) -> String, 2), (journald, 2), (docker, 1)] {
        let input = read(format!("{}{}", of(7, wrap), of(8, wrap)).as_bytes());
        assert_eq!((input.report.outcomes.submitted, input.report.dropped.total()), (8, 0));
        assert_eq!(input.notes.len(), starts - 1);
        assert!(input.notes.iter().all(|note| note.starts_with("the log is of 2 starts of the app, by pid")));
    }
}

#[test]
fn signs_of_lines_that_are_missing_are_told() {
    let hop = String::from_utf8(log_of(Form::Text, || emit(&hops(1)[0]))).unwrap();
    for (line, note) in [
        (
            "{\"_PID\":\"7\",\"MESSAGE\":null,\"PRIORITY\":\"6\"}",
            "1 entry without its text, which may have been hops; ask journalctl with --all",
        ),
        ("Nov 25 10:00:00 host svc[7]: [712B blob data]", "1 line that journalctl left out as blob data"),
        (
            "Nov 25 10:00:00 host systemd-journald[7]: Suppressed 712 messages from svc.service",
            "1 time that journald suppressed",
        ),
        (
            "rsyslogd: imuxsock[pid: 7]: begin to drop messages due to rate-limiting",
            "1 time that rsyslog began to drop",
        ),
        ("rsyslogd: imjournal: 712 messages lost due to rate-limiting", "1 time that rsyslog lost messages"),
    ] {
        let input = read(format!("{hop}{line}\n").as_bytes());
        assert!(input.notes.len() == 1 && input.notes[0].starts_with(note), "{:?}", input.notes);
    }
    assert_eq!(read(format!("{hop}INFO app: 7 messages from x\n").as_bytes()).notes, [""; 0]);
}
