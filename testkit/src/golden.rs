//! Golden files: `tests/golden/CASE/input.*` and `expected.*`. A missing one fails; `TOLLBRIDGE_BLESS=1` writes them.

use std::path::PathBuf;

fn path(package: &str, case: &str, name: &str) -> PathBuf {
    [package, "tests", "golden", case, name].iter().collect()
}

fn bless() -> bool {
    std::env::var_os("TOLLBRIDGE_BLESS").is_some_and(|value| value == "1")
}

/// The path of a golden input. It is made once, and never made anew: that it can still be read is a part of the test.
pub fn input(package: &str, case: &str, name: &str, make: impl FnOnce() -> Vec<u8>) -> PathBuf {
    let path = path(package, case, name);
    if bless() && !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, make()).unwrap();
    }
    assert!(path.exists(), "{} is missing; TOLLBRIDGE_BLESS=1 makes it", path.display());
    path
}

/// Holds text to a golden file.
pub fn check(package: &str, case: &str, name: &str, found: &str) {
    let path = path(package, case, name);
    if bless() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; TOLLBRIDGE_BLESS=1 writes it", path.display()));
    if found != expected {
        let at = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
        panic!(
            "{} differs from line {}; if the new text is right, TOLLBRIDGE_BLESS=1 stores it. It is:\n{found}",
            path.display(),
            at.unwrap_or_else(|| expected.lines().count().min(found.lines().count())) + 1
        );
    }
}
