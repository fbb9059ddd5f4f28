//! The tables of a capture: sites, span names, and the call tree of spans outside hops, by content, each with a cap.

use std::collections::HashMap;

use crate::hop::Site;
use crate::names::{LockOp, SpanKind};
use crate::paths;

/// Sites that are told apart; hops of further ones are counted under [`OTHER`].
pub const MAX_SITES: usize = 1_024;
/// Names of other people's spans that are told apart.
pub const MAX_SPAN_NAMES: usize = 1_024;
/// Nodes of the call tree that are told apart; spans of further ones are not recorded.
pub const MAX_NODES: usize = 2_048;
/// What stands for everything beyond a cap.
pub const OTHER: &str = "<other>";

#[derive(Clone, Debug)]
struct Interner<K> {
    indices: HashMap<K, u32>,
    values: Vec<K>,
}

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Self { indices: HashMap::new(), values: Vec::new() }
    }
}

impl<K: Clone + Eq + std::hash::Hash> Interner<K> {
    fn intern(&mut self, key: &K, cap: usize) -> Option<u32> {
        if let Some(&index) = self.indices.get(key) {
            return Some(index);
        }
        let index = u32::try_from(self.values.len()).ok().filter(|&index| (index as usize) < cap)?;
        self.indices.insert(key.clone(), index);
        self.values.push(key.clone());
        Some(index)
    }

    fn get(&self, index: u32) -> Option<&K> {
        self.values.get(index as usize)
    }
}

/// Number of a node of the call tree.
pub type NodeId = u32;

/// What a node stands for, below its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// A bridge lock outside any hop.
    Lock(LockOp),
    /// A state copy outside any hop.
    Copy,
    /// A lock of the app's own. Index of its name.
    NamedLock(u32),
    /// A span of somebody else. Index of its name.
    Foreign(u32),
}

impl Name {
    /// Returns what kind of span it is.
    pub fn kind(self) -> SpanKind {
        match self {
            Self::Lock(_) => SpanKind::BridgeLock,
            Self::Copy => SpanKind::Copy,
            Self::NamedLock(_) => SpanKind::Mutex,
            Self::Foreign(_) => SpanKind::Entered,
        }
    }
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeKey {
    /// The node above it.
    pub parent: Option<NodeId>,
    /// What it stands for.
    pub name: Name,
}

/// What accounts call by number.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    sites: Interner<(String, String)>,
    span_names: Interner<String>,
    nodes: Interner<NodeKey>,
}

/// Number of everything beyond a cap.
pub const OTHER_ID: u32 = u32::MAX;

impl Tables {
    /// The number of a site: equal content, as it is shown, equal number. [`OTHER_ID`] beyond [`MAX_SITES`].
    pub fn site_id(&mut self, site: &Site<'_>) -> u32 {
        let place = format!("{}:{}:{}", paths::shown(site.file), site.line, site.column);
        self.sites.intern(&(place, site.job.to_owned()), MAX_SITES).unwrap_or(OTHER_ID)
    }

    /// Place and job of a site.
    pub fn site(&self, id: u32) -> (String, String) {
        self.sites.get(id).cloned().unwrap_or_else(|| (OTHER.to_owned(), OTHER.to_owned()))
    }

    /// The number of a span's name. [`OTHER_ID`] beyond [`MAX_SPAN_NAMES`].
    pub fn span_name_id(&mut self, name: &str) -> u32 {
        self.span_names.intern(&name.to_owned(), MAX_SPAN_NAMES).unwrap_or(OTHER_ID)
    }

    /// A span's name.
    pub fn span_name(&self, id: u32) -> String {
        self.span_names.get(id).cloned().unwrap_or_else(|| OTHER.to_owned())
    }

    /// The number of a node; `None` beyond [`MAX_NODES`].
    pub fn node_id(&mut self, key: NodeKey) -> Option<NodeId> {
        self.nodes.intern(&key, MAX_NODES)
    }

    /// All nodes by number: a parent comes before its children.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, NodeKey)> {
        (0..).zip(self.nodes.values.iter().copied())
    }
}
