//! The arrows of crates and modules (ARCHITECTURE.md): none goes the wrong way, an app links nothing that it need not, and no modules of
//! one folder need each other in a circle.

mod circles;
mod crates;
mod modules;
mod uses;

use crate::run::Result;

/// Folders of the crates whose modules are looked at.
const CRATES: [&str; 6] = ["src", "report/src", "instrument/src", "flamegraphs/src", "cli/src", "testkit/src"];

pub(crate) fn check() -> Result<()> {
    crates::check()?;
    let mut found = Vec::new();
    for folder in CRATES {
        let tree = modules::Tree::read(folder.as_ref())?;
        found.extend(circles::find(&tree));
        found.extend(bridge_knows_too_much(&tree));
    }
    if found.is_empty() {
        println!("arrows: as drawn");
        return Ok(());
    }
    Err(found.into_iter().map(|what| format!("arrows: {what}")).collect::<Vec<_>>().join("\n"))
}

/// The bridge core knows neither tokio nor the recorder, so that loom can drive it.
fn bridge_knows_too_much(tree: &modules::Tree) -> Vec<String> {
    let of_bridge =
        tree.modules().filter(|module| module.path.first().is_some_and(|first| first == "bridge" || first == "sync"));
    let outside = of_bridge.flat_map(|module| module.outside.iter().map(move |path| (module, path)));
    let wrong = outside.filter(|(_, path)| path[0] == "tokio" || path.contains(&"record".to_owned()));
    wrong.map(|(module, path)| format!("{} must not use {}", module.file.display(), path.join("::"))).collect()
}
