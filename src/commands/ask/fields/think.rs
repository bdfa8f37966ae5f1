//! `--think`: the members of the request that ask the model to think, and what does not go together with them.

use std::iter;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde_json::{Map, Value, json};

use super::{FieldArgs, json as fields_json};
use crate::aws;
use crate::commands::ask::member::{ADDITIONAL, OUTPUT_CONFIG};
use crate::commands::ask::prompt;
use crate::commands::ask::substitute::with_substitute;
use crate::config::{Origin, Settings};
use crate::context::Context;
use crate::error::Error;
use bedrock_ask::model::catalog::FoundationModel;
use bedrock_ask::model::resolution::Resolution;
use bedrock_ask::model::thinking::{Effort, EffortError, Field, Level, Thinking, ThinkingFields};

/// The tokens for the response itself where a budget for thinking needs a limit, and none is given.
const RESPONSE_TOKENS: u32 = 8_192;

/// The lowest `topP` that Claude accepts while it thinks.
const LEAST_TOP_P: f32 = 0.95;

/// Returns the parser of the value of `--think`; `default` stands for none.
pub fn effort_parser() -> impl TypedValueParser<Value = Effort> {
    let levels = Level::ALL.map(Level::name).into_iter().chain(["off"]).map(PossibleValue::new);
    let values = iter::once(PossibleValue::new("default").hide(true)).chain(levels);
    PossibleValuesParser::new(values).map(|text| match Level::named(&text) {
        Some(level) => Effort::Level(level),
        None if text == "off" => Effort::Off,
        None => Effort::Default,
    })
}

impl FieldArgs {
    /// Refuses a prompt that begins with a level where `--think` has none: a level that is not joined to its flag.
    pub fn reject_level(&self, words: &[String]) -> Result<(), Error> {
        let is_level = |word: &&String| *word == "off" || Level::named(word).is_some();
        match words.first().filter(is_level) {
            Some(level) if self.think == Some(Effort::Default) => Err(prompt::apart_from_flag("--think", level)),
            _ => Ok(()),
        }
    }

    /// Adds what asks the model to think, or to return the text of its reasoning.
    pub(super) fn add_thinking(
        &self,
        request: &mut aws::ConverseRequest,
        additional: &mut Map<String, Value>,
        resolution: &Resolution,
        context: &Context,
        notes: &mut Vec<String>,
    ) -> Result<(), Error> {
        let id = resolution.model.as_deref().unwrap_or(&resolution.id);
        let thinking = Thinking::of(id);
        let fields = match self.think {
            None if self.show_thinking => thinking.text_fields(),
            None => return Ok(()),
            Some(effort) => {
                let fields = thinking
                    .fields(effort, self.show_thinking)
                    .map_err(|refused| refusal(refused, (id, effort), &thinking, context))?;
                if effort == Effort::Off && thinking.field() == Field::OutputConfig {
                    notes.push(format!("it is not known whether `{id}` thinks; nothing is sent to turn it off"));
                }
                if effort != Effort::Off {
                    reject_sampling(id, &thinking, &fields, &context.settings)?;
                }
                fields
            }
        };
        if let Some(effort) = fields.effort {
            let config = request.members.entry(OUTPUT_CONFIG).or_insert_with(|| json!({}));
            config["effort"] = effort.into();
        }
        if let Some(budget) = fields.budget {
            let most = resolution.model.as_deref().and_then(|id| context.catalog.foundation_model(id));
            let most = most.and_then(FoundationModel::max_output);
            request.max_tokens = Some(limit(request.max_tokens, budget, most, &thinking)?);
        }
        fields_json::merge(additional, fields.additional, ADDITIONAL).map_err(|conflict| conflict.error("`--think`"))
    }
}

/// Returns the limit of tokens for a response with this budget for thinking, which must be below it. `most` is the number
/// of tokens that the model can generate, if it is known.
fn limit(given: Option<i32>, budget: u32, most: Option<u32>, thinking: &Thinking) -> Result<i32, Error> {
    let Some(given) = given else {
        let wanted = budget + RESPONSE_TOKENS;
        let limit = most.filter(|most| *most > budget).map_or(wanted, |most| most.min(wanted));
        return Ok(i32::try_from(limit).unwrap_or(i32::MAX));
    };
    let fits = |budget: u32| i64::from(given) > i64::from(budget);
    if fits(budget) {
        return Ok(given);
    }
    let error = Error::usage(format!("a limit of {given} tokens is too low for {budget} tokens of thinking"))
        .hint(format!("--max-tokens {}", budget + RESPONSE_TOKENS));
    let budget_of = |level: &Level| thinking.fields(Effort::Level(*level), false).ok()?.budget;
    let lower = thinking.levels().iter().rev().find(|level| budget_of(level).is_some_and(fits));
    Err(error.hints(lower.map(|level| format!("--think={}", level.name()))))
}

/// Refuses the sampling parameters that AWS refuses beside thinking.
fn reject_sampling(id: &str, thinking: &Thinking, fields: &ThinkingFields, settings: &Settings) -> Result<(), Error> {
    let Settings { temperature, top_p, max_tokens, .. } = settings;
    let is_claude = matches!(thinking.field(), Field::Adaptive | Field::Budget);
    // https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
    let is_high_nova = fields.additional.get("reasoningConfig").is_some_and(|it| it["maxReasoningEffort"] == "high");
    let has_temperature = temperature.value.is_some_and(|value| is_high_nova || value.to_bits() != 1_f32.to_bits());
    let has_top_p = top_p.value.is_some_and(|value| is_high_nova || value < LEAST_TOP_P);
    let found = [
        ("temperature", has_temperature, &temperature.origin, "only 1"),
        ("top_p", has_top_p, &top_p.origin, "0.95 and more"),
        ("max_tokens", is_high_nova && max_tokens.value.is_some(), &max_tokens.origin, ""),
    ];
    let given = found.into_iter().find(|(_, is_refused, ..)| *is_refused && (is_claude || is_high_nova));
    let Some((name, _, origin, accepted)) = given else { return Ok(()) };
    let name = match origin {
        Origin::Flag(flag) => format!("`{flag}`"),
        origin => format!("`{name}` ({origin})"),
    };
    let error = Error::usage(format!("{name} cannot be combined with `--think` on `{id}`"));
    Err(if is_high_nova {
        error.cause("the level `high` does not allow it").hint("--think=medium")
    } else {
        error.cause(format!("it accepts {accepted} while it thinks"))
    })
}

/// Returns the error for a model that does not have what `--think` asks for.
fn refusal(refused: EffortError, (id, effort): (&str, Effort), thinking: &Thinking, context: &Context) -> Error {
    match refused {
        EffortError::AlwaysThinks => {
            let lowest = thinking.levels().first().map(|level| format!("--think={}", level.name()));
            Error::usage(format!("`{id}` always thinks: it cannot be turned off")).hints(lowest)
        }
        EffortError::UnknownLevel([]) => {
            Error::usage(format!("`{id}` always thinks, and has no levels")).hint("leave out the level: `--think`")
        }
        EffortError::UnknownLevel(levels) => {
            let names: Vec<_> = levels.iter().map(|level| format!("`{}`", level.name())).collect();
            let level = if let Effort::Level(level) = effort { level.name() } else { "" };
            Error::usage(format!("`{level}` is not a level of thinking that `{id}` has"))
                .cause(format!("it has {}", names.join(", ")))
                .hint(format!("--think={}", levels.last().map_or("", |level| level.name())))
        }
        _ => {
            let error = Error::usage(format!("`{id}` does not think"));
            let Some(model) = context.catalog.foundation_model(id) else { return error };
            let Ok(request) = context.resolve_request() else { return error };
            with_substitute(error, model, &request, &context.catalog, |other| {
                Thinking::of(other.id).is_known_to_think()
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_tokens_exceeds_the_budget() {
        let thinking = Thinking::of("anthropic.claude-haiku-4-5-20251001-v1:0");
        let limit = |given, budget, most| limit(given, budget, most, &thinking);
        assert_eq!(limit(None, 8_192, Some(64_000)), Ok(16_384));
        assert_eq!(limit(None, 24_576, Some(32_000)), Ok(32_000));
        // The catalog can be wrong.
        assert_eq!(limit(None, 8_192, Some(8_192)), Ok(16_384));
        assert_eq!(limit(Some(8_193), 8_192, None), Ok(8_193));
        let error = limit(Some(8_192), 8_192, None).unwrap_err();
        assert_eq!(error.message.summary, "a limit of 8192 tokens is too low for 8192 tokens of thinking");
        assert_eq!(error.message.hints, ["--max-tokens 16384", "--think=low"]);
        assert_eq!(limit(Some(100), 2_048, None).unwrap_err().message.hints, ["--max-tokens 10240"]);
    }
}
