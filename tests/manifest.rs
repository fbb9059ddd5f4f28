//! The lists of tests and benches in `Cargo.toml` of these two packages, which cargo does not make by itself there, against the files.

use std::collections::BTreeSet;
use std::path::Path;

#[track_caller]
fn lists_its_programs(folder: &Path) {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("it is there");
    let listed: BTreeSet<&str> =
        manifest.lines().filter_map(|line| line.split("path = \"").nth(1)?.split('"').next()).collect();
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = entries.filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        match path.extension() {
            Some(extension) => (extension == "rs").then_some(name),
            None => path.join("main.rs").exists().then(|| format!("{name}/main.rs")),
        }
    });
    let there: BTreeSet<String> = files.collect();
    assert_eq!(listed, there.iter().map(String::as_str).collect(), "{}", folder.display());
}

#[test]
fn every_test_and_every_bench_is_listed() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    lists_its_programs(tests);
    lists_its_programs(&tests.with_file_name("benches"));
}
