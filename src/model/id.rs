//! The syntax of foundation model IDs, inference profile IDs and ARNs, and the spellings of other tools.
//! Nothing here knows which IDs exist.

use std::borrow::Cow;
use std::fmt;

use crate::model::region::Region;

/// Names of endpoints, routes and formats, each followed by a slash or a colon: `LiteLLM`, promptfoo, `LangChain`, aisuite.
const WRAPPERS: [&str; 27] = [
    "bedrock/",
    "aws_bedrock/",
    "aws-bedrock/",
    "amazon_bedrock/",
    "amazon-bedrock/",
    "bedrock_converse/",
    "bedrock-converse/",
    "converse/",
    "converse_like/",
    "invoke/",
    "async_invoke/",
    "bedrock_mantle/",
    "mantle/",
    "deepseek_r1/",
    "llama/",
    "nova/",
    "openai/",
    "qwen2/",
    "qwen3/",
    "aws:",
    "bedrock:",
    "amazon-bedrock:",
    "bedrock_converse:",
    "bedrock-converse:",
    "converse:",
    "messages:",
    "completion:",
];

/// Marks that no model ID ends in: Claude Code, aichat.
const MARKS: [&str; 2] = ["[1m]", ":thinking"];

/// What those wrappers and marks mean to the tool that are not left out without a loss.
const NOTES: [(&str, &str); 5] = [
    ("async_invoke/", "`async_invoke/` is left out: this program has no asynchronous invocation"),
    ("bedrock_mantle/", "`bedrock_mantle/` is left out: this is about bedrock-runtime, another endpoint"),
    ("mantle/", "`mantle/` is left out: this is about bedrock-runtime, another endpoint"),
    ("[1m]", "`[1m]` is left out: it is Claude Code's mark for the context of 1M tokens, and no part of the ID"),
    (":thinking", "`:thinking` is left out: thinking is a parameter of the request, and no part of the ID"),
];

/// Endings that some model IDs have, and that others have only in other tools: Anthropic's API, Zed.
const ENDINGS: [(&str, &str); 2] = [
    ("-latest", "`-latest` is left out: Bedrock has no such names"),
    ("-thinking", "`-thinking` is left out: thinking is a parameter of the request, and no part of the ID"),
];

/// Returns a name without an ending that other tools add, and what to know of it.
pub fn without_ending(name: &str) -> Option<(&str, &'static str)> {
    ENDINGS.iter().find_map(|(ending, note)| Some((name.strip_suffix(ending)?, *note)))
}

/// Undoes what encloses a model or hides it: quotes, the URL of a request (`…/model/ID/converse`), whose Region it
/// keeps as `REGION/ID`, and percent-encoding.
pub fn unescaped(text: &str) -> Cow<'_, str> {
    let mut text = text.trim();
    for quote in ['"', '\'', '`'] {
        text = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(text).trim();
    }
    let is_path = ["/model/", "https://", "http://"].iter().any(|start| begins_with(text, start));
    let Some((host, path)) = text.split_once("/model/").filter(|_| is_path) else { return percent_decoded(text) };
    let operations = ["/converse", "/converse-stream", "/invoke", "/invoke-with-response-stream"];
    let id = percent_decoded(operations.iter().find_map(|operation| path.strip_suffix(operation)).unwrap_or(path));
    match host.split('.').find_map(region_in_any_case) {
        Some(region) => Cow::Owned(format!("{region}/{id}")),
        None => id,
    }
}

/// Decodes `%3A` and the like, unless something comes out that no ID has.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(u8::is_ascii_graphic) {
            Some(byte) => decoded.push(char::from(byte)),
            None => return Cow::Borrowed(text),
        }
        decoded.push_str(&part[2..]);
    }
    if decoded.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(decoded) }
}

/// The maximum length of the model in a request, in characters.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.
const LONGEST: usize = 2048;

/// A model as a user wrote it, possibly in another tool's spelling and with a Region inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The prefix of another tool, such as `bedrock/converse/`. It has no meaning for Bedrock.
    pub wrapper: &'a str,
    /// The Region in the spelling, if there is one.
    pub region: Option<SpelledRegion<'a>>,
    /// The model itself.
    pub target: Target<'a>,
    /// `[1m]`: what stands after it, and means nothing to Bedrock.
    pub mark: &'a str,
}

/// A Region in another tool's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpelledRegion<'a> {
    /// A Region before a slash: `us-west-2/…`.
    Path(&'a str),
    /// A Region before a dot: `us-east-1.…`. It looks like an inference profile ID, but no such IDs exist.
    Label(&'a str),
}

impl SpelledRegion<'_> {
    /// Returns the Region, which may be written in any letters.
    pub fn region(self) -> Option<Region> {
        let (Self::Path(name) | Self::Label(name)) = self;
        region_in_any_case(name)
    }
}

fn region_in_any_case(name: &str) -> Option<Region> {
    Region::from_name(&name.to_ascii_lowercase())
}

/// The model in a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target<'a> {
    /// An ARN: `arn:…`.
    Arn(Arn<'a>),
    /// Anything else: an ID or a short name.
    Name(&'a str),
}

/// The error for text that cannot be a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The text is empty, or has only white space.
    #[error("the model is empty")]
    Empty,
    /// The text contains this character: white space, a control character, or one outside ASCII.
    #[error("a model ID cannot contain {0:?}")]
    Character(char),
    /// The text is longer than Bedrock accepts.
    #[error("a model ID has at most {LONGEST} characters")]
    Long,
    /// The text begins with `arn:` but has too few fields, or a required field is empty.
    #[error("an ARN has six fields: arn:PARTITION:bedrock:REGION:ACCOUNT:RESOURCE")]
    Arn,
}

impl<'a> Reference<'a> {
    /// Parses a model as a user wrote it. Leading and trailing white space is ignored.
    ///
    /// # Errors
    ///
    /// Returns a [`Malformed`] if the text cannot be a model.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Malformed::Empty);
        }
        if text.len() > LONGEST {
            return Err(Malformed::Long);
        }
        if let Some(strange) = text.chars().find(|letter| !letter.is_ascii_graphic()) {
            return Err(Malformed::Character(strange));
        }
        let mut rest = text;
        while let Some(wrapper) = WRAPPERS.iter().find(|wrapper| begins_with(rest, wrapper)) {
            rest = &rest[wrapper.len()..];
        }
        let wrapper = &text[..text.len() - rest.len()];
        let mut region = None;
        let spelled = |separator| rest.split_once(separator).filter(|(first, _)| region_in_any_case(first).is_some());
        if let Some((first, after)) = spelled('/') {
            (region, rest) = (Some(SpelledRegion::Path(first)), after);
        } else if let Some((first, after)) = spelled('.') {
            (region, rest) = (Some(SpelledRegion::Label(first)), after);
        }
        let marked = rest;
        while let Some(mark) = MARKS.iter().find(|mark| ends_with(rest, mark)) {
            rest = &rest[..rest.len() - mark.len()];
        }
        let mark = &marked[rest.len()..];
        if rest.is_empty() {
            return Err(Malformed::Empty);
        }
        let target = if begins_with(rest, "arn:") { Target::Arn(Arn::parse(rest)?) } else { Target::Name(rest) };
        Ok(Self { wrapper, region, target, mark })
    }

    /// What the user should know of that which is left out.
    pub fn notes(&self) -> impl Iterator<Item = &'static str> {
        let (wrapper, mark) = (self.wrapper.to_ascii_lowercase(), self.mark.to_ascii_lowercase());
        // `bedrock_mantle/` ends in `mantle/`: only a whole word counts.
        let is_written = move |text: &str| {
            let is_whole = |(index, _)| index == 0 || wrapper[..index].ends_with(['/', ':']);
            mark.contains(text) || wrapper.match_indices(text).any(is_whole)
        };
        NOTES.into_iter().filter(move |(text, _)| is_written(text)).map(|(_, note)| note)
    }
}

/// Whether the text begins with this, in any letters.
fn begins_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start))
}

/// Whether the text ends in this, in any letters.
fn ends_with(text: &str, end: &str) -> bool {
    let start = text.len().checked_sub(end.len());
    start.and_then(|start| text.get(start..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
}

impl fmt::Display for Reference<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.wrapper)?;
        match self.region {
            Some(SpelledRegion::Path(region)) => write!(formatter, "{region}/")?,
            Some(SpelledRegion::Label(region)) => write!(formatter, "{region}.")?,
            None => {}
        }
        match &self.target {
            Target::Arn(arn) => arn.fmt(formatter)?,
            Target::Name(name) => formatter.write_str(name)?,
        }
        formatter.write_str(self.mark)
    }
}

/// An Amazon Resource Name.
/// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// The partition, such as `aws` or `aws-us-gov`.
    pub partition: &'a str,
    /// The service, such as `bedrock`.
    pub service: &'a str,
    /// The Region; empty in the ARN of a global profile's model.
    pub region: &'a str,
    /// The account ID: twelve digits; empty for foundation models.
    pub account: &'a str,
    /// The resource, such as `foundation-model/…` or `inference-profile/…`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Parses an ARN. The values of the fields are not checked.
    ///
    /// # Errors
    ///
    /// Returns [`Malformed::Arn`] if a field is missing, or if the partition, the service or the resource is empty.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let is_complete = |arn: &Self| ![arn.partition, arn.service, arn.resource].iter().any(|field| field.is_empty());
        let fields = text.split_once(':').filter(|(start, _)| start.eq_ignore_ascii_case("arn"));
        fields.and_then(|(_, fields)| Self::from_fields(fields)).filter(is_complete).ok_or(Malformed::Arn)
    }

    /// Splits an ARN of a policy, or the pattern of one, into its fields; `None` if a field is missing.
    pub(crate) fn split(text: &'a str) -> Option<Self> {
        Self::from_fields(text.strip_prefix("arn:")?)
    }

    fn from_fields(text: &'a str) -> Option<Self> {
        let mut fields = text.splitn(5, ':');
        let mut field = || fields.next();
        Some(Self { partition: field()?, service: field()?, region: field()?, account: field()?, resource: field()? })
    }

    /// Returns the kind of resource and its ID, such as `("inference-profile", "us.amazon.nova-lite-v1:0")`.
    pub fn kind_and_id(self) -> (&'a str, &'a str) {
        self.resource.split_once('/').unwrap_or((self.resource, ""))
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(formatter, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Whether the text has the form of an AWS account ID: twelve digits.
pub fn is_account(text: &str) -> bool {
    has_digits(text, 12)
}

/// Whether the text is a number: digits alone.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is a number of this many digits.
pub(crate) fn has_digits(text: &str, count: usize) -> bool {
    text.len() == count && is_number(text)
}

/// The ID of a foundation model or, with a prefix, of a system-defined inference profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelId<'a> {
    /// The prefix of an inference profile ID, such as `us` or `global`; `None` for a foundation model.
    pub prefix: Option<&'a str>,
    /// The foundation model ID without prefix and variant, such as `anthropic.claude-sonnet-4-6`.
    pub foundation: &'a str,
    /// The context variant after a second colon, such as `256k`.
    pub variant: Option<&'a str>,
}

impl<'a> ModelId<'a> {
    /// Splits an ID into its parts. The first label is a prefix if it has only letters, digits and hyphens, is not a known
    /// publisher, and either the second label is a known publisher, or the first is a known prefix with at least two labels
    /// after it.
    pub fn parse(text: &'a str, knows_publisher: impl Fn(&str) -> bool, knows_prefix: impl Fn(&str) -> bool) -> Self {
        let mut labels = text.split('.');
        let first = labels.next().unwrap_or_default();
        let second = labels.next().unwrap_or_default();
        let has_prefix = is_label(first)
            && !knows_publisher(first)
            && (knows_publisher(second) || (knows_prefix(first) && labels.next().is_some()));
        let (prefix, rest) = if has_prefix { (Some(first), &text[first.len() + 1..]) } else { (None, text) };
        let mut colons = rest.match_indices(':').map(|(index, _)| index);
        let (foundation, variant) = match (colons.next(), colons.next()) {
            (Some(_), Some(second)) => (&rest[..second], Some(&rest[second + 1..])),
            _ => (rest, None),
        };
        Self { prefix, foundation, variant }
    }

    /// Whether the ID has the form of a model ID, known or not: `publisher.name` in lower case.
    pub fn is_well_formed(self) -> bool {
        let is_variant = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".:-_".contains(&byte);
        let Some((publisher, name)) = self.foundation.split_once('.') else { return false };
        let starts_well =
            |part: &str| part.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        self.foundation.bytes().all(fits)
            && starts_well(publisher)
            && is_label(publisher)
            && starts_well(name)
            && !self.foundation.contains("..")
            && self
                .foundation
                .split_once(':')
                .is_none_or(|(_, version)| version.bytes().all(|byte| byte.is_ascii_digit()))
            && !self.foundation.ends_with(['.', ':', '-'])
            && self.prefix.is_none_or(|prefix| starts_well(prefix) && is_label(prefix))
            && self.variant.is_none_or(is_variant)
    }
}

/// Whether this may stand before the first dot of an ID: AWS's pattern is `[a-z0-9-]{1,63}`.
fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(fits)
}

impl fmt::Display for ModelId<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(prefix) = self.prefix {
            write!(formatter, "{prefix}.")?;
        }
        formatter.write_str(self.foundation)?;
        if let Some(variant) = self.variant {
            write!(formatter, ":{variant}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model_id(text: &str) -> (Option<&str>, &str, Option<&str>) {
        let publishers = ["anthropic", "amazon", "zai", "ai21", "moonshotai"];
        let id = ModelId::parse(
            text,
            |label| publishers.contains(&label),
            |label| ["us", "global", "us-gov"].contains(&label),
        );
        (id.prefix, id.foundation, id.variant)
    }

    #[test]
    fn an_id_comes_apart_at_its_publisher() {
        assert_eq!(model_id("anthropic.claude-sonnet-4-6"), (None, "anthropic.claude-sonnet-4-6", None));
        assert_eq!(model_id("us.anthropic.claude-opus-4-6-v1"), (Some("us"), "anthropic.claude-opus-4-6-v1", None));
        assert_eq!(model_id("zai.glm-4.7"), (None, "zai.glm-4.7", None));
        assert_eq!(model_id("mars.zai.glm-4.7"), (Some("mars"), "zai.glm-4.7", None));
        assert_eq!(model_id("us-gov.newcomer.model-1.5"), (Some("us-gov"), "newcomer.model-1.5", None));
        assert_eq!(model_id("newcomer.model-1.5"), (None, "newcomer.model-1.5", None));
        assert_eq!(model_id("us.model"), (None, "us.model", None));
        assert_eq!(model_id("amazon.nova-2-lite-v1:0:256k"), (None, "amazon.nova-2-lite-v1:0", Some("256k")));
        assert_eq!(model_id("us.amazon.nova-lite-v1:0"), (Some("us"), "amazon.nova-lite-v1:0", None));
    }

    #[test]
    fn other_tools_spellings_are_unwrapped() {
        let parts = |text| {
            let reference = Reference::parse(text).unwrap();
            let Target::Name(name) = reference.target else { panic!("{text} is no ARN") };
            (reference.wrapper, reference.region, name)
        };
        assert_eq!(parts("bedrock/us.x.y"), ("bedrock/", None, "us.x.y"));
        assert_eq!(parts("bedrock/converse/x.y"), ("bedrock/converse/", None, "x.y"));
        assert_eq!(parts("converse/x.y"), ("converse/", None, "x.y"));
        assert_eq!(parts(" bedrock/us-west-2/x.y\n"), ("bedrock/", Some(SpelledRegion::Path("us-west-2")), "x.y"));
        // A Region that is younger than this library.
        let new = Some(SpelledRegion::Path("ap-southeast-8"));
        assert_eq!(parts("bedrock/ap-southeast-8/x.y"), ("bedrock/", new, "x.y"));
        assert_eq!(parts("ap-southeast-8.x.y"), ("", Some(SpelledRegion::Label("ap-southeast-8")), "x.y"));
        let url = "https://bedrock-runtime.ap-southeast-8.amazonaws.com/model/x.y/converse";
        assert_eq!(unescaped(url), "ap-southeast-8/x.y");
        assert_eq!(parts("us-east-1.x.y"), ("", Some(SpelledRegion::Label("us-east-1")), "x.y"));
        assert_eq!(parts("haiku"), ("", None, "haiku"));
    }

    #[test]
    fn an_arn_comes_apart_into_its_fields() {
        let arn =
            Arn::parse("arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.x.y-v1:0").unwrap();
        assert_eq!((arn.partition, arn.region, arn.account), ("aws-us-gov", "us-gov-west-1", "111122223333"));
        assert_eq!(arn.kind_and_id(), ("inference-profile", "us-gov.x.y-v1:0"));
        let regionless = Arn::parse("arn:aws:bedrock:::foundation-model/x.y").unwrap();
        assert_eq!((regionless.region, regionless.kind_and_id()), ("", ("foundation-model", "x.y")));
    }

    #[test]
    fn what_can_be_no_model_is_refused() {
        assert_eq!(Reference::parse(" \t"), Err(Malformed::Empty));
        assert_eq!(Reference::parse("bedrock/"), Err(Malformed::Empty));
        assert_eq!(Reference::parse("claude sonnet"), Err(Malformed::Character(' ')));
        assert_eq!(Reference::parse("clau\u{1b}de"), Err(Malformed::Character('\u{1b}')));
        assert_eq!(Reference::parse("arn:aws:bedrock"), Err(Malformed::Arn));
        assert!(Reference::parse(&"a".repeat(2048)).is_ok());
        assert_eq!(Reference::parse(&"a".repeat(2049)), Err(Malformed::Long));
    }

    #[test]
    fn only_lower_case_publisher_and_name_could_be_a_new_model() {
        let well = |text| ModelId { prefix: None, foundation: text, variant: None }.is_well_formed();
        assert!(well("anthropic.claude-opus-4-9") && well("newcomer.model-v1:0"));
        for text in ["claude", "Anthropic.claude", "x.", ".x", "x.y/z", "x.-y", "x..y", "x.y:", "x.y:0-eu", "x.y:z"] {
            assert!(!well(text), "{text}");
        }
        let varied =
            |variant| ModelId { prefix: None, foundation: "x.y-v1:0", variant: Some(variant) }.is_well_formed();
        assert!(varied("256k") && !varied("") && !varied("256k:x"));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_prints_what_it_read(text in "\\PC*|[a-z0-9.:/ -]{0,60}|(bedrock/|converse/|us-east-1[./]|arn:aws:bedrock:)?[a-z0-9.:/-]{0,40}") {
            if let Ok(reference) = Reference::parse(&text) {
                prop_assert_eq!(reference.to_string(), text.trim());
            }
            let id = ModelId::parse(&text, |label| label == "amazon", |label| label == "us");
            prop_assert_eq!(id.to_string(), &text[..]);
            let _ = id.is_well_formed();
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(reference) = Reference::parse(&text) {
                prop_assert_eq!(reference.to_string(), text.trim());
            }
        }
    }
}
