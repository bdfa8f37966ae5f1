//! Prices of model invocations, as estimated in the catalog.

use crate::model::catalog::FoundationModel;

/// An estimated price in US dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Price {
    /// The price of input tokens, if it is known.
    pub input: Option<f64>,
    /// The price of output tokens, if it is known.
    pub output: Option<f64>,
}

impl Price {
    /// Returns the price of invoking `model` by `id`. Profiles with the prefix `us.` or `global.` can have their own
    /// prices.
    pub fn new(model: FoundationModel<'_>, id: &str) -> Self {
        let prefix = id.strip_suffix(model.id).and_then(|prefix| prefix.strip_suffix('.')).unwrap_or_default();
        let of = |kind: &str| {
            let named = |name: &str| model.prices().find(|(known, _)| *known == name).map(|(_, dollars)| dollars);
            named(&format!("{prefix}_{kind}")).or_else(|| named(kind))
        };
        Self { input: of("input"), output: of("output") }
    }

    /// Returns the price of this many tokens in US dollars, if both prices are known.
    pub fn dollars(self, input_tokens: f64, output_tokens: f64) -> Option<f64> {
        Some((input_tokens * self.input? + output_tokens * self.output?) / 1e6)
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

    fn price(model: &str, id: &str) -> (Option<f64>, Option<f64>) {
        let price = Price::new(catalog().foundation_model(model).unwrap(), id);
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
    fn what_is_not_known_is_not_guessed() {
        let embeddings = "amazon.nova-2-multimodal-embeddings-v1:0";
        assert_eq!(price(embeddings, embeddings), (Some(0.135), None));
        assert_eq!(price("amazon.nova-canvas-v1:0", "amazon.nova-canvas-v1:0"), (None, None));
    }
}
