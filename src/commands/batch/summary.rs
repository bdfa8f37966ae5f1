//! The summary of a run: counts, tokens, cost and latencies, in memory that does not grow with the records.

mod latencies;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::record::RecordOutcome;
use super::results::Results;
use crate::aws::Usage;
use crate::config::value::Format;
use crate::error::Error;
use crate::output::Output;
use bedrock_ask::model::price;
use latencies::Latencies;

/// The most names of diagnoses that are counted on their own.
const MOST_DIAGNOSES: usize = 100;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The number of records in the input, if it is known.
    pub records: Option<u64>,
    /// The number of responses that were throttled.
    pub throttled: u64,
    /// Why the run stopped before the end of the input.
    pub error: Option<Error>,
    /// The date of the prices, as `YYYY-MM-DD`.
    pub prices_of: String,
    /// The number of records that earlier runs had done, failed ones included.
    pub done_before: u64,
    /// The number of records that failed in earlier runs and are not sent again.
    pub failed_before: u64,
    /// The number of records that this run has done, failed ones included.
    pub done: u64,
    /// The number of records that failed in this run.
    pub failed: u64,
    /// The number of records that failed in this run without a response, and may succeed later.
    outages: u64,
    /// The failures by the name of their diagnosis.
    failures: BTreeMap<String, u64>,
    retries: u64,
    tokens: TokenSums,
    dollars: f64,
    /// The number of responses whose cost is not known.
    unpriced: u64,
    latencies: Latencies,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TokenSums {
    input: u64,
    output: u64,
    total: u64,
    cache_read: u64,
    cache_write: u64,
}

impl Summary {
    /// Creates a summary before the first record. `prices_of` is the date of the prices.
    pub fn new(records: Option<u64>, results: &Results, prices_of: String) -> Self {
        let (done_before, failed_before) = (results.done(), results.failed());
        Self { records, prices_of, done_before, failed_before, ..Self::default() }
    }

    /// Adds how a record ended.
    pub fn add(&mut self, outcome: &RecordOutcome) {
        self.done += 1;
        self.retries += u64::from(outcome.retries);
        if let Some(error) = &outcome.error {
            self.failed += 1;
            self.outages += u64::from(error.is_retryable && outcome.response.is_none());
            // What arrived and cannot be read is paid.
            self.unpriced += u64::from(error.code == 200 && outcome.response.is_none());
            let is_counted = self.failures.len() < MOST_DIAGNOSES || self.failures.contains_key(&error.diagnosis);
            let name = if is_counted { &error.diagnosis } else { "other" };
            *self.failures.entry(name.to_owned()).or_default() += 1;
        }
        let Some(response) = &outcome.response else { return };
        if let Some(usage) = &response.usage {
            self.tokens.add(usage);
        }
        match response.dollars {
            Some(dollars) => self.dollars += dollars,
            None => self.unpriced += 1,
        }
        self.latencies.add(response.latency);
    }

    /// Returns the number of records that this run and earlier ones have done, failed ones included.
    pub fn done_in_all(&self) -> u64 {
        self.done_before + self.done
    }

    /// Whether nothing but outages arrived in this run.
    pub fn is_outage(&self) -> bool {
        self.done > 0 && self.outages == self.done
    }

    /// Returns the number of records that have no result, if the input is known.
    pub fn left(&self) -> Option<u64> {
        self.records.map(|records| records.saturating_sub(self.done_in_all()))
    }

    /// Returns the estimated cost of this run in US dollars, if it is known.
    pub fn dollars(&self) -> Option<f64> {
        (self.unpriced == 0).then_some(self.dollars)
    }

    /// Returns the estimated cost in words.
    pub fn cost(&self) -> String {
        self.dollars().map_or_else(|| "cost ?".to_owned(), price::estimate)
    }

    /// Prints the summary: on stderr, or as a JSON object on stdout. `--quiet` leaves only the line about the records, if some
    /// failed.
    pub fn report(&self, elapsed: Duration, output: &mut Output) -> Result<(), Error> {
        if output.format() == Format::Json {
            return output.json(&self.to_json(elapsed));
        }
        if output.shows_progress() {
            self.lines(elapsed).iter().for_each(|line| output.aside(line));
        } else if self.failed + self.failed_before > 0 {
            output.aside(&self.records_in_words());
        }
        Ok(())
    }

    fn lines(&self, elapsed: Duration) -> Vec<String> {
        let mut lines = vec![self.records_in_words()];
        if self.done > 0 {
            let TokenSums { input, output, cache_read, cache_write, .. } = self.tokens;
            let cached = [(cache_read, "read from the cache"), (cache_write, "written to the cache")];
            let cached = cached.into_iter().filter(|(count, _)| *count > 0);
            let cached = cached.map(|(count, what)| format!("{count} {what}"));
            let parts = [format!("{input} input"), format!("{output} output")].into_iter().chain(cached);
            lines.push(format!("tokens: {}", parts.collect::<Vec<_>>().join(", ")));
            lines.push(match self.dollars() {
                Some(dollars) => format!("cost: {} by prices of {}", price::estimate(dollars), self.prices_of),
                None => "cost: ?".to_owned(),
            });
        }
        if let (Some(p50), Some(p95)) = (self.latencies.percentile(50), self.latencies.percentile(95)) {
            lines.push(format!("latency: {} (p50), {} (p95)", in_words(p50), in_words(p95)));
        }
        if self.retries + self.throttled > 0 {
            lines.push(format!("requests: {} sent again, {} throttled", self.retries, self.throttled));
        }
        lines.push(format!("time: {}, {:.1} records/s", in_words(elapsed), self.per_second(elapsed)));
        lines
    }

    fn records_in_words(&self) -> String {
        let mut parts = vec![format!("{} done", self.done)];
        if self.failed > 0 {
            let names = self.failures.iter().map(|(name, count)| format!("{name} {count}"));
            parts.push(format!("{} of them failed ({})", self.failed, names.collect::<Vec<_>>().join(", ")));
        }
        if self.done_before > 0 {
            let failed = match self.failed_before {
                0 => String::new(),
                failed => format!(" ({failed} failed)"),
            };
            parts.push(format!("{} done before{failed}", self.done_before));
        }
        parts.extend(self.left().filter(|left| *left > 0).map(|left| format!("{left} left")));
        format!("records: {}", parts.join(", "))
    }

    #[expect(clippy::cast_precision_loss, reason = "the rate is an estimate")]
    fn per_second(&self, elapsed: Duration) -> f64 {
        self.done as f64 / elapsed.as_secs_f64().max(0.001)
    }

    fn to_json(&self, elapsed: Duration) -> Value {
        let failures = self.failures.iter().map(|(name, count)| json!({"diagnosis": name, "count": count}));
        let cost = self.dollars().map(|dollars| json!({"usDollars": dollars, "pricesAsOf": self.prices_of}));
        let in_milliseconds = |percent| {
            let latency = self.latencies.percentile(percent)?;
            u64::try_from(latency.as_millis()).ok()
        };
        let mut object = json!({
            "recordCount": self.records,
            "doneCount": self.done,
            "failedCount": self.failed,
            "doneBeforeCount": self.done_before,
            "failedBeforeCount": self.failed_before,
            "leftCount": self.left(),
            "failures": failures.collect::<Vec<_>>(),
            "usage": {
                "inputTokens": self.tokens.input,
                "outputTokens": self.tokens.output,
                "totalTokens": self.tokens.total,
                "cacheReadInputTokens": self.tokens.cache_read,
                "cacheWriteInputTokens": self.tokens.cache_write,
            },
            "estimatedCost": cost,
            "latency": {"p50Ms": in_milliseconds(50), "p95Ms": in_milliseconds(95)},
            "retryCount": self.retries,
            "throttledCount": self.throttled,
            "elapsedSeconds": elapsed.as_secs_f64(),
            "recordsPerSecond": self.per_second(elapsed),
        });
        if let Some(error) = &self.error {
            object["error"] = error.to_json();
        }
        object
    }
}

impl TokenSums {
    fn add(&mut self, usage: &Usage) {
        let count = |tokens: i32| u64::try_from(tokens).unwrap_or_default();
        self.input += count(usage.input_tokens);
        self.output += count(usage.output_tokens);
        self.total += count(usage.total_tokens);
        self.cache_read += count(usage.cache_read_input_tokens.unwrap_or_default());
        self.cache_write += count(usage.cache_write_input_tokens.unwrap_or_default());
    }
}

/// Returns a time in words, such as `4.2 s`, `2 min 5 s` or `3 h 4 min`.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::batch::record::{RecordError, RecordResponse};

    fn response(milliseconds: u64, dollars: Option<f64>) -> RecordResponse {
        let usage = Usage {
            input_tokens: 100,
            output_tokens: 20,
            total_tokens: 125,
            cache_read_input_tokens: Some(5),
            cache_write_input_tokens: None,
            writes_long_cache: false,
        };
        RecordResponse {
            usage: Some(usage),
            dollars,
            latency: Duration::from_millis(milliseconds),
            ..RecordResponse::default()
        }
    }

    fn responded(milliseconds: u64, dollars: Option<f64>) -> RecordOutcome {
        RecordOutcome { response: Some(response(milliseconds, dollars)), error: None, retries: 1 }
    }

    fn failed(diagnosis: &str, code: u16, response: Option<RecordResponse>) -> RecordOutcome {
        let error = RecordError { code, diagnosis: diagnosis.to_owned(), ..RecordError::default() };
        RecordOutcome { response, error: Some(error), retries: 0 }
    }

    fn summary() -> Summary {
        let mut summary = Summary {
            records: Some(20),
            done_before: 3,
            failed_before: 1,
            throttled: 7,
            prices_of: "2026-11-20".to_owned(),
            ..Summary::default()
        };
        (1..=9).for_each(|n| summary.add(&responded(n * 100, Some(0.25))));
        summary.add(&failed("throttled", 400, None));
        summary.add(&failed("throttled", 400, None));
        summary.add(&failed("access-denied", 400, None));
        summary.add(&failed("incomplete", 400, Some(response(2000, Some(0.25)))));
        summary
    }

    #[test]
    fn the_summary_has_all_counts() {
        let summary = summary();
        assert_eq!((summary.done, summary.done_in_all(), summary.failed, summary.left()), (13, 16, 4, Some(4)));
        assert_eq!(
            summary.lines(Duration::from_millis(6500)),
            [
                "records: 13 done, 4 of them failed (access-denied 1, incomplete 1, throttled 2), \
                 3 done before (1 failed), 4 left",
                "tokens: 1000 input, 200 output, 50 read from the cache",
                "cost: about $2.50 by prices of 2026-11-20",
                "latency: 503 ms (p50), 2.0 s (p95)",
                "requests: 9 sent again, 7 throttled",
                "time: 6.5 s, 2.0 records/s",
            ]
        );
    }

    #[test]
    fn the_names_of_failures_do_not_grow_with_the_records() {
        let mut summary = Summary::default();
        for number in 0..1000 {
            summary.add(&failed(&format!("name-{number}"), 400, None));
        }
        assert_eq!((summary.failures.len(), summary.failures["other"]), (MOST_DIAGNOSES + 1, 900));
    }

    #[test]
    fn a_cost_that_is_not_known_is_not_given_in_part() {
        let mut summary = summary();
        summary.add(&responded(1, None));
        assert_eq!((summary.dollars(), summary.cost().as_str()), (None, "cost ?"));
        assert!(summary.lines(Duration::from_secs(1)).contains(&"cost: ?".to_owned()));
        assert_eq!(summary.to_json(Duration::from_secs(1))["estimatedCost"], Value::Null);
    }

    #[test]
    fn a_response_that_cannot_be_read_has_no_known_cost() {
        let mut summary = Summary::default();
        summary.add(&failed("unreadable", 200, None));
        assert_eq!(summary.dollars(), None);
    }

    #[test]
    fn a_run_with_nothing_to_do_has_no_figures() {
        let summary = Summary { records: Some(3), done_before: 3, ..Summary::default() };
        assert_eq!(
            summary.lines(Duration::from_millis(3)),
            ["records: 0 done, 3 done before", "time: 3 ms, 0.0 records/s"]
        );
        assert_eq!(summary.to_json(Duration::ZERO)["latency"], json!({"p50Ms": null, "p95Ms": null}));
    }

    #[test]
    fn times_are_in_words() {
        let shown = |milliseconds| in_words(Duration::from_millis(milliseconds));
        assert_eq!([shown(0), shown(999), shown(1000), shown(59_999)], ["0 ms", "999 ms", "1.0 s", "59 s"]);
        assert_eq!([shown(125_000), shown(11_040_000)], ["2 min 5 s", "3 h 4 min"]);
    }
}
