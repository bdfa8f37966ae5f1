//! `bedrock-ask resolve`: stdout, stderr and the exit code.

use serde_json::{Value, json};

#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{CATALOG, Ran, Run, bedrock_ask};

const SONNET: &str = "anthropic.claude-sonnet-4-6";

/// Returns a run of `bedrock-ask resolve` with these arguments, split at white space.
fn resolve(arguments: &str) -> Run {
    bedrock_ask(["resolve"].into_iter().chain(arguments.split_whitespace()))
}

/// Runs `bedrock-ask resolve - --region us-east-1` with these lines on stdin.
fn resolve_lines(lines: impl Into<Vec<u8>>) -> Ran {
    resolve("- --region us-east-1").stdin(lines).run()
}

/// Returns the only line of a successful run.
fn id(run: Run) -> String {
    let ran = run.run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    ran.stdout_text().strip_suffix('\n').unwrap().to_owned()
}

/// Returns the block of a snapshot, without the path of this checkout.
fn without_paths(ran: &Ran) -> String {
    ran.snapshot().replace(CATALOG, "[CATALOG]")
}

fn objects(ran: &Ran) -> Vec<Value> {
    ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_spelling_leads_to_what_can_be_called_and_says_what_must_be_known() {
    for (arguments, id, said) in [
        (
            "anthropic.claude-sonnet-4-20250514-v1:0 --region us-east-1",
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "warning: `anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14; \
             use `us.anthropic.claude-sonnet-4-6`\n",
        ),
        (
            "anthropic.claude-3-5-haiku-20241022-v1:0 --region us-east-1",
            "us.anthropic.claude-3-5-haiku-20241022-v1:0",
            "warning: `anthropic.claude-3-5-haiku-20241022-v1:0` reached its end of life on 2026-06; \
             use `us.anthropic.claude-haiku-4-5-20251001-v1:0`\n",
        ),
        (
            "anthropic.claude-3-5-haiku-20241022-v1:0 --region us-west-2 --quiet",
            "us.anthropic.claude-3-5-haiku-20241022-v1:0",
            "warning: `anthropic.claude-3-5-haiku-20241022-v1:0` reached its end of life on 2026-06; \
             use `us.anthropic.claude-haiku-4-5-20251001-v1:0`\n",
        ),
        (
            "us.anthropic.claude-3-5-sonnet-20241022-v2:0 --region us-east-1",
            "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
            "warning: `anthropic.claude-3-5-sonnet-20241022-v2:0` reached its end of life on 2026-07-30; \
             use `us.anthropic.claude-sonnet-4-6`\n",
        ),
        (
            "amazon.nova-2-lite-v1:0:256k --region us-east-1",
            "us.amazon.nova-2-lite-v1:0",
            "note: the context variant `256k` is left out: inference profiles exist for `amazon.nova-2-lite-v1:0`\n",
        ),
        ("bedrock/us.anthropic.claude-sonnet-4-6 --region us-east-1", "us.anthropic.claude-sonnet-4-6", ""),
        ("bedrock/converse/anthropic.claude-sonnet-4-6 --region us-east-1", "us.anthropic.claude-sonnet-4-6", ""),
        ("bedrock/us-west-2/anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6", ""),
        (
            "us-east-1.anthropic.claude-sonnet-4-6",
            "us.anthropic.claude-sonnet-4-6",
            "note: IDs such as `us-east-1.anthropic.claude-sonnet-4-6` do not exist: \
             no inference profile begins with a Region\n",
        ),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6",
            "us.anthropic.claude-sonnet-4-6",
            "",
        ),
        ("claude-sonnet-4.6 --region eu-central-1", "eu.anthropic.claude-sonnet-4-6", ""),
        ("nova-pro --region eu-central-1", "eu.amazon.nova-pro-v1:0", ""),
    ] {
        let ran = resolve(arguments).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text()), (&*format!("{id}\n"), said), "{arguments}");
        assert_eq!(ran.exit(), Some(0), "{arguments}");
    }
    let wrapped = resolve("bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0 --region us-east-1");
    assert_eq!(id(wrapped), "us.anthropic.claude-3-5-haiku-20241022-v1:0");
}

#[test]
fn sonnet_4_6_has_another_id_in_every_geography_and_global_is_never_silent() {
    for (region, prefix) in [
        ("us-east-1", "us"),
        ("ca-central-1", "us"),
        ("eu-central-1", "eu"),
        ("eu-west-2", "eu"),
        ("ap-northeast-1", "jp"),
        ("ap-southeast-2", "au"),
        ("ap-northeast-2", "global"),
        ("sa-east-1", "global"),
    ] {
        let ran = resolve(&format!("{SONNET} --region {region}")).run();
        assert_eq!(ran.stdout_text(), format!("{prefix}.{SONNET}\n"), "{region}");
        let note = format!(
            "note: `global.{SONNET}` may run in any commercial Region; `--routing geographic,in-region` rules that out\n"
        );
        assert_eq!(ran.stderr_text(), if prefix == "global" { &note } else { "" }, "{region}");
    }
}

#[test]
fn an_id_without_its_date_names_the_model_that_was_meant_and_the_one_to_use_now() {
    insta::assert_snapshot!(resolve("us.anthropic.claude-3-5-sonnet-v2:0 --region us-east-1").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `us.anthropic.claude-3-5-sonnet-v2:0` does not exist, but `us.anthropic.claude-3-5-sonnet-20241022-v2:0` does
    cause: `anthropic.claude-3-5-sonnet-20241022-v2:0` is at its end of life

     hint: use `us.anthropic.claude-sonnet-4-6`
    ----- exit 3 -----
    ");
}

#[test]
fn what_a_careless_hand_types_is_recognised_and_never_called() {
    for (typed, hint) in [
        ("anthropic.claude-sonet-4-6", "eu.anthropic.claude-sonnet-4-6"),
        ("anthropic.claude-sonnet-4-6:0", "eu.anthropic.claude-sonnet-4-6"),
        ("anthropic.claude-sonnet-4-6-v1:0", "eu.anthropic.claude-sonnet-4-6"),
        ("anthropic.claude-haiku-4-5-20251001", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-hiku-4-5", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ] {
        let ran = resolve(&format!("{typed} --region eu-central-1")).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
        assert!(ran.stderr_text().starts_with(&format!("error: `{typed}` does not exist, but `")), "{ran}");
        assert!(ran.stderr_text().ends_with(&format!("\n hint: use `{hint}`\n")), "{ran}");
    }
    for (typed, note) in [
        ("Anthropic.Claude-Sonnet-4-6", "note: model IDs are written in lower case\n"),
        ("\"anthropic.claude-sonnet-4-6\"", ""),
        ("anthropic/claude-sonnet-4.6", ""),
        (
            "anthropic.claude-sonnet-4-6[1m]",
            "note: `[1m]` is left out: it is Claude Code's mark for the context of 1M tokens, and no part of the ID\n",
        ),
    ] {
        let ran = resolve(&format!("{typed} --region eu-central-1")).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text()), ("eu.anthropic.claude-sonnet-4-6\n", note), "{ran}");
    }
    for typed in ["us.us.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0:", "x.", "us/x.y"] {
        let ran = resolve(&format!("{typed} --region us-east-1")).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
        assert!(ran.stderr_text().starts_with(&format!("error: `{typed}` is not a model ID\n")), "{ran}");
    }
}

#[test]
fn a_new_model_is_predicted_aloud_and_strictly_refused() {
    insta::assert_snapshot!(resolve("anthropic.claude-opus-4-9 --region eu-central-1").run(), @r"
    ----- stdout -----
    eu.anthropic.claude-opus-4-9
    ----- stderr -----
    warning: `anthropic.claude-opus-4-9` is not a known model; `eu.anthropic.claude-opus-4-9` is predicted, because `anthropic.claude-opus-5-5` is invoked this way from eu-central-1
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(resolve("anthropic.claude-opus-4-9 --region eu-central-1 --strict").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-opus-4-9` is not a known model
    ----- exit 3 -----
    ");
}

#[test]
fn a_word_of_several_families_is_an_error_with_the_list() {
    insta::assert_snapshot!(resolve("nova --region eu-central-1").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `nova` matches more than one model family

     hint: the newest of each family that can be invoked from eu-central-1: `eu.amazon.nova-2-lite-v1:0`, `eu.amazon.nova-micro-v1:0`, `eu.amazon.nova-pro-v1:0`
     hint: `bedrock-ask models --search 'nova' --any --region eu-central-1` lists more
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(resolve("parrot --region eu-central-1").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: no model matches `parrot`

     hint: a model ID has the form `PUBLISHER.NAME`, in lower case; `bedrock-ask models` lists those that can be invoked
     hint: if it is a provisioned model or an application inference profile: bedrock-ask -m parrot
    ----- exit 3 -----
    ");
}

#[test]
fn several_regions_give_a_line_each_and_an_absence_is_an_error() {
    let regions = "--region us-east-1 --region eu-central-1 --region ap-northeast-1";
    insta::assert_snapshot!(resolve(&format!("amazon.nova-2-lite-v1:0 {regions}")).run(), @r"
    ----- stdout -----
    us-east-1	us.amazon.nova-2-lite-v1:0
    eu-central-1	eu.amazon.nova-2-lite-v1:0
    ap-northeast-1	jp.amazon.nova-2-lite-v1:0
    ----- stderr -----
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(resolve(&format!("meta.llama3-70b-instruct-v1:0 {regions}")).run(), @r"
    ----- stdout -----
    us-east-1	meta.llama3-70b-instruct-v1:0
    ----- stderr -----
    error: `meta.llama3-70b-instruct-v1:0` cannot be invoked from eu-central-1
    cause: in-region: `meta.llama3-70b-instruct-v1:0` from ap-south-1, ca-central-1, eu-west-2, us-east-1, us-west-2
    error: `meta.llama3-70b-instruct-v1:0` cannot be invoked from ap-northeast-1
    cause: in-region: `meta.llama3-70b-instruct-v1:0` from ap-south-1, ca-central-1, eu-west-2, us-east-1, us-west-2
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(resolve(&format!("{SONNET} --region eu-west-1 --region eu-west-1")).run(), @r"
    ----- stdout -----
    eu.anthropic.claude-sonnet-4-6
    ----- stderr -----
    ----- exit 0 -----
    ");
    let ran = resolve(&format!("amazon.nova-2-lite-v1:0:256k {regions}")).run();
    assert_eq!(ran.stderr_text().lines().count(), 1, "{ran}");
}

#[test]
fn all_regions_that_have_the_model_give_a_line_and_the_note_comes_once() {
    for word in ["all", "ALL"] {
        let ran = resolve(&format!("{SONNET} --region {word}")).run();
        let lines: Vec<_> = ran.stdout_text().lines().collect();
        assert!(lines.is_sorted() && lines.len() > 30, "{ran}");
        assert!(lines.contains(&"ap-northeast-1\tjp.anthropic.claude-sonnet-4-6"), "{ran}");
        assert!(lines.contains(&"sa-east-1\tglobal.anthropic.claude-sonnet-4-6"), "{ran}");
        assert!(!ran.stdout_text().contains("us-gov-"), "{ran}");
        assert_eq!((ran.stderr_text().lines().count(), ran.exit()), (1, Some(0)), "{ran}");
    }
    let pinned = resolve("bedrock/us-west-2/anthropic.claude-sonnet-4-6 --region all");
    assert_eq!(id(pinned), "us-west-2\tus.anthropic.claude-sonnet-4-6");
}

#[test]
fn all_regions_fail_only_where_none_has_the_model_and_name_none_of_them() {
    insta::assert_snapshot!(resolve("amazon.nova-canvas-v1:0 --region all").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `amazon.nova-canvas-v1:0` was retired on 2026-09-30
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(resolve("anthropic.claude-sonnet-4-20250514-v1:0 --region all --strict").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-sonnet-4-20250514-v1:0` cannot be invoked from any Region
    cause: `anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(resolve("anthropic.claude-opus-4-9 --region all").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-opus-4-9` is not a known model
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(resolve("us.anthropic.claude-3-5-sonnet-v2:0 --region all").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `us.anthropic.claude-3-5-sonnet-v2:0` does not exist, but `us.anthropic.claude-3-5-sonnet-20241022-v2:0` does
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(resolve("amazon.titan-embed-text-v2:0 --region all --routing global").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `amazon.titan-embed-text-v2:0` can be invoked only with routing that is not allowed
    cause: it has in-region routing (`amazon.titan-embed-text-v2:0`); the allowed routing is global

     hint: --routing global,in-region
    ----- exit 4 -----
    ");
    let both = resolve(&format!("{SONNET} --region all --region us-east-1")).run();
    assert_eq!((both.stdout_text(), both.exit()), ("", Some(2)), "{both}");
}

#[test]
fn the_order_of_routing_decides_and_what_is_left_out_is_refused() {
    let from_london = |routing| id(resolve(&format!("{SONNET} --region eu-west-2 --routing {routing}")));
    assert_eq!(from_london("geo"), "eu.anthropic.claude-sonnet-4-6");
    assert_eq!(from_london("in-region,geo"), SONNET);
    assert_eq!(from_london("global,geo"), "global.anthropic.claude-sonnet-4-6");
    insta::assert_snapshot!(resolve(&format!("{SONNET} --region sa-east-1 --routing geo,in-region")).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-sonnet-4-6` can be invoked from sa-east-1 only with routing that is not allowed
    cause: it has global routing (`global.anthropic.claude-sonnet-4-6`); the allowed routing is geographic,in-region

     hint: `--routing geographic,in-region,global` allows it; it may run in any commercial Region
    ----- exit 4 -----
    ");
    insta::assert_snapshot!(resolve("global.amazon.nova-2-lite-v1:0 --region eu-central-1 --routing geo").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `global.amazon.nova-2-lite-v1:0` has global routing, which is not allowed
    cause: the allowed routing is geographic

     hint: use `eu.amazon.nova-2-lite-v1:0`
    ----- exit 4 -----
    ");
    for routing in ["", "geo,", "Geo", "geo global", "somewhere"] {
        let ran = bedrock_ask(["resolve", SONNET, "--region", "eu-west-2", "--routing", routing]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        assert!(ran.stderr_text().contains("use geographic (or geo), in-region, global"), "{ran}");
    }
}

#[test]
fn global_routing_alone_needs_no_region() {
    assert_eq!(id(resolve(&format!("{SONNET} --routing global"))), "global.anthropic.claude-sonnet-4-6");
    let arn = resolve(&format!("{SONNET} --routing global --arn --account 111122223333")).run();
    assert_eq!((arn.stdout_text(), arn.exit()), ("", Some(2)), "{arn}");
}

#[test]
fn strictness_refuses_what_is_past_its_end_of_life() {
    insta::assert_snapshot!(resolve("anthropic.claude-sonnet-4-20250514-v1:0 --region us-east-1 --strict").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14

     hint: use `us.anthropic.claude-sonnet-4-6`
    ----- exit 3 -----
    ");
    assert_eq!(id(resolve(&format!("{SONNET} --region us-east-1 --strict"))), "us.anthropic.claude-sonnet-4-6");
}

#[test]
fn a_profile_of_another_geography_is_refused_and_repaired_on_request() {
    let wrong = "us.anthropic.claude-sonnet-4-6 --region eu-central-1";
    insta::assert_snapshot!(resolve(wrong).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `us.anthropic.claude-sonnet-4-6` cannot be invoked from eu-central-1
    cause: it can be invoked from ca-central-1, ca-west-1, us-east-1, us-east-2, us-west-1, us-west-2

     hint: use `eu.anthropic.claude-sonnet-4-6`, which may run outside of the geography that `us.` names
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(resolve(&format!("{wrong} --repair")).run(), @r"
    ----- stdout -----
    eu.anthropic.claude-sonnet-4-6
    ----- stderr -----
    warning: `us.anthropic.claude-sonnet-4-6` cannot be invoked from eu-central-1; invoking `eu.anthropic.claude-sonnet-4-6` instead, which may run outside of the geography that `us.` names
    ----- exit 0 -----
    ");
    assert_eq!(resolve(&format!("{wrong} --repair --no-repair")).run().exit(), Some(3));
}

#[test]
fn every_callable_id_is_listed_by_the_users_order() {
    insta::assert_snapshot!(resolve(&format!("{SONNET} --region eu-west-2 --all")).run(), @r"
    ----- stdout -----
    eu.anthropic.claude-sonnet-4-6	geographic
    anthropic.claude-sonnet-4-6	in-region
    global.anthropic.claude-sonnet-4-6	global
    ----- stderr -----
    ----- exit 0 -----
    ");
    let only = resolve(&format!("{SONNET} --region eu-west-2 --all --routing geo")).run();
    assert_eq!(only.stdout_text(), "eu.anthropic.claude-sonnet-4-6\tgeographic\n");
    let arns =
        resolve("amazon.nova-lite-v1:0 --region us-east-1 --region eu-west-2 --all --arn --account 111122223333");
    insta::assert_snapshot!(arns.run(), @r"
    ----- stdout -----
    us-east-1	arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0	geographic
    us-east-1	arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0	in-region
    eu-west-2	arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-lite-v1:0	in-region
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn explanations_go_to_stderr_so_that_substitution_still_works() {
    insta::assert_snapshot!(without_paths(&resolve(&format!("{SONNET} --region eu-west-2 --explain --quiet")).run()), @r"
    ----- stdout -----
    eu.anthropic.claude-sonnet-4-6
    ----- stderr -----
    anthropic.claude-sonnet-4-6 → eu.anthropic.claude-sonnet-4-6
      rule          4: a plain ID, by the order of routing
      source        catalog file [CATALOG], 2026-10-27
      source Region eu-west-2 (Europe (London))
      routing       geographic
      destinations  eu-central-1, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3
      also possible anthropic.claude-sonnet-4-6 (in-region: eu-west-2)
      also possible global.anthropic.claude-sonnet-4-6 (global: any commercial Region)
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(without_paths(&resolve("anthropic.claude-3-5-haiku-20241022-v1:0 --region us-east-1 --explain").run()), @r"
    ----- stdout -----
    us.anthropic.claude-3-5-haiku-20241022-v1:0
    ----- stderr -----
    anthropic.claude-3-5-haiku-20241022-v1:0 → us.anthropic.claude-3-5-haiku-20241022-v1:0
      rule          6: a model at or past its end of life
      source        catalog file [CATALOG], 2026-10-27
      source Region us-east-1 (US East (N. Virginia))
      routing       geographic
      destinations  us-east-1, us-east-2, us-west-2
      end of life   2026-06
    warning: `anthropic.claude-3-5-haiku-20241022-v1:0` reached its end of life on 2026-06; use `us.anthropic.claude-haiku-4-5-20251001-v1:0`
    ----- exit 0 -----
    ");
    let arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc";
    insta::assert_snapshot!(resolve(&format!("{arn} --explain")).run(), @r"
    ----- stdout -----
    arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc
    ----- stderr -----
    arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc → arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc
      rule          1: an ARN that is used as it is written
      source        as written
      source Region us-east-1 (US East (N. Virginia))
      destinations  not known
    ----- exit 0 -----
    ");
}

#[test]
fn arns_have_the_right_partition_and_need_an_account_only_for_profiles() {
    for (arguments, arn) in [
        (
            "amazon.nova-2-lite-v1:0 --region us-east-1 --arn --account 111122223333",
            "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-2-lite-v1:0",
        ),
        (
            "amazon.nova-lite-v1:0 --region eu-west-2 --arn",
            "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-lite-v1:0",
        ),
        (
            "anthropic.claude-sonnet-4-5-20250929-v1:0 --region us-gov-west-1 --arn --account 111122223333",
            "arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
    ] {
        assert_eq!(id(resolve(arguments)), arn);
    }
    insta::assert_snapshot!(resolve("amazon.nova-2-lite-v1:0 --region us-east-1 --arn").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the ARN of the inference profile `us.amazon.nova-2-lite-v1:0` needs an account

     hint: --account 111122223333
    ----- exit 2 -----
    ");
    let everywhere = resolve("amazon.nova-2-lite-v1:0 --region all --arn").run();
    assert_eq!((everywhere.stdout_text(), everywhere.exit()), ("", Some(2)), "{everywhere}");
    assert_eq!(everywhere.stderr_text().matches("error:").count(), 1, "{everywhere}");
    for account in ["", "12", "1111-2222-3333", "1111222233334", "11112222333x"] {
        let ran = bedrock_ask(["resolve", SONNET, "--region", "us-east-1", "--arn", "--account", account]).run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        assert!(ran.stderr_text().contains("must be twelve digits"), "{ran}");
    }
    assert_eq!(resolve(&format!("{SONNET} --region us-east-1 --account 111122223333")).run().exit(), Some(2));
}

#[test]
fn json_is_one_object_a_model_with_all_that_is_known() {
    let ran = resolve(&format!("{SONNET} --region eu-west-2 --format json --arn --account 111122223333")).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)));
    let [object] = &objects(&ran)[..] else { panic!("{ran}") };
    for (field, value) in [
        ("asked", json!(SONNET)),
        ("modelId", json!("eu.anthropic.claude-sonnet-4-6")),
        ("foundationModelId", json!(SONNET)),
        ("arn", json!("arn:aws:bedrock:eu-west-2:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6")),
        ("region", json!("eu-west-2")),
        ("routing", json!("geographic")),
        ("rule", json!(4)),
        ("predicted", json!(false)),
        ("endOfLifeTime", Value::Null),
        ("warnings", json!([])),
        ("notes", json!([])),
    ] {
        assert_eq!(object[field], value, "{field}");
    }
    assert_eq!(object["catalog"], json!({"source": "file", "file": CATALOG, "asOf": "2026-10-27"}));
    assert!(object["destinationRegions"].as_array().unwrap().contains(&json!("eu-west-2")));
    let ways: Vec<_> = object["alternatives"].as_array().unwrap().iter().map(|way| &way["routing"]).collect();
    assert_eq!(ways, ["in-region", "global"]);
    assert_eq!(object["alternatives"][1]["destinationRegions"], json!(["*"]));
}

#[test]
fn json_has_warnings_and_failures_as_objects_in_the_order_of_the_input() {
    let models = "anthropic.claude-sonnet-4-20250514-v1:0 us.amazon.y amazon.newcomer nova-lite";
    let ran = resolve(&format!("{models} --region eu-central-1 --format json")).run();
    let objects = objects(&ran);
    let asked: Vec<_> = objects.iter().map(|object| object["asked"].as_str().unwrap()).collect();
    assert_eq!(asked.join(" "), models);
    assert_eq!(objects[0]["endOfLifeTime"], "2026-10-14");
    assert!(objects[0]["warnings"][0].as_str().unwrap().contains("end of life"));
    assert_eq!(objects[1]["error"]["exitCode"], 3);
    assert_eq!(objects[1]["error"]["message"], "`us.amazon.y` cannot be invoked from eu-central-1");
    assert_eq!((&objects[2]["predicted"], &objects[2]["destinationRegions"]), (&json!(true), &Value::Null));
    assert_eq!(ran.exit(), Some(3));
    assert!(!ran.stderr_text().contains("warning:"), "warnings are in the objects: {ran}");
    let nowhere = self::objects(&resolve("amazon.nova-canvas-v1:0 --region all --format json").run());
    assert_eq!(nowhere.len(), 1, "{nowhere:?}");
    assert_eq!((&nowhere[0]["asked"], &nowhere[0]["region"]), (&json!("amazon.nova-canvas-v1:0"), &Value::Null));
}

#[test]
fn json_is_exactly_one_object_for_each_input_whatever_fails_first() {
    for models in ["us.amazon.y", "us.amazon.y nova-lite", "nova-lite us.amazon.y", "us.amazon.y us.amazon.z nova-lite"]
    {
        let inputs: Vec<_> = models.split(' ').collect();
        let arguments = resolve(&format!("{models} --region eu-central-1 --format json")).run();
        let lines = inputs.join("\n");
        let piped = bedrock_ask(["resolve", "-", "--region", "eu-central-1", "--format", "json"]).stdin(lines).run();
        for ran in [arguments, piped] {
            let of: Vec<_> = objects(&ran).iter().map(|object| object["asked"].as_str().unwrap().to_owned()).collect();
            assert_eq!(of, inputs, "{ran}");
        }
    }
}

#[test]
fn the_suggested_id_of_an_error_reaches_programs() {
    let models = "us.anthropic.claude-sonnet-4-6 anthropic.claude-sonet-4-6 us.amazon.y";
    for regions in ["--region eu-central-1", "--region eu-central-1 --region eu-west-1"] {
        let ran = resolve(&format!("{models} {regions} --format json")).run();
        let objects = objects(&ran);
        for model in models.split(' ') {
            let error = &objects.iter().find(|object| object["asked"] == model).unwrap()["error"];
            if model == "us.amazon.y" {
                assert_eq!(error.get("suggestion"), None, "{ran}");
            } else {
                assert_eq!(error["suggestion"], "eu.anthropic.claude-sonnet-4-6", "{ran}");
                let hint = error["hints"][0].as_str().unwrap();
                assert!(hint.starts_with("use `eu.anthropic.claude-sonnet-4-6`"), "{ran}");
            }
        }
    }
}

#[test]
fn stdin_is_answered_line_by_line_and_a_bad_line_stops_no_other() {
    let lines = "# models\n\nnova-lite\r\n  amazon.nova-pro-v1:0  \nclaude sonnet\nus.amazon.y\nnova-lite\nus.amazon.y";
    insta::assert_snapshot!(resolve_lines(lines), @r"
    ----- stdout -----
    us.amazon.nova-lite-v1:0
    us.amazon.nova-pro-v1:0
    us.amazon.y
    us.amazon.nova-lite-v1:0
    us.amazon.y
    ----- stderr -----
    error: line 5: `claude sonnet` does not exist, but `anthropic.claude-sonnet-5-5` does

     hint: use `us.anthropic.claude-sonnet-5-5`
    warning: `amazon.y` is not a known model; `us.amazon.y` is predicted
    ----- exit 3 -----
    ");
    assert_eq!(resolve_lines("us.amazon.newcomer\nanthropic.claude-sonet-4-6\nclaude sonnet\n").exit(), Some(3));
}

#[test]
fn stdin_is_read_without_a_dash_too_and_must_then_name_a_model() {
    assert_eq!(id(resolve("--region us-east-1").stdin("nova-lite")), "us.amazon.nova-lite-v1:0");
    for nothing in [resolve("--region us-east-1"), resolve("--region us-east-1").stdin("# nothing\n")] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(nothing.run(), @r"
            ----- stdout -----
            ----- stderr -----
            error: no model is given

             hint: bedrock-ask resolve amazon.nova-2-lite-v1:0
             hint: or pipe model IDs in, one per line
            ----- exit 2 -----
            ");
        }
    }
    for lines in ["", "# nothing\n\n", " \n"] {
        let ran = resolve_lines(lines);
        let said = (ran.stdout_text(), ran.stderr_text(), ran.exit());
        assert_eq!(said, ("", "error: stdin has no model ID\n", Some(2)), "{lines:?}");
        let json = resolve("- --region us-east-1 --format json").stdin(lines).run();
        let [object] = &objects(&json)[..] else { panic!("{json}") };
        assert_eq!((&object["error"]["message"], json.exit()), (&json!("stdin has no model ID"), Some(2)), "{json}");
    }
    let beside = resolve("- nova-lite --region us-east-1").run();
    assert_eq!((beside.stdout_text(), beside.exit()), ("", Some(2)), "{beside}");
}

#[test]
fn lines_that_can_be_no_model_are_errors_of_their_own() {
    let (long, blank, comment) = ("a".repeat(100_000), " ".repeat(70_000), "#".repeat(70_000));
    let mut lines = format!("{long}\nnova-lite\n{blank}nova-lite\n{comment}\n").into_bytes();
    lines.extend(b"nova\xff\nnova\x1b[31m\n\0\nnova-pro");
    insta::assert_snapshot!(resolve_lines(lines), @r"
    ----- stdout -----
    us.amazon.nova-lite-v1:0
    us.amazon.nova-pro-v1:0
    ----- stderr -----
    error: line 1: a model ID has at most 2048 characters
    error: line 3: a model ID has at most 2048 characters
    error: line 5: a model ID must be UTF-8 text
    error: line 6: a model ID cannot contain '\u{1b}'
    error: line 7: a model ID cannot contain '\0'
    ----- exit 2 -----
    ");
    let long = bedrock_ask(["resolve", &"a.".repeat(50_000), "--region", "us-east-1"]).run();
    assert_eq!((long.stderr_text(), long.exit()), ("error: a model ID has at most 2048 characters\n", Some(2)));
}

#[test]
fn answers_stream_while_stdin_stays_open() {
    let mut running = resolve("- --region us-east-1").stdin_open().spawn();
    running.write_stdin("nova-lite\n");
    running.stdout_until("us.amazon.nova-lite-v1:0\n");
    running.write_stdin("nova-pro\n");
    running.stdout_until("us.amazon.nova-pro-v1:0\n");
    running.close_stdin();
    assert_eq!(running.finish().exit(), Some(0));
}

#[test]
fn a_reader_that_has_enough_is_no_failure_and_a_full_disk_is() {
    let many = "nova-lite\n".repeat(100_000);
    let head = resolve("- --region us-east-1").stdin(many.clone()).stdout_closes_after(10).run();
    assert_eq!((head.stderr_text(), head.exit()), ("", Some(0)));
    #[cfg(unix)]
    for input in [many, "nova-lite\n".to_owned()] {
        let full = resolve("- --region us-east-1").stdin(input).stdout_to("/dev/full").run();
        let said = "error: cannot write to stdout\ncause: No space left on device (os error 28)\n";
        assert_eq!((full.stderr_text(), full.exit()), (said, Some(1)));
    }
    #[cfg(unix)]
    {
        let folder = resolve("- --region us-east-1").stdin_file(".").run();
        assert_eq!((folder.stdout_text(), folder.exit()), ("", Some(2)), "{folder}");
    }
}

#[cfg(unix)]
#[test]
fn without_a_model_a_terminal_is_not_waited_for() {
    let ran = resolve("--region us-east-1").terminal([Stream::Stdin]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    assert!(ran.stderr_text().starts_with("error: no model is given\n"), "{ran}");
    let mut typed = resolve("- --region us-east-1").terminal([Stream::Stdin]).spawn();
    typed.write_stdin("nova-lite\n");
    typed.stdout_until("us.amazon.nova-lite-v1:0\n");
    typed.write_stdin([4]);
    assert_eq!(typed.finish().exit(), Some(0));
}

#[test]
fn without_a_region_every_way_to_set_one_is_listed() {
    insta::assert_snapshot!(resolve(SONNET).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: no source Region is set

     hint: name it once: `--region eu-central-1`
     hint: or in the environment: `export AWS_REGION=eu-central-1`
     hint: or in the config file: `bedrock-ask config set region eu-central-1`
     hint: or in your AWS profile: `aws configure set region eu-central-1`
    ----- exit 2 -----
    ");
}

#[test]
fn a_region_younger_than_the_program_is_taken_with_a_note() {
    insta::assert_snapshot!(resolve(&format!("{SONNET} --region ap-southeast-8")).run(), @r"
    ----- stdout -----
    global.anthropic.claude-sonnet-4-6
    ----- stderr -----
    note: ap-southeast-8 is younger than this version of `bedrock-ask`, which knows nothing of it
    warning: it is not known whether `anthropic.claude-sonnet-4-6` can be invoked from ap-southeast-8; `global.anthropic.claude-sonnet-4-6` is predicted
    note: `global.anthropic.claude-sonnet-4-6` may run in any commercial Region; `--routing geographic,in-region` rules that out
    ----- exit 0 -----
    ");
    let strict = resolve(&format!("{SONNET} --region ap-southeast-8 --strict")).run();
    assert_eq!((strict.stdout_text(), strict.exit()), ("", Some(3)), "{strict}");
}

#[test]
fn an_unknown_region_is_refused_with_the_nearest() {
    insta::assert_snapshot!(resolve(&format!("{SONNET} --region eu-centrl-9")).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `eu-centrl-9` (flag --region) is not a known AWS Region

     hint: did you mean `eu-central-1`?
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(resolve(SONNET).env("AWS_REGION", "us-eats-1").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `us-eats-1` (environment AWS_REGION) is not a known AWS Region

     hint: did you mean `us-east-1`?
    ----- exit 2 -----
    ");
    for region in ["EU-CENTRAL-1", "eu-central-1a", "frankfurt", "eu-central-1,us-east-1", "", " "] {
        let ran = bedrock_ask(["resolve", SONNET, "--region", region]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        let twice = bedrock_ask(["resolve", SONNET, "--region", "us-east-1", "--region", region]).run();
        assert_eq!((twice.stdout_text(), twice.exit()), ("", Some(2)), "{twice}");
    }
}

#[test]
fn the_source_region_comes_from_the_nearest_that_names_one() {
    let environment = [
        ("BEDROCK_ASK_REGION", "ap-northeast-1"),
        ("AWS_REGION", "ap-southeast-2"),
        ("AWS_DEFAULT_REGION", "ca-central-1"),
    ];
    let model = "amazon.nova-lite-v1:0";
    let mut run = vec![resolve(&format!("{model} --region eu-central-1"))];
    run.extend((0..4).map(|_| resolve(model)));
    let mut found = Vec::new();
    for (skipped, run) in run.into_iter().enumerate() {
        let from = skipped.saturating_sub(1);
        let run = environment[from..].iter().fold(run, |run, (name, region)| run.env(name, *region));
        found.push(id(run.config("region: eu-west-2")));
    }
    assert_eq!(
        found,
        [
            "eu.amazon.nova-lite-v1:0",
            "apac.amazon.nova-lite-v1:0",
            "apac.amazon.nova-lite-v1:0",
            "ca.amazon.nova-lite-v1:0",
            model
        ]
    );
    let profile = resolve(model).file(".aws/config", "[default]\nregion = us-east-1\n");
    assert_eq!(id(profile), "us.amazon.nova-lite-v1:0");
}

#[test]
fn an_alias_is_looked_up_first_and_the_environment_adds_to_the_file() {
    let config = "region: eu-central-1\naliases: {fast: amazon.nova-2-lite-v1:0, claude: haiku}\n";
    assert_eq!(id(resolve("fast").config(config)), "eu.amazon.nova-2-lite-v1:0");
    assert!(id(resolve("claude").config(config)).contains("haiku"));
    let overridden = resolve("fast").config(config).env("BEDROCK_ASK_ALIASES", "fast=nova-pro");
    assert_eq!(id(overridden), "eu.amazon.nova-pro-v1:0");
    let wrong = resolve("slow").config("region: eu-central-1\naliases: {slow: us.amazon.nova-pro-v1:0}\n").run();
    assert_eq!(wrong.exit(), Some(3), "{wrong}");
}

#[test]
fn a_region_in_the_spelling_beats_the_environment_and_contradicts_a_flag() {
    let path = "bedrock/us-west-2/anthropic.claude-sonnet-4-6";
    insta::assert_snapshot!(resolve(path).env("AWS_REGION", "eu-central-1").run(), @r"
    ----- stdout -----
    us.anthropic.claude-sonnet-4-6
    ----- stderr -----
    note: the Region in `bedrock/us-west-2/anthropic.claude-sonnet-4-6` overrides the source Region eu-central-1
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(resolve(&format!("{path} --region eu-central-1")).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `--region eu-central-1` contradicts the Region in `bedrock/us-west-2/anthropic.claude-sonnet-4-6`

     hint: leave the flag out, or write `--region us-west-2`
    ----- exit 2 -----
    ");
}

#[test]
fn an_arn_is_unwrapped_or_called_as_it_stands_and_belongs_to_its_region() {
    let arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2";
    assert_eq!(id(resolve(arn)), arn);
    assert_eq!(id(resolve(&format!("{arn} --all"))), format!("{arn}\tas written"));
    let profile = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-pro-v1:0";
    assert_eq!(id(resolve(profile)), "eu.amazon.nova-pro-v1:0");
    insta::assert_snapshot!(resolve(arn).env("AWS_REGION", "eu-central-1").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2` belongs to us-east-1, and the source Region is eu-central-1

     hint: --region us-east-1
    ----- exit 2 -----
    ");
    for unusable in [
        "arn:aws",
        "arn:aws:s3:::bucket/key",
        "arn:aws:bedrock:us-east-1:111122223333:guardrail/g",
        "arn:aws-us-gov:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6",
        "arn:aws:bedrock:us-eats-1::foundation-model/anthropic.claude-sonnet-4-6",
    ] {
        let ran = resolve(unusable).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    }
}

#[test]
fn the_exit_code_is_the_first_failures() {
    for (models, exit) in [
        ("nova-lite nova-pro", 0),
        ("nova-lite us.amazon.y global.amazon.nova-2-lite-v1:0", 3),
        ("global.amazon.nova-2-lite-v1:0 us.amazon.y nova-lite", 4),
        ("arn:aws us.amazon.y", 2),
    ] {
        let ran = resolve(&format!("{models} --region eu-central-1 --routing geo,in-region")).run();
        assert_eq!(ran.exit(), Some(exit), "{ran}");
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_a_usage_error() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let model = OsString::from_vec(b"anthropic.claude-sonnet-4-6\xff".to_vec());
    let ran = bedrock_ask([OsString::from("resolve"), model, "--region=us-east-1".into()]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
}

#[test]
fn colour_is_for_terminals_or_for_who_asks() {
    let warned = "anthropic.claude-sonnet-4-20250514-v1:0 --region us-east-1";
    let colour = |run: Run| run.run().stderr_text().starts_with('\u{1b}');
    assert!(!colour(resolve(warned)));
    assert!(colour(resolve(&format!("{warned} --color always"))));
    assert!(colour(resolve(warned).env("CLICOLOR_FORCE", "1")));
    assert!(!colour(resolve(&format!("{warned} --color never")).env("CLICOLOR_FORCE", "1")));
    #[cfg(unix)]
    {
        assert!(colour(resolve(warned).terminal([Stream::Stderr])));
        assert!(!colour(resolve(warned).terminal([Stream::Stderr]).env("NO_COLOR", "1")));
        assert!(!colour(resolve(warned).terminal([Stream::Stderr]).env("CLICOLOR", "0")));
        assert!(!colour(resolve(&format!("{warned} --color never")).terminal([Stream::Stderr])));
        let escape = bedrock_ask(["resolve", SONNET, "--region", "\u{1b}[31m"]).terminal([Stream::Stderr]).run();
        assert!(!escape.stderr_text().contains("\u{1b}[31m"), "{escape}");
    }
}

#[test]
fn a_region_without_an_endpoint_is_named_as_one() {
    let run = |model: &str, region: &str| bedrock_ask(["resolve", model, "--region", region]).run();
    for region in ["ap-east-1", "me-west-1", "cn-north-1"] {
        for model in ["amazon.nova-lite-v1:0", "nova-lite", "eu.amazon.nova-lite-v1:0", "anthropic.claude-opus-9-9"] {
            let ran = run(model, region);
            let why = format!("cause: Bedrock has no endpoint in {region}\n");
            assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(3)), "{ran}");
            assert!(ran.stderr_text().contains(&why), "{ran}");
        }
        let ask = bedrock_ask(["--region", region, "hi"]).credentials().run();
        assert_eq!((ask.stdout_text(), ask.exit()), ("", Some(3)), "{ask}");
        assert!(ask.stderr_text().contains("Bedrock has no endpoint in"), "{ask}");
    }
    insta::assert_snapshot!(run("anthropic.claude-opus-9-9", "ap-east-1"), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-opus-9-9` cannot be invoked from ap-east-1
    cause: Bedrock has no endpoint in ap-east-1

     hint: `bedrock-ask models --region all` lists the Regions
    ----- exit 3 -----
    ");
    let near = run("amazon.nova-lite-v1:0", "eu-central-1");
    assert!(!near.stderr_text().contains("endpoint"), "{near}");
}
