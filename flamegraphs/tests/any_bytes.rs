//! The fuzzer's corpus, and whatever it once found, through the functions that the fuzzer calls (`scripts/fuzz.sh`).

#[path = "../fuzz/src/lib.rs"]
pub mod holds;

use std::path::Path;

/// Runs each file of a target; `least`: how many there are at least.
#[expect(clippy::print_stdout, reason = "of a panic it says which file it was")]
fn replay(kind: &str, target: &str, least: usize, run: fn(&[u8])) {
    let folder: &Path = &[env!("CARGO_MANIFEST_DIR"), "fuzz", kind, target].iter().collect::<std::path::PathBuf>();
    let mut replayed = 0;
    for entry in folder.read_dir().unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let file = entry.unwrap().path();
        println!("{}", file.display());
        run(&std::fs::read(&file).unwrap());
        replayed += 1;
    }
    assert!(replayed >= least, "{replayed} files in {}", folder.display());
}

#[test]
fn reports() {
    replay("corpus", "report", 20, holds::report);
    replay("regressions", "report", 3, holds::report);
}

#[test]
fn values_of_a_report() {
    replay("corpus", "value", 20, holds::value);
}

#[test]
fn logs() {
    replay("corpus", "log", 20, holds::log);
    replay("regressions", "log", 1, holds::log);
}

#[test]
fn packed_files() {
    replay("corpus", "packed", 10, holds::packed);
    replay("regressions", "packed", 1, holds::packed);
}

#[test]
fn fields_of_a_hop() {
    replay("corpus", "field", 20, holds::field);
}
