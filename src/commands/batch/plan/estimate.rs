//! The figures of a plan: tokens, cost and time of `run` and of `submit`, from what the records hold. Pure.

use std::num::NonZeroU64;

use super::Pace;
use super::body_content::{BodyContent, Uncounted};
use crate::commands::batch::rate_args::{RateArgs, RateLimits};
use crate::commands::batch::token_estimate;
use bedrock_ask::model::price::Price;

/// What batch inference costs of the price on demand. The catalog has no prices of batch inference; AWS offers it at half
/// the price for most models.
pub const BATCH_PRICE: f64 = 0.5;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    pub records: u64,
    /// The bytes of text that the model reads.
    pub text: u64,
    /// The number of records with each kind of content that is not counted, by the order of [`Uncounted::ALL`].
    pub uncounted: [u64; Uncounted::ALL.len()],
    /// The sum of the limits of tokens in the records that have one.
    pub limits: u64,
    pub without_limit: u64,
    pub with_tools: u64,
    /// The number of records that name objects in S3.
    pub with_links: u64,
    /// The number of records that ask for a service tier or a latency with a price of its own.
    pub with_own_price: u64,
}

impl Totals {
    pub fn add(&mut self, content: &BodyContent, max_tokens: Option<u64>, has_own_price: bool) {
        self.records += 1;
        self.text += content.text;
        for (count, is_in) in self.uncounted.iter_mut().zip(content.uncounted) {
            *count += u64::from(is_in);
        }
        match max_tokens {
            Some(limit) => self.limits = self.limits.saturating_add(limit),
            None => self.without_limit += 1,
        }
        self.with_tools += u64::from(content.has_tools);
        self.with_links += u64::from(content.has_links);
        self.with_own_price += u64::from(has_own_price);
    }

    /// Returns the kinds of content that are not counted, each with the number of records that have it.
    pub fn uncounted(&self) -> impl Iterator<Item = (Uncounted, u64)> {
        Uncounted::ALL.into_iter().zip(self.uncounted).filter(|(_, records)| *records > 0)
    }
}

/// An estimate between two bounds; `None` where one is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    pub from: Option<f64>,
    pub to: Option<f64>,
}

impl Range {
    fn times(self, factor: f64) -> Self {
        Self { from: self.from.map(|from| from * factor), to: self.to.map(|to| to * factor) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The input tokens that can be estimated: all of them if `input_is_complete`.
    pub input_tokens: u64,
    pub input_is_complete: bool,
    /// The most output tokens, if the maximum of the model is known or each record has a limit.
    pub output_limit: Option<u64>,
    /// The cost on demand in US dollars, without output tokens and with as many as the limit allows.
    pub run_dollars: Range,
    pub batch_dollars: Range,
    /// The time on this machine in seconds.
    pub run_seconds: Range,
}

impl Estimate {
    /// Estimates what these records need of a model with this price and this maximum of output tokens.
    pub fn new(totals: &Totals, price: Price, max_output: Option<u64>, pace: &Pace) -> Self {
        let input_tokens = token_estimate::estimate(totals.text);
        let input_is_complete = totals.uncounted().next().is_none();
        let output_limit = match (totals.without_limit, max_output) {
            (0, _) => Some(totals.limits),
            (_, None) => None,
            (records, Some(limit)) => Some(totals.limits.saturating_add(records.saturating_mul(limit))),
        };
        let run_dollars = dollars(totals, price, input_tokens, output_limit.filter(|_| input_is_complete));
        Self {
            input_tokens,
            input_is_complete,
            output_limit,
            run_dollars,
            batch_dollars: run_dollars.times(BATCH_PRICE),
            run_seconds: seconds(totals.records, pace, input_tokens, output_limit.filter(|_| input_is_complete)),
        }
    }
}

/// Returns the cost on demand. A record with a price of its own has one that is not known.
fn dollars(totals: &Totals, price: Price, input_tokens: u64, output_limit: Option<u64>) -> Range {
    if totals.with_own_price > 0 {
        return Range::default();
    }
    let of = |output: u64| price.dollars(number(input_tokens), number(output));
    // Without a price of output tokens, nothing is known of a call that has some.
    Range { from: of(0), to: output_limit.and_then(of) }
}

/// Returns the time on this machine: what takes longest of the requests, the requests per minute and the tokens per minute.
fn seconds(records: u64, pace: &Pace, input_tokens: u64, output_limit: Option<u64>) -> Range {
    let RateArgs { jobs, limits: RateLimits { rpm, tpm } } = pace.rate;
    let rounds = records.div_ceil(u64::from(jobs).max(1));
    let requests = number(rounds) * pace.latency.as_secs_f64();
    let per_minute =
        |count: u64, rate: Option<NonZeroU64>| rate.map_or(0.0, |rate| number(count) / number(rate.get()) * 60.0);
    let least = requests.max(per_minute(records, rpm.map(NonZeroU64::from)));
    let with = |tokens: u64| least.max(per_minute(tokens, tpm));
    let most = match (output_limit, tpm) {
        (Some(output), _) => Some(with(input_tokens.saturating_add(output))),
        (None, None) => Some(least),
        (None, Some(_)) => None,
    };
    Range { from: Some(with(input_tokens)), to: most }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate has fewer digits than that")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const PRICE: Price = Price { input: Some(2.0), output: Some(10.0), cache_read: None, cache_write: None };

    /// A limit of 0 is none.
    fn pace(jobs: u16, rpm: u32, tpm: u64) -> Pace {
        let limits = RateLimits { rpm: NonZeroU32::new(rpm), tpm: NonZeroU64::new(tpm) };
        Pace { rate: RateArgs { jobs, limits }, latency: Duration::from_secs(5) }
    }

    /// 1,000 records of 350 bytes with a limit of 200 tokens.
    fn totals() -> Totals {
        let mut totals = Totals::default();
        for _ in 0..1000 {
            totals.add(&BodyContent { text: 350, ..BodyContent::default() }, Some(200), false);
        }
        totals
    }

    #[test]
    fn a_plan_has_the_cost_of_no_output_and_of_all_that_the_limit_allows() {
        let estimate = Estimate::new(&totals(), PRICE, Some(64_000), &pace(64, 0, 0));
        assert_eq!((estimate.input_tokens, estimate.output_limit), (100_000, Some(200_000)));
        assert_eq!(estimate.run_dollars, Range { from: Some(0.2), to: Some(2.2) });
        assert_eq!(estimate.batch_dollars, Range { from: Some(0.1), to: Some(1.1) });
        assert!(estimate.input_is_complete);
    }

    #[test]
    fn a_record_without_a_limit_counts_with_the_maximum_of_the_model() {
        let without = Totals { limits: 100, without_limit: 999, ..totals() };
        let estimate = Estimate::new(&without, PRICE, Some(64_000), &pace(64, 0, 0));
        assert_eq!(estimate.output_limit, Some(100 + 999 * 64_000));
        let unknown = Estimate::new(&without, PRICE, None, &pace(64, 0, 0));
        assert_eq!((unknown.output_limit, unknown.run_dollars.to), (None, None));
        assert_eq!(unknown.run_dollars.from, Some(0.2));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let unpriced = Estimate::new(&totals(), Price::default(), Some(64_000), &pace(64, 0, 0));
        assert_eq!((unpriced.run_dollars, unpriced.batch_dollars), (Range::default(), Range::default()));
        let without_output = Price { output: None, ..PRICE };
        assert_eq!(Estimate::new(&totals(), without_output, None, &pace(64, 0, 0)).run_dollars, Range::default());
        let other_tier = Totals { with_own_price: 1, ..totals() };
        assert_eq!(Estimate::new(&other_tier, PRICE, None, &pace(64, 0, 0)).run_dollars, Range::default());
        let mut with_image = totals();
        with_image.uncounted[Uncounted::Image as usize] = 3;
        let estimate = Estimate::new(&with_image, PRICE, None, &pace(64, 0, 100_000));
        assert_eq!(estimate.run_dollars, Range { from: Some(0.2), to: None });
        assert!(!estimate.input_is_complete);
        assert_eq!(estimate.run_seconds.to, None);
        assert_eq!(with_image.uncounted().collect::<Vec<_>>(), [(Uncounted::Image, 3)]);
    }

    #[test]
    fn the_slowest_of_the_limits_decides_about_the_time() {
        let time = |pace: Pace| {
            let Range { from, to } = Estimate::new(&totals(), PRICE, None, &pace).run_seconds;
            (from.map(f64::round), to.map(f64::round))
        };
        let both = |seconds: f64| (Some(seconds), Some(seconds));
        // 16 rounds of 64.
        assert_eq!(time(pace(64, 0, 0)), both(80.0));
        assert_eq!(time(pace(1, 0, 0)), both(5000.0));
        assert_eq!(time(pace(5000, 0, 0)), both(5.0));
        assert_eq!(time(pace(64, 100, 0)), both(600.0));
        assert_eq!(time(pace(64, 100_000, 0)), both(80.0));
        assert_eq!(time(pace(64, 0, 10_000)), (Some(600.0), Some(1800.0)));
        assert_eq!(time(pace(64, 0, 100_000)), (Some(80.0), Some(180.0)));
    }

    proptest! {
        #[test]
        fn no_bound_is_below_the_other_and_a_lower_limit_never_costs_more(
            records in 1_u64..1_000_000,
            text in 0_u64..1 << 40,
            limit in 1_i32..200_000,
            lower in 1_i32..200_000,
            max_output in prop::option::of(1_u64..200_000),
            jobs in 1_u16..1000,
            rpm in prop::option::of(1_u32..100_000),
            tpm in prop::option::of(1_u64..100_000_000),
        ) {
            let (rpm, tpm) = (rpm.unwrap_or_default(), tpm.unwrap_or_default());
            let fast = pace(jobs, rpm, tpm);
            let sum = |limit: i32| Totals {
                records,
                text,
                limits: records * u64::try_from(limit).unwrap(),
                ..Totals::default()
            };
            let one = Estimate::new(&sum(limit.max(lower)), PRICE, max_output, &fast);
            let other = Estimate::new(&sum(limit.min(lower)), PRICE, max_output, &fast);
            for range in [one.run_dollars, one.batch_dollars, one.run_seconds] {
                prop_assert!(range.from.unwrap() <= range.to.unwrap());
            }
            prop_assert!(other.run_dollars.to <= one.run_dollars.to && other.run_seconds.to <= one.run_seconds.to);
            prop_assert!(one.batch_dollars.to <= one.run_dollars.to);
            let slower = Estimate::new(&sum(limit), PRICE, max_output, &pace(1, rpm, tpm));
            let faster = Estimate::new(&sum(limit), PRICE, max_output, &fast);
            prop_assert!(faster.run_seconds.from <= slower.run_seconds.from);
        }

        #[test]
        fn the_sums_are_those_of_the_records(
            records in prop::collection::vec((0_u64..10_000, prop::option::of(any::<u64>()), any::<bool>()), 0..50),
        ) {
            let mut totals = Totals::default();
            for (text, limit, has_tools) in &records {
                let content = BodyContent { text: *text, has_tools: *has_tools, ..BodyContent::default() };
                totals.add(&content, *limit, false);
            }
            prop_assert_eq!(totals.records, records.len() as u64);
            prop_assert_eq!(totals.text, records.iter().map(|(text, ..)| text).sum::<u64>());
            prop_assert_eq!(totals.without_limit, records.iter().filter(|(_, limit, _)| limit.is_none()).count() as u64);
            prop_assert_eq!(totals.with_tools, records.iter().filter(|(.., has_tools)| *has_tools).count() as u64);
        }
    }
}
