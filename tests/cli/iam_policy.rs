//! `bedrock-ask iam-policy`.

mod check;
mod document;

use serde_json::Value;

use crate::harness::{Home, Ran, bedrock_ask};

const SONNET: &str = "anthropic.claude-sonnet-4-6";

fn iam_policy(arguments: &str) -> Ran {
    bedrock_ask(["iam-policy"].into_iter().chain(arguments.split_whitespace())).run()
}

#[test]
fn sonnet_4_6_from_frankfurt_takes_its_profile_and_six_regions() {
    insta::assert_snapshot!(iam_policy("anthropic.claude-sonnet-4-6 --region eu-central-1"), @r#"
----- stdout -----
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "GeographicProfileClaudeSonnet46EuCentral1",
      "Effect": "Allow",
      "Action": [
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream"
      ],
      "Resource": "arn:aws:bedrock:eu-central-1:ACCOUNT_ID:inference-profile/eu.anthropic.claude-sonnet-4-6"
    },
    {
      "Sid": "GeographicModelsClaudeSonnet46EuCentral1",
      "Effect": "Allow",
      "Action": [
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream"
      ],
      "Resource": [
        "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-6",
        "arn:aws:bedrock:eu-north-1::foundation-model/anthropic.claude-sonnet-4-6",
        "arn:aws:bedrock:eu-south-1::foundation-model/anthropic.claude-sonnet-4-6",
        "arn:aws:bedrock:eu-south-2::foundation-model/anthropic.claude-sonnet-4-6",
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-6",
        "arn:aws:bedrock:eu-west-3::foundation-model/anthropic.claude-sonnet-4-6"
      ],
      "Condition": {
        "StringEquals": {
          "bedrock:InferenceProfileArn": "arn:aws:bedrock:eu-central-1:ACCOUNT_ID:inference-profile/eu.anthropic.claude-sonnet-4-6"
        }
      }
    }
  ]
}
----- stderr -----
note: replace ACCOUNT_ID before use; `--account` or `--live` names the account
----- exit 0 -----
"#);
}

#[test]
fn global_routing_from_seoul_takes_three_statements() {
    insta::assert_snapshot!(
        iam_policy("global.anthropic.claude-sonnet-4-6 --region ap-northeast-2 --account 111122223333"),
        @r#"
----- stdout -----
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "GlobalProfileClaudeSonnet46ApNortheast2",
      "Effect": "Allow",
      "Action": [
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream"
      ],
      "Resource": "arn:aws:bedrock:ap-northeast-2:111122223333:inference-profile/global.anthropic.claude-sonnet-4-6",
      "Condition": {
        "StringEquals": {
          "aws:RequestedRegion": "ap-northeast-2"
        }
      }
    },
    {
      "Sid": "GlobalModelHereClaudeSonnet46ApNortheast2",
      "Effect": "Allow",
      "Action": [
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream"
      ],
      "Resource": "arn:aws:bedrock:ap-northeast-2::foundation-model/anthropic.claude-sonnet-4-6",
      "Condition": {
        "StringEquals": {
          "aws:RequestedRegion": "ap-northeast-2",
          "bedrock:InferenceProfileArn": "arn:aws:bedrock:ap-northeast-2:111122223333:inference-profile/global.anthropic.claude-sonnet-4-6"
        }
      }
    },
    {
      "Sid": "GlobalModelAnywhereClaudeSonnet46ApNortheast2",
      "Effect": "Allow",
      "Action": [
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream"
      ],
      "Resource": "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-6",
      "Condition": {
        "StringEquals": {
          "aws:RequestedRegion": "unspecified",
          "bedrock:InferenceProfileArn": "arn:aws:bedrock:ap-northeast-2:111122223333:inference-profile/global.anthropic.claude-sonnet-4-6"
        }
      }
    }
  ]
}
----- stderr -----
----- exit 0 -----
"#
    );
}

#[test]
fn a_plain_id_takes_one_statement() {
    insta::assert_snapshot!(iam_policy("amazon.nova-micro-v1:0 --region eu-west-2 --for converse"), @r#"
----- stdout -----
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "InRegionModelNovaMicroEuWest2",
      "Effect": "Allow",
      "Action": "bedrock:InvokeModel",
      "Resource": "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-micro-v1:0"
    }
  ]
}
----- stderr -----
----- exit 0 -----
"#);
}

#[test]
fn two_source_regions_share_the_models_of_their_destinations() {
    insta::assert_snapshot!(
        iam_policy("anthropic.claude-sonnet-4-6 --region us-east-1 --region us-west-2 --account 111122223333 --format json"),
        @r#"
----- stdout -----
{"Version":"2012-10-17","Statement":[{"Sid":"GeographicProfileClaudeSonnet46","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":["arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6","arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"]},{"Sid":"GeographicModelsClaudeSonnet46","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6"],"Condition":{"StringEquals":{"bedrock:InferenceProfileArn":["arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6","arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"]}}}]}
----- stderr -----
----- exit 0 -----
"#
    );
}

#[test]
fn govcloud_is_a_partition_of_its_own() {
    insta::assert_snapshot!(
        iam_policy("anthropic.claude-sonnet-4-5-20250929-v1:0 --region us-gov-west-1 --account 111122223333 --format json"),
        @r#"
----- stdout -----
{"Version":"2012-10-17","Statement":[{"Sid":"GeographicProfileClaudeSonnet45UsGovWest1","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":"arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"},{"Sid":"GeographicModelsClaudeSonnet45UsGovWest1","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":"arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0","Condition":{"StringEquals":{"bedrock:InferenceProfileArn":"arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"}}}]}
----- stderr -----
note: `anthropic.claude-sonnet-4-5-20250929-v1:0` is legacy and reaches its end of life on about 2999-04-08
----- exit 0 -----
"#
    );
}

#[test]
fn everything_that_a_model_is_wanted_for() {
    insta::assert_snapshot!(iam_policy("amazon.nova-micro-v1:0 --region eu-west-2 --for all"), @r#"
    ----- stdout -----
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "InRegionModelNovaMicroEuWest2",
          "Effect": "Allow",
          "Action": [
            "bedrock:InvokeModel",
            "bedrock:InvokeModelWithResponseStream"
          ],
          "Resource": "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-micro-v1:0"
        },
        {
          "Sid": "CreateBatchJobsNovaMicroEuWest2",
          "Effect": "Allow",
          "Action": "bedrock:CreateModelInvocationJob",
          "Resource": [
            "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-micro-v1:0",
            "arn:aws:bedrock:eu-west-2:ACCOUNT_ID:model-invocation-job/*"
          ]
        },
        {
          "Sid": "FollowBatchJobs",
          "Effect": "Allow",
          "Action": [
            "bedrock:GetModelInvocationJob",
            "bedrock:StopModelInvocationJob"
          ],
          "Resource": "arn:aws:bedrock:eu-west-2:ACCOUNT_ID:model-invocation-job/*"
        },
        {
          "Sid": "ListBatchJobs",
          "Effect": "Allow",
          "Action": "bedrock:ListModelInvocationJobs",
          "Resource": "*"
        },
        {
          "Sid": "PassBatchServiceRole",
          "Effect": "Allow",
          "Action": "iam:PassRole",
          "Resource": "arn:aws:iam::ACCOUNT_ID:role/BATCH_SERVICE_ROLE",
          "Condition": {
            "StringEquals": {
              "iam:PassedToService": "bedrock.amazonaws.com"
            }
          }
        },
        {
          "Sid": "BatchFiles",
          "Effect": "Allow",
          "Action": [
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject"
          ],
          "Resource": [
            "arn:aws:s3:::BATCH_INPUT_BUCKET/*",
            "arn:aws:s3:::BATCH_OUTPUT_BUCKET/*"
          ]
        },
        {
          "Sid": "BatchBuckets",
          "Effect": "Allow",
          "Action": "s3:ListBucket",
          "Resource": [
            "arn:aws:s3:::BATCH_INPUT_BUCKET",
            "arn:aws:s3:::BATCH_OUTPUT_BUCKET"
          ]
        },
        {
          "Sid": "CheckModelAccess",
          "Effect": "Allow",
          "Action": [
            "bedrock:GetAccountDataRetention",
            "bedrock:GetFoundationModelAvailability",
            "bedrock:GetUseCaseForModelAccess"
          ],
          "Resource": "*"
        },
        {
          "Sid": "CreateInferenceProfilesNovaMicroEuWest2",
          "Effect": "Allow",
          "Action": "bedrock:CreateInferenceProfile",
          "Resource": [
            "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-micro-v1:0",
            "arn:aws:bedrock:eu-west-2:ACCOUNT_ID:application-inference-profile/*"
          ]
        },
        {
          "Sid": "ManageInferenceProfiles",
          "Effect": "Allow",
          "Action": [
            "bedrock:DeleteInferenceProfile",
            "bedrock:GetInferenceProfile",
            "bedrock:ListTagsForResource",
            "bedrock:TagResource",
            "bedrock:UntagResource"
          ],
          "Resource": "arn:aws:bedrock:eu-west-2:ACCOUNT_ID:application-inference-profile/*"
        },
        {
          "Sid": "ListModelsAndInferenceProfiles",
          "Effect": "Allow",
          "Action": [
            "bedrock:ListFoundationModels",
            "bedrock:ListInferenceProfiles"
          ],
          "Resource": "*"
        },
        {
          "Sid": "CallWithApiKey",
          "Effect": "Allow",
          "Action": "bedrock:CallWithBearerToken",
          "Resource": "*"
        },
        {
          "Sid": "ApplyGuardrail",
          "Effect": "Allow",
          "Action": "bedrock:ApplyGuardrail",
          "Resource": "arn:aws:bedrock:eu-west-2:ACCOUNT_ID:guardrail/GUARDRAIL_ID"
        }
      ]
    }
    ----- stderr -----
    note: replace ACCOUNT_ID, GUARDRAIL_ID, BATCH_SERVICE_ROLE, BATCH_INPUT_BUCKET, BATCH_OUTPUT_BUCKET before use; `--account` or `--live` names the account
    ----- exit 0 -----
    "#);
}

#[test]
fn an_application_profile_takes_what_it_was_copied_from_on_condition_of_its_own_arn() {
    let arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123";
    insta::assert_snapshot!(
        iam_policy(&format!("{arn} --copied-from us.anthropic.claude-sonnet-4-6 --format json")),
        @r#"
----- stdout -----
{"Version":"2012-10-17","Statement":[{"Sid":"ApplicationProfileClaudeSonnet46UsEast1","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":"arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123"},{"Sid":"ApplicationModelsClaudeSonnet46UsEast1","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream"],"Resource":["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6"],"Condition":{"StringEquals":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123"}}}]}
----- stderr -----
----- exit 0 -----
"#
    );
    insta::assert_snapshot!(iam_policy(arn), @r"
----- stdout -----
----- stderr -----
error: no least policy can be given for `arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123`
cause: the ARN of an application inference profile does not tell which models it calls

 hint: aws bedrock get-inference-profile --inference-profile-identifier arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123
 hint: --copied-from MODEL, where MODEL is what that command tells
----- exit 2 -----
");
    insta::assert_snapshot!(iam_policy(&format!("{arn} --copied-from anthropic.claude-sonnet-4-6")), @r"
----- stdout -----
----- stderr -----
error: no inference profile can be copied from `anthropic.claude-sonnet-4-6` itself, which has no in-Region routing there

 hint: --copied-from us.anthropic.claude-sonnet-4-6
----- exit 3 -----
");
}

#[test]
fn terraform_names_the_account_itself() {
    insta::assert_snapshot!(
        iam_policy("us.anthropic.claude-sonnet-4-6 --region us-east-1 --for converse --format terraform"),
        @r#"
----- stdout -----
data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "bedrock" {
  statement {
    sid    = "GeographicProfileClaudeSonnet46UsEast1"
    effect = "Allow"

    actions = [
      "bedrock:InvokeModel",
    ]

    resources = [
      "arn:aws:bedrock:us-east-1:${data.aws_caller_identity.current.account_id}:inference-profile/us.anthropic.claude-sonnet-4-6",
    ]
  }

  statement {
    sid    = "GeographicModelsClaudeSonnet46UsEast1"
    effect = "Allow"

    actions = [
      "bedrock:InvokeModel",
    ]

    resources = [
      "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6",
      "arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-sonnet-4-6",
      "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6",
    ]

    condition {
      test     = "StringEquals"
      variable = "bedrock:InferenceProfileArn"
      values = [
        "arn:aws:bedrock:us-east-1:${data.aws_caller_identity.current.account_id}:inference-profile/us.anthropic.claude-sonnet-4-6",
      ]
    }
  }
}
----- stderr -----
----- exit 0 -----
"#
    );
}

#[test]
fn cloudformation_names_the_account_itself() {
    insta::assert_snapshot!(
        iam_policy("global.anthropic.claude-sonnet-4-6 --region us-east-1 --for converse --format cloudformation"),
        @r#"
----- stdout -----
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  BedrockPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: GlobalProfileClaudeSonnet46UsEast1
            Effect: Allow
            Action:
              - "bedrock:InvokeModel"
            Resource:
              - Fn::Sub: "arn:aws:bedrock:us-east-1:${AWS::AccountId}:inference-profile/global.anthropic.claude-sonnet-4-6"
            Condition:
              StringEquals:
                "aws:RequestedRegion":
                  - "us-east-1"
          - Sid: GlobalModelHereClaudeSonnet46UsEast1
            Effect: Allow
            Action:
              - "bedrock:InvokeModel"
            Resource:
              - "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6"
            Condition:
              StringEquals:
                "aws:RequestedRegion":
                  - "us-east-1"
                "bedrock:InferenceProfileArn":
                  - Fn::Sub: "arn:aws:bedrock:us-east-1:${AWS::AccountId}:inference-profile/global.anthropic.claude-sonnet-4-6"
          - Sid: GlobalModelAnywhereClaudeSonnet46UsEast1
            Effect: Allow
            Action:
              - "bedrock:InvokeModel"
            Resource:
              - "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-6"
            Condition:
              StringEquals:
                "aws:RequestedRegion":
                  - "unspecified"
                "bedrock:InferenceProfileArn":
                  - Fn::Sub: "arn:aws:bedrock:us-east-1:${AWS::AccountId}:inference-profile/global.anthropic.claude-sonnet-4-6"
----- stderr -----
----- exit 0 -----
"#
    );
}

#[test]
fn the_template_is_the_policy() {
    let arguments =
        "anthropic.claude-sonnet-4-6 amazon.nova-micro-v1:0 --region eu-west-2 --for all --account 111122223333";
    let yaml = iam_policy(&format!("{arguments} --format cloudformation"));
    let template: Value = serde_yaml::from_str(yaml.stdout_text()).unwrap();
    let json = iam_policy(&format!("{arguments} --format json"));
    let policies: Vec<Value> = json.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let resources = template["Resources"].as_object().unwrap();
    assert_eq!(resources.len(), policies.len());
    for (resource, mut policy) in resources.values().zip(policies) {
        // The template always writes lists.
        for statement in policy["Statement"].as_array_mut().unwrap() {
            listed(&mut statement["Action"]);
            listed(&mut statement["Resource"]);
            let tests = statement.get_mut("Condition").and_then(Value::as_object_mut);
            tests.into_iter().flat_map(|operators| operators.values_mut()).for_each(|keys| {
                keys.as_object_mut().unwrap().values_mut().for_each(listed);
            });
        }
        assert_eq!(resource["Properties"]["PolicyDocument"], policy);
    }
}

fn listed(value: &mut Value) {
    if value.is_string() {
        *value = Value::Array(vec![value.take()]);
    }
}

#[test]
fn what_is_too_long_for_one_policy_is_divided() {
    let ran =
        iam_policy("anthropic.claude-sonnet-4-6 --routing global --region all --account 111122223333 --format json");
    let policies: Vec<Value> = ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(policies.len() > 3);
    assert!(ran.stdout_text().lines().all(|line| line.len() <= 6144));
    insta::assert_snapshot!(ran.stderr_text(), @r"note: 5 policies, because one has at most 6144 characters; attach all of them; `-o DIR` writes each to a file");
}

#[test]
fn several_policies_are_not_one_text() {
    let arguments = "anthropic.claude-sonnet-4-6 --routing global --region all --account 111122223333";
    insta::assert_snapshot!(iam_policy(arguments), @r"
----- stdout -----
----- stderr -----
error: 5 policies are needed, and stdout takes one document
cause: a managed policy has at most 6144 characters

 hint: write each policy to a file: `-o DIR`
 hint: or print one template for all of them: `--format terraform` or `--format cloudformation`
 hint: or print one policy per line: `--format json`
----- exit 2 -----
");
    assert_eq!(iam_policy(&format!("{arguments} --format terraform")).exit(), Some(0));
}

#[test]
fn a_flag_that_changes_nothing_is_refused() {
    for (flags, why) in [
        ("--guardrail g", "`--guardrail` has no effect without `--for guardrail`"),
        ("--guardrail-profile g", "`--guardrail-profile` has no effect without `--for guardrail`"),
        ("--scp --for guardrail --guardrail g", "`--guardrail` has no effect on a service control policy"),
        ("--scp=regions --for batch", "`--for` has no effect on a service control policy"),
        ("--scp=block-global --for all", "`--for` has no effect on a service control policy"),
        ("--scp --no-conditions", "`--no-conditions` has no effect on a service control policy"),
        ("--scp --account 111122223333", "`--account` has no effect on a service control policy"),
        ("--batch-role --for all", "`--for` has no effect on the policies of a service role"),
        ("--batch-role=trust --no-conditions", "`--no-conditions` has no effect on the policies of a service role"),
    ] {
        let ran = iam_policy(&format!("{SONNET} --region eu-central-1 {flags}"));
        let expected = format!("error: {why}\n");
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("", expected.as_str(), Some(2)), "{flags}");
    }
    for flags in [
        "--for guardrail --guardrail g",
        "--for all --guardrail g",
        "--scp --for batch",
        "--batch-role --no-conditions",
    ] {
        assert_eq!(iam_policy(&format!("{SONNET} --region eu-central-1 {flags}")).exit(), Some(0), "{flags}");
    }
}

#[test]
fn what_cannot_be_resolved_gets_no_policy() {
    insta::assert_snapshot!(iam_policy("anthropic.claude-opus-4-9 --region eu-central-1"), @r"
----- stdout -----
----- stderr -----
warning: `anthropic.claude-opus-4-9` is not a known model; `eu.anthropic.claude-opus-4-9` is predicted, because `anthropic.claude-opus-5-5` is invoked this way from eu-central-1
error: no least policy can be given for `eu.anthropic.claude-opus-4-9` from eu-central-1
cause: the model is not known: its ID is only predicted, and so are its destination Regions
----- exit 3 -----
");
    insta::assert_snapshot!(iam_policy("amazon.nova-micro-v1:0 us.amazon.nova-lite-v1:0 --region eu-west-2"), @r"
----- stdout -----
----- stderr -----
error: `us.amazon.nova-lite-v1:0` cannot be invoked from eu-west-2
cause: it can be invoked from us-east-1, us-east-2, us-west-1, us-west-2

 hint: use `amazon.nova-lite-v1:0`, which may run outside of the geography that `us.` names
----- exit 3 -----
");
    insta::assert_snapshot!(iam_policy("anthropic.claude-sonnet-4-6 --region sa-east-1 --routing geo"), @r"
----- stdout -----
----- stderr -----
error: `anthropic.claude-sonnet-4-6` can be invoked from sa-east-1 only with routing that is not allowed
cause: it has global routing (`global.anthropic.claude-sonnet-4-6`); the allowed routing is geographic

 hint: `--routing geographic,global` allows it; it may run in any commercial Region
----- exit 4 -----
");
    assert_eq!(iam_policy("amazon.nova-micro-v1:0 --routing global").exit(), Some(4));
    assert_eq!(iam_policy("amazon.nova-micro-v1:0 --region eu-west-2 --account 12").exit(), Some(2));
    assert_eq!(iam_policy("arn:aws:bedrock:us-east-1:111122223333:provisioned-model/*").exit(), Some(2));
    assert_eq!(iam_policy("--scp").exit(), Some(2));
    assert_eq!(iam_policy("amazon.nova-micro-v1:0 --region eu-west-2 --format csv").exit(), Some(2));
}

#[test]
fn a_model_past_its_end_of_life_gets_a_warning_and_a_policy() {
    let ran = iam_policy("anthropic.claude-sonnet-4-20250514-v1:0 --region us-east-1 --account 111122223333");
    assert_eq!(ran.exit(), Some(0));
    assert!(ran.stdout_text().contains("us.anthropic.claude-sonnet-4-20250514-v1:0"));
    assert!(ran.stderr_text().starts_with("warning: "));
}

#[test]
fn a_service_control_policy_is_one_document() {
    insta::assert_snapshot!(
        iam_policy("global.anthropic.claude-sonnet-4-6 eu.anthropic.claude-sonnet-4-6 --region eu-central-1 --scp --format json"),
        @r#"
----- stdout -----
{"Version":"2012-10-17","Statement":[{"Sid":"DenyInvocationOutsideProfiles","Effect":"Deny","Action":"bedrock:Invoke*","Resource":"*","Condition":{"ArnNotLike":{"bedrock:InferenceProfileArn":["arn:aws:bedrock:*:*:inference-profile/eu.*","arn:aws:bedrock:*:*:inference-profile/global.*"]},"StringNotEquals":{"aws:RequestedRegion":"eu-central-1"}}}]}
----- stderr -----
note: the exemption is a separate statement: add its actions to the `NotAction` of the statement that denies Regions, and your other Regions to its condition
----- exit 0 -----
"#
    );
    insta::assert_snapshot!(iam_policy("--scp=block-global --format json"), @r#"
----- stdout -----
{"Version":"2012-10-17","Statement":[{"Sid":"DenyGlobalInference","Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"ArnLike":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:inference-profile/global.*"},"StringEquals":{"aws:RequestedRegion":"unspecified"}}}]}
----- stderr -----
note: an application inference profile that was copied from a global one has its own ARN, which this policy does not match
----- exit 0 -----
"#);
}

#[test]
fn the_service_role_of_batch_jobs_is_trusted_for_jobs_of_the_account() {
    insta::assert_snapshot!(
        iam_policy("eu.anthropic.claude-sonnet-4-6 --region eu-central-1 --batch-role --account 111122223333 --format json"),
        @r#"
----- stdout -----
{"Version":"2012-10-17","Statement":[{"Sid":"GeographicProfileClaudeSonnet46EuCentral1","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"},{"Sid":"GeographicModelsClaudeSonnet46EuCentral1","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":["arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:eu-north-1::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:eu-south-1::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:eu-south-2::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-6","arn:aws:bedrock:eu-west-3::foundation-model/anthropic.claude-sonnet-4-6"],"Condition":{"StringEquals":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"}}},{"Sid":"BatchFiles","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::BATCH_INPUT_BUCKET/*","arn:aws:s3:::BATCH_OUTPUT_BUCKET/*"]},{"Sid":"BatchBuckets","Effect":"Allow","Action":"s3:ListBucket","Resource":["arn:aws:s3:::BATCH_INPUT_BUCKET","arn:aws:s3:::BATCH_OUTPUT_BUCKET"]}]}
----- stderr -----
note: these are the permissions of the role; `--batch-role=trust` prints its trust policy, and `-o DIR` writes both
note: replace BATCH_INPUT_BUCKET, BATCH_OUTPUT_BUCKET before use
----- exit 0 -----
"#
    );
    insta::assert_snapshot!(
        iam_policy("eu.anthropic.claude-sonnet-4-6 --region eu-central-1 --batch-role=trust --account 111122223333 --format json"),
        @r#"
    ----- stdout -----
    {"Version":"2012-10-17","Statement":[{"Sid":"BedrockBatchJobs","Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnEquals":{"aws:SourceArn":"arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/*"}}}]}
    ----- stderr -----
    ----- exit 0 -----
    "#
    );
}

#[test]
fn an_existing_policy_is_checked() {
    let home = Home::new();
    let check = |models: &str, policy: &str| {
        let arguments = format!("iam-policy {models} --region eu-central-1 --account 111122223333 --check policy.json");
        bedrock_ask(arguments.split_whitespace()).home(&home).file_here("policy.json", policy).run()
    };
    let own = iam_policy("anthropic.claude-sonnet-4-6 --region eu-central-1 --account 111122223333");
    let own = own.stdout_text();
    insta::assert_snapshot!(check(SONNET, own), @r"
----- stdout -----
----- stderr -----
note: `policy.json` allows all 14 requests
----- exit 0 -----
");
    let without_stockholm = own.replace("eu-north-1", "eu-north-2");
    insta::assert_snapshot!(check(SONNET, &without_stockholm), @r"
----- stdout -----
missing	bedrock:InvokeModel	arn:aws:bedrock:eu-north-1::foundation-model/anthropic.claude-sonnet-4-6	aws:RequestedRegion=eu-north-1 bedrock:InferenceProfileArn=arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6	no statement allows it; statement `GeographicModelsClaudeSonnet46EuCentral1` nearly allows it: `arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-6` is for eu-central-1, and not for eu-north-1
missing	bedrock:InvokeModelWithResponseStream	arn:aws:bedrock:eu-north-1::foundation-model/anthropic.claude-sonnet-4-6	aws:RequestedRegion=eu-north-1 bedrock:InferenceProfileArn=arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6	no statement allows it; statement `GeographicModelsClaudeSonnet46EuCentral1` nearly allows it: `arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-6` is for eu-central-1, and not for eu-north-1
----- stderr -----
----- exit 8 -----
");
    let by_address =
        own.replace(r#""Condition": {"#, r#""Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"},"#);
    insta::assert_snapshot!(check(&format!("{SONNET} --for stream --format json"), &by_address), @r#"
    ----- stdout -----
    {"verdict":"undecided","action":"bedrock:InvokeModelWithResponseStream","resource":"arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-6","context":{"aws:RequestedRegion":"eu-central-1","bedrock:InferenceProfileArn":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"},"reason":"not understood: statement `GeographicModelsClaudeSonnet46EuCentral1`: the condition `IpAddress` on `aws:SourceIp`"}
    {"verdict":"undecided","action":"bedrock:InvokeModelWithResponseStream","resource":"arn:aws:bedrock:eu-north-1::foundation-model/anthropic.claude-sonnet-4-6","context":{"aws:RequestedRegion":"eu-north-1","bedrock:InferenceProfileArn":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"},"reason":"not understood: statement `GeographicModelsClaudeSonnet46EuCentral1`: the condition `IpAddress` on `aws:SourceIp`"}
    {"verdict":"undecided","action":"bedrock:InvokeModelWithResponseStream","resource":"arn:aws:bedrock:eu-south-1::foundation-model/anthropic.claude-sonnet-4-6","context":{"aws:RequestedRegion":"eu-south-1","bedrock:InferenceProfileArn":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"},"reason":"not understood: statement `GeographicModelsClaudeSonnet46EuCentral1`: the condition `IpAddress` on `aws:SourceIp`"}
    {"verdict":"undecided","action":"bedrock:InvokeModelWithResponseStream","resource":"arn:aws:bedrock:eu-south-2::foundation-model/anthropic.claude-sonnet-4-6","context":{"aws:RequestedRegion":"eu-south-2","bedrock:InferenceProfileArn":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"},"reason":"not understood: statement `GeographicModelsClaudeSonnet46EuCentral1`: the condition `IpAddress` on `aws:SourceIp`"}
    {"verdict":"undecided","action":"bedrock:InvokeModelWithResponseStream","resource":"arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-6","context":{"aws:RequestedRegion":"eu-west-1","bedrock:InferenceProfileArn":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"},"reason":"not understood: statement `GeographicModelsClaudeSonnet46EuCentral1`: the condition `IpAddress` on `aws:SourceIp`"}
    {"verdict":"undecided","action":"bedrock:InvokeModelWithResponseStream","resource":"arn:aws:bedrock:eu-west-3::foundation-model/anthropic.claude-sonnet-4-6","context":{"aws:RequestedRegion":"eu-west-3","bedrock:InferenceProfileArn":"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6"},"reason":"not understood: statement `GeographicModelsClaudeSonnet46EuCentral1`: the condition `IpAddress` on `aws:SourceIp`"}
    ----- stderr -----
    note: no missing permission was found, but some requests could not be evaluated
    ----- exit 9 -----
    "#);
    insta::assert_snapshot!(check(SONNET, "{}"), @r"
----- stdout -----
----- stderr -----
error: `policy.json` is not a policy document
cause: a policy has a member `Statement`
----- exit 2 -----
");
    insta::assert_snapshot!(iam_policy("anthropic.claude-sonnet-4-6 --region eu-central-1 --check nowhere.json"), @r"
----- stdout -----
----- stderr -----
error: `--check` needs an account

 hint: --account 111122223333
 hint: --live, which uses the account of your credentials
----- exit 2 -----
");
}

#[test]
fn the_buckets_and_the_role_of_batch_jobs_are_filled_in() {
    let ran = iam_policy(
        "nova-lite --region eu-central-1 --for batch --bucket in-1,out-1 --role arn:aws:iam::111122223333:role/team/batch --format json",
    );
    let text = ran.stdout_text();
    for resource in [
        "arn:aws:iam::111122223333:role/team/batch",
        "arn:aws:s3:::in-1",
        "arn:aws:s3:::in-1/*",
        "arn:aws:s3:::out-1/*",
        "arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/*",
    ] {
        assert!(text.contains(&format!("\"{resource}\"")), "{resource}\n{ran}");
    }
    assert!(text.contains("s3:AbortMultipartUpload") && text.contains("s3:ListMultipartUploadParts"), "{ran}");
    assert_eq!(ran.stderr_text(), "");
    let role =
        iam_policy("nova-lite --region eu-central-1 --batch-role --bucket both-1 --account 111122223333 --format json");
    assert!(role.stdout_text().contains(r#""Resource":"arn:aws:s3:::both-1/*""#), "{role}");
    for (arguments, expected) in [
        ("nova-lite --bucket in-1", "`--bucket` has no effect without `--for batch`"),
        ("nova-lite --role arn:aws:iam::111122223333:role/x", "`--role` has no effect without `--for batch`"),
        (
            "nova-lite --batch-role --role arn:aws:iam::111122223333:role/x",
            "`--role` has no effect on the policies of a service role",
        ),
        ("nova-lite --batch-role=trust --bucket in-1", "`--bucket` has no effect on the policies of a service role"),
        (
            "nova-lite --for batch --bucket a-1,b-1,c-1",
            "`--bucket` takes one bucket, or two: to read from and to write to",
        ),
    ] {
        let ran = iam_policy(&format!("{arguments} --region eu-central-1"));
        assert!(ran.exit() == Some(2) && ran.stderr_text().contains(expected), "{ran}");
    }
}
