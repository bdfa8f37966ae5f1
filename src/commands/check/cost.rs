//! What a check costs: the number of calls that invoke a model, and their price as the catalog estimates it. Pure.

use std::fmt;

use super::plan::CheckCase;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::price::{self, Price};

/// The input tokens of one call: the prompt with what surrounds it.
const INPUT_TOKENS: f64 = 10.0;

/// The calls that invoke models, and their price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    pub calls: usize,
    /// The estimated price in US dollars of the calls whose price is known.
    pub dollars: f64,
    /// The number of calls whose price is not known.
    pub unpriced: usize,
}

impl Cost {
    /// Estimates the cost of invoking every model that resolves, once, and once more if it is streamed too.
    pub fn new(cases: &[CheckCase], streams: bool, catalog: &Catalog) -> Self {
        let mut cost = Self::default();
        for case in cases {
            let Ok(resolution) = &case.resolved else { continue };
            let calls = if streams && case.can_stream(catalog) { 2 } else { 1 };
            let model = resolution.model.as_deref().and_then(|id| catalog.foundation_model(id));
            cost.calls += calls;
            match model.and_then(|model| Price::new(model, &resolution.id).dollars(INPUT_TOKENS, 1.0)) {
                Some(per_call) => cost.dollars += if calls == 2 { 2.0 * per_call } else { per_call },
                None => cost.unpriced += calls,
            }
        }
        cost
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.calls {
            0 => return formatter.write_str("no model is invoked"),
            1 => formatter.write_str("1 call of 1 token")?,
            calls => write!(formatter, "{calls} calls of 1 token")?,
        }
        if self.unpriced < self.calls {
            write!(formatter, ", {}", price::estimate(self.dollars))?;
        }
        if self.unpriced > 0 {
            write!(formatter, "; price unknown for {}", self.unpriced)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_names_what_it_does_not_know() {
        let text = |calls, dollars, unpriced| Cost { calls, dollars, unpriced }.to_string();
        assert_eq!(text(18, 0.000_21, 0), "18 calls of 1 token, about $0.0002");
        assert_eq!(text(1, 0.000_003, 0), "1 call of 1 token, less than $0.0001");
        assert_eq!(text(40_000, 1.234, 3), "40000 calls of 1 token, about $1.23; price unknown for 3");
        assert_eq!(text(3, 0.0, 3), "3 calls of 1 token; price unknown for 3");
        assert_eq!(text(0, 0.0, 0), "no model is invoked");
    }
}
