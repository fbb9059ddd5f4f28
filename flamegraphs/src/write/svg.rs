//! Stacks as a flamegraph, through inferno.
//!
//! inferno sorts siblings by name, and refuses unsorted lines even with `no_sort`. Only its flame chart mode keeps the
//! order that it is given, after turning it round; so the lines go in last one first. A frame that is too narrow for a
//! pixel stays in the file: it can be searched for and zoomed to.

use std::collections::BTreeMap;

use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap, StrokeColor};
use inferno::flamegraph::{self, Options, TextTruncateDirection};
use tollbridge_report::names::{Arm, Phase};

use super::caption::{Caption, Rgb};
use super::phase::look;
use super::stacks::{Stacks, Value};
use crate::units;

/// Rows whose frames are all narrower than this share of the picture would look empty, and are left out.
const SEEN: f64 = 0.003;

/// Draws stacks, those with two values each as a difference: blue where the first is smaller.
pub(super) fn draw(stacks: &Stacks, caption: &Caption) -> std::io::Result<Vec<u8>> {
    let stacks = &without_rows_below(stacks, SEEN);
    let differs = stacks.iter().any(|(_, value)| matches!(value, Value::Two(..)));
    let mut palette = if differs { of_differences(stacks) } else { palette(stacks) };
    let mut options = Options::default();
    options.title.clone_from(&caption.title);
    options.subtitle = Some(caption.subtitle.clone());
    options.count_name.clone_from(&caption.unit);
    options.name_type = caption.frames.to_owned();
    options.bgcolors = Some(BackgroundColor::Grey);
    options.palette_map = Some(&mut palette);
    options.flame_chart = true;
    options.min_width = 0.0;
    options.frame_height = 20;
    // What our words begin with tells them apart.
    options.text_truncate_direction = TextTruncateDirection::Right;
    if caption.outlined {
        options.stroke_color = StrokeColor::Color(Color { r: 255, g: 255, b: 255 });
    }
    let mut svg = Vec::new();
    // inferno colours a frame by its own difference, which a frame that only holds others has none of. So it gets the widths alone.
    let lines: Vec<String> = stacks
        .iter()
        .map(|(frames, value)| format!("{} {}", frames.collect::<Vec<_>>().join(";"), value.width()))
        .collect();
    flamegraph::from_lines(&mut options, lines.iter().rev().map(String::as_str), &mut svg)?;
    let mut svg = String::from_utf8(svg).map_err(std::io::Error::other)?;
    if differs {
        svg = retitled(&svg, stacks, &caption.unit);
    }
    Ok(caption.around(&svg).into_bytes())
}

/// The same without the rows in which no frame is so wide a share of the whole: their widths are those of the frames below.
fn without_rows_below(stacks: &Stacks, share: f64) -> Stacks {
    let whole: u64 = stacks.iter().map(|(_, value)| value.width()).fold(0, u64::saturating_add);
    let mut widest: Vec<u64> = Vec::new();
    // Frames of one path stand next to each other.
    let mut open: Vec<(&str, u64)> = Vec::new();
    for (frames, value) in stacks.iter() {
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
    let mut seen = Stacks::default();
    for (frames, value) in stacks.iter() {
        seen.push(&frames.take(rows).collect::<Vec<_>>(), value);
    }
    seen
}

/// Sums of both values over each frame and those above it, by the frame's name; `None` as the name is the whole. Names that occur in several
/// places are added up.
pub(super) fn both(stacks: &Stacks) -> BTreeMap<Option<&str>, (u64, u64)> {
    let mut sums: BTreeMap<Option<&str>, (u64, u64)> = BTreeMap::new();
    for (frames, value) in stacks.iter() {
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

/// Every frame's name, some of them more than once.
pub(super) fn frames(stacks: &Stacks) -> impl Iterator<Item = &str> {
    stacks.iter().flat_map(|(frames, _)| frames)
}

/// How much of the larger one is saved, from 1 (all of it: blue) to -1 (all of it is added: red).
pub(super) fn difference(saved: f64) -> Rgb {
    const SAME: f64 = 250.0;
    const STRONG: f64 = 100.0;
    let [faded, full] = [SAME - (SAME - STRONG) * saved.abs(), if saved == 0.0 { SAME } else { 255.0 }];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 100 and 255")]
    let [faded, full] = [faded.round() as u8, full as u8];
    if saved < 0.0 { (full, faded, faded) } else { (faded, faded, full) }
}

fn saved((before, after): (u64, u64)) -> f64 {
    (after as f64 - before as f64) / (before.max(after).max(1) as f64)
}

/// Each frame's colour is that of its sums, so that a frame that holds others shows what they come to.
fn of_differences(stacks: &Stacks) -> PaletteMap {
    let mut palette = PaletteMap::default();
    for (name, sums) in both(stacks) {
        let (r, g, b) = difference(saved(sums));
        palette.insert(name.unwrap_or_default(), Color { r, g, b });
    }
    palette
}

/// With both values in the title of each frame. Frames of differences are our own words, which need no escapes.
fn retitled(svg: &str, stacks: &Stacks, unit: &str) -> String {
    let mut svg = svg.to_owned();
    for (name, (before, after)) in both(stacks) {
        let begin = format!("<title>{} (", name.unwrap_or("all"));
        let Some(at) = svg.find(&begin).map(|at| at + begin.len()) else { continue };
        let Some(length) = svg[at..].find(")</title>") else { continue };
        let change = match (before, after) {
            (before, after) if before == after => "the same".to_owned(),
            (_, 0) => "new".to_owned(),
            (before, after) => {
                let share = units::percent(before.abs_diff(after) as f64, after as f64);
                format!("{}{share}", if before < after { "-" } else { "+" })
            }
        };
        let told = format!("naive {}, snapshot {} {unit}; {change}", units::count(after), units::count(before));
        svg.replace_range(at..at + length, &told);
    }
    svg
}

/// One colour a word, the same in all pictures; sites take turns, so that neighbours can be told apart.
fn palette(stacks: &Stacks) -> PaletteMap {
    let mut palette = PaletteMap::default();
    let mut tints = [(238, 228, 206), (222, 210, 184)].into_iter().cycle();
    // The frame for everything has no name.
    for frame in frames(stacks).chain([""]) {
        if palette.get(frame).is_none() {
            let (r, g, b) = colour(frame).or_else(|| tints.next()).expect("a cycle does not end");
            palette.insert(frame, Color { r, g, b });
        }
    }
    palette
}

/// Colours of our own words.
pub(super) fn colour(frame: &str) -> Option<Rgb> {
    if let Ok(phase) = frame.parse::<Phase>() {
        return Some(look(phase).picture);
    }
    if let Ok(arm) = frame.parse::<Arm>() {
        return Some(match arm {
            Arm::Naive => (232, 204, 176),
            Arm::Snapshot => (190, 216, 210),
            Arm::Native | Arm::Wrapped => (200, 206, 226),
        });
    }
    match frame {
        "" => Some((224, 224, 224)),
        "copy" => Some((126, 182, 230)),
        _ => frame.starts_with("lock ").then_some((224, 132, 172)),
    }
}
