//! Circles between the modules of one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::modules::{Name, Tree};

/// In a folder's own file (`mod.rs`, `lib.rs`), which is a part of it as its other modules are.
const OWN: &str = "mod";

/// Which parts of a folder use which, and the file that shows it.
type Arrows = BTreeMap<String, BTreeMap<String, PathBuf>>;

/// A sentence for each folder with a circle.
pub(super) fn find(tree: &Tree) -> Vec<String> {
    let mut folders: BTreeMap<Name, Arrows> = BTreeMap::new();
    for module in tree.modules() {
        for used in &module.uses {
            let common = module.path.iter().zip(used).take_while(|(a, b)| a == b).count();
            let part = |path: &Name| path.get(common).map_or(OWN, String::as_str).to_owned();
            let arrows = folders.entry(module.path[..common].to_vec()).or_default();
            arrows.entry(part(&module.path)).or_default().entry(part(used)).or_insert_with(|| module.file.clone());
        }
    }
    let circles = folders.iter().filter_map(|(folder, arrows)| Some((folder, arrows, circle(arrows)?)));
    let told = circles.map(|(folder, arrows, circle)| {
        let steps = circle.iter().zip(circle.iter().cycle().skip(1));
        let steps = steps.map(|(from, to)| format!("{from} -> {to} ({})", arrows[from][to].display()));
        format!(
            "modules of crate::{} need each other in a circle: {}",
            folder.join("::"),
            steps.collect::<Vec<_>>().join(", ")
        )
    });
    told.collect()
}

/// Some circle, if there is one: parts each of which uses the next, and the last the first.
fn circle(arrows: &Arrows) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|part| walk(arrows, part, &mut Vec::new(), &mut done))
}

fn walk(arrows: &Arrows, part: &String, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
    if let Some(at) = way.iter().position(|step| step == part) {
        return Some(way[at..].to_vec());
    }
    if !done.contains(part) {
        way.push(part.clone());
        let found = arrows.get(part).and_then(|used| used.keys().find_map(|next| walk(arrows, next, way, done)));
        way.pop();
        done.insert(part.clone());
        return found;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(pairs: &[(&str, &str)]) -> Arrows {
        let mut arrows = Arrows::new();
        for (from, to) in pairs {
            arrows.entry((*from).to_owned()).or_default().insert((*to).to_owned(), PathBuf::new());
        }
        arrows
    }

    #[test]
    fn circles_are_found_and_diamonds_are_none() {
        assert_eq!(circle(&arrows(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])), None);
        assert_eq!(circle(&arrows(&[("a", "b"), ("b", "c"), ("c", "b")])).expect("one"), ["b", "c"]);
        assert_eq!(circle(&arrows(&[("a", "mod"), ("mod", "a")])).expect("one"), ["a", "mod"]);
    }
}
