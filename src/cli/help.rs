//! The help texts: the commands grouped by purpose, the flags that the short help shows, and examples of each command.

use clap::builder::Resettable;

use super::json_fields;

/// The commands by purpose, in the order of the help.
const GROUPS: [(&str, &[&str]); 3] = [
    ("Use and find models", &["ask", "chat", "batch", "history", "resolve", "models", "regions"]),
    ("Prove and permit", &["check", "diagnose", "iam-policy"]),
    ("Set up", &["setup", "whoami", "config", "catalog", "inference-profile", "completions"]),
];

/// The flags of the root command that `-h` shows; `--help` shows all.
const SHORT: [&str; 6] = ["model", "attach", "system", "region", "format", "help"];

/// The global flags that `-h` of a command shows beside its own.
const SHORT_GLOBAL: [&str; 4] = ["region", "profile", "routing", "format"];

/// Examples of the commands, each with the path of its command. The tests run them all.
const EXAMPLES: &[(&str, &str)] = &[
    ("", "bedrock-ask \"What is an inference profile?\""),
    ("", "cat error.log | bedrock-ask -m claude-haiku-4.5 \"What went wrong?\""),
    ("", "bedrock-ask resolve anthropic.claude-sonnet-4-6 --region eu-central-1"),
    ("ask", "bedrock-ask ask \"What is an inference profile?\""),
    ("ask", "bedrock-ask ask -m claude-haiku-4.5 -s @system.txt --file notes.md \"Summarise the notes\""),
    ("ask", "cat error.log | bedrock-ask ask \"What went wrong?\""),
    ("ask", "bedrock-ask ask -m claude-haiku-4.5 -a report.pdf --cite \"What are the risks?\""),
    ("ask", "bedrock-ask ask --dry-run -a 'shots/*.png' \"What differs between the screenshots?\""),
    ("batch", "bedrock-ask batch plan prompts.jsonl -m claude-haiku-4.5 --max-tokens 300"),
    ("batch", "bedrock-ask batch run prompts.jsonl -o results.jsonl -m claude-haiku-4.5 --max-tokens 300"),
    ("batch run", "bedrock-ask batch run prompts.jsonl -o results.jsonl -m claude-haiku-4.5 --max-tokens 300"),
    ("batch run", "cat prompts.jsonl | bedrock-ask batch run - -o texts.jsonl --text --ordered -s @system.txt"),
    ("batch run", "bedrock-ask batch run prompts.jsonl -o results.jsonl --max-tokens 300 --max-cost 5 --rpm 500"),
    ("batch run", "bedrock-ask batch run prompts.jsonl -o results.jsonl --max-tokens 300 --spread us-west-2"),
    ("batch submit", "bedrock-ask batch submit prompts.jsonl --s3 s3://my-bucket/batch --role $ROLE --dry-run"),
    ("batch submit", "bedrock-ask batch submit prompts.jsonl --s3 s3://my-bucket/batch --role $ROLE -m nova-lite"),
    ("resolve", "bedrock-ask resolve anthropic.claude-sonnet-4-6"),
    ("resolve", "bedrock-ask resolve claude-sonnet-4.6 --region ap-southeast-2 --explain"),
    ("resolve", "bedrock-ask resolve haiku --routing geographic,in-region"),
    ("resolve", "cat models.txt | bedrock-ask resolve - --format json"),
    ("models", "bedrock-ask models --region eu-central-1"),
    ("models", "bedrock-ask models --search claude --format csv"),
    ("models", "bedrock-ask models claude-sonnet-4.6"),
    ("regions", "bedrock-ask regions"),
    ("regions", "bedrock-ask regions --region all --format json"),
    ("check", "bedrock-ask check claude-haiku-4.5"),
    ("check", "bedrock-ask check claude-haiku-4.5 nova-2-lite --region us-east-1 --region eu-central-1 --dry-run"),
    ("check", "bedrock-ask check --from models.txt --depth resolve --report junit=report.xml"),
    ("diagnose", "bedrock-ask diagnose \"$(cat error.log)\""),
    ("diagnose", "cat error.log | bedrock-ask diagnose --region eu-central-1"),
    ("iam-policy", "bedrock-ask iam-policy anthropic.claude-sonnet-4-6 --account 111122223333"),
    ("iam-policy", "bedrock-ask iam-policy haiku --region eu-central-1 --format terraform"),
    ("iam-policy", "bedrock-ask iam-policy haiku --for converse --account 111122223333 --check policy.json"),
    ("batch status", "bedrock-ask batch status"),
    ("batch status", "bedrock-ask batch status prompts.jsonl.batch.json --watch"),
    ("batch status", "bedrock-ask batch status \"$JOB_ARN\" --format json"),
    ("batch fetch", "bedrock-ask batch fetch -o results.jsonl"),
    ("batch fetch", "bedrock-ask batch fetch prompts.jsonl.batch.json -o texts.jsonl --text --failed again.jsonl"),
    ("batch list", "bedrock-ask batch list"),
    ("batch list", "bedrock-ask batch list --status InProgress --name prompts --format json"),
    ("batch stop", "bedrock-ask batch stop \"$JOB_ARN\" --yes"),
    ("batch stop", "bedrock-ask batch stop prompts.jsonl.batch.json --yes"),
    ("batch plan", "bedrock-ask batch plan prompts.jsonl -m nova-2-lite --max-tokens 300"),
    ("batch plan", "bedrock-ask batch plan prompts.jsonl -m nova-2-lite --rpm 500 --tpm 200000 --format json"),
    ("chat", "bedrock-ask chat"),
    ("chat", "bedrock-ask chat -m claude-haiku-4.5 --continue"),
    ("history", "bedrock-ask history list"),
    ("history", "bedrock-ask history show"),
    ("history list", "bedrock-ask history list"),
    ("history list", "bedrock-ask history list --format json"),
    ("history show", "bedrock-ask history show"),
    ("history show", "bedrock-ask history show 0a1b2c3d --format json"),
    ("history search", "bedrock-ask history search profile"),
    ("history search", "bedrock-ask history search \"inference profile\""),
    ("history delete", "bedrock-ask history delete 0a1b2c3d --yes"),
    ("history delete", "bedrock-ask history delete --all --yes"),
    ("whoami", "bedrock-ask whoami"),
    ("whoami", "bedrock-ask whoami --offline --format json"),
    ("setup", "bedrock-ask setup"),
    ("setup", "bedrock-ask setup --region eu-central-1"),
    ("config", "bedrock-ask config"),
    ("config", "bedrock-ask config --format json"),
    ("config", "bedrock-ask config set model nova-2-lite"),
    ("config get", "bedrock-ask config get region"),
    ("config get", "bedrock-ask config get routing --format json"),
    ("config set", "bedrock-ask config set region eu-central-1"),
    ("config set", "bedrock-ask config set routing geographic,in-region"),
    ("config set", "bedrock-ask config set aliases.fast amazon.nova-2-lite-v1:0"),
    ("config set", "bedrock-ask config set timeout.idle 30s"),
    ("config unset", "bedrock-ask config unset routing"),
    ("config unset", "bedrock-ask config unset aliases.fast"),
    ("config path", "bedrock-ask config path"),
    ("config path", "cat \"$(bedrock-ask config path)\""),
    ("config init", "bedrock-ask config init"),
    ("config init", "BEDROCK_ASK_CONFIG=./new.yaml bedrock-ask config init"),
    ("config check", "bedrock-ask config check"),
    ("config check", "bedrock-ask config check team.yaml"),
    ("catalog", "bedrock-ask catalog"),
    ("catalog", "bedrock-ask catalog refresh"),
    ("catalog refresh", "bedrock-ask catalog refresh"),
    ("catalog refresh", "bedrock-ask catalog refresh --region us-east-1"),
    ("catalog diff", "bedrock-ask catalog refresh && bedrock-ask catalog diff"),
    ("catalog diff", "bedrock-ask catalog refresh -q && bedrock-ask catalog diff --format json"),
    ("catalog export", "bedrock-ask catalog export catalog.txt"),
    ("catalog export", "bedrock-ask catalog export - > catalog.txt"),
    ("catalog clear", "bedrock-ask catalog clear"),
    ("catalog clear", "bedrock-ask catalog clear --region us-east-1"),
    ("inference-profile", "bedrock-ask inference-profile list"),
    ("inference-profile", "bedrock-ask inference-profile create chat --from claude-haiku-4.5 --tag team=red"),
    ("inference-profile list", "bedrock-ask inference-profile list"),
    ("inference-profile list", "bedrock-ask inference-profile list --format json"),
    ("inference-profile show", "bedrock-ask inference-profile show inference-profile:chat"),
    ("inference-profile show", "bedrock-ask inference-profile show \"$ARN\""),
    ("inference-profile create", "bedrock-ask inference-profile create chat --from claude-haiku-4.5 --tag team=red"),
    ("inference-profile create", "bedrock-ask inference-profile create chat --from claude-haiku-4.5 --if-not-exists"),
    ("inference-profile tag", "bedrock-ask inference-profile tag inference-profile:chat team=blue"),
    ("inference-profile tag", "bedrock-ask inference-profile tag \"$ARN\" team=blue stage=test"),
    ("inference-profile untag", "bedrock-ask inference-profile untag inference-profile:chat stage"),
    ("inference-profile untag", "bedrock-ask inference-profile untag \"$ARN\" team"),
    ("inference-profile delete", "bedrock-ask inference-profile delete \"$ARN\" --yes"),
    ("inference-profile delete", "bedrock-ask inference-profile delete inference-profile:chat --yes"),
    ("man", "bedrock-ask man ."),
    ("man", "bedrock-ask man . && man ./bedrock-ask-resolve.1"),
    ("completions", "bedrock-ask completions bash"),
    ("completions", "bedrock-ask completions zsh > _bedrock-ask"),
];

/// Adds the list of commands to the help of the root command, and leaves to `-h` the flags that one needs every day.
pub fn root(tree: clap::Command) -> clap::Command {
    let header = tree.get_styles().get_header();
    let literal = tree.get_styles().get_literal();
    let about = |name: &&str| {
        let command = tree.find_subcommand(name);
        command.and_then(clap::Command::get_about).map(ToString::to_string).unwrap_or_default()
    };
    let widest = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len()).max().unwrap_or_default();
    let line = |name: &&str| format!("  {literal}{name:widest$}{literal:#}  {}\n", about(name));
    let group = |(purpose, names): (&str, &[&str])| {
        let lines: String = names.iter().map(line).collect();
        format!("{header}{purpose}:{header:#}\n{lines}")
    };
    let commands: String = GROUPS.into_iter().map(group).collect();
    let template =
        format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{commands}{{all-args}}{{after-help}}");
    let tree = tree.mut_args(|argument| {
        let is_short = SHORT.contains(&argument.get_id().as_str());
        let argument = argument.hide_short_help(!is_short);
        // A heading of its own for one option is two lines more.
        if argument.get_id() == "region" { argument.help_heading(Resettable::Reset) } else { argument }
    });
    let examples = examples("");
    let long = [Some(examples), tree.get_after_long_help().map(ToString::to_string)];
    let long: Vec<_> = long.into_iter().flatten().collect();
    let version = clap::Arg::new("version").short('V').long("version").help("Print version");
    // Clap's own list knows no groups, and its flag for the version is in each help.
    tree.disable_version_flag(true)
        .arg(version.action(clap::ArgAction::Version).hide_short_help(true))
        .help_template(template)
        .override_usage("bedrock-ask [OPTIONS] [PROMPT]... | bedrock-ask <COMMAND>")
        .after_help("`bedrock-ask --help` shows every option, `bedrock-ask help COMMAND` a command.")
        .after_long_help(long.join("\n\n"))
        .mut_subcommands(|command| command.hide(true))
}

/// Leaves out of `-h` what is rarely needed of the global arguments.
pub fn global(tree: clap::Command) -> clap::Command {
    tree.mut_args(|argument| {
        let is_short = SHORT_GLOBAL.contains(&argument.get_id().as_str());
        argument.hide_short_help(!is_short)
    })
}

/// Adds its examples to the help of the command at this path, and to those below it.
pub fn command(path: &str, command: clap::Command) -> clap::Command {
    let examples = examples(path);
    let long = command.get_after_long_help().map(ToString::to_string);
    let parts = [Some(examples.clone()), long, json_fields::text(path)];
    let long: Vec<_> = parts.into_iter().flatten().collect();
    command.after_long_help(long.join("\n\n")).after_help(examples).mut_subcommands(|below| {
        let path = format!("{path} {}", below.get_name());
        self::command(&path, below)
    })
}

fn examples(path: &str) -> String {
    let of_command = EXAMPLES.iter().filter(|(known, _)| *known == path);
    of_command.fold("Examples:".to_owned(), |text, (_, line)| text + "\n  " + line)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::{Cli, Command};

    /// Returns the path of each command below this one, except clap's `help`.
    fn paths(above: &str, command: &clap::Command) -> Vec<String> {
        let below = command.get_subcommands().filter(|command| command.get_name() != "help");
        below
            .flat_map(|command| {
                let path = format!("{above} {}", command.get_name()).trim_start().to_owned();
                let below = paths(&path, command);
                [vec![path], below].concat()
            })
            .collect()
    }

    #[test]
    fn each_command_that_is_not_hidden_is_in_one_group() {
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let tree = Cli::tree();
        let is_hidden = |name: &&str| tree.find_subcommand(name).is_some_and(clap::Command::is_hide_set);
        let mut names: Vec<_> = Command::NAMES.into_iter().filter(|name| !is_hidden(name)).collect();
        assert_eq!(Command::NAMES.len() - names.len(), 1, "`man` is for those who package the program");
        grouped.sort_unstable();
        names.sort_unstable();
        assert_eq!(grouped, names);
    }

    #[test]
    fn each_command_has_two_to_five_examples_of_itself() {
        let paths = paths("", &Cli::tree());
        assert!(paths.iter().any(|path| path == "catalog refresh"), "{paths:?}");
        let known: BTreeSet<_> = EXAMPLES.iter().map(|(path, _)| *path).collect();
        assert_eq!(known.len() - 1, paths.len(), "some for each command, and some for none");
        for path in paths {
            let of_command = EXAMPLES.iter().filter(|(known, _)| *known == path);
            let lines: Vec<_> = of_command.map(|(_, line)| line).collect();
            assert!((2..=5).contains(&lines.len()), "{path}");
            assert!(lines.iter().all(|line| line.contains(&format!("bedrock-ask {path}"))), "{path}");
        }
    }

    #[test]
    fn the_short_help_fits_on_a_screen() {
        let help = Cli::short_help();
        assert!(help.lines().count() <= 32, "{help}");
        for flag in ["-m, --model", "-a, --attach", "-s, --system", "--region", "--format", "-h, --help"] {
            assert!(help.contains(flag), "{flag}: {help}");
        }
        assert!(!help.contains("--top-p") && !help.contains("\n\n\n"), "{help}");
    }
}
