//! The flamegraphs, as trees of frames in time order for the script to draw: the same stacks as in the files.

use std::collections::HashMap;

use serde::Serialize;
use tollbridge_report::Report;
use tollbridge_report::names::{Phase, PhaseKind};

use crate::write::phase::divided;
use crate::write::pictures::{Picture, Subject, pictures};
use crate::write::stacks::{Scale, Shown, Stacks, Value};

/// Every picture, the names of phases, and those of frames.
#[derive(Serialize)]
pub(super) struct Flames {
    phases: Vec<&'static str>,
    names: Vec<String>,
    pictures: Vec<DrawnPicture>,
}

#[derive(Serialize)]
struct DrawnPicture {
    /// As the file would be called; in ns behind it a `-ns`, where there are counts too.
    id: String,
    title: String,
    about: String,
    unit: &'static str,
    frames: Vec<PageFrame>,
}

/// Number of the name, its own value, those of its frames; before the last two the value before, in a difference.
#[derive(Debug, PartialEq)]
struct PageFrame {
    name: usize,
    before: Option<u64>,
    own: u64,
    frames: Vec<PageFrame>,
}

impl Serialize for PageFrame {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.before {
            None => (self.name, self.own, &self.frames).serialize(serializer),
            Some(before) => (self.name, self.own, &self.frames, before).serialize(serializer),
        }
    }
}

impl Flames {
    /// `None` if there is nothing to draw.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let mut all = Shown::default();
        divided().for_each(|phase| all.set(phase, true));
        let counts = pictures(report, all, Scale::Counts);
        let in_ns = pictures(report, all, Scale::Ns);
        let mut names = Names::default();
        let counted =
            counts.iter().map(|picture| drawn(picture, picture.subject.to_string(), &mut names)).collect::<Vec<_>>();
        // Those of hops are in ns anyway.
        let timed = in_ns.iter().filter(|picture| !matches!(picture.subject, Subject::Hops(_)));
        let timed =
            timed.map(|picture| drawn(picture, format!("{}-ns", picture.subject), &mut names)).collect::<Vec<_>>();
        (!counted.is_empty()).then(|| Self {
            phases: divided().map(Phase::as_str).collect(),
            names: names.names,
            pictures: counted.into_iter().chain(timed).collect(),
        })
    }

    /// The phases that can be hidden, and whether they are shown at first.
    pub(super) fn choices() -> Vec<(&'static str, bool)> {
        let [runs, waits] = [PhaseKind::Run, PhaseKind::Wait].map(Phase::of);
        runs.map(|phase| (phase.as_str(), true)).chain(waits.map(|phase| (phase.as_str(), false))).collect()
    }
}

fn drawn(picture: &Picture, id: String, names: &mut Names) -> DrawnPicture {
    DrawnPicture {
        id,
        title: picture.title.clone(),
        about: picture.about.clone(),
        unit: picture.unit,
        frames: tree(&picture.stacks, names),
    }
}

/// Each name once: sites come back in every picture.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    fn number(&mut self, name: &str) -> usize {
        *self.numbers.entry(name.to_owned()).or_insert_with(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }
}

/// Stacks stand in time order, a parent before its children, so a frame either goes on with the last one or is new.
fn tree(stacks: &Stacks, names: &mut Names) -> Vec<PageFrame> {
    let mut roots = Vec::new();
    for (stack, value) in stacks.iter() {
        let (own, before) = match value {
            Value::One(own) => (own, None),
            Value::Two(before, own) => (own, Some(before)),
        };
        let mut siblings: &mut Vec<PageFrame> = &mut roots;
        let mut frames = stack.map(|frame| names.number(frame)).peekable();
        while let Some(name) = frames.next() {
            if siblings.last().is_none_or(|last| last.name != name) {
                let before = before.map(|_| 0);
                siblings.push(PageFrame { name, before, own: 0, frames: Vec::new() });
            }
            let frame = siblings.last_mut().expect("it is there or was just put there");
            if frames.peek().is_none() {
                frame.own += own;
                frame.before = frame.before.zip(before).map(|(a, b)| a + b);
            }
            siblings = &mut frame.frames;
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_become_a_tree_in_their_order() {
        let mut stacks = Stacks::default();
        stacks.push(&["a", "z"], Value::One(3));
        stacks.push(&["a", "z", "c"], Value::One(1));
        stacks.push(&["a", "b"], Value::One(2));
        stacks.push(&["d"], Value::One(4));
        let mut names = Names::default();
        let found = serde_json::to_string(&tree(&stacks, &mut names)).unwrap();
        assert_eq!(names.names, ["a", "z", "c", "b", "d"]);
        assert_eq!(found, "[[0,0,[[1,3,[[2,1,[]]]],[3,2,[]]]],[4,4,[]]]");
    }

    #[test]
    fn a_difference_keeps_both_values() {
        let mut stacks = Stacks::default();
        stacks.push(&["a", "b"], Value::Two(7, 0));
        let found = serde_json::to_string(&tree(&stacks, &mut Names::default())).unwrap();
        assert_eq!(found, "[[0,0,[[1,0,[],7]],0]]");
    }
}
