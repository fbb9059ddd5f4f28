//! Help, completions, manual pages, and the same command by another name.

use std::path::Path;

use crate::command::{program, ran, run};
use crate::{DOCUMENT, VERBS, bytes, code, folder, names};
use tollbridge_cli::exit;

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
        compopt() { :; } # No completion is in progress whose options it could change.
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
