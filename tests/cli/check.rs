//! `bedrock-ask check` against the fake: the matrix, every verdict and every report.

mod forms;
mod reports;
mod verdicts;

use crate::fake_bedrock::*;
use crate::harness::{Home, Ran, Run, bedrock_ask};

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

const DENIED_BY_SCP: &str = "User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to \
    perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-south-2::foundation-model/\
    anthropic.claude-haiku-4-5-20251001-v1:0 with an explicit deny in a service control policy: \
    arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-y";

/// Returns a response of any model: more are checked here than the fake has in its table.
pub fn response() -> Expected {
    let body = r#"{"metrics":{"latencyMs":9},"output":{"message":{"content":[{"text":"H"}],"role":"assistant"}},
        "stopReason":"max_tokens","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;
    converse().replies(Reply::Page(200, "application/json".to_owned(), body.to_owned()))
}

fn throttled() -> Expected {
    let throttled = converse().about("gpt-oss-20b").about("/us-east-1/");
    throttled.fails(429, "ThrottlingException", "Too many requests, please wait before trying again.")
}

pub fn denied_by_scp() -> Expected {
    converse().fails(403, "AccessDeniedException", DENIED_BY_SCP)
}

pub fn check<const N: usize>(fake: &FakeBedrock, arguments: [&str; N]) -> Run {
    bedrock_ask(["check"].into_iter().chain(arguments)).credentials().against(fake)
}

/// Returns a check of these models from the six Regions.
pub fn everywhere(fake: &FakeBedrock, models: &[&str]) -> Run {
    let regions = REGIONS.iter().flat_map(|region| ["--region", region]);
    let arguments = ["check"].into_iter().chain(models.iter().copied()).chain(regions);
    bedrock_ask(arguments).credentials().against(fake)
}

/// Runs a check of twelve models from six Regions: one is denied in one destination, one lacks the form, one is
/// throttled, one is past its end of life, one is expected to be denied.
fn scenario(fake: &FakeBedrock, home: &Home, arguments: &[&str]) -> Run {
    fake.expect(get_caller_identity());
    fake.expect_repeatedly(denied_by_scp().about(HAIKU).about("/eu-central-1/"));
    fake.expect_repeatedly(converse().about(OPUS).fails(
        404,
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the Anthropic use case details \
         form before using the model. If you have already filled out the form, try again in 15 minutes.",
    ));
    fake.expect_repeatedly(throttled());
    fake.expect_repeatedly(converse().about("nova-pro").fails(
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
    ));
    fake.expect_repeatedly(converse().about("global.anthropic.claude-opus-4-6-v1").fails(
        403,
        "AccessDeniedException",
        "User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: \
         bedrock:InvokeModel on resource: arn:aws:bedrock:::foundation-model/anthropic.claude-opus-4-6-v1 with an \
         explicit deny in a service control policy: \
         arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-y",
    ));
    fake.expect_repeatedly(response());
    let listed: String = MODELS.iter().map(|model| ["- model: ", model, "\n"].concat()).collect();
    let refused = "- {model: anthropic.claude-opus-4-6-v1, routing: global, expect: denied}\n";
    let arguments = [&["--from", "models.yaml"], arguments].concat();
    everywhere(fake, &arguments).home(home).file_here("models.yaml", ["# what we run\n", &listed, refused].concat())
}

/// Returns the matrix of a report: the lines from its title to the next empty line.
fn matrix(ran: &Ran) -> String {
    let lines = ran.stdout_text().lines().skip_while(|line| !line.starts_with("model "));
    lines.take_while(|line| !line.is_empty()).map(|line| [line, "\n"].concat()).collect()
}

#[test]
fn twelve_models_from_six_regions_with_everything_that_goes_wrong() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let run = scenario(&fake, &home, &["--report", "text", "--report", "junit=report.xml"]);
    let ran = run.env("GITHUB_ACTIONS", "true").run();
    insta::assert_snapshot!(matrix(&ran), @r"
    model                                     eu-central-1       eu-west-1          us-east-1          us-west-2          ap-northeast-1     ap-south-1
    amazon.nova-lite-v1:0                     ok                 ok                 ok                 ok                 ok                 ok
    amazon.nova-micro-v1:0                    ok                 ok                 ok                 ok                 ok                 ok
    amazon.nova-pro-v1:0                      retired            retired            retired            retired            retired            retired
    amazon.nova-2-lite-v1:0                   ok                 ok                 ok                 ok                 ok                 ok
    anthropic.claude-haiku-4-5-20251001-v1:0  denied             denied             ok                 ok                 ok                 ok
    anthropic.claude-sonnet-4-6               ok                 ok                 ok                 ok                 ok                 ok
    anthropic.claude-opus-4-7                 not-enabled        not-enabled        not-enabled        not-enabled        not-enabled        not-enabled
    openai.gpt-oss-20b-1:0                    ok                 ok                 inconclusive       ok                 ok                 ok
    openai.gpt-oss-120b-1:0                   ok                 ok                 ok                 ok                 ok                 ok
    qwen.qwen3-32b-v1:0                       ok                 ok                 ok                 ok                 ok                 ok
    minimax.minimax-m2.1                      ok                 ok                 ok                 ok                 ok                 ok
    anthropic.claude-opus-4-6-v1 (global)     denied (expected)  denied (expected)  denied (expected)  denied (expected)  denied (expected)  denied (expected)
    ");
    assert_eq!(ran.exit(), Some(8));
    let summary = "72 checked: 57 passed, 0 warned, 1 inconclusive, 14 failed \
                   (51 ok, 6 retired, 8 denied, 6 not-enabled, 1 inconclusive)\n";
    assert!(ran.stdout_text().ends_with(summary), "{ran}");
    assert!(home.read_here("report.xml").contains(r#"tests="72" skipped="0" failures="14" errors="1""#), "{ran}");
    let annotations: Vec<_> = ran.stderr_text().lines().map(|line| line.split("::").nth(1).unwrap()).collect();
    let titles: Vec<_> = annotations.iter().map(|title| title.split("%2C invoked").next().unwrap()).collect();
    insta::assert_snapshot!(titles.join("\n"), @r"
    notice title=bedrock-ask check
    error title=retired%3A amazon.nova-pro-v1%3A0 from eu-central-1%2C eu-west-1
    error title=retired%3A amazon.nova-pro-v1%3A0 from us-east-1%2C us-west-2
    error title=retired%3A amazon.nova-pro-v1%3A0 from ap-northeast-1
    error title=retired%3A amazon.nova-pro-v1%3A0 from ap-south-1
    error title=denied%3A anthropic.claude-haiku-4-5-20251001-v1%3A0 from eu-central-1
    error title=denied%3A anthropic.claude-haiku-4-5-20251001-v1%3A0 from eu-west-1
    error title=not-enabled%3A anthropic.claude-opus-4-7 from eu-central-1%2C eu-west-1
    error title=not-enabled%3A anthropic.claude-opus-4-7 from us-east-1%2C us-west-2
    error title=not-enabled%3A anthropic.claude-opus-4-7 from ap-northeast-1
    error title=not-enabled%3A anthropic.claude-opus-4-7 from ap-south-1
    warning title=inconclusive%3A openai.gpt-oss-20b-1%3A0 from us-east-1
    ");
}

#[test]
fn only_throttling_leaves_the_check_undecided() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect_repeatedly(throttled());
    fake.expect_repeatedly(response());
    let ran = everywhere(&fake, &[&MODELS[..], &["anthropic.claude-opus-4-6-v1"]].concat()).run();
    assert!(
        ran.stdout_text().contains("72 checked: 71 passed, 0 warned, 1 inconclusive, 0 failed (71 ok, 1 inconclusive)"),
        "{ran}"
    );
    assert_eq!(ran.exit(), Some(9));
}
