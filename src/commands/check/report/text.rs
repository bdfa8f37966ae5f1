//! The report for people: the preconditions, the matrix of models and Regions, then what is not as expected. Returns
//! text only.

use std::fmt::Write;

use super::{ReportData, one_line, reasons};
use crate::commands::table;

pub fn text(data: &ReportData<'_>) -> String {
    let mut text = String::new();
    let preflight = data.preflight.lines().into_iter().map(|(title, line)| vec![title.to_owned(), line]);
    text.push_str(&aligned(&preflight.collect::<Vec<_>>()));
    text.push('\n');
    let columns = data.columns().into_iter().map(str::to_owned);
    let mut rows = vec![std::iter::once("model".to_owned()).chain(columns).collect()];
    rows.extend(data.rows().into_iter().map(|(title, cells)| [vec![title], cells].concat()));
    text.push_str(&aligned(&rows));
    for fault in &data.preflight.faults {
        let place = fault.region.map_or(String::new(), |region| format!(" in {region}"));
        paragraph(
            &mut text,
            &format!("the setting{place} keeps models from being checked"),
            &one_line(&fault.error.message.summary),
        );
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
