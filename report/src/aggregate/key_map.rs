//! Maps on the way to a node. Their keys are addresses of statics and small numbers of our own, not somebody's input, so the
//! compiler's own hash is enough: the standard library's takes some 130 instructions more. It mixes the high bits of a product into those that
//! a map takes its buckets from; a [`GroupId`](super::group::GroupId) has nothing in its 16 low ones.

/// A map whose keys are made by the recorder alone.
pub type KeyMap<K, V> = rustc_hash::FxHashMap<K, V>;
