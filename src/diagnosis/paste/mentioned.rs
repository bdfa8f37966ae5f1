//! Which model, Region and account a pasted text speaks of. Found by their form alone: whether they exist is the catalog's.

use crate::model::region::Region;

/// Publishers of models, as IDs begin with them.
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

/// What a pasted text says about the call besides the error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// The ID or ARN of a model or an inference profile.
    pub model: Option<String>,
    /// The source Region: never that of a foundation model's ARN, which may be a destination.
    pub region: Option<Region>,
    /// The AWS account, twelve digits.
    pub account: Option<String>,
    /// The operation, such as `Converse`.
    pub operation: Option<String>,
}

impl Mentioned {
    pub(super) fn in_text(text: &str, operation: Option<String>) -> Self {
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
        let account = arns.iter().filter_map(|fields| fields.get(4)).find(|account| is_account(account));
        let region = profile.and_then(|fields| Region::named(fields[3])).or_else(|| region(text));
        Self { model, region, account: account.map(|account| (*account).to_owned()), operation }
    }
}

/// The stretches of a text that could be an ID, an ARN or a host name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && !"-_.:/*".contains(character))
        .map(|word| word.trim_end_matches(['.', ':', '/']))
        .filter(|word| !word.is_empty())
}

fn fields(arn: &str) -> Vec<&str> {
    arn.splitn(6, ':').collect()
}

/// The model or profile ID at the end of a word: `bedrock/us.anthropic.claude-…` → `us.anthropic.claude-…`.
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

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A Region in a host name or a console's address, or else one that stands alone.
fn region(text: &str) -> Option<Region> {
    let not_in_arns = || words(text).filter(|word| !word.starts_with("arn:"));
    let in_host = not_in_arns().filter(|word| word.contains("amazonaws.") || word.contains(".console.aws."));
    let mut labels = in_host.flat_map(|host| host.split(['.', '/', ':']));
    labels.find_map(Region::named).or_else(|| not_in_arns().find_map(Region::named))
}
