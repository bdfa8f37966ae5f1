//! The choice of the model: the default, aliases, settings, repaired IDs, and what is refused before anything is sent.

use super::*;

/// Returns the ID that was invoked, from the path of the only request.
fn called(fake: &FakeBedrock) -> String {
    fake.requests().last().expect("a request").segments()[1].clone()
}

fn plain<'w>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'w str>) -> Run {
    ask(fake, words).without_env("BEDROCK_ASK_MODEL")
}

#[test]
fn the_model_comes_from_the_flag_the_environment_the_file_or_the_default() {
    let fake = FakeBedrock::start();
    let config = "model: nova-lite\naliases: {fast: amazon.nova-2-lite-v1:0, small: openai.gpt-oss-20b-1:0}";
    for (run, id) in [
        (plain(&fake, ["hi"]), "eu.amazon.nova-2-lite-v1:0"),
        (plain(&fake, ["hi"]).config(config), "eu.amazon.nova-lite-v1:0"),
        (plain(&fake, ["hi"]).config(config).env("BEDROCK_ASK_MODEL", "small"), "openai.gpt-oss-20b-1:0"),
        (plain(&fake, ["-m", "fast", "hi"]).config(config), "eu.amazon.nova-2-lite-v1:0"),
        (plain(&fake, ["-m", "bedrock/eu.amazon.nova-lite-v1:0", "hi"]), "eu.amazon.nova-lite-v1:0"),
        (plain(&fake, ["-m", "nova-2-lite", "--routing", "global", "hi"]), "global.amazon.nova-2-lite-v1:0"),
    ] {
        fake.expect(converse_stream());
        let ran = run.run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
        assert_eq!(called(&fake), id);
    }
}

#[test]
fn a_model_that_cannot_chat_is_refused_with_one_that_can() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["-m", "amazon.titan-embed-text-v2:0", "hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `amazon.titan-embed-text-v2:0` cannot chat: its output is embedding

     hint: use a model that can: `eu.amazon.nova-2-lite-v1:0`
    ----- exit 2 -----
    ");
    for model in ["cohere.embed-v4:0", "amazon.titan-embed-image-v1"] {
        let ran = ask(&fake, ["-m", model, "--region", "us-east-1", "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        assert!(
            ran.stderr_text().contains("cannot chat") && ran.stderr_text().contains("use a model that can"),
            "{ran}"
        );
    }
}

#[test]
fn a_profile_of_another_geography_is_refused_with_the_right_one() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["-m", "us.amazon.nova-2-lite-v1:0", "hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `us.amazon.nova-2-lite-v1:0` cannot be invoked from eu-central-1
    cause: it can be invoked from ca-central-1, ca-west-1, us-east-1, us-east-2, us-west-1, us-west-2

     hint: use `eu.amazon.nova-2-lite-v1:0`, which may run outside of the geography that `us.` names
     hint: `--repair` does that
    ----- exit 3 -----
    ");
    assert!(fake.requests().is_empty());
    insta::assert_snapshot!(ask(&fake, ["-m", "us.amazon.nova-2-lite-v1:0", "--no-repair", "hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `us.amazon.nova-2-lite-v1:0` cannot be invoked from eu-central-1
    cause: it can be invoked from ca-central-1, ca-west-1, us-east-1, us-east-2, us-west-1, us-west-2

     hint: use `eu.amazon.nova-2-lite-v1:0`, which may run outside of the geography that `us.` names
    ----- exit 3 -----
    ");
}

#[test]
fn routing_that_the_user_left_out_is_never_used_and_has_its_own_exit_code() {
    let fake = FakeBedrock::start();
    let words =
        ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0", "--region", "sa-east-1", "--routing", "geo,in-region"];
    insta::assert_snapshot!(ask(&fake, words).argument("hi").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-haiku-4-5-20251001-v1:0` can be invoked from sa-east-1 only with routing that is not allowed
    cause: it has global routing (`global.anthropic.claude-haiku-4-5-20251001-v1:0`); the allowed routing is geographic,in-region

     hint: `--routing geographic,in-region,global` allows it; it may run in any commercial Region
    ----- exit 4 -----
    ");
}

#[test]
fn global_routing_that_nobody_named_comes_with_a_note() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let words = ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0", "--region", "sa-east-1", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `global.anthropic.claude-haiku-4-5-20251001-v1:0` may run in any commercial Region; `--routing geographic,in-region` rules that out
    ----- exit 0 -----
    ");
}

#[test]
fn a_model_past_its_end_of_life_is_warned_of_and_refused_under_strict() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let words = ["--no-repair", "-m", "anthropic.claude-3-5-haiku-20241022-v1:0", "--region", "us-east-1", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @"
    ----- stdout -----
    ----- stderr -----
    warning: `anthropic.claude-3-5-haiku-20241022-v1:0` reached its end of life on 2026-06; use `us.anthropic.claude-haiku-4-5-20251001-v1:0`
    error: `us.anthropic.claude-3-5-haiku-20241022-v1:0` reached its end of life on 2026-06
      aws: ResourceNotFoundException: This model version has reached the end of its life. Please refer to the AWS documentation for more details.
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: use `us.anthropic.claude-haiku-4-5-20251001-v1:0`
    ----- exit 3 -----
    ");
    let ran = ask(&fake, words).argument("--strict").run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
}

#[test]
fn a_model_that_aws_has_forgotten_leads_to_the_one_that_follows_it() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "The provided model identifier is invalid."));
    let words = ["--no-repair", "-q", "-m", "anthropic.claude-3-5-sonnet-20240620-v1:0", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @"
    ----- stdout -----
    ----- stderr -----
    warning: `anthropic.claude-3-5-sonnet-20240620-v1:0` reached its end of life on 2026-07-30; use `eu.anthropic.claude-sonnet-4-6`
    error: `eu.anthropic.claude-3-5-sonnet-20240620-v1:0` cannot be invoked from eu-central-1
      aws: ValidationException: The provided model identifier is invalid.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the Region was eu-central-1: an inference profile can be invoked only from its source Regions

     hint: use `eu.anthropic.claude-sonnet-4-6`, its successor
    ----- exit 3 -----
    ");
}

#[test]
fn a_model_that_is_nowhere_near_is_refused_and_nothing_is_sent() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["-m", "deepseek.r1-v1:0", "hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `deepseek.r1-v1:0` cannot be invoked from eu-central-1
    cause: geographic: `us.deepseek.r1-v1:0` from us-east-1, us-east-2, us-west-2
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["-m", "anthropic.claude-haiku-4-5-20251001-v2:0", "hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-haiku-4-5-20251001-v2:0` does not exist, but `anthropic.claude-haiku-4-5-20251001-v1:0` does

     hint: use `eu.anthropic.claude-haiku-4-5-20251001-v1:0`
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["-m", "nova", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `nova` matches more than one model family

     hint: the newest of each family that can be invoked from eu-central-1: `eu.amazon.nova-2-lite-v1:0`, `eu.amazon.nova-micro-v1:0`, `eu.amazon.nova-pro-v1:0`
     hint: `bedrock-ask models --search 'nova' --any --region eu-central-1` lists more
    ----- exit 3 -----
    ");
}

#[test]
fn a_model_that_nobody_knows_is_asked_as_predicted_and_refused_under_strict() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "The provided model identifier is invalid."));
    insta::assert_snapshot!(ask(&fake, ["--no-repair", "-m", "anthropic.brilliant-9-v1:0", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    warning: `anthropic.brilliant-9-v1:0` is not a known model; `eu.anthropic.brilliant-9-v1:0` is predicted, because `anthropic.claude-sonnet-5-5` is invoked this way from eu-central-1
    error: `eu.anthropic.brilliant-9-v1:0` cannot be invoked from eu-central-1
      aws: ValidationException: The provided model identifier is invalid.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the Region was eu-central-1: an inference profile can be invoked only from its source Regions

     hint: `bedrock-ask resolve eu.anthropic.brilliant-9-v1:0 --region eu-central-1 --explain` prints the ID of the model there
    ----- exit 3 -----
    ");
    let ran = ask(&fake, ["-m", "anthropic.brilliant-9-v1:0", "--strict", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
}

#[test]
fn the_name_of_a_resource_is_sent_as_it_is_written_and_a_mistyped_model_is_not() {
    let fake = FakeBedrock::start();
    for name in ["a1b2c3d4e5f6", "my-throughput"] {
        fake.expect(converse_stream().fails(400, "ValidationException", "The provided model identifier is invalid."));
        let ran = ask(&fake, ["--no-repair", "-m", name, "hi"]).run();
        assert!(
            ran.stderr_text().starts_with(&format!("warning: `{name}` is not a known model; invoking it as the ")),
            "{ran}"
        );
        assert_eq!(called(&fake), name);
    }
    for name in ["hiaku", "gpt-4o", "claude-haiku-4", "no.such"] {
        let ran = ask(&fake, ["-m", name, "--strict", "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
    }
    for name in ["hiaku", "gpt-4o", "claude-haiku-4"] {
        let ran = ask(&fake, ["-m", name, "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
    }
}
