//! Sixty-eight spellings of other tools, each by name: what it resolves to, or what the error suggests.

use super::*;
use crate::model::catalog::tests::catalog;
use crate::model::date::Date;

/// Stands for the ARN of an imported model.
const PLACE: &str = "{ARN}";
const ARN: &str = "arn:aws:bedrock:us-east-1:111122223333:imported-model/abc123";

#[test]
fn each_spelling_of_another_tool_leads_to_its_model_or_to_the_one_to_use() {
    let request = ResolveRequest::new(Region::named("us-east-1").unwrap(), Date { year: 2026, month: 11, day: 20 });
    assert_eq!(SPELLINGS.len(), 68);
    for (written, expected) in SPELLINGS {
        let found = resolve(&written.replace(PLACE, ARN), &request, catalog());
        match expected {
            Ok(id) => assert_eq!(found.map(|found| found.id), Ok(id.replace(PLACE, ARN)), "{written}"),
            Err(suggestion) => {
                let error = found.expect_err(written);
                let given = (error.kind, error.suggestion.as_deref());
                assert_eq!(given, (ResolveErrorKind::NotResolved, Some(*suggestion)), "{written}");
            }
        }
    }
}

/// The ID, or as an error what is suggested in place of a model past its end of life.
const SPELLINGS: &[(&str, Result<&str, &str>)] = &[
    ("bedrock/deepseek_r1/{ARN}", Ok("{ARN}")),
    ("deepseek_r1/{ARN}", Ok("{ARN}")),
    ("bedrock/llama/{ARN}", Ok("{ARN}")),
    ("llama/{ARN}", Ok("{ARN}")),
    ("bedrock/qwen2/{ARN}", Ok("{ARN}")),
    ("qwen2/{ARN}", Ok("{ARN}")),
    ("bedrock/qwen3/{ARN}", Ok("{ARN}")),
    ("qwen3/{ARN}", Ok("{ARN}")),
    ("bedrock/openai/{ARN}", Ok("{ARN}")),
    ("openai/{ARN}", Ok("{ARN}")),
    ("bedrock/converse/{ARN}", Ok("{ARN}")),
    ("bedrock/{ARN}", Ok("{ARN}")),
    ("global.anthropic.claude-opus-4-7[1m]", Ok("global.anthropic.claude-opus-4-7")),
    ("us.anthropic.claude-sonnet-4-6[1m]", Ok("us.anthropic.claude-sonnet-4-6")),
    ("anthropic.claude-sonnet-4-6[1m]", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock/us.anthropic.claude-sonnet-4-6[1m]", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock/anthropic.claude-opus-4-6-v1[1m]", Ok("us.anthropic.claude-opus-4-6-v1")),
    ("claude-opus-4-6-v1[1m]", Ok("us.anthropic.claude-opus-4-6-v1")),
    ("sonnet[1m]", Ok("us.anthropic.claude-sonnet-5-5")),
    ("opus[1m]", Ok("us.anthropic.claude-opus-5-5")),
    ("bedrock/converse_like/us.anthropic.claude-sonnet-4-6", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock/converse_like/anthropic.claude-sonnet-4-6", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock/async_invoke/amazon.nova-lite-v1:0", Ok("us.amazon.nova-lite-v1:0")),
    ("bedrock/async_invoke/us.amazon.nova-pro-v1:0", Ok("us.amazon.nova-pro-v1:0")),
    ("bedrock/nova/us.amazon.nova-pro-v1:0", Ok("us.amazon.nova-pro-v1:0")),
    ("bedrock/nova/amazon.nova-lite-v1:0", Ok("us.amazon.nova-lite-v1:0")),
    ("bedrock/openai/openai.gpt-oss-120b-1:0", Ok("openai.gpt-oss-120b-1:0")),
    ("bedrock/openai/openai.gpt-oss-20b-1:0", Ok("openai.gpt-oss-20b-1:0")),
    ("bedrock:converse:us.anthropic.claude-sonnet-4-6", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock:converse:anthropic.claude-sonnet-4-6", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock:messages:us.anthropic.claude-sonnet-4-6", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock:completion:us.amazon.nova-pro-v1:0", Ok("us.amazon.nova-pro-v1:0")),
    ("bedrock_converse:us.anthropic.claude-sonnet-4-6", Ok("us.anthropic.claude-sonnet-4-6")),
    ("aws:us.anthropic.claude-sonnet-4-6", Ok("us.anthropic.claude-sonnet-4-6")),
    ("bedrock:converse:{ARN}", Ok("{ARN}")),
    ("claude-sonnet-4-latest", Err("us.anthropic.claude-sonnet-4-6")),
    ("claude-sonnet-4-thinking", Err("us.anthropic.claude-sonnet-4-6")),
    ("claude-sonnet-4-5-latest", Ok("us.anthropic.claude-sonnet-4-5-20250929-v1:0")),
    ("claude-sonnet-4-5-thinking", Ok("us.anthropic.claude-sonnet-4-5-20250929-v1:0")),
    ("claude-sonnet-4-6-latest", Ok("us.anthropic.claude-sonnet-4-6")),
    ("claude-sonnet-4-6-thinking", Ok("us.anthropic.claude-sonnet-4-6")),
    ("claude-sonnet-5-latest", Ok("us.anthropic.claude-sonnet-5")),
    ("claude-sonnet-5-thinking", Ok("us.anthropic.claude-sonnet-5")),
    ("claude-opus-4-latest", Err("us.anthropic.claude-opus-4-8")),
    ("claude-opus-4-thinking", Err("us.anthropic.claude-opus-4-8")),
    ("claude-opus-4-1-latest", Ok("us.anthropic.claude-opus-4-1-20250805-v1:0")),
    ("claude-opus-4-1-thinking", Ok("us.anthropic.claude-opus-4-1-20250805-v1:0")),
    ("claude-opus-4-5-latest", Ok("us.anthropic.claude-opus-4-5-20251101-v1:0")),
    ("claude-opus-4-5-thinking", Ok("us.anthropic.claude-opus-4-5-20251101-v1:0")),
    ("claude-opus-4-6-latest", Ok("us.anthropic.claude-opus-4-6-v1")),
    ("claude-opus-4-6-thinking", Ok("us.anthropic.claude-opus-4-6-v1")),
    ("claude-opus-4-7-latest", Ok("us.anthropic.claude-opus-4-7")),
    ("claude-opus-4-7-thinking", Ok("us.anthropic.claude-opus-4-7")),
    ("claude-haiku-4-5-latest", Ok("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
    ("claude-haiku-4-5-thinking", Ok("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
    ("claude-3-7-sonnet-latest", Err("us.anthropic.claude-sonnet-4-6")),
    ("claude-3-7-sonnet-thinking", Err("us.anthropic.claude-sonnet-4-6")),
    ("claude-3-5-sonnet-latest", Err("us.anthropic.claude-sonnet-4-6")),
    ("claude-3-5-haiku-latest", Err("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
    ("us.anthropic.claude-sonnet-4-6:thinking", Ok("us.anthropic.claude-sonnet-4-6")),
    ("us.anthropic.claude-opus-4-7:thinking", Ok("us.anthropic.claude-opus-4-7")),
    ("claude-sonnet-4-6:thinking", Ok("us.anthropic.claude-sonnet-4-6")),
    ("claude-haiku-4-5:thinking", Ok("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
    ("claude-haiku-4-5@20251001", Ok("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
    ("claude-sonnet-4-5@20250929", Ok("us.anthropic.claude-sonnet-4-5-20250929-v1:0")),
    ("us.anthropic.claude-haiku-4-5-20251001-v1%3A0", Ok("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
    (
        "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fanthropic.claude-sonnet-4-6",
        Ok("us.anthropic.claude-sonnet-4-6"),
    ),
    ("anthropic.claude-haiku-4-5", Err("us.anthropic.claude-haiku-4-5-20251001-v1:0")),
];

#[test]
fn letters_of_any_case_stand_for_the_same_spelling() {
    let request = ResolveRequest::new(Region::named("us-east-1").unwrap(), Date { year: 2026, month: 11, day: 20 });
    for (written, region) in [
        ("BEDROCK/US-WEST-2/amazon.nova-pro-v1:0", "us-west-2"),
        ("US-WEST-2/amazon.nova-pro-v1:0", "us-west-2"),
        ("US-East-1.amazon.nova-pro-v1:0", "us-east-1"),
        ("HTTPS://Bedrock-Runtime.US-West-2.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse", "us-west-2"),
        ("ARN:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "us-east-1"),
    ] {
        let found = resolve(written, &request, catalog()).unwrap();
        assert_eq!(found.id, "us.amazon.nova-pro-v1:0", "{written}");
        assert_eq!(found.source_region.map(|region| region.name), Some(region), "{written}");
    }
}

#[test]
fn what_encloses_or_resembles_an_id_is_refused_with_the_id_and_never_taken_for_a_prefix() {
    let request = ResolveRequest::new(Region::named("us-east-1").unwrap(), Date { year: 2026, month: 11, day: 20 });
    for written in [
        "bedrock-runtime/us.amazon.nova-pro-v1:0",
        "inference-profile/us.amazon.nova-pro-v1:0",
        "foundation-model/amazon.nova-pro-v1:0",
        "foo/bar/us.amazon.nova-pro-v1:0",
        "@us.amazon.nova-pro-v1:0",
        "modelId=us.amazon.nova-pro-v1:0",
        "model:us.amazon.nova-pro-v1:0",
        ".amazon.nova-pro-v1:0",
        "us.amazon.nova-pro-v1:0,",
        "us.amazon.nova-pro-v1:0/",
        "us.amazon.nova-pro-v1:0/converse",
        "us.us.amazon.nova-pro-v1:0",
        "amazon.amazon.nova-pro-v1:0",
        "https://us-east-1.console.aws.amazon.com/bedrock/home#/model-catalog/serverless/amazon.nova-pro-v1:0",
        "amazon.nova-pro-v1.0",
        "us.amazon.nova-pro-v1.0",
        "amazon.nova_pro_v1_0",
        "us.nova-pro",
        "amazon.nova-pro-v1:0-eu",
        "amazon.nova-pro-v1:0-us-east-1",
        "us.amazon.nova-pro-v1:0-preview",
        "amazon.amazon-nova-pro-v1:0",
    ] {
        let error = resolve(written, &request, catalog()).expect_err(written);
        let found = (error.kind, error.suggestion.as_deref());
        assert_eq!(found, (ResolveErrorKind::NotResolved, Some("us.amazon.nova-pro-v1:0")), "{written}");
        assert!(!error.message.hints.concat().contains("geography"), "{written}: {:?}", error.message.hints);
    }
    let name = resolve("anthropic.sonnet", &request, catalog()).expect_err("not a model");
    assert_eq!(name.suggestion.as_deref(), Some("us.anthropic.claude-sonnet-5-5"));
    for (written, expected) in [
        ("zai.glm-5.3-eu-central-1", Some("us.zai.glm-5.3")),
        ("nvidia.nemotron-super-3", Some("nvidia.nemotron-super-3-120b")),
        ("meta.llama33-70b-instruct-v1:0", Some("us.meta.llama3-3-70b-instruct-v1:0")),
        ("deepseek.r1v1:0", Some("us.deepseek.r1-v1:0")),
        ("meta.llama3-3", Some("us.meta.llama3-3-70b-instruct-v1:0")),
    ] {
        let error = resolve(written, &request, catalog()).expect_err(written);
        assert_eq!(error.suggestion.as_deref(), expected, "{written}");
    }
    // The geography that was typed is another one.
    let elsewhere = resolve("eu.nova-pro", &request, catalog()).expect_err("not a model");
    assert_eq!((elsewhere.kind, elsewhere.suggestion), (ResolveErrorKind::NotResolved, None));
}

#[test]
fn an_arn_has_one_region_and_an_account_of_twelve_digits() {
    let request = ResolveRequest::new(Region::named("us-east-1").unwrap(), Date { year: 2026, month: 11, day: 20 });
    for written in [
        "bedrock/us-east-1/arn:aws:bedrock:us-west-2:111122223333:provisioned-model/abc",
        "us-west-2/arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc",
        "arn:aws:bedrock:us-east-1:11112222333:application-inference-profile/abc",
        "arn:aws:bedrock:us-east-1::imported-model/abc",
        "arn:aws:bedrock::111122223333:provisioned-model/abc",
    ] {
        let error = resolve(written, &request, catalog()).expect_err(written);
        assert_eq!(error.kind, ResolveErrorKind::Usage, "{written}");
    }
    let same = format!("bedrock/us-east-1/{ARN}");
    assert_eq!(resolve(&same, &request, catalog()).map(|found| found.id), Ok(ARN.to_owned()));
}
