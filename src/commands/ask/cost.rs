//! The estimated cost of a response, by the prices of the catalog.

use serde_json::Value;

use super::exchange::Exchange;
use super::member::SERVICE_TIER;
use crate::aws::{ConverseRequest, ConverseResponse, Usage};
use crate::history::{TokenCounts, Turn};
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::price::{self, Price, Tokens};

/// The provider whose models have been seen to count cached tokens twice in a stream: among the input tokens too.
const COUNTS_TWICE: &str = "OpenAI";

impl Exchange<'_> {
    /// Returns the estimated cost of the response in US dollars; `None` if the catalog has no price for all of its tokens.
    pub fn dollars(&self, response: &ConverseResponse) -> Option<f64> {
        if has_own_price(&self.request, response.service_tier.as_deref()) {
            return None;
        }
        let model = self.resolution.model.as_deref()?;
        Pricing::new(model, &self.request.model_id, &self.context.catalog)?.dollars(&response.usage?)
    }
}

/// What the tokens of a model cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pricing {
    pub price: Price,
    counts_twice: bool,
}

impl Pricing {
    /// Returns what it costs to invoke a foundation model by this ID; `None` if the catalog does not have the model.
    pub fn new(model: &str, id: &str, catalog: &Catalog) -> Option<Self> {
        let model = catalog.foundation_model(model)?;
        Some(Self { price: Price::new(model, id), counts_twice: model.provider() == COUNTS_TWICE })
    }

    /// Returns the estimated cost of a call in US dollars; `None` if the catalog has no price for all of its tokens.
    pub fn dollars(&self, usage: &Usage) -> Option<f64> {
        let tokens = tokens(usage)?;
        if tokens.cache_read + tokens.cache_write > 0 && self.counts_twice {
            return None;
        }
        self.price.cost(tokens)
    }
}

/// Returns the estimated cost of a turn of a conversation in US dollars; `None` also if some of its tokens may be those
/// of the cache, which have prices of their own, and which a turn does not count.
pub fn turn_dollars(turn: &Turn, catalog: &Catalog) -> Option<f64> {
    let TokenCounts { input_tokens, output_tokens, total_tokens } = turn.usage?;
    if input_tokens.checked_add(output_tokens)? != total_tokens {
        return None;
    }
    let usage = Usage { input_tokens, output_tokens, total_tokens, ..Usage::default() };
    Pricing::new(&turn.model, &turn.model_id, catalog)?.dollars(&usage)
}

/// Returns an estimated cost in words, with the date of the prices.
pub fn cost_in_words(dollars: Option<f64>, catalog: &Catalog) -> String {
    match dollars {
        Some(dollars) => format!("{} by prices of {}", price::estimate(dollars), catalog.date()),
        None => "cost ?".to_owned(),
    }
}

/// Whether a request asks for a service tier or a latency whose price is not that of the catalog. The tier that `served`
/// it, if it is known, counts for the one that was asked for.
pub fn has_own_price(request: &ConverseRequest, served: Option<&str>) -> bool {
    let body = request.body.as_deref().map(|body| serde_json::from_str::<Value>(body).unwrap_or_default());
    let member = |name: &str, field: &str| {
        let value = body.as_ref().map_or_else(|| request.members.get(name), |body| body.get(name));
        value.and_then(|value| value[field].as_str()).map(str::to_owned)
    };
    let usual = [(SERVICE_TIER, "type", "default"), ("performanceConfig", "latency", "standard")];
    usual.into_iter().any(|(name, field, usual)| {
        let served = served.filter(|_| name == SERVICE_TIER).map(str::to_owned);
        served.or_else(|| member(name, field)).is_some_and(|value| value != usual)
    })
}

/// Returns the tokens by what each is billed as; `None` if the counts do not add up, or some have a price of their own.
fn tokens(usage: &Usage) -> Option<Tokens> {
    let count = |tokens: i32| u32::try_from(tokens).ok();
    let tokens = Tokens {
        input: count(usage.input_tokens)?,
        output: count(usage.output_tokens)?,
        cache_read: count(usage.cache_read_input_tokens.unwrap_or_default())?,
        cache_write: count(usage.cache_write_input_tokens.unwrap_or_default())?,
    };
    let cached = u64::from(tokens.cache_read) + u64::from(tokens.cache_write);
    let total = u64::from(tokens.input) + u64::from(tokens.output) + cached;
    let adds_up = cached == 0 || u64::try_from(usage.total_tokens).is_ok_and(|counted| counted == total);
    (adds_up && !usage.writes_long_cache).then_some(tokens)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::history::ConverseMessage;

    #[test]
    fn another_tier_and_latency_have_no_price() {
        for (member, value, expected) in [
            ("serviceTier", json!({"type": "flex"}), true),
            ("serviceTier", json!({"type": "default"}), false),
            ("performanceConfig", json!({"latency": "optimized"}), true),
            ("performanceConfig", json!({"latency": "standard"}), false),
            ("requestMetadata", json!({"type": "flex"}), false),
        ] {
            let body = Some(json!({ member: value }).to_string().into());
            let request = ConverseRequest { members: [(member, value)].into(), ..ConverseRequest::default() };
            assert_eq!(has_own_price(&request, None), expected, "{member}");
            assert_eq!(has_own_price(&ConverseRequest { body, ..request }, None), expected, "{member}");
        }
        assert!(!has_own_price(&ConverseRequest::default(), None));
        let priority = [(SERVICE_TIER, json!({"type": "priority"}))].into();
        let priority = ConverseRequest { members: priority, ..ConverseRequest::default() };
        assert!(!has_own_price(&priority, Some("default")) && has_own_price(&ConverseRequest::default(), Some("flex")));
    }

    #[test]
    fn a_turn_costs_what_its_response_did_unless_it_used_the_cache() {
        let catalog = include_str!("../../../tests/fixtures/catalog.txt");
        let catalog = Catalog::from_text(catalog, "catalog.txt").unwrap();
        let (model, id) = ("amazon.nova-lite-v1:0", "eu.amazon.nova-lite-v1:0");
        let message = |role: &str| ConverseMessage::new(role, &[r#"{"text":"x"}"#.to_owned()]).unwrap();
        let turn = Turn::new(0, model.to_owned(), id.to_owned(), [message("user"), message("assistant")]);
        let dollars = |input_tokens: i32, output_tokens: i32, total_tokens: i32| {
            let mut turn = turn.clone();
            turn.usage = Some(TokenCounts { input_tokens, output_tokens, total_tokens });
            turn_dollars(&turn, &catalog)
        };
        let usage = Usage { input_tokens: 500, output_tokens: 30, total_tokens: 530, ..Usage::default() };
        let cost = Pricing::new(model, id, &catalog).unwrap().dollars(&usage);
        assert!(cost.is_some_and(|cost| cost > 0.0));
        assert_eq!(dollars(500, 30, 530), cost);
        assert_eq!((dollars(500, 30, 630), dollars(-1, 30, 29), dollars(i32::MAX, 1, 0)), (None, None, None));
        assert_eq!(turn_dollars(&turn, &catalog), None);
    }

    #[test]
    fn counts_that_do_not_add_up_have_no_cost() {
        let cache_read_input_tokens = Some(100);
        let usage =
            Usage { input_tokens: 5, output_tokens: 3, total_tokens: 108, cache_read_input_tokens, ..Usage::default() };
        assert_eq!(tokens(&usage), Some(Tokens { input: 5, output: 3, cache_read: 100, cache_write: 0 }));
        // The input tokens may be those of the cache.
        assert_eq!(tokens(&Usage { total_tokens: 8, ..usage }), None);
        assert_eq!(tokens(&Usage { writes_long_cache: true, ..usage }), None);
        assert_eq!(tokens(&Usage { input_tokens: -5, ..usage }), None);
        let uncached = Usage { cache_read_input_tokens: Some(0), total_tokens: 0, ..usage };
        assert_eq!(tokens(&uncached), Some(Tokens { input: 5, output: 3, ..Tokens::default() }));
    }
}
