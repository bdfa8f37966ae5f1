//! `--template`: what it sets of the request, its variables, and what comes before it.

use serde_json::{Value, json};

use super::*;
use crate::harness::Home;

const FOLDER: &str = ".config/bedrock-ask/templates";

/// Adds a template to the home of a run.
fn with(run: Run, name: &str, yaml: &str) -> Run {
    run.file(&format!("{FOLDER}/{name}.yaml"), yaml)
}

/// Runs and returns the only request.
#[track_caller]
fn sent(run: impl FnOnce(&FakeBedrock) -> Run) -> (String, Value) {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = run(&fake).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
    let requests = fake.requests();
    assert_eq!(requests.len(), 1);
    (requests[0].target.clone(), requests[0].json())
}

/// Runs with a template `t`, and returns the prompt that was sent.
#[track_caller]
fn prompt_of(yaml: &str, words: &[&str], change: impl FnOnce(Run) -> Run) -> String {
    let (_, body) = sent(|fake| change(with(ask(fake, [&["-t", "t"], words].concat()), "t", yaml)));
    body["messages"][0]["content"][0]["text"].as_str().expect("a prompt").to_owned()
}

/// Runs with a template `t`, which must be a usage error that sends nothing, and returns stderr.
#[track_caller]
fn refused(yaml: &str, words: &[&str]) -> String {
    refused_run(|fake| with(ask(fake, [&["-t", "t"], words].concat()), "t", yaml))
}

#[track_caller]
fn refused_run(run: impl FnOnce(&FakeBedrock) -> Run) -> String {
    let fake = FakeBedrock::start();
    let ran = run(&fake).run();
    assert_eq!((ran.stdout_text(), ran.exit(), fake.requests().len()), ("", Some(2), 0), "{ran}");
    let stderr = ran.home.redact(ran.stderr_text());
    stderr.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_member_is_a_field_of_the_request() {
    let yaml = "model: nova-lite\nsystem: Answer in {{lang}}.\nprompt: Explain {{ what }}.\nmax_tokens: 9\ntemperature: 0.5\n\
        top_p: 0.25\nstop: [END]\nrouting: [geo]\n";
    let words = ["-t", "t", "--var", "lang=Latin", "--var", "what=a = b"];
    let (target, body) = sent(|fake| with(ask(fake, words).without_env("BEDROCK_ASK_MODEL"), "t", yaml));
    assert!(target.contains("/eu.amazon.nova-lite-v1"), "{target}");
    assert_eq!(
        body,
        json!({
            "messages": [{"role": "user", "content": [{"text": "Explain a = b."}]}],
            "system": [{"text": "Answer in Latin."}],
            "inferenceConfig": {"maxTokens": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["END"]},
        })
    );
}

#[test]
fn a_flag_comes_before_the_template_and_the_template_before_the_environment_and_the_file() {
    let yaml = "system: of the template {{unset}}\nmax_tokens: 2\ntemperature: 0.5\nstop: [T]\n";
    let run = |fake: &FakeBedrock, words: &[&str]| {
        let run = with(ask(fake, [words, &["-t", "t", "hi"]].concat()), "t", yaml);
        let run = run.env("BEDROCK_ASK_MAX_TOKENS", "3").env("BEDROCK_ASK_SYSTEM", "of the environment");
        run.config("max_tokens: 4\nstop_sequences: [F]\ntop_p: 0.25")
    };
    let (_, body) = sent(|fake| run(fake, &["--max-tokens", "1", "-s", "of the flag", "--stop", "S"]));
    let config = json!({"maxTokens": 1, "temperature": 0.5, "topP": 0.25, "stopSequences": ["S"]});
    assert_eq!((&body["inferenceConfig"], &body["system"]), (&config, &json!([{"text": "of the flag"}])));
    let (_, body) = sent(|fake| run(fake, &["--var", "unset=x"]));
    let config = json!({"maxTokens": 2, "temperature": 0.5, "topP": 0.25, "stopSequences": ["T"]});
    assert_eq!((&body["inferenceConfig"], &body["system"]), (&config, &json!([{"text": "of the template x"}])));
    // The variables of a system prompt that is not sent are not used.
    let unused = refused_run(|fake| run(fake, &["-s", "x", "--var", "unset=x"]));
    assert!(unused.contains("does not have: `unset`"), "{unused}");
}

#[test]
fn words_files_and_stdin_stand_in_place_of_input_or_after_the_prompt() {
    let parts = |run: Run| run.file_here("a.txt", "file").stdin("piped\n");
    let words = ["Compare", "these", "--file", "a.txt"];
    let after = prompt_of("prompt: Be brief.", &words, parts);
    assert_eq!(after, "Be brief.\n\nCompare these\n\nfile\n\npiped\n");
    let inside = prompt_of("prompt: <{{ input }}> {{input}}!", &words, parts);
    assert_eq!(inside, "<Compare these\n\nfile\n\npiped\n> Compare these\n\nfile\n\npiped\n!");
    assert_eq!(prompt_of("prompt: Be brief.", &[], |run| run), "Be brief.");
    assert_eq!(prompt_of("prompt: Be brief.", &[], |run| run.stdin(" \n")), "Be brief.");
    assert_eq!(prompt_of("system: Be brief.", &["hi"], |run| run.stdin("piped")), "hi\n\npiped");
    insta::assert_snapshot!(refused("prompt: Sum up {{input}}", &[]), @r#"
    error: the prompt is empty
    cause: `{{input}}` in the template `t` stands for words, files and stdin
     hint: bedrock-ask --template t "your text"
    "#);
    insta::assert_snapshot!(refused("system: Be brief.", &[]), @r#"
    error: the prompt is empty
     hint: bedrock-ask "your question"
    "#);
    let blank = refused_run(|fake| with(ask(fake, ["-t", "t"]), "t", "prompt: '{{input}}'").stdin(" \n"));
    assert!(
        blank.starts_with("error: the prompt is empty, and so is stdin\ncause: `{{input}}` in the template"),
        "{blank}"
    );
}

#[test]
fn a_value_is_sent_as_it_is_and_never_read_for_variables() {
    let yaml = "prompt: '{{a}} {{b}} {{{{a}} {{{a}}}'\nsystem: '{{a}}'";
    let words = ["--var", "a={{b}}{{input}}", "--var", "b=@b.txt"];
    let prompt = prompt_of(yaml, &words, |run| run.file_here("b.txt", "{{a}}\n"));
    assert_eq!(prompt, "{{b}}{{input}} {{a}}\n {{a}} {{{b}}{{input}}}");
    assert_eq!(prompt_of("prompt: a{{x}}b", &["--var", "x="], |run| run), "ab");
    let input = prompt_of("prompt: '{{input}} {{x}}'", &["--var", "x=1", "{{x}}"], |run| run.stdin("{{input}}"));
    assert_eq!(input, "{{x}}\n\n{{input}} 1");
}

#[test]
fn missing_and_unused_variables_are_all_named_before_anything_is_sent() {
    let yaml = "system: In {{lang}}\nprompt: '{{tone}} {{tone}} {{input}}'";
    insta::assert_snapshot!(refused(yaml, &["hi"]), @"
    error: the template `t` has variables without a value: `lang`, `tone`
     hint: add --var lang=VALUE --var tone=VALUE
    ");
    insta::assert_snapshot!(refused(yaml, &["hi", "--var", "lang=x", "--var", "tome=y", "--var", "z=1"]), @"
    error: the template `t` has variables without a value: `tone`
    cause: `--var` names variables that the template `t` does not have: `tome`, `z`
     hint: add --var tone=VALUE
    ");
    insta::assert_snapshot!(
        refused(yaml, &["hi", "--var", "lang=x", "--var", "tone=y", "--var", "z=1", "--var", "a=1"]), @"
    error: `--var` names variables that the template `t` does not have: `a`, `z`
     hint: its variables are `lang`, `tone`
    ");
    insta::assert_snapshot!(refused("model: nova-lite", &["hi", "--var", "z=1"]), @"
    error: `--var` names variables that the template `t` does not have: `z`
     hint: it has no variables; leave out `--var`
    ");
    insta::assert_snapshot!(refused(yaml, &["--var", "input=1", "--var", "lang=x", "--var", "tone=y"]), @"
    error: `--var input` cannot be given
    cause: `{{input}}` stands for the words of the prompt, files and stdin
    ");
    insta::assert_snapshot!(refused(yaml, &["--var", "lang=x", "--var", "tone=y", "--var", "lang=x"]), @"error: `--var lang` is given twice");
    insta::assert_snapshot!(refused(yaml, &["--var", "lang=x", "--var", "tone=@no.txt"]), @"
    error: cannot read `no.txt`
    cause: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(refused_run(|fake| ask(fake, ["--var", "lang=x", "hi"])), @"error: `--var` has no effect without `--template`, or a prompt ARN as the model");
    insta::assert_snapshot!(refused("prompt: '{{x}}'", &["--var", "x= "]), @"
    error: the prompt is empty
    cause: that of the template `t` is blank with the values of its variables
    ");
    for wrong in ["lang", "=x", "a b=x", "ä=x", ""] {
        let stderr = refused(yaml, &["--var", wrong]);
        assert!(stderr.contains("must be NAME=VALUE"), "{wrong}: {stderr}");
    }
}

#[test]
fn every_mistake_in_a_template_is_told_with_file_and_line() {
    for (yaml, expected) in [
        ("modle: x", "1:1: unknown key `modle`\n hint: did you mean `model`?"),
        ("model: x\nsytem: y", "2:1: unknown key `sytem`\n hint: did you mean `system`?"),
        ("stop_sequences: [x]", "1:1: unknown key `stop_sequences`\n hint: the known keys are `model`, `system`"),
        ("auth_refresh: rm -rf x", "1:1: unknown key `auth_refresh`"),
        ("region: us-east-1", "1:1: unknown key `region`"),
        ("prompt: x\nprompt: y", "2:1: `prompt` is given twice"),
        ("prompt: 5", "1:9: `prompt` must be text that is not blank, not a number\n hint: in quotes it is text"),
        ("prompt: ' '", "1:9: `prompt` must be text that is not blank"),
        ("prompt: [a]", "1:9: `prompt` must be text that is not blank, not a list"),
        ("model: ''", "1:8: `model` must be text that is not blank"),
        ("max_tokens: 0", "1:13: `max_tokens` must be a whole number of at least 1"),
        ("temperature: hot", "1:14: `temperature` must be a number from 0 to 1, not text"),
        ("stop: END", "1:7: `stop` must be a list of texts that are not empty, not text"),
        ("routing: [far]", "1:11: `routing` must be a list of geographic (or geo), in-region and global"),
        ("schema: [a]", "1:9: `schema` must be a JSON Schema as a mapping, or text as `--schema` takes it, not a list"),
        ("schema: {minimum: .nan}", "1:19: `schema.minimum` must be a number that JSON has"),
        (
            "prompt: 'a {{b c}}'",
            "1:9: `prompt`: `{{` must begin a variable, such as `{{name}}`, of letters, digits, `_` and `-`",
        ),
        ("system: '{{input}}'", "1:9: `{{input}}` can only be in `prompt`"),
        ("- prompt", "1:1: the template must be a mapping with some of `model`"),
        ("just words", "1:1: the template must be a mapping with some of `model`"),
        ("{}", "1:1: the template is empty"),
        ("", "1:1: the template has no value"),
        ("prompt: !include other", "1:18: tags (`!name`) are not allowed"),
        ("prompt: 'open", "1:9: it is not valid YAML: unclosed quote"),
        ("a: &a [*a]", "1:8: an anchor contains itself"),
    ] {
        let stderr = refused(yaml, &["hi"]);
        assert!(stderr.starts_with(&format!("error: [HOME]/{FOLDER}/t.yaml:{expected}")), "{yaml}: {stderr}");
    }
    let deep = format!("schema: {}a{}", "{a: ".repeat(200), "}".repeat(200));
    assert!(refused(&deep, &["hi"]).contains("it is nested or repeated too much"));
    let binary = refused_run(|fake| ask(fake, ["-t", "./t.yaml"]).file_here("t.yaml", b"prompt: a\nmodel: \xff"));
    assert_eq!(binary, "error: ./t.yaml:2: the template is not UTF-8");
    let large = refused_run(|fake| ask(fake, ["-t", "./t.yaml"]).file_here("t.yaml", vec![b'#'; (1 << 20) + 1]));
    assert_eq!(large, "error: the template `./t.yaml` is larger than 1 MiB");
}

#[test]
fn a_name_that_does_not_exist_is_refused_with_those_that_do() {
    let run = |fake: &FakeBedrock, name: &str| {
        let run = with(with(ask(fake, ["-t", name, "hi"]), "review", "prompt: x"), "sum-up", "prompt: x");
        run.file(&format!("{FOLDER}/old.yml"), "prompt: x").file(&format!("{FOLDER}/.hidden.yaml"), "prompt: x")
    };
    insta::assert_snapshot!(refused_run(|fake| run(fake, "reveiw")), @"
    error: there is no template `reveiw`
    cause: `[HOME]/.config/bedrock-ask/templates/reveiw.yaml` does not exist
     hint: did you mean `review`?
     hint: the templates are `review`, `sum-up`
    ");
    insta::assert_snapshot!(refused_run(|fake| run(fake, "old")), @"
    error: there is no template `old`
    cause: `[HOME]/.config/bedrock-ask/templates/old.yaml` does not exist
     hint: rename `[HOME]/.config/bedrock-ask/templates/old.yml`: a template ends in .yaml
     hint: the templates are `review`, `sum-up`
    ");
    insta::assert_snapshot!(refused_run(|fake| ask(fake, ["-t", "x", "hi"])), @"
    error: there is no template `x`
    cause: `[HOME]/.config/bedrock-ask/templates/x.yaml` does not exist
     hint: there are no templates in that folder yet
    ");
    insta::assert_snapshot!(refused_run(|fake| run(fake, "./review.yaml")), @"error: there is no template `./review.yaml`");
    for name in ["..", ".hidden", "a b", "a:b", "~", "*"] {
        let stderr = refused_run(|fake| run(fake, name));
        assert!(stderr.starts_with(&format!("error: `{name}` is not the name of a template\n hint: ")), "{stderr}");
    }
    let empty = refused_run(|fake| ask(fake, ["-t", "", "hi"]));
    assert!(empty.starts_with("error: a value is required for `--template <NAME|FILE>`"), "{empty}");
    // What comes of a path is the user's own choice.
    let above = refused_run(|fake| run(fake, "../review"));
    assert_eq!(above, "error: there is no template `../review`");
}

#[test]
fn a_template_is_read_from_a_path_and_beside_the_config_file_in_use() {
    let text = |body: &Value| body["messages"][0]["content"][0]["text"].clone();
    for (name, path) in [("./t", "t"), ("t.yml", "t.yml"), ("below/t.yaml", "below/t.yaml")] {
        let (_, body) = sent(|fake| ask(fake, ["-t", name]).file_here(path, "prompt: here"));
        assert_eq!(text(&body), "here", "{name}");
    }
    let home = Home::new();
    let config = home.path("team/own.yaml");
    let (_, body) = sent(|fake| {
        let run = ask(fake, ["-t", "t"]).home(&home).env("BEDROCK_ASK_CONFIG", config);
        run.file("team/own.yaml", "max_tokens: 5").file("team/templates/t.yaml", "prompt: of the team")
    });
    assert_eq!((text(&body), &body["inferenceConfig"]["maxTokens"]), (json!("of the team"), &json!(5)));
}

#[test]
fn a_model_of_a_template_that_does_not_resolve_says_where_it_comes_from() {
    let run = bedrock_ask(["-t", "t", "hi"]).env("AWS_REGION", "eu-central-1").env("BEDROCK_ASK_MODEL", "nova-lite");
    let ran = with(run, "t", "prompt: x\nmodel: nova-lote").run();
    assert_eq!(ran.exit(), Some(3), "{ran}");
    assert!(ran.stderr_text().contains("cause: the model comes from: template t, line 2\n"), "{ran}");
}

#[test]
fn routing_of_a_template_has_no_effect_on_a_model_that_is_sent_as_it_is_written() {
    insta::assert_snapshot!(refused("model: x\nrouting: [geo]", &["--no-resolve", "hi"]), @"
    error: `routing` has no effect on a model that is sent as it is written (flag --no-resolve)
     hint: leave out `routing`, or let the model be resolved
    ");
}

#[test]
fn a_dry_run_shows_the_request_of_a_template_and_needs_no_credentials() {
    let run =
        bedrock_ask(["-t", "t", "--dry-run", "--format", "json", "--var", "x=1"]).env("AWS_REGION", "eu-central-1");
    let ran = with(run, "t", "model: nova-lite\nsystem: S{{x}}\nprompt: P{{x}}").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let request: Value = serde_json::from_str(ran.stdout_text()).expect("JSON");
    let body: Value = serde_json::from_str(request["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!((&body["system"][0]["text"], &body["messages"][0]["content"][0]["text"]), (&json!("S1"), &json!("P1")));
}

#[test]
fn a_mistake_is_reported_in_the_form_that_is_wanted() {
    let ran = with(bedrock_ask(["-t", "t", "hi"]).config("format: json"), "t", "modle: x").run();
    let object: Value = serde_json::from_str(ran.stdout_text()).expect("JSON");
    assert_eq!((ran.exit(), &object["error"]["hints"]), (Some(2), &json!(["did you mean `model`?"])), "{ran}");
}

#[test]
fn the_words_of_a_template_are_not_read_from_the_environment_or_other_files() {
    let yaml = "prompt: '$HOME ${HOME} $(id) `id` @a.txt'\nsystem: '@a.txt'";
    let (_, body) = sent(|fake| with(ask(fake, ["-t", "t"]), "t", yaml).file_here("a.txt", "secret"));
    assert_eq!(body["messages"][0]["content"][0]["text"], "$HOME ${HOME} $(id) `id` @a.txt");
    assert_eq!(body["system"][0]["text"], "@a.txt");
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_folder_in_place_of_a_template_is_refused() {
    let folder = refused_run(|fake| ask(fake, ["-t", "./"]));
    assert_eq!(folder, "error: the template `./` is a folder");
    let endless = refused_run(|fake| ask(fake, ["-t", "/dev/zero"]));
    assert_eq!(endless, "error: the template `/dev/zero` is larger than 1 MiB");
}
