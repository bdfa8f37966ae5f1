//! The candidates for a word: commands, options, and the values of each kind of argument. Values that need the settings,
//! the cache or AWS's files are empty if those cannot be read.

use std::fmt;

use clap::builder::StyledStr;
use clap::{Arg, ValueEnum, ValueHint};
use time::OffsetDateTime;

use super::line::{Line, Place};
use super::models;
use crate::commands::check::report::ReportFormat;
use crate::commands::history;
use crate::config::settings::ROWS;
use crate::config::value::{ENDPOINT, Format, NAME};
use crate::config::{Environment, Flags, template};
use crate::context::{Context, ContextOptions, LiveCatalogs};
use crate::output::Output;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::routing::Routing;

/// The commands whose `--region` takes `all`.
const FROM_ALL_REGIONS: [&str; 6] = ["catalog", "check", "iam-policy", "models", "regions", "resolve"];

/// What can stand in place of a word.
pub enum Completions {
    /// These words.
    Words(Vec<Candidate>),
    /// Paths, which the shell completes, behind what stands before the path in the word.
    Paths { kind: PathKind, prefix: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    Files,
    Directories,
}

impl fmt::Display for PathKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::Files { "files" } else { "directories" })
    }
}

/// A word with its description, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub word: String,
    pub description: String,
}

impl Candidate {
    pub fn new(word: impl Into<String>, description: impl Into<String>) -> Self {
        Self { word: word.into(), description: description.into() }
    }

    /// Returns the line for the scripts. A word with a control character has none: no script could pass it on.
    pub fn to_line(&self) -> String {
        let description = self.description.lines().next().unwrap_or_default().replace(char::is_control, " ");
        let is_printable = !self.word.is_empty() && !self.word.contains(char::is_control);
        if is_printable { format!("{}\t{description}\n", self.word) } else { String::new() }
    }
}

/// The kind of value that an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Region,
    AwsProfile,
    Routing,
    Report,
    Provider,
    /// A model; `only_chat` if it is sent a prompt.
    Model {
        only_chat: bool,
    },
    ApplicationProfile,
    ConfigKey,
    /// The setting `format`, which has fewer values than the flag of some commands.
    FormatSetting,
    /// A template, or the path of one.
    Template,
    Conversation,
    /// Text, or a file after `@`.
    TextOrFile,
    /// One of the values that the argument lists, if it lists any.
    Listed,
    Path(PathKind),
}

impl Kind {
    /// Returns the kind of an argument of the command that a line has reached.
    fn of(line: &Line<'_>, argument: &Arg) -> Self {
        match (&line.path[..], argument.get_id().as_str()) {
            (_, "region") => Self::Region,
            (_, "profile") => Self::AwsProfile,
            (_, "routing") => Self::Routing,
            (["check"], "report") => Self::Report,
            (["models"], "provider") => Self::Provider,
            (["inference-profile", _], "target") => Self::ApplicationProfile,
            ([] | ["ask"], "system") => Self::TextOrFile,
            ([] | ["ask"], "template") => Self::Template,
            (path, _) => Self::by_name(path, &line.positionals, argument),
        }
    }

    /// Returns the kind of an argument by what the help calls its value. A new name with values of its own is added here.
    fn by_name(path: &[&str], before: &[String], argument: &Arg) -> Self {
        let names = argument.get_value_names().unwrap_or_default();
        match (path, names.first().map_or("", clap::builder::Str::as_str)) {
            (_, "MODEL") => Self::Model { only_chat: matches!(path, [] | ["ask" | "check"]) },
            ([] | ["ask"] | ["history", ..], "ID") => Self::Conversation,
            (["config", ..], "KEY") => Self::ConfigKey,
            (["config", ..], "VALUE") => before.first().map_or(Self::Listed, |key| Self::of_setting(key)),
            (_, "DIR") => Self::Path(PathKind::Directories),
            (_, name) if name.contains("FILE") => Self::Path(PathKind::Files),
            _ if argument.get_value_hint() == ValueHint::AnyPath => Self::Path(PathKind::Files),
            _ => Self::Listed,
        }
    }

    fn of_setting(key: &str) -> Self {
        match key {
            "model" => Self::Model { only_chat: true },
            "region" => Self::Region,
            "profile" => Self::AwsProfile,
            "routing" => Self::Routing,
            "format" => Self::FormatSetting,
            "catalog.path" => Self::Path(PathKind::Files),
            _ => Self::Listed,
        }
    }
}

/// Returns what can stand in place of the last word of a line.
pub fn of_word(line: &Line<'_>, current: &str, sources: Sources, output: &mut Output) -> Completions {
    match line.place(current) {
        Place::Value { argument, prefix } => {
            let text = &current[prefix.len()..];
            of_argument(argument, line, text, sources, output).behind(&prefix)
        }
        Place::Option => Completions::Words(options(line, current)),
        Place::Word { with_commands, argument } => {
            let commands = line.commands().filter(|_| with_commands);
            let commands = commands.map(|command| Candidate::new(command.get_name(), plain(command.get_about())));
            let commands: Vec<_> = commands.collect();
            match argument.map(|argument| of_argument(argument, line, current, sources, output)) {
                Some(Completions::Words(values)) => Completions::Words([commands, values].concat()),
                Some(paths) => paths,
                None => Completions::Words(commands),
            }
        }
    }
}

/// Returns the long options, and the short ones where only a hyphen is written.
fn options(line: &Line<'_>, current: &str) -> Vec<Candidate> {
    if line.is_short_option(current) {
        return vec![Candidate::new(current, "")];
    }
    let mut candidates = Vec::new();
    for option in line.options() {
        let about = plain(option.get_help());
        candidates.extend(option.get_long().map(|long| Candidate::new(format!("--{long}"), &about)));
        let short = option.get_short().filter(|_| current == "-");
        candidates.extend(short.map(|short| Candidate::new(format!("-{short}"), &about)));
    }
    candidates
}

fn plain(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Returns the values that an argument can have; `text` is what is written of it.
fn of_argument(argument: &Arg, line: &Line<'_>, text: &str, sources: Sources, output: &mut Output) -> Completions {
    let command = line.path.first().copied().unwrap_or("ask");
    let candidates = match Kind::of(line, argument) {
        Kind::Region => regions(command),
        Kind::AwsProfile => aws_profiles(&sources.environment),
        Kind::Routing => return list(routings(), text),
        Kind::Report => match text.split_once('=') {
            Some((report, _)) => return Completions::Paths { kind: PathKind::Files, prefix: format!("{report}=") },
            None => report_formats(),
        },
        Kind::Provider => providers(),
        Kind::Model { only_chat } => {
            let context = sources.context(line, output);
            context.map(|context| models::invocable(&context, text, only_chat)).unwrap_or_default()
        }
        Kind::ApplicationProfile => {
            let context = sources.context(line, output);
            context.map(|context| models::application_profiles(&context, text, true)).unwrap_or_default()
        }
        Kind::Conversation => history::candidates(&sources.environment),
        Kind::ConfigKey => ROWS.iter().map(|row| Candidate::new(row.key, "")).collect(),
        Kind::FormatSetting => {
            let values = Format::value_variants().iter().filter_map(Format::to_possible_value);
            values.map(|value| Candidate::new(value.get_name(), plain(value.get_help()))).collect()
        }
        Kind::Template if template::is_path(text) => {
            return Completions::Paths { kind: PathKind::Files, prefix: String::new() };
        }
        Kind::Template => {
            let names = template::names(&sources.environment).into_iter();
            names.map(|name| Candidate::new(name, "")).collect()
        }
        Kind::TextOrFile if text.starts_with('@') => {
            return Completions::Paths { kind: PathKind::Files, prefix: "@".to_owned() };
        }
        Kind::TextOrFile => Vec::new(),
        Kind::Listed if argument.get_value_delimiter() == Some(',') => return list(listed(argument), text),
        Kind::Listed => listed(argument),
        Kind::Path(kind) => return Completions::Paths { kind, prefix: String::new() },
    };
    Completions::Words(candidates)
}

impl Completions {
    /// Returns the completions of a word that begins with this.
    fn behind(self, prefix: &str) -> Self {
        match self {
            Self::Words(mut candidates) => {
                for candidate in &mut candidates {
                    candidate.word.insert_str(0, prefix);
                }
                Self::Words(candidates)
            }
            Self::Paths { kind, prefix: own } => Self::Paths { kind, prefix: format!("{prefix}{own}") },
        }
    }
}

/// Returns the next member of a list that is separated by commas: those that it does not have yet.
fn list(mut members: Vec<Candidate>, text: &str) -> Completions {
    let written = text.rfind(',').map_or("", |comma| &text[..=comma]);
    members.retain(|member| written.split(',').all(|word| word != member.word));
    Completions::Words(members).behind(written)
}

/// Returns the values that clap knows of an argument.
fn listed(argument: &Arg) -> Vec<Candidate> {
    let values = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    values.map(|value| Candidate::new(value.get_name(), plain(value.get_help()))).collect()
}

fn regions(command: &str) -> Vec<Candidate> {
    let all = FROM_ALL_REGIONS.contains(&command).then(|| Candidate::new("all", "Every Region"));
    let known = Region::all().filter(|region| region.has_endpoint);
    known.map(|region| Candidate::new(region.name, region.title)).chain(all).collect()
}

/// Returns the profiles of AWS's own files, each with its Region.
fn aws_profiles(environment: &Environment) -> Vec<Candidate> {
    let Ok(files) = environment.aws_files() else { return Vec::new() };
    let mut names: Vec<_> = files.names().collect();
    names.sort_unstable();
    let region = |name: &str| files.region(name).ok().flatten().map(|found| found.region).unwrap_or_default();
    names.into_iter().map(|name| Candidate::new(name, region(name))).collect()
}

fn report_formats() -> Vec<Candidate> {
    let formats = ReportFormat::value_variants().iter().filter_map(ReportFormat::to_possible_value);
    formats.map(|format| Candidate::new(format.get_name(), "")).collect()
}

fn routings() -> Vec<Candidate> {
    let about = |kind| match kind {
        Routing::Geographic => "Any destination Region of one geography",
        Routing::InRegion => "The source Region only",
        _ => "Any commercial Region",
    };
    Routing::ALL.map(|kind| Candidate::new(kind.as_str(), about(kind))).to_vec()
}

/// Returns how the IDs of each provider's models begin: the providers' names have spaces, at which bash splits them.
fn providers() -> Vec<Candidate> {
    let catalog = Catalog::built_in();
    let mut providers: Vec<_> = catalog
        .foundation_models()
        .filter_map(|model| Some(Candidate::new(model.id.split_once('.')?.0, model.provider())))
        .collect();
    providers.dedup_by(|next, one| next.word == one.word);
    providers
}

/// What values come from. A request needs one of them at most.
pub struct Sources {
    pub environment: Environment,
    pub clock: OffsetDateTime,
}

impl Sources {
    /// Loads the state of a command with the flags that are written on the line; `None` if that is an error.
    fn context(self, line: &Line<'_>, output: &mut Output) -> Option<Context> {
        let is_all = |name: &str| name.eq_ignore_ascii_case("all");
        let names = line.values("region").map(|name| if is_all(name) { "all" } else { name.trim() });
        let regions: Vec<_> = names.map(str::to_owned).collect();
        let only = regions.first().filter(|first| *first != "all" && regions.iter().all(|name| name == *first));
        let last = |option| line.values(option).next_back();
        let flags = Flags {
            region: only.cloned(),
            profile: last("profile").map(|name| NAME.parse(name)).transpose().ok()?,
            routing: last("routing").map(str::parse).transpose().ok()?,
            endpoint_url: last("endpoint_url").map(|url| ENDPOINT.parse(url)).transpose().ok()?,
            ..Flags::default()
        };
        let others = ContextOptions { regions, ..ContextOptions::default() };
        let cached = LiveCatalogs::OfSourceRegions(Vec::new());
        Context::load(flags, &others, self.environment, self.clock, &cached, output).ok()
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    #[test]
    fn the_keys_of_settings_and_their_values_are_completed_where_a_command_takes_them() {
        let set = Command::new("set").args([Arg::new("a").value_name("KEY"), Arg::new("b").value_name("VALUE")]);
        let mut tree = Command::new("bedrock-ask").subcommand(Command::new("config").subcommand(set));
        tree.build();
        let kind = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            let line = Line::read(&tree, &words);
            let Place::Word { argument, .. } = line.place("") else { panic!("{words:?} ends in a word") };
            argument.map(|argument| Kind::of(&line, argument))
        };
        assert_eq!(kind(&["config", "set"]), Some(Kind::ConfigKey));
        assert_eq!(kind(&["config", "set", "region"]), Some(Kind::Region));
        assert_eq!(kind(&["config", "set", "model"]), Some(Kind::Model { only_chat: true }));
        assert_eq!(kind(&["config", "set", "timeout.idle"]), Some(Kind::Listed));
        assert_eq!(kind(&["config", "set", "region", "x"]), None);
    }

    /// Calls a function with each argument of each command that takes a value.
    fn visit(command: &Command, path: &[String], see: &mut impl FnMut(&[String], &Arg)) {
        for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
            see(path, argument);
        }
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            visit(below, &[path, &[below.get_name().to_owned()]].concat(), see);
        }
    }

    #[test]
    fn every_argument_has_the_kind_that_the_help_calls_it() {
        let tree = crate::cli::Cli::tree();
        let mut seen = 0;
        visit(&tree, &[], &mut |path, argument| {
            let name = argument.get_value_names().unwrap_or_default().first().map(ToString::to_string);
            let kind = Kind::of(&Line::read(&tree, path), argument);
            let fits = match name.as_deref().unwrap_or_default() {
                "MODEL" => matches!(kind, Kind::Model { .. }),
                "REGION" => kind == Kind::Region,
                "KINDS" => kind == Kind::Routing,
                "FORMAT" => kind == Kind::Listed,
                "FORMAT[=FILE]" => kind == Kind::Report,
                "FILE" => kind == Kind::Path(PathKind::Files),
                "DIR" => kind == Kind::Path(PathKind::Directories),
                _ => return,
            };
            assert!(fits, "{path:?} {}: {kind:?}", argument.get_id());
            seen += 1;
        });
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn a_list_offers_each_member_once() {
        let members = ["a", "b", "c"].map(|word| Candidate::new(word, "")).to_vec();
        let Completions::Words(found) = list(members, "b,a,x") else { panic!("members are words") };
        assert_eq!(found, [Candidate::new("b,a,c", "")]);
    }
}
