//! Rules for policies, subscriptions, use-case forms, and the standing of the account.

use super::{ACCESS_DENIED, DiagnosisRule, REFUSALS, RULE};
use crate::diagnosis::group::Group;

const NOT_AUTHORIZED: &[&str] = &["is not authorized to perform: {action}"];

const DENIED_SUMMARY: &[&str] = &[
    "{?region_less}{`principal|'the caller'} is not allowed to use `{denied}` through a global inference profile",
    "{?denied_region}{`principal|'the caller'} is not allowed to use `{denied}` in {denied_region}",
    "{`principal|'the caller'} is not allowed to perform `{action}`",
];
const NOT_ALLOWED: &[&str] = &[
    "{?at_destination}{denied_region} is a destination Region of `{invoked}`, and the policy does not allow the model there",
    "{?region_less}`{resource}` has no Region: it stands for every destination Region of a global inference profile, and the policy does not allow it",
    "{?kind=inference-profile}the policy does not allow the inference profile itself",
    "{?kind=application-inference-profile}the policy does not allow the application inference profile itself",
    "{?at_source}{denied_region} is the source Region, and the policy does not allow the model there",
];
const EXPLICITLY_DENIED: &[&str] = &[
    "{?at_destination}{denied_region} is a destination Region of `{invoked}`",
    "{?region_less}`{resource}` has no Region: it stands for every destination Region of a global inference profile",
    "{?at_source}{denied_region} is the source Region",
];
const PRINT_POLICY: &str =
    "`bedrock-ask iam-policy {model}[ --region {region}]` prints the policy that an administrator has to attach";
const ALLOW_LOOKUP: &str = "{?lookup}{!model}an administrator allows `{operation}`";
const NARROWER: &str = "use `{narrower}`, whose routing is narrower";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::ApiKeyNotAllowed,
        patterns: &["bedrock:CallWithBearerToken{}explicit deny in a service control policy"],
        summary: &["the organization does not allow API keys of Bedrock"],
        hints: &[
            "`unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile instead",
            "or ask the organization's administrator to allow `bedrock:CallWithBearerToken`[ (denied by {policy})]",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyNotAllowed,
        patterns: &["not authorized to perform: bedrock:CallWithBearerToken"],
        summary: &["the identity behind the API key is not allowed to use API keys"],
        hints: &[
            "`unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile instead",
            "or an administrator allows `bedrock:CallWithBearerToken` on `*` for {`principal|'the identity of the key'}",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedGuardrail,
        patterns: &["not authorized to perform: bedrock:ApplyGuardrail"],
        summary: &["{`principal|'the caller'} is not allowed to apply the guardrail {`denied|'of this call'}"],
        explanation: &[
            "{?kind=guardrail-profile}the guardrail runs in a destination Region through its guardrail profile: access to the model is not the problem",
            "{?resource_account}a guardrail of account {resource_account}, which the organization may enforce on every call: access to the model is not the problem",
            "the organization may enforce a guardrail on every call: access to the model is not the problem",
        ],
        hints: &[
            "an administrator allows `bedrock:ApplyGuardrail` on `{resource}` and on the guardrail profile in every destination Region",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RoleNotAssumed,
        patterns: &[
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            "not authorized to perform: sts:AssumeRoleWithWebIdentity",
            "Incorrect token audience",
            "No OpenIDConnect provider found in your account",
            "retrieve verification key from your identity provider",
            "Could not assume role with OIDC",
        ],
        summary: &["the token of the identity provider (OIDC) does not give the role"],
        hints: &[
            "an administrator compares the role's trust policy with the token: its `sub` (repository, branch, service account) and `aud` have to fit, and the account needs the identity provider",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RoleNotAssumed,
        patterns: &["not authorized to perform: sts:AssumeRole"],
        summary: &["{`principal|'the caller'} may not assume the role {`resource|'of the AWS profile'}"],
        hints: &[
            "an administrator names[ {`principal} in] the role's trust policy, and allows the caller `{action}` on it",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedServiceControlPolicy,
        patterns: &["explicit deny in a service control policy", "service control policy allows the"],
        summary: &[
            "{?region_less}the organization denies `{denied}` through a global inference profile",
            "{?denied_region}the organization denies `{denied}` in {denied_region}",
            "the organization denies[ `{action}`] by a service control policy",
        ],
        explanation: EXPLICITLY_DENIED,
        hints: &[
            "{?narrower}use `{narrower}`, whose routing is narrower",
            "{?region_less}nobody in this account can change it: the organization's administrator lists `unspecified` in the policy's `aws:RequestedRegion`, or exempts `bedrock:InferenceProfileArn` of the global profile",
            "{!region_less}{?denied_region}nobody in this account can change it: the organization's administrator exempts[ {denied_region} for] the inference profile by `bedrock:InferenceProfileArn`",
            "{!denied_region}{!region_less}nobody in this account can change it: ask the organization's administrator[ about {policy}]",
            "{?region}{?model}`bedrock-ask iam-policy {model} --region {region} --scp` prints the exemption",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedResourceControlPolicy,
        patterns: &["explicit deny in a resource control policy", "resource control policy allows the"],
        summary: DENIED_SUMMARY,
        explanation: &["a resource control policy of the organization denies it"],
        hints: &[
            NARROWER,
            "nobody in this account can change it: ask the organization's administrator[ about {policy}]",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedBoundary,
        patterns: &["explicit deny in a permissions boundary", "no permissions boundary allows the"],
        summary: DENIED_SUMMARY,
        explanation: &[
            "the permissions boundary of the identity does not allow it: allowing it in the identity's own policy does not help",
        ],
        hints: &["an administrator allows `{action}`[ on `{resource}`] in the permissions boundary too"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedSessionPolicy,
        patterns: &["explicit deny in a session policy", "no session policy allows the"],
        summary: DENIED_SUMMARY,
        explanation: &[
            "the policy that was given when the role was assumed does not allow it: the role's own policy may well",
        ],
        hints: &["assume the role again with a session policy that allows `{action}`[ on `{resource}`]"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedEndpointPolicy,
        patterns: &[
            "explicit deny in a VPC endpoint policy",
            "no VPC endpoint policy allows the",
            "VPC endpoint policy",
        ],
        summary: DENIED_SUMMARY,
        explanation: &["the policy of the VPC endpoint[ {host}] does not allow it: the identity's own policy may well"],
        hints: &["whoever administers the VPC endpoint allows `{action}`[ on `{resource}`] in its policy"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedResourcePolicy,
        patterns: &["explicit deny in a resource-based policy", "no resource-based policy allows the"],
        summary: DENIED_SUMMARY,
        explanation: &["the policy on the resource itself does not allow it"],
        hints: &[
            "an administrator of[ account {resource_account}, the owner of] `{resource}` allows `{action}` in its policy",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedLookup,
        patterns: &[
            "not authorized to perform: bedrock:List",
            "not authorized to perform: bedrock:Get",
            "not authorized to perform: bedrock:CountTokens",
        ],
        summary: &["{`principal|'the caller'} is not allowed to perform `{action}`"],
        explanation: &["this action only looks something up: asking the model needs another and may well be allowed"],
        hints: &["an administrator allows `{action}`; asking works without it, from the built-in catalog"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedIdentityPolicy,
        patterns: &["with an explicit deny in an identity-based policy"],
        summary: DENIED_SUMMARY,
        explanation: &[
            "{?at_destination}{denied_region} is a destination Region of `{invoked}`, and an identity-based policy denies the model there",
            "{?region_less}`{resource}` has no Region: it stands for every destination Region of a global inference profile, and an identity-based policy denies it",
            "a statement with `Deny` in an identity-based policy covers it: allowing it elsewhere does not help",
        ],
        hints: &[
            NARROWER,
            "an administrator takes `{action}`[ on `{resource}`] out of the statement that denies it[ in {policy}]",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedIdentityPolicy,
        patterns: &["not authorized to perform: bedrock:CreateInferenceProfile{}no identity-based policy allows the"],
        summary: &["{`principal|'the caller'} is not allowed to make inference profiles"],
        hints: &[
            "`bedrock-ask iam-policy {model} --for inference-profiles[ --region {region}]` prints the policy that an administrator has to attach",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedIdentityPolicy,
        patterns: &[
            "not authorized to perform: bedrock:DeleteInferenceProfile{}no identity-based policy allows the",
            "not authorized to perform: bedrock:TagResource{}no identity-based policy allows the",
            "not authorized to perform: bedrock:UntagResource{}no identity-based policy allows the",
        ],
        summary: &["{`principal|'the caller'} is not allowed to perform `{action}`"],
        hints: &["an administrator allows `{action}`[ on `{resource}`]"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedIdentityPolicy,
        patterns: &["no identity-based policy allows the"],
        summary: DENIED_SUMMARY,
        explanation: NOT_ALLOWED,
        hints: &[
            "{?kind}`bedrock-ask iam-policy {model}[ --region {region}]` prints the policy that an administrator has to attach",
            "{!kind}an administrator allows `{action}`[ on `{resource}`]",
            "{?kind}{!model}an administrator allows `{action}` on `{resource}`, and on what stands for the other Regions of the inference profile",
            "{?region_less}use `{narrower}`, whose routing is narrower",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Denied,
        patterns: NOT_AUTHORIZED,
        summary: DENIED_SUMMARY,
        explanation: NOT_ALLOWED,
        hints: &[
            "{?kind}`bedrock-ask iam-policy {model}[ --region {region}]` prints the policy that an administrator has to attach",
            "{!kind}an administrator allows `{action}`[ on `{resource}`]",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::PaymentInstrument,
        codes: REFUSALS,
        patterns: &[
            "INVALID_PAYMENT_INSTRUMENT",
            "A valid payment instrument must be provided",
            "AWS Marketplace Agreement Failed",
        ],
        summary: &[
            "the account cannot pay for {`model|'the model'}: it has no payment method that AWS Marketplace takes",
        ],
        hints: &[
            "an administrator sets a credit card at https://console.aws.amazon.com/billing/home#/paymentmethods, in an organization at the account that pays, then tries again after 2 to 15 minutes",
            "`{first_party}` needs no subscription",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::MarketplaceDenied,
        codes: REFUSALS,
        patterns: &[
            "not authorized to perform the required AWS Marketplace actions",
            "not authorized to perform: aws-marketplace:",
        ],
        summary: &["nobody has subscribed this account to {`model|'the model'} yet, and the caller may not"],
        explanation: &[
            "the first call in an account subscribes it, which needs `aws-marketplace:Subscribe` and `aws-marketplace:ViewSubscriptions` once",
        ],
        hints: &[
            "an administrator runs `bedrock-ask --model {model}[ --region {region}] hello` once; everybody else can call the model some 2 to 15 minutes later, without those actions",
            "{!model}an administrator calls the model once; everybody else can some 2 to 15 minutes later, without those actions",
            "`{first_party}` needs no subscription",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::MarketplacePending,
        codes: REFUSALS,
        patterns: &[
            "AWS Marketplace subscription for the model is still being processed",
            "AWS Marketplace Agreement Pending",
            "AWS Marketplace subscription for this model cannot be completed at this time",
        ],
        summary: &["the account's subscription to {`model|'the model'} is still being processed"],
        hints: &[
            "try again in 15 minutes; if it has not passed after an hour, an administrator opens a case with AWS Support",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::UseCaseForm,
        codes: REFUSALS,
        patterns: &[
            "use case details have not been submitted",
            "Fill out the Anthropic use case details form",
            "not filled out the required use-case form",
            "not filled out the request form",
            "FTUFormNotFilled",
        ],
        summary: &["nobody has sent the use-case form that the provider of {`model|'the model'} asks for"],
        explanation: &[
            "the form is sent once per account, or once in the organization's management account; a few first calls may pass without it",
        ],
        hints: &[
            "an administrator sends the form in the model catalog of https://[{region}.]console.aws.amazon.com/bedrock/; it counts after about 15 minutes",
            "`{first_party}` needs no form",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::AccountTrust,
        codes: REFUSALS,
        patterns: &["BadMCScoreException"],
        decisive_codes: &["BadMCScoreException"],
        summary: &["AWS does not let this account use {`model|'the model'}"],
        hints: &[
            "the account's owner opens a case with AWS Support (account and billing); no policy helps, and it takes days",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::AccountBlocked,
        codes: REFUSALS,
        patterns: &["^Operation not allowed$", "account is not authorized to invoke this API operation"],
        summary: &["AWS has not opened Bedrock to this account: it may be new, or its verification is not finished"],
        explanation: &["this is about the account: the policies of the caller are fine"],
        hints: &[
            "the account's owner opens a case with AWS Support (account and billing) and asks to verify the account for Amazon Bedrock; it takes days",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ChannelAccount,
        codes: REFUSALS,
        patterns: &["not available for channel program accounts"],
        summary: &["{`model|'the model'} is not available to an account that was bought from an AWS partner"],
        hints: &[
            "only the partner who sold the account (AWS Solution Provider or Distributor) can have it enabled",
            "use `{first_party}`, which such accounts can call",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::UnsupportedCountry,
        codes: REFUSALS,
        patterns: &[
            "not allowed from unsupported countries, regions, or territories",
            "Access to {provider} models is not allowed for this account",
        ],
        summary: &[
            "the provider of {`model|'the model'} does not serve the place where the call comes from, or where the account is billed",
        ],
        explanation: &[
            "the caller's IP address and the account's billing address decide, not the AWS Region: trying again or elsewhere in AWS does not help",
        ],
        hints: &[
            "use `{first_party}`, which has no such limit",
            "{!first_party}use a model of Amazon: `bedrock-ask models --region {region|'REGION'}` lists them",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DataRetention,
        codes: REFUSALS,
        patterns: &[
            "data retention mode '{mode}' is not available for this model",
            "data retention mode `{mode}` is not available",
        ],
        summary: &["{`model|'the model'} does not accept the account's data-retention mode `{mode}`[ in {region}]"],
        explanation: &["the mode is a setting of the account in each Region; nothing in a request changes it"],
        hints: &[
            "an administrator looks at `aws bedrock get-account-data-retention --region {region}`, and sets a mode that the model takes, `aws_review` or `provider_data_share`, with `aws bedrock put-account-data-retention --region {region} --mode MODE`",
            "{!region}an administrator sets another mode, `aws_review` or `provider_data_share`, with `aws bedrock put-account-data-retention --mode MODE` in the source Region",
            "or use `{first_party}`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::AccessDeniedModel,
        codes: REFUSALS,
        patterns: &[
            "You don't have access to the model with the specified model ID",
            "do not have access to the model with the specified model ID",
            "is not available for this account",
            "Your account is not authorized to access this model",
        ],
        summary: &["this account has no access to {`model|'the model'}[ from {region}]"],
        explanation: &["{?destinations}access is missing in the source Region or in one of the destination Regions"],
        hints: &[
            "an administrator looks at `aws bedrock get-foundation-model-availability --model-id {foundation_model|'MODEL'}[ --region {region}]`: the agreement or the use-case form is missing; a change takes effect after 2 to 15 minutes",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Denied,
        codes: REFUSALS,
        patterns: &["^You do not have permission to perform this action$"],
        summary: &["the caller is not allowed to perform {`operation|'this action'}"],
        hints: &[PRINT_POLICY, ALLOW_LOOKUP],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RoleNotAssumed,
        decisive_codes: ACCESS_DENIED,
        condition: "{?operation=AssumeRole}",
        summary: &["the role of the AWS profile {`profile|'in use'} could not be assumed"],
        hints: &[
            "an administrator names the caller in the role's trust policy, and allows it `sts:AssumeRole` on the role",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Denied,
        decisive_codes: ACCESS_DENIED,
        condition: "{?api_key}",
        summary: &["AWS refused the API key in `AWS_BEARER_TOKEN_BEDROCK`"],
        hints: &[
            "{?gateway}an administrator of `{gateway}` says which key may call {`model|'the model'} there",
            "{!gateway}`unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile instead",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Denied,
        decisive_codes: ACCESS_DENIED,
        summary: &["AWS refused access to {`model|'the model'}[ from {region}]"],
        explanation: &["the credentials came from {credentials}"],
        hints: &[PRINT_POLICY, ALLOW_LOOKUP],
        ..RULE
    },
];
