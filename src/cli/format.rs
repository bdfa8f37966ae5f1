//! `--format`: a flag of each command, which takes the forms of output that the command has.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, Resettable, TypedValueParser};
use clap::{Arg, Command, Error, ValueEnum};

use crate::config::value::FormatFlag;

/// The ID of the argument.
const ID: &str = "format";

/// The place of the flag in the help: behind the other options of the command.
pub const ORDER: usize = 100;

/// The commands below others that have one form of output alone.
const WITHOUT: [&str; 6] =
    ["catalog export", "config check", "config init", "config path", "config set", "config unset"];

/// Parses the value of `--format`.
#[derive(Clone, Copy, Debug)]
pub struct FormatParser {
    /// The forms that the help and errors list.
    listed: &'static [FormatFlag],
    /// Whether the others are accepted too, since a later check refuses them with a reason.
    takes_all: bool,
}

impl FormatParser {
    /// Creates the parser of the root command, before whose command a form of any command may stand.
    pub const fn of_root(listed: &'static [FormatFlag]) -> Self {
        Self { listed, takes_all: true }
    }

    fn of_command(listed: &'static [FormatFlag]) -> Self {
        Self { listed, takes_all: listed.is_empty() }
    }
}

impl TypedValueParser for FormatParser {
    type Value = FormatFlag;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<FormatFlag, Error> {
        let known = if self.takes_all { FormatFlag::value_variants() } else { self.listed };
        let found = value.to_str().and_then(|value| FormatFlag::from_str(value, false).ok());
        found.filter(|format| known.contains(format)).ok_or_else(|| {
            let values = PossibleValuesParser::new(self.listed.iter().filter_map(ValueEnum::to_possible_value));
            let refused = values.parse_ref(command, argument, value).err();
            refused.unwrap_or_else(|| Error::new(clap::error::ErrorKind::InvalidValue).with_cmd(command))
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.listed.iter().filter_map(ValueEnum::to_possible_value)))
    }
}

/// Returns the flag of a command with these forms. It is hidden where there are none.
fn argument(argument: Arg, forms: &'static [FormatFlag]) -> Arg {
    argument
        .value_parser(FormatParser::of_command(forms))
        .help_heading(Resettable::Reset)
        .display_order(ORDER)
        .hide(forms.is_empty())
}

/// Gives the flag of a command these forms, and hides it in the commands below that have one form of output alone. The
/// global flag of the root command has been added before.
pub fn command(name: &str, command: Command, forms: &'static [FormatFlag]) -> Command {
    command.mut_arg(ID, |format| argument(format, forms)).mut_subcommands(|below| {
        let path = format!("{name} {}", below.get_name());
        if WITHOUT.contains(&&*path) {
            below.arg(argument(Arg::new(ID).long(ID).value_name("FORMAT"), &[]))
        } else {
            below
        }
    })
}

/// Checks a form that stands before the command, which is parsed after it.
///
/// # Errors
/// The usage error of the command, which lists its forms.
pub fn check(command: &Command, forms: &'static [FormatFlag], format: FormatFlag) -> Result<(), Error> {
    if forms.is_empty() || forms.contains(&format) {
        return Ok(());
    }
    let argument = command.get_arguments().find(|argument| argument.get_id() == ID);
    let value = format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    FormatParser::of_command(forms).parse_ref(command, argument, OsStr::new(&value)).map(|_| ())
}
