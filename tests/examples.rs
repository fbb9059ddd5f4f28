//! The short examples as their users run them, held to what their headers show, and the index that lists them all.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{child, example};
use tollbridge::Phase;
use tollbridge::report::Report;

/// Runs it to its success. Returns what it prints on stdout and on stderr.
#[track_caller]
fn printed(command: &mut Command) -> (String, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(output.status.success(), "{command:?}: {stderr}");
    (stdout, stderr)
}

/// Runs an example of 100 calls with recording on. Returns what it prints on stdout, its report and the report's file.
#[track_caller]
fn recorded(name: &str, out: &Path) -> (String, Report, PathBuf) {
    let (stdout, stderr) = printed(example::command(name).env("TOLLBRIDGE", "locks").env("TOLLBRIDGE_OUT", out));
    assert!(stderr.contains("100 hops"), "{name}: {stderr}");
    let runs: Vec<PathBuf> = std::fs::read_dir(out).expect("a folder").map(|run| run.expect("a run").path()).collect();
    let [run] = &runs[..] else { panic!("{name}: one run, not {runs:?}") };
    let file = run.join("report.json");
    let report = child::read(&file);
    assert_eq!((report.outcomes.submitted, report.outcomes.joined), (100, 100), "{name}");
    let [site] = &report.sites[..] else { panic!("{name}: one site, not {:?}", report.sites) };
    assert!(site.site.contains(&format!("{name}.rs:")), "{}", site.site);
    (stdout, report, file)
}

/// The block of output in an example's header.
fn shown_in_header(name: &str) -> String {
    let source = std::fs::read_to_string(format!("../examples/{name}.rs")).expect("it is there");
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let block = lines.skip_while(|line| *line != " ```text").skip(1).take_while(|line| *line != " ```");
    block.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

#[test]
fn one_import_and_one_line_record_and_without_the_variable_nothing_is_printed() {
    let out = tempfile::tempdir().expect("a folder");
    let (stdout, ..) = recorded("init", out.path());
    assert_eq!(stdout, "");
    assert_eq!(printed(&mut example::command("init")), (String::new(), String::new()));
}

#[test]
fn a_wrapped_job_has_its_reach_and_its_run() {
    let out = tempfile::tempdir().expect("a folder");
    let (stdout, report, _) = recorded("wrap", out.path());
    assert_eq!(stdout, "338350\n");
    let phases: Vec<Phase> = report.sites[0].phases.keys().copied().collect();
    assert_eq!(phases, [Phase::Reach, Phase::Run]);
}

#[test]
fn the_files_are_read() {
    let out = tempfile::tempdir().expect("a folder");
    let (stdout, ..) = recorded("fs", out.path());
    let bytes = 100 * std::fs::metadata("Cargo.toml").expect("it is there").len();
    assert_eq!(stdout, format!("read {bytes} bytes in 100 calls\n"));
}

#[test]
fn the_headers_show_what_is_printed() {
    for name in ["bridge", "future_state"] {
        assert_eq!(printed(&mut example::command(name)), (shown_in_header(name), String::new()), "{name}");
    }
    // Whatever was measured: the words, and how many calls there were.
    let words = |text: &str| -> Vec<String> {
        let duration = |line: &str| line.ends_with(" ns");
        let lines = text.lines().map(|line| if duration(line) { line.split_whitespace().next() } else { Some(line) });
        lines.map(|words| words.unwrap_or_default().to_owned()).collect()
    };
    let (stdout, stderr) = printed(&mut example::command("report"));
    assert_eq!((words(&stdout), stderr), (words(&shown_in_header("report")), String::new()));
}

#[test]
fn the_renderer_shows_a_report_and_draws_it() {
    let out = tempfile::tempdir().expect("a folder");
    let (_, _, report) = recorded("init", out.path());
    let pictures = out.path().join("pictures");
    let (stdout, stderr) = printed(example::command("renderer").arg(&pictures).arg(&report));
    assert_eq!(stderr, "");
    assert!(stdout.contains("100 hops: 100 joined"), "{stdout}");
    let drawn: Vec<&str> = stdout.lines().filter(|line| Path::new(line).starts_with(&pictures)).collect();
    assert!(drawn.iter().any(|file| file.ends_with(".svg")), "{stdout}");
    for file in drawn {
        assert!(std::fs::metadata(file).is_ok_and(|file| file.len() > 0), "{file}");
    }
}

#[test]
fn the_index_lists_every_example_and_nothing_else() {
    let index = std::fs::read_to_string("../examples/README.md").expect("it is there");
    let mut linked: Vec<&str> = index
        .lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(|line| line.split("](").nth(1)?.split(')').next())
        .collect();
    // The renderer's own stands with the renderer, which the others need not compile.
    linked.retain(|file| !file.starts_with("../") || !Path::new("../examples").join(file).exists());
    linked.sort_unstable();
    let entries = std::fs::read_dir("../examples").expect("a folder");
    let mut there: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
    there.retain(|name| name != "README.md");
    there.sort_unstable();
    assert_eq!(linked, there);
}
