//! What stands around the frames of a picture: title and legend, and below them what its words mean and where it is from.

/// What a picture says beside its frames.
#[derive(Debug)]
pub(super) struct Caption {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) legend: Vec<Entry>,
    /// A line each, below the legend.
    pub(super) notes: Vec<String>,
    /// Stands behind every value.
    pub(super) unit: String,
    /// What the frames are.
    pub(super) frames: &'static str,
    /// Whether frames have an outline: it parts equal colours, and would cover narrow frames.
    pub(super) outlined: bool,
}

/// What a colour means.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) colour: Rgb,
    pub(super) words: String,
}

pub(super) type Rgb = (u8, u8, u8);

/// Height of a line below the picture.
const LINE: usize = 20;
/// Columns of the legend: so many have room on a phone.
const COLUMNS: usize = 3;
/// Letters of a line of the notes: so many have room on a phone, if they are small.
const LETTERS: usize = 64;

impl Caption {
    /// With the legend and the notes below it, a search that can be seen, and words that a narrow window has room for. inferno has no option for
    /// any of them; where its text is not the one known here the picture stays as it is.
    pub(super) fn around(&self, svg: &str) -> String {
        let Some(height) =
            svg.split_once("height=\"").and_then(|(_, rest)| rest.split_once('"')?.0.parse::<usize>().ok())
        else {
            return svg.to_owned();
        };
        let notes: Vec<String> = self.notes.iter().flat_map(|note| wrapped(note)).collect();
        let lines = self.legend.len().div_ceil(COLUMNS) + notes.len();
        let whole = height + lines * LINE + LINE / 2;
        let entries = self.legend.iter().enumerate().map(|(i, Entry { colour: (r, g, b), words })| {
            let (x, y) = (100 * (i % COLUMNS) / COLUMNS, height + i / COLUMNS * LINE);
            let swatch = format!("<rect x=\"10\" y=\"2\" width=\"12\" height=\"12\" fill=\"rgb({r},{g},{b})\" stroke=\"rgb(120,120,120)\"/>");
            let words = format!("<text x=\"27\" y=\"12\">{}</text>", escaped(words));
            format!("<svg x=\"{x}%\" y=\"{y}\" overflow=\"visible\">{swatch}{words}</svg>")
        });
        let first = height + self.legend.len().div_ceil(COLUMNS) * LINE;
        let notes = notes.iter().enumerate().map(|(i, note)| {
            format!("<text class=\"note\" x=\"10\" y=\"{}\">{}</text>", first + i * LINE + 12, escaped(note))
        });
        let below: String = entries.chain(notes).collect();
        let narrow = "@media (max-width: 900px) { #title { font-size:13px; } #subtitle { font-size:9px; } }\n\
                  @media (max-width: 500px) { #title { font-size:11px; } #subtitle { font-size:7px; } .note { font-size:9px; } }\n\
                  .hide {";
        let svg = svg
            .replacen(&format!("height=\"{height}\" onload"), &format!("height=\"{whole}\" onload"), 1)
            .replacen(&format!(" {height}\""), &format!(" {whole}\""), 1)
            .replacen(
                &format!("width=\"100%\" height=\"{height}\" fill"),
                &format!("width=\"100%\" height=\"{whole}\" fill"),
                1,
            )
            .replacen("opacity:0.1; cursor:pointer;", "text-decoration:underline; cursor:pointer;", 1)
            .replacen(".hide {", narrow, 1);
        match svg.rfind("</svg>") {
            Some(end) => format!("{}<g id=\"legend\">{below}</g>{}", &svg[..end], &svg[end..]),
            None => svg,
        }
    }
}

/// Lines of whole words.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LETTERS => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
