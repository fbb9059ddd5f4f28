//! The modules of a crate, as its files are, and what each uses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::uses::{self, Uses};
use crate::run::{Result, read};

/// Names from the crate's root on.
pub(super) type Name = Vec<String>;

#[derive(Debug)]
pub(super) struct Module {
    pub(super) path: Name,
    pub(super) file: PathBuf,
    /// Modules of this crate that it uses: where the things are defined, wherever they are re-exported.
    pub(super) uses: Vec<Name>,
    /// Paths that lead out of the crate.
    pub(super) outside: Vec<Name>,
}

#[derive(Debug)]
pub(super) struct Tree {
    modules: BTreeMap<Name, Module>,
}

impl Tree {
    /// The crate below a folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        find(folder, folder, &mut files)?;
        let mut read_files = BTreeMap::new();
        for (path, file) in files {
            let uses = uses::read(&read(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
            read_files.insert(path, (file, uses));
        }
        let modules = read_files.iter().map(|(path, (file, uses))| {
            let found = uses.paths.iter().map(|used| resolve(&read_files, path, used, 0));
            let (mut inside, mut outside) = (Vec::new(), Vec::new());
            for (resolved, used) in found.zip(&uses.paths) {
                match resolved {
                    Some(module) if module != *path => inside.push(module),
                    Some(_) => {}
                    None => outside.push(used.names.clone()),
                }
            }
            (path.clone(), Module { path: path.clone(), file: file.clone(), uses: inside, outside })
        });
        Ok(Self { modules: modules.collect() })
    }

    pub(super) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.values()
    }
}

/// All Rust files below a folder, by the names of their modules. `bin` holds crates of their own.
fn find(root: &Path, folder: &Path, files: &mut BTreeMap<Name, PathBuf>) -> Result<()> {
    let failed = |error: std::io::Error| format!("failed to read {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            if !path.ends_with("bin") {
                find(root, &path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(root).expect("it was found below it").with_extension("");
            let mut name: Name = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if ["mod", "lib"].contains(&name.last().map_or("", String::as_str)) {
                name.pop();
            }
            // A command's root uses the library from outside.
            if name != ["main"] {
                files.insert(name, path);
            }
        }
    }
    Ok(())
}

type Files = BTreeMap<Name, (PathBuf, Uses)>;

/// The module in which lies what a module calls `used`; `None` if it is not in this crate.
fn resolve(files: &Files, from: &Name, used: &uses::Path, depth: usize) -> Option<Name> {
    /// Re-exports of re-exports; a circle of them would not compile.
    const MAX_DEPTH: usize = 16;
    let mut module = if used.from_root { Vec::new() } else { from.clone() };
    for _ in 0..used.up {
        module.pop();
    }
    let mut names = used.names.as_slice();
    let begins_here = used.from_root || used.up > 0 || used.here;
    while let Some((first, rest)) = names.split_first() {
        let child: Name = module.iter().chain([first]).cloned().collect();
        if files.contains_key(&child) {
            (module, names) = (child, rest);
        } else {
            break;
        }
    }
    // A name that is neither a module here nor begins in this crate is another crate, or something imported, which has its own line.
    if !begins_here && names.len() == used.names.len() {
        return None;
    }
    let Some(name) = names.first() else { return Some(module) };
    let again = files.get(&module).and_then(|(_, uses)| uses.exports.get(name));
    match again {
        Some(export) if depth < MAX_DEPTH => Some(resolve(files, &module, export, depth + 1).unwrap_or(module)),
        _ => Some(module),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_lies_where_it_is_defined() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |file: &str, text: &str| {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().expect("one"))
                .and_then(|()| std::fs::write(file, text))
                .expect("room");
        };
        write("lib.rs", "mod a; mod b; pub use b::Inner as Outer;");
        write("a.rs", "use crate::Outer; use other::Thing; #[cfg(test)] mod tests { use crate::c; }");
        write("b/mod.rs", "mod inner; mod user; pub use inner::{Inner, self};");
        write("b/inner.rs", "pub struct Inner;");
        write(
            "b/user.rs",
            "mod deep { fn f() { println!(\"{}\", super::super::Inner); super::super::super::c::g(); } }",
        );
        write("c.rs", "pub(crate) fn g() {}");
        let tree = Tree::read(folder.path()).expect("it is Rust");
        let used = |path: &[&str]| {
            let module = tree.modules().find(|module| module.path == path).expect("it is there");
            let mut used: Vec<String> = module.uses.iter().map(|name| name.join("::")).collect();
            used.sort();
            used
        };
        assert_eq!(used(&[]), [""; 0], "it only hands on");
        assert_eq!(used(&["a"]), ["b::inner"], "through two names");
        assert_eq!(used(&["b", "user"]), ["b::inner", "c"], "in a macro, and out of a module of the file");
        let outside = &tree.modules().find(|module| module.path == ["a"]).expect("it is there").outside;
        assert_eq!(outside, &[["other", "Thing"]]);
    }
}
