//! Reads back the frames of a flamegraph.

/// One rectangle.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) name: String,
    /// What stands behind the name: `12 ns, 3.00%`.
    pub(crate) info: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    /// Self and children, in the stacks' own units.
    pub(crate) value: u64,
    pub(crate) fill: (u8, u8, u8),
}

/// All frames but the one for everything, by x, parents before children.
pub(crate) fn frames(svg: &str) -> Vec<Frame> {
    let body = svg.split_once("id=\"frames\"").expect("frames").1;
    let mut frames: Vec<Frame> = body.split("<g>").skip(1).map(frame).filter(|frame| frame.name != "all").collect();
    frames.sort_by(|a, b| a.x.total_cmp(&b.x).then(b.y.total_cmp(&a.y)));
    frames
}

/// The one frame of that name.
pub(crate) fn only<'a>(frames: &'a [Frame], name: &str) -> &'a Frame {
    let found: Vec<&Frame> = frames.iter().filter(|frame| frame.name == name).collect();
    assert_eq!(found.len(), 1, "{name} among {:?}", frames.iter().map(|f| &f.name).collect::<Vec<_>>());
    found[0]
}

fn frame(group: &str) -> Frame {
    let title = between(group, "<title>", "</title>");
    let rect = between(group, "<rect ", "/>");
    let (name, info) = title.rsplit_once(" (").expect("a value");
    let fill: Vec<u8> =
        between(attribute(rect, "fill"), "rgb(", ")").split(',').map(|part| part.parse().unwrap()).collect();
    Frame {
        name: unescape(name),
        info: info.trim_end_matches(')').to_owned(),
        x: percent(attribute(rect, "x")),
        y: attribute(rect, "y").parse().unwrap(),
        width: percent(attribute(rect, "width")),
        value: attribute(rect, "fg:w").parse().unwrap(),
        fill: (fill[0], fill[1], fill[2]),
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).unwrap_or_else(|| panic!("{start} in {text}")).0
}

fn attribute<'a>(rect: &'a str, name: &str) -> &'a str {
    // The first attribute has no space before it.
    rect.strip_prefix(&format!("{name}=\""))
        .map_or_else(|| between(rect, &format!(" {name}=\""), "\""), |r| r.split_once('"').unwrap().0)
}

fn percent(text: &str) -> f64 {
    text.strip_suffix('%').unwrap().parse().unwrap()
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}
