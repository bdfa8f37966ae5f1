//! Rules for credentials, signatures and missing Regions.

use super::{DiagnosisRule, RULE};
use crate::diagnosis::group::Group;
use crate::model::failure::Stage;

const CREDENTIALS_SOURCE: &[&str] = &["the credentials are from {credentials}"];
const SSO_LOGIN: &str = "{?sso}{?profile}`aws sso login --profile {sso_profile|profile}`";
/// How to begin a new SSO session, whatever is known of the AWS profile.
const NEW_SSO_SESSION: &[&str] = &[
    "`aws sso login --profile {sso_profile|profile}`",
    "{!profile}`aws sso login --profile PROFILE`, with the AWS profile in use",
];
const SIGN_IN: &str = "{!sso}`aws login[ --profile {profile}]` signs in, `aws configure sso` sets up SSO, and `AWS_BEARER_TOKEN_BEDROCK` takes a Bedrock API key";
const SIGN_IN_AGAIN: &str = "{!sso}{!from_environment}sign in again, or renew the keys: `aws sso login[ --profile {profile}]`, `aws login`, or the tool that issued them";
const FROM_ENVIRONMENT: &str = "{?from_environment}`unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN` to use an AWS profile instead";
const ROLE_NOT_ASSUMED: &[&str] = &["the role of the AWS profile {`profile|'in use'} could not be assumed"];
const ALLOW_ROLE: &[&str] = &[
    "`aws sts get-caller-identity[ --profile {profile}]` fails too until an administrator allows the role to be assumed",
];
const SET_CLOCK: &str = "set the clock: `timedatectl set-ntp true` on Linux, `sntp -sS time.apple.com` on macOS, `w32tm /resync` on Windows";
const COMPARE_IDENTITY: &str =
    "{!sso}`aws sts get-caller-identity[ --profile {profile}]` shows whether the AWS CLI fails too";
const SHOW_IDENTITY: &str =
    "`aws sts get-caller-identity[ --profile {profile}]` shows whether the credentials are valid";
const SHOW_OPT_IN: &str =
    "`aws account get-region-opt-status --region-name {region}` shows whether the Region is enabled";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::SsoRegion,
        patterns: &["Session token not found or invalid"],
        summary: &["the SSO portal does not recognize the session[ of the AWS profile `{profile}`]"],
        explanation: &[
            "the session has expired, or `sso_region` of the AWS profile is not the Region of the SSO portal, which can differ from Bedrock's",
        ],
        hints: &["`aws sso login --profile {sso_profile|profile}`", "{!profile}`aws sso login`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::SsoLegacyProfile,
        patterns: &["Invalid refresh token provided", "InvalidGrantException"],
        summary: &["the SSO session[ of the AWS profile `{profile}`] cannot be refreshed"],
        explanation: &["an AWS profile without `sso_session` cannot refresh its token"],
        hints: &[
            "`aws sso login --profile {sso_profile|profile}`",
            "{!profile}`aws sso login`",
            "`aws configure sso[ --profile {profile}]` with a name for the SSO session prevents this error",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::LoginExpired,
        patterns: &[
            "cached Login token is expired",
            "login session has expired",
            "Your session has expired. Please reauthenticate",
            "refresh cached Login token",
            "load cached Login token",
            "Error loading login token",
        ],
        summary: &["the session of `aws login`[ for the AWS profile `{profile}`] has expired"],
        hints: &["`aws login[ --profile {profile}]`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::LoginExpired,
        patterns: &["/.aws/login/cache/", "\\.aws\\login\\cache\\"],
        summary: &["there is no session of `aws login`[ for the AWS profile `{profile}`]"],
        hints: &["`aws login[ --profile {profile}]`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        patterns: &["there is no section `[sso-session {name}]`"],
        summary: &["the AWS profile {`profile|'in use'} uses the SSO session `{name}`, which does not exist"],
        hints: &["`aws configure sso-session` adds it; then `aws sso login[ --profile {sso_profile|profile}]`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        patterns: &[
            "failed to refresh cached credentials, no EC2 IMDS role found",
            "failed to refresh cached credentials, static credentials are empty",
        ],
        summary: &["no AWS credentials were found"],
        hints: &[SSO_LOGIN, SIGN_IN],
        explanation: CREDENTIALS_SOURCE,
        ..RULE
    },
    DiagnosisRule {
        group: Group::RoleNotAssumed,
        patterns: &["failed to refresh cached credentials, operation error STS: AssumeRole"],
        summary: ROLE_NOT_ASSUMED,
        hints: ALLOW_ROLE,
        ..RULE
    },
    DiagnosisRule {
        group: Group::SsoExpired,
        patterns: &[
            "SSO session associated with this profile could not be found",
            "Token for {name} does not exist",
            "failed to load the cached SSO token",
            "Error loading SSO Token",
            "in cached SSO token file",
            "/.aws/sso/cache/",
            "\\.aws\\sso\\cache\\",
        ],
        summary: &["there is no SSO session[ for the AWS profile `{profile}`]"],
        explanation: &["no session was started yet, or its token cannot be read"],
        hints: NEW_SSO_SESSION,
        ..RULE
    },
    DiagnosisRule {
        group: Group::SsoExpired,
        patterns: &[
            "SSO session associated with this profile has expired",
            "SSO session associated with this profile is invalid",
            "SSO session associated with profile={profile} has expired",
            "SSO session associated with profile={profile} is invalid",
            "SSO session token associated with profile={profile} was not found or is invalid",
            "Token is expired. To refresh this SSO session",
            "pending authorization to retrieve an SSO token has expired",
            "Error when retrieving token from sso",
            "The SSO session{}is invalid",
            "Token has expired and refresh failed",
            "SSO token has expired and cannot be refreshed",
            "InvalidTokenError",
            "failed to refresh cached credentials",
        ],
        summary: &["the SSO session of the AWS profile `{profile}` has expired", "the SSO session has expired"],
        explanation: CREDENTIALS_SOURCE,
        hints: NEW_SSO_SESSION,
        ..RULE
    },
    DiagnosisRule {
        group: Group::ClockSkew,
        patterns: &[
            "Signature expired:",
            "Signature not yet current",
            "RequestTimeTooSkewed",
            "is now earlier than",
            "is now later than",
        ],
        summary: &["this machine's clock is {clock} AWS's", "this machine's clock is wrong"],
        explanation: &["a signature is valid for five minutes"],
        hints: &[SET_CLOCK],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ClockSkew,
        decisive_codes: &[
            "RequestExpired",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
        ],
        condition: "{?clock}",
        summary: &["this machine's clock is {clock} AWS's"],
        explanation: &["a signature is valid for five minutes"],
        hints: &[SET_CLOCK],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsExpired,
        patterns: &["security token included in the request is expired", "The provided token has expired"],
        decisive_codes: &["ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenExpiredException"],
        summary: &["the credentials have expired[: {credentials}]"],
        hints: &[SSO_LOGIN, FROM_ENVIRONMENT, SIGN_IN_AGAIN],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsInvalid,
        patterns: &[
            "security token included in the request is invalid",
            "Access Key Id you provided does not exist",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
        ],
        summary: &["AWS does not recognize the credentials[ from {credentials}]"],
        explanation: &[
            "a wrong or deleted key, a missing session token, a key of another partition than `{partition}`, or a Region that the account has not enabled",
            "a wrong or deleted key, a missing session token, a key of another partition, or a Region that the account has not enabled",
        ],
        hints: &[SHOW_IDENTITY, SHOW_OPT_IN],
        ..RULE
    },
    DiagnosisRule {
        group: Group::SignatureMismatch,
        patterns: &["Credential should be scoped to a valid region", "Credential should be scoped to correct region"],
        summary: &["the request was signed for a Region other than that of the endpoint"],
        explanation: &[
            "the keys may be right: the Region in the signature and the Region of the endpoint must be the same",
        ],
        hints: &[
            "make the Region in the host name of the endpoint and the source Region the same: check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `--region`[ ({region} here)]",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::SignatureMismatch,
        patterns: &["Credential should be scoped to correct service", "Credential should be scoped to service"],
        summary: &["the request was signed for a service other than that of the endpoint"],
        hints: &["sign for the service `bedrock`, and send it to `bedrock-runtime.{region|'REGION'}.amazonaws.com`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::SignatureMismatch,
        patterns: &[
            "request signature we calculated does not match",
            "not a valid key=value pair",
            "Credential should be scoped to",
        ],
        summary: &["the signature does not match the one that AWS computed"],
        explanation: &[
            "the secret key is wrong or truncated, or a proxy between this machine and AWS changes the request",
        ],
        hints: &[SHOW_IDENTITY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RegionNotEnabled,
        patterns: &["is not enabled for this account", "not subscribed to this region", "OptInRequired"],
        decisive_codes: &["OptInRequired", "RegionDisabledException"],
        summary: &["the account has not enabled the Region {region|'of the call'}"],
        hints: &[
            "ask an administrator to run `aws account enable-region --region-name {region|'REGION'}`, which takes minutes to hours",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RegionMissing,
        patterns: &[
            "Provided region_name '{name}' doesn't match a supported format",
            "Invalid region name: {name}",
            "Unable to construct an endpoint for {service} in region {name}",
        ],
        summary: &["`{name}` is not a known Region"],
        hints: &[
            "`bedrock-ask models --region all` lists the Regions; `--region REGION`, or `export AWS_REGION=REGION`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RegionMissing,
        patterns: &[
            "You must specify a region",
            "Missing Region",
            "A region must be set when sending requests",
            "AWS region setting is missing",
            "Unable to load region from any of the providers",
            "No RegionEndpoint or ServiceURL configured",
            "Missing required client configuration options: region",
            "missing region; use :region option",
            "Could not determine AWS region",
            "Invalid endpoint: https://bedrock-runtime..",
            "Invalid endpoint: https://bedrock..",
            "bedrock-runtime..amazonaws.com",
            "Region is missing",
            "AWS region is required",
        ],
        summary: &["no source Region is set"],
        hints: &["`--region REGION`, or `export AWS_REGION=REGION`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ProfileNotFound,
        patterns: &[
            "The config profile ({name}) could not be found",
            "profile `{name}` was not defined",
            "profile {name} was not defined",
            "failed to get shared config profile, {name}",
            "Could not resolve credentials using profile: {}{name}",
        ],
        summary: &["there is no AWS profile `{name}`"],
        hints: &["there is one named `{similar_profile}`", "`aws configure list-profiles` lists them"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::MultiFactor,
        patterns: &["needs an MFA code of `{serial}`"],
        summary: &["the role[ of the AWS profile `{profile}`] cannot be assumed without an MFA code"],
        hints: &[
            "on a terminal, bedrock-ask prompts for the code",
            "`eval \"$(aws configure export-credentials[ --profile {profile}] --format env)\"` prompts for it and sets temporary credentials; then leave out `--profile`",
            "`aws sts get-session-token --serial-number {serial} --token-code CODE` returns temporary credentials of `source_profile`",
            "in a job, use a role that needs no MFA, or `credential_process`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::MultiFactor,
        patterns: &[
            "MultiFactorAuthentication failed",
            "the MFA code is not valid",
            "MFA token required",
            "MFA one time pass code",
        ],
        summary: &["the MFA code was wrong, used before, or missing"],
        explanation: CREDENTIALS_SOURCE,
        hints: &["`aws sts get-session-token --serial-number MFA_ARN --token-code CODE` returns temporary credentials"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsInvalid,
        patterns: &[
            "InvalidHeaderValue",
            "failed to parse header value",
            "invalid header value",
            "Invalid character in header content",
            "illegal header value",
        ],
        summary: &[
            "an access key ID, session token or API key contains a line break or another character that is not allowed in a header",
        ],
        hints: &[
            "set the variables again, each on one line: `printf %s \"$AWS_ACCESS_KEY_ID\" | od -c` shows their content; a `.env` file of Windows ends its lines with `\\r`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsInvalid,
        patterns: &[
            "the {part=access key ID|secret access key|session token} from {source} holds a",
            "the {part=access key ID|secret access key|session token} from {source} is blank",
            "the {part=access key ID|secret access key|session token} from {source} is in quotes",
        ],
        summary: &["the AWS credentials cannot be used"],
        hints: &[
            "{?from_environment}set `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` again, each on one line",
            "{!from_environment}`aws configure[ --profile {profile}]` sets the keys again",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialProcess,
        patterns: &[
            "Error retrieving credentials from external process",
            "Error retrieving credentials: external process",
            "credential_process",
        ],
        summary: &["the program in `credential_process`[ of the AWS profile `{profile}`] failed"],
        hints: &["run the program manually: `aws configure get credential_process[ --profile {profile}]` prints it"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::RoleNotAssumed,
        patterns: &["calling the AssumeRole", "failed to assume role", "Could not assume role", "error assuming role"],
        summary: ROLE_NOT_ASSUMED,
        hints: ALLOW_ROLE,
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        patterns: &["Partial credentials found in {source}, missing: {part}"],
        summary: &["the AWS credentials are incomplete: `{part}` is not set"],
        hints: &["set `{part}` too, or remove the other half to use other credentials", SSO_LOGIN],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        patterns: &["The source profile \"{name}\" must have credentials"],
        summary: &["the AWS profile `{name}`, which a role is assumed with, has no credentials"],
        hints: &["`aws configure --profile {name}` sets keys, and `aws login --profile {name}` signs in"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        patterns: &["Infinite loop in credential configuration detected. Attempting to load from profile {name}"],
        summary: &["the AWS profile `{name}` leads back to itself through `source_profile`"],
        hints: &["name a profile with credentials as the `source_profile` of `{name}`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        patterns: &["Unable to parse config file: {file}", "could not parse profile file"],
        summary: &["AWS's file `{file}` is not valid", "AWS's `config` or `credentials` file is not valid"],
        hints: &["`bedrock-ask config` names the line of `~/.aws/config` or `~/.aws/credentials` that cannot be read"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        patterns: &[
            "Unable to locate credentials",
            "AWS access key ID setting is missing",
            "AWS secret access key setting is missing",
            "AWS SigV4 authentication requires AWS credentials",
            "Could not load credentials to authenticate with AWS client",
            "Credential is missing",
            "Resolved credential object is not valid",
            "Failed to resolve AWS credentials",
            "unable to sign request without credentials set",
            "Unable to find credentials",
            "static credentials are empty",
            "Error when retrieving credentials from",
            "security credentials could not be found",
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
        summary: &["no AWS credentials were found"],
        explanation: CREDENTIALS_SOURCE,
        hints: &[SSO_LOGIN, SIGN_IN],
        ..RULE
    },
    DiagnosisRule {
        group: Group::InstanceMetadata,
        patterns: &[
            "communicating with IMDS",
            "failed to load IMDS session token",
            "EC2 IMDS role",
            "Error retrieving metadata",
            "instance profile metadata",
            "instance metadata service",
        ],
        summary: &["the instance metadata service returned no credentials"],
        explanation: CREDENTIALS_SOURCE,
        hints: &[
            "in a container on EC2: `aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-put-response-hop-limit 2`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsInvalid,
        decisive_codes: &["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken"],
        summary: &["AWS does not recognize the credentials[ from {credentials}]"],
        hints: &[SHOW_IDENTITY, SHOW_OPT_IN],
        ..RULE
    },
    DiagnosisRule {
        group: Group::SignatureMismatch,
        decisive_codes: &[
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
        ],
        summary: &["the signature does not match the one that AWS computed"],
        explanation: &[
            "the secret key is wrong or truncated, the clock is wrong, or a proxy between this machine and AWS changes the request",
        ],
        hints: &[SHOW_IDENTITY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CredentialsMissing,
        decisive_stage: Some(Stage::Credentials),
        summary: &["no AWS credentials could be loaded"],
        explanation: CREDENTIALS_SOURCE,
        hints: &[SSO_LOGIN, COMPARE_IDENTITY],
        ..RULE
    },
];
