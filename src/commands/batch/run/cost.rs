//! `--max-cost`: what the requests in flight may cost at most, and what the responses cost. Pure.

use crate::aws::ConverseRequest;
use crate::commands::ask::{Pricing, has_own_price};
use crate::commands::batch::record::{Record, may_have_own_price};
use crate::error::{Error, ExitCode};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorstCase {
    /// The price of an input token and of an output token in US dollars, the higher one where there are several.
    input: f64,
    output: f64,
    /// The most tokens of the input and of the response, if the model has a limit.
    context_window: Option<u32>,
    max_output: u32,
}

impl WorstCase {
    /// Finds out what the requests cost that are like this one, if the catalog has all prices that a response can have.
    pub fn new(
        request: &ConverseRequest,
        pricing: Option<&Pricing>,
        (context_window, max_output): (Option<u32>, Option<u32>),
    ) -> Result<Self, Error> {
        let unknown = |why: &str| {
            Error::usage(format!("`--max-cost` needs the price of `{}`, which is not known", request.model_id))
                .cause(why)
                .hint("leave out `--max-cost`; `--max-tokens` limits what each response can cost")
        };
        if has_own_price(request, None) {
            return Err(unknown("the catalog has no price for this service tier or latency"));
        }
        let price = pricing.ok_or_else(|| unknown("the catalog does not have the model"))?.price;
        let (Some(mut input), Some(output)) = (price.input, price.output) else {
            return Err(unknown("the catalog has no price for the model"));
        };
        match request.cache {
            None => {}
            Some(crate::aws::CacheTtl::FiveMinutes) => {
                input = input.max(price.cache_write.ok_or_else(|| unknown("the catalog has no price for its cache"))?);
            }
            Some(_) => return Err(unknown("the catalog has no price for what is cached for an hour")),
        }
        let max_output = max_output
            .ok_or_else(|| unknown("the catalog does not know how long a response without `--max-tokens` can be"))?;
        Ok(Self { input: input / 1e6, output: output / 1e6, context_window, max_output })
    }

    /// Returns what a request costs at most in either of two Regions.
    pub fn max(self, other: Self) -> Self {
        Self { input: self.input.max(other.input), output: self.output.max(other.output), ..self }
    }

    /// Returns what a request with a body of so many bytes costs at most: a token has one byte at least.
    pub fn dollars(&self, bytes: usize, max_tokens: Option<i32>) -> f64 {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let input = bytes.min(self.context_window.unwrap_or(u32::MAX));
        let output = max_tokens.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(self.max_output);
        f64::from(input) * self.input + f64::from(output) * self.output
    }
}

/// The money that a run may spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    limit: f64,
    spent: f64,
    reserved: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funds {
    Enough,
    /// Not before the requests in flight have ended, which may have cost less than they could.
    NotYet,
    UsedUp,
}

impl Budget {
    pub fn new(limit: f64) -> Self {
        Self { limit, spent: 0.0, reserved: 0.0 }
    }

    /// Returns whether a request may be sent that costs this at most.
    pub fn funds(&self, dollars: f64, in_flight: usize) -> Funds {
        if self.spent + self.reserved + dollars <= self.limit {
            return Funds::Enough;
        }
        if in_flight > 0 { Funds::NotYet } else { Funds::UsedUp }
    }

    /// Sets apart what a request costs at most.
    pub fn reserve(&mut self, dollars: f64) {
        self.reserved += dollars;
    }

    /// Replaces what was set apart for a request by what it has cost.
    pub fn settle(&mut self, reserved: f64, dollars: f64) {
        self.reserved = (self.reserved - reserved).max(0.0);
        self.spent += dollars;
    }

    pub fn spent(&self) -> f64 {
        self.spent
    }
}

/// Whether the request of a record, or the tier that served it, has another price than the catalog's.
pub fn has_price_of_its_own(record: &Record, served: Option<&str>) -> bool {
    // Most bodies need not be parsed.
    if served.is_none_or(|tier| tier == "default") && !may_have_own_price(&record.model_input) {
        return false;
    }
    let request = ConverseRequest { body: Some(record.model_input.clone()), ..ConverseRequest::default() };
    has_own_price(&request, served)
}

/// Returns the error of a record whose price is not known.
pub fn unpriced(summary: impl Into<String>) -> Error {
    Error::usage(summary)
        .cause("its request has a service tier, a latency or a cache point of its own")
        .hint("send it without `--max-cost`")
}

/// Returns the error for a run that has spent what it may.
pub fn over_budget(spent: f64) -> Error {
    Error::new(ExitCode::Failure, "stopped at `--max-cost`").cause(format!(
        "{} is spent, and the next record could cost more than the rest",
        bedrock_ask::model::price::estimate(spent)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_flight_never_passes_the_limit() {
        let mut budget = Budget::new(1.0);
        assert_eq!(budget.funds(0.6, 0), Funds::Enough);
        budget.reserve(0.6);
        assert_eq!(budget.funds(0.6, 1), Funds::NotYet);
        budget.settle(0.6, 0.1);
        assert_eq!(budget.funds(0.6, 0), Funds::Enough);
        budget.reserve(0.6);
        budget.settle(0.6, 0.6);
        assert_eq!(budget.funds(0.6, 0), Funds::UsedUp);
        assert!((budget.spent() - 0.7).abs() < 1e-9);
    }

    #[test]
    fn a_request_costs_at_most_a_token_for_each_byte_and_all_that_it_may_generate() {
        let worst = WorstCase { input: 1e-6, output: 1e-5, context_window: Some(1000), max_output: 500 };
        assert!((worst.dollars(100, Some(10)) - 2e-4).abs() < 1e-12);
        assert!((worst.dollars(1_000_000, None) - 6e-3).abs() < 1e-12);
    }
}
