//! The verdict of a check about one model in one source Region, and its comparison with the expected verdict. Pure.

use bedrock_ask::diagnosis::{Group, ModelAccess};
use bedrock_ask::model::catalog::{Catalog, FoundationModel, ProfileStatus};
use bedrock_ask::model::date::Date;
use bedrock_ask::model::resolution::{Provenance, Resolution, ResolveError, ResolveErrorKind, ResolveRequest, Rule};
use bedrock_ask::model::resolver;

/// The result of checking one model in one source Region; [`Verdict::properties`] says what each one means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Ok,
    Listed,
    Likely,
    Legacy,
    Retired,
    Denied,
    NotEnabled,
    Unavailable,
    InvalidId,
    Inconclusive,
}

/// The name of a verdict, its outcome where a response is expected, and its meaning.
struct Properties {
    name: &'static str,
    class: Outcome,
    meaning: &'static str,
}

impl Verdict {
    pub const ALL: [Self; 10] = [
        Self::Ok,
        Self::Listed,
        Self::Likely,
        Self::Legacy,
        Self::Retired,
        Self::Denied,
        Self::NotEnabled,
        Self::Unavailable,
        Self::InvalidId,
        Self::Inconclusive,
    ];

    /// Returns the row of the table of verdicts.
    const fn properties(self) -> Properties {
        let (name, class, meaning) = match self {
            Self::Ok => ("ok", Outcome::Passed, "the model responded"),
            Self::Listed => ("listed", Outcome::Passed, "the catalog lists an ID to invoke; nothing was invoked"),
            Self::Likely => {
                ("likely", Outcome::Passed, "AWS reports that nothing is missing; the model was not invoked")
            }
            Self::Legacy => {
                ("legacy", Outcome::Warned, "the model is a legacy model; with `--depth invoke` it responded")
            }
            Self::Retired => ("retired", Outcome::Failed, "the model is past its end of life"),
            Self::Denied => ("denied", Outcome::Failed, "a policy or AWS denies access"),
            Self::NotEnabled => {
                ("not-enabled", Outcome::Failed, "the account lacks an agreement, a form, a subscription or the Region")
            }
            Self::Unavailable => {
                ("unavailable", Outcome::Failed, "the model exists, but cannot be invoked from there with this routing")
            }
            Self::InvalidId => ("invalid-id", Outcome::Failed, "there is no model with this ID"),
            Self::Inconclusive => ("inconclusive", Outcome::Inconclusive, "the check could not be decided"),
        };
        Properties { name, class, meaning }
    }

    /// Returns the name in files and reports.
    pub const fn as_str(self) -> &'static str {
        self.properties().name
    }

    /// Returns the table of verdicts for the help: name, outcome and meaning.
    pub fn table() -> String {
        let row = |verdict: Self| {
            let Properties { name, class, meaning } = verdict.properties();
            format!("  {name:<12}  {:<12}  {meaning}\n", class.as_str())
        };
        Self::ALL.into_iter().map(row).collect()
    }

    /// Whether the verdict is definite, so that a file can expect it.
    pub const fn is_proof(self) -> bool {
        !matches!(self, Self::Listed | Self::Likely | Self::Inconclusive)
    }

    /// Returns the verdict for a model that responded.
    pub fn from_response(resolution: &Resolution, catalog: &Catalog) -> Self {
        if is_legacy(resolution, catalog) || resolution.rule == Rule::EndOfLife { Self::Legacy } else { Self::Ok }
    }

    /// Returns the verdict for a resolution if nothing is invoked. What the catalog does not list is inconclusive.
    pub fn from_resolution(resolution: &Resolution, catalog: &Catalog) -> Self {
        let region = resolution.source_region.map_or("", |region| region.name);
        let routes = resolution.model.as_deref().map(|model| catalog.routes(model, region)).unwrap_or_default();
        let route = routes.iter().find(|route| route.id == resolution.id);
        let is_unverified = route.is_some_and(|route| route.status == ProfileStatus::Unverified);
        match (resolution.rule, &resolution.provenance) {
            (Rule::EndOfLife, _) => Self::Retired,
            (Rule::Predicted, _) | (_, Provenance::Predicted | Provenance::AsWritten) => Self::Inconclusive,
            _ if is_unverified => Self::Inconclusive,
            _ if route.is_some_and(|route| !route.invocable) => Self::Unavailable,
            _ if is_legacy(resolution, catalog) => Self::Legacy,
            _ => Self::Listed,
        }
    }

    /// Returns the verdict for a model that does not resolve.
    ///
    /// An ID that resolves in any other Region is not invalid.
    pub fn from_resolve_error(
        model: &str,
        refusal: &ResolveError,
        request: &ResolveRequest<'_>,
        catalog: &Catalog,
    ) -> Self {
        let exists = || resolver::resolves_anywhere(model, request, catalog);
        match refusal.kind {
            ResolveErrorKind::NotResolved if is_retired(refusal, request.today, catalog) => Self::Retired,
            ResolveErrorKind::RoutingRefused => Self::Unavailable,
            ResolveErrorKind::NotResolved if exists() => Self::Unavailable,
            _ => Self::InvalidId,
        }
    }

    /// Returns what a failed call proves about the model.
    ///
    /// An ID that the service does not know is not invalid if the catalog lists it: the model is missing in this Region.
    pub fn from_failure(group: Group, resolution: &Resolution) -> Self {
        let is_listed = matches!(resolution.provenance, Provenance::Catalog(..) | Provenance::CatalogFile(..));
        match group.model_access() {
            _ if group == Group::EndOfLife => Self::Retired,
            ModelAccess::NotEnabled => Self::NotEnabled,
            ModelAccess::Denied => Self::Denied,
            ModelAccess::NotServed => Self::Unavailable,
            ModelAccess::UnknownId if is_listed => Self::Unavailable,
            ModelAccess::UnknownId | ModelAccess::WrongId => Self::InvalidId,
            ModelAccess::Undecided => Self::Inconclusive,
        }
    }
}

fn is_legacy(resolution: &Resolution, catalog: &Catalog) -> bool {
    let model = resolution.model.as_deref().and_then(|id| catalog.foundation_model(id));
    model.is_some_and(|model| model.status() == "LEGACY")
}

/// Whether the model that did not resolve is past its end of life. The input can be an alias, a short name or the
/// spelling of another tool; the error names the ID that it stands for.
fn is_retired(refusal: &ResolveError, today: Date, catalog: &Catalog) -> bool {
    let Some(id) = refusal.message.summary.split('`').nth(1) else { return false };
    let of_profile = || catalog.inference_profile(id).map(|profile| profile.model);
    let model: Option<FoundationModel<'_>> = catalog.foundation_model(id).or_else(of_profile);
    model.is_some_and(|model| model.is_past_end_of_life(today))
}

/// The comparison of a verdict with the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The verdict is the expected one.
    Passed,
    /// The verdict is acceptable, but needs attention.
    Warned,
    /// The verdict is not definite.
    Inconclusive,
    /// The verdict is another one.
    Failed,
}

impl Outcome {
    /// Every outcome, in the order of a summary.
    pub const ALL: [Self; 4] = [Self::Passed, Self::Warned, Self::Inconclusive, Self::Failed];

    /// Returns the name that reports use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
        }
    }

    /// Compares a verdict with the expected one. `is_response` says whether the model responded: without a response,
    /// nothing shows whether access is denied.
    pub fn new(verdict: Verdict, expected: Verdict, is_response: bool) -> Self {
        match (verdict, expected) {
            (_, Verdict::Ok) => verdict.properties().class,
            _ if verdict == expected => Self::Passed,
            (Verdict::Likely, Verdict::Legacy) => Self::Passed,
            (Verdict::Inconclusive | Verdict::Likely, _) => Self::Inconclusive,
            (Verdict::Listed | Verdict::Legacy, Verdict::Denied | Verdict::NotEnabled) if !is_response => {
                Self::Inconclusive
            }
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_ask::model::catalog::CatalogSource;
    use bedrock_ask::model::resolution::Destinations;

    #[test]
    fn an_expectation_decides_the_outcome_of_a_verdict() {
        use {Outcome as O, Verdict as V};
        for (verdict, expected, is_response, outcome) in [
            (V::Ok, V::Ok, true, O::Passed),
            (V::Legacy, V::Ok, true, O::Warned),
            (V::Legacy, V::Legacy, true, O::Passed),
            (V::Ok, V::Legacy, true, O::Failed),
            (V::Denied, V::Ok, false, O::Failed),
            (V::Denied, V::Denied, false, O::Passed),
            (V::Ok, V::Denied, true, O::Failed),
            (V::Legacy, V::Denied, true, O::Failed),
            (V::Legacy, V::Denied, false, O::Inconclusive),
            (V::Unavailable, V::Denied, false, O::Failed),
            (V::Retired, V::Ok, false, O::Failed),
            (V::Retired, V::Retired, false, O::Passed),
            (V::Retired, V::Unavailable, false, O::Failed),
            (V::Inconclusive, V::Ok, false, O::Inconclusive),
            (V::Inconclusive, V::Denied, false, O::Inconclusive),
            (V::Listed, V::Ok, false, O::Passed),
            (V::Listed, V::Denied, false, O::Inconclusive),
            (V::Listed, V::NotEnabled, false, O::Inconclusive),
            (V::Listed, V::Legacy, false, O::Failed),
            (V::Listed, V::Unavailable, false, O::Failed),
            (V::Likely, V::Ok, false, O::Passed),
            (V::Likely, V::Denied, false, O::Inconclusive),
            (V::NotEnabled, V::Ok, false, O::Failed),
        ] {
            assert_eq!(Outcome::new(verdict, expected, is_response), outcome, "{verdict:?}, expected {expected:?}");
        }
    }

    fn listed() -> Resolution {
        Resolution {
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
        }
    }

    #[test]
    fn an_unknown_id_is_invalid_unless_the_catalog_lists_it() {
        let unlisted = Resolution { provenance: Provenance::AsWritten, ..listed() };
        for (group, verdicts) in [
            (Group::IdentifierInvalid, [Verdict::Unavailable, Verdict::InvalidId]),
            (Group::OnDemandUnsupported, [Verdict::InvalidId; 2]),
            (Group::EndOfLife, [Verdict::Retired; 2]),
            (Group::OtherEndpoint, [Verdict::Unavailable; 2]),
            (Group::DeniedBoundary, [Verdict::Denied; 2]),
            (Group::UseCaseForm, [Verdict::NotEnabled; 2]),
            (Group::Timeout, [Verdict::Inconclusive; 2]),
        ] {
            assert_eq!([&listed(), &unlisted].map(|resolution| Verdict::from_failure(group, resolution)), verdicts);
        }
    }

    #[test]
    fn the_catalog_alone_is_never_a_response() {
        let catalog = Catalog::built_in();
        for (resolution, verdict) in [
            (listed(), Verdict::Listed),
            (Resolution { rule: Rule::EndOfLife, ..listed() }, Verdict::Retired),
            (Resolution { rule: Rule::Predicted, ..listed() }, Verdict::Inconclusive),
            (Resolution { provenance: Provenance::AsWritten, ..listed() }, Verdict::Inconclusive),
        ] {
            assert_eq!(Verdict::from_resolution(&resolution, &catalog), verdict, "{resolution:?}");
        }
    }

    #[test]
    fn every_verdict_has_a_name_of_its_own_and_a_row_in_the_table() {
        let mut names: Vec<_> = Verdict::ALL.into_iter().map(Verdict::as_str).collect();
        assert!(Verdict::table().lines().zip(&names).all(|(row, name)| row.trim_start().starts_with(name)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Verdict::ALL.len());
    }
}
