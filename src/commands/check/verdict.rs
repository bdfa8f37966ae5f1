//! What a check says of one model from one Region, and whether that is what was expected. Pure: no call, no output.

use crate::diagnosis::Group;
use crate::model::catalog::Catalog;
use crate::model::resolution::{Provenance, Resolution, ResolveError, ResolveErrorKind, ResolveRequest, Rule};
use crate::model::resolver;

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It answered; where nothing was to be called, it resolves.
    Ok,
    /// Nothing is known to be missing: no proof.
    Likely,
    /// It works, and is legacy or past its end of life.
    Legacy,
    /// Refused by a policy or by AWS.
    Denied,
    /// An agreement, a form, a subscription or the Region is missing in the account.
    NotEnabled,
    /// The ID exists, and cannot be called from here, or not by the routing that is allowed.
    NotHere,
    /// No such ID.
    WrongId,
    /// Something kept it from being decided.
    Inconclusive,
}

impl Verdict {
    /// All of them.
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

    /// The word in files and reports.
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

    /// Whether it decides anything, so that it can be expected.
    pub const fn is_proof(self) -> bool {
        !matches!(self, Self::Likely | Self::Inconclusive)
    }

    /// What an answer proves, by the word of the catalog.
    pub fn of_answer(resolution: &Resolution, catalog: &Catalog) -> Self {
        let model = resolution.model.as_deref().and_then(|id| catalog.foundation_model(id));
        let is_legacy = model.is_some_and(|model| model.status() == "LEGACY");
        if is_legacy || resolution.rule == Rule::EndOfLife { Self::Legacy } else { Self::Ok }
    }

    /// What a resolution says by itself, where nothing is called: a guess decides nothing.
    pub fn of_resolution(resolution: &Resolution, catalog: &Catalog) -> Self {
        match resolution.rule {
            Rule::Predicted => Self::Inconclusive,
            _ => Self::of_answer(resolution, catalog),
        }
    }

    /// What it means that a model does not resolve: an ID that resolves in any other Region is no wrong one.
    pub fn of_refusal(model: &str, refusal: &ResolveError, request: &ResolveRequest<'_>, catalog: &Catalog) -> Self {
        let exists = || resolver::resolves_anywhere(model, request, catalog);
        match refusal.reason {
            ResolveErrorKind::RoutingRefused => Self::NotHere,
            ResolveErrorKind::NotResolved if exists() => Self::NotHere,
            ResolveErrorKind::NotResolved | ResolveErrorKind::Usage => Self::WrongId,
        }
    }

    /// What a failed call means for the model. A service that does not know an ID that the catalog lists lacks it here.
    pub fn of_failure(group: Group, resolution: &Resolution) -> Self {
        use Group as G;
        let is_listed = matches!(resolution.provenance, Provenance::Catalog(..));
        match group {
            G::UseCaseForm
            | G::MarketplaceDenied
            | G::MarketplacePending
            | G::PaymentInstrument
            | G::AccessDeniedModel
            | G::RegionNotEnabled => Self::NotEnabled,
            G::Denied
            | G::DeniedIdentityPolicy
            | G::DeniedServiceControlPolicy
            | G::DeniedResourceControlPolicy
            | G::DeniedBoundary
            | G::DeniedSessionPolicy
            | G::DeniedEndpointPolicy
            | G::DeniedResourcePolicy
            | G::DeniedLookup
            | G::DeniedGuardrail
            | G::ApiKeyNotAllowed
            | G::LegacyInactive
            | G::DataRetention
            | G::AccountBlocked
            | G::AccountTrust
            | G::ChannelAccount
            | G::UnsupportedCountry => Self::Denied,
            G::EndOfLife | G::OtherEndpoint => Self::NotHere,
            G::IdentifierInvalid | G::ModelNotFound | G::ResourceNotFound if is_listed => Self::NotHere,
            G::IdentifierInvalid
            | G::ModelNotFound
            | G::ResourceNotFound
            | G::IdentifierMalformed
            | G::OnDemandUnsupported
            | G::WrongRegion
            | G::NotChat => Self::WrongId,
            _ => Self::Inconclusive,
        }
    }
}

/// Whether a verdict is what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is.
    Passed,
    /// It is, and somebody should act all the same.
    Warned,
    /// Nobody can tell.
    Undecided,
    /// It is not.
    Failed,
}

impl Outcome {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Undecided => "undecided",
            Self::Failed => "failed",
        }
    }

    /// Holds a verdict against what was expected.
    pub fn of(verdict: Verdict, expected: Verdict) -> Self {
        match (verdict, expected) {
            (Verdict::Likely, Verdict::Ok | Verdict::Legacy) => Self::Passed,
            (Verdict::Likely | Verdict::Inconclusive, _) => Self::Undecided,
            (Verdict::Legacy, Verdict::Ok) => Self::Warned,
            _ if verdict == expected => Self::Passed,
            _ => Self::Failed,
        }
    }
}

/// How far a fault of the setting reaches: what it keeps from being decided says nothing of any model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every Region.
    Everywhere,
    /// The source Region of the call.
    Region,
}

impl Scope {
    /// The reach of this cause, where it is one of the setting: credentials, clock, network.
    pub const fn of(group: Group) -> Option<Self> {
        use Group as G;
        match group {
            G::CredentialsMissing
            | G::CredentialsExpired
            | G::SsoExpired
            | G::SsoRegion
            | G::SsoLegacyProfile
            | G::LoginExpired
            | G::ProfileNotFound
            | G::RoleNotAssumed
            | G::MultiFactor
            | G::CredentialProcess
            | G::InstanceMetadata
            | G::ClockSkew
            | G::SignatureMismatch
            | G::ApiKeyFormat
            | G::ApiKeyExpired
            | G::ApiKeyBlank
            | G::ApiKeyCharacters
            | G::ApiKeyNeedsHttps
            | G::Tls
            | G::Proxy => Some(Self::Everywhere),
            // A short-term key is bound to its Region, and a Region that is not enabled does not know any key.
            G::ApiKeyInvalid | G::CredentialsInvalid | G::Unreachable => Some(Self::Region),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(Outcome::of(verdict, expected), outcome, "{verdict:?}, expected {expected:?}");
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
