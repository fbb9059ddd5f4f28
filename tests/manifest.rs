//! The list of tests in this package's `Cargo.toml`, which cargo does not make by itself here, against the files.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_test_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
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
    assert_eq!(listed, there.iter().map(String::as_str).collect());
}
