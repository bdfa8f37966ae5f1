//! The groups of causes: one table, one row per group, with everything that follows from the group alone.

use crate::exit_code::ExitCode;

/// Who can remove the cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Actor {
    /// The caller.
    Caller,
    /// An administrator of the AWS account.
    Administrator,
    /// An administrator of the AWS organization.
    Organization,
    /// AWS Support, at the request of the account's owner.
    Support,
    /// The AWS partner that sold the account.
    Partner,
    /// None: the cause goes away by itself.
    Nobody,
}

/// What a failure proves about access to the model that was invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a caller that derives a verdict from it has to handle every case")]
pub enum ModelAccess {
    /// The account lacks an agreement, a form, a subscription, or the Region itself.
    NotEnabled,
    /// A policy or AWS itself denies access.
    Denied,
    /// The model is not served any more, or not by this endpoint.
    NotServed,
    /// The service does not know the ID: it is wrong, or not available in the source Region.
    UnknownId,
    /// The ID or ARN can never be invoked from the source Region.
    WrongId,
    /// Nothing: the failure has another cause.
    Undecided,
}

/// How many calls a cause affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a caller that leaves calls out has to handle every case")]
pub enum Scope {
    /// Every call, in every Region: credentials, clock, proxy.
    Everywhere,
    /// Every call to the same source Region.
    Region,
    /// Nothing is known beyond the call that failed.
    Call,
}

/// What has to change for the call to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// Nothing: the same call is worth retrying later.
    RetryLater,
    /// The ID: another one of the same model can be invoked.
    OtherId,
    /// The request, the settings, or the account.
    Change,
}

/// One row of the table.
struct Properties {
    name: &'static str,
    exit_code: ExitCode,
    actor: Actor,
    remedy: Remedy,
    model_access: ModelAccess,
    scope: Scope,
}

/// Declares [`Group`] and its properties. Every column is mandatory, so that no group gets a property by default.
macro_rules! groups {
    ($($(#[$doc:meta])* $group:ident: $name:literal, $exit_code:ident, $actor:ident, $remedy:ident,
        $model_access:ident, $scope:ident;)*) => {
        /// The cause of a failure, as far as programs need to distinguish it.
        ///
        /// A group serialises as its name in kebab case, such as `on-demand-unsupported`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Group {
            $($(#[$doc])* $group,)*
        }

        impl Group {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$group),*];

            const fn properties(self) -> Properties {
                match self {
                    $(Self::$group => Properties {
                        name: $name,
                        exit_code: ExitCode::$exit_code,
                        actor: Actor::$actor,
                        remedy: Remedy::$remedy,
                        model_access: ModelAccess::$model_access,
                        scope: Scope::$scope,
                    },)*
                }
            }
        }
    };
}

// Group: name, exit code, actor, remedy, what it proves about access to the model, scope.
groups! {
    /// The model cannot be invoked by its plain ID; it needs an inference profile.
    OnDemandUnsupported: "on-demand-unsupported", NotResolved, Caller, OtherId, WrongId, Call;
    /// The ID cannot be invoked from the source Region.
    IdentifierInvalid: "identifier-invalid", NotResolved, Caller, OtherId, UnknownId, Call;
    /// The ID has characters that no model ID has.
    IdentifierMalformed: "identifier-malformed", NotResolved, Caller, Change, WrongId, Call;
    /// The foundation model does not exist.
    ModelNotFound: "model-not-found", NotResolved, Caller, OtherId, UnknownId, Call;
    /// The inference profile, provisioned model or job does not exist.
    ResourceNotFound: "resource-not-found", NotResolved, Caller, OtherId, UnknownId, Call;
    /// The model has reached its end of life.
    EndOfLife: "end-of-life", NotResolved, Caller, OtherId, NotServed, Call;
    /// The model is a legacy model that this account has not used recently.
    LegacyInactive: "legacy-inactive", AccessDenied, Caller, Change, Denied, Call;
    /// The model is not served by the bedrock-runtime endpoint.
    OtherEndpoint: "other-endpoint", NotResolved, Caller, Change, NotServed, Call;
    /// The ARN belongs to another Region than the endpoint.
    WrongRegion: "wrong-region", Usage, Caller, Change, WrongId, Call;
    /// The model cannot chat, or it was imported.
    NotChat: "not-chat", Usage, Caller, Change, WrongId, Call;
    /// The endpoint does not know the operation that the URL stands for.
    UnknownOperation: "unknown-operation", Failure, Caller, Change, Undecided, Call;
    /// The model does not accept the data-retention mode of the account.
    DataRetention: "data-retention", AccessDenied, Administrator, Change, Denied, Call;
    /// AWS has blocked Bedrock for the account.
    AccountBlocked: "account-blocked", AccessDenied, Support, Change, Denied, Call;
    /// AWS does not let the account use the model until AWS Support has checked it.
    AccountTrust: "account-trust", AccessDenied, Support, Change, Denied, Call;
    /// The model is not offered to accounts that a reseller has sold.
    ChannelAccount: "channel-account", AccessDenied, Partner, Change, Denied, Call;
    /// The provider does not serve the country of the caller or of the account.
    UnsupportedCountry: "unsupported-country", AccessDenied, Caller, Change, Denied, Call;
    /// The account has no access to the model.
    AccessDeniedModel: "access-denied-model", AccessDenied, Administrator, Change, NotEnabled, Call;
    /// Access is denied, and AWS does not say by which policy.
    Denied: "denied", AccessDenied, Administrator, Change, Denied, Call;
    /// No identity-based policy allows the action, or one denies it.
    DeniedIdentityPolicy: "denied-identity-policy", AccessDenied, Administrator, Change, Denied, Call;
    /// A service control policy of the organization denies the action.
    DeniedServiceControlPolicy: "denied-service-control-policy", AccessDenied, Organization, Change, Denied, Call;
    /// A resource control policy of the organization denies the action.
    DeniedResourceControlPolicy: "denied-resource-control-policy", AccessDenied, Organization, Change, Denied, Call;
    /// The permissions boundary does not allow the action.
    DeniedBoundary: "denied-boundary", AccessDenied, Administrator, Change, Denied, Call;
    /// The session policy does not allow the action.
    DeniedSessionPolicy: "denied-session-policy", AccessDenied, Administrator, Change, Denied, Call;
    /// The policy of the VPC endpoint does not allow the action.
    DeniedEndpointPolicy: "denied-endpoint-policy", AccessDenied, Administrator, Change, Denied, Call;
    /// A resource-based policy does not allow the action.
    DeniedResourcePolicy: "denied-resource-policy", AccessDenied, Administrator, Change, Denied, Call;
    /// A read action of the control plane is not allowed; invoking the model may be.
    DeniedLookup: "denied-lookup", AccessDenied, Administrator, Change, Denied, Call;
    /// The caller is not allowed to apply the guardrail.
    DeniedGuardrail: "denied-guardrail", AccessDenied, Administrator, Change, Denied, Call;
    /// The caller is not allowed to use API keys.
    ApiKeyNotAllowed: "api-key-not-allowed", AccessDenied, Administrator, Change, Denied, Call;
    /// The account is not subscribed to the model, and the caller is not allowed to subscribe it.
    MarketplaceDenied: "marketplace-denied", AccessDenied, Administrator, Change, NotEnabled, Call;
    /// The subscription to the model is still being processed.
    MarketplacePending: "marketplace-pending", AccessDenied, Nobody, RetryLater, NotEnabled, Call;
    /// The account has no payment method for the subscription to the model.
    PaymentInstrument: "payment-instrument", AccessDenied, Administrator, Change, NotEnabled, Call;
    /// The use-case form of the provider has not been submitted.
    UseCaseForm: "use-case-form", AccessDenied, Administrator, Change, NotEnabled, Call;
    /// The API key is wrong, revoked, or was made for another Region.
    ApiKeyInvalid: "api-key-invalid", AccessDenied, Caller, Change, Undecided, Region;
    /// The text that was sent is not an API key of Bedrock.
    ApiKeyFormat: "api-key-format", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The short-term API key has expired.
    ApiKeyExpired: "api-key-expired", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The API key is blank.
    ApiKeyBlank: "api-key-blank", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The API key has a newline or another character that is not allowed in an HTTP header.
    ApiKeyCharacters: "api-key-characters", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The API key is not sent because the endpoint does not use TLS.
    ApiKeyNeedsHttps: "api-key-needs-https", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// Nothing is sent over `http://` to another machine, or to a URL that cannot be used exactly.
    EndpointRefused: "endpoint-refused", Usage, Caller, Change, Undecided, Everywhere;
    /// No credentials were found.
    CredentialsMissing: "credentials-missing", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The temporary credentials have expired.
    CredentialsExpired: "credentials-expired", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// AWS does not recognize the credentials.
    CredentialsInvalid: "credentials-invalid", AccessDenied, Caller, Change, Undecided, Region;
    /// The SSO session has expired.
    SsoExpired: "sso-expired", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The SSO session is unknown in the Region of the SSO portal that the profile names.
    SsoRegion: "sso-region", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The SSO profile has no `sso_session`, so its token cannot be refreshed.
    SsoLegacyProfile: "sso-legacy-profile", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The session of `aws login` has expired.
    LoginExpired: "login-expired", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The AWS profile does not exist.
    ProfileNotFound: "profile-not-found", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The caller is not allowed to assume the role.
    RoleNotAssumed: "role-not-assumed", AccessDenied, Administrator, Change, Undecided, Everywhere;
    /// The MFA code is wrong or missing.
    MultiFactor: "multi-factor", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The `credential_process` program failed.
    CredentialProcess: "credential-process", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The instance metadata service did not respond.
    InstanceMetadata: "instance-metadata", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The clock of this machine is wrong.
    ClockSkew: "clock-skew", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The signature does not match the one that AWS computed.
    SignatureMismatch: "signature-mismatch", AccessDenied, Caller, Change, Undecided, Everywhere;
    /// The account has not enabled the Region.
    RegionNotEnabled: "region-not-enabled", AccessDenied, Administrator, Change, NotEnabled, Call;
    /// No Region is set.
    RegionMissing: "region-missing", Usage, Caller, Change, Undecided, Call;
    /// The quota of requests per minute is used up.
    ThrottledRequests: "throttled-requests", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// The quota of tokens per minute is used up.
    ThrottledTokens: "throttled-tokens", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// The quota of tokens per day is used up.
    ThrottledTokensPerDay: "throttled-tokens-per-day", Unavailable, Caller, Change, Undecided, Call;
    /// Too many connections are open at once.
    ThrottledConnections: "throttled-connections", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// Another quota of the account is used up.
    QuotaExceeded: "quota-exceeded", Unavailable, Administrator, Change, Undecided, Call;
    /// Bedrock has no capacity at the moment; this is not a quota of the account.
    Capacity: "capacity", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// An imported or custom model is still being loaded.
    ModelNotReady: "model-not-ready", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// The model did not respond in time.
    ModelTimeout: "model-timeout", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// The model failed.
    ModelError: "model-error", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// AWS failed.
    ServerError: "server-error", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// The endpoint cannot be reached.
    Unreachable: "unreachable", Unavailable, Nobody, RetryLater, Undecided, Region;
    /// The proxy refused the connection.
    Proxy: "proxy", Unavailable, Caller, Change, Undecided, Everywhere;
    /// A timeout of the client has passed.
    Timeout: "timeout", Unavailable, Nobody, RetryLater, Undecided, Call;
    /// The TLS handshake failed.
    Tls: "tls", Failure, Caller, Change, Undecided, Everywhere;
    /// The response is not one that Bedrock sends.
    Unreadable: "unreadable", Failure, Caller, Change, Undecided, Call;
    /// A message of the stream cannot be read.
    Malformed: "malformed", IncompleteResponse, Nobody, Change, Undecided, Call;
    /// The stream ended before the response was complete.
    StreamCut: "stream-cut", IncompleteResponse, Nobody, RetryLater, Undecided, Call;
    /// The model does not support one of the parameters.
    ParameterRefused: "parameter-refused", Failure, Caller, Change, Undecided, Call;
    /// The value of a parameter is not allowed.
    ParameterInvalid: "parameter-invalid", Failure, Caller, Change, Undecided, Call;
    /// The model does not support system prompts.
    SystemUnsupported: "system-unsupported", Failure, Caller, Change, Undecided, Call;
    /// The model does not support streaming.
    StreamingUnsupported: "streaming-unsupported", Failure, Caller, Change, Undecided, Call;
    /// The model does not support tool use, or not in this way.
    ToolUseUnsupported: "tool-use-unsupported", Failure, Caller, Change, Undecided, Call;
    /// The model does not support this kind of content.
    ModalityUnsupported: "modality-unsupported", Failure, Caller, Change, Undecided, Call;
    /// The model does not support a JSON schema for its response.
    SchemaUnsupported: "schema-unsupported", Failure, Caller, Change, Undecided, Call;
    /// The model does not support prompt caching.
    CachingUnsupported: "caching-unsupported", Failure, Caller, Change, Undecided, Call;
    /// The maximum of output tokens is above the limit of the model.
    MaxTokensAbove: "max-tokens-above", Failure, Caller, Change, Undecided, Call;
    /// The prompt is larger than the context window of the model.
    ContextTooLong: "context-too-long", Failure, Caller, Change, Undecided, Call;
    /// A text block is blank.
    TextBlank: "text-blank", Failure, Caller, Change, Undecided, Call;
    /// The turns of the conversation are in the wrong order.
    ConversationOrder: "conversation-order", Failure, Caller, Change, Undecided, Call;
    /// The tool calls and tool results of the conversation do not match.
    ToolHistory: "tool-history", Failure, Caller, Change, Undecided, Call;
    /// The thinking parameters do not suit the model or each other.
    ThinkingRefused: "thinking-refused", Failure, Caller, Change, Undecided, Call;
    /// The name of a document has characters that are not allowed.
    DocumentName: "document-name", Failure, Caller, Change, Undecided, Call;
    /// An image, document or video is too large or cannot be read.
    MediaLimit: "media-limit", Failure, Caller, Change, Undecided, Call;
    /// The model does not support optimized latency in this Region.
    LatencyUnsupported: "latency-unsupported", Failure, Caller, Change, Undecided, Call;
    /// The model does not support the service tier in this Region.
    ServiceTier: "service-tier", Failure, Caller, Change, Undecided, Call;
    /// The guardrail does not exist in this Region.
    GuardrailNotFound: "guardrail-not-found", Failure, Caller, Change, Undecided, Call;
    /// The model does not support counting tokens.
    CountTokensUnsupported: "count-tokens-unsupported", Failure, Caller, Change, Undecided, Call;
    /// A batch record uses a feature that batch inference does not support.
    BatchUnsupported: "batch-unsupported", Failure, Caller, Change, Undecided, Call;
    /// An inference profile of this name exists.
    InferenceProfileConflict: "inference-profile-conflict", Failure, Caller, Change, Undecided, Call;
    /// The new inference profile cannot be copied from this source.
    InferenceProfileSource: "inference-profile-source", Failure, Caller, Change, Undecided, Call;
    /// A system-defined inference profile cannot be changed or deleted.
    InferenceProfileSystemDefined: "inference-profile-system-defined", Failure, Caller, Change, Undecided, Call;
    /// The resource has too many tags.
    TooManyTags: "too-many-tags", Failure, Caller, Change, Undecided, Call;
    /// Another tool was called with an option that it does not have.
    OtherToolUsage: "other-tool-usage", Usage, Caller, Change, Undecided, Call;
    /// Another service returned the error, not Bedrock.
    OtherService: "other-service", Failure, Caller, Change, Undecided, Call;
    /// The request is not valid; the message of AWS says why.
    Validation: "validation", Failure, Caller, Change, Undecided, Call;
    /// The cause is not known.
    Unknown: "unknown", Failure, Caller, Change, Undecided, Call;
}

impl Group {
    /// Returns the name under which the group is serialised.
    pub const fn as_str(self) -> &'static str {
        self.properties().name
    }

    /// Returns the exit code of a failure of this group, provided that no part of the response was printed before.
    pub const fn exit_code(self) -> ExitCode {
        self.properties().exit_code
    }

    /// Returns who can remove the cause.
    pub const fn actor(self) -> Actor {
        self.properties().actor
    }

    /// Whether the same call is worth retrying later, unchanged.
    pub const fn is_retryable(self) -> bool {
        matches!(self.properties().remedy, Remedy::RetryLater)
    }

    /// Whether the cause is on this side of the service, so that the words about it are not the service's.
    pub(super) const fn is_local(self) -> bool {
        matches!(
            self,
            Self::ApiKeyBlank
                | Self::ApiKeyCharacters
                | Self::ApiKeyNeedsHttps
                | Self::CredentialProcess
                | Self::CredentialsMissing
                | Self::EndpointRefused
                | Self::InstanceMetadata
                | Self::OtherToolUsage
                | Self::ProfileNotFound
                | Self::Proxy
                | Self::RegionMissing
                | Self::Timeout
                | Self::Tls
                | Self::Unreachable
                | Self::Unreadable
        )
    }

    /// Whether credentials or a session have expired, so that the caller has to sign in again.
    #[must_use]
    pub const fn needs_sign_in(self) -> bool {
        matches!(
            self,
            Self::CredentialsExpired | Self::SsoExpired | Self::SsoRegion | Self::SsoLegacyProfile | Self::LoginExpired
        )
    }

    /// Whether another ID of the same model would be accepted.
    pub const fn is_id_fault(self) -> bool {
        matches!(self.properties().remedy, Remedy::OtherId)
    }

    /// Returns what the failure proves about access to the model.
    pub const fn model_access(self) -> ModelAccess {
        self.properties().model_access
    }

    /// Returns how many calls the cause affects.
    pub const fn scope(self) -> Scope {
        self.properties().scope
    }
}

impl serde::Serialize for Group {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_variant_in_kebab_case() {
        for group in Group::ALL {
            let mut kebab = String::new();
            for character in format!("{group:?}").chars() {
                if character.is_ascii_uppercase() && !kebab.is_empty() {
                    kebab.push('-');
                }
                kebab.push(character.to_ascii_lowercase());
            }
            assert_eq!(group.as_str(), kebab);
            assert_eq!(serde_json::to_value(group).unwrap(), kebab);
        }
    }

    #[test]
    fn the_columns_of_a_row_agree() {
        for group in Group::ALL {
            let row = group.properties();
            assert_ne!(row.exit_code, ExitCode::Success, "{group:?}");
            if row.scope != Scope::Call {
                assert_eq!(row.model_access, ModelAccess::Undecided, "{group:?}: it says nothing about one model");
            }
            if row.remedy == Remedy::RetryLater {
                assert_eq!(row.actor, Actor::Nobody, "{group:?}");
            }
            if row.remedy == Remedy::OtherId {
                assert_eq!(row.exit_code, ExitCode::NotResolved, "{group:?}");
            }
            if matches!(row.model_access, ModelAccess::Denied | ModelAccess::NotEnabled) {
                assert_eq!(row.exit_code, ExitCode::AccessDenied, "{group:?}");
            }
        }
    }
}
