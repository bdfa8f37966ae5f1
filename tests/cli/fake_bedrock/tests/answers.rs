//! Responses: the rules of IDs, bodies and callers.

use super::*;

#[test]
fn an_expected_request_is_answered_and_kept_as_it_was_sent() {
    let fake = FakeBedrock::start();
    let answer = converses(&fake, "us-east-1", "us.amazon.nova-lite-v1:0", HELLO);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-amzn-requestid"), Some("00000000-0000-4000-8000-000000000001"));
    insta::assert_snapshot!(answer.json(), @r#"{"metrics":{"latencyMs":321},"output":{"message":{"content":[{"text":"Hello from Bedrock."}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}}"#);
    let request = &fake.requests_of(Operation::Converse)[0];
    assert_eq!(request.path(), "/model/us.amazon.nova-lite-v1%3A0/converse");
    assert_eq!(request.segments(), ["model", "us.amazon.nova-lite-v1:0", "converse"]);
    assert_eq!(request.json()["messages"][0]["role"], "user");
}

#[test]
fn each_id_gets_what_bedrock_says_of_it_from_there() {
    let fake = FakeBedrock::start();
    let on_demand = "Invocation of model ID amazon.nova-2-lite-v1:0 with on-demand throughput isn\u{2019}t supported. Retry \
                     your request with the ID or ARN of an inference profile that contains this model.";
    let invalid = "The provided model identifier is invalid.";
    let elsewhere = "The provided ARN is invalid for the service region";
    let nova = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-2-lite-v1:0";
    let plain = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0";
    for (region, id, status, message) in [
        ("us-east-1", "amazon.nova-2-lite-v1:0", 400, on_demand),
        ("us-east-1", plain, 400, on_demand),
        ("us-east-1", nova, 200, ""),
        ("eu-central-1", nova, 400, elsewhere),
        ("eu-central-1", "us.amazon.nova-2-lite-v1:0", 400, invalid),
        ("eu-central-1", "eu.amazon.nova-2-lite-v1:0", 200, ""),
        ("eu-west-2", "amazon.nova-lite-v1:0", 200, ""),
        ("eu-west-2", "eu.amazon.nova-lite-v1:0", 400, invalid),
        ("ap-northeast-1", "jp.amazon.nova-lite-v1:0", 400, invalid),
        ("ap-northeast-1", "apac.amazon.nova-lite-v1:0", 200, ""),
        ("sa-east-1", "global.amazon.nova-2-lite-v1:0", 400, invalid),
        ("sa-east-1", "amazon.nova-2-lite-v1:0", 400, invalid),
        ("us-gov-west-1", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", 200, ""),
        ("us-east-1", "us.nobody.knows-this", 400, invalid),
        ("us-east-1", "nothing", 400, invalid),
    ] {
        let answer = converses(&fake, region, id, HELLO);
        assert_eq!((answer.status, answer.message().as_str()), (status, message), "{id} from {region}");
        let code = answer.header("x-amzn-errortype").map(|code| code.split(':').next().unwrap());
        assert_eq!(code, (status == 400).then_some("ValidationException"));
    }
    let gone = converses(&fake, "us-east-1", "us.anthropic.claude-3-5-haiku-20241022-v1:0", HELLO);
    assert_eq!(gone.status, 404);
    assert!(gone.message().starts_with("This model version has reached the end of its life."));
    let pattern = converses(&fake, "us-east-1", "nova%20lite", HELLO);
    assert!(pattern.message().starts_with("1 validation error detected: Value 'nova lite' at 'modelId' failed"));
}

#[test]
fn bodies_are_judged_as_bedrock_judges_them() {
    let fake = FakeBedrock::start();
    let body = |more: Value| {
        let mut body: Value = serde_json::from_str(HELLO).unwrap();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let blank = body(json!({"messages": [{"role": "user", "content": [{"text": " "}]}]}));
    for (id, body, start) in [
        ("amazon.nova-lite-v1:0", blank, "The text field in the ContentBlock object at messages.0.content.0 is blank."),
        ("amazon.nova-lite-v1:0", "{}".to_owned(), "A conversation must start with a user message."),
        ("amazon.titan-embed-text-v2:0", body(json!({})), "This action doesn't support the model that you provided."),
        ("us.anthropic.claude-opus-4-7", body(json!({"inferenceConfig": {"temperature": 0.5}})), "The model returned"),
        (
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            body(json!({"inferenceConfig": {"temperature": 0.5, "topP": 0.5}})),
            "The model returned the following errors: `temperature` and `top_p` cannot both",
        ),
        (
            "openai.gpt-oss-20b-1:0",
            body(json!({"inferenceConfig": {"stopSequences": ["x"]}})),
            "This model doesn't support the stopSequences field.",
        ),
        (
            "mistral.mistral-7b-instruct-v0:2",
            body(json!({"system": [{"text": "x"}]})),
            "This model doesn't support sys",
        ),
    ] {
        let answer = converses(&fake, "us-east-1", id, &body);
        assert_eq!(answer.status, 400, "{id} {body}");
        assert!(answer.message().starts_with(start), "{id}: {}", answer.message());
    }
    fake.expect(converse_stream());
    let answer = ask(&fake, "us-east-1", "POST", "/model/ai21.jamba-1-5-mini-v1%3A0/converse-stream", HELLO);
    assert_eq!(answer.message(), "The model is unsupported for streaming.");
}

#[test]
fn who_asks_is_checked() {
    let fake = FakeBedrock::start();
    let target = "/model/eu.amazon.nova-lite-v1%3A0/converse";
    let send = |headers: &[(&str, String)]| {
        fake.expect(converse());
        let answer = raw(&fake, "POST", target, headers, HELLO);
        (answer.status, answer.header("x-amzn-errortype").map(|it| it.split(':').next().unwrap().to_owned()), answer)
    };
    let sign =
        |body, keys, service| signed_headers(&fake.address(), ("POST", target, body), keys, ("eu-west-1", service));
    for keys in [ENVIRONMENT, ROLE, TEST] {
        assert_eq!(send(&sign(HELLO, keys, "bedrock")).0, 200);
    }
    for (headers, code) in [
        (sign("another body", ENVIRONMENT, "bedrock"), "InvalidSignatureException"),
        (sign(HELLO, ENVIRONMENT, "bedrock-runtime"), "InvalidSignatureException"),
        (sign(HELLO, (ENVIRONMENT.0, "another secret", ENVIRONMENT.2), "bedrock"), "InvalidSignatureException"),
        (sign(HELLO, (ENVIRONMENT.0, ENVIRONMENT.1, None), "bedrock"), "UnrecognizedClientException"),
        (sign(HELLO, ("AKIANOBODY", ENVIRONMENT.1, None), "bedrock"), "UnrecognizedClientException"),
        (vec![], "MissingAuthenticationTokenException"),
    ] {
        let (status, got, _) = send(&headers);
        assert_eq!((status, got.as_deref()), (403, Some(code)));
    }
    let bearer = |key: &str| send(&[("authorization", format!("Bearer {key}"))]).2;
    assert_eq!(bearer(canary::API_KEY).status, 200);
    fake.in_region("us-east-1");
    assert_eq!(bearer(canary::API_KEY).json()["message"], "The provided model identifier is invalid.");
    let message = |key| bearer(key).json()["Message"].as_str().unwrap().to_owned();
    assert_eq!(message("ABSKwrong"), "Authentication failed: Please make sure your API Key is valid.");
    assert_eq!(message("sk-wrong"), "Invalid API Key format: Must start with pre-defined prefix");
}
