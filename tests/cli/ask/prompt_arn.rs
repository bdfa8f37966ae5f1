//! A prompt of Prompt management as the model, and `--var`.

use serde_json::{Value, json};

use super::*;

const REGION: &str = "eu-central-1";

#[test]
fn a_managed_prompt_is_invoked_with_its_variables() {
    let fake = FakeBedrock::start();
    let arn = fake.prompt("ABCDEFGHIJ:2", &["genre", "number"], REGION);
    for (expected, flag) in [(converse_stream(), "--no-stdin"), (converse(), "--no-stream")] {
        fake.expect(expected.about(&arn));
        let ran = ask(&fake, ["-m", &arn, flag, "--var", "number=3 = three", "--var", "genre="]).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)), "{ran}");
        let body = String::from_utf8(fake.requests().last().unwrap().body.clone()).unwrap();
        assert_eq!(body, r#"{"promptVariables":{"genre":{"text":""},"number":{"text":"3 = three"}}}"#);
    }
}

#[test]
fn a_prompt_beside_it_is_a_message_after_it() {
    let fake = FakeBedrock::start();
    let arn = fake.prompt("ABCDEFGHIJ", &[], REGION);
    let message = json!([{"role": "user", "content": [{"text": "hi"}]}]);
    for (words, stdin, messages) in [
        (&["hi"][..], "", message.clone()),
        (&[], "hi", message),
        (&[], "", Value::Null),
        (&["--no-stdin"], "more", Value::Null),
    ] {
        fake.expect(converse_stream());
        let ran = ask(&fake, ["-m", &arn].into_iter().chain(words.iter().copied())).stdin(stdin).run();
        assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
        assert_eq!(fake.requests().last().unwrap().json()["messages"], messages);
    }
    let run = ask(&fake, ["-m", &arn, "-a", "a.log"]).file_here("a.log", "x");
    assert_eq!(run.run().exit(), Some(2), "an attachment needs a prompt");
}

#[test]
fn an_alias_can_name_a_managed_prompt() {
    let fake = FakeBedrock::start();
    let arn = fake.prompt("ABCDEFGHIJ", &["a"], REGION);
    fake.expect(converse_stream().about(&arn));
    let ran = ask(&fake, ["-m", "quiz", "--var", "a=b"]).config(&format!("aliases:\n  quiz: {arn}\n")).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
}

#[test]
fn what_belongs_to_the_prompt_itself_is_not_sent_with_it() {
    let fake = FakeBedrock::start();
    let arn = fake.prompt("ABCDEFGHIJ", &[], REGION);
    insta::assert_snapshot!(ask(&fake, ["-m", &arn, "-s", "Be brief"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: a system prompt cannot be sent with a prompt of Prompt management
    cause: Bedrock takes it from the prompt itself
    cause: it comes from: flag --system
    ----- exit 2 -----
    ");
    for words in [["--max-tokens", "5"], ["--temperature", "0.5"], ["--top-p", "0.5"], ["--stop", "x"]] {
        let ran = ask(&fake, ["-m", &arn].into_iter().chain(words)).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{words:?}\n{ran}");
    }
    let ran = ask(&fake, ["-m", &arn]).env("BEDROCK_ASK_MAX_TOKENS", "5").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("it comes from: environment BEDROCK_ASK_MAX_TOKENS"), "{ran}");
    fake.guardrail("abc123", "1");
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-m", &arn, "--guardrail", "abc123:1"]).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
}

#[test]
fn variables_need_a_managed_prompt_and_one_value_each() {
    let fake = FakeBedrock::start();
    let arn = fake.prompt("ABCDEFGHIJ", &[], REGION);
    insta::assert_snapshot!(ask(&fake, ["--var", "a=b", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `--var` has no effect without `--template`, or a prompt ARN as the model
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["-m", &arn, "--var", "a=b", "--var", "a=c"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `--var a` is given twice
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["-m", &arn, "--var", "a"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: invalid value `a` for `--var <NAME=VALUE>`: must be NAME=VALUE; a name has letters, digits, `_` and `-`

     hint: bedrock-ask --help
    ----- exit 2 -----
    ");
    let ran = ask(&fake, ["-m", &arn, "--var", "=b"]).run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
}

#[test]
fn a_variable_without_a_value_is_awss_to_refuse() {
    let fake = FakeBedrock::start();
    let arn = fake.prompt("ABCDEFGHIJ", &["a"], REGION);
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-m", &arn]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
}

#[test]
fn without_a_managed_prompt_a_prompt_is_needed() {
    let fake = FakeBedrock::start();
    let ran = ask(&fake, ["-m", "arn:aws:bedrock:eu-central-1:111122223333:prompt-router/P"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
}
