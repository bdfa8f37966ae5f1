//! What bounds a prompt: the number of repairs, the time, and which failure is reported.

use std::time::Duration;

use super::*;
use crate::harness::Home;

const INVALID: &str = "The provided model identifier is invalid.";
const DENIED: &str =
    "User: arn:aws:iam::111122223333:user/a is not authorized to perform: bedrock:ListInferenceProfiles";

fn maximum(limit: u32) -> Expected {
    let message = format!(
        "The maximum tokens you requested exceeds the model limit of {limit}. Try again with a maximum tokens value that is lower than {limit}."
    );
    converse_stream().fails(400, "ValidationException", &message)
}

#[test]
fn each_kind_of_fix_is_applied_once() {
    let fake = FakeBedrock::start();
    fake.expect(maximum(499));
    fake.expect(maximum(498));
    let ran = ask(&fake, ["--max-tokens", "500", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_limit_of_no_tokens_is_not_sent() {
    let fake = FakeBedrock::start();
    fake.expect(maximum(0));
    let ran = ask(&fake, ["--max-tokens", "500", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
}

#[test]
fn a_prompt_is_repaired_twice_at_most() {
    let fake = FakeBedrock::start();
    fake.expect(maximum(400));
    fake.expect(converse_stream().fails(400, "ValidationException", "`temperature` is deprecated for this model."));
    fake.expect(converse_stream().fails(400, "ValidationException", "`top_p` is deprecated for this model."));
    let ran = ask(&fake, ["--max-tokens", "500", "--temperature", "0.5", "--top-p", "0.5", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
    assert!(ran.stderr_text().contains("`top_p` is deprecated"), "{ran}");
}

#[test]
fn the_time_limit_holds_for_repairs_and_all() {
    let fake = FakeBedrock::start();
    let takes = Duration::from_millis(700);
    fake.expect(maximum(400).takes(takes));
    fake.expect(converse_stream().takes(takes));
    let ran = ask(&fake, ["--max-tokens", "500", "--timeout", "1s", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(6)), "{ran}");
    assert!(ran.stderr_text().contains("the call was not done within 1 second (`--timeout`)"), "{ran}");
}

/// Runs a prompt whose first ID is refused, and whose second fails in this way.
fn second_fails(second: Expected) -> Ran {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", INVALID));
    fake.allow(list_inference_profiles().fails(403, "AccessDeniedException", DENIED));
    fake.allow(list_foundation_models().fails(403, "AccessDeniedException", DENIED));
    fake.expect_repeatedly(second);
    ask(&fake, ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0", "hi"]).run()
}

#[test]
fn the_first_failure_is_reported_unless_the_second_id_got_further() {
    let no_further = second_fails(converse_stream().fails(400, "", "Invalid model name passed in model=x"));
    insta::assert_snapshot!(no_further, @"
    ----- stdout -----
    ----- stderr -----
    note: `global.anthropic.claude-haiku-4-5-20251001-v1:0` may run in any commercial Region; `--routing geographic,in-region` rules that out
    error: the endpoint at `http://127.0.0.1:[PORT]` rejected `eu.anthropic.claude-haiku-4-5-20251001-v1:0`, although the catalog lists it for eu-central-1
      aws: ValidationException: The provided model identifier is invalid.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the request went to another Region or endpoint, or a tool changed the ID

     hint: check where the request went: `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and the Region of the client must belong to eu-central-1; a blank or a quote that a tool added to the ID has the same effect
     hint: `bedrock-ask catalog refresh --region eu-central-1` reads from AWS which models the account can invoke there
    ----- exit 3 -----
    ");
    let further = second_fails(converse_stream().fails(
        400,
        "ValidationException",
        "The model returned the following errors: prompt is too long: 250000 tokens > 200000 maximum",
    ));
    let [refused, used] = ["eu", "global"].map(|prefix| format!("{prefix}.anthropic.claude-haiku-4-5-20251001-v1:0"));
    let stderr = further.stderr_text();
    assert!(
        stderr.contains(&format!("error: the prompt has 250000 tokens, but `{used}` accepts at most 200000")),
        "{further}"
    );
    assert!(stderr.contains(&format!("cause: `{used}` was invoked because AWS refused `{refused}`\n")), "{further}");
}

#[test]
fn an_error_about_an_id_that_nobody_typed_says_where_it_came_from() {
    let fake = FakeBedrock::start();
    let refused = || converse_stream().fails(400, "ValidationException", INVALID);
    for (run, origin) in [
        (ask(&fake, ["--no-repair", "-m", "haiku", "hi"]), "cause: `haiku` resolves to `eu.anthropic.claude-haiku-"),
        (
            ask(&fake, ["--no-repair", "hi"]).without_env("BEDROCK_ASK_MODEL"),
            "cause: no model was given, and `eu.amazon.nova-2-lite-v1:0` is the default there",
        ),
    ] {
        fake.expect(refused());
        let ran = run.run();
        assert!(ran.stderr_text().contains(origin), "{ran}");
    }
    let ran = bedrock_ask(["hi"]).env("AWS_REGION", "eu-central-1").env("BEDROCK_ASK_MODEL", "nope.bogus").run();
    assert!(ran.stderr_text().contains("cause: the model comes from: environment BEDROCK_ASK_MODEL"), "{ran}");
}

/// The text of a cache file with the checksum in its first line made right: what whoever writes the file can do too.
fn sealed(file: &str) -> String {
    let (head, text) = file.split_once('\n').expect("a head");
    let mut sum = text.len() as u64;
    for piece in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..piece.len()].copy_from_slice(piece);
        sum = (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    }
    let fields: Vec<_> = head.split(' ').collect();
    let [mark, word, version, _, written] = fields[..] else { panic!("{head}") };
    format!("{mark} {word} {version} {sum:016x} {written}\n{text}")
}

#[test]
fn a_learned_id_is_used_with_a_note_and_only_if_it_is_what_was_typed() {
    let home = Home::new();
    let haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", INVALID));
    fake.allow(list_inference_profiles().fails(403, "AccessDeniedException", DENIED));
    fake.allow(list_foundation_models().fails(403, "AccessDeniedException", DENIED));
    fake.expect_repeatedly(converse_stream());
    let called = || fake.requests_of(Operation::ConverseStream).last().expect("a request").segments()[1].clone();
    let taught = ask(&fake, ["-m", haiku, "hi"]).home(&home).run();
    assert_eq!(called(), format!("global.{haiku}"), "{taught}");
    let again = ask(&fake, ["-m", haiku, "hi"]).home(&home).run();
    let note = format!("note: `global.{haiku}` worked before in place of `eu.{haiku}`; using it again\n");
    assert!(again.stderr_text().starts_with(&note), "{again}");
    assert_eq!(called(), format!("global.{haiku}"));
    let narrower = ask(&fake, ["-m", haiku, "--routing", "geo", "hi"]).home(&home).run();
    assert_eq!((called(), narrower.stderr_text()), (format!("eu.{haiku}"), ""), "{narrower}");

    let (path, bytes) =
        home.left_files().into_iter().find(|(_, bytes)| String::from_utf8_lossy(bytes).contains(r#"{"Id":"#)).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    for (input, id, is_used) in [
        (haiku.to_owned(), haiku.to_owned(), true),
        (haiku.to_owned(), "arn:aws:bedrock:eu-central-1:999999999999:inference-profile/x".to_owned(), false),
        (haiku.to_owned(), "global.amazon.nova-2-lite-v1:0".to_owned(), false),
        (format!("eu.{haiku}"), format!("global.{haiku}"), false),
    ] {
        let mut fact: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        fact[1] = serde_json::json!({"Id": {"input": input, "id": id, "routing": "geographic"}});
        let line = fact.to_string();
        let rest = text.lines().filter(|line| !line.contains(r#"{"Id":"#)).collect::<Vec<_>>().join("\n");
        std::fs::write(&path, sealed(&format!("{rest}\n{line}\n"))).unwrap();
        let ran = ask(&fake, ["--dry-run", "-m", &input, "hi"]).home(&home).run();
        let expected = if is_used { id.clone() } else { format!("eu.{haiku}") };
        assert!(ran.stdout_text().starts_with(&format!("modelId {expected}\n")), "{id}: {ran}");
        assert_eq!(ran.stderr_text().contains("worked before"), is_used, "{ran}");
    }
}
