//! The tables of a capture: sites and span names, by content, each with a cap.

use std::collections::HashMap;

use crate::hop::Site;

/// Sites that are told apart; hops of further ones are counted under [`OTHER`].
pub const MAX_SITES: usize = 1_024;
/// Names of other people's spans that are told apart.
pub const MAX_SPAN_NAMES: usize = 1_024;
/// What stands for everything beyond a cap.
pub const OTHER: &str = "<other>";

#[derive(Clone, Debug, Default)]
struct Interner<K> {
    indices: HashMap<K, u32>,
    values: Vec<K>,
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
}

/// What recorders call by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    sites: Interner<(String, String)>,
    span_names: Interner<String>,
}

/// Number of everything beyond a cap.
pub(super) const OTHER_ID: u32 = u32::MAX;

impl Tables {
    /// The number of a site: equal content, equal number. [`OTHER_ID`] beyond [`MAX_SITES`].
    pub(super) fn site_id(&mut self, site: &Site<'_>) -> u32 {
        let place = format!("{}:{}:{}", site.file, site.line, site.column);
        self.sites.intern(&(place, site.job.to_owned()), MAX_SITES).unwrap_or(OTHER_ID)
    }

    /// Place and job of a site.
    pub(super) fn site(&self, id: u32) -> (String, String) {
        self.sites.values.get(id as usize).cloned().unwrap_or_else(|| (OTHER.to_owned(), OTHER.to_owned()))
    }

    /// The number of a span's name. [`OTHER_ID`] beyond [`MAX_SPAN_NAMES`].
    pub(super) fn span_name_id(&mut self, name: &str) -> u32 {
        self.span_names.intern(&name.to_owned(), MAX_SPAN_NAMES).unwrap_or(OTHER_ID)
    }

    /// A span's name.
    pub(super) fn span_name(&self, id: u32) -> String {
        self.span_names.values.get(id as usize).cloned().unwrap_or_else(|| OTHER.to_owned())
    }
}
