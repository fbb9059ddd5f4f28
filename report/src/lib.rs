//! Reports of tollbridge as plain data. No threads, no clock, no tracing.
//!
//! - [`names`]: the words that spans, logs and reports share.
//! - [`hop`]: the moments of one hop, and the phases that they divide it into.
//! - [`aggregate`]: adds hops up, for the recorder and for the reader of a log alike.
//! - [`units`]: durations and counts as text.
//! - [`Report`]: what comes of that. It can be merged ([`Merger`]), subtracted ([`Report::since`]) and stored ([`Report::save`]); with the feature
//!   `read`, read back (`Report::from_json`). `docs/reference/format.md` describes the file.
//!
//! A report has two layers. *Primary* data ([`Report::groups`], [`Report::spans`], [`Report::blocks`], the counts) is what was added up, and all that
//! merging looks at. *Derived* data ([`Report::arms`], [`Report::sites`], [`Report::contrast`], [`Report::span_means`]) is computed from it by
//! [`Report::derive`], and is in the file for the convenience of its readers.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod aggregate;
mod analysis;
mod blocks;
mod callers;
#[cfg(feature = "read")]
mod check;
mod derived;
pub mod disk;
mod distribution;
pub mod event;
mod file;
mod group;
pub mod hop;
mod live;
mod merge;
mod model;
pub mod names;
pub mod paths;
mod pool;
mod primary;
mod since;
mod tasks;
mod timeline;
pub mod units;
mod written;

pub use analysis::{CHILD_UNCERTAINTY_NS, MIN_BATCHES};
pub use blocks::{Block, BlockSeries, Blocks, Stretch, Stretches};
pub use callers::{Caller, Frame};
pub use derived::{ArmReport, Contrast, Interval, Mean, SiteReport, SpanMeans};
pub use distribution::{BUCKETS, Distribution, bucket_of, bucket_range};
pub(crate) use distribution::{PARTS, float_bucket, is_outlier};
pub use file::FORMAT;
#[cfg(feature = "read")]
pub use file::ReadError;
pub use group::{GroupKey, HopGroup, LockCount, Outcomes, SpanReport};
pub use live::{Aged, Deadlock, Live, LiveSite, Wait};
pub use merge::Merger;
pub use model::{Clock, Dropped, Machine, Observer, Process, ProcessCpu, Report, Settings};
pub use pool::{Between, Observed, Pool, RuntimePool, Sequence, SiteCpu};
pub use since::SinceError;
pub use tasks::TaskSite;
pub(crate) use timeline::longest_of;
pub use timeline::{Timeline, WholeHop};
