//! The account's access to a model, as AWS reports it without invoking the model. It is free, and proves nothing: an
//! agreement that is missing may be accepted by the first call, and one that exists says nothing about policies.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{DestinationFinding, DestinationStatus, Finding, reaches_everywhere};
use super::plan::CheckCase;
use super::verdict::Verdict;
use crate::aws::Availability;
use crate::error::{Error, ExitCode};
use bedrock_ask::model::region::Region;

/// A plain model ID and a Region in which its availability is read.
pub type ModelRegion = (String, Region);

/// The availability of every model and Region, and whether Anthropic's form was submitted.
#[derive(Debug, Default)]
pub struct AvailabilityFacts {
    pub places: BTreeMap<ModelRegion, Result<Availability, Error>>,
    /// Whether the use-case form was submitted; `None` if that was not read.
    pub form: Option<Result<bool, Error>>,
}

impl AvailabilityFacts {
    /// Whether everything is known that this case needs.
    pub fn covers(&self, case: &CheckCase) -> bool {
        let has_form = self.form.is_some() || !needs_form(case);
        has_form && places_of(case).iter().all(|place| self.places.contains_key(place))
    }
}

/// Returns the models and Regions to read, each once: the source Region and every destination Region of each case.
pub fn places(cases: &[CheckCase]) -> BTreeSet<ModelRegion> {
    cases.iter().flat_map(places_of).collect()
}

/// Whether this model needs the form that `GetUseCaseForModelAccess` returns.
pub fn needs_form(case: &CheckCase) -> bool {
    model_of(case).is_some_and(|model| model.starts_with("anthropic."))
}

fn model_of(case: &CheckCase) -> Option<&str> {
    case.resolved.as_ref().ok()?.model.as_deref()
}

fn places_of(case: &CheckCase) -> Vec<ModelRegion> {
    let Some(model) = model_of(case) else { return Vec::new() };
    let destinations = case.destinations().iter().filter_map(|name| Region::named(name));
    case.region.into_iter().chain(destinations).map(|region| (model.to_owned(), region)).collect()
}

pub fn finding(case: &CheckCase, facts: &AvailabilityFacts) -> Finding {
    let mut finding = Finding::new(case, Verdict::Likely);
    let places = places_of(case);
    if places.is_empty() {
        finding.verdict = Verdict::Inconclusive;
        let what = format!("`{}` does not show its foundation model, whose availability AWS reports", case.model);
        finding.error = Some(Error::new(ExitCode::CheckInconclusive, what).hint("`--depth invoke` decides it"));
        return finding;
    }
    if needs_form(case) {
        match &facts.form {
            Some(Ok(false)) => finding.lower_verdict(Verdict::NotEnabled, missing_form()),
            Some(Err(error)) => finding.lower_verdict(Verdict::Inconclusive, error.clone()),
            Some(Ok(true)) | None => {}
        }
    }
    for place in places {
        let (verdict, error) = match facts.places.get(&place) {
            Some(Ok(availability)) => read(availability, &place),
            Some(Err(error)) => (Verdict::Inconclusive, Some(error.clone())),
            None => (Verdict::Inconclusive, None),
        };
        let region = place.1.name.to_owned();
        if case.destinations().contains(&region) && finding.destinations.iter().all(|other| other.region != region) {
            let status = DestinationStatus::Availability(verdict);
            finding.destinations.push(DestinationFinding { region, status });
        }
        if let Some(error) = error {
            finding.lower_verdict(verdict, error);
        }
    }
    if reaches_everywhere(case) {
        finding.notes.push("it may run in any commercial Region; only the source Region was checked".to_owned());
    }
    finding
}

impl Finding {
    /// Keeps the worse of two verdicts: a definite one is worse than an undecided one.
    fn lower_verdict(&mut self, verdict: Verdict, error: Error) {
        let weight = |verdict| match verdict {
            Verdict::NotEnabled => 2,
            Verdict::Inconclusive => 1,
            _ => 0,
        };
        if weight(verdict) > weight(self.verdict) {
            (self.verdict, self.error) = (verdict, Some(error));
        }
    }
}

fn missing_form() -> Error {
    Error::new(ExitCode::AccessDenied, "Anthropic's use-case form was never submitted for this account")
        .cause("GetUseCaseForModelAccess finds none")
        .hint(
            "an administrator fills it out once in the Bedrock console, or in the organization's management account \
             for all of its accounts",
        )
}

/// Returns the verdict and its error. Only a missing agreement is evidence: accounts that AWS reports as not authorized
/// can invoke models.
fn read(availability: &Availability, (model, region): &ModelRegion) -> (Verdict, Option<Error>) {
    let agreement = availability.agreement.as_deref();
    let Availability { authorization, entitlement, region: reported, agreement_error, .. } = availability;
    let (verdict, exit, what, hint) = match agreement {
        Some("AVAILABLE") if authorization == "AUTHORIZED" && entitlement == "AVAILABLE" && reported == "AVAILABLE" => {
            return (Verdict::Likely, None);
        }
        Some("NOT_AVAILABLE") => (
            Verdict::NotEnabled,
            ExitCode::AccessDenied,
            format!("there is no agreement for `{model}` in {region}"),
            "an administrator who may subscribe to AWS Marketplace calls it once; the first call may make the agreement \
             by itself",
        ),
        Some("PENDING") => (
            Verdict::NotEnabled,
            ExitCode::AccessDenied,
            format!("the agreement for `{model}` in {region} is being created"),
            "try again in 15 minutes",
        ),
        _ => (
            Verdict::Inconclusive,
            ExitCode::CheckInconclusive,
            format!("what AWS reports about `{model}` in {region} is not conclusive"),
            "`--depth invoke` decides it",
        ),
    };
    let agreement = agreement.unwrap_or("unknown");
    let details =
        format!("agreement {agreement}, authorization {authorization}, entitlement {entitlement}, Region {reported}");
    let error = Error::new(exit, what).cause(format!("GetFoundationModelAvailability: {details}"));
    (verdict, Some(error.causes(agreement_error).hint(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_taken_for_a_proof() {
        use Verdict as V;
        let place = ("anthropic.claude-opus-4-7".to_owned(), Region::named("eu-west-1").unwrap());
        for (agreement, authorization, entitlement, region, verdict) in [
            (Some("AVAILABLE"), "AUTHORIZED", "AVAILABLE", "AVAILABLE", V::Likely),
            (Some("AVAILABLE"), "NOT_AUTHORIZED", "AVAILABLE", "AVAILABLE", V::Inconclusive),
            (Some("AVAILABLE"), "AUTHORIZED", "NOT_AVAILABLE", "AVAILABLE", V::Inconclusive),
            (Some("AVAILABLE"), "AUTHORIZED", "AVAILABLE", "NOT_AVAILABLE", V::Inconclusive),
            (Some("NOT_AVAILABLE"), "AUTHORIZED", "AVAILABLE", "AVAILABLE", V::NotEnabled),
            (Some("PENDING"), "AUTHORIZED", "AVAILABLE", "AVAILABLE", V::NotEnabled),
            (Some("ERROR"), "AUTHORIZED", "AVAILABLE", "AVAILABLE", V::Inconclusive),
            (Some("A_NEW_WORD"), "AUTHORIZED", "AVAILABLE", "AVAILABLE", V::Inconclusive),
            (None, "AUTHORIZED", "AVAILABLE", "AVAILABLE", V::Inconclusive),
        ] {
            let availability = Availability {
                agreement: agreement.map(str::to_owned),
                agreement_error: None,
                authorization: authorization.to_owned(),
                entitlement: entitlement.to_owned(),
                region: region.to_owned(),
            };
            let (found, error) = read(&availability, &place);
            assert_eq!(found, verdict, "{availability:?}");
            assert_eq!(error.is_none(), verdict == V::Likely);
        }
    }
}
