//! A prompt whose ID turns out to be wrong: what AWS lists, or one other ID, settles it once.
//! `anthropic.claude-opus-7-7` is a model that came after the built-in catalog.

use crate::fake_bedrock::{FakeBedrock, Operation, converse_stream, list_foundation_models, list_inference_profiles};
use crate::harness::{Home, Run, bedrock_ask};

const NEW_MODEL: &str = "anthropic.claude-opus-7-7";

fn ask(fake: &FakeBedrock, options: &[&str]) -> Run {
    let words = ["ask", "hello", "-m", NEW_MODEL].iter().chain(options).copied();
    bedrock_ask(words).env("AWS_REGION", "ap-northeast-1").credentials().against(fake)
}

/// Returns the model IDs that were invoked, in order.
fn called(fake: &FakeBedrock) -> Vec<String> {
    let requests = fake.requests_of(Operation::ConverseStream);
    requests.iter().filter_map(|request| Some(request.path().split('/').nth(2)?.replace("%3A", ":"))).collect()
}

#[test]
fn a_model_launched_after_the_built_in_catalog_is_settled_by_what_aws_lists() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    fake.expect(converse_stream().text(["Hello."]));
    let ran = ask(&fake, &[]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    Hello.
    ----- stderr -----
    warning: `anthropic.claude-opus-7-7` is not a known model; `jp.anthropic.claude-opus-7-7` is predicted, because `anthropic.claude-opus-5-5` is invoked this way from ap-northeast-1
    note: `global.anthropic.claude-opus-7-7` may run in any commercial Region; `--routing geographic,in-region` rules that out
    note: `jp.anthropic.claude-opus-7-7` cannot be invoked from here; `global.anthropic.claude-opus-7-7` was invoked instead: use that ID
    ----- exit 0 -----
    ");
    assert_eq!(called(&fake), ["jp.anthropic.claude-opus-7-7", "global.anthropic.claude-opus-7-7"]);
}

#[test]
fn where_the_lists_may_not_be_read_one_other_id_is_tried() {
    let fake = FakeBedrock::start();
    let denied = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: bedrock:ListInferenceProfiles";
    fake.expect_repeatedly(converse_stream().text(["Hello."]));
    fake.allow(list_inference_profiles().fails(403, "AccessDeniedException", denied));
    fake.allow(list_foundation_models().fails(403, "AccessDeniedException", denied));
    let ran = ask(&fake, &["-q"]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    Hello.
    ----- stderr -----
    warning: `anthropic.claude-opus-7-7` is not a known model; `jp.anthropic.claude-opus-7-7` is predicted, because `anthropic.claude-opus-5-5` is invoked this way from ap-northeast-1
    ----- exit 0 -----
    ");
    let ids = ["jp.", "global."].map(|prefix| format!("{prefix}{NEW_MODEL}"));
    assert_eq!(called(&fake), ids);
}

#[test]
fn repair_never_uses_routing_that_is_left_out() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    let ran = ask(&fake, &["--routing", "geo,in-region"]).run();
    assert_eq!(ran.exit(), Some(3), "{ran}");
    assert_eq!(called(&fake), ["jp.anthropic.claude-opus-7-7"]);
}

#[test]
fn without_repair_the_first_failure_stands() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = ask(&fake, &["--no-repair"]).run();
    assert_eq!(ran.exit(), Some(3), "{ran}");
    assert!(ran.stderr_text().contains("The provided model identifier is invalid."), "{ran}");
}

#[test]
fn what_an_ask_taught_is_known_to_the_next() {
    let home = Home::new();
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    fake.expect(converse_stream().fails(400, "ValidationException", "`temperature` is deprecated for this model."));
    fake.expect(converse_stream().text(["Hello."]));
    fake.expect(converse_stream().text(["Hello again."]));
    let first = ask(&fake, &["--temperature", "0.5"]).home(&home).run();
    assert_eq!(first.stdout_text(), "Hello.\n");
    let second = ask(&fake, &["--temperature", "0.5"]).home(&home).run();
    insta::assert_snapshot!(second, @r"
    ----- stdout -----
    Hello again.
    ----- stderr -----
    note: `global.anthropic.claude-opus-7-7` does not accept `--temperature`; sending without it
    note: `global.anthropic.claude-opus-7-7` may run in any commercial Region; `--routing geographic,in-region` rules that out
    ----- exit 0 -----
    ");
    let right = "global.anthropic.claude-opus-7-7";
    assert_eq!(called(&fake), ["jp.anthropic.claude-opus-7-7", right, right, right]);
}
