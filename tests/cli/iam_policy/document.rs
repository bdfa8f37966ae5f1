//! The documents of `iam-policy`: one on stdout, or each in a file; and the account that `--live` fills in.

use serde_json::Value;

use crate::fake_bedrock::*;
use crate::harness::{Home, Ran, bedrock_ask};

const SONNET: &str = "anthropic.claude-sonnet-4-6";
const HAIKU: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";

fn in_home(home: &Home, arguments: &str) -> Ran {
    bedrock_ask(["iam-policy"].into_iter().chain(arguments.split_whitespace())).home(home).run()
}

#[test]
fn every_kind_of_policy_is_one_document_on_stdout() {
    let home = Home::new();
    for arguments in [
        "",
        "--batch-role",
        "--batch-role=permissions",
        "--batch-role=trust",
        "--scp",
        "--scp=exempt",
        "--scp=regions",
        "--scp=block-global",
    ] {
        for format in ["text", "json"] {
            let ran = in_home(&home, &format!("{SONNET} --region eu-central-1 --format {format} {arguments}"));
            let document: Value = serde_json::from_str(ran.stdout_text()).unwrap_or_else(|_| panic!("{ran}"));
            assert_eq!(document["Version"], "2012-10-17", "{ran}");
            assert!(document["Statement"].as_array().is_some_and(|statements| !statements.is_empty()), "{ran}");
        }
    }
}

#[test]
fn without_an_inference_profile_the_regions_are_what_can_be_exempt() {
    let home = Home::new();
    let plain = "amazon.nova-micro-v1:0 --region eu-west-2 --format json";
    let bare = in_home(&home, &format!("{plain} --scp"));
    assert_eq!(bare.stdout_text(), in_home(&home, &format!("{plain} --scp=regions")).stdout_text());
    insta::assert_snapshot!(in_home(&home, "amazon.nova-micro-v1:0 --region eu-west-2 --scp=exempt"), @r"
----- stdout -----
----- stderr -----
error: no inference profile is invoked, so there is nothing to exempt

 hint: --scp=regions
----- exit 2 -----
");
}

#[test]
fn documents_are_written_to_files_of_their_own() {
    let home = Home::new();
    let of = |arguments: &str| in_home(&home, &format!("{SONNET} --region eu-central-1 {arguments}"));
    let role = of("--batch-role -o new/role -q");
    assert_eq!((role.stdout_text(), role.exit()), ("new/role/trust-policy.json\nnew/role/policy.json\n", Some(0)));
    let trust: Value = serde_json::from_str(&home.read_here("new/role/trust-policy.json")).unwrap();
    assert_eq!(trust["Statement"][0]["Action"], "sts:AssumeRole");
    assert_eq!(home.read_here("new/role/policy.json"), of("--batch-role").stdout_text());

    let scp = of("--scp -o scp --format json -q");
    assert_eq!(scp.stdout_text(), "{\"file\":\"scp/scp-exempt.json\"}\n{\"file\":\"scp/scp-regions.json\"}\n");
    assert_eq!(home.read_here("scp/scp-exempt.json"), of("--scp --format json").stdout_text());
    assert_eq!(home.read_here("scp/scp-regions.json"), of("--scp=regions --format json").stdout_text());
    assert_eq!(of("--scp=regions -o other -q").stdout_text(), "other/scp-regions.json\n");

    assert_eq!(of("--format terraform -o iac -q").stdout_text(), "iac/policy.tf\n");
    assert_eq!(of("--format cloudformation -o iac -q").stdout_text(), "iac/policy.yaml\n");
    assert_eq!(home.read_here("iac/policy.tf"), of("--format terraform").stdout_text());
}

#[test]
fn a_file_of_an_earlier_run_is_not_taken_for_a_part() {
    let home = Home::new();
    let everywhere = in_home(&home, &format!("{SONNET} --routing global --region all -o out -q"));
    let files: Vec<_> = (1..=5).map(|number| format!("out/policy-{number}.json\n")).collect();
    assert_eq!(everywhere.stdout_text(), files.concat());
    home.write_here("out/policy-notes.json", b"{}");
    let here = in_home(&home, &format!("{SONNET} --region eu-central-1 --account 111122223333 -o out"));
    let warnings: Vec<_> = (1..=5)
        .map(|number| {
            format!("warning: `out/policy-{number}.json` is from an earlier run, and is not one of these policies\n")
        })
        .collect();
    assert_eq!((here.stdout_text(), here.stderr_text()), ("out/policy.json\n", warnings.concat().as_str()));
}

#[test]
fn a_directory_that_cannot_be_written_leaves_nothing() {
    let home = Home::new();
    home.write_here("file", b"kept");
    let ran = in_home(&home, &format!("{SONNET} --region eu-central-1 -o file"));
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)));
    assert!(ran.stderr_text().starts_with("error: cannot write `file`\ncause: "), "{ran}");
    assert_eq!(home.read_here("file"), "kept");
    assert_eq!(in_home(&home, &format!("{SONNET} --region eu-central-1 --check x -o out")).exit(), Some(2));
}

/// Runs `iam-policy --live` from `us-east-1` with credentials.
fn live(fake: &FakeBedrock, arguments: &str) -> Ran {
    fake.allow(list_inference_profiles());
    fake.allow(list_foundation_models());
    let fixed = ["iam-policy", "--live", "--region", "us-east-1"];
    bedrock_ask(fixed.into_iter().chain(arguments.split_whitespace())).credentials().against(fake).run()
}

#[test]
fn live_takes_the_account_from_sts() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    let ran = live(&fake, HAIKU);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stdout_text().contains(":us-east-1:111122223333:inference-profile/us."), "{ran}");
    assert!(!ran.stdout_text().contains("ACCOUNT_ID") && !ran.stderr_text().contains("ACCOUNT_ID"), "{ran}");
}

#[test]
fn an_account_that_is_given_is_not_asked_for() {
    let fake = FakeBedrock::start();
    let ran = live(&fake, &format!("{HAIKU} --account 444455556666"));
    assert!(ran.stdout_text().contains(":us-east-1:444455556666:inference-profile/us."), "{ran}");
    assert_eq!(live(&fake, &format!("{HAIKU} --scp")).exit(), Some(0));
}

#[test]
fn an_account_that_cannot_be_known_is_no_placeholder() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity().fails(
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ));
    let ran = live(&fake, HAIKU);
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(5)), "{ran}");
    assert!(ran.stderr_text().contains(" hint: --account 111122223333"), "{ran}");
}
