//! Every verdict at every depth, expectations, and faults of the preconditions.

use super::*;
use crate::harness::{Home, canary, printing};

const EU: [&str; 2] = ["--region", "eu-central-1"];

/// Returns the row of the matrix for this model, and the exit code.
#[track_caller]
fn row(run: Run, model: &str) -> (String, i32) {
    let ran = run.run();
    let line = ran.stdout_text().lines().find(|line| line.starts_with(model));
    let cells = line.unwrap_or_else(|| panic!("no row for {model}:\n{ran}")).trim_start_matches(model).trim();
    (cells.to_owned(), ran.exit().unwrap())
}

#[test]
fn every_answer_of_bedrock_has_its_verdict() {
    let form = "Model use case details have not been submitted for this account.";
    let identity = "User: arn:aws:iam::111122223333:user/me is not authorized to perform: bedrock:InvokeModel on \
                    resource: arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0 because no \
                    identity-based policy allows the bedrock:InvokeModel action";
    let legacy = "Access denied. This Model is marked by provider as Legacy and you have not been actively using the \
                  model in the last 30 days.";
    let table: &[(u16, &str, &str, &str, i32)] = &[
        (403, "AccessDeniedException", identity, "denied", 8),
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
            "not-enabled",
            8,
        ),
        (404, "ResourceNotFoundException", form, "not-enabled", 8),
        (404, "ResourceNotFoundException", legacy, "denied", 8),
        (400, "ValidationException", "Operation not allowed", "denied", 8),
        (400, "ValidationException", "The provided model identifier is invalid.", "unavailable", 8),
        (404, "ResourceNotFoundException", "This model version has reached the end of its life.", "retired", 8),
        (400, "ValidationException", "Something that nobody has seen.", "inconclusive", 9),
        (
            424,
            "ModelErrorException",
            "The system encountered an unexpected error during processing.",
            "inconclusive",
            9,
        ),
        (500, "InternalServerException", "", "inconclusive", 9),
    ];
    for (status, code, message, verdict, exit) in table {
        let fake = FakeBedrock::start();
        fake.expect(get_caller_identity());
        fake.expect_repeatedly(converse().fails(*status, code, message));
        let found = row(check(&fake, [NOVA, EU[0], EU[1]]), NOVA);
        assert_eq!(found, ((*verdict).to_owned(), *exit), "{code}: {message}");
    }
}

#[test]
fn a_response_without_a_stop_reason_decides_nothing() {
    let body = r#"{"output":{"message":{"role":"assistant","content":[{"text":"H"}]}}}"#;
    let whole = || converse().replies(Reply::Page(200, "application/json".to_owned(), body.to_owned()));
    let events = vec![("messageStop", serde_json::json!({}))];
    let streamed = || converse_stream().ends(Ending::Events(events.clone()));
    for (first, second) in [(whole(), None), (response(), Some(streamed()))] {
        let fake = FakeBedrock::start();
        fake.expect(get_caller_identity());
        fake.expect(first);
        let words = if second.is_some() { &["--depth", "invoke", "--stream"][..] } else { &["--depth", "invoke"] };
        if let Some(second) = second {
            fake.expect(second);
        }
        let run = words.iter().copied().fold(check(&fake, [NOVA, EU[0], EU[1]]), Run::argument);
        assert_eq!(row(run, NOVA), ("inconclusive".to_owned(), 9));
    }
}

#[test]
fn what_does_not_resolve_is_judged_without_a_call() {
    let fake = FakeBedrock::start();
    for (model, verdict) in [
        ("us.amazon.nova-2-lite-v1:0", "unavailable"),
        ("amazon.nova-2-lihte-v1:0", "invalid-id"),
        ("deepseek.v3.2", "unavailable"),
        ("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc", "invalid-id"),
    ] {
        fake.expect(get_caller_identity());
        assert_eq!(row(check(&fake, [model, EU[0], EU[1]]), model), (verdict.to_owned(), 8));
    }
}

#[test]
fn a_legacy_model_that_answers_is_a_warning() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(converse());
    let ran = check(&fake, ["anthropic.claude-sonnet-4-5-20250929-v1:0", "--region", "us-east-1"]).run();
    assert!(ran.stdout_text().contains("legacy: anthropic.claude-sonnet-4-5-20250929-v1:0 from us-east-1"), "{ran}");
    assert!(ran.stdout_text().contains("is legacy and reaches its end of life"), "{ran}");
    assert_eq!(ran.exit(), Some(0));
}

#[test]
fn a_dead_route_fails_whatever_it_is_called() {
    let retired = "us.anthropic.claude-3-5-haiku-20241022-v1:0";
    for (model, region, more, verdict) in [
        (retired, "us-west-2", &[][..], "retired"),
        (retired, "us-west-2", &["--strict"], "retired"),
        (retired, "us-west-2", &["--depth", "availability"], "retired"),
        (retired, "eu-central-1", &[], "retired"),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", "us-west-2", &[], "retired"),
        ("bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", "us-west-2", &[], "retired"),
        ("anthropic.claude-3-opus-20240229-v1:0", "us-west-2", &[], "retired"),
        ("deepseek.v3.2", "eu-central-1", &[], "unavailable"),
        ("us.amazon.nova-2-lite-v1:0", "eu-central-1", &[], "unavailable"),
        ("amazon.nova-2-lihte-v1:0", "eu-central-1", &[], "invalid-id"),
    ] {
        let fake = FakeBedrock::start();
        fake.allow(get_caller_identity());
        fake.allow(get_foundation_model_availability());
        fake.use_case_sent();
        fake.allow(get_use_case_for_model_access());
        let arguments = ["check", "--depth", "resolve", model, "--region", region];
        let run = bedrock_ask(arguments.into_iter().chain(more.iter().copied())).credentials().against(&fake);
        assert_eq!(row(run, model), (verdict.to_owned(), 8), "{model} {region} {more:?}");
    }
}

#[test]
fn what_the_catalog_does_not_list_is_undecided_without_a_call() {
    for model in [
        "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl",
        "anthropic.claude-opus-99",
    ] {
        let run = bedrock_ask(["check", "--depth", "resolve", model, EU[0], EU[1]]);
        assert_eq!(row(run, model), ("inconclusive".to_owned(), 9), "{model}");
    }
}

#[test]
fn a_response_without_a_stop_reason_is_none() {
    let fake = FakeBedrock::start();
    let body = r#"{"output":{"message":{"content":[{"text":"H"}],"role":"assistant"}}}"#;
    fake.expect(get_caller_identity());
    fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), body.to_owned())));
    assert_eq!(row(check(&fake, [NOVA, EU[0], EU[1]]), NOVA), ("inconclusive".to_owned(), 9));

    fake.expect(get_caller_identity());
    fake.expect(converse());
    fake.expect(converse_stream().stop_reason(""));
    let ran = check(&fake, [NOVA, EU[0], EU[1], "--stream"]).run();
    assert!(ran.stdout_text().contains("the response of ConverseStream has no stop reason"), "{ran}");
    assert_eq!(ran.exit(), Some(9), "{ran}");

    fake.expect(get_caller_identity());
    fake.expect(converse());
    fake.expect(converse_stream());
    assert_eq!(row(check(&fake, [NOVA, EU[0], EU[1], "--stream"]), NOVA), ("ok".to_owned(), 0));
}

#[test]
fn a_response_without_content_is_one_only_if_it_counts_tokens_of_output() {
    let fake = FakeBedrock::start();
    let usage = r#","usage":{"inputTokens":1,"outputTokens":N,"totalTokens":1}"#;
    for (content, stop, usage, expected) in [
        ("[]", "end_turn", "", ("inconclusive", 9)),
        ("[]", "max_tokens", "", ("inconclusive", 9)),
        (r#"[{"text":""}]"#, "end_turn", "", ("inconclusive", 9)),
        ("[]", "max_tokens", &usage.replace('N', "0"), ("inconclusive", 9)),
        ("[]", "max_tokens", &usage.replace('N', "1"), ("ok", 0)),
        (r#"[{"text":"H"}]"#, "max_tokens", "", ("ok", 0)),
    ] {
        let body = format!(
            r#"{{"output":{{"message":{{"content":{content},"role":"assistant"}}}},"stopReason":"{stop}"{usage}}}"#
        );
        fake.expect(get_caller_identity());
        fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), body.clone())));
        let found = row(check(&fake, [NOVA, EU[0], EU[1]]), NOVA);
        assert_eq!(found, (expected.0.to_owned(), expected.1), "{body}");
    }
}

#[test]
fn text_that_no_model_can_be_is_a_usage_error_before_any_call() {
    for (text, said) in [
        ("", "error: the model is empty\n"),
        ("  ", "error: the model is empty\n"),
        ("\"\"", "error: the model is empty\n"),
        ("a\u{1b}b", "error: a model ID cannot contain '\\u{1b}'\n"),
    ] {
        for depth in ["resolve", "invoke"] {
            let ran = bedrock_ask(["check", NOVA, text, "--depth", depth, EU[0], EU[1]]).run();
            assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("", said, Some(2)), "{text:?}");
        }
    }
    let run = bedrock_ask(["check", "--from", "list", "--depth", "resolve", EU[0], EU[1]]);
    let ran = run.file_here("list", "nova-lite\n\"\"\n").run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
}

#[test]
fn an_expectation_turns_a_verdict_round() {
    let fake = FakeBedrock::start();
    for (expected, is_denied, cell, exit) in [
        ("denied", true, "denied (expected)", 0),
        ("denied", false, "ok (not denied)", 8),
        ("not-enabled", true, "denied (not not-enabled)", 8),
        ("ok", true, "denied", 8),
    ] {
        fake.expect(get_caller_identity());
        fake.expect(if is_denied { denied_by_scp() } else { response() });
        let list = format!("- {{model: {HAIKU}, regions: eu-central-1, expect: {expected}}}\n");
        let found = row(check(&fake, ["--from", "list.yml"]).file_here("list.yml", list), HAIKU);
        assert_eq!(found, (cell.to_owned(), exit), "{expected}");
    }
}

#[test]
fn a_denial_of_a_destination_is_not_hidden_behind_an_answer_from_elsewhere() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(denied_by_scp().about("/eu-west-1/"));
    fake.expect(converse().about("/eu-central-1/"));
    fake.expect(converse().about("/us-east-1/"));
    let regions = ["--region", "eu-central-1", "--region", "eu-west-1", "--region", "us-east-1"];
    let ran = bedrock_ask(["check", HAIKU].into_iter().chain(regions)).credentials().against(&fake).run();
    let text = ran.stdout_text();
    let table = "eu-central-1  denied\neu-west-1     denied\nus-east-1     ok\n";
    assert!(text.contains(table), "Regions are rows where they outnumber models: {ran}");
    assert!(text.contains("responded, but eu-south-2, one of its destination Regions, is denied"), "{ran}");
    assert!(text.contains("denied (reported from eu-west-1) eu-south-2"), "{ran}");
    assert_eq!(ran.exit(), Some(8));
}

#[test]
fn a_stream_is_another_permission_than_an_answer_in_one_piece() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(converse());
    fake.expect(converse_stream().fails(
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::111122223333:user/me is not authorized to perform: \
         bedrock:InvokeModelWithResponseStream on resource: \
         arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0 because no \
         identity-based policy allows the bedrock:InvokeModelWithResponseStream action",
    ));
    assert_eq!(row(check(&fake, [NOVA, EU[0], EU[1], "--stream"]), NOVA), ("denied".to_owned(), 8));
    let body = fake.requests_of(Operation::ConverseStream)[0].json();
    assert_eq!(body["inferenceConfig"]["maxTokens"], 1);

    let whole = "ai21.jamba-1-5-mini-v1:0";
    fake.expect(get_caller_identity());
    fake.expect(converse());
    fake.expect(converse_stream());
    let ran = check(&fake, [whole, "--region", "us-east-1", "--stream"]).run();
    assert!(ran.stdout_text().contains("note: it does not support streaming; Converse responded"), "{ran}");
    assert_eq!(ran.exit(), Some(0));
}

#[test]
fn a_model_that_wants_to_say_more_than_one_token_may() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(converse().fails(
        400,
        "ValidationException",
        "The model returned the following errors: Invalid 'max_output_tokens': integer below minimum value. Expected a \
         value >= 16, but got 1 instead.",
    ));
    fake.expect(converse());
    assert_eq!(row(check(&fake, [NOVA, EU[0], EU[1]]), NOVA), ("ok".to_owned(), 0));
    let asked: Vec<_> = fake.requests_of(Operation::Converse).iter().map(Request::json).collect();
    assert_eq!(asked.iter().map(|body| &body["inferenceConfig"]["maxTokens"]).collect::<Vec<_>>(), [1, 64]);
}

#[test]
fn availability_is_asked_once_for_each_place_and_is_no_proof() {
    let fake = FakeBedrock::start();
    let opus = ["--depth", "availability", OPUS, "--region", "eu-central-1", "--region", "eu-west-1"];
    fake.expect(get_caller_identity());
    fake.expect(get_use_case_for_model_access());
    fake.expect_repeatedly(get_foundation_model_availability());
    let ran = check(&fake, opus).run();
    assert!(ran.stdout_text().contains("Anthropic's use-case form was never submitted"), "{ran}");
    assert!(ran.stdout_text().contains("eu-west-1     not-enabled\n") && ran.exit() == Some(8), "{ran}");
    let asked = fake.requests_of(Operation::GetFoundationModelAvailability);
    let paths: Vec<_> = asked.iter().map(Request::path).collect();
    assert!(paths.iter().all(|path| *path == format!("/foundation-model-availability/{OPUS}")), "{paths:?}");
    assert_eq!(paths.len(), 6, "six destinations, each once");

    fake.use_case_sent();
    fake.expect(get_caller_identity());
    fake.expect(get_use_case_for_model_access());
    let ran = check(&fake, opus).run();
    assert!(ran.stdout_text().contains("eu-west-1     likely\n") && ran.exit() == Some(0), "{ran}");
    assert!(ran.stdout_text().contains("likely eu-central-1, eu-north-1"), "{ran}");

    fake.without_agreement(OPUS);
    fake.expect(get_caller_identity());
    fake.expect(get_use_case_for_model_access());
    let ran = check(&fake, opus).run();
    assert!(ran.stdout_text().contains("there is no agreement for") && ran.exit() == Some(8), "{ran}");
}

#[test]
fn a_role_that_may_not_look_up_leaves_it_undecided() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect_repeatedly(get_foundation_model_availability().fails(
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::111122223333:user/me is not authorized to perform: \
         bedrock:GetFoundationModelAvailability because no identity-based policy allows the \
         bedrock:GetFoundationModelAvailability action",
    ));
    let found = row(check(&fake, [NOVA, EU[0], EU[1], "--depth", "availability"]), NOVA);
    assert_eq!(found, ("inconclusive".to_owned(), 9));
    fake.expect(get_caller_identity());
    fake.expect(get_use_case_for_model_access().fails(403, "AccessDeniedException", "no"));
    let found = row(check(&fake, [OPUS, EU[0], EU[1], "--depth", "availability"]), OPUS);
    assert_eq!(found, ("inconclusive".to_owned(), 9));
}

#[test]
fn missing_and_expired_credentials_end_the_check_before_anything_is_called() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let reports = ["--report", "junit=a.xml", "--report", "json=a.json"];
    fake.expect(get_caller_identity().fails(
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    ));
    let run = everywhere(&fake, &[&[NOVA, HAIKU, OPUS][..], &reports].concat()).home(&home);
    let ran = run.env("GITHUB_ACTIONS", "true").run();
    assert_eq!((ran.exit(), ran.stdout_text()), (Some(5), ""), "{ran}");
    assert_eq!(ran.stderr_text().matches("\nerror: ").count(), 1, "{ran}");
    assert!(ran.stderr_text().contains("::error title=could not check any model::"), "{ran}");
    assert!(fake.requests_of(Operation::Converse).is_empty());
    assert!(home.read_here("a.xml").contains("could not be checked: see the suite `setting`"));
    assert_eq!(home.read_here("a.json").matches(r#""verdict":"inconclusive""#).count(), 18);

    for depth in ["invoke", "availability"] {
        let ran = bedrock_ask(["check", NOVA, HAIKU, EU[0], EU[1], "--depth", depth]).against(&fake).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(5), ""), "{ran}");
        assert!(ran.stderr_text().starts_with("error: no AWS credentials were found"), "{ran}");
    }
}

#[test]
fn credentials_that_only_the_models_refuse_are_no_finding_about_a_model() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    let expired = "The security token included in the request is expired";
    fake.expect_repeatedly(converse().fails(403, "ExpiredTokenException", expired));
    let ran = check(&fake, [NOVA, HAIKU, EU[0], EU[1], "--jobs", "1"]).run();
    assert_eq!(ran.stdout_text().matches("could not check any model").count(), 1, "{ran}");
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert_eq!(fake.requests_of(Operation::Converse).len(), 1);

    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(response().about("nova-lite"));
    fake.expect(converse().about("haiku").fails(403, "ExpiredTokenException", expired));
    let ran = check(&fake, [NOVA, HAIKU, EU[0], EU[1], "--jobs", "1"]).run();
    assert!(ran.stdout_text().contains("(1 ok, 1 inconclusive)") && ran.exit() == Some(5), "{ran}");

    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    let invalid = "The security token included in the request is invalid.";
    fake.expect_repeatedly(converse().fails(403, "UnrecognizedClientException", invalid));
    let regions = ["--region", "eu-central-1", "--region", "us-east-1"];
    let ran = bedrock_ask(["check", NOVA].into_iter().chain(regions)).credentials().against(&fake).run();
    assert!(ran.stdout_text().contains("(2 inconclusive)") && ran.exit() == Some(5), "{ran}");
}

#[test]
fn sts_that_refuses_or_throttles_is_no_reason_to_give_up() {
    for (status, code) in [(403, "AccessDenied"), (403, "InvalidClientTokenId"), (400, "Throttling")] {
        let fake = FakeBedrock::start();
        fake.expect_repeatedly(get_caller_identity().fails(status, code, "no"));
        fake.expect(response());
        let ran = check(&fake, [NOVA, EU[0], EU[1]]).env("AWS_MAX_ATTEMPTS", "1").run();
        assert!(ran.stdout_text().contains("principal       not known: STS responded with "), "{ran}");
        assert_eq!(ran.exit(), Some(0), "{ran}");
    }
}

#[test]
fn an_endpoint_that_does_not_answer_is_said_once_for_its_region() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    let run = check(&fake, [NOVA, HAIKU, OPUS, EU[0], EU[1], "--jobs", "1"]);
    let ran = run.env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9").run();
    assert_eq!(ran.stdout_text().matches("could not check the models from eu-central-1").count(), 1, "{ran}");
    assert!(ran.stdout_text().contains("responses from 0 of 1; none from eu-central-1"), "{ran}");
    assert_eq!(ran.exit(), Some(9));
}

#[test]
fn sts_that_cannot_tell_is_no_reason_to_give_up() {
    let fake = FakeBedrock::start();
    fake.expect(response());
    let ran = check(&fake, [NOVA, EU[0], EU[1]]).env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9").run();
    assert!(ran.stdout_text().contains("principal       not known: "), "{ran}");
    assert_eq!(ran.exit(), Some(0), "{ran}");
}

#[test]
fn sts_has_an_endpoint_of_its_own() {
    let (sts, bedrock) = (FakeBedrock::start(), FakeBedrock::start());
    sts.expect(get_caller_identity());
    bedrock.expect(response());
    let url = bedrock.url();
    let ran = check(&sts, [NOVA, EU[0], EU[1], "--endpoint-url", &url]).run();
    assert!(ran.stdout_text().contains("assumed-role/developer/someone"), "{ran}");
    let signature = sts.requests()[0].header("authorization").unwrap().to_owned();
    assert!(signature.contains("/eu-central-1/sts/aws4_request"), "{signature}");

    let ran = check(&sts, [NOVA, EU[0], EU[1]]).env("AWS_ENDPOINT_URL_STS", "http://10.0.0.1").run();
    let refusal = "the endpoint `http://10.0.0.1` is neither `https://` nor on this machine";
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains(refusal), "{ran}");
}

#[test]
fn an_api_key_cannot_ask_sts_and_says_so() {
    let fake = FakeBedrock::start();
    fake.expect(response());
    let ran = bedrock_ask(["check", NOVA, EU[0], EU[1]]).api_key().against(&fake).run();
    assert!(ran.stdout_text().contains("not known: an API key cannot ask STS"), "{ran}");
    assert_eq!(ran.exit(), Some(0));
}

#[test]
fn a_clock_that_is_off_is_told() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity().date_off_by(-200));
    fake.expect(response());
    let ran = check(&fake, [NOVA, EU[0], EU[1]]).run();
    assert!(ran.stdout_text().contains("seconds ahead of AWS's"), "{ran}");
}

#[test]
fn credentials_are_loaded_once_for_all_regions_with_their_expiry() {
    let fake = FakeBedrock::start();
    fake.expect(container_credentials());
    fake.expect(container_credentials());
    fake.expect(get_caller_identity());
    fake.expect_repeatedly(response());
    let regions = ["--region", "eu-central-1", "--region", "us-east-1", "--region", "ap-south-1"];
    let run = bedrock_ask(["check", NOVA].into_iter().chain(regions)).against(&fake);
    let ran = run.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/container-credentials", fake.url())).run();
    assert!(ran.stdout_text().contains("container credentials, until 2099-01-01 00:00 UTC"), "{ran}");
    assert_eq!(ran.exit(), Some(0));
}

#[test]
fn credentials_of_a_process_are_told_with_their_expiry() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let keys = serde_json::json!({
        "Version": 1,
        "AccessKeyId": canary::ACCESS_KEY_ID,
        "SecretAccessKey": canary::SECRET_ACCESS_KEY,
        "SessionToken": canary::SESSION_TOKEN,
        "Expiration": "2099-01-01T00:00:00Z",
    });
    home.write("keys.json", keys.to_string().as_bytes());
    let config = format!("[default]\ncredential_process = {}\n", printing(&home.path("keys.json")));
    home.write(".aws/config", config.as_bytes());
    fake.expect(get_caller_identity());
    fake.expect(response());
    let ran = bedrock_ask(["check", NOVA, EU[0], EU[1]]).home(&home).against(&fake).run();
    assert!(ran.stdout_text().contains("AWS profile, credential_process, until 2099-01-01 00:00 UTC"), "{ran}");
}

#[test]
fn a_dry_run_tells_every_call_and_makes_none() {
    let fake = FakeBedrock::start();
    let ran = check(&fake, [NOVA, HAIKU, "deepseek.v3.2", EU[0], EU[1], "--stream", "--dry-run"]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    GetCallerIdentity
    eu-central-1	Converse	eu.amazon.nova-lite-v1:0
    eu-central-1	ConverseStream	eu.amazon.nova-lite-v1:0
    eu-central-1	Converse	eu.anthropic.claude-haiku-4-5-20251001-v1:0
    eu-central-1	ConverseStream	eu.anthropic.claude-haiku-4-5-20251001-v1:0
    ----- stderr -----
    note: from eu-central-1: `deepseek.v3.2` cannot be invoked from eu-central-1; nothing is invoked
    note: 4 calls of 1 token, less than $0.0001; price unknown for 2
    ----- exit 0 -----
    ");
    let ran = check(&fake, [NOVA, EU[0], EU[1], "--depth", "availability", "--dry-run", "--format", "json"]).run();
    insta::assert_snapshot!(ran, @r#"
    ----- stdout -----
    {"plan":{"depth":"availability","calls":0,"estimatedCost":{"usDollars":0.0,"pricesAsOf":"2026-10-27"},"callsWithoutPrice":0}}
    {"operation":"GetCallerIdentity","modelId":null,"region":null}
    {"operation":"GetFoundationModelAvailability","modelId":"amazon.nova-lite-v1:0","region":"eu-central-1"}
    {"operation":"GetFoundationModelAvailability","modelId":"amazon.nova-lite-v1:0","region":"eu-north-1"}
    {"operation":"GetFoundationModelAvailability","modelId":"amazon.nova-lite-v1:0","region":"eu-west-1"}
    {"operation":"GetFoundationModelAvailability","modelId":"amazon.nova-lite-v1:0","region":"eu-west-3"}
    ----- stderr -----
    note: no model is invoked
    ----- exit 0 -----
    "#);
    assert!(fake.requests().is_empty());
    let models = [NOVA, HAIKU, "anthropic.claude-sonnet-4-6"];
    let regions = REGIONS.iter().flat_map(|region| ["--region", region]);
    let ran = bedrock_ask(["check", "--dry-run"].into_iter().chain(models).chain(regions)).run();
    assert!(
        ran.stderr_text().ends_with("note: 18 calls of 1 token, about $0.0002; price unknown for 7\n"),
        "no credentials: {ran}"
    );
    assert_eq!((ran.stdout_text().lines().count(), ran.exit()), (19, Some(0)), "{ran}");
    let arn = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl";
    let ran = bedrock_ask(["check", "--dry-run", arn, EU[0], EU[1]]).run();
    assert!(ran.stderr_text().ends_with("note: 1 call of 1 token; price unknown for 1\n"), "{ran}");
}

#[test]
fn progress_is_drawn_on_a_terminal_and_leaves_nothing_in_a_pipe() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(response());
    let ran = check(&fake, [NOVA, EU[0], EU[1]]).run();
    assert_eq!(ran.stderr_text(), "");
    #[cfg(unix)]
    {
        fake.expect(get_caller_identity());
        fake.expect(response().takes(std::time::Duration::from_millis(300)));
        let ran = check(&fake, [NOVA, EU[0], EU[1]]).terminal([crate::harness::Stream::Stderr]).run();
        assert!(ran.stderr_text().contains("1 call of 1 token, less than $0.0001"), "{ran}");
        assert!(ran.stderr_text().contains("checking [") && ran.stderr_text().ends_with("\r\u{1b}[K"), "{ran}");
    }
}

#[test]
fn a_check_is_bounded_and_its_connections_are_not_serialised() {
    use std::time::{Duration, Instant};
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect_repeatedly(response().takes(Duration::from_millis(200)));
    let started = Instant::now();
    let ran = everywhere(&fake, &[&MODELS[..], &["anthropic.claude-opus-4-6-v1"]].concat()).run();
    let took = started.elapsed();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(fake.requests_of(Operation::Converse).len(), 72);
    // Nine rounds of eight; a busy machine gets three times as long.
    assert!(took > Duration::from_millis(1800) && took < Duration::from_millis(5400), "{took:?}");
}

#[test]
fn each_limit_is_one_calls_own() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(response().about("nova-lite"));
    fake.expect(converse().about("nova-micro").replies(Reply::Silence));
    let ran = check(&fake, [NOVA, "amazon.nova-micro-v1:0", EU[0], EU[1], "--timeout", "1"]).run();
    assert!(ran.stdout_text().contains("(1 ok, 1 inconclusive)"), "{ran}");
    assert_eq!(ran.exit(), Some(9));
}

#[test]
fn secrets_stay_where_they_are() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(converse().fails(403, "AccessDeniedException", "no"));
    let run = check(&fake, [NOVA, EU[0], EU[1], "--debug", "--report", "json=a.json", "--report", "junit=b.xml"]);
    // The harness looks for them in both streams and in every file that is left.
    let ran = run.secret(canary::SECRET_ACCESS_KEY).run();
    assert_eq!(ran.exit(), Some(8), "{ran}");
}
