//! Tests the policies: a model and a source Region give exactly the ARNs and conditions that AWS documents.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::access::RequiredAccess;
use super::evaluation::{Decision, ExistingPolicy, RequiredRequest};
use super::uses::{BatchResources, GUARDRAIL, PolicyRequest, Use};
use super::{MANAGED_POLICY_LIMIT, Policy, Statement, scp, sid};
use crate::model::catalog::tests::catalog;
use crate::model::date::Date;
use crate::model::region::Region;
use crate::model::resolution::{Destinations, Resolution, ResolveErrorKind, ResolveRequest};
use crate::model::resolver;

const ACCOUNT: &str = "111122223333";
const APPLICATION: &str = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123";
const SONNET: &str = "anthropic.claude-sonnet-4-6";

fn resolved(model: &str, region: &str) -> Resolution {
    let today = Date { year: 2026, month: 11, day: 20 };
    let request = ResolveRequest::new(Region::named(region).unwrap(), today);
    resolver::resolve(model, &ResolveRequest { region_by_flag: true, ..request }, catalog()).unwrap()
}

fn access(model: &str, region: &str) -> RequiredAccess {
    RequiredAccess::new(&resolved(model, region), None, ACCOUNT).unwrap()
}

fn copy(of: &str) -> RequiredAccess {
    let source = resolved(of, "us-east-1");
    RequiredAccess::new(&resolved(APPLICATION, "us-east-1"), Some(&source), ACCOUNT).unwrap()
}

fn requested<'a>(accesses: &'a [RequiredAccess], uses: &'a BTreeSet<Use>) -> PolicyRequest<'a> {
    PolicyRequest {
        accesses,
        uses,
        account: ACCOUNT,
        guardrail: GUARDRAIL,
        guardrail_profile: None,
        batch: BatchResources::default(),
        conditions: true,
    }
}

fn statements(accesses: &[RequiredAccess]) -> Vec<Statement> {
    requested(accesses, &BTreeSet::from([Use::Converse])).statements()
}

/// Returns each statement as `resource…
/// key=value…`, without the parts that all ARNs of Bedrock have in common.
fn lines(accesses: &[RequiredAccess]) -> Vec<String> {
    let short = |text: &String| text.replace("arn:aws:bedrock:", "").replace("foundation-model/", "");
    let line = |statement: Statement| {
        let resources: Vec<_> = statement.resources.iter().map(short).collect();
        let test = |((operator, key), values): (&(&str, &str), &BTreeSet<String>)| {
            assert_eq!(*operator, "StringEquals");
            let values: Vec<_> = values.iter().map(short).collect();
            format!("{} = {}", key.split_once(':').unwrap().1, values.join(" "))
        };
        let conditions: Vec<_> = statement.conditions.iter().map(test).collect();
        format!("{} | {}", resources.join(" "), conditions.join(", "))
    };
    statements(accesses).into_iter().map(line).collect()
}

#[test]
fn a_plain_id_takes_its_model_in_the_source_region() {
    assert_eq!(lines(&[access("amazon.nova-micro-v1:0", "eu-west-2")]), ["eu-west-2::amazon.nova-micro-v1:0 | "]);
}

#[test]
fn a_geographic_profile_takes_itself_and_its_model_in_every_destination_region() {
    let profile = "us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6";
    let lines = lines(&[access(SONNET, "us-east-1")]);
    assert_eq!(lines[0], format!("{profile} | "));
    let models = "us-east-1::anthropic.claude-sonnet-4-6 us-east-2::anthropic.claude-sonnet-4-6 us-west-2::anthropic.claude-sonnet-4-6";
    assert_eq!(lines[1..], [format!("{models} | InferenceProfileArn = {profile}")]);
}

#[test]
fn the_source_region_is_allowed_even_where_it_is_no_destination() {
    let resolution = resolved(SONNET, "ca-central-1");
    let Destinations::Regions(destinations) = &resolution.destinations else { panic!("its destinations are known") };
    let elsewhere =
        Resolution { destinations: Destinations::Regions(vec!["us-east-1".to_owned()]), ..resolution.clone() };
    let models = RequiredAccess::new(&elsewhere, None, ACCOUNT).unwrap().models;
    assert_eq!(models, [arn("ca-central-1", SONNET), arn("us-east-1", SONNET)]);
    let models = RequiredAccess::new(&resolution, None, ACCOUNT).unwrap().models;
    assert!(destinations.iter().all(|region| models.contains(&arn(region, SONNET))));
}

fn arn(region: &str, model: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{model}")
}

#[test]
fn a_global_profile_takes_three_statements() {
    let profile = "ap-northeast-2:111122223333:inference-profile/global.anthropic.claude-sonnet-4-6";
    assert_eq!(
        lines(&[access("global.anthropic.claude-sonnet-4-6", "ap-northeast-2")]),
        [
            format!("{profile} | RequestedRegion = ap-northeast-2"),
            format!("ap-northeast-2::{SONNET} | RequestedRegion = ap-northeast-2, InferenceProfileArn = {profile}"),
            format!("::{SONNET} | RequestedRegion = unspecified, InferenceProfileArn = {profile}"),
        ]
    );
}

#[test]
fn an_application_profile_takes_its_source_on_condition_of_its_own_arn() {
    let own = "us-east-1:111122223333:application-inference-profile/abc123";
    let models = format!("us-east-1::{SONNET} us-east-2::{SONNET} us-west-2::{SONNET}");
    assert_eq!(
        lines(&[copy("us.anthropic.claude-sonnet-4-6")]),
        [format!("{own} | "), format!("{models} | InferenceProfileArn = {own}")]
    );
    assert_eq!(
        lines(&[copy("global.anthropic.claude-sonnet-4-6")]),
        [
            format!("{own} | "),
            format!("us-east-1::{SONNET} | RequestedRegion = us-east-1, InferenceProfileArn = {own}"),
            format!("::{SONNET} | RequestedRegion = unspecified, InferenceProfileArn = {own}"),
        ]
    );
    assert_eq!(
        lines(&[copy("amazon.titan-embed-text-v2:0")]),
        [format!("{own} | "), format!("us-east-1::amazon.titan-embed-text-v2:0 | InferenceProfileArn = {own}"),]
    );
}

#[test]
fn an_application_profile_in_the_catalog_needs_no_source() {
    let listed = Resolution { id: APPLICATION.to_owned(), ..resolved(SONNET, "us-east-1") };
    assert_eq!(RequiredAccess::new(&listed, None, ACCOUNT).unwrap(), copy("us.anthropic.claude-sonnet-4-6"));
}

#[test]
fn an_arn_that_means_more_than_one_resource_is_refused() {
    let every = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/*";
    let listed = Resolution { id: every.to_owned(), ..resolved(SONNET, "us-east-1") };
    assert_eq!(RequiredAccess::new(&listed, None, ACCOUNT).unwrap_err().kind, ResolveErrorKind::Usage);
}

#[test]
fn the_partition_is_the_regions() {
    let access = access("anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1");
    assert!(access.resources().count() >= 2);
    assert!(access.resources().all(|arn| arn.starts_with("arn:aws-us-gov:bedrock:us-gov-")));
}

#[test]
fn without_known_destinations_there_is_no_least_policy() {
    let resolution = Resolution { destinations: Destinations::Unknown, ..resolved(SONNET, "us-east-1") };
    let refusal = RequiredAccess::new(&resolution, None, ACCOUNT).unwrap_err();
    assert_eq!(refusal.kind, ResolveErrorKind::NotResolved);
    assert!(refusal.message.causes[0].contains("destination Regions are not known"));
    let predicted =
        RequiredAccess::new(&resolved("anthropic.claude-opus-4-9", "us-east-1"), None, ACCOUNT).unwrap_err();
    assert_eq!(predicted.kind, ResolveErrorKind::NotResolved);
    for arn in [APPLICATION, "arn:aws:bedrock:us-east-1:111122223333:prompt/P:1"] {
        assert_eq!(
            RequiredAccess::new(&resolved(arn, "us-east-1"), None, ACCOUNT).unwrap_err().kind,
            ResolveErrorKind::Usage
        );
    }
}

#[test]
fn the_models_of_two_source_regions_are_shared_where_their_destinations_are() {
    let (one, other) = (access(SONNET, "eu-central-1"), access(SONNET, "eu-west-1"));
    let lines = lines(&[one.clone(), other.clone()]);
    assert_eq!(lines.len(), 2);
    let profile = |region| format!("{region}:{ACCOUNT}:inference-profile/eu.{SONNET}");
    let profiles = format!("{} {}", profile("eu-central-1"), profile("eu-west-1"));
    assert_eq!(lines[0], format!("{profiles} | "));
    assert!(lines[1].ends_with(&format!(" | InferenceProfileArn = {profiles}")));
}

#[test]
fn a_policy_allows_nothing_that_one_of_its_parts_does_not() {
    let accesses =
        [access(SONNET, "eu-central-1"), access(SONNET, "eu-west-2"), access("amazon.nova-lite-v1:0", "eu-west-2")];
    let uses = BTreeSet::from(Use::ALL);
    let together = needs(&requested(&accesses, &uses).statements(), &accesses);
    let apart = accesses
        .iter()
        .flat_map(|access| needs(&requested(std::slice::from_ref(access), &uses).statements(), &accesses));
    assert_eq!(together, apart.collect());
}

fn needs(statements: &[Statement], accesses: &[RequiredAccess]) -> BTreeSet<RequiredRequest> {
    let regions = accesses.iter().map(|access| access.source_region.name).collect();
    RequiredRequest::from_statements(statements, &regions).into_iter().collect()
}

#[test]
fn what_is_too_long_is_divided_and_stays_the_same() {
    let invocable = |region: &Region| region.has_endpoint && region.partition == "aws";
    let accesses: Vec<_> = Region::all()
        .filter(invocable)
        .filter(|region| catalog().routes(SONNET, region.name).iter().any(|route| route.id.starts_with("global.")))
        .map(|region| access(&format!("global.{SONNET}"), region.name))
        .collect();
    let statements = statements(&accesses);
    let policies = Policy::pack(statements.clone(), MANAGED_POLICY_LIMIT);
    assert!(policies.len() > 3 && policies.iter().all(|policy| policy.size() <= MANAGED_POLICY_LIMIT));
    let divided: Vec<_> = policies.iter().flat_map(|policy| &policy.statements).collect();
    let sids: BTreeSet<_> = divided.iter().map(|named| &named.sid).collect();
    assert_eq!(sids.len(), divided.len());
    assert!(sids.iter().all(|sid| sid.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    let again: Vec<_> = divided.into_iter().map(|named| named.statement.clone()).collect();
    assert_eq!(needs(&again, &accesses), needs(&statements, &accesses));
}

#[test]
fn each_use_takes_the_actions_that_it_is_made_of() {
    let accesses = [access(SONNET, "eu-central-1")];
    let actions = |kind| -> Vec<String> {
        let statements = requested(&accesses, &BTreeSet::from([kind])).statements();
        let all: BTreeSet<_> = statements.into_iter().flat_map(|statement| statement.actions).collect();
        all.into_iter().collect()
    };
    assert_eq!(actions(Use::Converse), ["bedrock:InvokeModel"]);
    assert_eq!(actions(Use::Stream), ["bedrock:InvokeModelWithResponseStream"]);
    assert_eq!(actions(Use::ApiKey), ["bedrock:CallWithBearerToken"]);
    assert_eq!(actions(Use::Guardrail), ["bedrock:ApplyGuardrail"]);
    assert_eq!(actions(Use::Batch).len(), 10);
    assert_eq!(actions(Use::InferenceProfiles).len(), 8);
    assert_eq!(actions(Use::Check).len(), 3);
}

#[test]
fn an_exemption_names_the_prefixes_that_are_called_and_every_region_where_they_run() {
    let accesses = [access(SONNET, "us-east-1"), access("global.anthropic.claude-sonnet-4-6", "us-east-1")];
    let exemption = scp::exemption(&accesses, &BTreeSet::from([Use::Batch]));
    let narrower = serde_json::to_value(Policy::new(sid::assign(exemption.narrower.into_iter().collect()))).unwrap();
    assert_eq!(
        narrower["Statement"][0],
        json!({
            "Sid": "DenyInvocationOutsideProfiles",
            "Effect": "Deny",
            "Action": ["bedrock:CreateModelInvocationJob", "bedrock:Invoke*"],
            "Resource": "*",
            "Condition": {
                "StringNotEquals": {"aws:RequestedRegion": "us-east-1"},
                "ArnNotLike": {"bedrock:InferenceProfileArn": [
                    "arn:aws:bedrock:*:*:inference-profile/global.*", "arn:aws:bedrock:*:*:inference-profile/us.*"
                ]},
            },
        })
    );
    let regions: Vec<_> = exemption.regions.iter().map(String::as_str).collect();
    assert_eq!(regions, ["unspecified", "us-east-1", "us-east-2", "us-west-2"]);
    assert!(scp::exemption(&[access("amazon.nova-micro-v1:0", "eu-west-2")], &BTreeSet::new()).narrower.is_none());
}

/// Counts the decisions of a policy with these statements on all requests that Sonnet 4.6 needs from Frankfurt:
/// allowed, missing, denied, undecided.
fn verdicts(statements: &Value) -> [usize; 4] {
    let accesses = [access(SONNET, "eu-central-1")];
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let document = ExistingPolicy::parse(std::slice::from_ref(&policy)).unwrap();
    let mut counts = [0; 4];
    for need in needs(&self::statements(&accesses), &accesses) {
        let index = match document.evaluate(&need) {
            Decision::Allowed => 0,
            Decision::Missing => 1,
            Decision::Denied(_) => 2,
            Decision::Undecided(_) => 3,
        };
        counts[index] += 1;
    }
    counts
}

#[test]
fn a_policy_of_ours_allows_all_that_it_was_made_for() {
    let accesses = [
        access(SONNET, "eu-central-1"),
        access("global.anthropic.claude-sonnet-4-6", "eu-central-1"),
        access("amazon.nova-micro-v1:0", "eu-west-2"),
        copy("global.anthropic.claude-sonnet-4-6"),
    ];
    let uses = BTreeSet::from(Use::ALL);
    let requested = requested(&accesses, &uses);
    let document = serde_json::to_value(Policy::new(sid::assign(requested.statements()))).unwrap();
    let document = ExistingPolicy::parse(std::slice::from_ref(&document)).unwrap();
    for need in needs(&requested.unmerged_statements(), &accesses) {
        assert_eq!(document.evaluate(&need), Decision::Allowed, "{need:?}");
    }
}

#[test]
fn an_existing_policy_is_read_as_iam_reads_it() {
    let allow = json!({"Effect": "Allow", "Action": "bedrock:Invoke*", "Resource": "*"});
    let with = |member: &str, value: Value| {
        let mut statement = allow.clone();
        statement[member] = value;
        statement
    };
    let deny =
        |condition: Value| json!([allow, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}]);
    let profile = "arn:aws:bedrock:*:*:inference-profile/eu.*";
    // One profile, and the model in six Regions.
    for (statements, expected) in [
        (allow.clone(), [7, 0, 0, 0]),
        (with("Action", json!("BEDROCK:invokemode?")), [7, 0, 0, 0]),
        (with("Action", json!(["bedrock:Converse", "bedrock:InvokeModelWith*"])), [0, 7, 0, 0]),
        (with("Resource", json!("arn:aws:bedrock:eu-central-1:*")), [2, 5, 0, 0]),
        (with("Resource", json!("arn:aws:bedrock:*::foundation-model/*")), [6, 1, 0, 0]),
        (
            with("Condition", json!({"StringEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}})),
            [3, 4, 0, 0],
        ),
        (with("Condition", json!({"StringLike": {"AWS:requestedregion": "eu-*"}})), [7, 0, 0, 0]),
        // AWS does not document whether a request for the profile itself has the key.
        (with("Condition", json!({"ArnLike": {"bedrock:InferenceProfileArn": profile}})), [6, 0, 0, 1]),
        (with("Condition", json!({"Bool": {"aws:SecureTransport": "true"}})), [0, 0, 0, 7]),
        (with("Condition", json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})), [0, 0, 0, 7]),
        (with("Resource", json!("arn:aws:bedrock:*:${aws:PrincipalAccount}:*")), [0, 0, 0, 7]),
        (with("Resource", json!(["arn:aws:bedrock:*:${aws:PrincipalAccount}:*", "*"])), [7, 0, 0, 0]),
        (with("Principal", json!("*")), [0, 0, 0, 7]),
        // IAM refuses a policy with such an action.
        (with("Action", json!(["*:Invoke*", "bedrock:*"])), [0, 0, 0, 7]),
        (with("Condition", json!({"stringlikeIFEXISTS": {"aws:RequestedRegion": "eu-*"}})), [7, 0, 0, 0]),
        (with("Condition", json!({"Null": {"bedrock:InferenceProfileArn": "false"}})), [6, 0, 0, 1]),
        (with("Condition", json!({"ForAnyValue:StringLike": {"aws:RequestedRegion": "*-central-?"}})), [2, 5, 0, 0]),
        (json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]), [7, 0, 0, 0]),
        (json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:bedrock:eu-west-?:*"}]), [5, 2, 0, 0]),
        (deny(json!({"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}})), [2, 0, 5, 0]),
        (
            deny(
                json!({"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}, "ArnNotLike": {"bedrock:InferenceProfileArn": profile}}),
            ),
            [7, 0, 0, 0],
        ),
        (deny(json!({"Null": {"aws:TokenIssueTime": "true"}})), [0, 0, 0, 7]),
        (
            json!([{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"x:y": "true"}}}]),
            [0, 7, 0, 0],
        ),
        (json!([]), [0, 7, 0, 0]),
    ] {
        assert_eq!(verdicts(&statements), expected, "{statements}");
    }
}

#[test]
fn what_is_no_policy_is_refused() {
    for value in [json!({}), json!([]), json!({"Statement": [{"Effect": "Perhaps"}]}), json!({"Statement": ["x"]})] {
        assert!(ExistingPolicy::parse(std::slice::from_ref(&value)).is_err(), "{value}");
    }
}

#[test]
fn a_version_that_iam_does_not_know_is_refused() {
    let parse = |version: Value| {
        let documents = [json!({"Version": version, "Statement": []})];
        ExistingPolicy::parse(&documents).map(|_| ()).map_err(|problem| problem.to_string())
    };
    assert_eq!(parse(json!("2012-10-17")), Ok(()));
    assert_eq!(parse(json!("2008-10-17")), Ok(()));
    for (version, shown) in [(json!("2026-01-01"), "\"2026-01-01\""), (json!(1), "1"), (Value::Null, "null")] {
        let why = format!("`Version` is 2012-10-17 or 2008-10-17, not `{shown}`");
        assert_eq!(parse(version), Err(why));
    }
    let without = [json!({"Statement": []})];
    assert!(ExistingPolicy::parse(&without).is_ok());
}
