//! Deliberate faults: streams, statuses, silence, and unmet expectations.

use super::*;

#[test]
fn a_stream_is_whole_and_in_order() {
    let answer = streams(converse_stream().text(["Hel", "lo"]).reasoning("hm").stop_reason("max_tokens").tokens(5, 2));
    assert_eq!(answer.header("content-type"), Some("application/vnd.amazon.eventstream"));
    let (frames, is_cut) = frames(&answer.body);
    let kinds: Vec<_> = frames.iter().map(|(kind, _)| kind.as_str()).collect();
    let (delta, stop) = ("contentBlockDelta", "contentBlockStop");
    assert_eq!(kinds, ["messageStart", delta, stop, delta, delta, stop, "messageStop", "metadata"]);
    assert_eq!(frames[1].1["delta"]["reasoningContent"]["text"], "hm");
    assert_eq!(frames[4].1["delta"]["text"], "lo");
    assert_eq!(frames[6].1["stopReason"], "max_tokens");
    assert_eq!(frames[7].1["usage"], json!({"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}));
    assert!(answer.is_whole && !is_cut);
}

#[test]
fn a_stream_ends_in_every_way_that_it_is_told_to() {
    let start = |ending| converse_stream().text(["one"]).ends(ending);
    let of = |answer: &Answer| {
        let (frames, is_cut) = frames(&answer.body);
        (frames.last().unwrap().0.clone(), is_cut, answer.is_whole)
    };
    assert_eq!(of(&streams(start(Ending::WithoutStop))), ("contentBlockDelta".into(), false, true));
    assert_eq!(of(&streams(start(Ending::InsideFrame))), ("contentBlockDelta".into(), true, true));
    assert!(!streams(start(Ending::Reset)).is_whole);
    let broken = streams(start(Ending::Exception(
        "modelStreamErrorException".into(),
        json!({"message": "m", "originalStatusCode": 500, "originalMessage": "o"}),
    )));
    assert_eq!(of(&broken), ("modelStreamErrorException".into(), false, true));
    let first = streams(converse_stream().text([""; 0]).breaks_with("throttlingException", "Too many tokens"));
    let only = ("throttlingException".to_owned(), json!({"message": "Too many tokens"}));
    assert_eq!(frames(&first.body).0, [only]);
}

#[test]
fn deltas_wait_at_the_gate_and_silence_lasts_until_the_client_leaves() {
    let fake = FakeBedrock::start();
    let gate = Gate::default();
    fake.expect(converse_stream().text(["one", "two"]).behind(&gate).ends(Ending::Silence));
    let target = "/model/us.amazon.nova-lite-v1%3A0/converse-stream";
    let headers = signed_headers(&fake.address(), ("POST", target, HELLO), ENVIRONMENT, ("us-east-1", "bedrock"));
    let mut stream = TcpStream::connect(fake.address()).unwrap();
    send(&mut stream, ("POST", target, HELLO), &headers);
    let mut seen = String::new();
    let mut until = |text: &str| {
        let mut buffer = [0; 1024];
        while !seen.contains(text) {
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0, "the stream ended before {text}");
            seen += &String::from_utf8_lossy(&buffer[..count]);
        }
        seen.clone()
    };
    assert!(!until("messageStart").contains("one"));
    gate.open();
    assert!(!until("one").contains("two"));
    gate.open();
    until("two");
}

#[test]
fn scripted_faults_come_instead_of_the_answer() {
    let fake = FakeBedrock::start();
    let send = |expected: Expected| {
        fake.expect(expected);
        ask(&fake, "us-east-1", "POST", "/model/us.amazon.nova-lite-v1%3A0/converse", HELLO)
    };
    let throttled = send(converse().fails(429, "ThrottlingException", "Too many requests").header("Retry-After", "3"));
    assert_eq!((throttled.status, throttled.message().as_str()), (429, "Too many requests"));
    assert_eq!(throttled.header("retry-after"), Some("3"));
    let portal = send(converse().replies(Reply::Page(200, "text/html".into(), "<html>Log in".into())));
    assert_eq!((portal.header("content-type"), portal.header("x-amzn-requestid")), (Some("text/html"), None));
    let text = send(converse().header("Content-Type", "text/plain").date_off_by(-86_400));
    assert_eq!((text.status, text.header("content-type")), (200, Some("text/plain")));
    let date = DateTime::from_str(text.header("date").unwrap(), Format::HttpDate).unwrap();
    assert!((DateTime::from(SystemTime::now()).secs() - date.secs() - 86_400).abs() < 60);
    assert!(!send(converse().replies(Reply::Reset)).is_whole);
}

fn objections(of: impl FnOnce(&FakeBedrock)) -> String {
    let fake = FakeBedrock::start();
    of(&fake);
    let panic = catch_unwind(AssertUnwindSafe(|| drop(fake))).err();
    panic.map_or_else(String::new, |panic| *panic.downcast::<String>().unwrap())
}

#[test]
fn silence_and_surprise_fail_the_test() {
    assert_eq!(objections(|_| {}), "");
    let unmet = objections(|fake| fake.expect(converse()));
    assert!(unmet.ends_with("Converse was expected and never came"), "{unmet}");
    let unmet = objections(|fake| fake.expect_repeatedly(list_foundation_models()));
    assert!(unmet.ends_with("ListFoundationModels was expected and never came"), "{unmet}");
    let surprise = objections(|fake| assert_eq!(ask(fake, "us-east-1", "GET", "/foundation-models", "").status, 400));
    assert!(surprise.ends_with("`GET /foundation-models` was not expected"), "{surprise}");
    // A slash that is not encoded makes another path.
    let target = "/model/arn:aws:bedrock:us-east-1::foundation-model/x/converse";
    let wrong = objections(|fake| assert_eq!(ask(fake, "us-east-1", "POST", target, HELLO).status, 404));
    assert!(wrong.ends_with("is nothing that AWS serves"), "{wrong}");
}

#[test]
fn a_client_that_is_never_answered_hears_nothing_until_it_leaves() {
    let fake = FakeBedrock::start();
    fake.expect(container_credentials().replies(Reply::Silence));
    let mut stream = TcpStream::connect(fake.address()).unwrap();
    send(&mut stream, ("GET", "/container-credentials", ""), &[]);
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let answer = read(stream);
    assert_eq!((answer.head.as_str(), answer.body.len()), ("", 0));
}

#[cfg(unix)]
#[test]
#[should_panic(expected = "is in stdout")]
fn a_signature_that_gets_out_fails_the_test() {
    let fake = FakeBedrock::start();
    let run = crate::harness::program("/bin/cat", [""; 0]).against(&fake);
    fake.expect(converse());
    ask(&fake, "us-east-1", "POST", "/model/amazon.nova-lite-v1%3A0/converse", HELLO);
    let signature = signature::signature_of(&fake.requests()[0]).unwrap().to_owned();
    run.stdin(signature).run();
}
