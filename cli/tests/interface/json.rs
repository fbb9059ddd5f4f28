//! What `--json` says of what was written.

use crate::command::{Ran, run};
use crate::{VERBS, bytes, code, folder};
use serde_json::{Value, json};
use tollbridge_cli::exit;
use tollbridge_report::Report;

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
