//! Renders policies as a `CloudFormation` template: one managed policy each.

use bedrock_ask::model::policy::{ACCOUNT_PLACEHOLDER, NamedStatement, Policy};

/// Returns the template as YAML without `CloudFormation`'s own tags.
pub fn render(policies: &[Policy]) -> String {
    let mut lines = vec!["AWSTemplateFormatVersion: \"2010-09-09\"".to_owned(), "Resources:".to_owned()];
    for (index, policy) in policies.iter().enumerate() {
        let number = if policies.len() == 1 { String::new() } else { (index + 1).to_string() };
        lines.extend([
            format!("  BedrockPolicy{number}:"),
            "    Type: AWS::IAM::ManagedPolicy".to_owned(),
            "    Properties:".to_owned(),
            "      PolicyDocument:".to_owned(),
            format!("        Version: {}", quote(Policy::VERSION)),
            "        Statement:".to_owned(),
        ]);
        lines.extend(policy.statements.iter().flat_map(statement));
    }
    lines.join("\n") + "\n"
}

fn statement(NamedStatement { sid, statement }: &NamedStatement) -> Vec<String> {
    let margin = " ".repeat(12);
    let mut lines = vec![format!("          - Sid: {sid}"), format!("{margin}Effect: {:?}", statement.effect)];
    for (name, values) in [("Action", &statement.actions), ("Resource", &statement.resources)] {
        lines.push(format!("{margin}{name}:"));
        lines.extend(values.iter().map(|value| format!("{margin}  - {}", scalar(value))));
    }
    // Tests are sorted by operator, so that each operator is named once.
    let mut named = None;
    for ((operator, key), values) in &statement.conditions {
        if named.is_none() {
            lines.push(format!("{margin}Condition:"));
        }
        if named.replace(operator) != Some(operator) {
            lines.push(format!("{margin}  {operator}:"));
        }
        lines.push(format!("{margin}    {}:", quote(key)));
        lines.extend(values.iter().map(|value| format!("{margin}      - {}", scalar(value))));
    }
    lines
}

fn scalar(text: &str) -> String {
    if text.contains(ACCOUNT_PLACEHOLDER) {
        return format!("Fn::Sub: {}", quote(&text.replace(ACCOUNT_PLACEHOLDER, "${AWS::AccountId}")));
    }
    quote(text)
}

/// Returns a YAML string: every JSON string is one.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
