//! A hop at its end, as a log holds it.

use super::how::Circumstances;
use super::ops::Ops;
use super::stamps::Stamps;
use crate::names::{Arm, Detail, Outcome};

/// Where a hop was called from, and with what job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site<'a> {
    /// Source file of the call, as the compiler names it.
    pub file: &'a str,
    /// Line of the call, from 1.
    pub line: u32,
    /// Column of the call, from 1.
    pub column: u32,
    /// Type name of the closure.
    pub job: &'a str,
}

/// The threads that a hop was on, as their process numbers them, from 1; 0 where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threads {
    /// The one that called; known only while whole hops are kept.
    pub caller: u32,
    /// The one of the pool.
    pub pool: u32,
}

/// One hop at its end, as a log holds it.
#[derive(Clone, Copy, Debug)]
pub struct HopRecord<'a> {
    /// Call site and job.
    pub site: Site<'a>,
    /// How the outcome crossed.
    pub arm: Arm,
    /// How much was recorded.
    pub detail: Detail,
    /// How the hop ended.
    pub outcome: Outcome,
    /// Its moments.
    pub stamps: Stamps,
    /// Its spans, if `detail` is [`Detail::Locks`].
    pub ops: Ops,
    /// Size of the state that was copied.
    pub copied_bytes: u64,
    /// How it was called.
    pub circumstances: Circumstances,
}
