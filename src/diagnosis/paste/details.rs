//! Finds the model and the Region that a pasted text mentions, by their form alone. Whether they exist is up to the catalog.

use crate::model::region::Region;

/// The publishers of models, as they are written in IDs.
const PUBLISHERS: &[&str] = &[
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "luma",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "twelvelabs",
    "writer",
    "xai",
    "zai",
];

/// The details of a call that a pasted error mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastedDetails {
    /// The ID or ARN of a foundation model or an inference profile.
    pub model: Option<String>,
    /// The source Region. The Region in the ARN of a foundation model does not count: it may be a destination Region.
    pub region: Option<Region>,
}

impl PastedDetails {
    pub(super) fn from_text(text: &str) -> Self {
        let arns: Vec<Vec<&str>> = words(text).filter(|word| word.starts_with("arn:")).map(fields).collect();
        let profile = arns.iter().find(|fields| fields.len() == 6 && fields[5].contains("inference-profile/"));
        let identifiers = || words(text).filter_map(identifier);
        let model = profile
            .map(|fields| match fields[5].strip_prefix("inference-profile/") {
                Some(id) => id.to_owned(),
                None => fields.join(":"),
            })
            .or_else(|| identifiers().find(|id| !begins_with_publisher(id)).map(str::to_owned))
            .or_else(|| identifiers().next().map(str::to_owned));
        let region = profile.and_then(|fields| Region::named(fields[3])).or_else(|| region(text));
        Self { model, region }
    }
}

/// Splits a text into the parts that could be an ID, an ARN or a host name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && !"-_.:/*".contains(character))
        .map(|word| word.trim_end_matches(['.', ':', '/']))
        .filter(|word| !word.is_empty())
}

fn fields(arn: &str) -> Vec<&str> {
    arn.splitn(6, ':').collect()
}

/// Returns the model or profile ID at the end of a word: `bedrock/us.anthropic.claude-…` → `us.anthropic.claude-…`.
fn identifier(word: &str) -> Option<&str> {
    let id = word.rsplit('/').next()?;
    let mut labels = id.split('.');
    let first = labels.next()?;
    let after = if PUBLISHERS.contains(&first) {
        labels.next()?
    } else {
        labels.next().filter(|second| PUBLISHERS.contains(second))?;
        labels.next()?
    };
    let looks_like_a_name = after.contains('-') && after.starts_with(|c: char| c.is_ascii_lowercase());
    looks_like_a_name.then_some(id)
}

fn begins_with_publisher(id: &str) -> bool {
    id.split('.').next().is_some_and(|first| PUBLISHERS.contains(&first))
}

/// Returns the Region in a host name or a URL of the console, or else one that is a word of its own.
fn region(text: &str) -> Option<Region> {
    let not_in_arns = || words(text).filter(|word| !word.starts_with("arn:"));
    let in_host = not_in_arns().filter(|word| word.contains("amazonaws.") || word.contains(".console.aws."));
    let mut labels = in_host.flat_map(|host| host.split(['.', '/', ':']));
    labels.find_map(Region::named).or_else(|| not_in_arns().find_map(Region::named))
}
