//! Which paths a file uses. Tests are left out: they may look at anything.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A path as it stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    /// It begins with `crate`.
    pub(super) from_root: bool,
    /// It begins with so many `super`.
    pub(super) up: usize,
    /// It begins with `self`.
    pub(super) here: bool,
    pub(super) names: Vec<String>,
}

/// What a file uses, and what it hands on under which name.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) paths: Vec<Path>,
    pub(super) exports: BTreeMap<String, Path>,
    /// How many modules of the file itself are around.
    depth: usize,
}

pub(super) fn read(text: &str) -> syn::Result<Uses> {
    let file = syn::parse_file(text)?;
    let mut uses = Uses::default();
    uses.visit_file(&file);
    Ok(uses)
}

impl Path {
    /// From its words; `depth` modules of the same file are around.
    fn new(words: &[String], depth: usize) -> Self {
        let mut path = Self::default();
        let mut rest = words;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => path.from_root = true,
                "super" => path.up += 1,
                "self" => path.here = true,
                _ => break,
            }
            rest = others;
        }
        // The first ones lead out of modules of the same file.
        let inner = path.up.min(depth);
        path.up -= inner;
        path.here |= inner > 0;
        rest.clone_into(&mut path.names);
        path
    }
}

impl Uses {
    fn tree(&mut self, tree: &UseTree, before: &[String], is_export: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident), is_export),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before, is_export)),
            UseTree::Name(name) if name.ident == "self" => self.used(before, before.last(), is_export),
            UseTree::Name(name) => self.used(&with(&name.ident), Some(&name.ident.to_string()), is_export),
            UseTree::Rename(name) => self.used(&with(&name.ident), Some(&name.rename.to_string()), is_export),
            UseTree::Glob(_) => self.used(before, None, is_export),
        }
    }

    fn used(&mut self, words: &[String], name: Option<&String>, is_export: bool) {
        let path = Path::new(words, self.depth);
        if let Some(name) = name.filter(|_| self.depth == 0) {
            self.exports.insert(name.clone(), path.clone());
        }
        // What is only handed on is used by those who take it.
        if !is_export {
            self.paths.push(path);
        }
    }

    /// Paths in a macro's arguments.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut words: Vec<String> = Vec::new();
        let mut colons = 0;
        // Words since the last one that was no word: `mod name` before a group is a module.
        let mut last = [String::new(), String::new()];
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    last.rotate_left(1);
                    last[1] = name.to_string();
                    if colons != 2 {
                        self.words(&mut words);
                    }
                    words.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                // `pub(in crate::x)` uses nothing.
                TokenTree::Group(_) if last[1] == "pub" => {}
                TokenTree::Group(group) => {
                    self.words(&mut words);
                    let inside = usize::from(last[0] == "mod");
                    self.depth += inside;
                    self.tokens(group.stream());
                    self.depth -= inside;
                    colons = 0;
                }
                _ => {
                    self.words(&mut words);
                    colons = 0;
                }
            }
        }
        self.words(&mut words);
    }

    fn words(&mut self, words: &mut Vec<String>) {
        if words.len() > 1 {
            self.paths.push(Path::new(words, self.depth));
        }
        words.clear();
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let tokens = attribute.meta.require_list().map(|list| list.tokens.to_string());
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && tokens.is_ok_and(|tokens| tokens == "test" || tokens.starts_with("all (test"))
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl Visit<'_> for Uses {
    fn visit_item(&mut self, item: &Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        let inside = usize::from(module.content.is_some());
        self.depth += inside;
        visit::visit_item_mod(self, module);
        self.depth -= inside;
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        let is_export = !matches!(item.vis, Visibility::Inherited);
        self.tree(&item.tree, &[], is_export);
    }

    // `pub(in crate::x)` uses nothing.
    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_path(&mut self, path: &syn::Path) {
        let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if words.len() > 1 {
            self.paths.push(Path::new(&words, self.depth));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}
