//! Stacks with values, in an order that means something.

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

    /// Whether no frame would have any width.
    pub(in crate::write) fn is_flat(&self) -> bool {
        self.stacks.iter().all(|(_, value)| value.width() == 0)
    }

    /// The frames of each stack from the root on, and its value.
    pub(in crate::write) fn iter(&self) -> impl Iterator<Item = (std::str::Split<'_, char>, Value)> {
        self.stacks.iter().map(|(stack, value)| (stack.split(';'), *value))
    }
}
