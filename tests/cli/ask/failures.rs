//! Errors over the wire: one test per group, with AWS's exact message, the exit code and the hint.

use super::*;
use crate::proxy::Proxy;

/// Runs `ask` once against a server that fails with this error.
fn run_with_error(status: u16, code: &str, message: &str) -> Ran {
    refused_with(&[], status, code, message)
}

fn refused_with(words: &[&str], status: u16, code: &str, message: &str) -> Ran {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(status, code, message));
    ask(&fake, words.iter().copied()).argument("hi").run()
}

/// An AWS profile that signs in through SSO.
const SIGN_IN: &str = "[profile work]\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = developer\n\
                       [sso-session work]\nsso_start_url = https://start.test/start\nsso_region = eu-west-1\n";
/// The SHA-1 of the session's name, under which its token is cached.
const WORK: &str = "e274eeff768c6396088ec6eb091f4bf4d47ab1e0";

/// The principal in AWS's messages.
const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/developer/someone";

#[test]
fn a_plain_id_that_is_not_on_demand_leads_to_the_profile_that_the_catalog_has() {
    let fake = FakeBedrock::start();

    fake.expect(converse_stream().fails(
        400,
        "ValidationException",
        "Invocation of model ID amazon.nova-2-lite-v1:0 with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
    ));
    insta::assert_snapshot!(ask(&fake, ["--no-repair", "-m", "global.amazon.nova-2-lite-v1:0", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `amazon.nova-2-lite-v1:0` cannot be invoked by its plain ID from eu-central-1
      aws: ValidationException: Invocation of model ID amazon.nova-2-lite-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: use `eu.amazon.nova-2-lite-v1:0`
    ----- exit 3 -----
    ");
    let ran = refused_with(
        &["--no-repair", "-m", "global.amazon.nova-2-lite-v1:0"],
        400,
        "ValidationException",
        "The provided model doesn't support on-demand throughput.",
    );
    assert_eq!(ran.exit(), Some(3), "{ran}");
    assert!(ran.stderr_text().contains("eu.amazon.nova-2-lite-v1:0"), "{ran}");
}

#[test]
fn an_invalid_identifier_leads_to_the_id_that_the_catalog_has() {
    let words = ["--no-repair", "-m", "global.amazon.nova-2-lite-v1:0"];
    let message = "The provided model identifier is invalid.";
    insta::assert_snapshot!(refused_with(&words, 400, "ValidationException", message), @"
    ----- stdout -----
    ----- stderr -----
    error: the endpoint at `http://127.0.0.1:[PORT]` rejected `global.amazon.nova-2-lite-v1:0`, although the catalog lists it for eu-central-1
      aws: ValidationException: The provided model identifier is invalid.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the request went to another Region or endpoint, or a tool changed the ID

     hint: use `eu.amazon.nova-2-lite-v1:0`
     hint: check where the request went: `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and the Region of the client must belong to eu-central-1; a blank or a quote that a tool added to the ID has the same effect
    ----- exit 3 -----
    ");
}

#[test]
fn a_denial_names_the_arn_and_the_region_that_were_denied() {
    let message = format!(
        "{USER} is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: \
         arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-2-lite-v1:0 because no identity-based policy allows the \
         bedrock:InvokeModelWithResponseStream action"
    );
    insta::assert_snapshot!(run_with_error(403, "AccessDeniedException", &message), @r"
    ----- stdout -----
    ----- stderr -----
    error: `arn:aws:sts::111122223333:assumed-role/developer/someone` is not allowed to use `amazon.nova-2-lite-v1:0` in eu-west-3
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-2-lite-v1:0 because no identity-based policy allows the bedrock:InvokeModelWithResponseStream action
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: eu-west-3 is a destination Region of `eu.amazon.nova-2-lite-v1:0`, and the policy does not allow the model there

     hint: `bedrock-ask iam-policy eu.amazon.nova-2-lite-v1:0 --region eu-central-1` prints the policy for an administrator to attach
    ----- exit 5 -----
    ");
}

#[test]
fn a_service_control_policy_is_not_the_users_to_change() {
    let message = format!(
        "{USER} is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: \
         arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0 with an explicit deny in a service control policy: \
         arn:aws:organizations::999988887777:policy/o-example/service_control_policy/p-example"
    );
    let words = ["-m", "global.amazon.nova-2-lite-v1:0"];
    insta::assert_snapshot!(refused_with(&words, 403, "AccessDeniedException", &message), @r"
    ----- stdout -----
    ----- stderr -----
    error: the organization denies `amazon.nova-2-lite-v1:0` through a global inference profile
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0 with an explicit deny in a service control policy: arn:aws:organizations::999988887777:policy/o-example/service_control_policy/p-example
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: `arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0` has no Region: it stands for every destination Region of a global inference profile

     hint: use `eu.amazon.nova-2-lite-v1:0`, which has narrower routing
     hint: this cannot be changed in the account: ask the organization's administrator to add `unspecified` to the policy's `aws:RequestedRegion`, or to exempt `bedrock:InferenceProfileArn` of the global profile
     hint: `bedrock-ask iam-policy global.amazon.nova-2-lite-v1:0 --region eu-central-1 --scp` prints the exemption
    ----- exit 5 -----
    ");
}

#[test]
fn the_use_case_form_is_named_in_both_of_its_wordings() {
    let model = ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0"];
    let message = "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.";
    insta::assert_snapshot!(refused_with(&model, 404, "ResourceNotFoundException", message), @"
    ----- stdout -----
    ----- stderr -----
    error: the use-case form that the provider of `eu.anthropic.claude-haiku-4-5-20251001-v1:0` requires has not been submitted
      aws: ResourceNotFoundException: Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the form is submitted once per account, or once in the organization's management account; the first calls may succeed without it

     hint: ask an administrator to submit the form in the model catalog of https://eu-central-1.console.aws.amazon.com/bedrock/; it takes effect after about 15 minutes
     hint: `eu.amazon.nova-2-lite-v1:0` needs no form
    ----- exit 5 -----
    ");
    let message = "The model returned the following errors: You have not filled out the required use-case form for this model. Complete the form at https://eu-central-1.console.aws.amazon.com/bedrock/ before requesting access.";
    let ran = refused_with(&model, 400, "ValidationException", message);
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert!(ran.stderr_text().contains("use-case form"), "{ran}");
}

#[test]
fn a_missing_marketplace_subscription_says_who_must_act() {
    let message = "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be completed at this time. If you recently fixed this issue, try again after 2 minutes.";
    let model = ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0"];
    insta::assert_snapshot!(refused_with(&model, 403, "AccessDeniedException", message), @"
    ----- stdout -----
    ----- stderr -----
    error: this account is not subscribed to `eu.anthropic.claude-haiku-4-5-20251001-v1:0`, and the caller is not allowed to subscribe it
      aws: AccessDeniedException: Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be completed at this time. If you recently fixed this issue, try again after 2 minutes.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the first call subscribes the account, and needs `aws-marketplace:Subscribe` and `aws-marketplace:ViewSubscriptions`

     hint: ask an administrator to run `bedrock-ask --model eu.anthropic.claude-haiku-4-5-20251001-v1:0 --region eu-central-1 hello` once; 2 to 15 minutes later, others can invoke the model without those actions
     hint: `eu.amazon.nova-2-lite-v1:0` needs no subscription
    ----- exit 5 -----
    ");
}

#[test]
fn no_credentials_at_all_says_what_was_tried_and_what_to_do() {
    let fake = FakeBedrock::start();
    let run = || bedrock_ask(["hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
    insta::assert_snapshot!(run().run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: no AWS credentials were found
    cause: no credentials found in chain
    cause: tried Environment: environment variable not set
    cause: then Profile: not set up
    cause: then WebIdentityToken: $AWS_WEB_IDENTITY_TOKEN_FILE was not set
    cause: then EcsContainer: ECS provider not configured
    cause: then Ec2InstanceMetadata: IMDS disabled by AWS_EC2_METADATA_DISABLED env var set to `true`

     hint: `aws login` signs in, `aws configure sso` sets up SSO, and `AWS_BEARER_TOKEN_BEDROCK` takes a Bedrock API key
    ----- exit 5 -----
    ");
    insta::assert_snapshot!(run().file(".aws/config", "[profile empty]\nregion = eu-west-1\n").argument("--profile=empty").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: no AWS credentials were found
    cause: the AWS profile `empty` names no source of credentials

     hint: `aws login --profile empty` signs in, `aws configure sso` sets up SSO, and `AWS_BEARER_TOKEN_BEDROCK` takes a Bedrock API key
    ----- exit 5 -----
    ");
    let nowhere = run().argument("--profile=wrok").run();
    assert!(nowhere.stderr_text().starts_with("error: there is no AWS profile `wrok`\n"), "{nowhere}");
    insta::assert_snapshot!(run().file(".aws/config", "[profile work]\n").argument("--profile=wrok").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: there is no AWS profile `wrok`

     hint: there is one named `work`
     hint: `aws configure list-profiles` lists them
    ----- exit 5 -----
    ");
}

#[test]
fn a_machine_without_instance_metadata_is_told_of_credentials_and_not_of_metadata() {
    let fake = FakeBedrock::start();
    let run = bedrock_ask(["hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
    let run = run.without_env("AWS_EC2_METADATA_DISABLED");
    insta::assert_snapshot!(run.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: no AWS credentials were found
    cause: no credentials found in chain
    cause: tried Environment: environment variable not set
    cause: then Profile: not set up
    cause: then WebIdentityToken: $AWS_WEB_IDENTITY_TOKEN_FILE was not set
    cause: then EcsContainer: ECS provider not configured
    cause: then Ec2InstanceMetadata: could not communicate with IMDS: dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111)

     hint: `aws login` signs in, `aws configure sso` sets up SSO, and `AWS_BEARER_TOKEN_BEDROCK` takes a Bedrock API key
    ----- exit 5 -----
    ");
}

#[test]
fn a_session_that_ends_between_the_sign_in_and_the_call_names_the_command_that_renews_it() {
    let fake = FakeBedrock::start();
    fake.expect(get_role_credentials());
    let message = "The security token included in the request is expired";
    fake.expect(converse_stream().fails(403, "ExpiredTokenException", message));
    let cached = r#"{"accessToken": "sso-canary-access-token", "expiresAt": "2099-01-01T00:00:00Z"}"#;
    let run = bedrock_ask(["hi"]).env("AWS_PROFILE", "work").env("AWS_REGION", "eu-central-1").against(&fake);
    let run = run.env("AWS_ENDPOINT_URL_SSO", fake.url()).secret("sso-canary-access-token");
    let run = run.file(".aws/config", SIGN_IN).file(&format!(".aws/sso/cache/{WORK}.json"), cached);
    insta::assert_snapshot!(run.run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the credentials have expired: the AWS profile `work`
      aws: ExpiredTokenException: The security token included in the request is expired
      aws: request ID: 00000000-0000-4000-8000-000000000002

     hint: `aws sso login --profile work`
    ----- exit 5 -----
    ");
}

#[test]
fn expired_credentials_name_their_source() {
    let message = "The security token included in the request is expired";
    insta::assert_snapshot!(run_with_error(403, "ExpiredTokenException", message), @r"
    ----- stdout -----
    ----- stderr -----
    error: the credentials have expired: environment variables
      aws: ExpiredTokenException: The security token included in the request is expired
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN` to use an AWS profile instead
    ----- exit 5 -----
    ");
    let message = "The security token included in the request is invalid.";
    insta::assert_snapshot!(run_with_error(403, "UnrecognizedClientException", message), @"
    ----- stdout -----
    ----- stderr -----
    error: the endpoint at `http://127.0.0.1:[PORT]` does not recognize the credentials from environment variables
      aws: UnrecognizedClientException: The security token included in the request is invalid.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: a wrong or deleted key, a missing session token, a key of another partition than `aws`, or a Region that the account has not enabled

     hint: `aws sts get-caller-identity` shows whether the credentials are valid
     hint: `aws account get-region-opt-status --region-name eu-central-1` shows whether the Region is enabled
    ----- exit 5 -----
    ");
}

#[test]
fn a_missing_and_an_expired_sign_in_name_the_command_that_signs_in() {
    let fake = FakeBedrock::start();
    let run = bedrock_ask(["--profile", "work", "hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
    insta::assert_snapshot!(run.file(".aws/config", SIGN_IN).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: there is no SSO session for the AWS profile `work`
    cause: failed to load the cached SSO token
    cause: an error occurred while loading an access token
    cause: no session was started yet, or its token cannot be read

     hint: `aws sso login --profile work`
    ----- exit 5 -----
    ");
    let fake = FakeBedrock::start();
    let run = bedrock_ask(["hi"]).env("AWS_PROFILE", "work").env("AWS_REGION", "eu-central-1").against(&fake);
    let ran = run.file(".aws/config", SIGN_IN).run();
    assert!(ran.stderr_text().contains("`aws sso login --profile work`"), "{ran}");
}

#[test]
fn an_api_key_that_is_refused_is_told_from_credentials() {
    for (message, text) in [
        ("Authentication failed: Please make sure your API Key is valid.", "invalid or expired"),
        ("Invalid API Key format: Must start with pre-defined prefix", "`ABSK`"),
        ("Bearer Token has expired", "has expired"),
    ] {
        let fake = FakeBedrock::start();
        let refusal = Refusal::new(403, "AccessDeniedException", message).with_capital_message();
        fake.expect(converse_stream().replies(Reply::Refusal(refusal)));
        let ran = bedrock_ask(["hi"]).env("AWS_REGION", "eu-central-1").api_key().against(&fake).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(5)), "{ran}");
        let stderr = ran.stderr_text();
        assert!(
            stderr.contains(text)
                && stderr.contains(&format!(": {message}\n"))
                && stderr.contains("AWS_BEARER_TOKEN_BEDROCK"),
            "{ran}"
        );
    }
}

#[test]
fn an_api_key_that_may_not_be_used_names_the_action() {
    let fake = FakeBedrock::start();
    let message = format!(
        "{USER} is not authorized to perform: bedrock:CallWithBearerToken on resource: * because no identity-based \
         policy allows the bedrock:CallWithBearerToken action"
    );
    fake.expect(converse_stream().fails(403, "AccessDeniedException", &message));
    let run = bedrock_ask(["hi"]).env("AWS_REGION", "eu-central-1").api_key().against(&fake);
    insta::assert_snapshot!(run.run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the identity behind the API key is not allowed to use API keys
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: bedrock:CallWithBearerToken on resource: * because no identity-based policy allows the bedrock:CallWithBearerToken action
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: `unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile instead
     hint: or ask an administrator to allow `bedrock:CallWithBearerToken` on `*` for `arn:aws:sts::111122223333:assumed-role/developer/someone`
    ----- exit 5 -----
    ");
}

#[test]
fn throttling_is_tried_three_times_and_tells_requests_from_tokens() {
    for (status, code, message, text) in [
        (429, "ThrottlingException", "Too many requests, please wait before trying again.", "too many requests"),
        (429, "ThrottlingException", "Too many tokens, please wait before trying again.", "too many tokens"),
        (503, "ServiceUnavailableException", "Too many connections, please wait before trying again.", "connections"),
        (500, "InternalServerException", "The system encountered an unexpected error.", "had an internal error"),
    ] {
        let fake = FakeBedrock::start();
        for _ in 0..3 {
            fake.expect(converse_stream().fails(status, code, message));
        }
        let ran = ask(&fake, ["hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(6)), "{ran}");
        let stderr = ran.stderr_text();
        let first = stderr.lines().next().unwrap_or_default();
        assert!(first.contains(text) && stderr.contains(message) && stderr.contains("sent 3 times"), "{ran}");
    }
}

#[test]
fn the_quota_of_a_day_is_not_tried_again() {
    let message = "Too many tokens per day, please wait before trying again.";
    let ran = run_with_error(429, "ThrottlingException", message);
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    error: the account has used up its tokens per day for `eu.amazon.nova-2-lite-v1:0`
      aws: ThrottlingException: Too many tokens per day, please wait before trying again.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the daily quota of a new account can be very low or zero, and a retry on the same day does not help

     hint: an administrator can request a higher quota at https://eu-central-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas (`Model invocation max tokens per day`), which takes days
     hint: use `global.amazon.nova-2-lite-v1:0`, which has its own quota and more destination Regions; `global.` can run it in any commercial Region
    ----- exit 6 -----
    ");
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).breaks_with("throttlingException", message));
    assert_eq!(ask(&fake, ["hi"]).run().snapshot(), ran.snapshot());
}

#[test]
fn what_cannot_be_reached_is_named() {
    let fake = FakeBedrock::start();
    let nowhere = ask(&fake, ["hi"]).env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:1");
    insta::assert_snapshot!(nowhere.run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `http://127.0.0.1:[PORT]` cannot be reached
    cause: Connection refused (os error 111)
    cause: tcp connect error
    cause: sent 3 times
    ----- exit 6 -----
    ");
    fake.expect_repeatedly(converse_stream().replies(Reply::Reset));
    let ran = ask(&fake, ["hi"]).run();
    // Wine ends a connection before it closes it, so that none is ever reset.
    #[cfg(windows)]
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(6)), "{ran}");
    #[cfg(unix)]
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    ----- stderr -----
    error: `http://127.0.0.1:[PORT]` cannot be reached
    cause: Connection reset by peer (os error 104)
    cause: connection error
    cause: sent 3 times
    ----- exit 6 -----
    ");
}

#[test]
fn a_host_without_an_address_is_named() {
    let fake = FakeBedrock::start();
    // No label has 64 letters: the name is refused here, and no name server is asked.
    let url = format!("http://{}.invalid", "a".repeat(64));
    let ran = ask(&fake, ["--allow-http", "hi"]).env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(6)), "{ran}");
    assert!(ran.stderr_text().contains("cause: dns error"), "{ran}");
}

#[test]
fn a_certificate_that_nobody_trusts_is_tried_once() {
    let fake = FakeBedrock::start_tls();
    let ran = ask(&fake, ["hi"]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    ----- stderr -----
    error: `127.0.0.1:[PORT]` presented a certificate that is not trusted
    cause: invalid peer certificate: UnknownIssuer
    cause: TLS handshake failed
    cause: a company's proxy often replaces the certificate with its own

     hint: `export AWS_CA_BUNDLE=FILE`, a file with the company's certificates in PEM format; `SSL_CERT_FILE` works too
    ----- exit 1 -----
    ");
}

#[test]
fn a_proxy_that_refuses_is_told_from_aws() {
    let fake = FakeBedrock::start();
    let through = |proxy: &Proxy| {
        ask(&fake, ["hi"]).without_env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME").env("HTTPS_PROXY", proxy.url()).run()
    };
    let wants_password = Proxy::refusing(407);
    insta::assert_snapshot!(through(&wants_password), @r"
    ----- stdout -----
    ----- stderr -----
    error: the proxy refused the connection to `bedrock-runtime.eu-central-1.amazonaws.com`
    cause: tunnel error: proxy authorization required

     hint: check the user, password and address in `HTTPS_PROXY`; `NO_PROXY` names hosts that need no proxy
    ----- exit 6 -----
    ");
    assert_eq!(wants_password.passed().len(), 1);
    let forbids = Proxy::refusing(403);
    insta::assert_snapshot!(through(&forbids), @r"
    ----- stdout -----
    ----- stderr -----
    error: the proxy refused the connection to `bedrock-runtime.eu-central-1.amazonaws.com`
    cause: tunnel error: unsuccessful
    cause: sent 3 times

     hint: check the user, password and address in `HTTPS_PROXY`; `NO_PROXY` names hosts that need no proxy
    ----- exit 6 -----
    ");
}

#[test]
fn a_page_of_something_in_between_is_no_answer() {
    let fake = FakeBedrock::start();
    let page = "<html><head><title>Sign in to the network</title></head></html>".to_owned();
    fake.expect(converse_stream().replies(Reply::Page(200, "text/html".to_owned(), page.clone())));
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the response of `http://127.0.0.1:[PORT]` is not a response of Bedrock
    cause: HTTP 200: unexpected end of stream
    cause: the response is `text/html`, not `application/vnd.amazon.eventstream`
    cause: a proxy or gateway may have responded instead

     hint: check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`
    ----- exit 1 -----
    ");
    fake.expect(converse().replies(Reply::Page(200, "text/html".to_owned(), page.clone())));
    insta::assert_snapshot!(ask(&fake, ["--no-stream", "hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the response of `http://127.0.0.1:[PORT]` is an HTML page, which Bedrock does not send
    cause: HTTP 200: <html><head><title>Sign in to the network</title></head></html>
    cause: a proxy, a firewall (WAF) or a sign-in page of the network responded instead

     hint: check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`
     hint: the operator of the proxy or firewall can tell why it blocked the request
    ----- exit 1 -----
    ");
    fake.expect(converse_stream().replies(Reply::Page(403, "text/html".to_owned(), page.clone())));
    let forbidden = ask(&fake, ["hi"]).run();
    assert!(forbidden.stderr_text().contains("cause: HTTP 403: <html><head><title>Sign in"), "{forbidden}");
    assert!(forbidden.stderr_text().contains("is an HTML page") && forbidden.exit() == Some(1), "{forbidden}");
    assert!(!forbidden.stderr_text().contains("iam-policy"), "{forbidden}");
    for _ in 0..3 {
        fake.expect(converse_stream().replies(Reply::Page(502, "text/html".to_owned(), page.clone())));
    }
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the endpoint at `http://127.0.0.1:[PORT]` had an internal error
    cause: HTTP 502: <html><head><title>Sign in to the network</title></head></html>
    cause: sent 3 times

     hint: try again in a minute, or contact the operator of `http://127.0.0.1:[PORT]`
    ----- exit 6 -----
    ");
}

#[test]
fn a_redirect_is_reported_and_not_followed() {
    let fake = FakeBedrock::start();
    fake.expect(
        converse()
            .replies(Reply::Page(302, "text/html".to_owned(), String::new()))
            .header("Location", "https://login.example/"),
    );
    let ran = ask(&fake, ["--no-stream", "hi"]).run();
    assert!(ran.stderr_text().contains("responded with a redirect, which was not followed\n"), "{ran}");
    assert!(ran.stderr_text().contains("if `https://login.example/` is the right server"), "{ran}");
    fake.expect(converse_stream().replies(Reply::Page(301, "text/plain".to_owned(), String::new())));
    let ran = ask(&fake, ["hi"]).run();
    assert!(ran.stderr_text().contains("a redirect without a `Location` header\n") && ran.exit() == Some(1), "{ran}");
}

#[test]
fn what_aws_says_of_the_request_is_passed_on_in_its_words() {
    let message = "1 validation error detected: Value '[]' at 'messages' failed to satisfy constraint: Member must have length greater than or equal to 1";
    insta::assert_snapshot!(run_with_error(400, "ValidationException", message), @"
    ----- stdout -----
    ----- stderr -----
    error: `[]` is not a valid value for `messages`
      aws: ValidationException: 1 validation error detected: Value '[]' at 'messages' failed to satisfy constraint: Member must have length greater than or equal to 1
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: change `messages`: the message states which values are allowed
    ----- exit 1 -----
    ");
    insta::assert_snapshot!(run_with_error(400, "ValidationException", "Something that was never seen before."), @"
    ----- stdout -----
    ----- stderr -----
    error: the endpoint at `http://127.0.0.1:[PORT]` rejected the request
      aws: ValidationException: Something that was never seen before.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    ----- exit 1 -----
    ");
}

#[test]
fn a_response_without_a_message_is_no_answer() {
    let fake = FakeBedrock::start();
    fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), "{}".to_owned())));
    let ran = ask(&fake, ["--no-stream", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
    assert!(ran.stderr_text().contains("the response has no message"), "{ran}");
}

#[test]
fn the_status_of_the_models_own_server_is_shown() {
    let fake = FakeBedrock::start();
    let body = r#"{"message":"unexpected","originalStatusCode":529,"originalMessage":"overloaded"}"#;
    let reply = Reply::Page(424, "application/json".to_owned(), body.to_owned());
    fake.expect_repeatedly(converse_stream().replies(reply).header("x-amzn-ErrorType", "ModelStreamErrorException"));
    let ran = ask(&fake, ["hi"]).run();
    assert!(ran.stderr_text().contains("  aws: the model's server: HTTP 529: overloaded"), "{ran}");
}

#[test]
fn the_code_of_an_error_may_stand_in_its_body() {
    let fake = FakeBedrock::start();
    let body = r#"{"__type":"TeapotException","message":"I'm a teapot."}"#;
    fake.expect(converse_stream().replies(Reply::Page(418, "application/json".to_owned(), body.to_owned())));
    let ran = ask(&fake, ["hi"]).run();
    assert!(ran.stderr_text().contains("  aws: TeapotException: I'm a teapot."), "{ran}");
}

#[test]
fn an_unknown_error_is_shown_with_its_code_and_words() {
    insta::assert_snapshot!(run_with_error(418, "TeapotException", "I'm a teapot."), @"
    ----- stdout -----
    ----- stderr -----
    error: `TeapotException` is not a known error
      aws: TeapotException: I'm a teapot.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    ----- exit 1 -----
    ");
}

#[test]
fn a_wrong_clock_is_named_with_its_difference() {
    let fake = FakeBedrock::start();
    let message =
        "Signature expired: 20261120T100000Z is now earlier than 20261120T101500Z (20261120T102000Z - 5 min.)";
    let expected = || converse_stream().fails(403, "InvalidSignatureException", message).date_off_by(1205);
    fake.expect_repeatedly(expected());
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: this machine's clock is 20 minutes behind AWS's
      aws: InvalidSignatureException: Signature expired: 20261120T100000Z is now earlier than 20261120T101500Z (20261120T102000Z - 5 min.)
      aws: request ID: 00000000-0000-4000-8000-000000000003
    cause: a signature is valid for five minutes
    cause: sent 3 times

     hint: set the clock: `timedatectl set-ntp true` on Linux, `sntp -sS time.apple.com` on macOS, `w32tm /resync` on Windows
    ----- exit 5 -----
    ");
}

#[cfg(unix)]
#[test]
fn control_characters_in_what_aws_says_do_not_reach_a_terminal() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "\u{1b}]0;owned\u{7}oops"));
    let ran = ask(&fake, ["--color", "never", "hi"]).terminal([Stream::Stderr]).env("CI", "1").run();
    assert!(ran.stderr_text().contains("␛]0;owned␇oops") && !ran.stderr.contains(&0x1b), "{ran}");
}

#[test]
fn a_sign_in_is_advised_for_the_profile_that_signs_in() {
    let fake = FakeBedrock::start();
    let role = format!(
        "{SIGN_IN}[profile role]\nrole_arn = arn:aws:iam::444455556666:role/bedrock-user\nsource_profile = work\n"
    );
    let run = bedrock_ask(["--profile", "role", "hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
    let ran = run.file(".aws/config", role).run();
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert!(ran.stderr_text().ends_with("\n hint: `aws sso login --profile work`\n"), "{ran}");
}

#[test]
fn where_signing_in_cannot_help_the_missing_section_is_named() {
    let fake = FakeBedrock::start();
    let text = "[default]\nsso_session = nope\nsso_account_id = 111122223333\nsso_role_name = r\n";
    let run = bedrock_ask(["hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
    insta::assert_snapshot!(run.file(".aws/config", text).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the AWS profile `default` uses the SSO session `nope`, which does not exist
    cause: there is no section `[sso-session nope]`

     hint: `aws configure sso-session` adds it; then `aws sso login --profile default`
    ----- exit 5 -----
    ");
}

#[test]
fn an_sso_session_that_was_never_begun_has_not_expired() {
    let fake = FakeBedrock::start();
    let of = |profile: &str, more: &str| {
        let sso = "sso_account_id = 111122223333\nsso_role_name = r\n";
        let text = format!(
            "[profile {profile}]\n{sso}{more}\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n\
             sso_region = eu-central-1\n"
        );
        let run = bedrock_ask(["--profile", profile, "hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
        run.file(".aws/config", text)
    };
    // The name of the file is the SHA-1 of `corp`.
    let expired = r#"{"startUrl": "https://corp.awsapps.com/start", "region": "eu-central-1", "accessToken": "x",
                      "expiresAt": "2020-01-01T00:00:00Z"}"#;
    let cache = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let missing = "there is no SSO session for the AWS profile `work`";
    for (run, summary) in [
        (of("work", "sso_session = corp"), missing),
        (of("work", "sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1"), missing),
        (
            of("work", "sso_session = corp").file(cache, expired),
            "the SSO session of the AWS profile `work` has expired",
        ),
    ] {
        let ran = run.run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(5)), "{ran}");
        assert!(ran.stderr_text().starts_with(&format!("error: {summary}\n")), "{ran}");
        assert!(ran.stderr_text().ends_with("\n hint: `aws sso login --profile work`\n"), "{ran}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_login_session_that_was_never_begun_is_begun_by_aws_login() {
    let fake = FakeBedrock::start();
    let text = "[default]\nlogin_session = arn:aws:iam::111122223333:user/me\n";
    let run = bedrock_ask(["hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
    let ran = run.file(".aws/config", text).run();
    let (words, hint) = ("error: there is no session of `aws login`", " hint: `aws login`");
    assert!(ran.exit() == Some(5) && ran.stderr_text().contains(words) && ran.stderr_text().contains(hint), "{ran}");
}
