//! Rules: credentials, API keys, signatures, the Region that none of them names.

use super::{REFUSALS, RULE, Rule};
use crate::diagnosis::group::Group;
use crate::model::failure::Stage;

const TRIED: &[&str] = &["tried in this order: {tried}", "the credentials came from {credentials}"];
const CAME_FROM: &[&str] = &["the credentials came from {credentials}"];
const SSO_LOGIN: &str = "{?sso}{?profile}`aws sso login --profile {profile}`";
const NEW_KEY: &str =
    "make a new API key in the Bedrock console[ of {region}] and set `AWS_BEARER_TOKEN_BEDROCK` to it";
const WITHOUT_KEY: &str = "or `unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile";
const WHO_AM_I: &str = "`aws sts get-caller-identity[ --profile {profile}]` tells whether AWS knows the credentials";

/// The rules.
pub(super) const RULES: &[Rule] = &[
    Rule {
        group: Group::SsoRegion,
        text: &["Session token not found or invalid"],
        what: &["the SSO portal does not know the session[ of the AWS profile `{profile}`]"],
        why: &[
            "the session has ended, or `sso_region` of the AWS profile is not the Region of the SSO portal: it need not be Bedrock's",
        ],
        hints: &["`aws sso login --profile {profile}`", "{!profile}`aws sso login`"],
        ..RULE
    },
    Rule {
        group: Group::SsoLegacyProfile,
        text: &["Invalid refresh token provided", "InvalidGrantException"],
        what: &["the SSO session[ of the AWS profile `{profile}`] cannot be refreshed"],
        why: &["an AWS profile without `sso_session` has no token that refreshes itself"],
        hints: &[
            "`aws sso login --profile {profile}`",
            "{!profile}`aws sso login`",
            "`aws configure sso[ --profile {profile}]` with a name for the SSO session keeps it from coming back",
        ],
        ..RULE
    },
    Rule {
        group: Group::LoginExpired,
        text: &["cached Login token is expired", "refresh cached Login token", "load cached Login token"],
        what: &["the session of `aws login`[ for the AWS profile `{profile}`] has ended"],
        hints: &["`aws login[ --profile {profile}]`"],
        ..RULE
    },
    Rule {
        group: Group::SsoExpired,
        text: &[
            "SSO session associated with this profile has expired",
            "SSO session associated with this profile is invalid",
            "SSO session associated with this profile could not be found",
            "The SSO session{}is invalid",
            "Token has expired and refresh failed",
            "Token for {name} does not exist",
            "SSO token has expired and cannot be refreshed",
            "failed to load the cached SSO token",
            "Error loading SSO Token",
            "in cached SSO token file",
            "InvalidTokenError",
            "failed to refresh cached credentials",
        ],
        what: &["the SSO session of the AWS profile `{profile}` has expired", "the SSO session has expired"],
        why: CAME_FROM,
        hints: &[
            "`aws sso login --profile {profile}`",
            "{!profile}`aws sso login --profile PROFILE`, with the AWS profile in use",
        ],
        ..RULE
    },
    Rule {
        group: Group::ApiKeyExpired,
        codes: REFUSALS,
        text: &["Bearer Token has expired"],
        what: &["the short-term API key in `AWS_BEARER_TOKEN_BEDROCK` has expired: such a key lives 12 hours at most"],
        hints: &[NEW_KEY, WITHOUT_KEY],
        ..RULE
    },
    Rule {
        group: Group::ApiKeyFormat,
        codes: REFUSALS,
        text: &["Invalid API Key format"],
        what: &["what `AWS_BEARER_TOKEN_BEDROCK` holds is no API key of Bedrock"],
        why: &["a long-term key begins with `ABSK`, a short-term one with `bedrock-api-key-`"],
        hints: &[NEW_KEY, WITHOUT_KEY],
        ..RULE
    },
    Rule {
        group: Group::ApiKeyInvalid,
        codes: REFUSALS,
        text: &["make sure your API Key is valid"],
        what: &[
            "the API key in `AWS_BEARER_TOKEN_BEDROCK` is wrong or expired[, or was made for another Region than {region}]",
        ],
        why: &["a short-term key (`bedrock-api-key-…`) works only in the Region that it was made for"],
        hints: &[
            "call the Region that the key was made for with `--region`, if it is a short-term key",
            NEW_KEY,
            WITHOUT_KEY,
        ],
        ..RULE
    },
    Rule {
        group: Group::ApiKeyBlank,
        text: &["Authorization header is missing"],
        what: &["the request carried no credentials: a variable that should hold them is blank"],
        hints: &["`unset AWS_BEARER_TOKEN_BEDROCK`, where it is set to nothing"],
        ..RULE
    },
    Rule {
        group: Group::ApiKeyCharacters,
        text: &["characters that can't be included in a HTTP header"],
        what: &["the API key in `AWS_BEARER_TOKEN_BEDROCK` holds a line break or another character that no key has"],
        hints: &[
            "`export AWS_BEARER_TOKEN_BEDROCK=\"$(printf %s \"$AWS_BEARER_TOKEN_BEDROCK\" | tr -d '\\r\\n\\t ')\"`",
        ],
        ..RULE
    },
    Rule {
        group: Group::ApiKeyNeedsHttps,
        text: &["Bearer authorization requires an HTTPS endpoint"],
        what: &["an API key is not sent over `http://`"],
        hints: &["use an `https://` endpoint, or `unset AWS_BEARER_TOKEN_BEDROCK`"],
        ..RULE
    },
    Rule {
        group: Group::ClockSkew,
        text: &[
            "Signature expired:",
            "Signature not yet current",
            "RequestTimeTooSkewed",
            "is now earlier than",
            "is now later than",
        ],
        what: &["this machine's clock is {clock} AWS's", "this machine's clock is wrong"],
        why: &["a signature is valid for five minutes"],
        hints: &[
            "set the clock: `timedatectl set-ntp true` on Linux, `sntp -sS time.apple.com` on macOS, `w32tm /resync` on Windows",
        ],
        ..RULE
    },
    Rule {
        group: Group::ClockSkew,
        codes: &["RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException"],
        when: "{?clock}",
        what: &["this machine's clock is {clock} AWS's"],
        why: &["a signature is valid for five minutes"],
        hints: &[
            "set the clock: `timedatectl set-ntp true` on Linux, `sntp -sS time.apple.com` on macOS, `w32tm /resync` on Windows",
        ],
        ..RULE
    },
    Rule {
        group: Group::CredentialsExpired,
        text: &["security token included in the request is expired", "The provided token has expired"],
        what: &["the credentials have expired[: {credentials}]"],
        why: &["tried in this order: {tried}"],
        hints: &[
            SSO_LOGIN,
            "{?from_environment}`unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN` to use an AWS profile instead",
        ],
        ..RULE
    },
    Rule {
        group: Group::CredentialsInvalid,
        text: &["security token included in the request is invalid", "Access Key Id you provided does not exist"],
        what: &["AWS does not know the credentials[ from {credentials}]"],
        why: &[
            "a wrong or deleted key, a missing session token, a key of another partition than `{partition}`, or a Region that the account has not enabled",
            "a wrong or deleted key, a missing session token, a key of another partition, or a Region that the account has not enabled",
        ],
        hints: &[
            WHO_AM_I,
            "`aws account get-region-opt-status --region-name {region}` tells whether the Region is enabled",
        ],
        ..RULE
    },
    Rule {
        group: Group::SignatureMismatch,
        text: &[
            "request signature we calculated does not match",
            "not a valid key=value pair",
            "Credential should be scoped to",
        ],
        what: &["the signature is not what AWS computes"],
        why: &["the secret key is wrong or cut off, or a proxy between here and AWS changes the request"],
        hints: &[WHO_AM_I],
        ..RULE
    },
    Rule {
        group: Group::RegionNotEnabled,
        text: &["is not enabled for this account", "not subscribed to this region", "OptInRequired"],
        what: &["the account has not enabled the Region {region|'it called'}"],
        hints: &["an administrator runs `aws account enable-region --region-name {region}`; it takes minutes to hours"],
        ..RULE
    },
    Rule {
        group: Group::RegionMissing,
        text: &[
            "You must specify a region",
            "Missing Region",
            "Region is missing",
            "AWS region is required",
            "Invalid Configuration: Missing Region",
        ],
        what: &["no source Region is set"],
        hints: &["`--region REGION`, or `export AWS_REGION=REGION`"],
        ..RULE
    },
    Rule {
        group: Group::ProfileNotFound,
        text: &[
            "The config profile ({name}) could not be found",
            "profile `{name}` was not defined",
            "profile {name} was not defined",
            "failed to get shared config profile, {name}",
            "Could not resolve credentials using profile: {}{name}",
        ],
        what: &["there is no AWS profile `{name}`"],
        hints: &["there is one named `{near_profile}`", "`aws configure list-profiles` lists them"],
        ..RULE
    },
    Rule {
        group: Group::MultiFactor,
        text: &["MultiFactorAuthentication failed"],
        what: &["the MFA code was wrong, used before, or missing"],
        why: CAME_FROM,
        hints: &[
            "`aws sts get-session-token --serial-number MFA_ARN --token-code CODE` gives credentials that carry it",
        ],
        ..RULE
    },
    Rule {
        group: Group::CredentialProcess,
        text: &[
            "Error retrieving credentials from external process",
            "Error retrieving credentials: external process",
            "credential_process",
        ],
        what: &["the program in `credential_process`[ of the AWS profile `{profile}`] failed"],
        hints: &["run the program by hand: `aws configure get credential_process[ --profile {profile}]` tells it"],
        ..RULE
    },
    Rule {
        group: Group::RoleNotAssumed,
        text: &["calling the AssumeRole", "failed to assume role", "error assuming role"],
        what: &["the role of the AWS profile {`profile|'in use'} could not be assumed"],
        hints: &[
            "`aws sts get-caller-identity[ --profile {profile}]` fails in the same way until an administrator lets the role be assumed",
        ],
        ..RULE
    },
    Rule {
        group: Group::CredentialsMissing,
        text: &[
            "Unable to locate credentials",
            "Could not load credentials from any providers",
            "CredentialsNotLoaded",
            "no providers in chain provided credentials",
            "no credentials found in chain",
            "names no source of credentials",
            "Unable to load credentials from any of the providers",
            "failed to retrieve credentials",
            "did not contain credential information",
            "No identity found in request",
            "the credential provider was not enabled",
        ],
        what: &["no AWS credentials were found"],
        why: TRIED,
        hints: &[
            SSO_LOGIN,
            "{!sso}`aws login[ --profile {profile}]` signs in, `aws configure sso` sets up SSO, and `AWS_BEARER_TOKEN_BEDROCK` takes an API key of Bedrock",
        ],
        ..RULE
    },
    Rule {
        group: Group::InstanceMetadata,
        text: &[
            "communicating with IMDS",
            "failed to load IMDS session token",
            "EC2 IMDS role",
            "instance metadata service",
        ],
        what: &["the instance metadata service gave no credentials"],
        why: TRIED,
        hints: &[
            "in a container on EC2: `aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-put-response-hop-limit 2`",
        ],
        ..RULE
    },
    Rule {
        group: Group::CredentialsExpired,
        codes: &["ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenExpiredException"],
        what: &["the credentials have expired[: {credentials}]"],
        why: &["tried in this order: {tried}"],
        hints: &[SSO_LOGIN],
        ..RULE
    },
    Rule {
        group: Group::CredentialsInvalid,
        codes: &["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken"],
        what: &["AWS does not know the credentials[ from {credentials}]"],
        hints: &[
            WHO_AM_I,
            "`aws account get-region-opt-status --region-name {region}` tells whether the Region is enabled",
        ],
        ..RULE
    },
    Rule {
        group: Group::RegionNotEnabled,
        codes: &["OptInRequired", "RegionDisabledException"],
        what: &["the account has not enabled the Region {region|'it called'}"],
        hints: &["an administrator runs `aws account enable-region --region-name {region}`; it takes minutes to hours"],
        ..RULE
    },
    Rule {
        group: Group::SignatureMismatch,
        codes: &[
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
        ],
        what: &["the signature is not what AWS computes"],
        why: &[
            "the secret key is wrong or cut off, the clock is wrong, or a proxy between here and AWS changes the request",
        ],
        hints: &[WHO_AM_I],
        ..RULE
    },
    Rule {
        group: Group::CredentialsMissing,
        stage: Some(Stage::Credentials),
        what: &["no AWS credentials could be loaded"],
        why: TRIED,
        hints: &[SSO_LOGIN],
        ..RULE
    },
];
