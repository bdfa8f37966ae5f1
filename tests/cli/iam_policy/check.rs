//! `iam-policy --check` on policies as people have them.

use serde_json::{Value, json};

use crate::harness::{Home, Ran, bedrock_ask};

const SONNET: &str = "us.anthropic.claude-sonnet-4-6";
const PROFILE: &str = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6";

fn check_on(stdin: impl Into<Vec<u8>>, arguments: &str) -> Ran {
    let fixed = ["iam-policy", "--account", "111122223333", "--check", "-"];
    bedrock_ask(fixed.into_iter().chain(arguments.split_whitespace())).stdin(stdin).run()
}

fn check(policy: &Value) -> Ran {
    check_on(policy.to_string(), &format!("{SONNET} --region us-east-1 --for converse"))
}

fn allowing(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

/// Returns the reasons that the lines of a check give, each once.
fn reasons(ran: &Ran) -> Vec<&str> {
    let mut reasons: Vec<_> = ran.stdout_text().lines().filter_map(|line| line.rsplit('\t').next()).collect();
    reasons.dedup();
    reasons
}

#[test]
fn what_the_aws_cli_prints_around_a_policy_is_read_from_stdin() {
    let policy = allowing("bedrock:*", "*");
    let ran = check(&json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": policy}));
    insta::assert_snapshot!(ran, @r"
----- stdout -----
----- stderr -----
note: stdin allows all 4 requests
----- exit 0 -----
");
    let version = json!({"PolicyVersion": {"Document": policy, "VersionId": "v1", "IsDefaultVersion": true}});
    assert_eq!(check(&version).exit(), Some(0));
    let shown = Value::from(policy.to_string());
    assert_eq!(check(&shown).exit(), Some(0));
}

#[test]
fn a_policy_that_a_terraform_plan_deletes_allows_nothing() {
    let document = allowing("bedrock:*", "*").to_string();
    let change = json!({"actions": ["delete"], "before": {"policy": document}, "after": null});
    let ran = check(&json!({
        "planned_values": {"root_module": {}},
        "resource_changes": [{"address": "aws_iam_policy.a", "type": "aws_iam_policy", "change": change}],
        "prior_state": {"values": {"policy": document}},
    }));
    insta::assert_snapshot!(ran, @r"
----- stdout -----
----- stderr -----
error: stdin is not a policy document
cause: the plan deletes `aws_iam_policy.a`
----- exit 2 -----
");
}

#[test]
fn a_version_that_is_not_in_force_is_warned_of() {
    let policy = allowing("bedrock:*", "*");
    let version = json!({"PolicyVersion": {"Document": policy, "VersionId": "v1", "IsDefaultVersion": false}});
    insta::assert_snapshot!(check(&version), @r"
----- stdout -----
----- stderr -----
warning: version `v1` of the policy is not in force, since it is not the default version
note: stdin allows all 4 requests
----- exit 0 -----
");
}

#[test]
fn a_member_that_is_given_twice_is_refused() {
    for (member, text) in [
        ("Effect", r#"{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}"#),
        (
            "Condition",
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"b"}},"Condition":{}}]}"#,
        ),
    ] {
        let twice = format!("cause: the member `{member}` is given twice");
        for printed in [text.to_owned(), json!({"policy": text}).to_string()] {
            let ran = check_on(printed, &format!("{SONNET} --region us-east-1"));
            assert!(ran.stderr_text().contains(&twice) && ran.exit() == Some(2), "{ran}");
        }
    }
}

#[test]
fn a_file_with_a_byte_order_mark_is_read() {
    let home = Home::new();
    let policy = allowing("bedrock:*", "*").to_string();
    let utf_16: Vec<u8> = std::iter::once(0xfeff).chain(policy.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [format!("\u{feff}{policy}").into_bytes(), utf_16] {
        let arguments = format!("iam-policy {SONNET} --region us-east-1 --account 111122223333 --check policy.json");
        let ran = bedrock_ask(arguments.split_whitespace()).home(&home).file_here("policy.json", &bytes).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
    }
    let ran = check_on(format!("\u{feff}{policy}"), &format!("{SONNET} --region us-east-1"));
    assert_eq!(ran.exit(), Some(0), "{ran}");
}

#[test]
fn what_has_no_policy_says_what_it_has() {
    for (text, cause) in [
        ("", "there is nothing in it"),
        ("[1", "it is not JSON: EOF while parsing a list at line 1 column 2"),
        (
            r#"{"Role": {"AssumeRolePolicyDocument": {"Statement": []}}}"#,
            "it has only a trust policy, which says who may assume the role",
        ),
    ] {
        let ran = check_on(text, &format!("{SONNET} --region us-east-1"));
        let expected = format!("error: stdin is not a policy document\ncause: {cause}\n");
        assert_eq!((ran.stderr_text(), ran.exit()), (expected.as_str(), Some(2)));
    }
}

#[test]
fn what_is_not_json_says_what_it_looks_like() {
    let home = Home::new();
    for (text, cause) in [
        (
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Role:\n    Type: AWS::IAM::Role\n",
            "cause: it looks like a CloudFormation template in YAML, and only JSON is read\n",
        ),
        ("Version: '2012-10-17'\nStatement:\n- Effect: Allow\n", "cause: it looks like YAML, and only JSON is read\n"),
        ("an administrator has everything", ""),
    ] {
        let arguments = format!("iam-policy {SONNET} --region us-east-1 --account 111122223333 --check policy.yaml");
        let ran = bedrock_ask(arguments.split_whitespace()).home(&home).file_here("policy.yaml", text.as_bytes()).run();
        let expected = format!(
            "error: `policy.yaml` is not a policy document\n\
             cause: it is not JSON: expected value at line 1 column 1\n{cause}\n \
             hint: aws iam get-policy-version --policy-arn ARN --version-id VERSION\n \
             hint: aws iam get-role-policy --role-name ROLE --policy-name POLICY\n"
        );
        assert_eq!((ran.stderr_text(), ran.exit()), (expected.as_str(), Some(2)));
    }
    let ran = check_on("policy = jsonencode({", &format!("{SONNET} --region us-east-1"));
    assert!(ran.stderr_text().contains("it looks like a Terraform configuration"), "{ran}");
}

#[test]
fn of_the_versions_of_a_policy_the_default_one_counts() {
    let version = |id: &str, is_default: bool, action: &str| json!({"VersionId": id, "IsDefaultVersion": is_default, "Document": allowing(action, "*")});
    let details = |of_v1: &str, of_v2: &str| {
        let versions = [version("v2", true, of_v2), version("v1", false, of_v1)];
        json!({
            "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [],
            "Policies": [{"PolicyName": "p", "DefaultVersionId": "v2", "PolicyVersionList": versions}],
        })
    };
    assert_eq!(check(&details("s3:*", "bedrock:*")).exit(), Some(0));
    assert_eq!(check(&details("bedrock:*", "s3:*")).exit(), Some(8));
}

#[test]
fn an_action_that_does_not_exist_is_named() {
    let ran = check(&allowing("bedrock:Converse", "*"));
    assert_eq!(ran.exit(), Some(8));
    assert_eq!(
        reasons(&ran),
        [
            "no statement allows it; statement number 1 nearly allows it: there is no action `bedrock:Converse`: the operation `Converse` needs `bedrock:InvokeModel`"
        ]
    );
}

#[test]
fn an_arn_that_names_no_resource_is_named() {
    let with_account = "arn:aws:bedrock:*:111122223333:foundation-model/*";
    let ran = check(&json!({"Statement": [
        {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": [with_account, PROFILE]},
    ]}));
    let expected = format!(
        "no statement allows it; statement number 1 nearly allows it: `{with_account}` has an account, and the ARN of a foundation model has none"
    );
    assert_eq!(reasons(&ran), [expected]);

    let misplaced = "arn:aws:bedrock:*::foundation-model/us.anthropic.claude-sonnet-4-6";
    let ran = check(&allowing("bedrock:InvokeModel", misplaced));
    assert_eq!(
        reasons(&ran),
        [
            format!(
                "no statement allows it; statement number 1 nearly allows it: `{misplaced}` is of kind `foundation-model`, and `{SONNET}` is of kind `inference-profile`"
            ),
            format!(
                "no statement allows it; statement number 1 nearly allows it: `{misplaced}` has the ID of an inference profile, and the model is `anthropic.claude-sonnet-4-6`"
            ),
        ]
    );

    let commercial = allowing("bedrock:InvokeModel*", "arn:aws:bedrock:*:*:*").to_string();
    let ran = check_on(
        commercial,
        "anthropic.claude-sonnet-4-5-20250929-v1:0 --region us-gov-west-1 --for converse --format json",
    );
    let first: Value = serde_json::from_str(ran.stdout_text().lines().next().unwrap()).unwrap();
    assert_eq!(
        first["reason"],
        "no statement allows it; statement number 1 nearly allows it: `arn:aws:bedrock:*:*:*` begins with `arn:aws`, and ARNs there begin with `arn:aws-us-gov`"
    );
}

#[test]
fn operators_on_known_keys_are_decided() {
    let under = |condition: Value| {
        check(&json!({"Statement": [
            {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"},
            {"Effect": "Deny", "Action": "bedrock:InvokeModel", "Resource": "arn:aws:bedrock:*::foundation-model/*",
             "Condition": condition},
        ]}))
        .exit()
    };
    let key = "bedrock:InferenceProfileArn";
    assert_eq!(under(json!({"Null": {key: "true"}})), Some(0));
    assert_eq!(under(json!({"Null": {key: "false"}})), Some(8));
    assert_eq!(under(json!({"ArnNotLikeIfExists": {key: PROFILE}})), Some(0));
    assert_eq!(under(json!({"stringnotequalsignorecase": {key: PROFILE.to_uppercase()}})), Some(0));
    assert_eq!(under(json!({"ForAnyValue:StringLike": {"aws:RequestedRegion": "us-*"}})), Some(8));
    assert_eq!(under(json!({"ForAllValues:StringEquals": {"aws:PrincipalTag/team": "a"}})), Some(9));
}

#[test]
fn a_policy_that_was_divided_is_checked_as_a_whole() {
    let arguments = "anthropic.claude-sonnet-4-6 --routing global --region all --account 111122223333 --format json";
    let printed = bedrock_ask(["iam-policy"].into_iter().chain(arguments.split_whitespace())).run();
    let models = "anthropic.claude-sonnet-4-6 --routing global --region all";
    let ran = check_on(printed.stdout_text(), models);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(printed.stderr_text().starts_with("note: 5 policies"));
}
