//! The verdict of a check about one model in one source Region, and its comparison with the expected verdict. Pure.

use bedrock_ask::diagnosis::{Group, ModelAccess};
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::resolution::{Provenance, Resolution, ResolveError, ResolveErrorKind, ResolveRequest, Rule};
use bedrock_ask::model::resolver;

/// The result of checking one model in one source Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The model responded; if nothing was invoked, it resolves.
    Ok,
    /// Nothing is known to be missing, but nothing was invoked.
    Likely,
    /// The model works, but it is a legacy model or past its end of life.
    Legacy,
    /// A policy or AWS denies access.
    Denied,
    /// The account lacks an agreement, a form, a subscription, or the Region itself.
    NotEnabled,
    /// The model exists, but cannot be invoked from the source Region with the allowed kinds of routing.
    NotHere,
    /// The ID does not exist.
    WrongId,
    /// The check could not be decided.
    Inconclusive,
}

impl Verdict {
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Likely,
        Self::Legacy,
        Self::Denied,
        Self::NotEnabled,
        Self::NotHere,
        Self::WrongId,
        Self::Inconclusive,
    ];

    /// Returns the name in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Likely => "likely",
            Self::Legacy => "legacy",
            Self::Denied => "denied",
            Self::NotEnabled => "not-enabled",
            Self::NotHere => "not-here",
            Self::WrongId => "wrong-id",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Whether the verdict is definite, so that a file can expect it.
    pub const fn is_proof(self) -> bool {
        !matches!(self, Self::Likely | Self::Inconclusive)
    }

    /// Returns the verdict for a model that responded.
    pub fn from_response(resolution: &Resolution, catalog: &Catalog) -> Self {
        let model = resolution.model.as_deref().and_then(|id| catalog.foundation_model(id));
        let is_legacy = model.is_some_and(|model| model.status() == "LEGACY");
        if is_legacy || resolution.rule == Rule::EndOfLife { Self::Legacy } else { Self::Ok }
    }

    /// Returns the verdict for a resolution if nothing is invoked; a prediction is inconclusive.
    pub fn from_resolution(resolution: &Resolution, catalog: &Catalog) -> Self {
        match resolution.rule {
            Rule::Predicted => Self::Inconclusive,
            _ => Self::from_response(resolution, catalog),
        }
    }

    /// Returns the verdict for a model that does not resolve.
    ///
    /// An ID that resolves in any other Region is not wrong.
    pub fn from_resolve_error(
        model: &str,
        refusal: &ResolveError,
        request: &ResolveRequest<'_>,
        catalog: &Catalog,
    ) -> Self {
        let exists = || resolver::resolves_anywhere(model, request, catalog);
        match refusal.kind {
            ResolveErrorKind::RoutingRefused => Self::NotHere,
            ResolveErrorKind::NotResolved if exists() => Self::NotHere,
            _ => Self::WrongId,
        }
    }

    /// Returns what a failed call proves about the model.
    ///
    /// An ID that the service does not know is not wrong if the catalog lists it: the model is missing in this Region.
    pub fn from_failure(group: Group, resolution: &Resolution) -> Self {
        let is_listed = matches!(resolution.provenance, Provenance::Catalog(..) | Provenance::CatalogFile(..));
        match group.model_access() {
            ModelAccess::NotEnabled => Self::NotEnabled,
            ModelAccess::Denied => Self::Denied,
            ModelAccess::NotServed => Self::NotHere,
            ModelAccess::UnknownId if is_listed => Self::NotHere,
            ModelAccess::UnknownId | ModelAccess::WrongId => Self::WrongId,
            ModelAccess::Undecided => Self::Inconclusive,
        }
    }
}

/// The comparison of a verdict with the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The verdict is the expected one.
    Passed,
    /// The verdict is acceptable, but needs attention.
    Warned,
    /// The verdict is not definite.
    Undecided,
    /// The verdict is another one.
    Failed,
}

impl Outcome {
    /// Returns the name that reports use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Undecided => "undecided",
            Self::Failed => "failed",
        }
    }

    /// Compares a verdict with the expected one.
    pub fn new(verdict: Verdict, expected: Verdict) -> Self {
        match (verdict, expected) {
            (Verdict::Likely, Verdict::Ok | Verdict::Legacy) => Self::Passed,
            (Verdict::Likely | Verdict::Inconclusive, _) => Self::Undecided,
            (Verdict::Legacy, Verdict::Ok) => Self::Warned,
            _ if verdict == expected => Self::Passed,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_ask::model::catalog::CatalogSource;
    use bedrock_ask::model::date::Date;
    use bedrock_ask::model::resolution::Destinations;

    #[test]
    fn an_expectation_turns_a_verdict_round() {
        use {Outcome as O, Verdict as V};
        for (verdict, expected, outcome) in [
            (V::Ok, V::Ok, O::Passed),
            (V::Legacy, V::Ok, O::Warned),
            (V::Legacy, V::Legacy, O::Passed),
            (V::Ok, V::Legacy, O::Failed),
            (V::Denied, V::Ok, O::Failed),
            (V::Denied, V::Denied, O::Passed),
            (V::Ok, V::Denied, O::Failed),
            (V::NotHere, V::Denied, O::Failed),
            (V::Inconclusive, V::Ok, O::Undecided),
            (V::Inconclusive, V::Denied, O::Undecided),
            (V::Likely, V::Ok, O::Passed),
            (V::Likely, V::Denied, O::Undecided),
            (V::NotEnabled, V::Ok, O::Failed),
        ] {
            assert_eq!(Outcome::new(verdict, expected), outcome, "{verdict:?}, expected {expected:?}");
        }
    }

    #[test]
    fn an_unknown_id_is_wrong_unless_the_catalog_lists_it() {
        let listed = Resolution {
            input: "us.x.y".to_owned(),
            id: "us.x.y".to_owned(),
            model: None,
            rule: Rule::Profile,
            source_region: None,
            routing: None,
            destinations: Destinations::Unknown,
            provenance: Provenance::Catalog(CatalogSource::Live, Date { year: 2000, month: 1, day: 1 }),
            end_of_life: None,
            alternatives: Vec::new(),
            notices: Vec::new(),
        };
        let unlisted = Resolution { provenance: Provenance::AsWritten, ..listed.clone() };
        for (group, verdicts) in [
            (Group::IdentifierInvalid, [Verdict::NotHere, Verdict::WrongId]),
            (Group::OnDemandUnsupported, [Verdict::WrongId; 2]),
            (Group::EndOfLife, [Verdict::NotHere; 2]),
            (Group::DeniedBoundary, [Verdict::Denied; 2]),
            (Group::UseCaseForm, [Verdict::NotEnabled; 2]),
            (Group::Timeout, [Verdict::Inconclusive; 2]),
        ] {
            assert_eq!([&listed, &unlisted].map(|resolution| Verdict::from_failure(group, resolution)), verdicts);
        }
    }

    #[test]
    fn every_verdict_has_a_word_of_its_own() {
        let mut words: Vec<_> = Verdict::ALL.into_iter().map(Verdict::as_str).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Verdict::ALL.len());
    }
}
