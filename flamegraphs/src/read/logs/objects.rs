//! The JSON object that has a member at some place of a line, whatever stands around it or is torn before it.

use serde::Deserialize;
use serde_json::Deserializer;

/// Opening braces before a member that are tried as its object's. There is one, but for objects that other members hold
/// and braces in texts.
const MAX_BRACES: usize = 64;

/// Bytes that are looked at in one line before the rest counts as lost, so many for each of its own and some more.
const TIMES: usize = 32;
const AND_MORE: usize = 1 << 20;

/// What may still be spent on a line.
pub(super) struct Work(usize);

impl Work {
    pub(super) fn on(bytes: &[u8]) -> Self {
        Self(bytes.len() * TIMES + AND_MORE)
    }

    /// Whether there is something left after so many bytes more.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        self.0 = self.0.saturating_sub(bytes);
        self.0 > 0
    }
}

pub(super) enum Object<T> {
    /// The object, and where it ends.
    Found(T, usize),
    /// There is none, or another one.
    None,
    /// It begins here, and is damaged.
    Broken(usize, serde_json::Error),
    /// All work is spent.
    Tangled,
}

/// The object that has the member at `at` and begins at or behind `from`: the innermost one, unless that is damaged.
pub(super) fn around<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    from: usize,
    at: usize,
    work: &mut Work,
    is_wanted: impl Fn(&T) -> bool,
) -> Object<T> {
    let mut broken = None;
    for open in memchr::memrchr_iter(b'{', &bytes[from..at]).take(MAX_BRACES).map(|open| from + open) {
        let mut objects = Deserializer::from_slice(&bytes[open..]).into_iter::<T>();
        let parsed = objects.next();
        let end = open + objects.byte_offset();
        let seen = match &parsed {
            Some(Err(error)) => error.column(),
            _ => end - open,
        };
        if !work.spend(seen) {
            return Object::Tangled;
        }
        match parsed {
            None => break,
            // Closed before the member.
            Some(Ok(_)) if end <= at => {}
            Some(Ok(object)) if is_wanted(&object) => return Object::Found(object, end),
            Some(Ok(_)) if broken.is_none() => return Object::None,
            // The object around a broken one.
            Some(Ok(_)) => break,
            Some(Err(error)) => {
                broken.get_or_insert((open, error));
            }
        }
    }
    broken.map_or(Object::None, |(open, error)| Object::Broken(open, error))
}
