//! `bedrock-ask regions`: which Regions are listed, the facts about each, and each form of output.

use serde_json::{Value, json};

use crate::fake_bedrock::{FakeBedrock, list_foundation_models, list_inference_profiles};
#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Home, Run, bedrock_ask};

/// Returns a run of `bedrock-ask regions` with these arguments, split at white space.
fn regions(arguments: &str) -> Run {
    bedrock_ask(["regions"].into_iter().chain(arguments.split_whitespace()))
}

fn objects(run: Run) -> Vec<Value> {
    let ran = run.argument("--format=json").run();
    assert_eq!((ran.exit(), ran.stderr_text()), (Some(0), ""), "{ran}");
    ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the distinct partitions of a list.
fn partitions(run: Run) -> Vec<String> {
    let mut names: Vec<_> =
        objects(run).iter().map(|region| region["partition"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn the_regions_are_those_of_the_partition_in_force() {
    assert_eq!(partitions(regions("")), ["aws"]);
    assert_eq!(partitions(regions("").env("AWS_REGION", "eu-central-1")), ["aws"]);
    assert_eq!(partitions(regions("").env("AWS_REGION", "us-gov-west-1")), ["aws-us-gov"]);
    assert_eq!(partitions(regions("--region cn-north-1")), ["aws-cn"]);
    assert_eq!(partitions(regions("--region eu-west-1 --region us-gov-east-1")), ["aws", "aws-us-gov"]);
    let every = ["aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-f", "aws-us-gov"];
    assert_eq!(partitions(regions("--region all").env("AWS_REGION", "us-gov-west-1")), every);
}

#[test]
fn each_region_has_its_facts_and_the_number_of_models_that_catalog_counts() {
    let list = objects(regions("--region all"));
    let named = |name: &str| list.iter().find(|region| region["region"] == name).unwrap_or_else(|| panic!("{name}"));
    let without_count = |name: &str| {
        let mut region = named(name).clone();
        region.as_object_mut().unwrap().remove("modelCount");
        region
    };
    assert_eq!(
        without_count("eu-central-1"),
        json!({"region": "eu-central-1", "title": "Europe (Frankfurt)", "partition": "aws", "hasEndpoint": true,
               "usualRouting": "geographic", "usualPrefix": "eu."})
    );
    assert_eq!(
        without_count("af-south-1"),
        json!({"region": "af-south-1", "title": "Africa (Cape Town)", "partition": "aws", "hasEndpoint": true,
               "usualRouting": "global", "usualPrefix": "global."})
    );
    assert_eq!(
        *named("cn-north-1"),
        json!({"region": "cn-north-1", "title": "China (Beijing)", "partition": "aws-cn", "hasEndpoint": false,
               "usualRouting": null, "usualPrefix": null, "modelCount": 0})
    );
    // Bedrock is there, but no source says with which models.
    let unknown = named("eusc-de-east-1");
    assert_eq!((&unknown["hasEndpoint"], &unknown["modelCount"]), (&json!(true), &Value::Null));
    let counted = bedrock_ask(["catalog", "--format", "json"]).run();
    for line in counted.stdout_text().lines() {
        let counted: Value = serde_json::from_str(line).unwrap();
        let region = named(counted["region"].as_str().unwrap());
        assert_eq!(region["modelCount"].as_u64().unwrap_or(0), counted["modelCount"].as_u64().unwrap(), "{region}");
    }
    assert!(named("us-east-1")["modelCount"].as_u64().unwrap() > 50);
}

#[test]
fn a_line_into_a_pipe_has_its_fields_between_tabs() {
    let ran = regions("--region us-gov-west-1").run();
    let lines: Vec<_> = ran.stdout_text().lines().map(|line| line.split('\t').collect::<Vec<_>>()).collect();
    assert_eq!(lines.len(), 2, "{ran}");
    assert_eq!(
        lines[1][..6],
        ["us-gov-west-1", "AWS GovCloud (US-West)", "aws-us-gov", "yes", "geographic", "us-gov."]
    );
    assert!(lines[1][6].parse::<usize>().unwrap() > 0, "{ran}");
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)));
}

#[cfg(unix)]
#[test]
fn a_table_on_a_terminal_is_no_wider_than_it_and_says_what_it_leaves_out() {
    let ran = regions("").terminal([Stream::Stdout]).run();
    let lines: Vec<_> = ran.stdout_text().lines().collect();
    assert!(lines[0].starts_with("REGION ") && lines[0].ends_with("  PREFIX   MODELS"), "{ran}");
    assert!(lines.len() > 30 && lines.iter().all(|line| line.chars().count() <= 80), "{ran}");
    assert!(lines.iter().any(|line| line.starts_with("eu-central-1 ") && line.contains("Europe (Frankfurt)")), "{ran}");
    let note = "note: columns hidden to fit the terminal: routing; `--format json` has all\n";
    assert_eq!(ran.stderr_text(), note);
}

#[test]
fn what_aws_listed_is_counted_and_nothing_is_sent() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.in_region("us-east-1");
    let run = |arguments: &[&str]| {
        let ran = bedrock_ask(arguments.iter().copied()).home(&home).credentials().against(&fake).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        let lines = ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap());
        let lines: Vec<Value> = lines.collect();
        lines.iter().find(|line| line["region"] == "us-east-1").unwrap()["modelCount"].clone()
    };
    let before = run(&["regions", "--format", "json"]);
    fake.expect(list_foundation_models());
    fake.expect_repeatedly(list_inference_profiles());
    run(&["catalog", "refresh", "--region", "us-east-1", "--format", "json"]);
    let after = run(&["regions", "--format", "json"]);
    assert_eq!(after, run(&["catalog", "--format", "json"]));
    assert_ne!(before, after);
}
