//! Sids of statements: the purpose, then the model and the source Region if the statement is for only one.

use std::collections::BTreeMap;

use crate::model::family::is_major;
use crate::model::id::has_digits;
use crate::model::policy::{NamedStatement, Statement};

/// Gives every statement a unique Sid of letters and digits.
pub fn assign(statements: Vec<Statement>) -> Vec<NamedStatement> {
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let names: Vec<_> = statements.iter().map(name).collect();
    for name in &names {
        *taken.entry(name.clone()).or_default() += 1;
    }
    let mut counters: BTreeMap<String, u32> = BTreeMap::new();
    let mut result = Vec::with_capacity(statements.len());
    for (name, statement) in names.into_iter().zip(statements) {
        let mut sid = name.clone();
        if taken.get(&name).is_some_and(|uses| *uses > 1) {
            let counter = counters.entry(name.clone()).or_default();
            loop {
                *counter += 1;
                // The letter separates the number from the version of a model.
                sid = format!("{name}N{counter}");
                if !taken.contains_key(&sid) {
                    break;
                }
            }
        }
        result.push(NamedStatement { sid, statement });
    }
    result
}

fn name(statement: &Statement) -> String {
    let mut name = statement.purpose.to_owned();
    if let (Some(model), 1) = (statement.models.first(), statement.models.len()) {
        name += &model_word(model);
    }
    if let (Some(region), 1) = (statement.regions.first(), statement.regions.len()) {
        name += &word(region);
    }
    name
}

/// Shortens `anthropic.claude-sonnet-4-5-20250929-v1:0` to `ClaudeSonnet45`: without publisher, date and revision.
fn model_word(model: &str) -> String {
    let short = model.split_once('.').map_or(model, |(_, name)| name);
    let mut words: Vec<&str> = short.split([':', '-']).filter(|part| !has_digits(part, 8)).collect();
    if let Some(revision) = words.iter().rposition(|part| is_major(part)).filter(|index| *index > 0) {
        words.truncate(revision);
    }
    word(&words.join("-"))
}

/// Converts `eu-central-1` to `EuCentral1`.
fn word(text: &str) -> String {
    let mut word = String::new();
    for part in text.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let mut letters = part.chars();
        word.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        word.push_str(letters.as_str());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_word_leaves_out_publisher_date_and_revision() {
        for (model, expected) in [
            ("anthropic.claude-sonnet-4-6", "ClaudeSonnet46"),
            ("anthropic.claude-sonnet-4-5-20250929-v1:0", "ClaudeSonnet45"),
            ("amazon.nova-2-lite-v1:0", "Nova2Lite"),
            ("zai.glm-4.7", "Glm47"),
            ("deepseek.v3-v1:0", "V3"),
            ("openai.gpt-oss-120b-1:0", "GptOss120b10"),
        ] {
            assert_eq!(model_word(model), expected);
        }
    }

    #[test]
    fn names_that_would_be_equal_are_counted() {
        let statement = |purpose| Statement::allow(purpose, ["bedrock:InvokeModel"], ["*"]);
        let names: Vec<_> = assign(vec![statement("A"), statement("B"), statement("A"), statement("AN1")])
            .into_iter()
            .map(|named| named.sid)
            .collect();
        assert_eq!(names, ["AN2", "B", "AN3", "AN1"]);
    }
}
