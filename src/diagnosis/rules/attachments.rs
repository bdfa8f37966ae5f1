//! Rules for what is attached to a prompt.

use super::{DiagnosisRule, REFUSALS, RULE};
use crate::diagnosis::group::Group;

pub(super) const RULES: &[DiagnosisRule] = &[DiagnosisRule {
    group: Group::CachingUnsupported,
    codes: REFUSALS,
    patterns: &["messages.{place}.type: Field required"],
    summary: &["the content block `messages.{place}` is not of a type that the model takes"],
    explanation: &["a cache point directly behind a document that is not a PDF becomes such a block"],
    hints: &["put a text between the document and the `cachePoint`"],
    ..RULE
}];
