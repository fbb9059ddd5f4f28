//! Words that readers had to read twice stay out of what users see: help, screens, the page, and the pages of documentation. What ships
//! instead is in each message.

#[path = "common/command.rs"]
mod command;

use std::path::{Path, PathBuf};

use command::run;

/// What is not written, and what is written for it. A space in front or behind is the edge of a word.
const WORDS: [(&str, &str); 17] = [
    (" told ", "reported, shown"),
    (" tells ", "shows, reports"),
    (" foretold ", "predicted"),
    (" foretells ", "predicts"),
    (" processors' time ", "CPU time"),
    (" under way ", "in flight"),
    (" held to ", "checked against, limited to"),
    (" held against ", "checked against"),
    (" stands in ", "is in"),
    (" stands behind ", "is after"),
    (" stands beside ", "is next to"),
    (" so many ", "this many, N"),
    (" of its own ", "its own, separate, dedicated"),
    (" of their own ", "their own, separate, dedicated"),
    (" the seed ", "CPython's change (gh-134174)"),
    (" there and back ", "round trip"),
    (" nought ", "zero"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is around it").to_owned()
}

/// Files below a folder, by the end of their names.
fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(root().join(folder))
        .into_iter()
        .map(|entry| entry.unwrap_or_else(|error| panic!("{error}")).into_path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no {end} in {folder}");
    found
}

/// A text's words in a row, each between single spaces, without punctuation around it.
fn words(text: &str) -> String {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_lowercase();
    let words: Vec<String> = text.split_whitespace().map(bare).collect();
    format!(" {} ", words.join(" "))
}

/// Markdown without what programs printed and what is code.
fn prose(markdown: &str) -> String {
    let blocks = markdown.split("```").step_by(2);
    blocks.flat_map(|block| block.split('`').step_by(2)).collect::<Vec<_>>().join(" code ")
}

/// A template without tags, style of templating and comments.
fn shown(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['<', '{']) {
        text.push_str(&rest[..at]);
        text.push(' ');
        let end = match rest.as_bytes().get(at..at + 2) {
            Some(b"{#") => "#}",
            Some(b"{%") => "%}",
            Some(b"{{") => "}}",
            _ => ">",
        };
        rest = rest[at..].find(end).map_or("", |found| &rest[at + found + end.len()..]);
    }
    text + rest
}

fn check(what: &str, text: &str) {
    let words = words(text);
    for (word, instead) in WORDS {
        if let Some(at) = words.find(word) {
            let around: String = words[at..].chars().take(80).collect();
            panic!("{what}: `{}`; write: {instead}. It is:{around}", word.trim());
        }
    }
}

#[test]
fn documentation() {
    let pages = [files("docs/guide", ".md"), files("docs/reference", ".md")].concat();
    let single = ["README.md", "docs/README.md", "examples/README.md"].map(|name| root().join(name));
    for page in pages.iter().chain(&single) {
        check(&page.display().to_string(), &prose(&std::fs::read_to_string(page).unwrap()));
    }
}

#[test]
fn screens_and_the_page() {
    let screens = [files("flamegraphs/tests/golden", ".screen"), files("cli/tests/golden", ".screen")].concat();
    for screen in &screens {
        check(&screen.display().to_string(), &std::fs::read_to_string(screen).unwrap());
    }
    for template in files("flamegraphs/templates", ".html") {
        check(&template.display().to_string(), &shown(&std::fs::read_to_string(&template).unwrap()));
    }
}

#[test]
fn help() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["report", "flame", "html", "verdicts", "merge", "compare", "export", "completions", "man"] {
        let ran = run(folder.path(), &[verb, "--help"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        check(verb, &ran.out);
    }
}

#[test]
fn a_word_is_found() {
    let found = std::panic::catch_unwind(|| check("x", &shown("<p>Where it\n<b>stands</b> in.</p>")));
    assert!(found.is_err());
    check("x", &prose("`told` and\n```text\nso many runs\n```\n"));
    check("x", &shown("{% for told in pool.told %}{{ told }}{# nought #}{% endfor %}"));
}
