//! `--cache`: whether the parts of a request that repeat are cached, and what the response counts of it.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::prompt;
use crate::aws::{CacheTtl, ConverseRequest, ConverseResponse, Usage};
use crate::error::Error;

/// The times, as Bedrock writes them.
const TIMES: [&str; 2] = ["5m", "1h"];

/// Returns the parser of the value of `--cache`.
pub fn ttl_parser() -> impl TypedValueParser<Value = CacheTtl> {
    PossibleValuesParser::new(TIMES).map(|text| if text == "1h" { CacheTtl::OneHour } else { CacheTtl::FiveMinutes })
}

/// Refuses to cache a request in which nothing can be cached, or for a time that is the first word of the prompt.
pub fn check(request: &ConverseRequest, words: &[String]) -> Result<(), Error> {
    if let Some(word) = words.first().filter(|word| TIMES.contains(&word.as_str())) {
        return Err(prompt::apart_from_flag("--cache", word));
    }
    if request.system.is_none() && request.attachments.is_empty() && request.earlier_messages.is_empty() {
        return Err(Error::usage("there is nothing to cache: no system prompt and no attachments")
            .cause("`--cache` caches what stands before the prompt"));
    }
    Ok(())
}

/// Returns the tokens in words: as a sum if they add up, because AWS does not count those of the cache as input tokens.
/// Some models do.
pub fn tokens_in_words(usage: Usage) -> String {
    let Usage { input_tokens: input, output_tokens: output, total_tokens: total, .. } = usage;
    let cached = [
        (usage.cache_read_input_tokens.unwrap_or_default(), "read from the cache"),
        (usage.cache_write_input_tokens.unwrap_or_default(), "written to the cache"),
    ];
    let adds_up =
        cached.iter().map(|(tokens, _)| i64::from(*tokens)).sum::<i64>() + i64::from(input) + i64::from(output)
            == i64::from(total);
    let parts = |separator: &str| -> String {
        let parts = cached.iter().filter(|(tokens, _)| *tokens > 0);
        parts.fold(String::new(), |line, (tokens, what)| format!("{line}{separator}{tokens} {what}"))
    };
    if adds_up {
        format!("{input} input{} + {output} output = {total} tokens", parts(" + "))
    } else {
        format!("{input} input + {output} output = {total} tokens{}", parts(", "))
    }
}

/// Returns the note about a response that was to be cached and was not.
pub fn not_cached(request: &ConverseRequest, response: &ConverseResponse) -> Option<&'static str> {
    let usage = response.usage.filter(|_| request.cache.is_some())?;
    let is_cached = |tokens: Option<i32>| tokens.is_some_and(|tokens| tokens > 0);
    (!is_cached(usage.cache_read_input_tokens) && !is_cached(usage.cache_write_input_tokens))
        .then_some("nothing was cached: most models need 1,024 to 4,096 tokens of system prompt and attachments")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_of_the_cache_are_a_part_of_the_sum_only_if_it_adds_up() {
        let (cache_read_input_tokens, cache_write_input_tokens) = (Some(100), Some(0));
        let usage = Usage {
            input_tokens: 5,
            output_tokens: 3,
            total_tokens: 108,
            cache_read_input_tokens,
            cache_write_input_tokens,
            ..Usage::default()
        };
        assert_eq!(tokens_in_words(usage), "5 input + 100 read from the cache + 3 output = 108 tokens");
        let double = Usage { input_tokens: 105, ..usage };
        assert_eq!(tokens_in_words(double), "105 input + 3 output = 108 tokens, 100 read from the cache");
        let uncached = Usage { total_tokens: 9, cache_read_input_tokens: None, ..usage };
        assert_eq!(tokens_in_words(uncached), "5 input + 3 output = 9 tokens");
    }
}
