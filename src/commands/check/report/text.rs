//! The report for people: the setting, the matrix model × Region, then what is not as expected. Makes text only.

use std::fmt::Write;

use super::{ReportData, reasons};

/// The whole report.
pub fn text(data: &ReportData<'_>) -> String {
    let mut text = String::new();
    table(&mut text, data.preflight.lines().into_iter().map(|(title, line)| vec![title.to_owned(), line]).collect());
    text.push('\n');
    let columns = data.columns().into_iter().map(str::to_owned);
    let mut rows = vec![std::iter::once("model".to_owned()).chain(columns).collect()];
    rows.extend(data.rows().into_iter().map(|(title, cells)| [vec![title], cells].concat()));
    table(&mut text, rows);
    for fault in &data.preflight.faults {
        let place = fault.region.map_or(String::new(), |region| format!(" in {region}"));
        paragraph(&mut text, &format!("the setting{place} keeps models from being checked"), &fault.error.what);
        lines(&mut text, &reasons(&fault.error));
    }
    for detail in data.details() {
        let _ = write!(text, "\n{}\n", detail.title());
        lines(&mut text, &detail.lines());
    }
    let destinations = data.destinations();
    if !destinations.is_empty() {
        text.push_str("\ndestination Regions (an answer does not tell where it came from)\n");
        lines(&mut text, &destinations);
    }
    let _ = write!(text, "\n{}\n", data.summary());
    text
}

fn paragraph(text: &mut String, title: &str, line: &str) {
    let _ = write!(text, "\n{title}\n  {line}\n");
}

fn lines(text: &mut String, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

/// Columns under each other, two blanks between them, none at the end of a line.
fn table(text: &mut String, rows: Vec<Vec<String>>) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let length = |verdict_label: &String| verdict_label.chars().count();
    let widths: Vec<_> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(length).max().unwrap_or_default())
        .collect();
    for row in rows {
        let padded =
            row.iter().zip(&widths).map(|(verdict_label, width)| format!("{verdict_label:width$}", width = *width));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
}
