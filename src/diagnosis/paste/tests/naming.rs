//! Which model, Region and AWS profile a text is about.

use super::*;

fn details(text: &str) -> PastedDetails {
    failure_from_text(text).1
}

const INVALID: &str = "The provided model identifier is invalid.";

#[test]
fn a_place_that_says_the_model_outranks_one_where_it_is_only_present() {
    let error = format!("ValidationException: {INVALID}");
    for (text, model) in [
        (
            "API Error (claude-opus-4-6): 400 INVALID. Try --model to switch to us.anthropic.claude-opus-4-1-20250805-v1:0.",
            "claude-opus-4-6",
        ),
        ("- `API Error (claude-opus-4-5-20251101): 400 INVALID`", "claude-opus-4-5-20251101"),
        ("API Error (eu.anthropic.claude-3-7-sonnet-20250219-v1:0): 400 ON_DEMAND", "anthropic.claude-sonnet-4-6"),
        (
            "we have us.amazon.nova-lite-v1:0 too\nlitellm.completion(model=bedrock/us.amazon.nova-pro-v1:0)\nERROR",
            "us.amazon.nova-pro-v1:0",
        ),
        (
            "{\"modelId\": \"anthropic.claude-opus-4-6-v1\", \"fallback\": \"us.amazon.nova-pro-v1:0\"} ERROR",
            "anthropic.claude-opus-4-6-v1",
        ),
        (
            "client.converse(modelId='amazon.nova-pro-v1:0') # not us.amazon.nova-pro-v1:0\nERROR",
            "amazon.nova-pro-v1:0",
        ),
        ("Model id: claude-haiku-4-5-20251001, us.amazon.nova-pro-v1:0 is there\nERROR", "claude-haiku-4-5-20251001"),
        (
            "model_name: anthropic.claude-opus-4-6-v1\ntags: us.amazon.nova-pro-v1:0\nERROR",
            "anthropic.claude-opus-4-6-v1",
        ),
        (
            "$ aws bedrock-runtime converse --model-id amazon.nova-pro-v1:0 --region us-east-1\nus.amazon.nova-lite-v1:0\nERROR",
            "amazon.nova-pro-v1:0",
        ),
        (
            "POST https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-7-sonnet-20250219-v1%3A0/invoke 400\nus.amazon.nova-lite-v1:0\nERROR",
            "anthropic.claude-3-7-sonnet-20250219-v1:0",
        ),
        // The nearest before the error.
        (
            "model=us.amazon.nova-lite-v1:0 done\nmodel=us.amazon.nova-pro-v1:0 ERROR\nmodel=us.amazon.nova-micro-v1:0 next",
            "us.amazon.nova-pro-v1:0",
        ),
        ("ERROR (did you mean us.amazon.nova-pro-v1:0?) amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("ERROR\n\nhint: use `us.amazon.nova-pro-v1:0`\nseen: amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
    ] {
        let text = text.replace("ERROR", &error).replace("INVALID", INVALID).replace("ON_DEMAND", ON_DEMAND);
        assert_eq!(details(&text).model.as_deref(), Some(model), "{text}");
    }
}

#[test]
fn what_is_only_code_or_advice_is_no_model() {
    for text in [
        "client.converse(modelId=model_id, messages=messages)",
        "model=os.environ['MODEL']",
        "Try --model to switch to us.anthropic.claude-opus-4-1-20250805-v1:0.",
        "please use anthropic.claude-opus-4-6-v1 instead",
        "Received Model Group=claude",
        "the model is broken",
        "model: Some(\"x\")",
    ] {
        assert_eq!(details(text).model, None, "{text}");
    }
}

#[test]
fn the_region_is_the_nearest_before_the_error() {
    let error = "InvalidClientTokenId: The security token included in the request is invalid.";
    for (text, region) in [
        (
            format!("done region eu-west-3\nstart region eu-south-1\n{error}\n    at f (/app/x.js:1:2)"),
            Some("eu-south-1"),
        ),
        (
            format!(
                "https://bedrock-runtime.eu-west-3.amazonaws.com/ 200\nhttps://bedrock-runtime.eu-west-1.amazonaws.com/\n{error}"
            ),
            Some("eu-west-1"),
        ),
        (format!("region_name='us-west-2'\nhost-in us-east-1\n{error}"), Some("us-west-2")),
        (format!("AWS_REGION=us-west-2\n{error}\nAWS_REGION=us-east-1"), Some("us-west-2")),
        (format!("{{\"region\":\"us-west-2\"}}\n{error}"), Some("us-west-2")),
        (format!("{error}\n$ aws sts get-caller-identity --region eu-west-2"), Some("eu-west-2")),
        ("POST bedrock-mantle.eu-west-1.api.aws/openai/v1/responses 404".to_owned(), Some("eu-west-1")),
        (format!("{error} Supported regions: us-east-1, us-west-2, eu-west-1"), None),
        (format!("sso_region = us-east-1\n{error}"), None),
        (format!("{error} Try us-west-2."), None),
    ] {
        assert_eq!(details(&text).region.map(|region| region.name), region, "{text}");
    }
}

#[test]
fn the_aws_profile_that_the_text_names_is_found() {
    for (text, profile) in [
        ("The SSO session token associated with profile=default was not found or is invalid.", Some("default")),
        ("The config profile (staging) could not be found", Some("staging")),
        ("$ AWS_PROFILE=gen-ai python ask.py", Some("gen-ai")),
        ("aws bedrock-runtime converse --profile 'dev' --model-id x", Some("dev")),
        ("boto3.Session(profile_name=\"team.dev\")", Some("team.dev")),
        ("arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0", None),
        ("inference-profile=eu.amazon.nova-lite-v1:0", None),
        ("run aws sso login with the corresponding profile.", None),
        ("the AWS profile is broken", None),
    ] {
        assert_eq!(details(text).profile.as_deref(), profile, "{text}");
    }
}
