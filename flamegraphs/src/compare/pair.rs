//! Which site after a change is which one before it.
//!
//! Sites are known by content: `path:line:column` and the job's type name. Between builds lines shift, so what is looked for
//! is the same job in the same file. Where a file has as many sites of a job before as after, they are paired in their order,
//! since an edit shifts sites without swapping them; and then none is missed that moved to where another one was. Where it has
//! not, only those that stayed where they are are paired, and the others came or went. Files of a dependency have its version in their paths, so that what
//! is left is paired by the file within the package.

use std::collections::{BTreeMap, BTreeSet};

use crate::origin;

/// Site and job.
pub(super) type SiteKey = (String, String);

/// Sites of both sides.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Before and after.
    pub(super) both: Vec<(SiteKey, SiteKey)>,
    /// Before alone.
    pub(super) gone: Vec<SiteKey>,
    /// After alone.
    pub(super) new: Vec<SiteKey>,
}

/// Path, then line and column as numbers, of `path:line:column`; `<other>` has only the first.
fn place(site: &str) -> (&str, (u32, u32)) {
    let mut parts = site.rsplitn(3, ':');
    let (column, line, path) = (parts.next(), parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|part| part.parse().ok());
    match (path, number(line), number(column)) {
        (Some(path), Some(line), Some(column)) => (path, (line, column)),
        _ => (site, (0, 0)),
    }
}

/// The sites of each job in each file, in their order.
fn by_file_and_job<'a>(sites: &BTreeSet<&'a SiteKey>) -> BTreeMap<(&'a str, &'a str), Vec<&'a SiteKey>> {
    let mut found: BTreeMap<_, Vec<&SiteKey>> = BTreeMap::new();
    for &key in sites {
        found.entry((place(&key.0).0, key.1.as_str())).or_default().push(key);
    }
    for keys in found.values_mut() {
        keys.sort_by_key(|key| place(&key.0).1);
    }
    found
}

pub(super) fn pairs(old: &BTreeSet<&SiteKey>, new: &BTreeSet<&SiteKey>) -> Pairs {
    let mut pairs = Pairs::default();
    let mut after = by_file_and_job(new);
    for (name, before) in by_file_and_job(old) {
        let after = after.remove(&name).unwrap_or_default();
        if before.len() == after.len() {
            pairs.both.extend(before.into_iter().cloned().zip(after.into_iter().cloned()));
            continue;
        }
        let stayed = |key: &&&SiteKey| before.contains(*key) && after.contains(*key);
        pairs.both.extend(before.iter().filter(stayed).map(|&key| (key.clone(), key.clone())));
        pairs.gone.extend(before.iter().filter(|key| !stayed(key)).map(|&key| key.clone()));
        pairs.new.extend(after.iter().filter(|key| !stayed(key)).map(|&key| key.clone()));
    }
    pairs.new.extend(after.into_values().flatten().cloned());
    across_versions(&mut pairs);
    pairs
}

/// The sites of each job in each file of a package, whatever its version and wherever it lies.
fn by_package(sites: &[SiteKey]) -> BTreeMap<(String, String, String), Vec<SiteKey>> {
    let mut found: BTreeMap<_, Vec<SiteKey>> = BTreeMap::new();
    for key in sites {
        if let Some((package, file)) = origin::file_in_package(place(&key.0).0) {
            found.entry((package, file, key.1.clone())).or_default().push(key.clone());
        }
    }
    for keys in found.values_mut() {
        keys.sort_by_key(|key| place(&key.0).1);
    }
    found
}

/// Pairs what is left of dependencies: between two builds they move with their versions.
fn across_versions(pairs: &mut Pairs) {
    let mut after = by_package(&pairs.new);
    for (name, before) in by_package(&pairs.gone) {
        let Some(after) = after.remove(&name).filter(|after| after.len() == before.len()) else { continue };
        pairs.gone.retain(|key| !before.contains(key));
        pairs.new.retain(|key| !after.contains(key));
        pairs.both.extend(before.into_iter().zip(after));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(sites: &[&str]) -> Vec<SiteKey> {
        sites.iter().map(|site| (*site).to_owned()).map(|site| (site, "job".to_owned())).collect()
    }

    /// Pairs as indices; `None` for what has no partner.
    fn paired(old: &[&str], new: &[&str]) -> (Vec<(usize, usize)>, Vec<usize>, Vec<usize>) {
        let (old, new) = (keys(old), keys(new));
        let found = pairs(&old.iter().collect(), &new.iter().collect());
        let at = |keys: &[SiteKey], key: &SiteKey| keys.iter().position(|k| k == key).unwrap();
        let mut both: Vec<_> = found.both.iter().map(|(a, b)| (at(&old, a), at(&new, b))).collect();
        both.sort_unstable();
        (both, found.gone.iter().map(|k| at(&old, k)).collect(), found.new.iter().map(|k| at(&new, k)).collect())
    }

    #[test]
    fn sites_that_shifted_are_found_in_their_order() {
        // The second one moved to where the third was; 100 comes after 20 though not in the alphabet.
        let found = paired(&["a.rs:10:5", "a.rs:20:5", "a.rs:100:5"], &["a.rs:10:5", "a.rs:100:5", "a.rs:180:5"]);
        assert_eq!(found, (vec![(0, 0), (1, 1), (2, 2)], vec![], vec![]));
    }

    #[test]
    fn where_the_number_differs_only_those_that_stayed_are_paired() {
        let found = paired(&["a.rs:10:5", "a.rs:20:5"], &["a.rs:10:5"]);
        assert_eq!(found, (vec![(0, 0)], vec![1], vec![]));
        let found = paired(&["a.rs:10:5"], &["a.rs:12:5", "a.rs:22:5"]);
        assert_eq!(found, (vec![], vec![0], vec![0, 1]));
    }

    #[test]
    fn a_dependency_is_itself_in_another_version() {
        let old = ["tokio-1.53.1/src/fs/mod.rs:320:9", "tokio-1.53.1/src/fs/a.rs:5:9", "svc-1/src/a.rs:1:1"];
        let new =
            ["/c/registry/src/x-1/tokio-1.54.1/src/fs/mod.rs:328:11", "b-1.54.1/src/fs/a.rs:5:9", "svc-2/src/a.rs:1:1"];
        assert_eq!(paired(&old, &new), (vec![(0, 0)], vec![2, 1], vec![1, 2]), "in the order of their paths");
        // What is where it was stays, and of unlike numbers none is guessed.
        let found = paired(
            &["a-1.0.0/src/a.rs:5:9", "a-1.1.0/src/a.rs:5:9"],
            &["a-1.1.0/src/a.rs:5:9", "a-1.2.0/src/a.rs:5:9"],
        );
        assert_eq!(found, (vec![(0, 1), (1, 0)], vec![], vec![]));
        let found = paired(&["a-1.0.0/src/a.rs:5:9"], &["a-1.1.0/src/a.rs:5:9", "a-1.1.0/src/a.rs:7:9"]);
        assert_eq!(found, (vec![], vec![0], vec![0, 1]));
    }

    #[test]
    fn files_and_jobs_are_not_mixed_up() {
        let found = paired(&["a.rs:10:5", "<other>"], &["b.rs:10:5", "<other>"]);
        assert_eq!(found, (vec![(1, 1)], vec![0], vec![0]));
        let mut other_job = keys(&["a.rs:10:5"]);
        other_job[0].1 = "job2".to_owned();
        let old = keys(&["a.rs:10:5"]);
        let found = pairs(&old.iter().collect(), &other_job.iter().collect());
        assert_eq!((found.both.len(), found.gone.len(), found.new.len()), (0, 1, 1));
    }
}
