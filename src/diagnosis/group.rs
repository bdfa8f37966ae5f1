//! The groups of causes, and what follows from the group alone: exit code, worth a later try, who must act.

use crate::exit_code::ExitCode;

/// What lies behind a failure. One group, one exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The plain model ID needs an inference profile.
    OnDemandUnsupported,
    /// No such ID can be called from the source Region.
    IdentifierInvalid,
    /// The ID holds characters that no ID has.
    IdentifierMalformed,
    /// No such foundation model.
    ModelNotFound,
    /// No such inference profile, provisioned model or job.
    ResourceNotFound,
    /// The model is past its end of life.
    EndOfLife,
    /// A legacy model that this account has not used lately.
    LegacyInactive,
    /// Only another endpoint than bedrock-runtime serves the model.
    OtherEndpoint,
    /// An ARN of another Region than the endpoint's.
    WrongRegion,
    /// The model cannot chat, or was imported.
    NotChat,
    /// The URL does not lead to an operation of the service.
    UnknownOperation,
    /// The account's data-retention mode does not suit the model.
    DataRetention,
    /// AWS has blocked the account from Bedrock.
    AccountBlocked,
    /// AWS does not trust the account enough yet.
    AccountTrust,
    /// The account was sold by a reseller.
    ChannelAccount,
    /// The provider does not serve the caller's country.
    UnsupportedCountry,
    /// The account has no access to the model.
    AccessDeniedModel,
    /// Refused, and AWS does not say by what.
    Denied,
    /// No identity-based policy allows the action, or one denies it.
    DeniedIdentityPolicy,
    /// A service control policy of the organization denies it.
    DeniedServiceControlPolicy,
    /// A resource control policy of the organization denies it.
    DeniedResourceControlPolicy,
    /// The permissions boundary does not allow it.
    DeniedBoundary,
    /// The session policy does not allow it.
    DeniedSessionPolicy,
    /// The VPC endpoint's policy does not allow it.
    DeniedEndpointPolicy,
    /// A resource-based policy does not allow it.
    DeniedResourcePolicy,
    /// A look-up of the control plane is not allowed; asking may well be.
    DeniedLookup,
    /// A guardrail may not be applied.
    DeniedGuardrail,
    /// The caller may not use API keys.
    ApiKeyNotAllowed,
    /// Nobody has subscribed the account to the model, and this caller may not.
    MarketplaceDenied,
    /// The subscription is still being processed.
    MarketplacePending,
    /// The account cannot pay for the subscription.
    PaymentInstrument,
    /// The provider's use-case form was never sent.
    UseCaseForm,
    /// The API key is wrong, revoked, or made for another Region.
    ApiKeyInvalid,
    /// What was sent is no API key of Bedrock.
    ApiKeyFormat,
    /// The short-term API key has expired.
    ApiKeyExpired,
    /// The API key is blank.
    ApiKeyBlank,
    /// The API key holds a newline or another character that no header can carry.
    ApiKeyCharacters,
    /// An API key was to be sent without TLS.
    ApiKeyNeedsHttps,
    /// No credentials anywhere.
    CredentialsMissing,
    /// The temporary credentials have expired.
    CredentialsExpired,
    /// AWS does not know the credentials.
    CredentialsInvalid,
    /// The SSO session has expired.
    SsoExpired,
    /// The SSO portal was asked in the wrong Region.
    SsoRegion,
    /// The SSO profile is of the old kind that cannot refresh itself.
    SsoLegacyProfile,
    /// The session of `aws login` has expired.
    LoginExpired,
    /// No such AWS profile.
    ProfileNotFound,
    /// A role may not be assumed.
    RoleNotAssumed,
    /// The MFA code was wrong or missing.
    MultiFactor,
    /// The program of `credential_process` failed.
    CredentialProcess,
    /// The instance metadata service did not answer.
    InstanceMetadata,
    /// This machine's clock is wrong.
    ClockSkew,
    /// The signature is not what AWS computes.
    SignatureMismatch,
    /// The account has not enabled the Region.
    RegionNotEnabled,
    /// No Region was set.
    RegionMissing,
    /// Too many requests a minute.
    ThrottledRequests,
    /// Too many tokens a minute.
    ThrottledTokens,
    /// Too many tokens a day.
    ThrottledTokensPerDay,
    /// Too many connections at once.
    ThrottledConnections,
    /// A quota of the account other than those of throttling.
    QuotaExceeded,
    /// Bedrock has no capacity now; no quota of the account.
    Capacity,
    /// An imported or custom model is still being loaded.
    ModelNotReady,
    /// The model took too long.
    ModelTimeout,
    /// The model itself failed.
    ModelError,
    /// AWS failed.
    ServerError,
    /// Nothing answers at the endpoint.
    Unreachable,
    /// The proxy refused.
    Proxy,
    /// A time limit passed.
    Timeout,
    /// The TLS handshake failed.
    Tls,
    /// The answer is not what the service speaks.
    Unreadable,
    /// The stream ended before the answer did.
    StreamCut,
    /// The model refuses one parameter.
    ParameterRefused,
    /// A parameter's value is not allowed.
    ParameterInvalid,
    /// The model takes no system prompt.
    SystemUnsupported,
    /// The model cannot stream.
    StreamingUnsupported,
    /// The model cannot use tools, or not so.
    ToolUseUnsupported,
    /// The model takes no such content.
    ModalityUnsupported,
    /// The model takes no JSON schema.
    SchemaUnsupported,
    /// The model has no prompt caching.
    CachingUnsupported,
    /// More tokens were asked for than the model gives.
    MaxTokensAbove,
    /// The prompt does not fit into the model's context window.
    ContextTooLong,
    /// A text block is empty.
    TextBlank,
    /// The turns of the conversation are in the wrong order.
    ConversationOrder,
    /// Tool calls and their results do not match.
    ToolHistory,
    /// The thinking parameters do not suit the model or each other.
    ThinkingRefused,
    /// A document's name has characters that are not allowed.
    DocumentName,
    /// An image, document or video is too large or cannot be read.
    MediaLimit,
    /// No optimized latency for this model here.
    LatencyUnsupported,
    /// No such service tier for this model here.
    ServiceTier,
    /// No such guardrail in this Region.
    GuardrailNotFound,
    /// The model's tokens cannot be counted.
    CountTokensUnsupported,
    /// A batch record asks for what batch inference cannot do.
    BatchUnsupported,
    /// An inference profile of this name exists.
    InferenceProfileConflict,
    /// The source of a new inference profile cannot be copied.
    InferenceProfileSource,
    /// A system-defined inference profile cannot be changed.
    InferenceProfileSystemDefined,
    /// Too many tags.
    TooManyTags,
    /// Another tool was called with an option that it has not.
    OtherToolUsage,
    /// The request is not valid; AWS says how.
    Validation,
    /// Nothing certain is known.
    Unknown,
}

/// Who can remove the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The one who reads it.
    Caller,
    /// An administrator of the AWS account.
    Administrator,
    /// Whoever administers the AWS organization.
    Organization,
    /// AWS Support, asked by the account's owner.
    Support,
    /// The partner who sold the account.
    Partner,
    /// Nobody: it passes by itself.
    Nobody,
}

impl Group {
    /// The exit code that a failure of this group leads to, while no text of an answer has been printed.
    pub const fn exit(self) -> ExitCode {
        use Group as G;
        match self {
            G::OnDemandUnsupported
            | G::IdentifierInvalid
            | G::IdentifierMalformed
            | G::ModelNotFound
            | G::ResourceNotFound
            | G::EndOfLife
            | G::OtherEndpoint => ExitCode::NotResolved,
            G::WrongRegion | G::NotChat | G::RegionMissing | G::OtherToolUsage => ExitCode::Usage,
            G::StreamCut => ExitCode::IncompleteResponse,
            _ if self.is_about_access() => ExitCode::AccessDenied,
            _ if self.is_about_availability() => ExitCode::Unavailable,
            _ => ExitCode::Failure,
        }
    }

    /// Whether the same call is worth trying again later, with nothing changed.
    pub const fn is_retryable(self) -> bool {
        use Group as G;
        match self {
            G::ThrottledTokensPerDay | G::QuotaExceeded | G::Proxy => false,
            G::MarketplacePending | G::StreamCut => true,
            _ => self.is_about_availability(),
        }
    }

    /// Whether another ID for the same model would mend it.
    pub const fn is_id_fault(self) -> bool {
        use Group as G;
        matches!(
            self,
            G::OnDemandUnsupported | G::IdentifierInvalid | G::ModelNotFound | G::ResourceNotFound | G::EndOfLife
        )
    }

    /// Who must act.
    pub const fn actor(self) -> Actor {
        use Group as G;
        match self {
            G::AccountBlocked | G::AccountTrust => Actor::Support,
            G::ChannelAccount => Actor::Partner,
            G::DeniedServiceControlPolicy | G::DeniedResourceControlPolicy => Actor::Organization,
            G::DataRetention
            | G::AccessDeniedModel
            | G::Denied
            | G::DeniedIdentityPolicy
            | G::DeniedBoundary
            | G::DeniedSessionPolicy
            | G::DeniedEndpointPolicy
            | G::DeniedResourcePolicy
            | G::DeniedLookup
            | G::DeniedGuardrail
            | G::ApiKeyNotAllowed
            | G::MarketplaceDenied
            | G::PaymentInstrument
            | G::UseCaseForm
            | G::RegionNotEnabled
            | G::RoleNotAssumed
            | G::QuotaExceeded => Actor::Administrator,
            G::MarketplacePending | G::StreamCut => Actor::Nobody,
            _ if self.is_retryable() => Actor::Nobody,
            _ => Actor::Caller,
        }
    }

    const fn is_about_access(self) -> bool {
        use Group as G;
        self.is_about_credentials()
            || matches!(
                self,
                G::LegacyInactive
                    | G::DataRetention
                    | G::AccountBlocked
                    | G::AccountTrust
                    | G::ChannelAccount
                    | G::UnsupportedCountry
                    | G::AccessDeniedModel
                    | G::Denied
                    | G::DeniedIdentityPolicy
                    | G::DeniedServiceControlPolicy
                    | G::DeniedResourceControlPolicy
                    | G::DeniedBoundary
                    | G::DeniedSessionPolicy
                    | G::DeniedEndpointPolicy
                    | G::DeniedResourcePolicy
                    | G::DeniedLookup
                    | G::DeniedGuardrail
                    | G::MarketplaceDenied
                    | G::MarketplacePending
                    | G::PaymentInstrument
                    | G::UseCaseForm
                    | G::RegionNotEnabled
            )
    }

    const fn is_about_credentials(self) -> bool {
        use Group as G;
        matches!(
            self,
            G::ApiKeyNotAllowed
                | G::ApiKeyInvalid
                | G::ApiKeyFormat
                | G::ApiKeyExpired
                | G::ApiKeyBlank
                | G::ApiKeyCharacters
                | G::ApiKeyNeedsHttps
                | G::CredentialsMissing
                | G::CredentialsExpired
                | G::CredentialsInvalid
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
        )
    }

    const fn is_about_availability(self) -> bool {
        use Group as G;
        matches!(
            self,
            G::ThrottledRequests
                | G::ThrottledTokens
                | G::ThrottledTokensPerDay
                | G::ThrottledConnections
                | G::QuotaExceeded
                | G::Capacity
                | G::ModelNotReady
                | G::ModelTimeout
                | G::ModelError
                | G::ServerError
                | G::Unreachable
                | G::Proxy
                | G::Timeout
        )
    }
}
