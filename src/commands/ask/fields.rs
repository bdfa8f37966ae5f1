//! The flags for further fields of the request: what each must be, and the member of the Converse body that it becomes.

mod json;
mod repair;
mod response;
mod think;

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Map, Value, json};

use super::member::{ADDITIONAL, METADATA, SERVICE_TIER};
use crate::aws;
use crate::context::Context;
use crate::error::Error;
use bedrock_ask::model::resolution::Resolution;
use bedrock_ask::model::thinking::Effort;
pub use repair::{asks_to_think, drop_member, limit_effort, to_learn};
pub use response::{explain_limit, report, show};

/// The most pairs of metadata, and the most characters of a key and a value. See
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.
const MOST_PAIRS: usize = 16;
const LONGEST_WORD: usize = 256;

/// The service tiers. See <https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html>.
const TIERS: [&str; 4] = ["default", "flex", "priority", "reserved"];

/// The flags for further fields of the request.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct FieldArgs {
    /// Let the model think before it responds, at its default level or at this one; `off` turns it off
    ///
    /// Each model family has levels of its own. Without a level, Claude 4.6 and later decide by themselves how much they
    /// think; other models think at `medium`, or at the level that AWS documents as theirs. Older Claude models get a
    /// budget: 2,048, 8,192, 16,384 or 24,576 tokens, which `--max-tokens` must exceed.
    #[arg(
        long,
        value_name = "LEVEL",
        value_parser = think::effort_parser(),
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "default"
    )]
    think: Option<Effort>,
    /// Print the reasoning of the model to stderr as it arrives
    ///
    /// It is never a part of stdout. A model that returns its reasoning without text is asked for a summary.
    #[arg(long)]
    pub show_thinking: bool,
    /// Add this JSON object to `additionalModelRequestFields`, or @FILE to read it from a file; repeatable
    ///
    /// For parameters that only some models have, such as `{"top_k": 5}`. Objects are merged; a member with two values is
    /// an error.
    #[arg(long, value_name = "JSON|@FILE")]
    field: Vec<String>,
    /// Add this pair to the metadata of the request, for AWS's invocation logs; repeatable
    ///
    /// At most 16 pairs, each of at most 256 characters for the key and for the value: letters, digits, blanks and
    /// `: _ @ $ # = / + , - .`
    #[arg(long, value_name = "KEY=VALUE")]
    metadata: Vec<String>,
    /// The service tier; a warning tells if another one served the request
    ///
    /// Other tiers have other prices, and only some models have them. `--usage` and `--format json` tell which tier served.
    #[arg(long, value_name = "TIER", value_parser = TIERS)]
    tier: Option<String>,
}

impl FieldArgs {
    /// Returns the flags that change the request.
    pub fn without_output(&self) -> Self {
        Self { show_thinking: false, ..self.clone() }
    }

    /// Returns the first flag that changes the request.
    pub fn first_of_request(&self) -> Option<&'static str> {
        let Self { think, show_thinking: _, field, metadata, tier } = self;
        let given = [
            ("--think", think.is_some()),
            ("--field", !field.is_empty()),
            ("--metadata", !metadata.is_empty()),
            ("--tier", tier.is_some()),
        ];
        given.iter().find(|(_, is_given)| *is_given).map(|(flag, _)| *flag)
    }

    /// Adds the members that the flags ask for to a request, and notes about them.
    pub fn add_to(
        &self,
        request: &mut aws::ConverseRequest,
        resolution: &Resolution,
        context: &Context,
        notes: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut additional = Map::new();
        self.add_thinking(request, &mut additional, resolution, context, notes)?;
        for argument in &self.field {
            let (name, fields) = json::object(argument)?;
            json::merge(&mut additional, fields, ADDITIONAL).map_err(|conflict| conflict.error(&name))?;
        }
        if !additional.is_empty() {
            request.members.insert(ADDITIONAL, Value::Object(additional));
        }
        if !self.metadata.is_empty() {
            request.members.insert(METADATA, metadata(&self.metadata)?);
        }
        if let Some(tier) = &self.tier {
            request.members.insert(SERVICE_TIER, json!({"type": tier}));
        }
        Ok(())
    }
}

/// Returns the service tier that a request asks for.
pub fn tier<'m>(members: &'m BTreeMap<&'static str, Value>) -> Option<&'m str> {
    members.get(SERVICE_TIER)?["type"].as_str()
}

fn metadata(pairs: &[String]) -> Result<Value, Error> {
    if pairs.len() > MOST_PAIRS {
        return Err(Error::usage(format!("{} pairs of metadata are given, and at most 16 are allowed", pairs.len())));
    }
    let mut object = Map::new();
    for pair in pairs {
        let (key, value) = pair
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Error::usage(format!("`--metadata {pair}` is not a pair")).hint("--metadata KEY=VALUE"))?;
        for (what, word) in [("key", key), ("value", value)] {
            if word.chars().count() > LONGEST_WORD {
                let what = format!("the {what} of `--metadata {key}=…` is longer than {LONGEST_WORD} characters");
                return Err(Error::usage(what));
            }
            if let Some(refused) = word.chars().find(|letter| !is_of_metadata(*letter)) {
                let shown = refused.escape_debug();
                return Err(Error::usage(format!("the {what} of `--metadata {pair}` contains `{shown}`"))
                    .cause("AWS allows letters from A to Z, digits, blanks and `: _ @ $ # = / + , - .`"));
            }
        }
        if object.insert(key.to_owned(), value.into()).is_some() {
            return Err(Error::usage(format!("the metadata `{key}` is given twice")));
        }
    }
    Ok(Value::Object(object))
}

/// Whether AWS allows a character in metadata: `[a-zA-Z0-9\s:_@$#=/+,-.]`.
fn is_of_metadata(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " \t\n\u{b}\u{c}\r:_@$#=/+,-.".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_metadata_is_what_aws_allows() {
        let of = |pairs: &[&str]| metadata(&pairs.iter().map(ToString::to_string).collect::<Vec<_>>());
        let pairs = of(&["z=1", "a=", "team:x=a=b c\t/+,-.@$#_"]).unwrap();
        assert_eq!(pairs.to_string(), r#"{"z":"1","a":"","team:x":"a=b c\t/+,-.@$#_"}"#);
        let long = "k".repeat(256);
        assert!(of(&[&format!("{long}={long}")]).is_ok());
        let many: Vec<_> = (0..17).map(|number| format!("k{number}=v")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert!(of(&many[..16]).is_ok());
        for (pairs, summary) in [
            (&["a"][..], "`--metadata a` is not a pair"),
            (&["=v"], "`--metadata =v` is not a pair"),
            (&[""], "`--metadata ` is not a pair"),
            (&["a=ü"], "the value of `--metadata a=ü` contains `ü`"),
            (&["a=\u{a0}"], "the value of `--metadata a=\u{a0}` contains `\\u{a0}`"),
            (&["a!=1"], "the key of `--metadata a!=1` contains `!`"),
            (&["a=1", "a=2"], "the metadata `a` is given twice"),
            (&[&format!("a=v{long}")], "the value of `--metadata a=…` is longer than 256 characters"),
            (&many[..], "17 pairs of metadata are given, and at most 16 are allowed"),
        ] {
            assert_eq!(of(pairs).unwrap_err().message.summary, summary);
        }
    }
}
