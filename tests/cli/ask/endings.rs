//! How a call can end: stop reasons, broken streams, time limits, closed pipes.

use serde_json::{Value, json};

use super::*;

#[test]
fn each_stop_reason_is_complete_or_incomplete_and_keeps_the_text() {
    let fake = FakeBedrock::start();
    for (reason, exit) in [
        ("end_turn", 0),
        ("stop_sequence", 0),
        ("tool_use", 0),
        ("max_tokens", 7),
        ("guardrail_intervened", 7),
        ("content_filtered", 7),
        ("refusal", 7),
        ("malformed_model_output", 7),
        ("malformed_tool_use", 7),
        ("model_context_window_exceeded", 7),
        ("a_reason_of_next_year", 7),
    ] {
        for (expected, words) in [(converse_stream(), &["hi"][..]), (converse(), &["--no-stream", "hi"])] {
            fake.expect(expected.stop_reason(reason));
            let ran = ask(&fake, words.iter().copied()).run();
            assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(exit)), "{reason}\n{ran}");
            assert_eq!(ran.stderr_text().contains(reason), exit == 7, "{ran}");
        }
    }
}

/// A whole response with this content.
fn content(content: &str) -> Expected {
    let body =
        format!(r#"{{"output":{{"message":{{"role":"assistant","content":{content}}}}},"stopReason":"end_turn"}}"#);
    converse().replies(Reply::Page(200, "application/json".to_owned(), body))
}

#[test]
fn a_response_without_text_says_why() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).reasoning("hmm"));
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the response has no text
    cause: it contains only `reasoningContent`
    cause: stop reason: end_turn
    ----- exit 7 -----
    ");
    for (blocks, cause) in [
        ("[]", "it is empty"),
        (r#"[{"toolUse":{"toolUseId":"t","name":"n","input":{}}}]"#, "it contains only `toolUse`"),
        (r#"[{"image":{"format":"png","source":{"bytes":"AA=="}}}]"#, "it contains only `image`"),
        (r#"[{"hologram":{"of":"x"}}]"#, "it contains only `hologram`"),
    ] {
        fake.expect(content(blocks));
        let ran = ask(&fake, ["--no-stream", "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{blocks}\n{ran}");
        assert!(ran.stderr_text().contains(&format!("cause: {cause}\n")), "{ran}");
    }
}

#[test]
fn the_text_of_citations_is_printed_and_other_content_is_noted() {
    let fake = FakeBedrock::start();
    fake.expect(content(
        r#"[{"text":"A "},{"citationsContent":{"content":[{"text":"cited text"}]}},{"image":{"format":"png","source":{"bytes":"AA=="}}}]"#,
    ));
    insta::assert_snapshot!(ask(&fake, ["--no-stream", "hi"]).run(), @"
    ----- stdout -----
    A cited text
    ----- stderr -----
    warning: the response also contains `image`, which is not printed; `--format json` includes it
    ----- exit 0 -----
    ");
}

/// Returns the frames of a delta of text, of each block besides text that AWS may send, and of the end.
fn every_block() -> Vec<(&'static str, Value)> {
    let start = |index: u32, start: Value| ("contentBlockStart", json!({"contentBlockIndex": index, "start": start}));
    let delta = |index: u32, delta: Value| ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}));
    vec![
        delta(0, json!({"reasoningContent": {"text": "hmm"}})),
        delta(0, json!({"reasoningContent": {"signature": "c2ln"}})),
        delta(1, json!({"text": "Cited "})),
        delta(1, json!({"text": "text"})),
        delta(
            1,
            json!({"citation": {"title": "report", "location": {"documentPage": {"documentIndex": 0, "start": 3}}}}),
        ),
        start(2, json!({"toolUse": {"toolUseId": "t", "name": "n"}})),
        delta(2, json!({"toolUse": {"input": "{\"a\":"}})),
        delta(2, json!({"toolUse": {"input": "1}"}})),
        start(3, json!({"toolResult": {"toolUseId": "t"}})),
        delta(3, json!({"toolResult": [{"text": "done"}]})),
        start(4, json!({"image": {"format": "png"}})),
        delta(4, json!({"image": {"source": {"bytes": "iVBORw=="}}})),
        start(5, json!({"hologram": {"of": "x"}})),
        ("projection", json!({"at": 1})),
        ("messageStop", json!({"stopReason": "end_turn"})),
        ("metadata", json!({"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}})),
    ]
}

/// Returns the same blocks as a message has them.
fn every_block_of_a_message() -> Value {
    json!([
        {"reasoningContent": {"reasoningText": {"text": "hmm", "signature": "c2ln"}}},
        {"citationsContent": {
            "content": [{"text": "Cited text"}],
            "citations": [{"title": "report", "location": {"documentPage": {"documentIndex": 0, "start": 3}}}],
        }},
        {"toolUse": {"toolUseId": "t", "name": "n", "input": {"a": 1}}},
        {"toolResult": {"toolUseId": "t", "content": [{"text": "done"}]}},
        {"image": {"format": "png", "source": {"bytes": "iVBORw=="}}},
        {"hologram": {"of": "x"}},
    ])
}

#[test]
fn no_block_of_a_response_is_dropped_unseen() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(every_block())));
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @"
    ----- stdout -----
    Cited text
    ----- stderr -----
    warning: the response also contains `toolUse`, `toolResult`, `image`, `hologram`, `projection`, which is not printed; `--format json` includes it
    note: source 1: report, page 3
    ----- exit 0 -----
    ");
    fake.expect(content(&every_block_of_a_message().to_string()));
    insta::assert_snapshot!(ask(&fake, ["--quiet", "--no-stream", "hi"]).run(), @"
    ----- stdout -----
    Cited text
    ----- stderr -----
    warning: the response also contains `toolUse`, `toolResult`, `image`, `hologram`, which is not printed; `--format json` includes it
    ----- exit 0 -----
    ");
}

#[test]
fn each_block_of_a_response_is_whole_in_json() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(every_block())));
    fake.expect(content(&every_block_of_a_message().to_string()));
    for words in [&["--format", "json", "hi"][..], &["--format", "json", "--no-stream", "hi"]] {
        let ran = ask(&fake, words.iter().copied()).run();
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!(object["output"]["message"]["content"], every_block_of_a_message(), "{words:?}");
        let events = if words.contains(&"--no-stream") { Value::Null } else { json!([{"projection": {"at": 1}}]) };
        assert_eq!((&object["unknownEvents"], ran.exit()), (&events, Some(0)), "{ran}");
        assert!(!ran.stderr_text().contains("warning"), "{ran}");
    }
}

#[test]
fn what_arrived_of_a_stream_that_breaks_is_whole_in_json() {
    let fake = FakeBedrock::start();
    let events = every_block().into_iter().take(11).collect();
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(events)));
    let ran = ask(&fake, ["--format", "json", "hi"]).run();
    let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    let mut blocks = every_block_of_a_message();
    blocks.as_array_mut().unwrap().truncate(4);
    blocks.as_array_mut().unwrap().push(json!({"image": {"format": "png"}}));
    assert_eq!((&object["output"]["message"]["content"], ran.exit()), (&blocks, Some(7)), "{ran}");
}

#[test]
fn a_stream_that_lacks_what_the_protocol_demands_is_no_success() {
    let fake = FakeBedrock::start();
    let delta = |index: u32, delta: Value| ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}));
    let stop = ("messageStop", json!({"stopReason": "end_turn"}));
    let text = || delta(0, json!({"text": " six"}));
    let gap = "a `contentBlockDelta` in the text has content that is not supported";
    let unknown = json!({"hologram": {"of": "x"}});
    let text_only = || ("contentBlockDelta", json!({"delta": {"text": " six"}}));
    for (events, text_then, fault) in [
        (vec![text(), ("messageStop", json!({}))], " six", "there is no `stopReason`"),
        (vec![text(), ("messageStop", json!({"stopReason": null}))], " six", "there is no `stopReason`"),
        (vec![("contentBlockDelta", json!({"contentBlockIndex": 0})), text(), stop.clone()], " six", gap),
        (vec![text(), ("contentBlockDelta", json!({"contentBlockIndex": 0})), stop.clone()], " six", gap),
        (vec![text_only(), ("contentBlockDelta", json!({})), stop.clone()], " six", gap),
        (vec![delta(0, unknown.clone()), text(), stop.clone()], " six", gap),
        (vec![stop.clone(), text()], "", "content arrived after `messageStop`"),
    ] {
        fake.expect(converse_stream().text(["five"]).ends(Ending::Events(events.clone())));
        let ran = ask(&fake, ["--quiet", "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), (&*format!("five{text_then}\n"), Some(7)), "{events:?}\n{ran}");
        let said = format!("error: the response is malformed, and may be incomplete\ncause: {fault}\n");
        assert_eq!(ran.stderr_text(), said, "{events:?}");
    }
    // A kind of content that AWS may add is noted, and loses no text.
    fake.expect(converse_stream().text(["five"]).ends(Ending::Events(vec![delta(1, unknown), stop])));
    let ran = ask(&fake, ["hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("five\n", Some(0)), "{ran}");
    assert!(ran.stderr_text().starts_with("warning: the response also contains"), "{ran}");
}

#[test]
fn a_whole_response_that_lacks_what_the_protocol_demands_is_no_success() {
    let fake = FakeBedrock::start();
    for (body, stdout, exit) in [
        (r#"{"output":{"message":{"role":"assistant","content":[{"text":"five"}]}}}"#, "five\n", 7),
        (r#"{"output":{"message":{"role":"assistant"}},"stopReason":"end_turn"}"#, "", 7),
        (r#"{"output":{"message":null},"stopReason":"end_turn"}"#, "", 1),
        (r#"{"stopReason":"end_turn"}"#, "", 1),
        ("{}", "", 1),
    ] {
        fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), body.to_owned())));
        let ran = ask(&fake, ["--no-stream", "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), (stdout, Some(exit)), "{body}\n{ran}");
        assert!(!ran.stderr_text().contains("no value was set"), "{ran}");
    }
}

#[test]
fn figures_that_were_not_sent_are_not_shown_as_zero() {
    let fake = FakeBedrock::start();
    for metadata in [json!({"metrics": {"latencyMs": 9}}), json!({})] {
        let events = vec![("messageStop", json!({"stopReason": "end_turn"})), ("metadata", metadata)];
        fake.expect(converse_stream().text(["five"]).ends(Ending::Events(events)));
        let ran = ask(&fake, ["--usage", "hi"]).run();
        assert!(ran.stderr_text().starts_with("usage: no token counts, "), "{ran}");
        assert!(!ran.stderr_text().contains(" 0 ms"), "{ran}");
    }
}

#[test]
fn an_answer_cut_at_the_models_limit_says_so_and_one_cut_on_request_is_complete() {
    let fake = FakeBedrock::start();
    for _ in 0..2 {
        fake.expect(converse_stream().text(["Once upon"]).stop_reason("max_tokens"));
    }
    insta::assert_snapshot!(ask(&fake, ["tell"]).run(), @r"
    ----- stdout -----
    Once upon
    ----- stderr -----
    error: the response was cut at the model's token limit
    cause: stop reason: max_tokens

     hint: ask for a shorter response, or use a model with a higher limit
    ----- exit 7 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["--max-tokens", "2", "tell"]).run(), @r"
    ----- stdout -----
    Once upon
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn a_stream_that_is_cut_keeps_its_text_and_is_no_answer() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an", " answ"]).ends(Ending::WithoutStop));
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @"
    ----- stdout -----
    Half an answ
    ----- stderr -----
    error: the response was cut off after 12 bytes: the stream ended before the response was complete
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the stream ended without `messageStop`

     hint: try again
     hint: `--no-stream` requests the whole response at once
    ----- exit 7 -----
    ");
    fake.expect(converse_stream().text(["Half an", " answ"]).ends(Ending::InsideFrame));
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @"
    ----- stdout -----
    Half an answ
    ----- stderr -----
    error: the response was cut off after 12 bytes: the stream ended before the response was complete
      aws: request ID: 00000000-0000-4000-8000-000000000002
    cause: unexpected end of stream

     hint: try again
     hint: `--no-stream` requests the whole response at once
    ----- exit 7 -----
    ");
    fake.expect(converse_stream().text(["Half an", " answ"]).ends(Ending::Reset));
    let ran = ask(&fake, ["hi"]).run();
    // Wine ends a connection before it closes it, so that none is ever reset.
    #[cfg(windows)]
    assert!(ran.exit() == Some(7) && ran.stdout_text() == "Half an answ\n", "{ran}");
    #[cfg(unix)]
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    Half an answ
    ----- stderr -----
    error: the response was cut off after 12 bytes: the connection was closed before the response was complete
      aws: request ID: 00000000-0000-4000-8000-000000000003
    cause: Connection reset by peer (os error 104)
    cause: error reading a body from connection

     hint: try again
     hint: `--no-stream` requests the whole response at once
    ----- exit 7 -----
    ");
}

#[test]
fn a_stream_that_ends_before_any_text_is_tried_again_and_is_no_empty_answer() {
    let fake = FakeBedrock::start();
    for ending in [Ending::WithoutStop, Ending::InsideFrame] {
        fake.expect(converse_stream().text([""; 0]).ends(ending));
    }
    fake.expect(converse_stream());
    assert_eq!(ask(&fake, ["hi"]).run().stdout_text(), "Hello from Bedrock.\n");
    for ending in [Ending::Reset, Ending::WithoutStop, Ending::WithoutStop] {
        fake.expect(converse_stream().text([""; 0]).ends(ending));
    }
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: the stream ended before the response was complete
      aws: request ID: 00000000-0000-4000-8000-000000000006
    cause: the stream ended without `messageStop`
    cause: sent 3 times

     hint: try again
     hint: `--no-stream` requests the whole response at once
    ----- exit 7 -----
    ");
}

#[test]
fn an_exception_before_any_text_is_tried_again_and_not_seen() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).breaks_with("throttlingException", "Too many requests"));
    fake.expect(converse_stream().fails(503, "ServiceUnavailableException", "Too many connections"));
    fake.expect(converse_stream());
    let ran = ask(&fake, ["hi"]).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)));
}

#[test]
fn three_exceptions_before_any_text_are_the_end() {
    let fake = FakeBedrock::start();
    for _ in 0..3 {
        let message = "Bedrock is unable to process your request.";
        fake.expect(converse_stream().text([""; 0]).breaks_with("serviceUnavailableException", message));
    }
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: Bedrock has no capacity for `eu.amazon.nova-2-lite-v1:0` at the moment
      aws: ServiceUnavailableException: Bedrock is unable to process your request.
      aws: request ID: 00000000-0000-4000-8000-000000000003
    cause: the limit is Bedrock's capacity, not the account's quota
    cause: sent 3 times

     hint: try again in a minute
     hint: use `global.amazon.nova-2-lite-v1:0`, which has more destination Regions; `global.` can run it in any commercial Region
    ----- exit 6 -----
    ");
}

#[test]
fn responses_and_exceptions_share_the_three_attempts() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).breaks_with("throttlingException", "Too many requests"));
    for _ in 0..2 {
        fake.expect(converse_stream().fails(503, "ServiceUnavailableException", "Too many connections"));
    }
    let ran = ask(&fake, ["hi"]).run();
    assert!(ran.exit() == Some(6) && ran.stderr_text().contains("cause: sent 3 times"), "{ran}");
}

#[test]
fn an_exception_that_the_sdk_does_not_know_keeps_its_name() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an"]).breaks_with("modelTimeoutException", "slow"));
    let ran = ask(&fake, ["hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Half an\n", Some(7)), "{ran}");
    assert!(ran.stderr_text().contains("  aws: ModelTimeoutException: slow"), "{ran}");
}

#[test]
fn an_answer_is_complete_at_its_stop_even_if_the_usage_never_comes() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().ends(Ending::WithoutMetadata));
    insta::assert_snapshot!(ask(&fake, ["--usage", "hi"]).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    usage: no token counts, cost ?, eu.amazon.nova-2-lite-v1:0 from eu-central-1
    ----- exit 0 -----
    ");
}

#[test]
fn an_exception_after_text_keeps_the_text_and_is_told() {
    let fake = FakeBedrock::start();
    let message = "Too many tokens, please wait before trying again.";
    fake.expect(converse_stream().text(["Half an"]).breaks_with("throttlingException", message));
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @"
    ----- stdout -----
    Half an
    ----- stderr -----
    error: the response was cut off after 7 bytes: too many tokens per minute for `eu.amazon.nova-2-lite-v1:0`
      aws: ThrottlingException: Too many tokens, please wait before trying again.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: what `--max-tokens` allows counts in full against the quota when a call begins, and an output token can count five times

     hint: try again in a minute; a lower `--max-tokens` uses less of the quota per call
     hint: use `global.amazon.nova-2-lite-v1:0`, which has its own quota and more destination Regions; `global.` can run it in any commercial Region
     hint: an administrator can request a higher quota at https://eu-central-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas
    ----- exit 7 -----
    ");
    let payload = json!({
        "message": "The system encountered an unexpected error during processing. Try your request again.",
        "originalStatusCode": 500,
        "originalMessage": "CUDA out of memory",
    });
    let ending = Ending::Exception("modelStreamErrorException".to_owned(), payload);
    fake.expect(converse_stream().text(["Half an"]).ends(ending));
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @"
    ----- stdout -----
    Half an
    ----- stderr -----
    error: the response was cut off after 7 bytes: `eu.amazon.nova-2-lite-v1:0` failed
      aws: ModelStreamErrorException: The system encountered an unexpected error during processing. Try your request again.
      aws: the model's server: HTTP 500: CUDA out of memory
      aws: request ID: 00000000-0000-4000-8000-000000000002

     hint: try again
    ----- exit 7 -----
    ");
}

#[test]
fn a_stream_that_falls_silent_is_given_up_at_the_idle_limit() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an"]).ends(Ending::Silence));
    insta::assert_snapshot!(ask(&fake, ["hi"]).config("timeout: {idle: 1s}").run(), @"
    ----- stdout -----
    Half an
    ----- stderr -----
    error: the response was cut off after 7 bytes: the response stopped arriving from `http://127.0.0.1:[PORT]`
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the stream was silent for 1 second (idle limit)

     hint: try again; `BEDROCK_ASK_TIMEOUT_IDLE`, or `timeout.idle` in config.yaml, allows longer pauses
    ----- exit 7 -----
    ");
}

#[test]
fn an_answer_that_never_begins_is_given_up_at_each_limit() {
    let fake = FakeBedrock::start();
    for (words, config) in [
        (&["hi"][..], "timeout: {first_byte: 1s}"),
        (&["--no-stream", "hi"], "timeout: {first_byte: 1s}"),
        (&["--timeout", "1s", "hi"], ""),
        (&["hi"], "timeout: {total: 1s}"),
    ] {
        let streams = !words.contains(&"--no-stream");
        fake.expect(if streams { converse_stream() } else { converse() }.replies(Reply::Silence));
        let ran = ask(&fake, words.iter().copied()).config(config).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(6)), "{words:?} {config}\n{ran}");
        assert!(ran.stderr_text().contains("1 second"), "{ran}");
    }
    // A stream without a frame has not begun.
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Silence));
    let ran = ask(&fake, ["hi"]).config("timeout: {first_byte: 1s}").run();
    assert!(ran.stderr_text().contains("no response began within 1 second (first-byte limit)"), "{ran}");
}

#[test]
fn the_limit_of_the_whole_call_cuts_an_answer_that_goes_on() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an"]).ends(Ending::Silence));
    insta::assert_snapshot!(ask(&fake, ["--timeout", "1s", "hi"]).run(), @"
    ----- stdout -----
    Half an
    ----- stderr -----
    error: the response was cut off after 7 bytes: the call took longer than its time limit
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the call was not done within 1 second (`--timeout`)

     hint: a long response needs a longer limit: `--timeout SECONDS`
    ----- exit 7 -----
    ");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_by_the_signal_with_what_came() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ask(&fake, ["count"]).spawn();
    gate.open();
    running.stdout_until("One");
    running.interrupt();
    let ran = running.finish();
    gate.open();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    One[no newline]
    ----- stderr -----
    ----- signal 2 -----
    ");
}

#[test]
fn a_reader_that_has_enough_ends_the_call_with_success() {
    let fake = FakeBedrock::start();
    // More than a pipe holds, then silence: only the closed pipe can end it.
    fake.expect(converse_stream().text(vec!["x".repeat(4096); 64]).ends(Ending::Silence));
    let ran = ask(&fake, ["count"]).stdout_closes_after(3).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("xxx", "", Some(0)));
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_failure() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    insta::assert_snapshot!(ask(&fake, ["hi"]).stdout_to("/dev/full").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: cannot write to stdout
    cause: No space left on device (os error 28)
    ----- exit 1 -----
    ");
}
