//! `bedrock-ask diagnose`: explains errors as other tools print them, without the network.

use serde_json::Value;

#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Run, bedrock_ask};

const ON_DEMAND: &str = "Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn\u{2019}t supported. \
                         Retry your request with the ID or ARN of an inference profile that contains this model.";

fn diagnose<'a>(text: &'a str, flags: &[&'a str]) -> Run {
    bedrock_ask(["diagnose", text].into_iter().chain(flags.iter().copied()))
}

fn json(run: Run) -> Value {
    let ran = run.run();
    let lines: Vec<_> = ran.stdout_text().lines().collect();
    assert_eq!(lines.len(), 1, "{ran}");
    serde_json::from_str(lines[0]).unwrap()
}

#[test]
fn boto3s_on_demand_error_names_the_profile_to_use_with_the_apostrophe_that_aws_prints() {
    let text = format!(
        "Traceback (most recent call last):\n  File \"/app/ask.py\", line 3, in <module>\n    client.converse(modelId=m)\n\
         botocore.errorfactory.ValidationException: An error occurred (ValidationException) when calling the Converse \
         operation: {ON_DEMAND}"
    );
    insta::assert_snapshot!(diagnose(&text, &["--region", "ap-northeast-1"]).run(), @"
    ----- stdout -----
    error: `anthropic.claude-sonnet-4-6` cannot be invoked by its plain ID from ap-northeast-1
      aws: ValidationException: Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.

     hint: use `jp.anthropic.claude-sonnet-4-6`
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn each_tools_way_to_print_an_error_is_read() {
    let id = "1f2e3d4c-0000-4000-8000-abcdefabcdef";
    for (text, group, exit) in [
        (
            "\nAn error occurred (AccessDeniedException) when calling the Converse operation: You don't have access to the model with the specified model ID.".to_owned(),
            "access-denied-model",
            5,
        ),
        (format!("\naws: [ERROR]: An error occurred (ValidationException) when calling the Converse operation: {ON_DEMAND}"), "on-demand-unsupported", 3),
        (
            format!(
                "ValidationException: The provided model identifier is invalid.\n    at de_ValidationExceptionRes (/app/x.js:1:2) {{\n  \
                 '$fault': 'client',\n  '$metadata': {{\n    httpStatusCode: 400,\n    requestId: '{id}',\n    attempts: 1\n  }}\n}}"
            ),
            "identifier-invalid",
            3,
        ),
        (
            format!(
                "operation error Bedrock Runtime: Converse, exceeded maximum number of attempts, 3, https response error StatusCode: 503, \
                 RequestID: {id}, ServiceUnavailableException: Too many connections, please wait before trying again."
            ),
            "throttled-connections",
            6,
        ),
        (
            format!(
                "Exception in thread \"main\" software.amazon.awssdk.services.bedrockruntime.model.ValidationException: {ON_DEMAND} \
                 (Service: BedrockRuntime, Status Code: 400, Request ID: {id}) (SDK Attempt Count: 1)\n\tat software.amazon.awssdk.X(Y.java:1)"
            ),
            "on-demand-unsupported",
            3,
        ),
        (
            format!(
                "Error: ServiceError(ServiceError {{ source: ThrottlingException(ThrottlingException {{ message: Some(\"Too many requests, please \
                 wait before trying again.\"), meta: ErrorMetadata {{ code: Some(\"ThrottlingException\"), message: Some(\"Too many requests, \
                 please wait before trying again.\"), extras: Some({{\"request_id\": \"{id}\"}}) }} }}), raw: Response {{ status: StatusCode(429) }} }})"
            ),
            "throttled-requests",
            6,
        ),
        (
            format!("litellm.exceptions.BadRequestError: BedrockException - {{\"message\":\"{ON_DEMAND}\"}}"),
            "on-demand-unsupported",
            3,
        ),
        ("Unable to locate credentials. You can configure credentials by running \"aws configure\".".to_owned(), "credentials-missing", 5),
    ] {
        let object = json(diagnose(&text, &["--format", "json", "--region", "us-east-1"]));
        assert_eq!((object["group"].as_str(), object["exitCode"].as_i64()), (Some(group), Some(exit)), "{text}\n{object}");
    }
}

#[test]
fn an_id_that_cannot_be_called_from_the_region_gives_way_to_the_one_that_can() {
    let text = "An error occurred (ValidationException) when calling the Converse operation: The provided model identifier is invalid.";
    let flags = ["-m", "us.anthropic.claude-sonnet-4-6", "--region", "eu-central-1"];
    insta::assert_snapshot!(diagnose(text, &flags).run(), @"
    ----- stdout -----
    error: `us.anthropic.claude-sonnet-4-6` cannot be invoked from eu-central-1
      aws: ValidationException: The provided model identifier is invalid.
    cause: the Region was eu-central-1: an inference profile can be invoked only from its source Regions

     hint: use `eu.anthropic.claude-sonnet-4-6`
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn a_denied_destination_is_told_from_the_source_region() {
    let text = "An error occurred (AccessDeniedException) when calling the ConverseStream operation: User: \
                arn:aws:sts::111122223333:assumed-role/dev/me is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: \
                arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6 with an explicit deny in a service control policy";
    let ran = diagnose(text, &["-m", "us.anthropic.claude-sonnet-4-6", "--region", "us-east-1"]).run();
    assert!(
        ran.stdout_text().starts_with("error: the organization denies `anthropic.claude-sonnet-4-6` in us-west-2\n"),
        "{ran}"
    );
    assert!(
        ran.stdout_text().contains("cause: us-west-2 is a destination Region of `us.anthropic.claude-sonnet-4-6`\n"),
        "{ran}"
    );
    let object =
        json(diagnose(text, &["-m", "us.anthropic.claude-sonnet-4-6", "--region", "us-east-1", "--format", "json"]));
    assert_eq!((object["actor"].as_str(), object["retryable"].as_bool()), (Some("organization"), Some(false)));
}

#[test]
fn the_region_is_the_flags_then_the_texts_then_the_settings() {
    let in_text = format!("{ON_DEMAND} https://bedrock-runtime.eu-central-1.amazonaws.com/");
    let hint = |ran: &crate::harness::Ran| ran.stdout_text().lines().last().unwrap().to_owned();
    let ran = diagnose(&in_text, &[]).env("AWS_REGION", "us-east-1").run();
    assert_eq!((hint(&ran).as_str(), ran.stderr_text()), (" hint: use `eu.anthropic.claude-sonnet-4-6`", ""));
    let ran = diagnose(&in_text, &["--region", "ap-northeast-1"]).env("AWS_REGION", "us-east-1").run();
    assert_eq!(hint(&ran), " hint: use `jp.anthropic.claude-sonnet-4-6`");
    let ran = diagnose(ON_DEMAND, &[]).env("AWS_REGION", "us-east-1").run();
    assert_eq!(hint(&ran), " hint: use `us.anthropic.claude-sonnet-4-6`");
    assert_eq!(
        ran.stderr_text(),
        "note: the source Region is assumed to be us-east-1 (environment AWS_REGION); `--region` sets another\n"
    );
    let arn = "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-6";
    let ran = diagnose("ValidationException: The provided model identifier is invalid.", &["-m", arn])
        .env("AWS_REGION", "us-east-1")
        .run();
    assert_eq!((hint(&ran).as_str(), ran.stderr_text()), (" hint: use `eu.anthropic.claude-sonnet-4-6`", ""));
    let ran = diagnose(ON_DEMAND, &[]).run();
    assert!(hint(&ran).contains("--region REGION"), "{ran}");
}

#[test]
fn json_says_who_must_act_and_which_parameter_to_change() {
    let text =
        "ValidationException: This model doesn't support the stopSequences field. Remove stopSequences and try again.";
    let object = json(diagnose(text, &["--format", "json"]));
    assert_eq!(object["parameterFix"]["drop"], "inferenceConfig.stopSequences");
    assert_eq!((object["actor"].as_str(), object["isCertain"].as_bool()), (Some("caller"), Some(true)));
    assert_eq!(object["errorCode"], "ValidationException");
    assert_eq!(object["hints"][0], "leave out `stopSequences`");
}

#[test]
fn what_nobody_knows_is_said_to_be_so_with_what_to_try() {
    insta::assert_snapshot!(diagnose("something went wrong", &[]).run(), @r"
    ----- stdout -----
    error: this error is not known
    cause: something went wrong

     hint: add `--model MODEL --region REGION`: the model that was invoked, and the source Region
     hint: paste the complete error: its code, its message, and the lines next to them
    ----- stderr -----
    ----- exit 1 -----
    ");
    let ran = diagnose("ValidationException: A sentence that AWS has never said before", &["-m", "nova-lite"]).run();
    assert_eq!(ran.exit(), Some(1), "{ran}");
    assert!(ran.stdout_text().contains("\n hint: add `--region REGION`: the source Region\n"), "{ran}");
}

#[test]
fn stdin_is_read_where_no_text_is_given_or_a_dash_is() {
    let text = format!("An error occurred (ValidationException) when calling the Converse operation: {ON_DEMAND}\n");
    let given = diagnose(&text, &["--region", "us-east-1"]).run();
    for arguments in [&["diagnose"][..], &["diagnose", "-"]] {
        let ran = bedrock_ask(arguments.iter().copied()).env("AWS_REGION", "us-east-1").stdin(text.as_str()).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(0), given.stdout_text()));
    }
    // Unquoted words are one text.
    let words = ["diagnose"].into_iter().chain(text.split_whitespace()).chain(["--region", "us-east-1"]);
    assert_eq!(bedrock_ask(words).run().stdout_text(), given.stdout_text());
}

#[test]
fn nothing_and_too_much_are_usage_errors() {
    for run in
        [diagnose("", &[]), diagnose(" \n", &[]), bedrock_ask(["diagnose"]), bedrock_ask(["diagnose", "-"]).stdin("\n")]
    {
        let ran = run.run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
        assert!(ran.stderr_text().starts_with("error: there is no error to diagnose\n"), "{ran}");
    }
    #[cfg(unix)]
    {
        let ran = bedrock_ask(["diagnose"]).terminal([Stream::Stdin]).run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
    }
    let ran = bedrock_ask(["diagnose", "-"]).stdin(vec![b'a'; 20_000_000]).run();
    assert_eq!(ran.exit(), Some(2));
    assert!(ran.stderr_text().starts_with("error: stdin has more than 10000000 bytes"), "{ran}");
    let ran = bedrock_ask(["diagnose"]).stdin(b"gr\xfc\xdfe".as_slice()).run();
    assert!(ran.stderr_text().starts_with("error: stdin is not UTF-8 at byte 3\n"), "{ran}");
}

#[test]
fn the_model_that_was_called_is_blamed_and_not_the_one_that_is_suggested() {
    let text = "API Error (claude-opus-4-6): 400 The provided model identifier is invalid.. Try --model to switch to \
                us.anthropic.claude-opus-4-1-20250805-v1:0. ";
    insta::assert_snapshot!(diagnose(text, &["--region", "us-east-2"]).run(), @"
    ----- stdout -----
    error: `claude-opus-4-6` cannot be invoked from us-east-2
      aws: HTTP 400: The provided model identifier is invalid.. Try --model to switch to us.anthropic.claude-opus-4-1-20250805-v1:0.
    cause: the Region was us-east-2: an inference profile can be invoked only from its source Regions

     hint: use `us.anthropic.claude-opus-4-6-v1`
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn a_diagnosis_asks_for_what_neither_the_text_nor_a_flag_names() {
    let text = "ValidationException: The provided model identifier is invalid.";
    for (flags, asked) in
        [(&[][..], "add `--model MODEL --region REGION`: "), (&["--region", "us-east-1"], "add `--model MODEL`: ")]
    {
        let ran = diagnose(text, flags).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        assert!(ran.stdout_text().contains(&format!("\n\n hint: {asked}")), "{ran}");
    }
}

#[test]
fn the_aws_profile_that_the_text_names_stands_in_the_command() {
    let text = "The SSO session token associated with profile=gen-ai was not found or is invalid. To refresh this SSO session \
                run 'aws sso login' with the corresponding profile.";
    let ran = diagnose(text, &[]).run();
    assert!(ran.stdout_text().contains("\n hint: `aws sso login --profile gen-ai`\n"), "{ran}");
}

#[test]
fn the_json_of_a_gateway_is_read_and_not_shown() {
    let text = r#"{"error":{"message":"litellm.BadRequestError: BedrockException - {\"message\":\"The provided model identifier is invalid.\"}. Received Model Group=claude\nAvailable Model Group Fallbacks=None","type":null,"param":null,"code":"400"}}"#;
    let object =
        json(diagnose(text, &["--format", "json", "-m", "us.anthropic.claude-sonnet-4-6", "--region", "eu-central-1"]));
    assert_eq!(object["causes"][0], "The provided model identifier is invalid.");
    assert_eq!(object["hints"][0], "use `eu.anthropic.claude-sonnet-4-6`");
}

#[test]
fn the_aws_profile_may_be_one_of_another_machine() {
    let text = "botocore.exceptions.TokenRetrievalError: Error when retrieving token from sso: Token has expired and refresh failed";
    let ran = diagnose(text, &["--profile", "theirs", "--region", "eu-west-1"]).run();
    assert!(ran.stdout_text().contains("`aws sso login --profile theirs`"), "{ran}");
}

#[test]
fn a_model_past_its_end_leads_to_the_one_that_follows_it_and_never_to_a_retired_profile() {
    let on_demand = "with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference \
                     profile that contains this model.";
    let litellm = "BadRequestError: litellm.BadRequestError: BedrockException - b'{\"message\":\"Invocation of model ID \
                   anthropic.claude-3-5-sonnet-20241022-v2:0 with on-demand throughput isn\\xe2\\x80\\x99t\nsupported. \
                   Retry your request with the ID or ARN of an inference profile that contains this model.\"}'";
    let httpx = format!(
        "Error code: 400 - {{'message': 'Invocation of model ID anthropic.claude-3-7-sonnet-20250219-v1:0 {on_demand}'}}\n\n\
         httpx.HTTPStatusError: Client error '400 Bad Request' for url 'https://bedrock-runtime.us-east-1.amazonaws.com\
         /model/anthropic.claude-3-7-sonnet-20250219-v1:0/invoke'"
    );
    let two_models = format!(
        "API Error (eu.anthropic.claude-3-7-sonnet-20250219-v1:0): 400 Invocation of model ID \
         anthropic.claude-3-5-haiku-20241022-v1:0 {on_demand}"
    );
    for (text, flags, blamed, follower) in [
        (
            litellm,
            &["--region", "us-east-1"][..],
            "`anthropic.claude-3-5-sonnet-20241022-v2:0`",
            "us.anthropic.claude-sonnet-4-6",
        ),
        (&httpx, &[], "`anthropic.claude-3-7-sonnet-20250219-v1:0`", "us.anthropic.claude-sonnet-4-6"),
        (
            &two_models,
            &["--region", "eu-central-1"],
            "`anthropic.claude-3-5-haiku-20241022-v1:0`",
            "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
    ] {
        let ran = diagnose(text, flags).run();
        let (headline, hints) = ran.stdout_text().split_once("\n hint: ").unwrap_or_else(|| panic!("{ran}"));
        assert!(headline.lines().next().unwrap().contains(blamed), "{ran}");
        assert!(hints.contains(&format!("`{follower}`")) && !hints.contains("claude-3-"), "{ran}");
    }
}

#[test]
fn an_error_of_another_service_is_said_to_be_one() {
    let text = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied";
    insta::assert_snapshot!(diagnose(text, &["--region", "us-east-1"]).run(), @"
    ----- stdout -----
    error: this error is from S3 (`PutObject`), not from Amazon Bedrock
      aws: AccessDenied: Access Denied

     hint: if a call to Amazon Bedrock failed too, paste its error: it names an operation such as `Converse` or `InvokeModel`
    ----- stderr -----
    ----- exit 1 -----
    ");
}

#[test]
fn an_id_that_aws_rejects_by_its_form_is_resolved() {
    let rejected = |id: &str| {
        format!(
            "An error occurred (ValidationException) when calling the Converse operation: 1 validation error detected: Value '{id}' at \
             'modelId' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:aws.*)|([a-z]+[.].*)"
        )
    };
    let shown = |id: &str| diagnose(&rejected(id), &["--region", "eu-central-1"]).run().stdout_text().to_owned();
    let short = shown("claude-sonnet-4-6");
    assert!(short.starts_with("error: `claude-sonnet-4-6` is not a model ID\n"), "{short}");
    assert!(short.contains("\n hint: use `eu.anthropic.claude-sonnet-4-6`\n"), "{short}");
    let near = shown("claude-sonet-4-6");
    assert!(near.contains("\n hint: ") && near.contains("claude-sonnet-4-6`"), "{near}");
    insta::assert_snapshot!(diagnose(&rejected("foo"), &["--region", "eu-central-1"]).run(), @"
    ----- stdout -----
    error: `foo` is not a model ID
      aws: ValidationException: 1 validation error detected: Value 'foo' at 'modelId' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:aws.*)|([a-z]+[.].*)
    cause: no model matches `foo`

     hint: a model ID has the form `PUBLISHER.NAME`, in lower case; `bedrock-ask models` lists those that can be invoked
     hint: if it is a provisioned model or an application inference profile: bedrock-ask -m foo
     hint: `bedrock-ask models --region eu-central-1` lists the model IDs
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn credentials_in_the_text_are_masked() {
    let text = "something odd: AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYabcdefKEY123 x-api-key: sk-ant-api03-AAAABBBBCCCC1234";
    for flags in [&[][..], &["--format", "json"]] {
        let ran = diagnose(text, flags).run();
        assert!(ran.stdout_text().contains("***") && !ran.stdout_text().contains("wJalr"), "{ran}");
        assert!(!ran.stdout_text().contains("AAAABBBB"), "{ran}");
    }
}

#[test]
fn a_page_of_a_firewall_is_not_a_denial() {
    let text = "<html>\n<head><title>403 Forbidden</title></head>\n<body>\n<center><h1>403 Forbidden</h1></center>\n</body>\n</html>";
    insta::assert_snapshot!(diagnose(text, &["--region", "us-east-1", "-m", "nova-lite"]).run(), @"
    ----- stdout -----
    error: the response of the endpoint is an HTML page, which Bedrock does not send
    cause: HTTP 403: an HTML page: 403 Forbidden
    cause: a proxy, a firewall (WAF) or a sign-in page of the network responded instead

     hint: check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`
     hint: the operator of the proxy or firewall can tell why it blocked the request
    ----- stderr -----
    ----- exit 0 -----
    ");
}

/// Errors of clients that never reached Bedrock: the text, the group, the message and a part of a hint.
const NEVER_REACHED: &[(&str, &str, &str, &str)] = &[
    (
        "botocore.exceptions.PartialCredentialsError: Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
        "credentials-missing",
        "the AWS credentials are incomplete: `AWS_SECRET_ACCESS_KEY` is not set",
        "set `AWS_SECRET_ACCESS_KEY` too",
    ),
    (
        "botocore.exceptions.ConfigParseError: Unable to parse config file: /home/me/.aws/config",
        "credentials-missing",
        "AWS's file `/home/me/.aws/config` is not valid",
        "`bedrock-ask config` names the line",
    ),
    (
        "botocore.exceptions.InvalidConfigError: The source profile \"base\" must have credentials.",
        "credentials-missing",
        "the AWS profile `base`, which a role is assumed with, has no credentials",
        "`aws configure --profile base`",
    ),
    (
        "botocore.exceptions.InfiniteLoopConfigError: Infinite loop in credential configuration detected. Attempting to \
         load from profile a which has already been visited. Visited profiles: ['a', 'b']",
        "credentials-missing",
        "the AWS profile `a` leads back to itself through `source_profile`",
        "name a profile with credentials",
    ),
    (
        "botocore.exceptions.LoginTokenLoadError: Error loading login token: no such file",
        "login-expired",
        "the session of `aws login` has expired",
        "`aws login`",
    ),
    (
        "Missing Dependency: Using the login credential provider requires an additional dependency. You will need to pip \
         install \"botocore[crt]\" before proceeding.",
        "other-tool-usage",
        "a library that the tool needs for Bedrock is missing",
        "`pip install --upgrade 'boto3[crt]'`",
    ),
    (
        "curl: (6) Could not resolve host: bedrock-runtime.eu-central1.amazonaws.com",
        "unreachable",
        "the endpoint of Bedrock cannot be reached",
        "did you mean `eu-central-1`?",
    ),
    (
        "curl: (7) Failed to connect to 127.0.0.1 port 4566 after 0 ms: Couldn't connect to server",
        "unreachable",
        "the endpoint of Bedrock cannot be reached",
        "HTTPS_PROXY",
    ),
    ("TypeError: fetch failed", "unreachable", "the endpoint of Bedrock cannot be reached", "HTTPS_PROXY"),
    (
        "error sending request for url (https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse)",
        "unreachable",
        "the endpoint of Bedrock cannot be reached",
        "HTTPS_PROXY",
    ),
    (
        "upstream connect error or disconnect/reset before headers. reset reason: connection timeout",
        "unreachable",
        "the endpoint of Bedrock cannot be reached",
        "HTTPS_PROXY",
    ),
    (
        "Post \"https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse\": dial tcp 10.0.0.1:443: i/o timeout",
        "timeout",
        "the endpoint of Bedrock cannot be reached in time",
        "a VPC needs a route",
    ),
    ("net/http: TLS handshake timeout", "timeout", "the endpoint of Bedrock cannot be reached in time", "a VPC needs"),
    ("httpx.ConnectTimeout: timed out", "timeout", "the endpoint of Bedrock cannot be reached in time", "a VPC needs"),
    (
        "curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received",
        "timeout",
        "no response arrived in time",
        "raise the read timeout",
    ),
    (
        "TypeError: fetch failed { [cause]: HeadersTimeoutError: Headers Timeout Error { code: 'UND_ERR_HEADERS_TIMEOUT' } }",
        "timeout",
        "no response arrived in time",
        "raise the read timeout",
    ),
    (
        "TypeError: fetch failed { [cause]: ConnectTimeoutError: Connect Timeout Error { code: 'UND_ERR_CONNECT_TIMEOUT' } }",
        "timeout",
        "the endpoint of Bedrock cannot be reached in time",
        "a VPC needs",
    ),
    (
        "error sending request for url (https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse): operation timed out",
        "timeout",
        "no response arrived in time",
        "raise the read timeout",
    ),
];

#[test]
fn the_errors_of_clients_that_never_reached_bedrock_have_a_cause_and_a_fix() {
    for (text, group, summary, hint) in NEVER_REACHED {
        let ran = diagnose(text, &["--format", "json"]).run();
        let found: Value = serde_json::from_str(ran.stdout_text()).unwrap_or_else(|_| panic!("{ran}"));
        assert_eq!(
            (found["group"].as_str(), found["message"].as_str()),
            (Some(*group), Some(*summary)),
            "{text}: {ran}"
        );
        assert!(found["hints"].to_string().contains(&hint.replace('"', "\\\"")), "{text}: {ran}");
    }
}

#[test]
fn what_claude_refuses_of_a_conversation_is_explained() {
    for (message, summary) in [
        (
            "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`. When `thinking` is \
             enabled, a final `assistant` message must start with a thinking block",
            "an earlier response was sent back without its reasoning",
        ),
        (
            "messages: final assistant content cannot end with trailing whitespace",
            "the last message, which is the assistant's, ends in white space",
        ),
        (
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
            "the thinking budget is below 1024 tokens",
        ),
        (
            "A maximum of 4 blocks with cache_control may be provided. Found 5.",
            "the request has more than 4 cache points",
        ),
        (
            "tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12",
            "the model does not support the schema of a tool",
        ),
        (
            "input_schema does not support oneOf, allOf, or anyOf at the top level",
            "the model does not support the schema of a tool",
        ),
        ("invalid beta flag", "the model on Bedrock does not accept a beta flag of the request"),
        (
            "messages.0.content.0.pdf.source.base64.data: The PDF specified was not valid.",
            "a PDF could not be processed: it is damaged, encrypted, or not a PDF",
        ),
    ] {
        let text = format!(
            "An error occurred (ValidationException) when calling the Converse operation: The model returned the following \
             errors: {message}"
        );
        let found = json(diagnose(&text, &["--format", "json"]));
        assert_eq!(found["message"], summary, "{text}: {found}");
        assert!(!found["hints"].as_array().unwrap().is_empty(), "{text}: {found}");
    }
}

#[test]
fn a_name_that_was_given_as_the_model_is_what_the_service_refused() {
    let invalid = "API Error: 400 {\"message\":\"The provided model identifier is invalid.\"}";
    let found = json(diagnose(invalid, &["-m", "claude-sonnet-4-6", "--region", "us-east-1", "--format", "json"]));
    assert_eq!(found["message"], "`claude-sonnet-4-6` cannot be invoked from us-east-1", "{found}");
    assert!(found["hints"].to_string().contains("use `us.anthropic.claude-sonnet-4-6`"), "{found}");
}

#[test]
fn an_empty_model_id_is_named_as_such() {
    let text = "An error occurred (ValidationException) when calling the InvokeModel operation: 1 validation error detected: \
                Value '' at 'modelId' failed to satisfy constraint: Member must have length greater than or equal to 1";
    assert_eq!(json(diagnose(text, &["--format", "json"]))["message"], "the model ID is empty");
}
