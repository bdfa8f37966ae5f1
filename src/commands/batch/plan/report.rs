//! The plan as text and as JSON: each figure with what it is estimated from.

use std::num::NonZeroU64;

use serde_json::{Value, json};

use super::estimate::{Estimate, Range, Totals};
use super::{Division, Pace};
use crate::commands::batch::rate_args::{RateArgs, RateLimits};
use crate::commands::batch::submit::limits::Limits;
use crate::commands::table;
use crate::config::value::{Format, format_duration};
use crate::error::Error;
use crate::output::Output;
use bedrock_ask::model::date::Date;
use bedrock_ask::model::price;
use bedrock_ask::model::region::Region;

pub struct Plan<'a> {
    pub model_id: &'a str,
    pub region: Region,
    /// The bytes of the input, if it is a file.
    pub input_bytes: Option<u64>,
    pub totals: Totals,
    pub division: Division,
    pub estimate: Estimate,
    pub max_output: Option<u64>,
    pub pace: Pace,
    pub hours: i32,
    pub prices_as_of: Date,
    pub has_schema: bool,
}

impl Plan<'_> {
    pub fn print(&self, output: &mut Output) -> Result<(), Error> {
        match output.format() {
            Format::Json => output.json(&self.to_json()),
            Format::Text => output.text(&self.to_text()),
        }
    }

    fn to_text(&self) -> String {
        let Self { totals, estimate, .. } = self;
        let row = |name: &str, value: String, basis: String| {
            let basis = if basis.is_empty() { basis } else { format!("({basis})") };
            vec![name.to_owned(), value, basis]
        };
        let mut rows = vec![
            row("model", self.model_id.to_owned(), format!("from {}", self.region.name)),
            row(
                "records",
                grouped(totals.records),
                self.input_bytes.map_or_else(String::new, |bytes| counted(bytes, "byte")),
            ),
            row("input tokens", self.input_tokens(), self.input_basis()),
            row("output tokens", at_most(estimate.output_limit), self.output_basis()),
            row("cost of `run`", dollars(estimate.run_dollars), self.cost_basis()),
            row("time of `run`", time(estimate.run_seconds), self.time_basis()),
            row("cost of `submit`", dollars(estimate.batch_dollars), self.batch_cost_basis()),
            row("time of `submit`", format!("at most {} h", self.hours), "after that, the job expires".to_owned()),
        ];
        rows.push(row("jobs of `submit`", self.jobs(), self.jobs_basis()));
        for refusal in self.refusals() {
            rows.push(row("refused by `submit`", refusal, String::new()));
        }
        table::align(&rows, WIDEST, |_| false)
    }

    fn to_json(&self) -> Value {
        let Self { totals, estimate, pace, division, .. } = self;
        let range = |range: Range| json!({"from": range.from, "to": range.to});
        let uncounted = totals.uncounted().map(|(kind, records)| json!({"kind": kind.name(), "recordCount": records}));
        json!({
            "modelId": self.model_id,
            "region": self.region.name,
            "recordCount": totals.records,
            "inputBytes": self.input_bytes,
            "estimatedInputTokens": estimate.input_tokens,
            "uncountedInput": uncounted.collect::<Vec<_>>(),
            "outputTokensAtMost": estimate.output_limit,
            "recordsWithoutMaxTokens": totals.without_limit,
            "pricesAsOf": self.prices_as_of.to_string(),
            "run": {
                "estimatedUsDollars": range(estimate.run_dollars),
                "estimatedSeconds": range(estimate.run_seconds),
                "assumptions": {
                    "jobs": pace.rate.jobs,
                    "requestsPerMinute": pace.rate.limits.rpm,
                    "tokensPerMinute": pace.rate.limits.tpm,
                    "latencySeconds": pace.latency.as_secs_f64(),
                },
            },
            "submit": {
                "estimatedUsDollars": range(estimate.batch_dollars),
                "jobCount": division.jobs,
                "fileCount": division.files,
                "bytes": division.bytes,
                "secondsAtMost": i64::from(self.hours) * 3600,
                "refusals": self.refusals(),
            },
        })
    }

    fn input_tokens(&self) -> String {
        let tokens = grouped(self.estimate.input_tokens);
        if self.estimate.input_is_complete { format!("about {tokens}") } else { format!("about {tokens} and ?") }
    }

    fn input_basis(&self) -> String {
        let counted = "estimate: 3.5 bytes of UTF-8 are a token";
        let kinds: Vec<_> = self
            .totals
            .uncounted()
            .map(|(kind, records)| format!("{} in {}", kind.plural(), records_in_words(records)))
            .collect();
        if kinds.is_empty() { counted.to_owned() } else { format!("{counted}; not counted: {}", kinds.join(", ")) }
    }

    fn output_basis(&self) -> String {
        let Totals { records, without_limit, .. } = self.totals;
        let maximum = self.max_output.map_or_else(
            || "the maximum of the model, which is not known".to_owned(),
            |limit| format!("the maximum of the model, {}", grouped(limit)),
        );
        match without_limit {
            0 => "the limits of the records".to_owned(),
            without if without == records => maximum,
            without => format!("the limits of the records; for {} {maximum}", records_in_words(without)),
        }
    }

    fn cost_basis(&self) -> String {
        let Self { totals, estimate, .. } = self;
        if totals.with_own_price > 0 {
            let records = records_in_words(totals.with_own_price);
            return format!("the price of the service tier or latency of {records} is not known");
        }
        if estimate.run_dollars.from.is_none() {
            return "the price of the model is not known".to_owned();
        }
        format!("estimate: without output to the most, nothing cached; prices of {}", self.prices_as_of)
    }

    fn batch_cost_basis(&self) -> String {
        if self.estimate.batch_dollars.from.is_none() {
            return "as for `run`".to_owned();
        }
        "estimate: half of the price on demand, as for most models of batch inference".to_owned()
    }

    fn time_basis(&self) -> String {
        let Pace { rate: RateArgs { jobs, limits: RateLimits { rpm, tpm } }, latency } = self.pace;
        let limits = [(rpm.map(NonZeroU64::from), "requests a minute"), (tpm, "tokens a minute")];
        let limits = limits.into_iter().filter_map(|(rate, of)| Some(format!("; {} {of}", grouped(rate?.get()))));
        format!("estimate: {jobs} at once, {} each{}", format_duration(latency), limits.collect::<String>())
    }

    fn jobs(&self) -> String {
        let Division { jobs, files, .. } = self.division;
        format!("{}, {}", counted(jobs as u64, "job"), counted(files as u64, "file"))
    }

    fn jobs_basis(&self) -> String {
        let Division { limits, bytes, .. } = &self.division;
        let quotas = if *limits == Limits::default() { "the default quotas" } else { "the quotas of `--limits`" };
        format!("{}; by {quotas}", counted(*bytes, "byte"))
    }

    /// Returns why `submit` would refuse the records.
    fn refusals(&self) -> Vec<String> {
        let Totals { records, with_tools, with_links, .. } = self.totals;
        let mut refusals = Vec::new();
        if with_tools > 0 {
            let why = if self.has_schema { ": this model gets the schema as a tool" } else { "" };
            refusals.push(format!("{} with `toolConfig`{why}", records_in_words(with_tools)));
        }
        let Division { limits, jobs, too_long, too_few, .. } = self.division;
        if records < limits.min {
            refusals.push(format!("fewer than {} records, the fewest of a job", grouped(limits.min)));
        } else if let Some(last) = too_few {
            let last = records_in_words(last);
            refusals.push(format!("the last job would have {last}, and the fewest are {}", grouped(limits.min)));
        }
        if too_long > 0 {
            let records = records_in_words(too_long);
            refusals.push(format!("{records} with more than {}, the most of a file", counted(limits.file, "byte")));
        }
        if with_links > 0 && jobs > 1 {
            let records = records_in_words(with_links);
            refusals.push(format!("{records} with objects in S3, because of the several jobs"));
        }
        refusals
    }
}

/// A value that is wider does not move the basis of the others.
const WIDEST: usize = 48;

/// Returns a number with commas between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a number of things, such as `1 record` or `2,000 records`.
fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{} {thing}s", grouped(count)) }
}

fn records_in_words(count: u64) -> String {
    counted(count, "record")
}

fn at_most(limit: Option<u64>) -> String {
    limit.map_or_else(|| "?".to_owned(), |limit| format!("at most {}", grouped(limit)))
}

/// Returns a range of amounts, such as `about $0.0400 to $1.45`.
fn dollars(range: Range) -> String {
    match (range.from, range.to) {
        (None, None) => "?".to_owned(),
        (Some(from), Some(to)) if price::estimate(from) == price::estimate(to) => price::estimate(from),
        (from, to) => in_words(from.map(price::estimate), to.map(|to| price::estimate(to).replace("about ", ""))),
    }
}

/// Returns a range of times, such as `about 2 min to 3 h 20 min`.
fn time(range: Range) -> String {
    match (range.from.map(seconds), range.to.map(seconds)) {
        (None, None) => "?".to_owned(),
        (Some(from), Some(to)) if from == to => format!("about {from}"),
        (from, to) => in_words(from.map(|from| format!("about {from}")), to),
    }
}

fn in_words(from: Option<String>, to: Option<String>) -> String {
    let unknown = || "?".to_owned();
    format!("{} to {}", from.unwrap_or_else(unknown), to.unwrap_or_else(unknown))
}

/// Returns a time in the two largest units that it fills.
fn seconds(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time has no sign, and the cast saturates"
    )]
    let whole = seconds.ceil() as u64;
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let Some(first) = units.iter().position(|(length, _)| whole >= *length) else { return "0 s".to_owned() };
    let (length, name) = units[first];
    let rest = units.get(first + 1).map(|(next, name)| (whole % length / next, *name));
    let large = format!("{} {name}", grouped(whole / length));
    match rest {
        Some((count, name)) if count > 0 => format!("{large} {count} {name}"),
        _ => large,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (123_456, "123,456"), (1_000_000, "1,000,000")]
        {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn a_time_has_its_two_largest_units() {
        for (given, expected) in [
            (0.0, "0 s"),
            (0.2, "1 s"),
            (59.0, "59 s"),
            (60.0, "1 min"),
            (80.0, "1 min 20 s"),
            (3600.0, "1 h"),
            (12_020.0, "3 h 20 min"),
            (172_800.0, "2 d"),
            (176_400.0, "2 d 1 h"),
            (f64::INFINITY, "213,503,982,334,601 d 7 h"),
        ] {
            assert_eq!(seconds(given), expected, "{given}");
        }
    }

    #[test]
    fn a_range_shows_what_is_not_known() {
        let range = |from, to| Range { from, to };
        assert_eq!(dollars(range(Some(0.04), Some(1.45))), "about $0.0400 to $1.45");
        assert_eq!(dollars(range(Some(0.00001), Some(0.5))), "less than $0.0001 to $0.5000");
        assert_eq!(dollars(range(Some(2.0), Some(2.0))), "about $2.00");
        assert_eq!(dollars(range(Some(2.0), None)), "about $2.00 to ?");
        assert_eq!(dollars(range(None, None)), "?");
        assert_eq!(time(range(Some(80.0), Some(80.2))), "about 1 min 20 s to 1 min 21 s");
        assert_eq!(time(range(Some(80.0), Some(80.0))), "about 1 min 20 s");
        assert_eq!(time(range(Some(80.0), None)), "about 1 min 20 s to ?");
    }
}
