//! `--usage`: one line on stderr, with the cost where all of its prices and counts are known.

use serde_json::{Value, json};

use super::*;
use crate::harness::Home;

/// Returns a stream whose `metadata` has these members.
fn with_metadata(metadata: Value) -> Expected {
    let events = vec![
        ("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"text": "a"}})),
        ("messageStop", json!({"stopReason": "end_turn"})),
        ("metadata", metadata),
    ];
    converse_stream().text([""; 0]).ends(Ending::Events(events))
}

fn counts(input: u32, output: u32, total: u32, read: u32, write: u32) -> Value {
    json!({
        "inputTokens": input, "outputTokens": output, "totalTokens": total,
        "cacheReadInputTokens": read, "cacheWriteInputTokens": write,
    })
}

#[test]
fn the_cost_is_shown_or_a_question_mark() {
    let (haiku, nova) = ("global.anthropic.claude-haiku-4-5-20251001-v1:0", "global.amazon.nova-2-lite-v1:0");
    let long = |ttl: &str| {
        let mut usage = counts(10, 5, 115, 0, 100);
        usage["cacheDetails"] = json!([{"ttl": ttl, "inputTokens": 100}]);
        usage
    };
    let fake = FakeBedrock::start();
    for (model, usage, dollars) in [
        (haiku, counts(1000, 500, 1500, 0, 0), Some(0.0035)),
        (haiku, counts(10, 5, 100_015, 100_000, 0), Some(0.010_035)),
        (haiku, counts(10, 5, 100_015, 0, 100_000), Some(0.125_035)),
        (haiku, long("5m"), Some(0.000_16)),
        (haiku, long("1h"), None),
        // The input tokens may be those of the cache.
        (haiku, counts(100_010, 5, 100_015, 100_000, 0), None),
        (nova, counts(10, 5, 100_015, 100_000, 0), Some(0.007_515_5)),
        (nova, counts(10, 5, 100_015, 0, 100_000), None),
        // The catalog has no price of a geographic profile's cached tokens.
        ("eu.amazon.nova-2-lite-v1:0", counts(10, 5, 115, 100, 0), None),
        ("eu.anthropic.claude-haiku-4-5-20251001-v1:0", counts(10, 5, 15, 0, 0), None),
    ] {
        fake.expect(with_metadata(json!({"usage": usage, "metrics": {"latencyMs": 5}})));
        let ran = ask(&fake, ["-m", model, "--usage", "--format", "json", "hi"]).run();
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        let shown = object["estimatedCost"]["usDollars"].as_f64();
        assert_eq!(
            shown.map(|dollars| (dollars * 1e9).round()),
            dollars.map(|dollars| (dollars * 1e9_f64).round()),
            "{usage}"
        );
        let line = ran.stderr_text().lines().find(|line| line.starts_with("usage: ")).unwrap();
        assert_eq!(line.contains(", cost ?, 5 ms, "), dollars.is_none(), "{ran}");
        assert_eq!(line.contains(" by prices of 2026-10-27, 5 ms, "), dollars.is_some(), "{ran}");
    }
}

#[test]
fn counts_of_cached_tokens_that_may_be_counted_twice_have_no_cost() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let catalog = |provider: &str| {
        format!(
            "# bedrock-ask catalog 1\n# as of 2026-10-27\n# destination lists\n\n# foundation models\n\
             openai.gpt-oss-20b-1:0\n  provider {provider}\n  input TEXT\n  output TEXT\n  streaming yes\n  \
             on-demand eu-central-1\n  price input=1 output=1 cache_read=1 cache_write=1\n"
        )
    };
    for (provider, usage, is_known) in [
        ("OpenAI", counts(10, 5, 15, 0, 0), true),
        ("OpenAI", counts(4995, 19, 10_007, 0, 4993), false),
        ("Other", counts(4995, 19, 10_007, 0, 4993), true),
    ] {
        home.write_here("prices.txt", catalog(provider).as_bytes());
        fake.expect(with_metadata(json!({"usage": usage})));
        let run = ask(&fake, ["-m", "openai.gpt-oss-20b-1:0", "--usage", "hi"]).home(&home);
        let ran = run.env("BEDROCK_ASK_CATALOG_PATH", "prices.txt").run();
        assert_eq!(ran.stderr_text().contains("cost ?"), !is_known, "{ran}");
    }
}
