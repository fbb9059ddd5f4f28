//! All accounts of a capture.
//!
//! Who adds up takes one that is free at that moment, so nobody waits for anybody, and as many come into use as there were
//! threads adding up at once.

use std::thread::available_parallelism;

use super::sync::{Mutex, MutexGuard};
use crate::hop::Since;
use tollbridge_report::aggregate::account::Account;

/// Accounts of one capture: so many a processor, since a thread may lose its processor in the middle of adding up.
const PER_PROCESSOR: usize = 4;
const MIN_ACCOUNTS: usize = 8;
const MAX_ACCOUNTS: usize = 64;

/// A capture's accounts. Nearly all stay empty.
#[derive(Debug)]
pub(super) struct Accounts(Box<[Mutex<Account>]>);

impl Accounts {
    /// `timeline`: how many hops each keeps whole.
    pub(super) fn new(since: Since, timeline: usize) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let count = processors.saturating_mul(PER_PROCESSOR).clamp(MIN_ACCOUNTS, MAX_ACCOUNTS);
        Self((0..count).map(|_| Mutex::new(Account::new(since).with_timeline(timeline))).collect())
    }

    #[cfg(test)]
    pub(super) fn few(count: usize) -> Self {
        Self((0..count).map(|_| Mutex::new(Account::new(Since::new(0, crate::clock::conversion())))).collect())
    }

    /// An account that nobody uses, first of all `favourite`, which becomes the one found.
    pub(super) fn free(&self, favourite: &mut usize) -> Option<MutexGuard<'_, Account>> {
        if let Some(account) = self.0.get(*favourite).and_then(Mutex::try_lock) {
            return Some(account);
        }
        let (index, account) = self.0.iter().enumerate().find_map(|(i, account)| Some((i, account.try_lock()?)))?;
        *favourite = index;
        Some(account)
    }

    /// The same for somebody who can wait.
    pub(super) fn any(&self) -> MutexGuard<'_, Account> {
        self.free(&mut 0).unwrap_or_else(|| self.0[0].lock())
    }

    /// Each of them in turn, to be read.
    pub(super) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Account>> {
        self.0.iter().map(Mutex::lock)
    }
}
