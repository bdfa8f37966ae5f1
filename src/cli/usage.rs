//! Turns what clap says of a command line into an error of this program, so that all errors look alike.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Cli, Command};
use crate::config::value::{shown_endpoint, without_password};
use crate::error::Error;
use crate::output::visible;

/// Returns the error for arguments that clap refuses, and the usage of the command if clap names it.
pub fn error(mut refusal: clap::Error, arguments: &[OsString]) -> (Error, Option<String>) {
    if refusal.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return (Error::usage("a command is missing"), Some(refusal.render().to_string().trim_end().to_owned()));
    }
    let given = given(&mut refusal);
    let usage = refusal.remove(ContextKind::Usage).map(|usage| usage.to_string());
    let hints: Vec<_> = hints(&mut refusal).iter().map(|hint| in_backticks(hint, &given)).collect();
    let text = refusal.render().to_string();
    let summary = text.rsplit_once("\n\nFor more information").map_or(text.as_str(), |(summary, _)| summary);
    // The arguments that are missing stand on lines of their own.
    let summary = summary.trim_start_matches("error: ").lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let summary = in_backticks(&summary, &given);
    let help = hints.is_empty().then(|| help_command(usage.as_deref(), arguments));
    let hints = hints.iter().map(|hint| without_password(hint));
    let error = Error::usage(without_password(&summary)).hints(hints).hints(help);
    (error, usage.filter(|usage| !usage.is_empty()))
}

/// Takes the advice out of the refusal, best first.
fn hints(refusal: &mut clap::Error) -> Vec<String> {
    let similar = [
        (ContextKind::SuggestedArg, "argument"),
        (ContextKind::SuggestedSubcommand, "command"),
        (ContextKind::SuggestedValue, "value"),
    ];
    let mut hints = Vec::new();
    for (kind, what) in similar {
        let names = refusal.remove(kind).map(texts).unwrap_or_default();
        hints.extend(names.iter().map(|name| format!("a similar {what} exists: `{name}`")));
    }
    hints.extend(refusal.remove(ContextKind::Suggested).map(texts).unwrap_or_default());
    let values = refusal.remove(ContextKind::ValidValue).map(texts).unwrap_or_default();
    if !values.is_empty() {
        let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
        hints.push(format!("possible values: {}", values.join(", ")));
    }
    hints
}

/// Returns the words that clap quotes. Their control characters become visible: clap would drop them. An endpoint shows no
/// query.
fn given(refusal: &mut clap::Error) -> Vec<String> {
    const QUOTED: [ContextKind; 4] =
        [ContextKind::InvalidSubcommand, ContextKind::InvalidArg, ContextKind::PriorArg, ContextKind::InvalidValue];
    let is_of_endpoint = matches!(
        refusal.get(ContextKind::InvalidArg),
        Some(ContextValue::String(flag)) if flag.starts_with("--endpoint-url")
    );
    let mut words = Vec::new();
    for kind in QUOTED {
        let shown = match refusal.get(kind) {
            Some(ContextValue::String(url)) if is_of_endpoint && kind == ContextKind::InvalidValue => {
                ContextValue::String(shown_endpoint(&visible(url)))
            }
            Some(ContextValue::String(text)) => ContextValue::String(visible(text).into_owned()),
            Some(ContextValue::Strings(texts)) => {
                ContextValue::Strings(texts.iter().map(|text| visible(text).into_owned()).collect())
            }
            _ => continue,
        };
        words.extend(texts(shown.clone()));
        refusal.insert(kind, shown);
    }
    words
}

fn texts(value: ContextValue) -> Vec<String> {
    match value {
        ContextValue::None => Vec::new(),
        ContextValue::Strings(texts) => texts,
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}

/// Returns the text with these words in backticks where clap has them in quotes.
fn in_backticks(text: &str, words: &[String]) -> String {
    words.iter().fold(text.to_owned(), |text, word| {
        let text = text.replacen(&format!("'{word}'"), &format!("`{word}`"), 1);
        text.replacen(&format!("'-- {word}'"), &format!("`-- {word}`"), 1)
    })
}

/// Returns the command that shows the help: of the command in the usage, or else of the one that was typed.
fn help_command(usage: Option<&str>, arguments: &[OsString]) -> String {
    let is_name =
        |word: &&str| !word.starts_with('-') && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    let in_usage = usage.map(|usage| usage.split_whitespace().skip(1).take_while(is_name).collect::<Vec<_>>());
    let typed = || {
        let word = |at: usize| arguments.get(at).and_then(|argument| argument.to_str());
        let first = word(1).filter(|name| Command::NAMES.contains(name));
        let tree = Cli::tree();
        let below = first.and_then(|name| tree.find_subcommand(name)).zip(word(2));
        let second = below.and_then(|(command, name)| command.find_subcommand(name).map(|_| name));
        ["bedrock-ask"].into_iter().chain(first).chain(second).collect()
    };
    format!("{} --help", in_usage.unwrap_or_else(typed).join(" "))
}
