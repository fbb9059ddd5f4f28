//! How wide and how coloured: the option, the variables, the terminal; what a name cannot do to either.

use std::path::Path;
use std::process::Stdio;

use crate::command::{Ran, command, program, ran, run};
use crate::{COMPARE, bytes, code, folder};
use tollbridge_cli::exit;
use tollbridge_testkit::logs::{hops, stored_report};

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
