//! Many calls of the data plane: quotas, scripted responses, the gate and the counts.

use std::thread;
use std::time::{Duration, Instant};

use super::*;

const MODEL: &str = "/model/us.amazon.nova-lite-v1%3A0/converse";

#[test]
fn each_region_has_a_quota_of_its_own() {
    let fake = FakeBedrock::start().throttled(0).with_burst(2).retry_after("3").answering(|_| converse());
    let statuses = |region: &str| [(); 3].map(|()| ask(&fake, region, "POST", MODEL, HELLO).status);
    assert_eq!(statuses("us-east-1"), [200, 200, 429]);
    assert_eq!(statuses("us-west-2"), [200, 200, 429]);
    let refused = ask(&fake, "us-east-1", "POST", MODEL, HELLO);
    assert_eq!(refused.header("x-amzn-errortype").and_then(|kind| kind.split(':').next()), Some("ThrottlingException"));
    assert_eq!(refused.header("retry-after"), Some("3"));
    assert_eq!(refused.message(), "Too many requests, please wait before trying again.");
    let load = fake.load();
    assert_eq!((load.calls, load.throttled, load.in_flight), (7, 3, 0));
    assert_eq!(load.by_region, [("us-east-1".to_owned(), 2), ("us-west-2".to_owned(), 2)].into());
    assert_eq!(fake.requests_of(Operation::Converse).len(), 7);
}

#[test]
fn each_call_has_a_response_of_its_own_and_an_expectation_is_met_first() {
    let fake = FakeBedrock::start().answering(|request| match request.prompt().as_str() {
        "hi" => converse().text([request.prompt().to_uppercase()]),
        _ => converse().fails(400, "ValidationException", "no"),
    });
    fake.expect(converse().text(["first"]));
    let text = |body: &str| {
        let answer = ask(&fake, "us-east-1", "POST", MODEL, body).json();
        answer["output"]["message"]["content"][0]["text"].as_str().map(str::to_owned)
    };
    assert_eq!(text(HELLO).as_deref(), Some("first"));
    assert_eq!(text(HELLO).as_deref(), Some("HI"));
    assert_eq!(text(&HELLO.replace("hi", "ho")), None);
}

#[test]
fn calls_wait_at_the_gate_and_are_counted_while_they_do() {
    let gate = Gate::default();
    let fake = FakeBedrock::start().answering(|_| converse()).held_by(&gate).forgetting();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(ask(&fake, "us-east-1", "POST", MODEL, HELLO).status, 200));
        }
        assert_eq!(fake.wait_until(|load| load.in_flight == 3).by_region.len(), 0);
        gate.open();
        fake.wait_until(|load| load.in_flight == 2);
        gate.open_all();
    });
    let load = fake.wait_until(|load| load.in_flight == 0);
    assert_eq!((load.calls, load.most_in_flight), (3, 3));
    assert!(fake.requests().is_empty());
}

#[test]
fn a_throttled_fake_serves_what_its_quota_allows_and_not_more() {
    let fake = FakeBedrock::start().throttled(100).with_burst(1).answering(|_| converse());
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        ask(&fake, "us-east-1", "POST", MODEL, HELLO);
    }
    let load = fake.load();
    let served = load.by_region["us-east-1"];
    let most = 1.0 + start.elapsed().as_secs_f64() * 100.0;
    assert!(f64::from(u32::try_from(served).unwrap()) <= most, "{load:?}");
    assert_eq!(served + load.throttled, load.calls);
}
