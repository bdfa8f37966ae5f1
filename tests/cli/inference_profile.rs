//! `bedrock-ask inference-profile`, against a Bedrock with application inference profiles.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fake_bedrock::*;
#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Ran, Run, bedrock_ask};

const NOVA: &str = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-2-lite-v1:0";
const OPEN_WEIGHT: &str = "arn:aws:bedrock:eu-central-1::foundation-model/openai.gpt-oss-20b-1:0";
const FIRST: &str = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001";

fn inference_profile<'a>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'a str>) -> Run {
    let words = ["inference-profile"].into_iter().chain(words).chain(["--region", "eu-central-1"]);
    bedrock_ask(words).credentials().against(fake)
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs what must be refused before anything is sent: a request fails the fake.
#[track_caller]
fn refused<'a>(words: impl IntoIterator<Item = &'a str>, text: &str) {
    let ran = inference_profile(&FakeBedrock::start(), words).run();
    assert!(ran.exit() == Some(2) && ran.stdout.is_empty() && ran.stderr_text().contains(text), "{ran}");
}

#[test]
fn a_list_has_every_page_sorted_by_name() {
    let fake = FakeBedrock::start();
    fake.page_size(1);
    fake.application_profile("Team Red", NOVA, "eu-central-1");
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    fake.expect_repeatedly(list_inference_profiles());
    let ran = inference_profile(&fake, ["list"]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    fake00000002	Batch	openai.gpt-oss-20b-1:0	in-region	ACTIVE
    fake00000001	Team Red	amazon.nova-2-lite-v1:0	geographic	ACTIVE
    ----- stderr -----
    ----- exit 0 -----
    ");
    assert_eq!(fake.requests().len(), 2);
}

/// Returns a page of application inference profiles with fields that are unknown today.
fn page(ids: &[&str], next: Option<&str>) -> Reply {
    let summary = |id: &&str| {
        json!({
            "inferenceProfileId": id,
            "inferenceProfileArn": format!("arn:aws:bedrock:eu-central-1:111122223333:inference-profile/{id}"),
            "inferenceProfileName": "N",
            "models": [{"modelArn": OPEN_WEIGHT}, {}],
            "status": "RESTING",
            "type": "COMMUNAL",
            "createdAt": "2026-01-31T12:00:00Z",
        })
    };
    let body = json!({"inferenceProfileSummaries": ids.iter().map(summary).collect::<Vec<_>>(), "nextToken": next});
    Reply::Page(200, "application/json".to_owned(), body.to_string())
}

#[test]
fn every_page_is_read_and_unknown_values_are_shown_as_they_are() {
    let fake = FakeBedrock::start();
    for reply in [page(&["a"], Some("n/2")), page(&[], Some("n3")), page(&["b"], None)] {
        fake.expect(list_inference_profiles().replies(reply));
    }
    let listed = lines(&inference_profile(&fake, ["list", "--format", "json"]).run());
    let expected = json!({
        "inferenceProfileId": "a",
        "inferenceProfileArn": "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/a",
        "inferenceProfileName": "N",
        "description": null,
        "type": "COMMUNAL",
        "status": "RESTING",
        "models": [{"modelArn": OPEN_WEIGHT}],
        "createdAt": "2026-01-31T12:00:00Z",
        "updatedAt": null,
    });
    assert_eq!((&listed[0], &listed[1]["inferenceProfileId"], listed.len()), (&expected, &json!("b"), 2));
    let tokens: Vec<_> = fake.requests().iter().map(|request| request.query("nextToken")).collect();
    assert_eq!(tokens, [None, Some("n/2".to_owned()), Some("n3".to_owned())]);
    assert!(fake.requests().iter().all(|request| request.query("maxResults").as_deref() == Some("1000")));
}

#[test]
fn pages_that_repeat_are_an_error() {
    let fake = FakeBedrock::start();
    for reply in [page(&["a"], Some("one")), page(&["a"], Some("two")), page(&[], Some("one"))] {
        fake.expect(list_inference_profiles().replies(reply));
    }
    let ran = inference_profile(&fake, ["list"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
    assert!(ran.stderr_text().contains("the response repeats a page"), "{ran}");
}

#[test]
fn the_users_limit_is_for_all_pages_together() {
    let fake = FakeBedrock::start();
    fake.page_size(1);
    for name in ["a", "b", "c"] {
        fake.application_profile(name, NOVA, "eu-central-1");
    }
    fake.expect_repeatedly(list_inference_profiles().takes(Duration::from_millis(600)));
    let ran = inference_profile(&fake, ["list", "--timeout", "1s"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(6)), "{ran}");
    assert!(ran.stderr_text().contains("the call was not done within 1 second (`--timeout`)"), "{ran}");
}

#[test]
fn a_create_that_is_sent_again_cannot_make_a_second_profile() {
    let fake = FakeBedrock::start();
    fake.expect(create_inference_profile().fails(500, "InternalServerException", "again"));
    fake.expect(create_inference_profile());
    let ran = inference_profile(&fake, ["create", "Batch", "--from", "gpt-oss-20b"]).run();
    assert_eq!(ran.stdout_text(), format!("{FIRST}\n"), "{ran}");
    let bodies: Vec<_> = fake.requests().iter().map(Request::json).collect();
    assert!(bodies[0] == bodies[1] && bodies[0]["clientRequestToken"].is_string(), "{bodies:?}");
}

#[test]
fn a_list_as_json_has_the_field_names_of_aws_and_the_tags_where_they_were_asked_for() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    fake.expect(list_inference_profiles());
    let mut expected = json!({
        "inferenceProfileId": "fake00000001",
        "inferenceProfileArn": FIRST,
        "inferenceProfileName": "Batch",
        "description": null,
        "type": "APPLICATION",
        "status": "ACTIVE",
        "models": [{"modelArn": OPEN_WEIGHT}],
        "createdAt": "2026-01-15T00:00:00Z",
        "updatedAt": "2026-01-15T00:00:00Z",
    });
    let listed = lines(&inference_profile(&fake, ["list", "--format", "json"]).run());
    assert_eq!(listed, std::slice::from_ref(&expected));

    fake.expect(tag_resource());
    let tagged = inference_profile(&fake, ["tag", FIRST, "team=red", "cost center="]).run();
    assert_eq!((tagged.stdout_text(), tagged.stderr_text(), tagged.exit()), ("", "", Some(0)));
    fake.expect(list_inference_profiles());
    fake.expect(list_tags_for_resource());
    expected["tags"] = json!([{"key": "cost center", "value": ""}, {"key": "team", "value": "red"}]);
    assert_eq!(lines(&inference_profile(&fake, ["list", "--tags", "--format", "json"]).run()), [expected]);
}

#[test]
fn system_defined_profiles_are_listed_on_demand() {
    let fake = FakeBedrock::start();
    fake.expect(list_inference_profiles());
    let ran = inference_profile(&fake, ["list", "--type", "system-defined"]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    eu.amazon.nova-2-lite-v1:0	EU Amazon Nova 2 Lite	amazon.nova-2-lite-v1:0	geographic	ACTIVE
    eu.amazon.nova-lite-v1:0	EU Amazon Nova Lite	amazon.nova-lite-v1:0	geographic	ACTIVE
    eu.anthropic.claude-haiku-4-5-20251001-v1:0	EU Anthropic Claude Haiku 4.5	anthropic.claude-haiku-4-5-20251001-v1:0	geographic	ACTIVE
    eu.anthropic.claude-opus-4-7	EU Anthropic Claude Opus 4.7	anthropic.claude-opus-4-7	geographic	ACTIVE
    eu.anthropic.claude-sonnet-4-5-20250929-v1:0	EU Anthropic Claude Sonnet 4.5	anthropic.claude-sonnet-4-5-20250929-v1:0	geographic	ACTIVE
    global.amazon.nova-2-lite-v1:0	GLOBAL Amazon Nova 2 Lite	amazon.nova-2-lite-v1:0	global	ACTIVE
    global.anthropic.claude-haiku-4-5-20251001-v1:0	GLOBAL Anthropic Claude Haiku 4.5	anthropic.claude-haiku-4-5-20251001-v1:0	global	ACTIVE
    global.anthropic.claude-opus-4-7	GLOBAL Anthropic Claude Opus 4.7	anthropic.claude-opus-4-7	global	ACTIVE
    global.anthropic.claude-sonnet-4-5-20250929-v1:0	GLOBAL Anthropic Claude Sonnet 4.5	anthropic.claude-sonnet-4-5-20250929-v1:0	global	ACTIVE
    ----- stderr -----
    ----- exit 0 -----
    ");
    fake.expect(list_inference_profiles());
    let none = inference_profile(&fake, ["list"]).run();
    assert_eq!((none.stdout_text(), none.stderr_text()), ("", "note: eu-central-1 has no such inference profile\n"));
    let types: Vec<_> = fake.requests().iter().map(|request| request.query("type").unwrap()).collect();
    assert_eq!(types, ["SYSTEM_DEFINED", "APPLICATION"]);
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_a_table_with_a_header() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    fake.expect(list_inference_profiles());
    let ran = inference_profile(&fake, ["list"]).terminal([Stream::Stdout]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    ID            NAME   MODEL                   ROUTING    STATUS
    fake00000001  Batch  openai.gpt-oss-20b-1:0  in-region  ACTIVE
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn a_page_shows_all_that_aws_tells_and_the_tags() {
    let fake = FakeBedrock::start();
    fake.application_profile("Team Red", NOVA, "eu-central-1");
    fake.expect(tag_resource());
    inference_profile(&fake, ["tag", FIRST, "team=red", "purpose=bed time"]).run();
    for way in ["fake00000001", FIRST] {
        fake.expect(get_inference_profile());
        fake.expect(list_tags_for_resource());
        let ran = inference_profile(&fake, ["show", way]).run();
        insta::allow_duplicates! { insta::assert_snapshot!(ran, @r#"
        ----- stdout -----
        fake00000001
          name         Team Red
          ARN          arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001
          type         APPLICATION
          status       ACTIVE
          model        amazon.nova-2-lite-v1:0
          routing      geographic
          destinations eu-central-1, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-3
          created      2026-01-15T00:00:00Z
          updated      2026-01-15T00:00:00Z
          tags         purpose="bed time"
                       team=red
        ----- stderr -----
        ----- exit 0 -----
        "#); }
    }
    // Another team's profile might have the name: it is used only with the prefix.
    fake.expect(list_inference_profiles());
    fake.expect(list_tags_for_resource());
    let by_name = inference_profile(&fake, ["show", "inference-profile:Team Red", "--format", "json"]).run();
    assert_eq!(lines(&by_name)[0]["inferenceProfileArn"], FIRST);
    refused(["show", "Team Red"], "a name is written `inference-profile:NAME`");
}

#[test]
fn a_page_without_the_right_to_see_tags_still_shows_the_rest() {
    let fake = FakeBedrock::start();
    fake.application_profile("Team Red", NOVA, "eu-central-1");
    fake.expect(get_inference_profile());
    let denial = format!(
        "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: bedrock:ListTagsForResource on resource: \
         {FIRST} because no identity-based policy allows the bedrock:ListTagsForResource action"
    );
    fake.expect(list_tags_for_resource().fails(403, "AccessDeniedException", &denial));
    let ran = inference_profile(&fake, ["show", "fake00000001"]).run();
    assert!(ran.stdout_text().contains("eu-north-1"), "{ran}");
    insta::assert_snapshot!(ran.stderr_text(), @"note: its tags are not shown: `arn:aws:iam::111122223333:user/ci` is not allowed to perform `bedrock:ListTagsForResource`");
    assert_eq!(ran.exit(), Some(0));
}

#[test]
fn names_that_nobody_or_several_bear_are_errors() {
    let fake = FakeBedrock::start();
    fake.expect_repeatedly(list_inference_profiles());
    let none = inference_profile(&fake, ["show", "inference-profile:x"]).run();
    insta::assert_snapshot!(none, @r"
    ----- stdout -----
    ----- stderr -----
    error: no application inference profile in eu-central-1 bears the name `x`

     hint: `bedrock-ask inference-profile list --region eu-central-1` lists them
    ----- exit 3 -----
    ");
    fake.application_profile("x", NOVA, "eu-central-1");
    fake.application_profile("x", OPEN_WEIGHT, "eu-central-1");
    let several = inference_profile(&fake, ["show", "inference-profile:x"]).run();
    insta::assert_snapshot!(several, @r"
    ----- stdout -----
    ----- stderr -----
    error: 2 inference profiles in eu-central-1 bear the name `x`

     hint: use one of their IDs: fake00000001, fake00000002
    ----- exit 2 -----
    ");
}

#[test]
fn a_plain_model_gives_a_single_region_profile_and_only_its_arn_is_printed() {
    let fake = FakeBedrock::start();
    fake.expect(create_inference_profile());
    let words = ["create", "Batch", "--from", "gpt-oss-20b", "--description", "For team: red", "--tag", "team=red"];
    let ran = inference_profile(&fake, words).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (&*format!("{FIRST}\n"), "", Some(0)), "{ran}");
    let mut body = fake.requests()[0].json();
    assert!(body["clientRequestToken"].take().is_string());
    let expected = json!({
        "clientRequestToken": null,
        "inferenceProfileName": "Batch",
        "description": "For team: red",
        "modelSource": {"copyFrom": OPEN_WEIGHT},
        "tags": [{"key": "team", "value": "red"}],
    });
    assert_eq!(body, expected);
}

#[test]
fn any_other_model_is_copied_from_the_system_defined_profile_that_the_routing_allows() {
    for (routing, copied) in [("geo", "eu.amazon.nova-2-lite-v1:0"), ("global", "global.amazon.nova-2-lite-v1:0")] {
        let fake = FakeBedrock::start();
        fake.expect(get_inference_profile());
        fake.expect(create_inference_profile());
        let words = ["create", "Chat", "--from", "amazon.nova-2-lite-v1:0", "--routing", routing, "--format", "json"];
        let ran = inference_profile(&fake, words).run();
        let copy_from = format!("arn:aws:bedrock:eu-central-1:111122223333:inference-profile/{copied}");
        let expected = json!({
            "inferenceProfileArn": FIRST,
            "inferenceProfileName": "Chat",
            "modelSource": {"copyFrom": copy_from},
        });
        assert_eq!(lines(&ran), [expected], "{ran}");
        assert_eq!(fake.requests_of(Operation::CreateInferenceProfile)[0].json()["modelSource"]["copyFrom"], copy_from);
    }
}

#[test]
fn what_does_not_resolve_or_cannot_be_copied_is_told_without_a_request() {
    let fake = FakeBedrock::start();
    let unresolved =
        inference_profile(&fake, ["create", "x", "--from", "us.amazon.nova-lite-v1:0", "--no-repair"]).run();
    assert_eq!((unresolved.exit(), unresolved.stdout_text()), (Some(3), ""), "{unresolved}");
    let routing = ["create", "x", "--from", "amazon.nova-2-lite-v1:0", "--routing", "in-region"];
    assert_eq!(inference_profile(&fake, routing).run().exit(), Some(4));
    let copy = inference_profile(&fake, ["create", "x", "--from", FIRST]).run();
    insta::assert_snapshot!(copy, @r"
    ----- stdout -----
    ----- stderr -----
    error: `arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001` cannot be copied
    cause: an application inference profile stands for a foundation model or a system-defined inference profile
    ----- exit 2 -----
    ");
}

#[test]
fn a_name_that_exists_is_a_conflict_unless_it_may_exist_and_stands_for_the_same() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    fake.expect(create_inference_profile());
    let conflict = inference_profile(&fake, ["create", "Batch", "--from", "gpt-oss-20b"]).run();
    insta::assert_snapshot!(conflict, @"
    ----- stdout -----
    ----- stderr -----
    error: an inference profile with this name already exists
      aws: ConflictException: An inference profile with the name Batch already exists.
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: `bedrock-ask inference-profile list --region eu-central-1` shows it; `--if-not-exists` accepts it
    ----- exit 1 -----
    ");
    let again = ["create", "Batch", "--from", "gpt-oss-20b", "--if-not-exists", "--tag", "team=red"];
    fake.expect(list_inference_profiles());
    insta::assert_snapshot!(inference_profile(&fake, again).run(), @r"
    ----- stdout -----
    arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001
    ----- stderr -----
    note: `Batch` exists already: its tags and its description stay as they are
    ----- exit 0 -----
    ");
    fake.expect(get_inference_profile());
    fake.expect(list_inference_profiles());
    let other = ["create", "Batch", "--from", "amazon.nova-2-lite-v1:0", "--if-not-exists"];
    insta::assert_snapshot!(inference_profile(&fake, other).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `Batch` exists already, and stands for something else
    cause: it is `arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001`, for openai.gpt-oss-20b-1:0 in eu-central-1
    cause: asked for is amazon.nova-2-lite-v1:0 in eu-central-1, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-3

     hint: choose another name
     hint: or, where nothing uses it any more: `bedrock-ask inference-profile delete arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001`
    ----- exit 1 -----
    ");
}

#[test]
fn a_profile_that_somebody_else_makes_at_the_same_time_is_taken_too() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    let nothing_yet = Reply::Page(200, "application/json".into(), r#"{"inferenceProfileSummaries":[]}"#.into());
    fake.expect(list_inference_profiles().replies(nothing_yet));
    fake.expect(create_inference_profile());
    fake.expect(list_inference_profiles());
    let ran = inference_profile(&fake, ["create", "Batch", "--from", "gpt-oss-20b", "--if-not-exists"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), (&*format!("{FIRST}\n"), Some(0)), "{ran}");
}

#[test]
fn names_descriptions_and_tags_that_aws_would_refuse_are_never_sent() {
    refused(["create", "a--b", "--from", "nova-lite"], "'-' stands first or after another separator");
    refused(["create", "ä", "--from", "nova-lite"], "a name has no 'ä' in it");
    refused(["create", &"a".repeat(65), "--from", "nova-lite"], "a name has 1 to 64 characters, and this has 65");
    refused(["create", "a", "--from", "nova-lite", "--description", "a, b"], "a description has no ',' in it");
    refused(["create", "a", "--from", "nova-lite", "--tag", "x"], "a tag is KEY=VALUE");
    refused(["create", "a", "--from", "nova-lite", "--tag", "x=1", "--tag", "x=2"], "the tag `x` is given twice");
    refused(["tag", FIRST, "aws:x=1"], "keys that begin with `aws:` are AWS's own");
    refused(["untag", FIRST, "a,b"], "the key of a tag has no ',' in it");
}

#[test]
fn tags_come_and_go() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    fake.expect(list_inference_profiles());
    fake.expect(tag_resource());
    assert_eq!(inference_profile(&fake, ["tag", "inference-profile:Batch", "a=1", "b=2"]).run().exit(), Some(0));
    fake.expect(get_inference_profile());
    fake.expect(untag_resource());
    assert_eq!(inference_profile(&fake, ["untag", "fake00000001", "a", "never-there"]).run().exit(), Some(0));
    fake.expect(list_inference_profiles());
    fake.expect(list_tags_for_resource());
    let ran = inference_profile(&fake, ["list", "--tags"]).run();
    assert_eq!(ran.stdout_text().trim_end().split('\t').next_back(), Some("b=2"), "{ran}");
}

#[test]
fn system_defined_profiles_are_not_deleted_and_nobody_is_asked() {
    for id in ["eu.amazon.nova-2-lite-v1:0", NOVA] {
        refused(["delete", id, "--yes"], "is a system-defined inference profile, which cannot be deleted");
    }
    refused(["delete", FIRST], "cannot ask for confirmation: stdin is not a terminal");
}

#[test]
fn with_yes_a_profile_is_deleted_at_once() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    fake.expect(delete_inference_profile());
    let ran = inference_profile(&fake, ["delete", FIRST, "--yes"]).run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    ----- stderr -----
    note: `arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001` is deleted
    ----- exit 0 -----
    ");
    assert!(fake.requests()[0].path().ends_with("application-inference-profile%2Ffake00000001"));
    fake.expect(delete_inference_profile());
    insta::assert_snapshot!(inference_profile(&fake, ["delete", "fake00000001", "-y"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `fake00000001` was not found in eu-central-1: it was deleted, or it belongs to another account or Region
      aws: ResourceNotFoundException: The specified resource could not be found
      aws: request ID: 00000000-0000-4000-8000-000000000002

     hint: `bedrock-ask inference-profile list --region eu-central-1` lists the account's application inference profiles there
    ----- exit 3 -----
    ");
}

#[test]
fn a_bare_name_is_not_found_and_the_error_shows_how_a_name_is_written() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    for (words, expectation) in [
        (["show", "Batch"].to_vec(), get_inference_profile()),
        (["tag", "Batch", "team=red"].to_vec(), get_inference_profile()),
        (["delete", "Batch", "--yes"].to_vec(), delete_inference_profile()),
    ] {
        fake.expect(expectation);
        let ran = inference_profile(&fake, words).run();
        let hint = " hint: if `Batch` is a name: write `inference-profile:Batch`\n";
        assert!(ran.exit() == Some(3) && ran.stderr_text().ends_with(hint), "{ran}");
    }
}

#[cfg(unix)]
#[test]
fn on_a_terminal_somebody_is_asked_and_only_a_yes_deletes() {
    for (answer, exit) in [("yes\n", 0), ("Y\n", 0), ("\n", 1), ("no\n", 1)] {
        let fake = FakeBedrock::start();
        fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
        fake.expect(get_inference_profile());
        if exit == 0 {
            fake.expect(delete_inference_profile());
        }
        let run = inference_profile(&fake, ["delete", "fake00000001"]).terminal([Stream::Stdin, Stream::Stderr]);
        let mut running = run.spawn();
        running.stderr_until("Calls that name it will fail. [y/N]");
        running.write_stdin(answer);
        let ran = running.finish();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(exit), ""), "{ran}");
    }
}

#[test]
fn a_denial_names_who_may_not_do_what_and_leaves_with_5() {
    let fake = FakeBedrock::start();
    let denied = |action: &str, resource: &str| {
        format!(
            "User: arn:aws:sts::111122223333:assumed-role/ci/run is not authorized to perform: bedrock:{action} on \
             resource: {resource} because no identity-based policy allows the bedrock:{action} action"
        )
    };
    let list = denied("ListInferenceProfiles", "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/*");
    fake.expect(list_inference_profiles().fails(403, "AccessDeniedException", &list));
    insta::assert_snapshot!(inference_profile(&fake, ["list"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `arn:aws:sts::111122223333:assumed-role/ci/run` is not allowed to perform `bedrock:ListInferenceProfiles`
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/ci/run is not authorized to perform: bedrock:ListInferenceProfiles on resource: arn:aws:bedrock:eu-central-1:111122223333:inference-profile/* because no identity-based policy allows the bedrock:ListInferenceProfiles action
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: this action is only a lookup: invoking the model needs another action, which may be allowed

     hint: ask an administrator to allow `bedrock:ListInferenceProfiles`; prompts work without it, with the built-in catalog
    ----- exit 5 -----
    ");
    let create = denied("CreateInferenceProfile", OPEN_WEIGHT);
    fake.expect(create_inference_profile().fails(403, "AccessDeniedException", &create));
    let create = inference_profile(&fake, ["create", "Batch", "--from", "gpt-oss-20b"]).run();
    insta::assert_snapshot!(create, @"
    ----- stdout -----
    ----- stderr -----
    error: `arn:aws:sts::111122223333:assumed-role/ci/run` is not allowed to create inference profiles
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/ci/run is not authorized to perform: bedrock:CreateInferenceProfile on resource: arn:aws:bedrock:eu-central-1::foundation-model/openai.gpt-oss-20b-1:0 because no identity-based policy allows the bedrock:CreateInferenceProfile action
      aws: request ID: 00000000-0000-4000-8000-000000000002

     hint: `bedrock-ask iam-policy openai.gpt-oss-20b-1:0 --for inference-profiles --region eu-central-1` prints the policy for an administrator to attach
    ----- exit 5 -----
    ");
    let delete = denied("DeleteInferenceProfile", FIRST);
    fake.expect(delete_inference_profile().fails(403, "AccessDeniedException", &delete));
    let delete = inference_profile(&fake, ["delete", FIRST, "--yes"]).run();
    insta::assert_snapshot!(delete, @r"
    ----- stdout -----
    ----- stderr -----
    error: `arn:aws:sts::111122223333:assumed-role/ci/run` is not allowed to perform `bedrock:DeleteInferenceProfile`
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/ci/run is not authorized to perform: bedrock:DeleteInferenceProfile on resource: arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001 because no identity-based policy allows the bedrock:DeleteInferenceProfile action
      aws: request ID: 00000000-0000-4000-8000-000000000003

     hint: ask an administrator to allow `bedrock:DeleteInferenceProfile` on `arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/fake00000001`
    ----- exit 5 -----
    ");
}

#[test]
fn a_region_is_named_once_or_by_the_arn() {
    let fake = FakeBedrock::start();
    fake.application_profile("Batch", OPEN_WEIGHT, "eu-central-1");
    fake.expect(delete_inference_profile());
    let by_arn = bedrock_ask(["inference-profile", "delete", FIRST, "--yes"]).credentials().against(&fake).run();
    assert_eq!(by_arn.exit(), Some(0), "{by_arn}");
    let fake = FakeBedrock::start();
    let nowhere = bedrock_ask(["inference-profile", "list"]).credentials().against(&fake).run();
    assert!(nowhere.exit() == Some(2) && nowhere.stderr_text().contains("no source Region is set"), "{nowhere}");
    let elsewhere = FIRST.replace("eu-central-1", "us-east-1");
    refused(["show", &elsewhere], "belongs to us-east-1, and the source Region is eu-central-1");
    refused(["list", "--region", "us-east-1"], "`--region` names several Regions, and this command takes one");
}

#[test]
fn what_another_server_responds_is_no_success() {
    let page = |kind: &str, body: &str| Reply::Page(200, kind.to_owned(), body.to_owned());
    for (operation, words) in [
        (delete_inference_profile(), &["delete", FIRST, "--yes"][..]),
        (tag_resource(), &["tag", FIRST, "team=red"]),
        (untag_resource(), &["untag", FIRST, "team"]),
    ] {
        let fake = FakeBedrock::start();
        fake.application_profile("chat", NOVA, "eu-central-1");
        fake.allow(get_inference_profile());
        fake.expect(operation.replies(page("text/html", "<html>Log in</html>")));
        let ran = inference_profile(&fake, words.iter().copied()).run();
        assert!(ran.exit() == Some(1) && ran.stdout.is_empty() && ran.stderr_text().contains("text/html"), "{ran}");
    }
    for (operation, words) in [
        (create_inference_profile(), &["create", "chat", "--from", "openai.gpt-oss-20b-1:0"][..]),
        (get_inference_profile(), &["show", "abcdefghij12"]),
    ] {
        let fake = FakeBedrock::start();
        fake.expect(operation.replies(page("application/json", "{}")));
        let ran = inference_profile(&fake, words.iter().copied()).run();
        assert!(ran.exit() == Some(1) && ran.stdout.is_empty() && ran.stderr_text().contains("no ARN"), "{ran}");
    }
}
