//! The tree of commands as the completion scripts need it: without what is hidden, and with the values of options whose
//! parsers list none.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, ValueHint};

use crate::commands::check::report::Report;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::routing::Routing;

/// The commands whose `--region` takes `all`.
const FROM_ALL_REGIONS: [&str; 5] = ["catalog", "check", "iam-policy", "models", "resolve"];

/// The command that clap adds to each that has commands.
const HELP: &str = "help";

/// Returns the tree for completion scripts, of a tree that is built. The root has no positional argument: in zsh no
/// command would be completed behind one, see <https://github.com/clap-rs/clap/issues/6313>.
pub fn completed(root: &Command) -> Command {
    let arguments = root.get_arguments().filter(|argument| !argument.is_positional());
    let commands = visible(root).map(|command| match command.get_name() {
        HELP => bare(command).subcommands(names(root)),
        name => below(command, name),
    });
    bare(root)
        .version(env!("CARGO_PKG_VERSION"))
        .args(arguments.filter_map(|argument| with_values(argument, "ask")))
        .subcommands(commands)
}

/// Returns a command of the tree; `name` is that of the command of the root to which it belongs.
fn below(command: &Command, name: &str) -> Command {
    let arguments = command.get_arguments().filter_map(|argument| with_values(argument, name));
    bare(command).args(arguments).subcommands(visible(command).map(|command| below(command, name)))
}

/// Returns the commands below this one without their arguments. Those of clap's `help` were copied from it before they
/// were built, and so are never hidden.
fn names(command: &Command) -> impl Iterator<Item = Command> {
    let below = visible(command).filter(|below| below.get_name() != HELP);
    below.map(|below| bare(below).subcommands(names(below).collect::<Vec<_>>()))
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

/// Returns a command of the same name without arguments: clap cannot take an argument away.
fn bare(command: &Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned())
        .about(about)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
}

/// Returns an argument with its values or, where they cannot be listed, the kind of them; `None` if it is hidden.
fn with_values(argument: &Arg, command: &str) -> Option<Arg> {
    let copy = Some(argument.clone()).filter(|argument| !argument.is_hide_set())?;
    if !argument.get_action().takes_values() {
        return Some(copy);
    }
    let values = match argument.get_id().as_str() {
        "region" => regions(command),
        "format" => {
            let values = argument.get_possible_values();
            values.iter().map(|value| PossibleValue::new(value.get_name().to_owned())).collect()
        }
        "routing" => Routing::ALL.map(|kind| PossibleValue::new(kind.as_str())).to_vec(),
        "report" => Report::FORMATS.map(|(name, _)| PossibleValue::new(name)).to_vec(),
        "provider" => providers(),
        _ => return Some(with_hint(copy)),
    };
    Some(copy.value_parser(PossibleValuesParser::new(values)))
}

/// Returns an argument that offers no file where none is meant.
fn with_hint(argument: Arg) -> Arg {
    let name = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
    let is_known = argument.get_value_hint() != ValueHint::Unknown || !argument.get_possible_values().is_empty();
    if name == "DIR" {
        argument.value_hint(ValueHint::DirPath)
    } else if is_known || name.contains("FILE") {
        argument
    } else if argument.is_positional() {
        // With `ValueHint::Other` zsh shows a message, and completes no option that could be a value instead.
        argument.value_parser(PossibleValuesParser::new(Vec::<PossibleValue>::new()))
    } else {
        argument.value_hint(ValueHint::Other)
    }
}

/// Returns the Regions with a Bedrock endpoint.
fn regions(command: &str) -> Vec<PossibleValue> {
    let all = FROM_ALL_REGIONS.contains(&command).then(|| PossibleValue::new("all").help("Every Region"));
    let known = Region::all().filter(|region| region.has_endpoint);
    known.map(|region| PossibleValue::new(region.name).help(region.title)).chain(all).collect()
}

/// Returns how the IDs of each provider's models begin: the providers' names have spaces, at which bash splits them.
fn providers() -> Vec<PossibleValue> {
    let catalog = Catalog::built_in();
    let mut names: Vec<_> = catalog
        .foundation_models()
        .filter_map(|model| model.id.split_once('.'))
        .map(|(name, _)| name.to_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(PossibleValue::new).collect()
}
