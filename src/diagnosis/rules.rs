//! What a rule is, and how the rule for a failure is selected. The rules themselves are tables, one file per subject.

mod api_keys;
mod capacity;
mod connection;
mod content;
mod credentials;
mod identifier;
mod permission;
mod request;
mod tools;

use super::ParameterFix;
use super::group::Group;
use super::template::Values;
use super::text::{self, Captures, Searchable};
use crate::model::failure::{Failure, Stage};
use std::collections::HashSet;
use std::sync::LazyLock;

/// A row of the tables: which failures it applies to, and what they mean.
///
/// `text::find` documents the language of patterns, [`Values::render`] that of conditions and templates.
pub(super) struct DiagnosisRule {
    pub(super) group: Group,
    /// Patterns, one of which must match the text of the failure.
    pub(super) patterns: &'static [&'static str],
    /// The error codes with which the patterns count; empty for all codes.
    pub(super) codes: &'static [&'static str],
    /// The error codes that suffice if no pattern of any rule matches.
    pub(super) decisive_codes: &'static [&'static str],
    /// The stage that suffices if neither a pattern nor a code of any rule matches.
    pub(super) decisive_stage: Option<Stage>,
    /// A condition on the values.
    pub(super) condition: &'static str,
    /// Templates for the summary: the first one whose values are known is used.
    pub(super) summary: &'static [&'static str],
    /// Templates for the cause that AWS does not name: the first one whose values are known is used.
    pub(super) explanation: &'static [&'static str],
    /// Templates for the hints: all whose values are known are used.
    pub(super) hints: &'static [&'static str],
    /// Further templates, for hints that several rules share.
    pub(super) more_hints: &'static [&'static str],
    /// Derives the change to the request from the values.
    pub(super) fix: fn(&Values) -> Option<ParameterFix>,
}

/// The defaults of every rule.
const RULE: DiagnosisRule = DiagnosisRule {
    group: Group::Unknown,
    patterns: &[],
    codes: &[],
    decisive_codes: &[],
    decisive_stage: None,
    condition: "",
    summary: &[],
    explanation: &[],
    hints: &[],
    more_hints: &[],
    fix: |_| None,
};

/// The defaults of the rules for a 4xx from Bedrock. AWS has changed more than once which of the codes comes with a text.
const REFUSAL: DiagnosisRule =
    DiagnosisRule { codes: &["ValidationException", "AccessDeniedException", "ResourceNotFoundException"], ..RULE };

/// The defaults of the rules for a request that AWS or the model's own server finds invalid.
const INVALID_REQUEST: DiagnosisRule = DiagnosisRule { codes: &["ValidationException", "ModelErrorException"], ..RULE };

const ACCESS_DENIED: &[&str] = &["AccessDeniedException", "AccessDenied", "UnauthorizedException", "NotAuthorized"];

/// How the tool that failed calls the model without streaming.
const NO_STREAM: &[&str] = &[
    "{?can_stream}{?own}`--no-stream` requests the whole response at once",
    "{?can_stream}{?tool=boto3}call `converse` instead of `converse_stream`, or `invoke_model` instead of `invoke_model_with_response_stream`",
    "{?can_stream}{?tool=ai-sdk}call `generateText` instead of `streamText`",
    "{?can_stream}{?tool=javascript}send `ConverseCommand` instead of `ConverseStreamCommand`",
    "{?can_stream}{?tool=langchain}pass `disable_streaming=True` to the chat model",
    "{?can_stream}{?tool=strands}pass `streaming=False` to `BedrockModel`",
    "{?can_stream}{?tool=litellm}call it with `stream=False`",
    "{?can_stream}{?tool=java}call `converse` instead of `converseStream`",
    "{?can_stream}{?tool=go}call `Converse` instead of `ConverseStream`",
    "{?can_stream}{?tool=spring-ai}call `ChatClient` with `call()` instead of `stream()`",
    "{?can_stream}{?tool=claude-code}use a model that supports streaming",
    "{?can_stream}{?tool=other}call `Converse` instead of `ConverseStream`",
];

/// The tables in the order in which they are searched.
const TABLES: [&[DiagnosisRule]; 9] = [
    tools::RULES,
    permission::RULES,
    identifier::RULES,
    api_keys::RULES,
    credentials::RULES,
    capacity::RULES,
    content::RULES,
    request::RULES,
    connection::RULES,
];

/// Selects the rule for a failure: by pattern, or else by code, by the code that the status implies, by stage.
pub(super) fn select<'t>(failure: &Failure, text: &'t str, values: &Values) -> (&'static DiagnosisRule, Captures<'t>) {
    let is_page = failure.stage == Stage::Unreadable && is_page(&failure.message);
    // Of a page, neither a word in it, nor a refusal, nor a 503 tells anything about Bedrock.
    let status = failure.status.map(|status| if is_page && status == 503 { 502 } else { status });
    // With these, a gateway sends a page that says no more than the status.
    let is_plain = |status: &u16| !is_page || matches!(status, 407 | 408 | 429 | 500..);
    let implied = status.filter(is_plain).and_then(code_of_status);
    let code = failure.code.as_deref().map(plain_code);
    let by_text = || {
        let known = code.filter(|code| is_known_code(code));
        let code = known.or(implied.filter(|_| failure.status >= Some(429)));
        let text = Searchable::new(text);
        let mut candidates = rules().filter(|rule| rule.accepts(code, values));
        candidates.find_map(|rule| rule.find(&text).map(|found| (rule, found)))
    };
    let by_code =
        |code: Option<&str>| rules().find(|rule| rule.is_decided_by(code, values)).map(|rule| (rule, Vec::new()));
    let by_stage = || {
        rules()
            .find(|rule| rule.decisive_stage == Some(failure.stage) && rule.is_applicable(values))
            .map(|rule| (rule, Vec::new()))
    };
    let by_words = || if is_page { None } else { by_text() };
    let found = by_words().or_else(|| by_code(code));
    if let Some(other) = failure.pasted.as_ref().and_then(|pasted| pasted.other_service.as_ref()) {
        let is_common = |(rule, _): &(&'static DiagnosisRule, _)| other.is_aws && is_about_credentials(rule.group);
        return found.filter(is_common).unwrap_or((&OTHER_SERVICE, Vec::new()));
    }
    found.or_else(|| by_code(implied)).or_else(by_stage).unwrap_or((&UNKNOWN, Vec::new()))
}

/// Whether the message of an unreadable response is a page for people.
pub(super) fn is_page(message: &str) -> bool {
    super::paste::is_html(message) || message.starts_with("an HTML page")
}

/// Whether the cause is in the credentials, which every service of AWS checks alike.
const fn is_about_credentials(group: Group) -> bool {
    group.needs_sign_in()
        || matches!(
            group,
            Group::CredentialsMissing
                | Group::CredentialsInvalid
                | Group::ProfileNotFound
                | Group::RoleNotAssumed
                | Group::MultiFactor
                | Group::CredentialProcess
                | Group::InstanceMetadata
                | Group::ClockSkew
                | Group::SignatureMismatch
        )
}

/// Whether a rule names this error code.
pub(super) fn is_known_code(code: &str) -> bool {
    let code = plain_code(code);
    rules().any(|rule| is_among(code, rule.codes) || is_among(code, rule.decisive_codes))
}

/// Whether a pattern of any rule matches this text.
pub(super) fn is_known_text(text: &str) -> bool {
    rank(text).is_some()
}

/// Returns the place of the first rule with a pattern that matches this text.
pub(super) fn rank(text: &str) -> Option<usize> {
    let text = text::normalised(text);
    let text = Searchable::new(&text);
    rules().position(|rule| rule.find(&text).is_some())
}

/// Whether a pattern of a rule of an accepted group matches this text.
pub(super) fn is_known_text_of(text: &str, accepts: impl Fn(Group) -> bool) -> bool {
    let text = text::normalised(text);
    let text = Searchable::new(&text);
    rules().any(|rule| accepts(rule.group) && rule.find(&text).is_some())
}

/// Whether a pattern of any rule has this word, which is in lower case.
pub(super) fn is_known_word(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let is_separator = |character: char| !character.is_alphanumeric() && character != '\'';
        let patterns = rules().flat_map(|rule| rule.patterns);
        patterns.flat_map(|pattern| pattern.split(is_separator)).map(str::to_ascii_lowercase).collect()
    });
    WORDS.contains(word)
}

const UNKNOWN: DiagnosisRule =
    DiagnosisRule { summary: &["{`code} is not a known error", "this error is not known"], ..RULE };

/// The rule for every error that another service returned.
const OTHER_SERVICE: DiagnosisRule = DiagnosisRule {
    group: Group::OtherService,
    summary: &[
        "this error is from {other_service} (`{other_operation}`), not from Amazon Bedrock",
        "this error is from {other_service}, not from Amazon Bedrock",
        "this error is from `{other_operation}`, which is not an operation of Amazon Bedrock",
    ],
    hints: &[
        "{?other_aws}ask an administrator to allow `{action}`[ on `{resource}`]",
        "if a call to Amazon Bedrock failed too, paste its error: it names an operation such as `Converse` or `InvokeModel`",
    ],
    ..RULE
};

fn rules() -> impl Iterator<Item = &'static DiagnosisRule> {
    TABLES.into_iter().flatten()
}

impl DiagnosisRule {
    /// Whether the patterns count for this code. A missing or unknown code excludes no rule.
    fn accepts(&self, code: Option<&str>, values: &Values) -> bool {
        code.is_none_or(|code| self.codes.is_empty() || is_among(code, self.codes)) && self.is_applicable(values)
    }

    fn find<'t>(&self, text: &Searchable<'t>) -> Option<Captures<'t>> {
        self.patterns.iter().find_map(|pattern| text::find_in(pattern, text))
    }

    fn is_decided_by(&self, code: Option<&str>, values: &Values) -> bool {
        code.is_some_and(|code| is_among(code, self.decisive_codes)) && self.is_applicable(values)
    }

    fn is_applicable(&self, values: &Values) -> bool {
        values.render(self.condition).is_some()
    }
}

/// Returns the code without the namespace before it and the link after it.
pub(super) fn plain_code(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code).trim()
}

/// Whether a code is one of `codes`, in any spelling.
fn is_among(code: &str, codes: &[&str]) -> bool {
    codes.iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// The code that stands for a redirect. No service sends it.
const REDIRECT: &str = "HTTPRedirect";

/// Returns the error code that an HTTP status implies if the response has none.
const fn code_of_status(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => REDIRECT,
        400 => "ValidationException",
        401 => "UnrecognizedClientException",
        403 => "AccessDeniedException",
        404 => "UnknownOperationException",
        407 => "ProxyAuthenticationRequired",
        408 => "ModelTimeoutException",
        424 => "ModelErrorException",
        429 => "ThrottlingException",
        503 => "ServiceUnavailableException",
        529 => "overloaded_error",
        500..=599 => "InternalServerException",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::group::Actor;
    use std::collections::BTreeSet;

    /// The values that do not come from a pattern.
    const VALUES: &str = "about_profile action api_key arn_region at_destination at_source can_stream clock code \
        credentials denied denied_region destinations end_of_life example first_party \
        foundation_model from_environment gateway host html invoked kind listed \
        loading_credentials lookup mantle_only mantle_regions max_tokens_option meant_region \
        misspelt_region model narrower no_endpoint operation other_aws other_operation \
        other_service own partition plain_http policy principal profile region region_less \
        requested resource resource_account similar_profile sso sso_profile successor suggested \
        temperature_option tool top_p_option wait wider with_id";

    fn templates(rule: &DiagnosisRule) -> impl Iterator<Item = &'static str> {
        [rule.summary, rule.explanation, rule.hints, rule.more_hints, &[rule.condition]].concat().into_iter()
    }

    fn names(template: &str) -> BTreeSet<String> {
        let placeholders =
            template.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(inner, _)| inner);
        let names = placeholders.flat_map(|inner| inner.trim_start_matches(['?', '!', '`']).split('|'));
        names.filter(|name| !name.starts_with('\'')).map(|name| name.split('=').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn every_placeholder_is_a_value_or_captured_by_the_rule() {
        for rule in rules() {
            let captured: BTreeSet<_> = rule.patterns.iter().flat_map(|pattern| names(pattern)).collect();
            for sentence in templates(rule) {
                for name in names(sentence) {
                    assert!(
                        VALUES.split(' ').any(|value| value == name) || captured.contains(&name),
                        "{name}: {sentence}"
                    );
                }
                // A bracket that is meant as one stands in a literal.
                let outline = sentence.replace("{'boto3[crt]'}", "");
                for part in outline.split('[').skip(1) {
                    assert!(part.split(']').next().unwrap().contains('{'), "`{part}` depends on no value: {sentence}");
                }
                let count = |mark| sentence.matches(mark).count();
                assert_eq!((count('['), count('{')), (count(']'), count('}')), "{sentence}");
            }
        }
    }

    #[test]
    fn every_value_is_used_by_a_template() {
        let used: BTreeSet<_> = rules().chain([&OTHER_SERVICE, &UNKNOWN]).flat_map(templates).flat_map(names).collect();
        for value in VALUES.split(' ') {
            assert!(used.contains(value), "{value}");
        }
    }

    #[test]
    fn every_group_has_a_rule() {
        let groups: BTreeSet<_> = rules().chain([&OTHER_SERVICE, &UNKNOWN]).map(|rule| rule.group.as_str()).collect();
        for group in Group::ALL {
            assert!(groups.contains(group.as_str()), "{group:?}");
        }
    }

    #[test]
    fn no_pattern_is_a_bare_word() {
        for pattern in rules().flat_map(|rule| rule.patterns) {
            let is_a_name = pattern.chars().any(|c| c.is_ascii_uppercase() || "_.:".contains(c)) && pattern.len() >= 8;
            assert!(pattern.contains(' ') || is_a_name, "{pattern}");
        }
    }

    #[test]
    fn a_sentence_is_lower_case_without_a_full_stop() {
        for sentence in rules().flat_map(|rule| rule.summary.iter().chain(rule.explanation).chain(rule.hints)) {
            let words = sentence.trim_start_matches('{').to_owned();
            let first = words.split_once('}').filter(|_| sentence.starts_with('{')).map_or(*sentence, |(_, rest)| rest);
            let is_name =
                ["AWS", "Bedrock", "Converse", "LangChain", "LiteLLM"].iter().any(|name| first.starts_with(name));
            assert!(is_name || !first.starts_with(|c: char| c.is_ascii_uppercase()), "{sentence}");
            assert!(!sentence.ends_with('.'), "{sentence}");
        }
    }

    #[test]
    fn every_rule_has_a_summary_and_something_that_decides() {
        for rule in rules() {
            assert!(!rule.summary.is_empty());
            let deciders = [!rule.patterns.is_empty(), !rule.decisive_codes.is_empty(), rule.decisive_stage.is_some()];
            assert!(deciders.contains(&true), "{}", rule.summary[0]);
            assert!(rule.codes.is_empty() || !rule.patterns.is_empty(), "{}: `codes` is for patterns", rule.summary[0]);
        }
    }

    #[test]
    fn where_another_must_act_a_hint_says_who() {
        for rule in rules().filter(|rule| !rule.hints.is_empty()) {
            let who: &[&str] = match rule.group.actor() {
                Actor::Administrator => {
                    &["administrator", "whoever administers", "assume the role again", "unset AWS_BEARER_TOKEN_BEDROCK"]
                }
                Actor::Organization => &["organization's administrator"],
                Actor::Support => &["AWS Support"],
                Actor::Partner => &["partner"],
                Actor::Caller | Actor::Nobody => continue,
            };
            assert!(rule.hints.iter().any(|hint| who.iter().any(|word| hint.contains(word))), "{}", rule.summary[0]);
        }
    }

    #[test]
    fn no_rule_is_hidden_behind_another() {
        let mut seen = BTreeSet::new();
        for rule in rules() {
            for pattern in rule.patterns {
                assert!(seen.insert((pattern, rule.codes, rule.condition)), "{pattern}");
            }
        }
    }
}
