//! The report as Markdown: the matrix as a table, the details in fences that their content cannot close. Returns text
//! only.

use std::fmt::Write;

use super::{MODEL, ReportData, fault_title, one_line, reasons};

pub fn markdown(data: &ReportData<'_>) -> String {
    let mut page = String::from("## Access to Amazon Bedrock models\n\n");
    let _ = write!(page, "Depth: {}\n\n", data.preflight.describe_depth());
    let lines = data.matrix();
    let has_model_rows = lines.first().is_some_and(|header| header[0] == MODEL);
    for (index, line) in lines.iter().enumerate() {
        let is_title = |column: usize| if has_model_rows { index > 0 && column == 0 } else { index == 0 && column > 0 };
        let cells = line.iter().enumerate();
        row(&mut page, cells.map(|(column, cell)| if is_title(column) { code(cell) } else { cell.clone() }));
        if index == 0 {
            row(&mut page, line.iter().map(|_| "---".to_owned()));
        }
    }
    let _ = write!(page, "\n{}\n", data.summary());
    for fault in &data.preflight.faults {
        let _ = write!(page, "\n### {}\n", fault_title(fault));
        fence(&mut page, &[vec![one_line(&fault.error.message.summary)], reasons(&fault.error)].concat());
    }
    for detail in data.details() {
        let _ = write!(page, "\n### {}\n", escape(&detail.title()));
        fence(&mut page, &detail.lines());
    }
    let destinations = data.destinations();
    if !destinations.is_empty() {
        page.push_str("\n### Destination Regions\n\nA response does not say where it ran.\n");
        fence(&mut page, &destinations);
    }
    page.push_str("\n### Setting\n");
    let preflight = data.preflight.lines().into_iter().map(|(title, line)| format!("{title}: {line}"));
    fence(&mut page, &preflight.collect::<Vec<_>>());
    page
}

fn row(page: &mut String, cells: impl Iterator<Item = String>) {
    let _ = writeln!(page, "| {} |", cells.collect::<Vec<_>>().join(" | "));
}

/// Returns inline code. A model ID needs no escapes, but an alias or an argument may hold anything.
fn code(text: &str) -> String {
    if text.contains(['`', '|']) || text.contains(char::is_control) { escape(text) } else { format!("`{text}`") }
}

/// Escapes what has a meaning in Markdown or HTML.
fn escape(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => plain.push(' '),
            '<' => plain.push_str("&lt;"),
            '&' => plain.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => plain.extend(['\\', letter]),
            _ => plain.push(letter),
        }
    }
    plain
}

/// Appends a fenced block. The fence is longer than any row of backticks in the lines.
fn fence(page: &mut String, lines: &[String]) {
    let text = lines.join("\n");
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = write!(page, "\n{fence}text\n{text}\n{fence}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_fence_or_a_cell() {
        let mut page = String::new();
        fence(&mut page, &["a ```` b".to_owned(), "</details>".to_owned()]);
        assert_eq!(page, "\n`````text\na ```` b\n</details>\n`````\n");
        assert_eq!(escape("<b>|*x*\ny"), "&lt;b>\\|\\*x\\* y");
        assert_eq!(code("a\rb"), "a b");
        assert_eq!((code("eu.a-b:0"), code("a`|b")), ("`eu.a-b:0`".to_owned(), "a\\`\\|b".to_owned()));
    }
}
