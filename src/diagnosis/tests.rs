//! The diagnosis as a whole: every known message, and the traps in their order.

pub(super) mod table;

use super::group::Actor;
use super::*;
use proptest::prelude::*;
use table::CASES;

const SONNET: &str = "anthropic.claude-sonnet-4-6";

fn frankfurt() -> FailureContext<'static> {
    FailureContext {
        requested_model: Some(SONNET),
        invoked_id: Some(SONNET),
        foundation_model: Some(SONNET),
        source_region: Region::named("eu-central-1"),
        suggested_id: Some("eu.anthropic.claude-sonnet-4-6"),
        narrower_id: Some("anthropic.narrower"),
        wider_id: Some("global.anthropic.claude-sonnet-4-6"),
        successor: Some("eu.anthropic.claude-sonnet-5-5"),
        first_party: Some("eu.amazon.nova-2-lite-v1:0"),
        profile: Some("dev"),
        sso: true,
        endpoint_host: Some("bedrock-runtime.eu-central-1.amazonaws.com"),
        ..FailureContext::default()
    }
}

/// Called through the profile for Europe.
fn through_europe() -> FailureContext<'static> {
    FailureContext {
        invoked_id: Some("eu.anthropic.claude-sonnet-4-6"),
        routing: Some(Routing::Geographic),
        destinations: &["eu-central-1", "eu-west-1", "eu-west-3"],
        ..frankfurt()
    }
}

fn failure(code: &str, status: u16, message: &str) -> Failure {
    let mut failure = Failure::new(Stage::Response, message);
    failure.code = Some(code.to_owned()).filter(|code| !code.is_empty());
    failure.status = Some(status).filter(|status| *status != 0);
    failure
}

fn diagnosis(code: &str, status: u16, message: &str) -> Diagnosis {
    diagnose(&failure(code, status, message), &frankfurt())
}

#[test]
fn every_known_message_leads_to_its_cause_its_exit_code_and_its_cure() {
    let mut wrong = Vec::new();
    for (row, code, status, text, group, exit, hint) in CASES {
        let context = if (20..25).contains(row) { through_europe() } else { frankfurt() };
        let found = diagnose(&failure(code, *status, text), &context);
        let hints = found.message.hints.join("\n");
        let is_right = (found.group, found.exit_code.code()) == (*group, *exit) && hints.contains(hint);
        if !is_right {
            wrong.push(format!("{row}: {text}\n  {:?} {}\n  {hints}", found.group, found.exit_code.code()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_curly_and_a_straight_apostrophe_mean_the_same_and_are_shown_as_they_came() {
    for apostrophe in ['\'', '\u{2019}'] {
        let text = format!("Invocation of model ID {SONNET} with on-demand throughput isn{apostrophe}t supported.");
        let found = diagnosis("ValidationException", 400, &text);
        assert_eq!(found.group, Group::OnDemandUnsupported);
        assert_eq!(found.message.summary, format!("`{SONNET}` cannot be invoked by its plain ID from eu-central-1"));
        assert_eq!(*found.message.aws, [format!("ValidationException: {text}")]);
        assert!(found.group.is_id_fault() && !found.group.is_retryable());
    }
}

#[test]
fn the_code_decides_where_a_text_stands_under_several() {
    let capacity = diagnosis("ServiceUnavailableException", 503, "Too many requests, please wait before trying again.");
    assert_eq!(capacity.group, Group::Capacity);
    assert!(!capacity.message.hints.join(" ").contains("servicequotas"), "503 is capacity, never the quota");
    assert_eq!(diagnosis("", 503, "Too many tokens, please wait").group, Group::Capacity);
    assert_eq!(diagnosis("ThrottlingException", 429, "").group, Group::ThrottledRequests);
    assert_eq!(diagnosis("com.amazonaws#ThrottlingException:http://internal", 429, "").group, Group::ThrottledRequests);
    assert_eq!(diagnosis("", 429, "Slow down").group, Group::ThrottledRequests);
}

#[test]
fn tokens_per_day_are_not_worth_a_second_try_and_tokens_per_minute_are() {
    for (text, is_worth_it) in [("Too many tokens per day", false), ("Too many tokens", true)] {
        let text = format!("{text}, please wait before trying again.");
        assert_eq!(diagnosis("ThrottlingException", 429, &text).group.is_retryable(), is_worth_it, "{text}");
    }
}

#[test]
fn a_404_can_be_a_form_or_a_legacy_model_and_is_then_no_fault_of_the_id() {
    for text in [
        "Model use case details have not been submitted for this account.",
        "Access denied. This Model is marked by provider as Legacy",
    ] {
        let found = diagnosis("ResourceNotFoundException", 404, text);
        assert!(!found.group.is_id_fault() && found.exit_code == ExitCode::AccessDenied, "{text}");
    }
    assert!(
        diagnosis("ResourceNotFoundException", 404, "The specified resource could not be found").group.is_id_fault()
    );
}

#[test]
fn a_text_is_enough_where_a_gateway_has_dropped_the_code() {
    let text = "This model version has reached the end of its life.";
    for (status, code) in
        [(404, ""), (400, ""), (0, ""), (404, "ResourceNotFoundException"), (400, "validationException")]
    {
        assert_eq!(diagnosis(code, status, text).group, Group::EndOfLife, "{status} {code}");
    }
    assert_eq!(diagnosis("SomethingNewException", 403, "?").group, Group::Denied);
}

#[test]
fn a_network_failure_while_credentials_are_loaded_is_not_bedrocks() {
    let mut failure = Failure::new(Stage::Credentials, "failed to lookup address information");
    failure.sources = vec!["an error occurred while loading credentials".to_owned()];
    let found = diagnose(&failure, &frankfurt());
    assert_eq!((found.group, found.exit_code), (Group::Unreachable, ExitCode::Unavailable));
    assert_eq!(found.message.summary, "the source of the credentials cannot be reached");
    assert!(!found.message.hints.join("\n").contains("curl"));
}

#[test]
fn an_api_key_is_named_where_access_is_refused_without_a_reason() {
    let context = FailureContext { api_key: true, ..frankfurt() };
    let found = diagnose(&failure("AccessDeniedException", 403, ""), &context);
    assert_eq!(found.message.summary, "AWS refused the API key in `AWS_BEARER_TOKEN_BEDROCK`");
}

#[test]
fn bare_words_decide_nothing() {
    for text in
        ["access to the file is limited by its rate", "your quota of patience has expired", "denied, invalid, timeout"]
    {
        assert_eq!(diagnosis("ValidationException", 400, text).group, Group::Validation, "{text}");
        assert_eq!(diagnosis("", 0, text).group, Group::Unknown, "{text}");
        assert_eq!(diagnosis("", 0, text).message.hints, [""; 0], "{text}");
    }
}

#[test]
fn a_model_of_the_other_endpoint_is_no_fault_of_the_id() {
    let context = FailureContext { mantle_only: true, suggested_id: None, successor: None, ..frankfurt() };
    let found = diagnose(&failure("ValidationException", 400, "The provided model identifier is invalid."), &context);
    assert_eq!(
        (found.group, found.exit_code, found.group.is_id_fault()),
        (Group::OtherEndpoint, ExitCode::NotResolved, false)
    );
    assert_eq!(found.message.hints, ["use `eu.amazon.nova-2-lite-v1:0`, which bedrock-runtime serves"]);
}

#[test]
fn a_fault_of_the_id_names_no_id_that_the_catalog_has_not() {
    let context = FailureContext {
        invoked_id: Some("us.anthropic.claude-9"),
        source_region: Region::named("eu-west-1"),
        ..FailureContext::default()
    };
    let found = diagnose(&failure("ValidationException", 400, "The provided model identifier is invalid."), &context);
    assert_eq!(
        found.message.hints,
        ["`bedrock-ask resolve us.anthropic.claude-9 --region eu-west-1 --explain` prints the ID of the model there"]
    );
}

#[test]
fn a_denial_is_explained_by_the_resolution() {
    let text = "User: me is not authorized to perform: bedrock:InvokeModel on resource: \
                arn:aws:bedrock:eu-west-3::foundation-model/anthropic.claude-sonnet-4-6 because no identity-based policy allows the \
                bedrock:InvokeModel action";
    let causes =
        |context: &FailureContext<'_>| diagnose(&failure("AccessDeniedException", 403, text), context).message.causes;
    let destination = "eu-west-3 is a destination Region of `eu.anthropic.claude-sonnet-4-6`, and the policy does not allow the model there";
    assert_eq!(causes(&through_europe()), [destination]);
    let paris = FailureContext { source_region: Region::named("eu-west-3"), ..through_europe() };
    assert_eq!(causes(&paris), ["eu-west-3 is the source Region, and the policy does not allow the model there"]);
    assert!(causes(&FailureContext::default()).is_empty());
}

#[test]
fn a_region_denied_by_the_organization_is_named_with_a_way_round() {
    let text = "User: me is not authorized to perform: bedrock:InvokeModel on resource: \
                arn:aws:bedrock:eu-west-3::foundation-model/anthropic.claude-sonnet-4-6 with an explicit deny in a service control policy";
    let found = diagnose(&failure("AccessDeniedException", 403, text), &through_europe());
    assert_eq!(found.message.summary, "the organization denies `anthropic.claude-sonnet-4-6` in eu-west-3");
    assert_eq!(found.message.causes[0], "eu-west-3 is a destination Region of `eu.anthropic.claude-sonnet-4-6`");
    assert_eq!(found.message.hints[0], "use `anthropic.narrower`, which has narrower routing");
    assert!(found.message.hints[1].starts_with("this cannot be changed in the account"));
    assert_eq!(found.group.actor(), Actor::Organization);
}

#[test]
fn missing_and_expired_credentials_name_their_source() {
    let context =
        FailureContext { sso: false, credentials: Some("environment variables, expired 2 hours ago"), ..frankfurt() };
    let expired = diagnose(
        &failure("ExpiredTokenException", 403, "The security token included in the request is expired"),
        &context,
    );
    assert_eq!(expired.message.summary, "the credentials have expired: environment variables, expired 2 hours ago");
    assert!(expired.message.hints[0].starts_with("`unset AWS_ACCESS_KEY_ID"));
    let mut missing = Failure::new(Stage::Credentials, "the credential provider was not enabled");
    missing.sources = vec!["no providers in chain provided credentials".to_owned()];
    let missing = diagnose(&missing, &context);
    assert_eq!(missing.group, Group::CredentialsMissing);
    let source = "the credentials are from environment variables, expired 2 hours ago";
    assert!(missing.message.causes.iter().any(|cause| cause == source));
}

#[test]
fn a_wrong_clock_is_told_by_the_date_of_the_answer() {
    let mut failure = failure("InvalidSignatureException", 403, "");
    assert_eq!(diagnose(&failure, &frankfurt()).group, Group::SignatureMismatch);
    failure.clock_offset_seconds = Some(15 * 60);
    let ahead = diagnose(&failure, &frankfurt());
    assert_eq!(
        (ahead.group, ahead.message.summary.as_str()),
        (Group::ClockSkew, "this machine's clock is 15 minutes ahead of AWS's")
    );
    failure.clock_offset_seconds = Some(-4 * 3600);
    assert_eq!(diagnose(&failure, &frankfurt()).message.summary, "this machine's clock is 4 hours behind AWS's");
}

#[test]
fn an_answer_that_breaks_off_is_incomplete_whatever_broke_it() {
    let mut failure = failure("throttlingException", 200, "Too many tokens, please wait before trying again.");
    failure.stage = Stage::Stream;
    assert_eq!(diagnose(&failure, &frankfurt()).exit_code, ExitCode::Unavailable);
    failure.text_bytes = 312;
    let cut = diagnose(&failure, &frankfurt());
    assert_eq!(cut.exit_code, ExitCode::IncompleteResponse);
    assert!(cut.message.summary.starts_with("the response was cut off after 312 bytes: too many tokens"));
    let silent = diagnose(&Failure::new(Stage::Stream, "the stream ended without `messageStop`"), &frankfurt());
    assert_eq!(
        (silent.group, silent.exit_code, silent.group.is_retryable()),
        (Group::StreamCut, ExitCode::IncompleteResponse, true)
    );
}

#[test]
fn each_stage_has_a_meaning_of_its_own() {
    let stages = [
        (Stage::Credentials, Group::CredentialsMissing, 5),
        (Stage::Connection, Group::Unreachable, 6),
        (Stage::Tls, Group::Tls, 1),
        (Stage::Timeout, Group::Timeout, 6),
        (Stage::Unreadable, Group::Unreadable, 1),
        (Stage::Stream, Group::StreamCut, 7),
    ];
    for (stage, group, exit) in stages {
        let found = diagnose(&Failure::new(stage, "?"), &FailureContext::default());
        assert_eq!((found.group, found.exit_code.code()), (group, exit));
    }
}

#[test]
fn what_the_service_says_about_a_parameter_tells_how_to_mend_the_request() {
    let fix = |text: &str| diagnosis("ValidationException", 400, text).parameter_fix;
    let drop = |member: &str| Some(ParameterFix::Drop(member.to_owned()));
    assert_eq!(fix("exceeds the model limit of 4096. Try again"), Some(ParameterFix::ClampMaxTokens(4096)));
    assert_eq!(fix("This model doesn't support system messages."), Some(ParameterFix::DropSystem));
    assert_eq!(fix("The model is unsupported for streaming."), Some(ParameterFix::NoStreaming));
    assert_eq!(fix("The provided model identifier is invalid."), None);
    let limit = |efforts: &[&str]| Some(ParameterFix::LimitEffort(efforts.iter().map(ToString::to_string).collect()));
    let wrapped = "The model returned the following errors: output_config.effort: Input should be";
    assert_eq!(fix(&format!("{wrapped} 'low', 'medium', 'high' or 'max'")), limit(&["low", "medium", "high", "max"]));
    assert_eq!(fix(&format!("{wrapped} 'low' or 'high'. Retry.")), limit(&["low", "high"]));
    assert_eq!(fix(&format!("{wrapped} something else")), None);
    for (text, member) in [
        ("`temperature` is deprecated for this model.", "inferenceConfig.temperature"),
        ("`temperature` and `top_p` cannot both be specified for this model.", "inferenceConfig.topP"),
        ("This model doesn't support the stopSequences field. Remove", "inferenceConfig.stopSequences"),
        ("This model doesn't support the guardrailConfig field. Remove", "guardrailConfig"),
        ("output_config.effort: Extra inputs are not permitted", "outputConfig.effort"),
        ("thinking.display: Extra inputs are not permitted", "thinking.display"),
        ("Malformed input request: #: extraneous key [foo] is not permitted, please reformat", "foo"),
        ("unknown variant `reasoningConfig`, expected one of `audio`, `reasoning_effort`", "reasoningConfig"),
        ("\"thinking.type.disabled\" is not supported for this model. Use \"thinking.type.adaptive\"", "thinking"),
        ("Malformed input request: the provided reasoning config value is invalid, please", "reasoningConfig"),
        ("Reservation not found.", "serviceTier"),
        ("output_config.format: Extra inputs are not permitted", "outputConfig"),
        ("output_config: Extra inputs are not permitted", "output_config"),
        ("Thinking may not be enabled when tool_choice forces tool use.", "toolConfig.toolChoice"),
        ("This model doesn't support the requestMetadata field. Remove", "requestMetadata"),
    ] {
        assert_eq!(fix(text), drop(member), "{text}");
    }
}

#[test]
fn the_words_of_the_service_are_its_own_and_the_rest_are_causes() {
    let mut failure = failure("ModelErrorException", 424, "It failed.  Twice\u{2019}s enough");
    failure.original = Some((418, "I am a teapot".to_owned()));
    failure.sources = vec!["outer".to_owned(), "inner".to_owned()];
    failure.request_id = Some("c0ffee".to_owned());
    failure.attempts = 3;
    let message = diagnose(&failure, &FailureContext::default()).message;
    assert_eq!(
        *message.aws,
        [
            "ModelErrorException: It failed.  Twice\u{2019}s enough",
            "the model's server: HTTP 418: I am a teapot",
            "request ID: c0ffee"
        ]
    );
    assert_eq!(message.causes, ["outer", "inner", "sent 3 times"]);
}

#[test]
fn what_no_service_returned_is_a_cause() {
    let stages = [Stage::Credentials, Stage::Connection, Stage::Tls, Stage::Timeout, Stage::Unreadable, Stage::Stream];
    let local = stages.map(|stage| Failure::new(stage, "what the library says"));
    let proxy = failure("", 407, "Proxy Authentication Required");
    let pasted = Failure::new(Stage::Response, "Unable to locate credentials");
    let of_boto3 = failure("NoCredentialsError", 0, "Unable to locate credentials");
    for failure in local.into_iter().chain([proxy, pasted, of_boto3]) {
        let message = diagnose(&failure, &FailureContext::default()).message;
        assert!(message.aws.is_empty(), "{failure:?}: {message:?}");
        assert!(message.causes[0].ends_with(&failure.message), "{message:?}");
    }
    let exception = Failure { stage: Stage::Stream, ..failure("ThrottlingException", 200, "Too many requests") };
    assert_eq!(
        *diagnose(&exception, &FailureContext::default()).message.aws,
        ["ThrottlingException: Too many requests"]
    );
}

/// The groups whose diagnosis may have no hint: nothing is known of the cause, and the command says what to do.
const WITHOUT_CAUSE: [Group; 2] = [Group::Unknown, Group::Validation];

#[test]
fn every_diagnosis_names_a_next_step_whatever_is_known_of_the_call() {
    let nothing = FailureContext::default();
    let region = FailureContext { source_region: Region::named("eu-central-1"), ..nothing };
    let model = FailureContext { requested_model: Some(SONNET), ..nothing };
    let both = FailureContext { invoked_id: Some(SONNET), ..region };
    let mut silent = Vec::new();
    for context in [nothing, region, model, both, frankfurt(), through_europe()] {
        for operation in [None, Some("Converse"), Some("ConverseStream"), Some("ListInferenceProfiles")] {
            for (row, code, status, text, group, ..) in CASES {
                let failure = Failure { operation, ..failure(code, *status, text) };
                let is_silent = diagnose(&failure, &context).message.hints.is_empty();
                if is_silent && !(WITHOUT_CAUSE.contains(group) && code.eq_ignore_ascii_case("ValidationException")) {
                    silent.push(format!("{row} {operation:?} {text}"));
                }
            }
        }
        for stage in
            [Stage::Credentials, Stage::Connection, Stage::Tls, Stage::Timeout, Stage::Unreadable, Stage::Stream]
        {
            if diagnose(&Failure::new(stage, "?"), &context).message.hints.is_empty() {
                silent.push(format!("{stage:?}"));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn every_group_has_a_known_message() {
    let groups: std::collections::HashSet<Group> = CASES.iter().map(|case| case.4).collect();
    let without: Vec<_> = Group::ALL.iter().filter(|group| !groups.contains(group)).collect();
    assert_eq!(without, [&Group::OtherService, &Group::Unknown]);
}

#[test]
fn a_hint_that_leaves_the_geography_says_so() {
    let throttled = failure("ThrottlingException", 429, "Too many requests, please wait before trying again.");
    let hints = diagnose(&throttled, &through_europe()).message.hints.join("\n");
    let wider = "`global.anthropic.claude-sonnet-4-6`, which has its own quota and more destination Regions";
    assert!(hints.contains(&format!("{wider}; `global.` can run it in any commercial Region")), "{hints}");
    let global = FailureContext { invoked_id: Some("global.anthropic.claude-sonnet-4-6"), ..through_europe() };
    assert!(!diagnose(&throttled, &global).message.hints.join("\n").contains("any commercial Region"));
}

#[test]
fn a_conflict_and_a_throttled_list_are_those_of_the_operation() {
    let of = |operation, code: &str, text: &str| {
        let failure = Failure { operation: Some(operation), ..failure(code, 400, text) };
        let message = diagnose(&failure, &frankfurt()).message;
        format!("{}\n{}", message.summary, message.hints.join("\n"))
    };
    let conflict = |operation| of(operation, "ConflictException", "x");
    assert!(conflict("CreateInferenceProfile").contains("`--if-not-exists` accepts it"));
    assert!(!conflict("DeleteInferenceProfile").contains("--if-not-exists"));
    for text in ["Rate exceeded", "x"] {
        let list = of("ListInferenceProfiles", "ThrottlingException", text);
        assert!(list.starts_with("too many `ListInferenceProfiles` requests per minute"), "{list}");
        assert!(!list.contains("servicequotas") && !list.contains("global."), "{list}");
    }
    let missing = of("DeleteInferenceProfile", "ResourceNotFoundException", "x");
    assert!(missing.contains("`bedrock-ask inference-profile list --region eu-central-1`"), "{missing}");
    assert!(!missing.contains("bedrock-ask models"), "{missing}");
    let unknown = of("ListFoundationModels", "UnknownOperationException", "");
    assert!(!unknown.contains("%2F") && unknown.contains("does not support `ListFoundationModels`"), "{unknown}");
}

#[test]
fn streaming_is_named_only_where_the_call_streamed() {
    for (operation, is_named) in [("ConverseStream", true), ("Converse", false), ("ListInferenceProfiles", false)] {
        let failure = Failure { operation: Some(operation), ..Failure::new(Stage::Stream, "?") };
        let hints = diagnose(&failure, &frankfurt()).message.hints.join("\n");
        assert_eq!(hints.contains("--no-stream"), is_named, "{operation}: {hints}");
    }
}

#[test]
fn an_id_that_the_catalog_lists_is_never_called_unknown() {
    let context = FailureContext { listed_id: Some("eu.anthropic.claude-sonnet-4-6"), ..through_europe() };
    let found = diagnose(&failure("ValidationException", 400, "The provided model identifier is invalid."), &context);
    assert_eq!(
        found.message.summary,
        "AWS rejected `eu.anthropic.claude-sonnet-4-6`, although the catalog lists it for eu-central-1"
    );
    assert!(!found.message.hints.join("\n").contains("--explain"));
}

#[test]
fn what_a_custom_endpoint_refuses_is_not_laid_on_aws() {
    let gateway = FailureContext { endpoint_host: Some("gateway.example:4000"), api_key: true, ..frankfurt() };
    for (code, status) in [
        ("InternalServerException", 500),
        ("ValidationException", 400),
        ("UnrecognizedClientException", 401),
        ("AccessDeniedException", 403),
    ] {
        let found = diagnose(&failure(code, status, "?"), &gateway).message;
        assert!(found.summary.starts_with("the endpoint at `gateway.example:4000` "), "{}", found.summary);
        assert!(
            !found.hints.join("\n").contains("health.aws") && !found.hints.join("\n").contains("unset"),
            "{found:?}"
        );
        assert!(diagnosis(code, status, "?").message.summary.starts_with("AWS "), "{code}");
    }
}

#[test]
fn a_misspelt_region_in_the_host_is_named_with_the_one_that_is_meant() {
    let of = |region: &str| {
        let text = format!(
            "Could not connect to the endpoint URL: \"https://bedrock-runtime.{region}.amazonaws.com/model/x/converse\""
        );
        diagnose(&failure("", 0, &text), &FailureContext::default()).message.hints
    };
    for region in ["us-esat-1", "us-east-11"] {
        assert_eq!(of(region)[0], format!("`{region}` is not a known Region: did you mean `us-east-1`?"));
    }
    assert!(!of("us-east-1").join("\n").contains("did you mean"));
    let context = FailureContext { endpoint_host: Some("bedrock-runtime.us-east-11.amazonaws.com"), ..frankfurt() };
    let hints = diagnose(&Failure::new(Stage::Connection, "no address"), &context).message.hints;
    assert_eq!(hints[0], "`us-east-11` is not a known Region: did you mean `us-east-1`?");
}

#[test]
fn a_page_and_a_redirect_are_not_refusals_of_bedrock() {
    for (status, text, piece) in [
        (403, "<html><head><title>403 Forbidden</title></head></html>", "an HTML page"),
        (200, "<!DOCTYPE html><title>Sign in</title>", "an HTML page"),
        (404, "<html>Connection refused</html>", "an HTML page"),
        (302, "a redirect to `https://login.example/`", "a redirect, which was not followed"),
        (301, "a redirect without a `Location` header", "a redirect, which was not followed"),
    ] {
        let failure = Failure { stage: Stage::Unreadable, ..failure("", status, text) };
        let found = diagnose(&failure, &frankfurt());
        assert_eq!((found.group, found.group.model_access()), (Group::Unreadable, ModelAccess::Undecided), "{text}");
        assert!(found.message.summary.contains(piece), "{}", found.message.summary);
    }
}

#[test]
fn what_this_program_says_of_a_response_is_not_taken_for_a_message_of_aws() {
    for (operation, text) in [
        ("ListInferenceProfiles", "the list of system-defined inference profiles is empty"),
        ("ListFoundationModels", "the list of foundation models is empty"),
        ("ListInferenceProfiles", "the answer holds no list of inference profiles"),
        ("ListInferenceProfiles", "the pages of the answer go round in a circle"),
        ("ListInferenceProfiles", "the answer has more pages than any list of Bedrock"),
        ("ListFoundationModels", "the answer holds no list of foundation models"),
        ("GetInferenceProfile", "the answer holds no ARN of an inference profile"),
        ("Converse", "the answer holds no message"),
        ("Converse", "the answer is `text/html`, not JSON"),
    ] {
        let failure = Failure { operation: Some(operation), ..Failure::new(Stage::Unreadable, text) };
        assert_eq!(diagnose(&failure, &frankfurt()).group, Group::Unreadable, "{text}");
    }
    let empty = Failure {
        operation: Some("ListInferenceProfiles"),
        ..Failure::new(Stage::Unreadable, "the list of system-defined inference profiles is empty")
    };
    let summary = diagnose(&empty, &frankfurt()).message.summary;
    assert!(summary.ends_with("listed no system-defined inference profiles in eu-central-1"), "{summary}");
}

#[test]
fn a_wait_that_the_response_asks_for_stands_in_the_hint() {
    for (seconds, wait) in [(45, "45 seconds"), (600, "10 minutes"), (100_000, "28 hours"), (1_000_000, "12 days")] {
        for (code, status) in [("ThrottlingException", 429), ("ServiceUnavailableException", 503), ("", 500)] {
            let failure = Failure { retry_after_seconds: Some(seconds), ..failure(code, status, "x") };
            let hints = diagnose(&failure, &frankfurt()).message.hints.join("\n");
            assert!(hints.contains(&format!("try again in {wait}")) && !hints.contains("a minute"), "{hints}");
        }
    }
}

proptest! {
    #[test]
    fn any_failure_has_a_diagnosis(code in ".{0,40}", status in 0_u16..1000, message in ".{0,400}") {
        let found = diagnosis(&code, status, &message);
        prop_assert!(!found.message.summary.is_empty());
        prop_assert!(found.exit_code != ExitCode::Success);
    }
}
