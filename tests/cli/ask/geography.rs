//! A typed geographic prefix is a promise about where the data goes: only `--repair` leaves it, with a warning.

use super::*;

const OPEN_WEIGHT: &str = "arn:aws:bedrock:eu-central-1::foundation-model/openai.gpt-oss-20b-1:0";
const INVALID: &str = "The provided model identifier is invalid.";

/// The IDs that were called, in order.
fn called(fake: &FakeBedrock) -> Vec<String> {
    let requests = fake.requests_of(Operation::ConverseStream);
    requests.iter().map(|request| request.segments()[1].clone()).collect()
}

#[test]
fn a_typed_geography_is_never_left_without_repair() {
    let fake = FakeBedrock::start();
    let words = ["-m", "eu.anthropic.claude-sonnet-4-6", "--region", "us-east-1", "--routing", "geo", "--quiet", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `eu.anthropic.claude-sonnet-4-6` cannot be invoked from us-east-1
    cause: it can be invoked from eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3

     hint: use `us.anthropic.claude-sonnet-4-6`, which may run outside of the geography that `eu.` names
     hint: `--repair` does that
    ----- exit 3 -----
    ");
    for (model, region, right) in [
        ("jp.amazon.nova-lite-v1:0", "ap-northeast-2", "apac.amazon.nova-lite-v1:0"),
        (
            "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us-east-1",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-6",
            "us-east-1",
            "us.anthropic.claude-sonnet-4-6",
        ),
        ("eu.anthropic.claude-sonnet-4-6", "sa-east-1", "global.anthropic.claude-sonnet-4-6"),
    ] {
        let ran = ask(&fake, ["-q", "-m", model, "--region", region, "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
        assert!(ran.stderr_text().contains(&format!("use `{right}`")), "{ran}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn repair_leaves_a_typed_geography_with_a_warning_that_quiet_does_not_hide() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let words = ["-q", "--repair", "-m", "eu.amazon.nova-2-lite-v1:0", "--region", "us-east-1", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    warning: `eu.amazon.nova-2-lite-v1:0` cannot be invoked from us-east-1; invoking `us.amazon.nova-2-lite-v1:0` instead, which may run outside of the geography that `eu.` names
    ----- exit 0 -----
    ");
    assert_eq!(called(&fake), ["us.amazon.nova-2-lite-v1:0"]);
}

#[test]
fn a_profile_that_aws_refuses_is_replaced_within_its_geography_with_a_note() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    fake.expect(converse_stream());
    let words = ["-m", "apac.amazon.nova-2-lite-v1:0", "--region", "ap-northeast-1", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `apac.amazon.nova-2-lite-v1:0` is not in the catalog; invoking it as it is written
    note: `apac.amazon.nova-2-lite-v1:0` cannot be invoked from here; `jp.amazon.nova-2-lite-v1:0` was invoked instead: use that ID
    ----- exit 0 -----
    ");
    assert_eq!(called(&fake), ["apac.amazon.nova-2-lite-v1:0", "jp.amazon.nova-2-lite-v1:0"]);
}

#[test]
fn a_profile_that_the_catalog_lacks_is_sent_as_it_is_and_repaired_only_within_its_geography() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().replies(Reply::Page(200, "application/json".to_owned(), "{}".to_owned())));
    let words = ["--no-repair", "-m", "jp.anthropic.claude-opus-4-6-v1", "--region", "ap-northeast-1", "hi"];
    let ran = ask(&fake, words).run();
    assert!(ran.stderr_text().contains("`jp.anthropic.claude-opus-4-6-v1` is not in the catalog"), "{ran}");
    assert_eq!(called(&fake), ["jp.anthropic.claude-opus-4-6-v1"]);

    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", INVALID));
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    insta::assert_snapshot!(ask(&fake, ["-m", "jp.anthropic.claude-opus-4-6-v1", "--region", "ap-northeast-1", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    note: `jp.anthropic.claude-opus-4-6-v1` is not in the catalog; invoking it as it is written
    error: `jp.anthropic.claude-opus-4-6-v1` cannot be invoked from ap-northeast-1
      aws: ValidationException: The provided model identifier is invalid.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the Region was ap-northeast-1: an inference profile can be invoked only from its source Regions

     hint: use `global.anthropic.claude-opus-4-6-v1`; `global.` can run it in any commercial Region
     hint: that may run outside of the geography that `jp.` names
    ----- exit 3 -----
    ");
    assert_eq!(called(&fake), ["jp.anthropic.claude-opus-4-6-v1"]);

    let run = bedrock_ask(["resolve", "jp.anthropic.claude-opus-4-6-v1", "--region", "ap-northeast-1"]);
    insta::assert_snapshot!(run.run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `jp.anthropic.claude-opus-4-6-v1` cannot be invoked from ap-northeast-1
    cause: it is not in the catalog

     hint: use `global.anthropic.claude-opus-4-6-v1`, which may run outside of the geography that `jp.` names
    ----- exit 3 -----
    ");
}

#[test]
fn without_lists_a_typed_geography_is_not_left_either() {
    let fake = FakeBedrock::start();
    let denied = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: bedrock:ListInferenceProfiles";
    fake.expect(converse_stream().fails(400, "ValidationException", INVALID));
    fake.allow(list_inference_profiles().fails(403, "AccessDeniedException", denied));
    fake.allow(list_foundation_models().fails(403, "AccessDeniedException", denied));
    let ran = ask(&fake, ["-m", "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
    assert_eq!(called(&fake), ["eu.anthropic.claude-haiku-4-5-20251001-v1:0"], "and never `global.`");
}

#[test]
fn any_text_is_sent_as_it_is_written_without_resolving() {
    for model in ["nova-alias", "anthropic.claude-haiku-4-5-20251001-v1:0", "fast"] {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream().fails(400, "ValidationException", INVALID));
        let ran = ask(&fake, ["--no-resolve", "-m", model, "hi"]).config("aliases: {fast: nova-lite}").run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
        assert_eq!(called(&fake), [model], "no repair");
    }
    let fake = FakeBedrock::start();
    for (run, exit) in [
        (ask(&fake, ["--dry-run", "-m", "nova-alias", "hi"]).config("resolve: false"), 0),
        (ask(&fake, ["--dry-run", "-m", "nova-alias", "hi", "--strict"]).config("resolve: false"), 2),
        (ask(&fake, ["--dry-run", "-m", "nova-alias", "hi", "--no-resolve", "--repair"]), 2),
        (ask(&fake, ["--dry-run", "-m", "nova-alias", "hi", "--no-resolve", "--routing", "geo"]), 2),
        (ask(&fake, ["--dry-run", "-m", "nova-alias", "hi", "--no-resolve", "--no-repair"]), 0),
        (ask(&fake, ["--dry-run", "-m", "nova-alias", "hi"]).env("BEDROCK_ASK_RESOLVE", "false"), 0),
        (ask(&fake, ["--dry-run", "-m", "nova-alias", "hi"]).env("BEDROCK_ASK_RESOLVE", "maybe"), 2),
        (ask(&fake, ["--dry-run", "--no-resolve", "-m", "nova-alias", "hi"]).without_env("AWS_REGION"), 2),
        (ask(&fake, ["--dry-run", "--no-resolve", "hi"]).without_env("BEDROCK_ASK_MODEL"), 2),
    ] {
        let ran = run.run();
        assert_eq!(ran.exit(), Some(exit), "{ran}");
        assert_eq!(ran.stdout_text().contains("modelId nova-alias\n"), exit == 0, "{ran}");
    }
}

#[test]
fn an_application_profile_by_name_is_looked_up_if_the_cache_does_not_know_it() {
    let fake = FakeBedrock::start();
    let arn = fake.application_profile("chat", OPEN_WEIGHT, "eu-central-1");
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-m", "inference-profile:chat", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
    assert_eq!(called(&fake), [arn]);

    let fake = FakeBedrock::start();
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    let ran = ask(&fake, ["-m", "inference-profile:nothing", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
}

#[test]
fn the_bare_id_of_an_application_profile_is_sent_as_it_is_written() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(404, "ResourceNotFoundException", "Could not find inference profile"));
    let ran = ask(&fake, ["-m", "cec911cfa10f", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
    assert!(ran.stderr_text().starts_with("warning: `cec911cfa10f` is not a known model"), "{ran}");
    assert_eq!(called(&fake), ["cec911cfa10f"]);
    assert_eq!(bedrock_ask(["resolve", "cec911cfa10f", "--region", "us-east-1"]).run().exit(), Some(3));
}

#[test]
fn a_model_that_no_path_can_name_is_refused_before_it_is_sent_as_it_is_written() {
    let fake = FakeBedrock::start();
    for (model, expected) in [
        ("", "error: the model is empty\n"),
        (" ", "error: the model is empty\n"),
        (".", "error: `.` cannot be sent as a model ID\n"),
        ("..", "error: `..` cannot be sent as a model ID\n"),
    ] {
        for words in [
            ["--no-resolve", "-m", model, "hi"].to_vec(),
            ["--no-resolve", "-m", "x", "--fallback", model, "hi"].to_vec(),
        ] {
            let ran = bedrock_ask(["ask"].into_iter().chain(words)).env("AWS_REGION", "eu-central-1");
            let ran = ran.credentials().against(&fake).run();
            assert!(ran.exit() == Some(2) && ran.stderr_text().starts_with(expected), "{model}: {ran}");
        }
    }
}
