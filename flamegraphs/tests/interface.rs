//! What all verbs have in common: standard streams, colours, JSON, help, completions, manual pages, exit codes, messages.

#[path = "common/command.rs"]
mod command;
mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use command::{Ran, command, program, ran, run, run_with_input};
use common::{hops, stored_report};
use serde_json::{Value, json};
use tollbridge_flamegraphs::cli::exit;
use tollbridge_instrument::report::Report;

const DOCUMENT: &str = include_str!("../../docs/command.md");

/// Every verb.
const VERBS: [&str; 9] = ["report", "flame", "html", "verdicts", "merge", "compare", "export", "completions", "man"];

/// A folder with `1.json` to `4.json`, reports of four processes; the jobs of the latter two take a millisecond more.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for pid in 1..=4 {
        let mut hops = hops(200 + u64::from(pid));
        for stamps in hops.iter_mut().map(|hop| &mut hop.stamps).filter(|_| pid > 2) {
            for later in [&mut stamps.run_end, &mut stamps.published, &mut stamps.ready, &mut stamps.copied] {
                *later = later.map(|ns| ns + 1_000_000);
            }
        }
        let mut report = stored_report(&hops);
        report.processes[0].pid = pid;
        report.save(&folder.path().join(format!("{pid}.json"))).unwrap();
    }
    folder
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

fn code(code: u8) -> i32 {
    i32::from(code)
}

const COMPARE: [&str; 6] = ["compare", "1.json", "2.json", "--with", "3.json", "4.json"];

// Colours.

/// The text without the escapes that the command itself writes.
fn plain(text: &str) -> String {
    ["0", "1", "2", "31", "32", "33"]
        .iter()
        .fold(text.to_owned(), |text, code| text.replace(&format!("\x1b[{code}m"), ""))
}

fn run_with(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    ran(command(folder, args).envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn colours_follow_the_option_then_the_variables_then_the_terminal() {
    let folder = folder();
    for args in [&["report", "1.json"][..], &COMPARE] {
        let bare = run(folder.path(), args).out;
        assert!(!bare.contains('\x1b'));
        for (when, variables, coloured) in [
            (None, &[("CLICOLOR_FORCE", "1")][..], true),
            (None, &[("CLICOLOR_FORCE", "")], false),
            (None, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (None, &[("CLICOLOR", "1"), ("TERM", "xterm")], false),
            (Some("auto"), &[], false),
            (Some("always"), &[], true),
            (Some("always"), &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
            (Some("never"), &[("CLICOLOR_FORCE", "1")], false),
        ] {
            let option = when.map(|when| format!("--color={when}"));
            let args: Vec<&str> = args.iter().copied().chain(option.as_deref()).collect();
            let shown = run_with(folder.path(), &args, variables);
            assert_eq!((shown.code, shown.err.as_str()), (code(exit::OK), ""), "{args:?}");
            assert_eq!(shown.out.contains('\x1b'), coloured, "{args:?} {variables:?}");
            // The layout does not know of colours.
            assert_eq!(plain(&shown.out), bare);
        }
    }
}

/// What the command shows on a terminal.
#[cfg(target_os = "linux")]
fn on_a_terminal(folder: &Path, line: &str, variables: &[(&str, &str)]) -> String {
    let line = format!("{} {line}", env!("CARGO_BIN_EXE_tollbridge"));
    let mut script = program("script", folder, &["--quiet", "--return", "--command", &line, "/dev/null"]);
    let output = script.env("TERM", "xterm").envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    shown
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_unless_it_is_dumb() {
    let folder = folder();
    assert!(on_a_terminal(folder.path(), "report 1.json", &[]).contains("\x1b[1mMEAN PER HOP"));
    for off in [("TERM", "dumb"), ("NO_COLOR", "1"), ("CLICOLOR", "0")] {
        let shown = on_a_terminal(folder.path(), "report 1.json", &[off]);
        assert!(shown.contains("MEAN PER HOP") && !shown.contains('\x1b'), "{off:?}: {shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn paths_are_harmless_on_a_terminal_and_exact_elsewhere() {
    let folder = folder();
    let shown = on_a_terminal(folder.path(), "flame 1.json --out $'\\e[35mx'", &[("SHELL", "/bin/bash")]);
    assert!(shown.contains(" [35mx/diff.svg") && !shown.contains('\x1b'), "{shown:?}");
    let told = run(folder.path(), &["flame", "1.json", "--out", "\x1b[35mx"]).out;
    assert!(told.lines().all(|path| folder.path().join(path).exists()), "{told:?}");
}

#[test]
fn more_is_red_and_errors_look_as_those_of_the_command_line() {
    let folder = folder();
    let compared = run(folder.path(), &[&COMPARE[..], &["--color", "always", "--fail-over", "1000%"]].concat());
    for part in ["  \x1b[31mmore\x1b[0m\n", "\x1b[32mpassed\x1b[0m", "\x1b[2mintervals are 95 %"] {
        assert!(compared.out.contains(part), "{part:?} in {}", compared.out);
    }
    assert!(compared.out.contains("\x1b[1mGATE\x1b[0m "), "{}", compared.out);
    let [of_file, of_line] = [&["report", "gone.json"][..], &["report", "--gone"]]
        .map(|args| run(folder.path(), &[args, &["--color", "always"]].concat()).err);
    let label = of_line.split_once("error:").expect("an error").0;
    assert!(label.contains('\x1b') && of_file.starts_with(&format!("{label}error:")), "{of_file}{of_line}");
    assert!(!run(folder.path(), &["--color", "never", "report", "--gone"]).err.contains('\x1b'));
}

#[test]
fn names_cannot_write_escapes() {
    let folder = folder();
    let hostile = "\x1b[35mred\x07.json";
    let text = String::from_utf8(bytes(folder.path(), "1.json")).unwrap();
    let site = stored_report(&hops(200)).sites[0].site.clone();
    std::fs::write(folder.path().join(hostile), text.replace(&site, "src/\\u001b[35mx.rs:1:1")).unwrap();
    for args in [
        &["report", hostile][..],
        &["report", "\x1b[35mgone"],
        &["merge", "1.json", "\x1b[35mgone", "--keep-going", "-o", "sum.json"],
        &["compare", hostile, "2.json", "--with", "3.json", "4.json"],
    ] {
        for when in ["always", "never"] {
            let shown = run(folder.path(), &[args, &["--color", when]].concat());
            let left = plain(&(shown.out + &shown.err));
            assert!(left.contains("[35m") && !left.contains(['\x1b', '\x07']), "{args:?}: {left:?}");
        }
    }
}

#[test]
fn columns_are_heeded_where_there_is_no_terminal() {
    let folder = folder();
    let widest = |args: &[&str], columns: &str| {
        let shown = run_with(folder.path(), args, &[("COLUMNS", columns)]);
        assert_eq!(shown.code, code(exit::OK));
        shown.out.lines().map(|line| line.chars().count()).max().unwrap()
    };
    let free = widest(&["report", "1.json"], "");
    assert!(free > 100);
    assert!(widest(&["report", "1.json"], "90") <= 90);
    assert!(widest(&COMPARE, "90") <= 90);
    assert_eq!(widest(&["report", "1.json"], "wide"), free);
    assert!((81..=100).contains(&widest(&["report", "1.json", "--width", "100"], "80")));
}

// Standard streams.

#[test]
fn every_input_can_be_standard_input_once() {
    let folder = folder();
    let report = bytes(folder.path(), "1.json");
    for (with_dash, with_name) in [
        (&["merge", "-", "2.json"][..], &["merge", "1.json", "2.json"][..]),
        (&["export", "-", "--to", "csv", "--out", "-"], &["export", "1.json", "--to", "csv"]),
        (
            &["compare", "-", "2.json", "--with", "3.json", "4.json", "--json"],
            &["compare", "1.json", "2.json", "--with", "3.json", "4.json", "--json"],
        ),
        (
            &["compare", "2.json", "3.json", "--with", "-", "4.json", "--json"],
            &["compare", "2.json", "3.json", "--with", "1.json", "4.json", "--json"],
        ),
        (&["report", "1.json", "--since", "-", "--json"], &["report", "1.json", "--since", "1.json", "--json"]),
        (&["report", "-", "2.json", "--json"], &["report", "1.json", "2.json", "--json"]),
    ] {
        let expected = run(folder.path(), with_name);
        let found = run_with_input(folder.path(), with_dash, &report);
        assert_eq!((found.code, found.out, found.err), (expected.code, expected.out, expected.err), "{with_dash:?}");
    }
    std::fs::write(folder.path().join("list"), "1.json\n-\n").unwrap();
    for twice in [
        &["report", "-", "-"][..],
        &["report", "-", "--since", "-"],
        &["flame", "-", "-"],
        &["export", "-", "-", "--to", "csv"],
        &["merge", "-", "--files-from", "-"],
        &["merge", "-", "--files-from", "list"],
        &["compare", "-", "-"],
        &["compare", "-", "--with", "-"],
    ] {
        let refused = run_with_input(folder.path(), twice, b"");
        assert_eq!((refused.code, refused.out.as_str()), (code(exit::USAGE), ""), "{twice:?}");
        assert!(refused.err.contains("standard input, which can be read once"), "{}", refused.err);
    }
}

/// A pipe that nobody reads any more.
#[cfg(unix)]
fn closed() -> Stdio {
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let writing = reader.stdin.take().unwrap();
    reader.wait().unwrap();
    writing.into()
}

#[cfg(unix)]
#[test]
fn nobody_has_to_read_to_the_end() {
    let folder = folder();
    for (args, expected) in [
        (&["report", "1.json"][..], exit::OK),
        (&["report", "1.json", "--json"], exit::OK),
        (&["flame", "1.json", "--out", "pictures"], exit::OK),
        (&["merge", "1.json", "2.json"], exit::OK),
        (&["export", "1.json", "--to", "folded"], exit::OK),
        (&COMPARE, exit::OK),
        (&["completions", "zsh"], exit::OK),
        (&["man"], exit::OK),
        (&["man", "--out", "pages"], exit::OK),
        (&["--help"], exit::OK),
        // What the verb found still counts.
        (&["compare", "1.json", "2.json", "--with", "3.json", "4.json", "--fail-over", "0", "--on", "run"], exit::OVER),
        (&["merge", "1.json", "gone.json", "--keep-going"], exit::UNUSABLE_INPUT),
    ] {
        let shown = run(folder.path(), args);
        assert!(shown.code == code(expected) && !shown.out.is_empty(), "{args:?}: {} {}", shown.code, shown.err);
        let ran = ran(command(folder.path(), args).stdout(closed()).stderr(Stdio::piped()).output().unwrap());
        assert_eq!((ran.code, ran.err), (shown.code, shown.err), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_whatever_is_written() {
    use std::os::unix::fs::FileTypeExt as _;

    let folder = folder();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [
        &["report", "1.json"][..],
        &["flame", "1.json", "--out", "pictures"],
        &["merge", "1.json"],
        &["export", "1.json", "--to", "folded"],
        &COMPARE,
        &["completions", "bash"],
        &["man"],
        &["merge", "--help"],
    ] {
        let ran = ran(command(folder.path(), args).stdout(full()).stderr(Stdio::piped()).output().unwrap());
        assert_eq!(ran.code, code(exit::UNWRITABLE_OUTPUT), "{args:?}");
        assert!(
            ran.err.starts_with("error: failed to write to standard output; see that there is room"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("cause: "), "{}", ran.err);
    }
    for args in [&["merge", "1.json"][..], &["export", "1.json", "--to", "folded"]] {
        let ran = run(folder.path(), &[args, &["--out", "/dev/full"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (code(exit::UNWRITABLE_OUTPUT), ""), "{args:?}");
        assert!(ran.err.contains("failed to write `/dev/full`; choose another place with --out"), "{}", ran.err);
        assert!(std::fs::metadata("/dev/full").unwrap().file_type().is_char_device(), "it is written to, not replaced");
    }
}

// JSON.

fn told(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err))
}

#[test]
fn json_tells_what_was_written() {
    let folder = folder();
    for (args, files) in [
        (&["flame", "1.json", "--out", "pictures"][..], 10),
        (&["export", "1.json", "--to", "csv", "--out", "x.csv"], 1),
        (&["merge", "1.json", "2.json", "--out", "sum.json"], 1),
        (&["man", "--out", "pages"], VERBS.len() + 1),
    ] {
        let plain = run(folder.path(), args);
        let told = told(&run(folder.path(), &[args, &["--json"]].concat()));
        assert_eq!(told["format"], 1);
        let written: Vec<&str> =
            told["written"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
        assert_eq!(written.len(), files, "{args:?}");
        assert!(written.iter().all(|path| folder.path().join(path).metadata().unwrap().len() > 0));
        if args[0] != "export" {
            assert_eq!(plain.out.lines().collect::<Vec<_>>(), written);
        }
    }
}

#[test]
fn json_of_merge_tells_what_was_left_out() {
    let folder = folder();
    let args = ["merge", "1.json", "gone.json", "2.json", "--keep-going", "-o", "sum.json", "--json"];
    let merged = run(folder.path(), &args);
    assert_eq!(merged.code, code(exit::UNUSABLE_INPUT));
    let mut told = told(&merged);
    let causes = told["left_out"][0]["causes"].take();
    assert!(causes[0].as_str().unwrap().contains("No such file"), "{causes}");
    let error = "failed to open `gone.json`; give a report.json or a log of the app";
    assert_eq!(
        told,
        json!({
            "format": 1,
            "written": ["sum.json"],
            "merged": 2,
            "left_out": [{ "file": "gone.json", "error": error, "causes": null }],
        })
    );
    assert_eq!(Report::from_json(&bytes(folder.path(), "sum.json")).unwrap().hops(), 403);
}

#[test]
fn json_is_refused_where_the_output_itself_is_standard_output() {
    let folder = folder();
    for args in [
        &["merge", "1.json", "--json"][..],
        &["merge", "1.json", "--json", "--out", "-"],
        &["export", "1.json", "--to", "csv", "--json"],
        &["export", "1.json", "--to", "csv", "--json", "--out", "-"],
        &["man", "--json"],
    ] {
        let refused = run(folder.path(), args);
        assert_eq!((refused.code, refused.out.as_str()), (code(exit::USAGE), ""), "{args:?}");
        assert!(refused.err.contains("name a file with --out"), "{}", refused.err);
    }
}

// Help, completions, manual pages.

#[test]
fn help_has_examples_and_the_exit_codes_that_the_document_has() {
    let folder = folder();
    let all = run(folder.path(), &["--help"]).out;
    let [first, .., last] = exit::ALL;
    for (code, meaning) in exit::ALL {
        assert!(all.contains(&format!("\n  {code}  {meaning}\n")), "{all}");
        assert!(DOCUMENT.contains(&format!("\n| {code} | {meaning}")), "{code} {meaning}");
    }
    let told = (0..10).filter(|code| DOCUMENT.contains(&format!("\n| {code} |"))).count();
    assert_eq!(told, exit::ALL.len());
    for verb in VERBS {
        let help = run(folder.path(), &[verb, "--help"]).out;
        for part in [
            &format!("Examples:\n  tollbridge {verb} "),
            &format!("Exit codes:\n  {}  {}\n", first.0, first.1),
            "--color",
        ] {
            assert!(help.contains(part), "{part} in {help}");
        }
        assert_eq!(help.contains(last.1), verb == "compare");
        assert!(all.contains(&format!("\n  {verb} ")) && DOCUMENT.contains(&format!("\n| `{verb}` |")), "{verb}");
    }
}

#[test]
fn cargo_tollbridge_is_the_same_command_by_another_name() {
    let folder = folder();
    let cargo = |args: &[&str]| {
        let args = [&["tollbridge"], args].concat();
        ran(program(env!("CARGO_BIN_EXE_cargo-tollbridge"), folder.path(), &args).output().unwrap())
    };
    assert_eq!(cargo(&["report", "1.json"]).out, run(folder.path(), &["report", "1.json"]).out);
    for verb in VERBS {
        let own = run(folder.path(), &[verb, "--help"]).out;
        let help = cargo(&[verb, "--help"]).out;
        assert!(help.contains(&format!("Usage: cargo tollbridge {verb} ")), "{help}");
        assert!(help.contains(&format!("Examples:\n  cargo tollbridge {verb} ")), "{help}");
        assert_eq!(help.replace("cargo tollbridge ", "tollbridge "), own);
    }
    let wrong = cargo(&["draw"]);
    assert!(wrong.code == code(exit::USAGE) && wrong.err.contains("Usage: cargo tollbridge"), "{}", wrong.err);
}

/// What bash offers for the last word of a line.
#[cfg(unix)]
fn completed(folder: &Path, line: &str) -> Vec<String> {
    let script = run(folder, &["completions", "bash"]).out;
    let asks = r#"
        compopt() { :; } # There is no completion under way whose options it could change.
        COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        [ "${1% }" = "$1" ] || { COMP_WORDS+=(""); COMP_CWORD=$((COMP_CWORD + 1)); }
        _tollbridge tollbridge "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let bash = program("bash", folder, &["-c", &(script + asks), "bash", line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stderr), "");
    let mut offered: Vec<String> = String::from_utf8(bash.stdout).unwrap().lines().map(str::to_owned).collect();
    offered.sort();
    offered
}

#[cfg(unix)]
#[test]
fn bash_completes_verbs_values_and_files() {
    let folder = folder();
    for (line, offered) in [
        ("tollbridge comp", &["compare", "completions"][..]),
        ("tollbridge completions ", &["bash", "elvish", "fish", "powershell", "zsh"]),
        ("tollbridge export --to p", &["pprof", "prometheus"]),
        ("tollbridge compare --on overhead", &["overhead", "overhead/run"]),
        ("tollbridge --color ", &["always", "auto", "never"]),
        ("tollbridge report --since 1", &["1.json"]),
        ("tollbridge flame --w", &["--weight", "--with", "--without"]),
    ] {
        let found = completed(folder.path(), line);
        assert!(offered.iter().all(|word| found.iter().any(|found| found == word)), "{line}: {found:?}");
        let prefix = line.rsplit(' ').next().unwrap();
        assert!(found.iter().all(|word| word.starts_with(prefix)), "{line}: {found:?}");
    }
}

#[test]
fn every_shell_gets_a_script_that_knows_every_verb_and_format() {
    let folder = folder();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(folder.path(), &["completions", shell]);
        assert_eq!((script.code, script.err.as_str()), (code(exit::OK), ""), "{shell}");
        for word in VERBS {
            assert!(script.out.contains(word), "{word} for {shell}");
        }
        // The others complete values of options as they complete files.
        let knows_values = !["elvish", "powershell"].contains(&shell);
        assert_eq!(script.out.contains("speedscope"), knows_values, "{shell}");
    }
}

#[test]
fn manual_pages_are_whole_or_not_there() {
    let folder = folder();
    let own = run(folder.path(), &["man"]).out;
    assert!(
        own.starts_with(".ie") && own.contains(".TH tollbridge 1 ") && own.contains(".SH \"EXIT CODES\"\n.nf\n0  all"),
        "{own}"
    );
    assert_eq!(run(folder.path(), &["man", "--out", "pages"]).code, code(exit::OK));
    let pages = folder.path().join("pages");
    let mut expected: Vec<String> = VERBS.iter().map(|verb| format!("tollbridge-{verb}.1")).collect();
    expected.push("tollbridge.1".to_owned());
    expected.sort();
    assert_eq!(names(&pages), expected);
    assert_eq!(bytes(&pages, "tollbridge.1"), own.as_bytes());
    let compare = String::from_utf8(bytes(&pages, "tollbridge-compare.1")).unwrap();
    for part in ["tollbridge\\-compare", "\\-\\-fail\\-over", ".SH EXAMPLES\n.nf\ntollbridge compare before after"] {
        assert!(compare.contains(part), "{part} in {compare}");
    }

    // A folder where a page should be stops the others too.
    std::fs::create_dir_all(folder.path().join("taken/tollbridge-merge.1")).unwrap();
    let refused = run(folder.path(), &["man", "--out", "taken"]);
    assert_eq!((refused.code, refused.out.as_str()), (code(exit::UNWRITABLE_OUTPUT), ""));
    assert!(refused.err.contains("tollbridge-merge.1"), "{}", refused.err);
    assert!(!names(&folder.path().join("taken")).iter().any(|name| name.contains("tmp")));
}

// Messages.

#[test]
fn every_error_names_its_thing_and_a_remedy() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let report = bytes(folder.path(), "1.json");
    write("torn.json", &report[..500]);
    write("torn.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03torn");
    write("later.json", b"{\"format\":2}");
    write("foreign.txt", b"hello\n");
    write("empty.log", b"");
    write("nul.txt", b"1.json\n\0\n");
    stored_report(&hops(0)).save(&folder.path().join("idle.json")).unwrap();
    std::fs::create_dir_all(folder.path().join("runs/none")).unwrap();
    let before = names(folder.path());
    let (usage, input, output, few) = (exit::USAGE, exit::UNUSABLE_INPUT, exit::UNWRITABLE_OUTPUT, exit::TOO_FEW_RUNS);
    for (args, expected, thing, remedy) in [
        (&["draw"][..], usage, "'draw'", "try '--help'"),
        (&["report"], usage, "<FILE>", "try '--help'"),
        (&["report", "1.json", "--wide"], usage, "'--wide'", "try '--help'"),
        (&["report", "1.json", "--width", "-1"], usage, "'-1'", "try '--help'"),
        (&["report", "1.json", "--width", "80", "--json"], usage, "'--json'", "try '--help'"),
        (&["report", "1.json", "--color", "red"], usage, "'red'", "auto, always, never"),
        (&["export", "1.json", "--to", "xls"], usage, "'xls'", "folded, pprof"),
        (&["compare", "1.json", "2.json", "--fail-over", "5", "--on", "speed"], usage, "'speed'", "overhead, submit"),
        (&["compare", "1.json"], usage, "which runs are after the change?", "--with NEW"),
        (&["completions", "ksh"], usage, "'ksh'", "bash, elvish"),
        (&["flame", "1.json", "--out", "-"], usage, "several files", "give --out a folder"),
        (&["man", "--out", "-"], usage, "several files", "give --out a folder"),
        (&["report", "gone.json"], input, "`gone.json`", "give a report.json or a log"),
        (&["report", "runs"], input, "`runs`: it is a folder", "runs/report.json"),
        (&["report", "torn.json"], input, "`torn.json`", "take a whole one"),
        (&["report", "torn.gz"], input, "`torn.gz`", "breaks off before its first line); take a whole copy"),
        (&["report", "later.json"], input, "`later.json`", "newer tollbridge"),
        (&["report", "foreign.txt"], input, "`foreign.txt`", "RUST_LOG=info,tollbridge=trace"),
        (&["report", "empty.log"], input, "`empty.log`", "RUST_LOG=info,tollbridge=trace"),
        (&["report", "1.json", "1.json"], input, "`1.json`", "give each once"),
        (&["report", "1.json", "--since", "2.json"], input, "`2.json` from `1.json`", "of one run"),
        (&["flame", "idle.json"], input, "nothing to draw in `idle.json`", "let the app run for longer"),
        (&["export", "idle.json", "--to", "pprof"], input, "nothing to draw in `idle.json`", "let the app run"),
        (&["export", "1.json", "--to", "chrome"], input, "`1.json`", "TOLLBRIDGE_TIMELINE=on"),
        (&["merge", "runs"], input, "`runs`", "give the folder that holds"),
        (&["merge", "--files-from", "nul.txt"], input, "`nul.txt`: line 2", "write one name a line"),
        (&["merge", "--files-from", "runs"], input, "`runs`", "give --files-from a text file"),
        (&["merge", "--files-from", "empty.log"], input, "no name is given", "name reports or folders"),
        (&["merge", "gone.json", "--keep-going"], input, "`gone.json`", "mend one of those left out"),
        (&["compare", "1.json", "idle.json"], input, "`idle.json`", "let the app run for longer"),
        (&["compare", "1.json", "2.json", "--fail-over", "5"], few, "too few runs", "at least two a side"),
        (&["flame", "1.json", "--out", "2.json/x"], output, "`2.json/x`", "--out"),
        (&["flame", "1.json", "--out", "2.json"], output, "`2.json`", "--out"),
        (&["export", "1.json", "--to", "csv", "--out", "runs"], output, "`runs`", "--out"),
        (&["merge", "1.json", "--out", "2.json/x"], output, "`2.json", "--out"),
        (&["man", "--out", "2.json"], output, "`2.json`", "--out"),
    ] {
        let ran = run_with_input(folder.path(), args, b"");
        assert_eq!((ran.code, ran.out.as_str()), (code(expected), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("error: "), "{args:?}: {}", ran.err);
        for part in [thing, remedy] {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
        assert_eq!(names(folder.path()), before, "{args:?} left something");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_nobody_may_write_to_is_named() {
    let folder = folder();
    for args in [&["flame", "1.json"][..], &["export", "1.json", "--to", "csv"], &["merge", "1.json"], &["man"]] {
        // Not even root makes a file there.
        let ran = run(folder.path(), &[args, &["--out", "/proc/tollbridge/x"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (code(exit::UNWRITABLE_OUTPUT), ""), "{args:?}");
        for part in ["`/proc/tollbridge", "choose another", "--out", "cause: "] {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
    }
}

/// Names that are no Unicode, and as long as any may be: of what is read, of what is written, and of what stands beside it.
#[cfg(target_os = "linux")]
#[test]
fn names_are_any_bytes_and_of_any_length() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

    let folder = folder();
    let named = |name: &[u8], ending: &str| OsString::from_vec([name, ending.as_bytes()].concat());
    let input = named(b"in\xff\xfe", ".json");
    std::fs::copy(folder.path().join("1.json"), folder.path().join(&input)).unwrap();
    let run = |args: &[&OsStr]| command(folder.path(), &[]).args(args).output().unwrap();
    fn word(word: &str) -> &OsStr {
        OsStr::new(word)
    }
    let long: Vec<Vec<u8>> = (245..=255).map(|length| vec![b'x'; length - 5]).collect();
    let short = [b"x\xff".to_vec(), b"\xc3\x28 \xa0".to_vec()];
    for name in short.iter().chain(&long) {
        for (verb, ending, more) in [
            (&["html"][..], ".html", &[][..]),
            (&["export", "--to", "csv"], "..csv", &[]),
            (&["export", "--to", "pprof"], "..prf", &[]),
            (&["merge"], ".json", &["2.json"]),
        ] {
            let out = named(name, ending);
            let mut args: Vec<&OsStr> = verb.iter().chain(more).map(|arg| word(arg)).collect();
            args.extend([input.as_os_str(), word("-o"), out.as_os_str()]);
            let ran = run(&args);
            assert_eq!(ran.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
            assert!(std::fs::metadata(folder.path().join(&out)).unwrap().len() > 100, "{args:?}");
            // What tells the path tells it to the byte.
            if verb[0] != "export" {
                assert_eq!(ran.stdout, [out.as_bytes(), b"\n"].concat(), "{args:?}");
            }
            std::fs::remove_file(folder.path().join(&out)).unwrap();
        }
    }
    // Beside the input, and in a folder.
    let beside = run(&[word("html"), &input]);
    assert_eq!((beside.status.code(), &beside.stdout[..]), (Some(0), &b"in\xff\xfe.html\n"[..]));
    let drawn = run(&[word("flame"), &input]);
    assert_eq!(drawn.status.code(), Some(0));
    let pictures: Vec<&[u8]> = drawn.stdout.split(|&b| b == b'\n').filter(|line| !line.is_empty()).collect();
    assert!(pictures.iter().all(|path| folder.path().join(OsString::from_vec(path.to_vec())).exists()));
    assert!(!pictures.is_empty() && pictures.iter().all(|path| path.starts_with(b"in\xff\xfe-flames/")));
    // In JSON, bytes that are not Unicode become U+FFFD.
    let json = run(&[word("html"), &input, word("--json")]);
    assert_eq!(serde_json::from_slice::<Value>(&json.stdout).unwrap()["written"][0], "in\u{fffd}\u{fffd}.html");
    // A list of names holds what `find` writes.
    std::fs::write(folder.path().join("list"), b"in\xff\xfe.json\n2.json\n").unwrap();
    let merged = run(&[word("merge"), word("--files-from"), word("list"), word("-o"), word("sum.json")]);
    assert_eq!(merged.status.code(), Some(0), "{}", String::from_utf8_lossy(&merged.stderr));
    // Longer than any may be is refused, by its cause.
    let too_long = run(&[word("html"), &input, word("-o"), word(&"x".repeat(256))]);
    assert_eq!(too_long.status.code(), Some(code(exit::UNWRITABLE_OUTPUT)));
    assert!(String::from_utf8_lossy(&too_long.stderr).contains("File name too long"));
}
