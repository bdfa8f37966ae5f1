//! The report for people: the preconditions, the matrix of models and Regions, then what is not as expected. Returns
//! text only.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::{ReportData, fault_title, one_line, reasons, transposed};
use crate::commands::table;
use crate::output::wrapped_hanging;

/// Renders the report; `width` is that of the terminal, if it is to fit one.
pub fn text(data: &ReportData<'_>, width: Option<u16>) -> String {
    let mut text = String::new();
    let preflight = data.preflight.lines().into_iter().map(|(title, line)| vec![title.to_owned(), line]);
    let preflight = aligned(&preflight.collect::<Vec<_>>());
    let indent = data.preflight.lines().iter().map(|(title, _)| title.width() + 2).max().unwrap_or_default();
    preflight.lines().for_each(|line| push_wrapped(&mut text, line, indent, width));
    text.push('\n');
    text.push_str(&matrix(data, width));
    for fault in &data.preflight.faults {
        let _ = write!(text, "\n{}\n", fault_title(fault));
        let summary = one_line(&fault.error.message.summary);
        lines(&mut text, &[vec![summary], reasons(&fault.error)].concat(), width);
    }
    for detail in data.details() {
        text.push('\n');
        push_wrapped(&mut text, &detail.title(), 2, width);
        lines(&mut text, &detail.lines(), width);
    }
    let destinations = data.destinations();
    if !destinations.is_empty() {
        text.push_str("\ndestination Regions (a response does not say where it ran)\n");
        lines(&mut text, &destinations, width);
    }
    text.push('\n');
    push_wrapped(&mut text, &data.summary(), 2, width);
    text
}

/// Returns the matrix, turned if only that makes it narrower than the terminal, or as a list if neither fits.
fn matrix(data: &ReportData<'_>, width: Option<u16>) -> String {
    let lines = data.matrix();
    let text = aligned(&lines);
    let fits = |text: &str| {
        let columns = text.lines().map(UnicodeWidthStr::width).max().unwrap_or_default();
        width.is_none_or(|width| columns <= width.into())
    };
    if fits(&text) {
        return text;
    }
    let turned = aligned(&transposed(&lines));
    if fits(&turned) { turned } else { list(data) }
}

/// Returns the cells of the matrix below their models, a line for each Region.
fn list(data: &ReportData<'_>) -> String {
    let regions = data.regions();
    let mut text = String::new();
    for (title, cells) in data.rows() {
        let rows: Vec<_> = regions.iter().zip(cells).map(|(region, cell)| vec![format!("  {region}"), cell]).collect();
        text.extend([&*title, "\n", &aligned(&rows)]);
    }
    text
}

fn aligned(rows: &[Vec<String>]) -> String {
    table::align(rows, usize::MAX, |_| false)
}

fn lines(text: &mut String, lines: &[String], width: Option<u16>) {
    for line in lines {
        push_wrapped(text, &format!("  {line}"), 4, width);
    }
}

/// Adds a line, whose further lines on a narrower terminal are indented.
fn push_wrapped(text: &mut String, line: &str, indent: usize, width: Option<u16>) {
    let shown = width.map_or(Cow::Borrowed(line), |width| wrapped_hanging(line, indent, width.into()));
    text.extend([&*shown, "\n"]);
}
