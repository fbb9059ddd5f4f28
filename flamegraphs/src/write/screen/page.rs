//! Lines of text: labelled paragraphs and tables, as wide as the terminal, in tones if these are wanted.

use unicode_width::UnicodeWidthStr as _;

use super::options::ScreenOptions;
use super::table::Table;
use super::tone::Tone;
use crate::units::FIRM_SPACE;

/// Where text is wrapped if the width is not known.
const DEFAULT_WIDTH: usize = 120;
/// Nothing is squeezed below this.
const MIN_WIDTH: usize = 40;
/// Where the text of a labelled paragraph begins.
const INDENT: usize = 6;

pub(super) struct Page {
    width: Option<usize>,
    colour: bool,
    text: String,
}

/// Pieces of a line and their tones. Lines are laid out by these, so that tones take no room.
type Pieces<'a> = Vec<(&'a str, Tone)>;

impl Page {
    pub(super) fn new(options: &ScreenOptions) -> Self {
        let width = options.width.map(|width| usize::from(width).max(MIN_WIDTH));
        Self { width, colour: options.colour, text: String::new() }
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A paragraph: its first line begins with the label, the others are indented.
    pub(super) fn paragraph(&mut self, label: &str, text: &str) {
        self.toned(label, &[(text, Tone::Plain)]);
    }

    /// A paragraph of several texts, parted by spaces, each in its tone.
    pub(super) fn toned(&mut self, label: &str, texts: &[(&str, Tone)]) {
        let width = self.width.unwrap_or(DEFAULT_WIDTH);
        let label_and_gap = format!("{label:<INDENT$}");
        let (label, gap) = label_and_gap.split_at(label.trim_end().len());
        let mut line: Pieces<'_> = vec![(label, Tone::Label), (gap, Tone::Plain)];
        let mut length = label_and_gap.width();
        let indent = " ".repeat(INDENT);
        let mut fresh = true;
        for (word, tone) in texts.iter().flat_map(|&(text, tone)| text.split(' ').map(move |word| (word, tone))) {
            let room = word.width();
            if !fresh && length + 1 + room > width {
                self.line(&line);
                line = vec![(&indent, Tone::Plain)];
                length = INDENT;
                fresh = true;
            }
            if !fresh {
                // Between two words of a tone the space is theirs: one stretch instead of many.
                let before = line.last().map_or(Tone::Plain, |&(_, tone)| tone);
                line.push((" ", if before == tone { tone } else { Tone::Plain }));
                length += 1;
            }
            line.push((word, tone));
            length += room;
            fresh = false;
        }
        self.line(&line);
    }

    /// Lines as they are, indented: code, which would not survive being wrapped.
    pub(super) fn verbatim(&mut self, text: &str) {
        let indent = " ".repeat(2 * INDENT);
        text.lines().for_each(|line| self.line(&[(&indent, Tone::Plain), (line, Tone::Plain)]));
    }

    /// The table, or where it does not fit, the parts that it can be divided into.
    pub(super) fn table(&mut self, table: &Table) {
        for (i, part) in table.parts(self.width).iter().enumerate() {
            if i > 0 {
                self.blank();
            }
            for (number, line) in part.lines(self.width).iter().enumerate() {
                match number.checked_sub(1).and_then(|row| part.verdict(row)) {
                    _ if number == 0 => self.line(&[(line, Tone::Label)]),
                    // It stands at the end, where the last column's cells do.
                    Some((verdict, tone)) if line.ends_with(verdict) => {
                        let (figures, verdict) = line.split_at(line.len() - verdict.len());
                        self.line(&[(figures, Tone::Plain), (verdict, tone)]);
                    }
                    _ => self.line(&[(line, Tone::Plain)]),
                }
            }
        }
    }

    /// Ends a line: what is blank at its end is left out.
    fn line(&mut self, mut pieces: &[(&str, Tone)]) {
        while let [rest @ .., (text, tone)] = pieces {
            let text = text.trim_end();
            if !text.is_empty() {
                self.stretches(rest, (text, *tone));
                break;
            }
            pieces = rest;
        }
        self.text.push('\n');
    }

    /// Neighbours of one tone are painted together.
    fn stretches(&mut self, pieces: &[(&str, Tone)], last: (&str, Tone)) {
        let mut stretch = (String::new(), Tone::Plain);
        for &(text, tone) in pieces.iter().chain([&last]) {
            if tone != stretch.1 {
                self.paint(&stretch);
                stretch = (String::new(), tone);
            }
            stretch.0.extend(text.chars().map(|c| if c == FIRM_SPACE { ' ' } else { c }));
        }
        self.paint(&stretch);
    }

    fn paint(&mut self, (text, tone): &(String, Tone)) {
        if self.colour && !text.is_empty() {
            self.text.push_str(&tone.paint(text));
        } else {
            self.text.push_str(text);
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same page without and with colours.
    fn pages(write: impl Fn(&mut Page)) -> [String; 2] {
        [false, true].map(|colour| {
            let mut page = Page::new(&ScreenOptions::default().with_width(Some(40)).with_colour(colour));
            write(&mut page);
            page.finish()
        })
    }

    #[test]
    fn tones_take_no_room_and_stop_where_a_line_does() {
        let [plain, toned] = pages(|page| {
            page.toned("GATE ", &[("it grew by a lot more than it may:", Tone::Plain), ("FAILED: a b", Tone::Bad)]);
        });
        assert_eq!(plain, "GATE  it grew by a lot more than it may:\n      FAILED: a b\n");
        assert_eq!(
            toned,
            "\u{1b}[1mGATE\u{1b}[0m  it grew by a lot more than it may:\n      \u{1b}[31mFAILED: a b\u{1b}[0m\n"
        );
    }

    #[test]
    fn a_verdict_is_painted_and_its_column_stays() {
        let [plain, toned] = pages(|page| {
            let mut table = Table::new(&["SITE"], &["run", "verdict"]);
            table.row(["a.rs:1", "2us", "none"].map(str::to_owned).to_vec());
            table.row_told(["b.rs:20", "20us", "more"].map(str::to_owned).to_vec(), Tone::Bad);
            page.table(&table);
        });
        assert_eq!(plain, "SITE      run  verdict\na.rs:1    2us     none\nb.rs:20  20us     more\n");
        let painted = "\u{1b}[1mSITE      run  verdict\u{1b}[0m\na.rs:1    2us     none\n";
        assert_eq!(toned, format!("{painted}b.rs:20  20us     \u{1b}[31mmore\u{1b}[0m\n"));
    }

    #[test]
    fn what_is_blank_gets_no_paint() {
        let [plain, toned] = pages(|page| page.toned("", &[("a", Tone::Note), ("  ", Tone::Note)]));
        assert_eq!((plain.as_str(), toned.as_str()), ("      a\n", "      \u{1b}[2ma\u{1b}[0m\n"));
    }
}
