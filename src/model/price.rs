//! Prices of model invocations, as estimated in the catalog.

use crate::model::catalog::FoundationModel;

/// An estimated price in US dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Price {
    /// The price of input tokens, if it is known.
    pub input: Option<f64>,
    /// The price of output tokens, if it is known.
    pub output: Option<f64>,
    /// The price of input tokens that are read from the prompt cache, if it is known.
    pub cache_read: Option<f64>,
    /// The price of input tokens that are written to the prompt cache for five minutes, if it is known.
    pub cache_write: Option<f64>,
}

/// The numbers of tokens of one call, by what each is billed as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Input tokens, those of the cache apart.
    pub input: u32,
    /// Output tokens.
    pub output: u32,
    /// Input tokens that were read from the prompt cache.
    pub cache_read: u32,
    /// Input tokens that were written to the prompt cache for five minutes.
    pub cache_write: u32,
}

impl Price {
    /// Returns the price of invoking `model` by `id`. A profile, such as one with the prefix `us.`, can have its own price.
    /// Where that is not known, the price of the plain ID is taken only if no profile of the model is known to differ from
    /// it. A price of cached tokens belongs to the price of input tokens beside it.
    pub fn new(model: FoundationModel<'_>, id: &str) -> Self {
        let prefix = id.rsplit('/').next().and_then(|name| name.strip_suffix(model.id));
        let named = |name: &str| model.prices().find(|(known, _)| *known == name).map(|(_, dollars)| dollars);
        let own = |kind: &str| match prefix {
            Some("") => named(kind),
            Some(prefix) => named(&format!("{}_{kind}", prefix.trim_end_matches('.'))),
            // The ID of a profile of the account does not tell which profile it is a copy of.
            None => None,
        };
        let shared = |kind: &str| {
            let is_other = |(name, _): &(&str, f64)| name.strip_suffix(kind).is_some_and(|rest| rest.ends_with('_'));
            let usual = named(kind);
            usual.filter(|_| model.prices().filter(is_other).all(|(_, dollars)| Some(dollars) == usual))
        };
        let of = |kind: &str| own(kind).or_else(|| shared(kind));
        let input = of("input");
        let is_usual = input == named("input");
        let cached = |kind: &str| own(kind).or_else(|| named(kind).filter(|_| is_usual));
        Self { input, output: of("output"), cache_read: cached("cache_read"), cache_write: cached("cache_write") }
    }

    /// Returns the price of this many tokens in US dollars, if both prices are known.
    pub fn dollars(self, input_tokens: f64, output_tokens: f64) -> Option<f64> {
        Some((input_tokens * self.input? + output_tokens * self.output?) / 1e6)
    }

    /// Returns the price of these tokens in US dollars, if the price of each kind that occurs is known.
    pub fn cost(self, tokens: Tokens) -> Option<f64> {
        let kinds = [
            (tokens.input, self.input),
            (tokens.output, self.output),
            (tokens.cache_read, self.cache_read),
            (tokens.cache_write, self.cache_write),
        ];
        let of_kind = |(count, price): (u32, Option<f64>)| match count {
            0 => Some(0.0),
            count => price.map(|price| f64::from(count) * price),
        };
        kinds.into_iter().map(of_kind).sum::<Option<f64>>().map(|dollars| dollars / 1e6)
    }
}

/// Returns an amount of US dollars as an estimate in words, such as `about $0.0021`.
pub fn estimate(dollars: f64) -> String {
    match dollars {
        ..0.0001 => "less than $0.0001".to_owned(),
        ..1.0 => format!("about ${dollars:.4}"),
        _ => format!("about ${dollars:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::catalog;

    fn of(model: &str, id: &str) -> Price {
        Price::new(catalog().foundation_model(model).unwrap(), id)
    }

    fn price(model: &str, id: &str) -> (Option<f64>, Option<f64>) {
        let price = of(model, id);
        (price.input, price.output)
    }

    #[test]
    fn a_profile_has_its_own_price_where_the_catalog_knows_one() {
        let nova = "amazon.nova-2-lite-v1:0";
        assert_eq!(price(nova, "us.amazon.nova-2-lite-v1:0"), (Some(0.33), Some(2.75)));
        assert_eq!(price(nova, "global.amazon.nova-2-lite-v1:0"), (Some(0.3), Some(2.5)));
        assert_eq!(price(nova, "eu.amazon.nova-2-lite-v1:0"), (Some(0.429), Some(3.597)));
        assert_eq!(price("amazon.nova-2-5-sonic", "amazon.nova-2-5-sonic"), (Some(0.33), Some(2.75)));
    }

    #[test]
    fn a_profile_without_a_price_of_its_own_has_that_of_the_model_if_there_is_one_alone() {
        let (haiku, lite) = ("anthropic.claude-haiku-4-5-20251001-v1:0", "amazon.nova-lite-v1:0");
        let of_account = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abc";
        let system_defined =
            "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0";
        for (model, id, expected) in [
            (haiku, haiku, (Some(1.0), Some(5.0))),
            (haiku, "us.anthropic.claude-haiku-4-5-20251001-v1:0", (Some(1.1), Some(5.5))),
            (haiku, system_defined, (Some(1.1), Some(5.5))),
            (haiku, "eu.anthropic.claude-haiku-4-5-20251001-v1:0", (None, None)),
            (haiku, of_account, (None, None)),
            (lite, "apac.amazon.nova-lite-v1:0", (Some(0.06), Some(0.24))),
            (lite, of_account, (Some(0.06), Some(0.24))),
        ] {
            assert_eq!(price(model, id), expected, "{id}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let embeddings = "amazon.nova-2-multimodal-embeddings-v1:0";
        assert_eq!(price(embeddings, embeddings), (Some(0.135), None));
        assert_eq!(price("amazon.nova-canvas-v1:0", "amazon.nova-canvas-v1:0"), (None, None));
    }

    #[test]
    fn cached_tokens_are_priced_only_beside_the_price_that_they_belong_to() {
        let cached = |model: &str, prefix: &str| {
            let price = of(model, &format!("{prefix}{model}"));
            (price.cache_read, price.cache_write)
        };
        let haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";
        for (model, prefix, expected) in [
            (haiku, "", (Some(0.1), Some(1.25))),
            (haiku, "global.", (Some(0.1), Some(1.25))),
            // Its input tokens cost 10 % more.
            (haiku, "us.", (None, None)),
            ("amazon.nova-2-lite-v1:0", "global.", (Some(0.075), None)),
            ("amazon.nova-2-lite-v1:0", "eu.", (None, None)),
        ] {
            assert_eq!(cached(model, prefix), expected, "{prefix}{model}");
        }
    }

    #[test]
    fn the_cost_is_known_if_the_price_of_each_kind_of_token_is() {
        let price = Price { input: Some(3.0), output: Some(15.0), cache_read: Some(0.3), cache_write: None };
        let cost = |input, output, cache_read, cache_write| {
            price.cost(Tokens { input, output, cache_read, cache_write }).map(|dollars| (dollars * 1e6).round())
        };
        assert_eq!(cost(100, 10, 0, 0), Some(450.0));
        assert_eq!(cost(100, 10, 1000, 0), Some(750.0));
        assert_eq!(cost(0, 0, 0, 0), Some(0.0));
        assert_eq!(cost(100, 10, 0, 1), None);
        assert_eq!(Price::default().cost(Tokens { output: 1, ..Tokens::default() }), None);
    }
}
