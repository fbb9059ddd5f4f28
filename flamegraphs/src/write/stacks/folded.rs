//! Stacks with values, in an order that means something.

use std::collections::BTreeMap;

/// The value of one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::write) enum Value {
    One(u64),
    /// Before and after.
    Two(u64, u64),
}

impl Value {
    /// What gives a frame its width: of two, the second.
    pub(in crate::write) fn width(self) -> u64 {
        match self {
            Self::One(value) | Self::Two(_, value) => value,
        }
    }
}

/// Folded stacks. Frames must have gone through [`super::super::label::frame`] unless they are our own words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::write) struct Stacks {
    stacks: Vec<(String, Value)>,
    /// Sums of the first and of the second values.
    sums: [u64; 2],
}

impl Stacks {
    /// All values together stop at the largest number, since whoever draws them adds them up.
    pub(in crate::write) fn push(&mut self, frames: &[&str], value: Value) {
        let mut fit = |side: usize, value: u64| {
            let fitting = value.min(u64::MAX - self.sums[side]);
            self.sums[side] += fitting;
            fitting
        };
        let value = match value {
            Value::One(value) => Value::One(fit(0, value)),
            Value::Two(before, after) => Value::Two(fit(0, before), fit(1, after)),
        };
        self.stacks.push((frames.join(";"), value));
    }

    /// The same without the rows in which no frame is so wide a share of the whole: their widths are those of the frames below.
    #[must_use]
    pub(in crate::write) fn without_rows_below(&self, share: f64) -> Self {
        let whole: u64 = self.stacks.iter().map(|(_, value)| value.width()).fold(0, u64::saturating_add);
        let mut widest: Vec<u64> = Vec::new();
        // Frames of one path stand next to each other.
        let mut open: Vec<(&str, u64)> = Vec::new();
        for (frames, value) in self.iter() {
            for (depth, frame) in frames.enumerate() {
                match open.get_mut(depth) {
                    Some((name, width)) if *name == frame => *width = width.saturating_add(value.width()),
                    _ => {
                        open.truncate(depth);
                        open.push((frame, value.width()));
                    }
                }
                widest.resize(widest.len().max(depth + 1), 0);
                widest[depth] = widest[depth].max(open[depth].1);
            }
        }
        let rows = widest.iter().rposition(|&width| width as f64 >= share * whole as f64).map_or(0, |last| last + 1);
        let mut seen = Self::default();
        for (frames, value) in self.iter() {
            seen.push(&frames.take(rows).collect::<Vec<_>>(), value);
        }
        seen
    }

    /// Sums of both values over each frame and those above it, by the frame's name; `None` as the name is the whole. Names that occur in several
    /// places are added up.
    pub(in crate::write) fn both(&self) -> BTreeMap<Option<&str>, (u64, u64)> {
        let mut sums: BTreeMap<Option<&str>, (u64, u64)> = BTreeMap::new();
        for (frames, value) in self.iter() {
            let (before, after) = match value {
                Value::One(value) => (value, value),
                Value::Two(before, after) => (before, after),
            };
            for name in std::iter::once(None).chain(frames.map(Some)) {
                let sum = sums.entry(name).or_default();
                *sum = (sum.0.saturating_add(before), sum.1.saturating_add(after));
            }
        }
        sums
    }

    /// Whether no frame would have any width.
    pub(in crate::write) fn is_flat(&self) -> bool {
        self.stacks.iter().all(|(_, value)| value.width() == 0)
    }

    /// One `frame;frame value` each, or `frame;frame before after`.
    pub(in crate::write) fn lines(&self) -> Vec<String> {
        let line = |(stack, value): &(String, Value)| match value {
            Value::One(value) => format!("{stack} {value}"),
            Value::Two(before, after) => format!("{stack} {before} {after}"),
        };
        self.stacks.iter().map(line).collect()
    }

    /// The frames of each stack from the root on, and its value.
    pub(in crate::write) fn iter(&self) -> impl Iterator<Item = (std::str::Split<'_, char>, Value)> {
        self.stacks.iter().map(|(stack, value)| (stack.split(';'), *value))
    }

    /// Every frame's name, some of them more than once.
    pub(in crate::write) fn frames(&self) -> impl Iterator<Item = &str> {
        self.stacks.iter().flat_map(|(stack, _)| stack.split(';'))
    }
}
