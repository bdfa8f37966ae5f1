//! The command that sends the same records from this machine.

use clap::{Args, Command};

use super::SubmitArgs;
use crate::commands::batch::run::RunArgs;
use crate::shell;

/// Returns the options of `batch submit` that `batch run` does not have, and whether they have a value.
fn own_options() -> Vec<(String, bool)> {
    let (submit, run) = (SubmitArgs::augment_args(Command::new("submit")), RunArgs::augment_args(Command::new("run")));
    let own =
        submit.get_arguments().filter(|option| run.get_arguments().all(|other| other.get_id() != option.get_id()));
    own.filter_map(|option| Some((format!("--{}", option.get_long()?), option.get_action().takes_values()))).collect()
}

pub fn of(args: &SubmitArgs) -> String {
    let words: Vec<_> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let input = args.input.input.to_string_lossy();
    let results = format!("{}.results.jsonl", input.strip_suffix(".jsonl").unwrap_or(&input));
    let words: Vec<_> = translated(words, results).iter().map(|word| shell::quoted(word)).collect();
    format!("bedrock-ask {}", words.join(" "))
}

/// Returns the words of a `batch submit` as those of a `batch run` that writes its results to this file.
fn translated(words: Vec<String>, results: String) -> Vec<String> {
    let own_options = own_options();
    let mut translated = Vec::new();
    let mut words = words.into_iter();
    let mut is_run = false;
    while let Some(word) = words.next() {
        let own = own_options.iter().find(|(name, has_value)| {
            word == *name || (*has_value && word.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('=')))
        });
        match own {
            Some((name, true)) if word == *name => drop(words.next()),
            Some(_) => {}
            None if word == "submit" && !is_run => {
                is_run = true;
                translated.push("run".to_owned());
            }
            None => translated.push(word),
        }
    }
    translated.extend(["-o".to_owned(), results]);
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_the_request_are_kept() {
        let words = "--region us-east-1 batch submit p.jsonl --s3 s3://b/p --role=arn:aws:iam::1:role/r -m nova-lite \
                     --max-tokens 5 --hours 24 --dry-run --limits=min=5 -s submit";
        let words = words.split_whitespace().map(str::to_owned).collect();
        assert_eq!(
            translated(words, "p.results.jsonl".to_owned()).join(" "),
            "--region us-east-1 batch run p.jsonl -m nova-lite --max-tokens 5 -s submit -o p.results.jsonl"
        );
    }
}
