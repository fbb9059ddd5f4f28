//! What a thread records with, and leaves to the next one when it ends.

use std::sync::Arc;

use super::accounts::Accounts;
use super::jobs::Places;
use super::journal::Journal;
use crate::hop::Site;
use crate::names::LockOp;
use tollbridge_report::aggregate::key_map::KeyMap;
use tollbridge_report::aggregate::tables::{MAX_NODES, MAX_SITES, NodeId, OTHER_ID};

/// A static text by where it lies. Its length belongs to it: two texts may begin at one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Text(usize, usize);

impl Text {
    #[inline]
    pub(super) fn of(text: &'static str) -> Self {
        Self(text.as_ptr() as usize, text.len())
    }
}

/// Statics by address: the same address is the same content, so this only saves looking the content up. The same content
/// at two addresses finds the same site behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct SiteAddress {
    file: Text,
    place: u64,
    job: Text,
}

impl SiteAddress {
    #[inline]
    fn of(site: &Site<'static>) -> Self {
        let place = u64::from(site.line) << 32 | u64::from(site.column);
        Self { file: Text::of(site.file), place, job: Text::of(site.job) }
    }
}

/// A span's name, texts by address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum NameAddress {
    Lock(LockOp),
    Copy,
    Named(Text),
    Foreign(Text),
}

/// What a thread needs to record, and leaves to the next one: the journal and its ways to numbers.
#[derive(Debug, Default)]
pub(super) struct Seat {
    journal: Arc<Journal>,
    /// For the hops that begin on the thread.
    pub(super) places: Places,
    sites: KeyMap<SiteAddress, u32>,
    /// The last site, which the next hop is mostly of too.
    last: Option<(SiteAddress, u32)>,
    nodes: KeyMap<(Option<NodeId>, NameAddress), Option<NodeId>>,
    /// Journals to go on with where one is full and cannot be added up at once: a report is at it, or every account is in use,
    /// perhaps by threads that lost their processor. Nearly always none.
    spares: Vec<Arc<Journal>>,
    /// The account that it added up in last.
    account: usize,
}

impl Seat {
    pub(super) fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }

    /// Adds its journals up, if that can be done without waiting.
    pub(super) fn post(&mut self, accounts: &Accounts) {
        let Some(mut account) = accounts.free(&mut self.account) else {
            return;
        };
        for journal in std::iter::once(&self.journal).chain(&self.spares).filter(|journal| !journal.is_empty()) {
            if let Some(mut posting) = journal.try_posting() {
                posting.add_up(&mut account);
                posting.begin_anew();
            }
        }
    }

    /// Forgets what was not added up: the capture is over, and nobody else has its journals.
    #[cold]
    pub(super) fn clear(&mut self) {
        self.spares.clear();
        if let Some(posting) = self.journal.try_posting() {
            posting.begin_anew();
        }
    }

    /// Goes on in an empty journal, if there is one or may be one more.
    #[cold]
    pub(super) fn turn_over(&mut self, fresh: impl FnOnce() -> Option<Arc<Journal>>) {
        match self.spares.iter_mut().find(|spare| spare.is_empty()) {
            Some(spare) => std::mem::swap(spare, &mut self.journal),
            None => {
                if let Some(fresh) = fresh() {
                    self.spares.push(std::mem::replace(&mut self.journal, fresh));
                }
            }
        }
    }

    /// The site's number. `find`: looks it up by content, if that can be done.
    #[inline]
    pub(super) fn site(&mut self, site: &Site<'static>, find: impl FnOnce(&Site<'static>) -> Option<u32>) -> u32 {
        let address = SiteAddress::of(site);
        match self.last {
            Some((last, number)) if last == address => number,
            _ => self.other_site(site, address, find),
        }
    }

    #[inline(never)]
    fn other_site(
        &mut self,
        site: &Site<'static>,
        address: SiteAddress,
        find: impl FnOnce(&Site<'static>) -> Option<u32>,
    ) -> u32 {
        let number = match self.sites.get(&address) {
            Some(&number) => number,
            None => {
                let Some(number) = find(site) else { return OTHER_ID };
                // Beyond that many they are `<other>`, and not worth memory.
                if self.sites.len() < 2 * MAX_SITES {
                    self.sites.insert(address, number);
                }
                number
            }
        };
        self.last = Some((address, number));
        number
    }

    /// The number of a span's node, `name` naming it by address.
    #[inline]
    pub(super) fn node(
        &mut self,
        parent: Option<NodeId>,
        name: NameAddress,
        find: impl FnOnce(Option<NodeId>) -> Option<NodeId>,
    ) -> Option<NodeId> {
        if let Some(&node) = self.nodes.get(&(parent, name)) {
            return node;
        }
        let node = find(parent);
        if self.nodes.len() < 2 * MAX_NODES {
            self.nodes.insert((parent, name), node);
        }
        node
    }
}
