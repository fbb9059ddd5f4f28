//! Lines of text: labelled paragraphs and tables, as wide as the terminal.

use super::table::Table;
use crate::write::units::FIRM_SPACE;

/// Where text is wrapped if the width is not known.
const DEFAULT_WIDTH: usize = 120;
/// Nothing is squeezed below this.
const MIN_WIDTH: usize = 40;
/// Where the text of a labelled paragraph begins.
const INDENT: usize = 6;

pub(super) struct Page {
    width: Option<usize>,
    text: String,
}

impl Page {
    pub(super) fn new(width: Option<u16>) -> Self {
        Self { width: width.map(|width| usize::from(width).max(MIN_WIDTH)), text: String::new() }
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A paragraph: its first line begins with the label, the others are indented.
    pub(super) fn paragraph(&mut self, label: &str, text: &str) {
        let width = self.width.unwrap_or(DEFAULT_WIDTH);
        let mut line = format!("{label:<INDENT$}");
        let mut fresh = true;
        for word in text.split(' ') {
            if !fresh && line.chars().count() + 1 + word.chars().count() > width {
                self.line(&line);
                line = " ".repeat(INDENT);
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            fresh = false;
        }
        self.line(&line);
    }

    /// Lines as they are, indented: code, which would not survive being wrapped.
    pub(super) fn verbatim(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(&format!("{}{line}", " ".repeat(2 * INDENT))));
    }

    /// The table, or where it does not fit, the parts that it can be divided into.
    pub(super) fn table(&mut self, table: &Table) {
        for (i, part) in table.parts(self.width).iter().enumerate() {
            if i > 0 {
                self.blank();
            }
            for line in part.lines(self.width) {
                self.line(&line);
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.text.extend(line.trim_end().chars().map(|c| if c == FIRM_SPACE { ' ' } else { c }));
        self.text.push('\n');
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
