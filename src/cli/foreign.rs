//! Options that the AWS CLI and other prompt tools have, and what does the same here.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Options of other tools, sorted, each with the hint that follows it.
const OPTIONS: [(&str, &str); 34] = [
    ("--aws-profile", "use `--profile NAME`"),
    ("--cli-read-timeout", "use `--timeout TIME`"),
    ("--endpoint", "use `--endpoint-url URL`"),
    ("--image", "use `--attach FILE`"),
    ("--inference-profile", "use `--model ID`"),
    ("--inference-profile-id", "use `--model ID`"),
    ("--input", "stdin is added to the prompt: `bedrock-ask \"PROMPT\" < FILE`"),
    ("--json", "use `--format json`"),
    ("--jsonl", "use `--format json`, which is one object a line"),
    ("--max-length", "use `--max-tokens N`"),
    ("--message", "the prompt is an argument of its own: `bedrock-ask \"PROMPT\"`"),
    ("--messages", "the prompt is an argument of its own: `bedrock-ask \"PROMPT\"`"),
    ("--model-id", "use `--model ID`"),
    ("--ndjson", "use `--format ndjson` for the events of a response"),
    ("--no-color", "use `--color never`"),
    ("--no-colour", "use `--color never`"),
    ("--out", "use `--output-file FILE`, or `--format json` for JSON"),
    ("--output", "use `--format json` for JSON, or `--output-file FILE` for a file"),
    ("--output-format", "use `--format json`, or `--format ndjson` for the events of a response"),
    ("--prompt", "the prompt is an argument of its own: `bedrock-ask \"PROMPT\"`"),
    ("--query", "pipe the JSON to jq: `--format json | jq FILTER`"),
    ("--region-name", "use `--region REGION`"),
    ("--silent", "use `--quiet`"),
    ("--stop-sequence", "use `--stop TEXT`"),
    ("--stop-sequences", "use `--stop TEXT`"),
    ("--stream", "a response is streamed unless `--no-stream` is given"),
    ("--streaming", "a response is streamed unless `--no-stream` is given"),
    ("--system-prompt", "use `--system TEXT`"),
    ("--temp", "use `--temperature T`"),
    ("--verbose", "use `--debug`"),
    ("-j", "use `--format json`"),
    ("-p", "the prompt is an argument of its own, and the AWS profile is `--profile NAME`"),
    ("-r", "use `--region REGION`"),
    ("-v", "use `--debug`, or `--version`"),
];

/// Options that name the model of a prompt, which other commands take as an argument.
const MODEL_OPTIONS: [&str; 5] = ["-m", "--model", "--model-id", "--inference-profile", "--inference-profile-id"];

/// Replaces clap's suggestion for an option of another tool, or of `ask`, by what does the same here.
pub fn with_hint(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let unknown = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(argument))) => argument.to_ascii_lowercase(),
        _ => return error,
    };
    let name = unknown.split('=').next().unwrap_or_default().replace('_', "-");
    if let Some(hint) = model_argument(&error, &name, arguments) {
        suggest(&mut error, hint);
    } else if let Some((_, hint)) = OPTIONS.iter().find(|(option, _)| *option == name) {
        suggest(&mut error, (*hint).to_owned());
    }
    error
}

fn suggest(error: &mut clap::Error, hint: String) {
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(hint)]));
}

/// Returns the hint for an option with the model, of a command that takes the model as an argument.
fn model_argument(error: &clap::Error, option: &str, arguments: &[OsString]) -> Option<String> {
    if !MODEL_OPTIONS.contains(&option) {
        return None;
    }
    let usage = error.get(ContextKind::Usage)?.to_string();
    let command = usage.split_whitespace().skip_while(|word| *word != "bedrock-ask").nth(1)?;
    let takes_model = usage.contains("[MODEL]") && usage.contains(command);
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let name = |word: &str| word.split('=').next().unwrap_or_default().replace('_', "-").to_ascii_lowercase();
    let position = words.iter().position(|word| name(word) == option || (option == "-m" && word.starts_with("-m")));
    let value = position.and_then(|position| match words[position].split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None if name(&words[position]) != option => Some(words[position]["-m".len()..].to_owned()),
        None => words.get(position + 1).filter(|next| !next.starts_with('-')).map(ToString::to_string),
    });
    let model = value.filter(|value| !value.is_empty()).unwrap_or_else(|| "MODEL".to_owned());
    takes_model.then(|| format!("the model is an argument of its own: `bedrock-ask {command} {model}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn message(arguments: &[&str]) -> String {
        let words: Vec<_> =
            std::iter::once("bedrock-ask").chain(arguments.iter().copied()).map(OsString::from).collect();
        Cli::parse_from(&words).unwrap_err().to_string()
    }

    #[test]
    fn an_option_of_another_tool_is_answered_with_ours() {
        assert!(OPTIONS.is_sorted_by_key(|(option, _)| *option));
        for (option, hint) in OPTIONS {
            let shown = message(&[option, "x"]);
            // `-v` and the like are followed by the value in the same word.
            assert!(shown.contains(hint), "{option}: {shown}");
        }
        assert!(message(&["ask", "--model_id=x"]).contains("use `--model ID`"));
        assert!(message(&["check", "--JSON"]).contains("use `--format json`"));
    }

    #[test]
    fn a_model_after_the_option_of_a_prompt_is_answered_with_the_argument() {
        for command in ["resolve", "models", "iam-policy", "check"] {
            for option in ["-m haiku", "-mhaiku", "-m=haiku", "--model haiku", "--model=haiku", "--Model_ID=haiku"] {
                let shown = message(&[&[command], &option.split(' ').collect::<Vec<_>>()[..]].concat());
                let hint = format!("the model is an argument of its own: `bedrock-ask {command} haiku`");
                assert!(shown.contains(&hint), "{command} {option}: {shown}");
            }
            let alone = message(&["--region", "us-east-1", command, "-m"]);
            assert!(alone.contains(&format!("`bedrock-ask {command} MODEL`")), "{alone}");
        }
        assert!(!message(&["regions", "-m", "haiku"]).contains("of its own"));
    }

    #[test]
    fn a_hint_never_names_an_option_that_does_not_exist() {
        let help = Cli::tree().render_long_help().to_string();
        let words = OPTIONS.iter().flat_map(|(_, hint)| hint.split([' ', '`', ',']));
        for option in words.filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{option}");
        }
    }
}
