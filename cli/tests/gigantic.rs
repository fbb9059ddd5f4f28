//! Input of any size: what it takes in memory is bounded, and what is wrong with it is still said. The limit is on the command's address
//! space, so that what does not keep to it ends.

#![cfg(target_os = "linux")]

#[path = "common/command.rs"]
mod command;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use command::{Ran, ran};
use tollbridge_cli::exit;
use tollbridge_report::Report;
use tollbridge_testkit::logs::{Form, emit, hops, log_of, stored_report};

/// Of address space, in KiB: the program itself, its buffers, 1,024 sites with long names, and what the allocator keeps.
const LIMIT_KIB: u32 = 96 << 10;

/// The command with so much memory, and input that is made while it reads.
fn read(args: &str, input: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Ran {
    let command = format!("ulimit -v {LIMIT_KIB} && exec '{}' report - {args}", env!("CARGO_BIN_EXE_tollbridge"));
    let mut command = Command::new("sh")
        .args(["-c", &command])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = std::io::BufWriter::new(command.stdin.take().unwrap());
    // Where it stops reading, its exit code says why.
    let _ = input(&mut stdin).and_then(|()| stdin.flush());
    drop(stdin);
    let output: Output = command.wait_with_output().unwrap();
    ran(output)
}

/// A hop's line whose names are nobody else's.
fn named(number: u32) -> Vec<u8> {
    let line = log_of(Form::Text, || emit(&hops(1)[0]));
    let (file, job) = (format!("{number:0>6000}.rs"), format!("job{number}"));
    let line = String::from_utf8(line).unwrap().replace("src/store/meta.rs", &file).replace("svc::store", &job);
    line.replace("pool_thread=1", &format!("pool_thread={number}")).into_bytes()
}

#[test]
fn any_number_of_names_in_a_log() {
    const LINES: u32 = 10_000;
    let template = String::from_utf8(named(7_777_777)).unwrap();
    let parts: Vec<&[u8]> = template.split("7777777").map(str::as_bytes).collect();
    assert_eq!(parts.len(), 4);
    let ran = read("--json", |log| {
        (0..LINES).try_for_each(|number| log.write_all(&parts.join(format!("{number:07}").as_bytes())))
    });
    assert_eq!(ran.code, i32::from(exit::OK), "{}", ran.err);
    let report = Report::from_json(ran.out.as_bytes()).unwrap();
    assert_eq!(report.hops(), u64::from(LINES));
    assert_eq!(report.sites.len(), 1_025);
    assert_eq!(report.dropped.sites, u64::from(LINES) - 1_024);
}

#[test]
fn a_line_of_any_length_in_a_log() {
    let [first, second] = [0, 1].map(|at| log_of(Form::Text, || emit(&hops(2)[at])));
    for beginning in [&b""[..], b"\0\x01", b"{\"log\":\"", b"DEBUG tollbridge::hop: hop code.file.path=\""] {
        let ran = read("--json", |log| {
            log.write_all(&first)?;
            log.write_all(beginning)?;
            (0..200).try_for_each(|_| log.write_all(&[b'x'; 1 << 20]))?;
            log.write_all(b"\n")?;
            log.write_all(&second)
        });
        assert_eq!(ran.code, i32::from(exit::OK), "{}", ran.err);
        let report = Report::from_json(ran.out.as_bytes()).unwrap();
        assert_eq!((report.hops(), report.dropped.lines), (2, u64::from(beginning.starts_with(b"DEBUG"))));
    }
}

/// 200 MB that a few KB unfold to.
#[test]
fn a_bomb_is_read_through() {
    let line = log_of(Form::Text, || emit(&hops(1)[0]));
    let text = std::io::Read::chain(&line[..], std::io::Read::take(std::io::repeat(b'\n'), 200 << 20));
    let packed = zstd::encode_all(text, 1).unwrap();
    assert!(packed.len() < 100_000);
    let ran = read("--json", |input| input.write_all(&packed));
    assert_eq!(ran.code, i32::from(exit::OK), "{}", ran.err);
    assert_eq!(Report::from_json(ran.out.as_bytes()).unwrap().hops(), 1);
}

/// A report has to be in memory as a whole, so what few bytes unfold to is looked at while it does.
#[test]
fn a_bomb_that_looks_like_a_report_is_refused() {
    let report = stored_report(&hops(60));
    let mut text = Vec::new();
    report.write_json(&mut text).unwrap();
    let packed = |text: &mut dyn std::io::Read| zstd::encode_all(text, 1).unwrap();
    let bomb = packed(&mut std::io::Read::chain(
        &b"{\"format\":1,\"groups\":["[..],
        std::io::Read::take(std::io::repeat(b'['), 200 << 20),
    ));
    let ran = read("--json", |input| input.write_all(&bomb));
    assert_eq!(ran.code, i32::from(exit::UNUSABLE_INPUT), "{}", ran.err);
    assert!(ran.err.contains("packed to less than a hundredth"), "{}", ran.err);
    assert_eq!(read("--json", |input| input.write_all(&packed(&mut &text[..]))).code, i32::from(exit::OK));
}

/// Paths of twenty thousand folders: labels that differ are still found at once.
#[test]
fn a_name_of_any_depth_in_a_report() {
    let mut report = stored_report(&hops(60));
    let deep = "a/".repeat(20_000);
    for (number, group) in report.groups.iter_mut().enumerate() {
        (group.key.site, group.key.job) = (format!("{deep}x.rs:7:5"), format!("job{number}::{{{{closure}}}}"));
    }
    report.groups.sort_by(|a, b| a.key.cmp(&b.key));
    let mut text = Vec::new();
    report.write_json(&mut text).unwrap();
    let shown = read("--width 100", |input| input.write_all(&text));
    assert_eq!(shown.code, i32::from(exit::OK), "{}", shown.err);
    assert!(shown.out.contains("60 hops: "));
}
