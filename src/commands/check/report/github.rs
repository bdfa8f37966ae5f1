//! Annotations for GitHub Actions: the summary, then an error or a warning for each case that is not as expected. Returns
//! text only. See
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::fmt::Write;

use super::{ReportData, fault_title, reasons};
use crate::commands::check::verdict::Outcome;

/// Returns the workflow commands, one per line.
pub fn annotations(data: &ReportData<'_>) -> String {
    let mut commands = String::new();
    let depth = data.preflight.describe_depth();
    command(&mut commands, "notice", "bedrock-ask check", &[data.summary(), format!("depth: {depth}")]);
    for fault in &data.preflight.faults {
        let lines = [vec![fault.error.message.summary.clone()], reasons(&fault.error)].concat();
        let level = if fault.is_of_credentials() { "error" } else { "warning" };
        command(&mut commands, level, &fault_title(fault), &lines);
    }
    for detail in data.details() {
        let level = match detail.first.outcome() {
            Outcome::Failed => "error",
            Outcome::Inconclusive | Outcome::Warned => "warning",
            Outcome::Passed => "notice",
        };
        command(&mut commands, level, &detail.title(), &detail.lines());
    }
    commands
}

fn command(commands: &mut String, level: &str, title: &str, lines: &[String]) {
    let _ = writeln!(commands, "::{level} title={}::{}", property(title), message(&lines.join("\n")));
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_aws_cannot_become_a_command_of_its_own() {
        let mut commands = String::new();
        command(&mut commands, "error", "a: b, c", &["100 %\n::warning::x".to_owned()]);
        assert_eq!(commands, "::error title=a%3A b%2C c::100 %25%0A::warning::x\n");
    }
}
