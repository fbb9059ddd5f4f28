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

/// Holds a part of a page to what it is made from: what stands between `<!-- NAME -->` and `<!-- /NAME -->`, each a line of its own. `page` is
/// counted from the workspace, `found` ends with its last line.
pub fn part_of_page(page: &str, name: &str, found: &str) {
    between(page, &format!("<!-- {name} -->\n"), &format!("<!-- /{name} -->\n"), found);
}

/// The same of what stands between `begin` and the next `end`.
pub fn between(page: &str, begin: &str, end: &str, found: &str) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", page].iter().collect();
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{page} has no {begin}"));
    let (there, after) = rest.split_once(end).unwrap_or_else(|| panic!("{page} has no {end}"));
    if bless() && there != found {
        std::fs::write(&path, [before, begin, found, end, after].concat()).unwrap();
        return;
    }
    assert!(there == found, "{page} differs at {begin}; TOLLBRIDGE_BLESS=1 stores what it is made from:\n{found}");
}
