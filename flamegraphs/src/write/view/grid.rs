//! A small table: heads and rows of text, names first.

/// What the screen prints in columns and the page as a table.
#[derive(Debug)]
pub(in crate::write) struct Grid {
    pub(in crate::write) heads: Vec<String>,
    /// How many of the columns hold names.
    pub(in crate::write) names: usize,
    pub(in crate::write) rows: Vec<Vec<String>>,
}

impl Grid {
    pub(in crate::write) fn new(names: &[&str], figures: &[&str]) -> Self {
        let heads = names.iter().chain(figures).map(|&head| head.to_owned()).collect();
        Self { heads, names: names.len(), rows: Vec::new() }
    }

    pub(in crate::write) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.heads.len());
        self.rows.push(cells);
    }
}
