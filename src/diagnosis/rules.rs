//! What a rule is and which one holds. The rules themselves are tables, one file per subject, to be read like a list.

mod capacity;
mod connection;
mod credentials;
mod identifier;
mod permission;
mod request;

use super::group::Group;
use super::template::Facts;
use super::text::{self, Captures};
use crate::model::failure::{Failure, Stage};

/// One row: what to look for, and what it means. `what` and `why` are the first sentence whose facts are known,
/// `hints` are all of those. The language of patterns is told at `text::find`, that of sentences at `Facts::fill`.
pub(super) struct Rule {
    /// What lies behind it.
    pub(super) group: Group,
    /// The codes that it comes with; none: any.
    pub(super) codes: &'static [&'static str],
    /// Patterns of which one must be found; none: the code or the stage alone decides.
    pub(super) text: &'static [&'static str],
    /// A condition on the facts, in the language of sentences.
    pub(super) when: &'static str,
    /// The stage that decides where neither a code nor a text is given.
    pub(super) stage: Option<Stage>,
    /// The headline.
    pub(super) what: &'static [&'static str],
    /// The explanation that AWS does not give.
    pub(super) why: &'static [&'static str],
    /// How to mend it, or who must act and how long it takes.
    pub(super) hints: &'static [&'static str],
    /// The change to the request that would mend it.
    pub(super) fix: Fix,
}

/// How the change to the request follows from the message.
#[derive(Clone, Copy)]
pub(super) enum Fix {
    /// No change would.
    None,
    /// Drop this member.
    Drop(&'static str),
    /// Drop what the pattern captured as `field`.
    DropField,
    /// At most what the pattern captured as `limit`.
    Clamp,
    /// No system prompt.
    DropSystem,
    /// Converse.
    NoStreaming,
}

/// The row that every other is a variation of.
const RULE: Rule = Rule {
    group: Group::Unknown,
    codes: &[],
    text: &[],
    when: "",
    stage: None,
    what: &[],
    why: &[],
    hints: &[],
    fix: Fix::None,
};

/// The codes that Bedrock gives with a 4xx: which of them comes with a text has changed more than once.
const REFUSALS: &[&str] = &["ValidationException", "AccessDeniedException", "ResourceNotFoundException"];
const VALIDATION: &[&str] = &["ValidationException", "ModelErrorException"];
const ACCESS_DENIED: &[&str] = &["AccessDeniedException", "AccessDenied", "UnauthorizedException", "NotAuthorized"];

/// The subjects, in the order of search. Among rules with a text, the first that fits holds.
const TABLES: [&[Rule]; 6] =
    [permission::RULES, identifier::RULES, credentials::RULES, capacity::RULES, request::RULES, connection::RULES];

/// The rule for a failure: by code and text, then by code alone, by what the status stands for, by stage.
pub(super) fn select<'t>(failure: &Failure, text: &'t str, facts: &Facts) -> (&'static Rule, Captures<'t>) {
    let implied = failure.status.and_then(code_of_status);
    let code = failure.code.as_deref().map(plain_code);
    let by_text = || {
        let known = code.filter(|code| is_known_code(code));
        let code = known.or(implied.filter(|_| failure.status >= Some(429)));
        rules().filter(|rule| rule.accepts(code, facts)).find_map(|rule| rule.find(text).map(|found| (rule, found)))
    };
    let by_code =
        |code: Option<&str>| rules().find(|rule| rule.is_decided_by(code, facts)).map(|rule| (rule, Vec::new()));
    let by_stage = || rules().find(|rule| rule.stage == Some(failure.stage)).map(|rule| (rule, Vec::new()));
    by_text().or_else(|| by_code(code)).or_else(|| by_code(implied)).or_else(by_stage).unwrap_or((&UNKNOWN, Vec::new()))
}

/// Whether any rule speaks of this code.
pub(super) fn is_known_code(code: &str) -> bool {
    rules().any(|rule| is_among(code, rule.codes))
}

/// Whether any rule finds its text in this one.
pub(super) fn is_known_text(text: &str) -> bool {
    let text = text::normalised(text);
    rules().any(|rule| rule.find(&text).is_some())
}

const UNKNOWN: Rule =
    Rule { what: &["{`code} is no error that is known here", "this is no error that is known here"], ..RULE };

fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLES.into_iter().flatten()
}

impl Rule {
    /// Whether nothing but the text is left to decide. A code that is missing or unknown excludes no rule.
    fn accepts(&self, code: Option<&str>, facts: &Facts) -> bool {
        let has_code = |code| self.codes.is_empty() || is_among(code, self.codes);
        !self.text.is_empty() && code.is_none_or(has_code) && facts.fill(self.when).is_some()
    }

    fn find<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.text.iter().find_map(|pattern| text::find(pattern, text))
    }

    fn is_decided_by(&self, code: Option<&str>, facts: &Facts) -> bool {
        self.text.is_empty() && code.is_some_and(|code| is_among(code, self.codes)) && facts.fill(self.when).is_some()
    }
}

/// The code without a namespace before it and a link after it.
fn plain_code(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code).trim()
}

fn is_among(code: &str, codes: &[&str]) -> bool {
    let code = plain_code(code);
    codes.iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// The code that a status stands for where an answer has none.
const fn code_of_status(status: u16) -> Option<&'static str> {
    Some(match status {
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

    /// The facts that do not come from a pattern.
    const FACTS: &[&str] = &[
        "action",
        "api_key",
        "arn_region",
        "asked",
        "at_destination",
        "at_source",
        "called",
        "clock",
        "code",
        "credentials",
        "denied",
        "denied_region",
        "destinations",
        "end_of_life",
        "first_party",
        "foundation_model",
        "from_environment",
        "host",
        "kind",
        "loading_credentials",
        "mantle_only",
        "model",
        "narrower",
        "near_profile",
        "no_endpoint",
        "operation",
        "partition",
        "plain",
        "policy",
        "principal",
        "profile",
        "region",
        "region_less",
        "resource",
        "resource_account",
        "sso",
        "status",
        "successor",
        "suggested",
        "tried",
        "wider",
    ];

    fn sentences(rule: &Rule) -> impl Iterator<Item = &'static str> {
        [rule.what, rule.why, rule.hints, &[rule.when]].concat().into_iter()
    }

    fn names(template: &str) -> BTreeSet<String> {
        let holes = template.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(hole, _)| hole);
        let names = holes.flat_map(|hole| hole.trim_start_matches(['?', '!', '`']).split('|'));
        names.filter(|name| !name.starts_with('\'')).map(|name| name.split('=').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn every_hole_of_a_sentence_is_a_fact_or_captured_by_the_rule() {
        for rule in rules() {
            let captured: BTreeSet<_> = rule.text.iter().flat_map(|pattern| names(pattern)).collect();
            for sentence in sentences(rule) {
                for name in names(sentence) {
                    assert!(FACTS.contains(&name.as_str()) || captured.contains(&name), "{name}: {sentence}");
                }
                let count = |mark| sentence.matches(mark).count();
                assert_eq!((count('['), count('{')), (count(']'), count('}')), "{sentence}");
            }
        }
    }

    #[test]
    fn no_pattern_is_a_bare_word() {
        for pattern in rules().flat_map(|rule| rule.text) {
            let is_a_name = pattern.chars().any(|c| c.is_ascii_uppercase() || "_.:".contains(c)) && pattern.len() >= 8;
            assert!(pattern.contains(' ') || is_a_name, "{pattern}");
        }
    }

    #[test]
    fn a_sentence_is_lower_case_without_a_full_stop() {
        for sentence in rules().flat_map(|rule| rule.what.iter().chain(rule.why).chain(rule.hints)) {
            let words = sentence.trim_start_matches('{').to_owned();
            let first = words.split_once('}').filter(|_| sentence.starts_with('{')).map_or(*sentence, |(_, rest)| rest);
            let is_name = ["AWS", "Bedrock", "Converse"].iter().any(|name| first.starts_with(name));
            assert!(is_name || !first.starts_with(|c: char| c.is_ascii_uppercase()), "{sentence}");
            assert!(!sentence.ends_with('.'), "{sentence}");
        }
    }

    #[test]
    fn every_rule_has_a_headline_and_one_thing_that_decides() {
        for rule in rules() {
            assert!(!rule.what.is_empty());
            assert!(!rule.text.is_empty() || (rule.codes.is_empty() != rule.stage.is_none()), "{}", rule.what[0]);
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
            assert!(rule.hints.iter().any(|hint| who.iter().any(|word| hint.contains(word))), "{}", rule.what[0]);
        }
    }

    #[test]
    fn no_rule_is_hidden_behind_another() {
        let mut seen = BTreeSet::new();
        for rule in rules() {
            for pattern in rule.text {
                assert!(seen.insert((pattern, rule.codes, rule.when)), "{pattern}");
            }
        }
    }
}
