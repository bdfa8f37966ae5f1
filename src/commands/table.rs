//! Rows under a header, aligned with spaces and without lines. What stands in them is the command's affair.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Row, Table};

/// Between two columns.
const GAP: u16 = 2;

/// One column: its title, and how it is treated.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// Whether it holds numbers, which stand to the right.
    pub is_number: bool,
    /// How much it matters where there is not room for all; what matters most stays in any case.
    pub weight: u8,
}

/// Lays rows out under their columns, and says which columns had no room in `width`.
/// A column without any content is left out and not spoken of.
pub fn aligned(columns: &[Column], rows: &[Vec<String>], width: Option<u16>) -> (String, Vec<&'static str>) {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.title));
    // A cell that looks empty is one: a row of the table then has no hole that could be taken for a mistake.
    table.add_rows(rows.iter().map(|row| Row::from(row.iter().map(|cell| if cell.is_empty() { "-" } else { cell }))));
    let widths = table.column_max_content_widths();
    let mut shown: Vec<usize> =
        (0..columns.len()).filter(|index| rows.iter().any(|row| !row[*index].is_empty())).collect();
    let mut without = Vec::new();
    while let Some(width) = width
        && shown.len() > 1
        && shown.iter().map(|index| widths[*index] + GAP).sum::<u16>() > width + GAP
    {
        let least = shown.iter().copied().min_by_key(|index| columns[*index].weight).unwrap_or_default();
        shown.retain(|index| *index != least);
        without.push(columns[least].title);
    }
    for (index, column) in columns.iter().enumerate() {
        let Some(laid_out) = table.column_mut(index) else { continue };
        laid_out.set_padding((0, GAP));
        if column.is_number {
            laid_out.set_cell_alignment(CellAlignment::Right);
        }
        if !shown.contains(&index) {
            laid_out.set_constraint(ColumnConstraint::Hidden);
        }
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    (lines.collect(), without)
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
        let (text, without) = aligned(&COLUMNS, &rows(), None);
        assert_eq!(text, "ID           PLACE  SIZE\namazon.nova  Tokyo  1000\nx            -         5\n");
        assert!(without.is_empty());
        assert_eq!(aligned(&COLUMNS, &rows(), Some(24)).0, text);
    }

    #[test]
    fn what_matters_least_goes_first_and_what_matters_most_never() {
        let (text, without) = aligned(&COLUMNS, &rows(), Some(23));
        assert_eq!(text, "ID           SIZE\namazon.nova  1000\nx               5\n");
        assert_eq!(without, ["PLACE"]);
        let (text, without) = aligned(&COLUMNS, &rows(), Some(5));
        assert_eq!(text, "ID\namazon.nova\nx\n");
        assert_eq!(without, ["PLACE", "SIZE"]);
    }
}
