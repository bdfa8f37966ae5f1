//! Text in aligned columns, without lines between them.

use std::iter;

use unicode_width::UnicodeWidthStr;

use crate::error::Error;
use crate::output::Output;

/// The number of spaces between two columns.
const GAP: usize = 2;

/// One column of a table with a header.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    /// Whether it is aligned to the right.
    pub is_number: bool,
    /// Its importance: the column of the lowest weight is left out first if the table is too wide.
    pub weight: u8,
}

impl Column {
    /// Creates a column of texts, or of numbers.
    pub const fn new(title: &'static str, is_number: bool, weight: u8) -> Self {
        Self { title, is_number, weight }
    }
}

/// Prints a table on a terminal and tab-separated lines elsewhere, and returns the titles of the columns that had to be
/// left out.
pub fn print(columns: &[Column], rows: &[Vec<String>], output: &mut Output) -> Result<Vec<&'static str>, Error> {
    if output.is_terminal() && !rows.is_empty() {
        let (text, left_out) = table(columns, rows, output.width());
        output.text(&text)?;
        output.flush()?;
        return Ok(left_out);
    }
    rows.iter().try_for_each(|row| output.line(&row.join("\t")))?;
    Ok(Vec::new())
}

/// Returns a table with a header, and the titles of the columns that had to be left out to fit `width`.
/// A column without content is left out and not mentioned. An empty cell becomes `-`, so that no row has a hole.
pub fn table(columns: &[Column], rows: &[Vec<String>], width: Option<u16>) -> (String, Vec<&'static str>) {
    let header = columns.iter().map(|column| column.title.to_owned()).collect();
    let cells =
        |row: &Vec<String>| row.iter().map(|cell| if cell.is_empty() { "-" } else { cell }.to_owned()).collect();
    let mut lines: Vec<Vec<String>> = iter::once(header).chain(rows.iter().map(cells)).collect();
    let widths = widths(&lines, usize::MAX);
    let mut kept: Vec<usize> =
        (0..columns.len()).filter(|index| rows.iter().any(|row| !row[*index].is_empty())).collect();
    let mut left_out = Vec::new();
    while let Some(width) = width
        && kept.len() > 1
        && kept.iter().map(|index| widths[*index] + GAP).sum::<usize>() > usize::from(width) + GAP
    {
        let least = kept.iter().copied().min_by_key(|index| columns[*index].weight).unwrap_or_default();
        kept.retain(|index| *index != least);
        left_out.push(columns[least].title);
    }
    for line in &mut lines {
        *line = kept.iter().map(|index| std::mem::take(&mut line[*index])).collect();
    }
    (align(&lines, usize::MAX, |index| columns[kept[index]].is_number), left_out)
}

/// Returns the rows as lines, each cell padded to the width of its column. A cell wider than `limit` does not widen its
/// column. `is_right` says which columns are aligned to the right.
pub fn align(rows: &[Vec<String>], limit: usize, is_right: impl Fn(usize) -> bool) -> String {
    let widths = widths(rows, limit);
    let mut text = String::new();
    for row in rows {
        let start = text.len();
        for (index, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[index].saturating_sub(cell.width()));
            let (before, after) = if is_right(index) { (&*padding, "") } else { ("", &*padding) };
            let gap = if index == 0 { 0 } else { GAP };
            text.extend([&"  "[..gap], before, cell, after]);
        }
        text.truncate(start + text[start..].trim_end().len());
        text.push('\n');
    }
    text
}

fn widths(rows: &[Vec<String>], limit: usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
        cells.filter(|width| *width <= limit).max().unwrap_or_default()
    };
    (0..columns).map(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column { title: "ID", is_number: false, weight: 9 },
        Column { title: "PLACE", is_number: false, weight: 1 },
        Column { title: "SIZE", is_number: true, weight: 5 },
        Column { title: "EMPTY", is_number: false, weight: 2 },
    ];

    fn rows() -> Vec<Vec<String>> {
        [["amazon.nova", "Tokyo", "1000", ""], ["x", "", "5", ""]].map(|row| row.map(str::to_owned).to_vec()).to_vec()
    }

    #[test]
    fn columns_stand_below_each_other_and_empty_ones_are_left_out() {
        let (text, without) = table(&COLUMNS, &rows(), None);
        assert_eq!(text, "ID           PLACE  SIZE\namazon.nova  Tokyo  1000\nx            -         5\n");
        assert!(without.is_empty());
        assert_eq!(table(&COLUMNS, &rows(), Some(24)).0, text);
    }

    #[test]
    fn what_matters_least_goes_first_and_what_matters_most_never() {
        let (text, without) = table(&COLUMNS, &rows(), Some(23));
        assert_eq!(text, "ID           SIZE\namazon.nova  1000\nx               5\n");
        assert_eq!(without, ["PLACE"]);
        let (text, without) = table(&COLUMNS, &rows(), Some(5));
        assert_eq!(text, "ID\namazon.nova\nx\n");
        assert_eq!(without, ["PLACE", "SIZE"]);
    }

    #[test]
    fn wide_characters_take_two_cells_and_rows_may_end_early() {
        let rows = [vec!["日本", "x"], vec!["abcdef", "y"], vec!["last"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect());
        assert_eq!(align(&rows, usize::MAX, |_| false), "日本    x\nabcdef  y\nlast\n");
        assert_eq!(align(&rows, 5, |_| false), "日本  x\nabcdef  y\nlast\n");
    }
}
