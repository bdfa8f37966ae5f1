//! `bedrock-ask models`: the list in each format, the effect of the flags, and the page of a model.

use serde_json::Value;

#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Ran, Run, bedrock_ask};

/// Returns a run of `bedrock-ask models` with these arguments, split at white space.
fn models(arguments: &str) -> Run {
    bedrock_ask(["models"].into_iter().chain(arguments.split_whitespace()))
}

fn objects(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.exit(), Some(0), "{ran}");
    ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn listed(arguments: &str) -> Vec<Value> {
    objects(&models(&format!("{arguments} --format json")).run())
}

/// Returns the foundation models of a list.
fn names(arguments: &str) -> Vec<String> {
    listed(arguments).iter().map(|model| model["foundationModelId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_line_is_what_resolve_gives_for_the_model_there() {
    for (region, routing) in
        [("us-east-1", "geo,in-region,global"), ("ap-northeast-1", "in-region,geo"), ("eu-west-2", "global")]
    {
        let list = listed(&format!("--region {region} --routing {routing}"));
        assert!(list.len() > 10, "{region}");
        let asked: Vec<_> = list.iter().map(|model| model["foundationModelId"].as_str().unwrap()).collect();
        let resolved = bedrock_ask(["resolve", "-", "--region", region, "--routing", routing, "--quiet"])
            .stdin(asked.join("\n"))
            .run();
        let given: Vec<_> = list.iter().map(|model| model["modelId"].as_str().unwrap()).collect();
        assert_eq!(resolved.stdout_text().lines().collect::<Vec<_>>(), given, "{region}");
    }
}

#[test]
fn a_line_into_a_pipe_has_its_fields_between_tabs() {
    let ran = models("--region us-east-1 --search nova-2-lite").run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    us.amazon.nova-2-lite-v1:0	geographic	Amazon	Nova 2 Lite	image,text,video	text	yes	1000000	0.33	2.75	active		
    ----- stderr -----
    ----- exit 0 -----
    ");
    let ran = models("--region us-east-1 --region eu-west-2 --search nova-2-lite --routing global").run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    us-east-1	global.amazon.nova-2-lite-v1:0	global	Amazon	Nova 2 Lite	image,text,video	text	yes	1000000	0.3	2.5	active		
    eu-west-2	global.amazon.nova-2-lite-v1:0	global	Amazon	Nova 2 Lite	image,text,video	text	yes	1000000	0.3	2.5	active		
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[cfg(unix)]
#[test]
fn a_table_on_a_terminal_is_no_wider_than_it_and_says_what_it_leaves_out() {
    let ran = models("--region eu-central-1 --provider anthropic").terminal([Stream::Stdout]).run();
    let lines: Vec<_> = ran.stdout_text().lines().collect();
    let titles: Vec<_> = lines[0].split("  ").map(str::trim).filter(|title| !title.is_empty()).collect();
    assert_eq!(titles, ["ID", "NAME", "$ INPUT", "$ OUTPUT"], "{ran}");
    assert!(lines.len() > 5 && lines.iter().all(|line| line.chars().count() <= 80), "{ran}");
    assert!(ran.stderr_text().starts_with("note: prices are US dollars per million tokens: third-party estimates\n"));
    assert!(ran.stderr_text().contains("note: columns hidden to fit the terminal: streaming, status, output"), "{ran}");
    let narrow = models("--region eu-central-1 --provider anthropic").terminal([Stream::Stdout]).columns(40).run();
    assert!(narrow.stdout_text().lines().all(|line| line.starts_with("ID") || !line.contains(' ')), "{narrow}");
    let page = models("claude-sonnet-4.6 --region eu-west-1").terminal([Stream::Stdout]).columns(40).run();
    assert!(
        page.stdout_text().contains("\n  price           input 3, output 15,\n                  cache read"),
        "{page}"
    );
    let quiet = models("--region eu-central-1 --provider anthropic --quiet").terminal([Stream::Stdout]).run();
    assert_eq!((quiet.stderr_text(), quiet.stdout_text()), ("", ran.stdout_text()));
}

#[test]
fn without_a_source_region_a_list_is_a_usage_error_and_the_settings_give_one() {
    let (ran, resolved) = (models("").run(), bedrock_ask(["resolve", "nova-lite"]).run());
    assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""));
    assert!(ran.stderr_text().starts_with("error: no source Region is set\n"), "{ran}");
    assert_eq!(ran.stderr, resolved.stderr);
    let by_flag = models("--region eu-north-1").run();
    assert_eq!(models("").env("AWS_REGION", "eu-north-1").run().stdout, by_flag.stdout);
    assert_eq!(models("").config("region: eu-north-1").run().stdout, by_flag.stdout);
    // A global profile is the same everywhere.
    assert!(names("--routing global").contains(&"amazon.nova-2-lite-v1:0".to_owned()));
}

#[test]
fn providers_are_found_by_what_people_call_them_and_unknown_ones_are_named_as_such() {
    let of = |name: &str| {
        let arguments = ["models", "--region", "us-east-1", "--format", "json", "--provider", name];
        let list = objects(&bedrock_ask(arguments).run());
        assert!(!list.is_empty(), "{name}");
        let mut providers: Vec<_> =
            list.iter().map(|model| model["providerName"].as_str().unwrap().to_owned()).collect();
        providers.dedup();
        providers
    };
    assert_eq!(of("AMAZON"), ["Amazon"]);
    assert_eq!(of("mistral"), ["Mistral AI"]);
    assert_eq!(of("Mistral AI"), ["Mistral AI"]);
    let ran = models("--region us-east-1 --provider amazn").run();
    assert_eq!(ran.exit(), Some(2));
    assert!(
        ran.stderr_text().starts_with("error: no model is `amazn`'s\n\n hint: the providers: AI21 Labs, Amazon, "),
        "{ran}"
    );
}

#[test]
fn chat_models_are_listed_unless_another_kind_of_content_is_asked_for() {
    let gives = |model: &Value, kind: &str| model["outputModalities"].as_array().unwrap().contains(&kind.into());
    let takes = |model: &Value, kind: &str| model["inputModalities"].as_array().unwrap().contains(&kind.into());
    let chat = listed("--region us-east-1");
    assert!(chat.iter().all(|model| gives(model, "TEXT") && takes(model, "TEXT")));
    let embedding = listed("--region us-east-1 --modality embedding");
    assert!(embedding.len() > 2 && embedding.iter().all(|model| gives(model, "EMBEDDING")));
    let image = listed("--region us-east-1 --modality Image");
    assert!(image.iter().any(|model| gives(model, "IMAGE")) && image.iter().any(|model| gives(model, "TEXT")));
    assert!(image.iter().all(|model| gives(model, "IMAGE") || (takes(model, "IMAGE") && gives(model, "TEXT"))));
    let text = listed("--region us-east-1 --modality text");
    assert_eq!(text.len(), chat.len());
    assert!(listed("--region us-east-1 --any").len() >= chat.len() + embedding.len());
    assert_eq!(models("--region us-east-1 --modality smell").run().exit(), Some(2));
}

#[test]
fn every_word_of_a_search_must_fit_id_name_or_provider() {
    assert_eq!(names("--region us-east-1 --search nova-2-lite"), ["amazon.nova-2-lite-v1:0"]);
    let run = |text: &str| bedrock_ask(["models", "--region", "us-east-1", "--search", text]).run().stdout;
    assert_eq!(run("LITE amazon Nova"), run("amazon nova lite"));
    assert!(!run("lite amazon").is_empty() && run("lite anthropic").is_empty());
    assert_eq!(run("us. claude sonnet 4.6").split(|byte| *byte == b'\n').count(), 2);
}

#[test]
fn models_that_end_are_listed_only_where_asked_for_with_what_follows_them() {
    let old = "anthropic.claude-sonnet-4-20250514-v1:0";
    assert!(!names("--region us-east-1").contains(&old.to_owned()));
    let list = listed("--region us-east-1 --legacy --search claude-sonnet-4-20250514");
    assert_eq!(list[0]["modelLifecycle"]["endOfLifeTime"], "2026-10-14");
    assert_eq!(list[0]["successorModelId"], "us.anthropic.claude-sonnet-4-6");
    assert!(names("--region us-east-1 --legacy --strict --search claude-sonnet-4-2025").is_empty());
}

#[test]
fn a_list_with_nothing_in_it_is_no_error_and_says_what_was_left_out() {
    insta::assert_snapshot!(models("--region us-east-1 --search nothing-at-all").run(), @r"
    ----- stdout -----
    ----- stderr -----
    note: no model that can be invoked from here matches
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(models("--region us-east-1 --search claude-sonnet-4-20250514").run(), @r"
    ----- stdout -----
    ----- stderr -----
    note: no such model; `--any --legacy` shows one
    ----- exit 0 -----
    ");
}

#[test]
fn json_has_the_field_names_of_aws() {
    let model = &listed("--region us-east-1 --search nova-2-lite")[0];
    for (pointer, value) in [
        ("/modelId", "us.amazon.nova-2-lite-v1:0".into()),
        ("/foundationModelId", "amazon.nova-2-lite-v1:0".into()),
        ("/modelName", "Nova 2 Lite".into()),
        ("/providerName", "Amazon".into()),
        ("/inputModalities/0", "IMAGE".into()),
        ("/outputModalities/0", "TEXT".into()),
        ("/responseStreamingSupported", true.into()),
        ("/modelLifecycle/status", "ACTIVE".into()),
        ("/modelLifecycle/endOfLifeTime", Value::Null),
        ("/region", "us-east-1".into()),
        ("/routing", "geographic".into()),
        ("/destinationRegions/0", "us-east-1".into()),
        ("/contextWindow", 1_000_000.into()),
        ("/usDollarsPerMillionTokens/input", 0.33.into()),
    ] {
        assert_eq!(model.pointer(pointer), Some(&value), "{pointer}");
    }
}

#[test]
fn csv_has_a_header_and_as_many_lines_as_there_are_models() {
    let ran = models("--region us-east-1 --format csv --search nova-2-lite").env("BEDROCK_ASK_FORMAT", "json").run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    region,modelId,foundationModelId,modelName,providerName,routing,destinationRegions,inputModalities,outputModalities,responseStreamingSupported,contextWindow,maxOutputTokens,status,endOfLifeTime,successorModelId,inputPrice,outputPrice
    us-east-1,us.amazon.nova-2-lite-v1:0,amazon.nova-2-lite-v1:0,Nova 2 Lite,Amazon,geographic,us-east-1 us-east-2 us-west-2,IMAGE TEXT VIDEO,TEXT,true,1000000,64000,ACTIVE,,,0.33,2.75
    ----- stderr -----
    ----- exit 0 -----
    ");
    let all = models("--region us-east-1 --any --legacy --format csv").run();
    assert_eq!(all.stdout_text().lines().count(), 1 + listed("--region us-east-1 --any --legacy").len());
}

#[test]
fn no_other_command_has_csv_and_none_begins_before_that_is_said() {
    for (arguments, more) in
        [(&["resolve", "nova-lite", "--format", "csv"][..], ""), (&["--format", "csv", "hello"], ", `ndjson`")]
    {
        let ran = bedrock_ask(arguments.iter().copied()).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
        let error = "error: invalid value `csv` for `--format <FORMAT>`\n\n hint: possible values: `text`, `json`";
        assert!(ran.stderr_text().starts_with(&format!("{error}{more}\n")), "{ran}");
    }
}

#[test]
fn every_region_is_listed_in_order_and_each_line_names_its_own() {
    let ran = models("--region all --search nova-2-lite").run();
    let regions: Vec<_> = ran.stdout_text().lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert!(regions.len() > 20 && regions.is_sorted() && regions.contains(&"eu-central-1"), "{ran}");
    let reversed = models("--region us-east-1 --region eu-central-1 --search nova-2-lite").run();
    assert!(reversed.stdout_text().starts_with("us-east-1\t"), "{reversed}");
}

#[test]
fn a_name_of_the_users_own_hides_no_model() {
    let aliases = "region: us-east-1\naliases:\n  amazon.nova-2-lite-v1:0: amazon.nova-pro-v1:0\n";
    let ran = models("--search nova-2-lite").config(aliases).run();
    assert!(ran.stdout_text().starts_with("us.amazon.nova-2-lite-v1:0\t"), "{ran}");
}

#[test]
fn the_page_of_a_model_is_a_matrix_of_source_regions_and_kinds_of_routing() {
    insta::assert_snapshot!(models("amazon.nova-2-lite-v1:0 --region ap-northeast-1 --region eu-west-2").run(), @r"
    ----- stdout -----
    amazon.nova-2-lite-v1:0
      name            Nova 2 Lite
      provider        Amazon
      status          active
      input           image, text, video
      output          text
      streaming       yes
      context window  1000000 tokens
      max output      64000 tokens
      price           input 0.3, output 2.5, cache read 0.075, us input 0.33, us output 2.75, global input 0.3, global output 2.5, eu input 0.429, eu output 3.597, jp input 0.396, jp output 3.311 (US dollars per million tokens; third-party estimates)
      endpoints       bedrock-runtime

    SOURCE REGION   GEOGRAPHIC  GLOBAL
    ap-northeast-1  jp* [1]     global [2]
    eu-west-2       -           global* [2]

    [1] jp.amazon.nova-2-lite-v1:0 → ap-northeast-1, ap-northeast-3
    [2] global.amazon.nova-2-lite-v1:0 → any commercial Region
    *   what `bedrock-ask resolve` gives there
    ----- stderr -----
    ----- exit 0 -----
    ");
    let everywhere = models("nova-2-lite").run();
    assert_eq!(everywhere.exit(), Some(0));
    assert!(everywhere.stdout_text().contains("\nus-east-1 "), "{everywhere}");
    // Every spelling leads to the same page.
    for spelling in [
        "us.amazon.nova-2-lite-v1:0",
        "bedrock/amazon.nova-2-lite-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0",
    ] {
        assert_eq!(models(spelling).env("AWS_REGION", "sa-east-1").run().stdout, everywhere.stdout, "{spelling}");
    }
}

#[test]
fn the_page_as_json_and_csv_holds_every_way() {
    let page = &listed("amazon.nova-2-lite-v1:0 --region eu-west-2 --region us-east-1")[0];
    let routes = page["routes"].as_array().unwrap();
    let ways: Vec<_> =
        routes.iter().map(|way| (way["region"].as_str().unwrap(), way["modelId"].as_str().unwrap())).collect();
    assert_eq!(
        ways,
        [
            ("eu-west-2", "global.amazon.nova-2-lite-v1:0"),
            ("us-east-1", "us.amazon.nova-2-lite-v1:0"),
            ("us-east-1", "global.amazon.nova-2-lite-v1:0"),
        ]
    );
    assert_eq!(routes[0]["destinationRegions"], serde_json::json!(["*"]));
    let ran = models("amazon.nova-2-lite-v1:0 --region us-east-1 --format csv").run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    region,routing,modelId,destinationRegions,invocable,inferenceProfileStatus,isResolution
    us-east-1,geographic,us.amazon.nova-2-lite-v1:0,us-east-1 us-east-2 us-west-2,true,current,true
    us-east-1,global,global.amazon.nova-2-lite-v1:0,*,true,current,false
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn models_that_bedrock_runtime_never_serves_have_a_page_and_unknown_ones_have_none() {
    let ran = models("xai.grok-4.3").run();
    assert!(
        ran.stdout_text().ends_with("\nno source Region is known from which bedrock-runtime can call it\n"),
        "{ran}"
    );
    let ran = models("amazon.nova-99-lite").run();
    assert_eq!((ran.exit(), ran.stderr_text()), (Some(3), "error: no source knows `amazon.nova-99-lite`\n"));
    assert_eq!(models("no-such-thing").run().exit(), Some(3));
    let arn = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abcdefghijkl";
    let said = format!("error: `{arn}` does not tell which model it stands for\n");
    assert_eq!(models(arn).env("AWS_REGION", "us-east-1").run().stderr_text(), said);
    assert_eq!(models("nova-lite --provider amazon").run().exit(), Some(2));
}
