//! The report for people: the preconditions, the matrix of models and Regions, then what is not as expected. Returns
//! text only.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::{ReportData, fault_title, one_line, reasons, transposed};
use crate::commands::table;

/// Renders the report; `width` is that of the terminal, if it is to fit one.
pub fn text(data: &ReportData<'_>, width: Option<u16>) -> String {
    let mut text = String::new();
    let preflight = data.preflight.lines().into_iter().map(|(title, line)| vec![title.to_owned(), line]);
    text.push_str(&aligned(&preflight.collect::<Vec<_>>()));
    text.push('\n');
    text.push_str(&matrix(data, width));
    for fault in &data.preflight.faults {
        paragraph(&mut text, &fault_title(fault), &one_line(&fault.error.message.summary));
        lines(&mut text, &reasons(&fault.error));
    }
    for detail in data.details() {
        let _ = write!(text, "\n{}\n", detail.title());
        lines(&mut text, &detail.lines());
    }
    let destinations = data.destinations();
    if !destinations.is_empty() {
        text.push_str("\ndestination Regions (a response does not say where it ran)\n");
        lines(&mut text, &destinations);
    }
    let _ = write!(text, "\n{}\n", data.summary());
    text
}

/// Returns the matrix, turned if only that makes it narrower than the terminal.
fn matrix(data: &ReportData<'_>, width: Option<u16>) -> String {
    let lines = data.matrix();
    let text = aligned(&lines);
    let columns = |text: &str| text.lines().map(UnicodeWidthStr::width).max().unwrap_or_default();
    if width.is_none_or(|width| columns(&text) <= width.into()) {
        return text;
    }
    let turned = aligned(&transposed(&lines));
    if columns(&turned) < columns(&text) { turned } else { text }
}

fn aligned(rows: &[Vec<String>]) -> String {
    table::align(rows, usize::MAX, |_| false)
}

fn paragraph(text: &mut String, title: &str, line: &str) {
    let _ = write!(text, "\n{title}\n  {line}\n");
}

fn lines(text: &mut String, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}
