//! Stacks as a flamegraph, through inferno.
//!
//! inferno sorts siblings by name, and refuses unsorted lines even with `no_sort`. Only its flame chart mode keeps the
//! order that it is given, after turning it round; so the lines go in last one first. A frame that is too narrow for a
//! pixel stays in the file: it can be searched for and zoomed to.

use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap, StrokeColor};
use inferno::flamegraph::{self, Options};
use tollbridge_instrument::names::{Arm, Phase};

use super::stacks::Stacks;

/// What a picture says beside its frames.
#[derive(Debug)]
pub(super) struct Caption {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// Stands behind every value.
    pub(super) unit: String,
    /// What the frames are.
    pub(super) frames: &'static str,
    /// Whether frames have an outline: it parts equal colours, and would cover narrow frames.
    pub(super) outlined: bool,
}

/// Draws stacks, those with two values each as a difference: blue where the first is smaller.
pub(super) fn draw(stacks: &Stacks, caption: &Caption) -> std::io::Result<Vec<u8>> {
    let lines = stacks.lines();
    let mut palette = palette(stacks);
    let mut options = Options::default();
    options.title.clone_from(&caption.title);
    options.subtitle = Some(caption.subtitle.clone());
    options.count_name.clone_from(&caption.unit);
    options.name_type = caption.frames.to_owned();
    options.bgcolors = Some(BackgroundColor::Grey);
    options.palette_map = Some(&mut palette);
    options.flame_chart = true;
    options.min_width = 0.0;
    options.negate_differentials = true;
    options.frame_height = 20;
    if caption.outlined {
        options.stroke_color = StrokeColor::Color(Color { r: 255, g: 255, b: 255 });
    }
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().rev().map(String::as_str), &mut svg)?;
    Ok(svg)
}

/// One colour a word, the same in all pictures; sites take turns, so that neighbours can be told apart. Differences take
/// inferno's own scale instead.
fn palette(stacks: &Stacks) -> PaletteMap {
    let mut palette = PaletteMap::default();
    let mut tints = [(238, 228, 206), (222, 210, 184)].into_iter().cycle();
    // The frame for everything has no name.
    for frame in stacks.frames().chain([""]) {
        if palette.get(frame).is_none() {
            let (r, g, b) = colour(frame).or_else(|| tints.next()).expect("a cycle does not end");
            palette.insert(frame, Color { r, g, b });
        }
    }
    palette
}

/// Colours of our own words.
fn colour(frame: &str) -> Option<(u8, u8, u8)> {
    if let Ok(phase) = frame.parse::<Phase>() {
        return Some(match phase {
            // Not crossing: the app's own.
            Phase::Backlog | Phase::Unpolled | Phase::Reach => (190, 190, 190),
            Phase::Run => (163, 205, 139),
            Phase::Submit => (250, 206, 128),
            Phase::Start => (244, 164, 96),
            Phase::Publish => (246, 226, 122),
            Phase::Resume => (233, 122, 104),
            Phase::Transfer => (196, 176, 226),
        });
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
