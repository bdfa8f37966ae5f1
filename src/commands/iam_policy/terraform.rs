//! Renders policies as a Terraform configuration: one `aws_iam_policy_document` each.

use std::collections::BTreeSet;

use bedrock_ask::model::policy::{ACCOUNT_PLACEHOLDER, NamedStatement, Policy};

/// Terraform's expression for the account ID.
const ACCOUNT: &str = "data.aws_caller_identity.current.account_id";

pub fn render(policies: &[Policy]) -> String {
    let mut blocks = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let name = if policies.len() == 1 { "bedrock".to_owned() } else { format!("bedrock_{}", index + 1) };
        let statements: Vec<_> = policy.statements.iter().map(statement).collect();
        blocks.push(format!("data \"aws_iam_policy_document\" \"{name}\" {{\n{}}}\n", statements.join("\n")));
    }
    if blocks.iter().any(|block| block.contains(ACCOUNT)) {
        blocks.insert(0, "data \"aws_caller_identity\" \"current\" {}\n".to_owned());
    }
    blocks.join("\n")
}

fn statement(NamedStatement { sid, statement }: &NamedStatement) -> String {
    let mut lines = vec![
        "  statement {".to_owned(),
        format!("    sid    = {}", quote(sid)),
        format!("    effect = \"{:?}\"\n", statement.effect),
        format!("    actions = {}\n", list(&statement.actions, 4)),
        format!("    resources = {}", list(&statement.resources, 4)),
    ];
    for ((operator, key), values) in &statement.conditions {
        lines.extend([
            "\n    condition {".to_owned(),
            format!("      test     = {}", quote(operator)),
            format!("      variable = {}", quote(key)),
            format!("      values = {}\n    }}", list(values, 6)),
        ]);
    }
    lines.push("  }\n".to_owned());
    lines.join("\n")
}

fn list(values: &BTreeSet<String>, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let lines: Vec<_> = values.iter().map(|value| format!("{margin}  {},", quote(value))).collect();
    format!("[\n{}\n{margin}]", lines.join("\n"))
}

/// Returns a string in which only the account is an expression.
fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{}\"", escaped.replace(ACCOUNT_PLACEHOLDER, &format!("${{{ACCOUNT}}}")))
}
