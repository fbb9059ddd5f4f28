//! A table of names and figures that knows how to be narrower.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use comfy_table::{CellAlignment, ContentArrangement, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::tone::Tone;
use crate::write::view::Grid;

/// Columns between two others.
const GAP: u16 = 2;
/// A name is not cut below this; a table that would have to is divided.
const MIN_NAME: usize = 16;
/// A name is not longer than this even where there is room.
const MAX_NAME: usize = 60;

/// Names to the left, figures to the right.
#[derive(Debug)]
pub(super) struct Table {
    heads: Vec<String>,
    /// How many of the columns hold names.
    names: usize,
    rows: Vec<Vec<String>>,
    /// A tone a row, for its last cell.
    tones: Vec<Tone>,
    /// The columns that a table that is too wide puts into a second part, and that part's title.
    second: Option<(Range<usize>, &'static str)>,
}

impl Table {
    pub(super) fn new(names: &[&str], figures: &[&str]) -> Self {
        Grid::new(names, figures).into()
    }

    /// What to put into a second table if need be: the columns from one head to another.
    pub(super) fn dividing(mut self, first: &str, last: &str, title: &'static str) -> Self {
        let at = |head: &str| self.heads.iter().position(|h| h == head);
        self.second = at(first).zip(at(last)).map(|(first, last)| (first..last + 1, title));
        self
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.row_told(cells, Tone::Plain);
    }

    /// A row whose last cell is a verdict.
    pub(super) fn row_told(&mut self, cells: Vec<String>, verdict: Tone) {
        debug_assert_eq!(cells.len(), self.heads.len());
        self.rows.push(cells);
        self.tones.push(verdict);
    }

    /// The same rows, the last cell of each in its tone.
    pub(super) fn toned(mut self, tones: impl Iterator<Item = Tone>) -> Self {
        self.tones.iter_mut().zip(tones).for_each(|(own, tone)| *own = tone);
        self
    }

    /// A row's last cell and its tone, if it has one.
    pub(super) fn verdict(&self, row: usize) -> Option<(&str, Tone)> {
        let tone = self.tones.get(row).filter(|&&tone| tone != Tone::Plain)?;
        Some((self.rows[row].last()?, *tone))
    }

    /// The table itself if it fits, else its two parts.
    pub(super) fn parts(&self, width: Option<usize>) -> Vec<Self> {
        let all: Vec<usize> = (0..self.heads.len()).collect();
        match (width, &self.second) {
            (Some(width), Some((apart, title))) if self.room_for_names(width) < self.least_name() => {
                let (second, first): (Vec<usize>, Vec<usize>) = all.into_iter().partition(|i| apart.contains(i));
                let second: Vec<usize> = (0..self.names).chain(second).collect();
                let mut parts = vec![self.columns(&first), self.columns(&second)];
                (*title).clone_into(&mut parts[1].heads[0]);
                parts
            }
            _ => vec![self.columns(&all)],
        }
    }

    fn columns(&self, wanted: &[usize]) -> Self {
        let pick = |cells: &Vec<String>| wanted.iter().map(|&i| cells[i].clone()).collect();
        let has_verdicts = wanted.last() == Some(&(self.heads.len() - 1));
        Self {
            heads: pick(&self.heads),
            names: self.names,
            rows: self.rows.iter().map(pick).collect(),
            tones: if has_verdicts { self.tones.clone() } else { Vec::new() },
            second: None,
        }
    }

    /// What the first column cannot do without.
    fn least_name(&self) -> usize {
        let longest = self.rows.iter().map(|row| row[0].width()).max().unwrap_or(0);
        longest.min(MIN_NAME).max(self.heads[0].width())
    }

    /// What the other columns leave to the first.
    fn room_for_names(&self, width: usize) -> usize {
        let others = (1..self.heads.len()).map(|column| {
            let cells = self.rows.iter().map(|row| row[column].width());
            cells.chain([self.heads[column].width()]).max().unwrap_or(0) + usize::from(GAP)
        });
        width.saturating_sub(others.sum())
    }

    pub(super) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let room = width.map_or(MAX_NAME, |width| self.room_for_names(width).clamp(MIN_NAME, MAX_NAME));
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(&self.heads);
        let names: Vec<&str> = self.rows.iter().map(|row| row[0].as_str()).collect();
        for (row, name) in self.rows.iter().zip(fitted(&names, room)) {
            table.add_row(std::iter::once(name).chain(row[1..].iter().cloned()));
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            let last = i + 1 == self.heads.len();
            column.set_padding((0, if last { 0 } else { GAP }));
            column.set_cell_alignment(if i < self.names { CellAlignment::Left } else { CellAlignment::Right });
        }
        table.lines().collect()
    }
}

impl From<Grid> for Table {
    fn from(Grid { heads, names, rows }: Grid) -> Self {
        let tones = vec![Tone::Plain; rows.len()];
        Self { heads, names, rows, tones, second: None }
    }
}

/// Names in the room that there is. Names that differ do so when they are cut: where they end alike, some of their beginnings stays.
fn fitted(names: &[&str], room: usize) -> Vec<String> {
    let mut shown: Vec<String> = names.iter().map(|name| cut_left(name, room)).collect();
    for head in 1..room.saturating_sub(1) {
        let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (shown, name) in shown.iter().zip(names) {
            owners.entry(shown).or_default().insert(name);
        }
        let alike: BTreeSet<&str> = owners.into_values().filter(|names| names.len() > 1).flatten().collect();
        if alike.is_empty() {
            break;
        }
        for (shown, name) in shown.iter_mut().zip(names).filter(|(_, name)| alike.contains(*name)) {
            *shown = cut_within(name, head, room);
        }
    }
    shown
}

/// The beginning of a text, an ellipsis and the end.
fn cut_within(text: &str, head: usize, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut width = 0;
    let begin = text.chars().take_while(|letter| {
        width += letter.width().unwrap_or(0);
        width <= head
    });
    let begin: String = begin.collect();
    let end = cut_left(text, room.saturating_sub(begin.width()));
    begin + &end
}

/// The end of a text, behind an ellipsis if anything was cut.
fn cut_left(text: &str, room: usize) -> String {
    let mut width = text.width();
    if width <= room {
        return text.to_owned();
    }
    let rest = text.chars().skip_while(|letter| {
        let is_cut = width >= room;
        if is_cut {
            width -= letter.width().unwrap_or(0);
        }
        is_cut
    });
    std::iter::once('…').chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table =
            Table::new(&["SITE"], &["hops", "run", "submit", "start"]).dividing("submit", "start", "PHASES");
        let row = ["a/very/long/path.rs:1 job", "1,000,000", "1.90us", "0.90us", "9.80us"];
        table.row(row.map(str::to_owned).to_vec());
        table
    }

    #[test]
    fn a_wide_table_stays_whole() {
        let parts = table().parts(Some(80));
        assert_eq!(parts.len(), 1);
        assert_eq!(
            parts[0].lines(Some(80)),
            [
                "SITE                            hops     run  submit   start",
                "a/very/long/path.rs:1 job  1,000,000  1.90us  0.90us  9.80us",
            ]
        );
    }

    #[test]
    fn names_give_way_first_and_from_the_left() {
        let lines = table().lines(Some(52));
        assert_eq!(lines[1], "…ng/path.rs:1 job  1,000,000  1.90us  0.90us  9.80us");
    }

    #[test]
    fn names_that_differ_do_so_when_they_are_cut() {
        let names = ["one_store 0.11.2 local.rs:88", "on_store 0.11.2 local.rs:88", "a/b.rs:1 get", "tokio::fs::read"];
        assert_eq!(fitted(&names, 16), ["one… local.rs:88", "on_… local.rs:88", "a/b.rs:1 get", "tokio::fs::read"]);
        // The same name twice is one site, as of two arms.
        assert_eq!(fitted(&[names[0], names[0]], 16), ["…1.2 local.rs:88"; 2]);
        assert!(fitted(&names, 16).iter().all(|name| name.width() <= 16));
        // Nothing tells these apart that there is room for.
        let alike =
            [format!("{}a{}", "x".repeat(40), "y".repeat(40)), format!("{}b{}", "x".repeat(40), "y".repeat(40))];
        assert!(fitted(&[&alike[0], &alike[1]], 16).iter().all(|name| name.width() <= 16));
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(cut_left("源码/main.rs", 12), "源码/main.rs");
        assert_eq!(cut_left("源码/main.rs", 11), "…码/main.rs");
        assert_eq!(cut_left("源码/main.rs", 10), "…/main.rs", "half a letter cannot be shown");
        let mut table = Table::new(&["SITE"], &["hops"]);
        for (site, hops) in [("源码.rs:1", "12"), ("a.rs:1", "3")] {
            table.row(vec![site.to_owned(), hops.to_owned()]);
        }
        let lines = table.lines(Some(40));
        assert!(lines.iter().all(|line| line.width() == lines[0].width()), "{lines:?}");
    }

    #[test]
    fn a_table_that_still_does_not_fit_is_divided() {
        let parts = table().parts(Some(45));
        let lines: Vec<String> = parts.iter().flat_map(|part| part.lines(Some(45))).collect();
        assert_eq!(
            lines,
            [
                "SITE                            hops     run",
                "a/very/long/path.rs:1 job  1,000,000  1.90us",
                "PHASES                     submit   start",
                "a/very/long/path.rs:1 job  0.90us  9.80us",
            ]
        );
        assert!(lines.iter().all(|line| line.width() <= 45));
    }
}
