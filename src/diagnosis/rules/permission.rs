//! Rules for policies, subscriptions, use-case forms, and the standing of the account.

use super::{ACCESS_DENIED, DiagnosisRule, REFUSAL, RULE};
use crate::diagnosis::group::Group;

/// The defaults of the rules for an action that a policy denies.
const DENIAL: DiagnosisRule = DiagnosisRule { summary: DENIED_SUMMARY, ..RULE };
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
    "`bedrock-ask iam-policy {model}[ --region {region}]` prints the policy for an administrator to attach";
const ALLOW_LOOKUP: &str = "{?lookup}{!model}ask an administrator to allow `{operation}`";
const NARROWER: &str = "use `{narrower}`, which has narrower routing";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::ApiKeyNotAllowed,
        patterns: &["bedrock:CallWithBearerToken{}explicit deny in a service control policy"],
        summary: &["the organization does not allow Bedrock API keys"],
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
            "or ask an administrator to allow `bedrock:CallWithBearerToken` on `*` for {`principal|'the identity of the key'}",
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
            "ask an administrator to allow `bedrock:ApplyGuardrail` on `{resource}` and on the guardrail profile in every destination Region",
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
        summary: &["the role could not be assumed with the token of the identity provider (OIDC)"],
        hints: &[
            "ask an administrator to compare the role's trust policy with the token: the `sub` (repository, branch, service account) and the `aud` must match, and the account needs the identity provider",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RoleNotAssumed,
        patterns: &["not authorized to perform: sts:AssumeRole"],
        summary: &["{`principal|'the caller'} is not allowed to assume the role {`resource|'of the AWS profile'}"],
        hints: &[
            "ask an administrator to add {`principal|'the caller'} to the role's trust policy, and to allow it `{action}` on the role",
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
            NARROWER,
            "{?region_less}this cannot be changed in the account: ask the organization's administrator to add `unspecified` to the policy's `aws:RequestedRegion`, or to exempt `bedrock:InferenceProfileArn` of the global profile",
            "{!region_less}{?denied_region}this cannot be changed in the account: ask the organization's administrator to exempt[ {denied_region} for] the inference profile by `bedrock:InferenceProfileArn`",
            "{!denied_region}{!region_less}this cannot be changed in the account: ask the organization's administrator[ about {policy}]",
            "{?region}{?model}`bedrock-ask iam-policy {model} --region {region} --scp` prints the exemption",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedResourceControlPolicy,
        patterns: &["explicit deny in a resource control policy", "resource control policy allows the"],
        explanation: &["a resource control policy of the organization denies it"],
        hints: &[
            NARROWER,
            "this cannot be changed in the account: ask the organization's administrator[ about {policy}]",
        ],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::DeniedBoundary,
        patterns: &["explicit deny in a permissions boundary", "no permissions boundary allows the"],
        explanation: &[
            "the permissions boundary of the identity does not allow it: allowing it in the identity's own policy does not help",
        ],
        hints: &["ask an administrator to allow `{action}`[ on `{resource}`] in the permissions boundary too"],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::DeniedSessionPolicy,
        patterns: &["explicit deny in a session policy", "no session policy allows the"],
        explanation: &[
            "the session policy that was passed when the role was assumed does not allow it, even if the role's own policy does",
        ],
        hints: &["assume the role again with a session policy that allows `{action}`[ on `{resource}`]"],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::DeniedEndpointPolicy,
        patterns: &["VPC endpoint policy"],
        explanation: &[
            "the policy of the VPC endpoint[ {host}] does not allow it, even if the identity's own policy does",
        ],
        hints: &["ask the administrator of the VPC endpoint to allow `{action}`[ on `{resource}`] in its policy"],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::DeniedResourcePolicy,
        patterns: &["explicit deny in a resource-based policy", "no resource-based policy allows the"],
        explanation: &["the policy on the resource itself does not allow it"],
        hints: &[
            "ask an administrator of[ account {resource_account}, the owner of] `{resource}` to allow `{action}` in its policy",
        ],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::DeniedLookup,
        patterns: &[
            "not authorized to perform: bedrock:List",
            "not authorized to perform: bedrock:Get",
            "not authorized to perform: bedrock:CountTokens",
        ],
        summary: &["{`principal|'the caller'} is not allowed to perform `{action}`"],
        explanation: &["this action is only a lookup: invoking the model needs another action, which may be allowed"],
        hints: &["ask an administrator to allow `{action}`; prompts work without it, with the built-in catalog"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedIdentityPolicy,
        patterns: &["with an explicit deny in an identity-based policy"],
        explanation: &[
            "{?at_destination}{denied_region} is a destination Region of `{invoked}`, and an identity-based policy denies the model there",
            "{?region_less}`{resource}` has no Region: it stands for every destination Region of a global inference profile, and an identity-based policy denies it",
            "an identity-based policy denies it explicitly: an `Allow` in another policy does not help",
        ],
        hints: &[
            NARROWER,
            "ask an administrator to remove `{action}`[ on `{resource}`] from the statement that denies it[ in {policy}]",
        ],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::DeniedIdentityPolicy,
        patterns: &["not authorized to perform: bedrock:CreateInferenceProfile{}no identity-based policy allows the"],
        summary: &["{`principal|'the caller'} is not allowed to create inference profiles"],
        hints: &[
            "`bedrock-ask iam-policy {model} --for inference-profiles[ --region {region}]` prints the policy for an administrator to attach",
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
        hints: &["ask an administrator to allow `{action}`[ on `{resource}`]"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::DeniedIdentityPolicy,
        patterns: &["no identity-based policy allows the"],
        explanation: NOT_ALLOWED,
        hints: &[
            "{?kind}`bedrock-ask iam-policy {model}[ --region {region}]` prints the policy for an administrator to attach",
            "{!kind}ask an administrator to allow `{action}`[ on `{resource}`]",
            "{?kind}{!model}ask an administrator to allow `{action}` on `{resource}`, and on the models in the other Regions of the inference profile",
            "{?region_less}use `{narrower}`, which has narrower routing",
        ],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::Denied,
        patterns: &["is not authorized to perform: {action}"],
        explanation: NOT_ALLOWED,
        hints: &[
            "{?kind}`bedrock-ask iam-policy {model}[ --region {region}]` prints the policy for an administrator to attach",
            "{!kind}ask an administrator to allow `{action}`[ on `{resource}`]",
        ],
        ..DENIAL
    },
    DiagnosisRule {
        group: Group::PaymentInstrument,
        patterns: &[
            "INVALID_PAYMENT_INSTRUMENT",
            "A valid payment instrument must be provided",
            "AWS Marketplace Agreement Failed",
        ],
        summary: &["the account has no payment method that AWS Marketplace accepts for {`model|'the model'}"],
        hints: &[
            "ask an administrator to add a credit card at https://console.aws.amazon.com/billing/home#/paymentmethods (in an organization: in the account that pays), and try again after 2 to 15 minutes",
            "`{first_party}` needs no subscription",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::MarketplaceDenied,
        patterns: &[
            "not authorized to perform the required AWS Marketplace actions",
            "not authorized to perform: aws-marketplace:",
        ],
        summary: &[
            "this account is not subscribed to {`model|'the model'}, and the caller is not allowed to subscribe it",
        ],
        explanation: &[
            "the first call subscribes the account, and needs `aws-marketplace:Subscribe` and `aws-marketplace:ViewSubscriptions`",
        ],
        hints: &[
            "ask an administrator to run `bedrock-ask --model {model}[ --region {region}] hello` once; 2 to 15 minutes later, others can invoke the model without those actions",
            "{!model}ask an administrator to invoke the model once; 2 to 15 minutes later, others can invoke it without those actions",
            "`{first_party}` needs no subscription",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::MarketplacePending,
        patterns: &[
            "AWS Marketplace subscription for the model is still being processed",
            "AWS Marketplace Agreement Pending",
            "AWS Marketplace subscription for this model cannot be completed at this time",
        ],
        summary: &["the account's subscription to {`model|'the model'} is still being processed"],
        hints: &[
            "try again in 15 minutes; if the subscription is still pending after an hour, ask an administrator to open a case with AWS Support",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::UseCaseForm,
        patterns: &[
            "use case details have not been submitted",
            "Fill out the Anthropic use case details form",
            "not filled out the required use-case form",
            "not filled out the request form",
            "FTUFormNotFilled",
        ],
        summary: &["the use-case form that the provider of {`model|'the model'} requires has not been submitted"],
        explanation: &[
            "the form is submitted once per account, or once in the organization's management account; the first calls may succeed without it",
        ],
        hints: &[
            "ask an administrator to submit the form in the model catalog of https://[{region}.]console.aws.amazon.com/bedrock/; it takes effect after about 15 minutes",
            "`{first_party}` needs no form",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::AccountTrust,
        patterns: &["BadMCScoreException"],
        decisive_codes: &["BadMCScoreException"],
        summary: &["AWS does not let this account use {`model|'the model'}"],
        hints: &[
            "ask the account owner to open a case with AWS Support (account and billing), which takes days; no policy helps",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::AccountBlocked,
        patterns: &["^Operation not allowed$", "account is not authorized to invoke this API operation"],
        summary: &["AWS has not enabled Bedrock for this account: it may be new, or its verification is not finished"],
        explanation: &["this is a restriction on the account, not a missing permission"],
        hints: &[
            "ask the account owner to open a case with AWS Support (account and billing) to verify the account for Amazon Bedrock, which takes days",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::ChannelAccount,
        patterns: &["not available for channel program accounts"],
        summary: &["{`model|'the model'} is not available to accounts that were bought from an AWS partner"],
        hints: &[
            "only the partner that sold the account (AWS Solution Provider or Distributor) can get it enabled",
            "use `{first_party}`, which is available to such accounts",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::UnsupportedCountry,
        patterns: &[
            "not allowed from unsupported countries, regions, or territories",
            "Access to {provider} models is not allowed for this account",
        ],
        summary: &[
            "the provider of {`model|'the model'} does not serve the country of the caller or of the account's billing address",
        ],
        explanation: &[
            "the caller's IP address and the account's billing address matter, not the AWS Region: a retry or another Region does not help",
        ],
        hints: &[
            "use `{first_party}`, which has no such restriction",
            "{!first_party}use a model from Amazon: `bedrock-ask models --region {region|'REGION'}` lists them",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::DataRetention,
        patterns: &[
            "data retention mode '{mode}' is not available for this model",
            "data retention mode `{mode}` is not available",
        ],
        summary: &["{`model|'the model'} does not accept the account's data-retention mode `{mode}`[ in {region}]"],
        explanation: &["the mode is a setting of the account in each Region, and cannot be changed in a request"],
        hints: &[
            "ask an administrator to check `aws bedrock get-account-data-retention --region {region}`, and to set a mode that the model accepts, `aws_review` or `provider_data_share`, with `aws bedrock put-account-data-retention --region {region} --mode MODE`",
            "{!region}ask an administrator to set another mode, `aws_review` or `provider_data_share`, with `aws bedrock put-account-data-retention --mode MODE` in the source Region",
            "or use `{first_party}`",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::AccessDeniedModel,
        patterns: &[
            "You don't have access to the model with the specified model ID",
            "do not have access to the model with the specified model ID",
            "is not available for this account",
            "Your account is not authorized to access this model",
        ],
        summary: &["this account has no access to {`model|'the model'}[ from {region}]"],
        explanation: &["{?destinations}access is missing in the source Region or in one of the destination Regions"],
        hints: &[
            "ask an administrator to check `aws bedrock get-foundation-model-availability --model-id {foundation_model|'MODEL'}[ --region {region}]`: the agreement or the use-case form is missing; a change takes effect after 2 to 15 minutes",
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::Denied,
        patterns: &["^You do not have permission to perform this action$"],
        summary: &["the caller is not allowed to perform {`operation|'this action'}"],
        hints: &[PRINT_POLICY, ALLOW_LOOKUP],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::RoleNotAssumed,
        decisive_codes: ACCESS_DENIED,
        condition: "{?operation=AssumeRole}",
        summary: &["the role of the AWS profile {`profile|'in use'} could not be assumed"],
        hints: &[
            "ask an administrator to add the caller to the role's trust policy, and to allow it `sts:AssumeRole` on the role",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Denied,
        decisive_codes: ACCESS_DENIED,
        condition: "{?operation=GetCallerIdentity}",
        summary: &["AWS refused to tell whose credentials these are"],
        explanation: &["`GetCallerIdentity` needs no permission[; the credentials are from {credentials}]"],
        hints: &["ask an administrator whether the policy of a VPC endpoint or a proxy keeps calls from STS"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Denied,
        decisive_codes: ACCESS_DENIED,
        condition: "{?api_key}",
        summary: &["AWS refused the API key in `AWS_BEARER_TOKEN_BEDROCK`"],
        hints: &[
            "{?gateway}ask an administrator of `{gateway}` which key is allowed to invoke {`model|'the model'}",
            "{!gateway}`unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile instead",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Denied,
        decisive_codes: ACCESS_DENIED,
        summary: &["AWS refused access to {`model|'the model'}[ from {region}]"],
        explanation: &["the credentials are from {credentials}"],
        hints: &[PRINT_POLICY, ALLOW_LOOKUP],
        ..RULE
    },
];
