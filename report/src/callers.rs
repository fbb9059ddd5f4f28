//! Who called the sites that are not the app's own, as sampled backtraces tell.

use std::cmp::Ordering;

use super::written::written;

/// A function on the way to a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Frame {
    /// Its name with its path, without closures: `server::list_dir`.
    pub function: String,
    /// The source file; `None` where the program has no line tables.
    pub file: Option<String>,
    /// The line in it, of the call; `None` as above.
    pub line: Option<u32>,
}

/// Calls of a site that came the same way, as a sample of them tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Caller {
    /// `path:line:column` of the site.
    pub site: String,
    /// Its closure's type name.
    pub job: String,
    /// The functions, the nearest first, at most four. Empty where they are not known: no names, or not looked up yet.
    pub frames: Vec<Frame>,
    /// Whether these are the app's own; otherwise no function of the app was found, and they are those of dependencies.
    pub is_own: bool,
    /// How many calls were looked at.
    pub samples: u64,
    /// How many calls they stand for: each counts as often as one in so many was looked at.
    pub calls: u64,
    /// The sum of the squares of what each stands for: how sure [`calls`](Self::calls) is.
    pub squares: u64,
}

impl Caller {
    /// Who it is: what stays the same while it is counted.
    pub(crate) fn key(&self) -> (&str, &str, &[Frame], bool) {
        (&self.site, &self.job, &self.frames, self.is_own)
    }

    /// Adds the counts of another one.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in
            [(&mut self.samples, other.samples), (&mut self.calls, other.calls), (&mut self.squares, other.squares)]
        {
            *own = own.saturating_add(other);
        }
    }

    /// Adds a sorted list to another one: those that are alike are one.
    pub(crate) fn add_all(own: &mut Vec<Self>, other: Vec<Self>) {
        let mut sum = Vec::with_capacity(own.len() + other.len());
        let (mut left, mut right) = (std::mem::take(own).into_iter().peekable(), other.into_iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some(left), Some(right)) => left.key().cmp(&right.key()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => sum.extend(left.next()),
                Ordering::Greater => sum.extend(right.next()),
                Ordering::Equal => {
                    let both = left.next().zip(right.next());
                    sum.extend(both.map(|(mut left, right)| {
                        left.add(&right);
                        left
                    }));
                }
            }
        }
        *own = sum;
    }

    /// Whether the counts can be those of samples.
    #[cfg(feature = "read")]
    pub(crate) fn is_possible(&self) -> bool {
        let most = self.calls.saturating_mul(self.calls);
        self.samples <= self.calls && (self.calls..=most).contains(&self.squares)
    }
}

written!(Frame { function, file, line });
written!(Caller { site, job, frames, is_own, samples, calls, squares });
