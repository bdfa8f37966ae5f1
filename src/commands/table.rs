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
    /// The width to which it is cut before it is left out, if it makes sense in part.
    least: Option<usize>,
}

impl Column {
    /// Creates a column of texts, or of numbers.
    pub const fn new(title: &'static str, is_number: bool, weight: u8) -> Self {
        Self { title, is_number, weight, least: None }
    }

    /// Returns the column with cells that may be cut to this width.
    pub const fn shrinking_to(self, least: usize) -> Self {
        Self { least: Some(least), ..self }
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

/// Notes the columns that do not fit the terminal, and which formats have them.
pub fn note_hidden(hidden: &[&str], alternative: &str, output: &mut Output) {
    if !hidden.is_empty() {
        let hidden = hidden.join(", ").to_lowercase();
        output.note(&format!("columns hidden to fit the terminal: {hidden}; {alternative}"));
    }
}

/// Returns a table with a header, and the titles of the columns that had to be left out to fit `width`.
/// A column without content is left out and not mentioned. An empty cell becomes `-`, so that no row has a hole.
pub fn table(columns: &[Column], rows: &[Vec<String>], width: Option<u16>) -> (String, Vec<&'static str>) {
    let header = columns.iter().map(|column| column.title.to_owned()).collect();
    let cells =
        |row: &Vec<String>| row.iter().map(|cell| if cell.is_empty() { "-" } else { cell }.to_owned()).collect();
    let mut lines: Vec<Vec<String>> = iter::once(header).chain(rows.iter().map(cells)).collect();
    let mut widths = widths(&lines, usize::MAX);
    let mut kept: Vec<usize> =
        (0..columns.len()).filter(|index| rows.iter().any(|row| !row[*index].is_empty())).collect();
    let mut left_out = Vec::new();
    while let Some(width) = width
        && kept.len() > 1
        && let used = kept.iter().map(|index| widths[*index] + GAP).sum::<usize>()
        && used > usize::from(width) + GAP
    {
        let least = kept.iter().copied().min_by_key(|index| columns[*index].weight).unwrap_or_default();
        let excess = used - usize::from(width) - GAP;
        if let Some(narrowest) = columns[least].least.filter(|narrowest| widths[least] > *narrowest) {
            widths[least] = widths[least].saturating_sub(excess).max(narrowest);
            continue;
        }
        kept.retain(|index| *index != least);
        left_out.push(columns[least].title);
    }
    for line in &mut lines {
        for (index, cell) in line.iter_mut().enumerate().filter(|(index, _)| columns[*index].least.is_some()) {
            shorten(cell, widths[index]);
        }
    }
    for line in &mut lines {
        *line = kept.iter().map(|index| std::mem::take(&mut line[*index])).collect();
    }
    (align(&lines, usize::MAX, |index| columns[kept[index]].is_number), left_out)
}

/// Returns a text as words with single spaces: it stays in its cell and on its line.
pub fn words(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Cuts a cell to this width, with `…` at its end.
fn shorten(cell: &mut String, width: usize) {
    if cell.width() > width {
        while cell.width() >= width && cell.pop().is_some() {}
        cell.push('…');
    }
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
        Column::new("ID", false, 9),
        Column::new("PLACE", false, 1),
        Column::new("SIZE", true, 5),
        Column::new("EMPTY", false, 2),
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
    fn a_column_that_makes_sense_in_part_is_cut_before_it_is_left_out() {
        let columns =
            [Column::new("ID", false, 9), Column::new("NAME", false, 3).shrinking_to(5), Column::new("X", true, 4)];
        let row = |name: &str| ["amazon.nova", name, "1"].map(str::to_owned).to_vec();
        let rows = [row("Nova Lite"), row("日本語日本語"), row("Nova")];
        let (text, without) = table(&columns, &rows, Some(23));
        assert_eq!(
            text,
            "ID           NAME     X\namazon.nova  Nova L…  1\namazon.nova  日本語…  1\namazon.nova  Nova     1\n"
        );
        assert!(without.is_empty());
        assert!(table(&columns, &rows, Some(21)).0.starts_with("ID           NAME   X\namazon.nova  Nova…  1\n"));
        assert_eq!(table(&columns, &rows, Some(20)).1, ["NAME"]);
    }

    #[test]
    fn wide_characters_take_two_cells_and_rows_may_end_early() {
        let rows = [vec!["日本", "x"], vec!["abcdef", "y"], vec!["last"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect());
        assert_eq!(align(&rows, usize::MAX, |_| false), "日本    x\nabcdef  y\nlast\n");
        assert_eq!(align(&rows, 5, |_| false), "日本  x\nabcdef  y\nlast\n");
    }
}
