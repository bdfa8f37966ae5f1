//! `bedrock-ask check` against the fake: the matrix, every verdict, every report, and what is said only once.

mod reports;
mod verdicts;

use crate::fake_bedrock::*;
use crate::harness::{Run, bedrock_ask};

pub const REGIONS: [&str; 6] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-northeast-1", "ap-south-1"];

pub const HAIKU: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";
pub const OPUS: &str = "anthropic.claude-opus-4-7";
pub const NOVA: &str = "amazon.nova-lite-v1:0";

const MODELS: [&str; 11] = [
    NOVA,
    "amazon.nova-micro-v1:0",
    "amazon.nova-pro-v1:0",
    "amazon.nova-2-lite-v1:0",
    HAIKU,
    "anthropic.claude-sonnet-4-6",
    OPUS,
    "openai.gpt-oss-20b-1:0",
    "openai.gpt-oss-120b-1:0",
    "qwen.qwen3-32b-v1:0",
    "minimax.minimax-m2.1",
];

const THROTTLED: (u16, &str, &str) =
    (429, "ThrottlingException", "Too many requests, please wait before trying again.");

const DENIED_BY_SCP: &str = "User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to \
    perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-south-2::foundation-model/\
    anthropic.claude-haiku-4-5-20251001-v1:0 with an explicit deny in a service control policy: \
    arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-y";

/// An answer of any model: more are checked here than the fake has in its table.
pub fn answer() -> Expected {
    let body = r#"{"metrics":{"latencyMs":9},"output":{"message":{"content":[{"text":"H"}],"role":"assistant"}},
        "stopReason":"max_tokens","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;
    converse().replies(Reply::Page(200, "application/json".to_owned(), body.to_owned()))
}

pub fn denied_by_scp() -> Expected {
    converse().fails(403, "AccessDeniedException", DENIED_BY_SCP)
}

pub fn check<const N: usize>(fake: &FakeBedrock, arguments: [&str; N]) -> Run {
    bedrock_ask(["check"].into_iter().chain(arguments)).credentials().against(fake)
}

/// A check of these models from the six Regions.
pub fn everywhere(fake: &FakeBedrock, models: &[&str]) -> Run {
    let regions = REGIONS.iter().flat_map(|region| ["--region", region]);
    let arguments = ["check"].into_iter().chain(models.iter().copied()).chain(regions);
    bedrock_ask(arguments).credentials().against(fake)
}

/// Twelve models from six Regions: one is denied in one destination, one lacks the form, one is throttled, one is past
/// its end of life, one is to be refused.
fn scenario(fake: &FakeBedrock) -> Run {
    fake.expect(get_caller_identity());
    fake.expect_repeatedly(denied_by_scp().about(HAIKU).about("/eu-central-1/"));
    fake.expect_repeatedly(converse().about(OPUS).fails(
        404,
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the Anthropic use case details \
         form before using the model. If you have already filled out the form, try again in 15 minutes.",
    ));
    fake.expect_repeatedly(converse().about("gpt-oss-20b").about("/us-east-1/").fails(
        THROTTLED.0,
        THROTTLED.1,
        THROTTLED.2,
    ));
    fake.expect_repeatedly(converse().about("nova-pro").fails(
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
    ));
    fake.expect_repeatedly(converse().about("global.anthropic.claude-sonnet-4-6").fails(
        403,
        "AccessDeniedException",
        "User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: \
         bedrock:InvokeModel on resource: arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-6 with an \
         explicit deny in a service control policy: \
         arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-y",
    ));
    fake.expect_repeatedly(answer());
    let mut list = String::from("# what we run\n");
    for model in MODELS {
        list += &format!("- model: {model}\n");
        if model == "anthropic.claude-sonnet-4-6" {
            list += "  routing: [geo, in-region, global]\n  regions: [eu-central-1, eu-west-1, us-east-1, us-west-2, ap-northeast-1]\n";
        }
    }
    list += "- {model: anthropic.claude-sonnet-4-6, routing: global, expect: denied}\n";
    everywhere(fake, &["--from", "models.yaml"]).file_here("models.yaml", list)
}

#[test]
fn twelve_models_from_six_regions_with_everything_that_goes_wrong() {
    let fake = FakeBedrock::start();
    let ran = scenario(&fake).run();
    println!("{ran}");
}
