//! The command line up to the word to complete: the command, the options that were given, and what the word can be.

use clap::{Arg, ArgAction, Command};

/// The command that clap adds to each that has commands.
const HELP: &str = "help";

/// The words before the one to complete.
pub struct Line<'t> {
    /// The command that was reached.
    pub command: &'t Command,
    /// The names of the commands up to it.
    pub path: Vec<&'t str>,
    /// The options before the word with their values; those without a value have an empty one.
    given: Vec<(&'t Arg, String)>,
    /// The option whose value the word is.
    pending: Option<&'t Arg>,
    /// The positional arguments before the word.
    pub positionals: Vec<String>,
    is_literal: bool,
    is_help: bool,
}

/// What a word can be.
pub enum Place<'t> {
    /// The value of an argument, behind what stands before it in the word.
    Value { argument: &'t Arg, prefix: String },
    /// The name of an option.
    Option,
    /// The name of a command, or the value of a positional argument.
    Word { with_commands: bool, argument: Option<&'t Arg> },
}

impl<'t> Line<'t> {
    /// Reads the words of a line for this tree, which is built.
    pub fn read(root: &'t Command, words: &[String]) -> Self {
        let mut line = Self {
            command: root,
            path: Vec::new(),
            given: Vec::new(),
            pending: None,
            positionals: Vec::new(),
            is_literal: false,
            is_help: false,
        };
        for word in words {
            line.add(word);
        }
        line
    }

    /// Returns the values that were given for an option.
    pub fn values<'a>(&'a self, id: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.given.iter().filter(move |(argument, _)| argument.get_id() == id).map(|(_, value)| value.as_str())
    }

    /// Returns what the word to complete can be.
    pub fn place(&self, current: &str) -> Place<'t> {
        if let Some(argument) = self.pending {
            return Place::Value { argument, prefix: String::new() };
        }
        if !self.is_literal
            && !self.is_help
            && let Some((argument, value)) = self.option(current)
            && let Some(value) = value.filter(|value| !value.is_empty() || current.ends_with('='))
        {
            return Place::Value { argument, prefix: current[..current.len() - value.len()].to_owned() };
        }
        if !self.is_literal && !self.is_help && current.starts_with('-') {
            return Place::Option;
        }
        Place::Word { with_commands: self.takes_command(), argument: self.positional() }
    }

    /// Whether a word is one or more short options, such as `-q`.
    pub fn is_short_option(&self, word: &str) -> bool {
        !word.starts_with("--") && matches!(self.option(word), Some((_, None)))
    }

    /// Returns the options that can still be given.
    pub fn options(&self) -> impl Iterator<Item = &'t Arg> {
        let is_new = |argument: &&Arg| {
            matches!(argument.get_action(), ArgAction::Append | ArgAction::Count)
                || self.given.iter().all(|(given, _)| given.get_id() != argument.get_id())
        };
        self.command
            .get_arguments()
            .filter(|argument| !argument.is_positional() && !argument.is_hide_set())
            .filter(is_new)
    }

    /// Returns the commands that can follow.
    pub fn commands(&self) -> impl Iterator<Item = &'t Command> {
        let is_help = self.is_help;
        let visible = self.command.get_subcommands().filter(|command| !command.is_hide_set());
        visible.filter(move |command| !is_help || command.get_name() != HELP)
    }

    fn add(&mut self, word: &str) {
        if let Some(argument) = self.pending.take() {
            self.given.push((argument, word.to_owned()));
        } else if word == "--" && !self.is_literal {
            self.is_literal = true;
        } else if !self.is_literal && word.len() > 1 && word.starts_with('-') {
            match self.option(word) {
                Some((argument, None)) if takes_next_word(argument) => self.pending = Some(argument),
                Some((argument, value)) => self.given.push((argument, value.unwrap_or_default().to_owned())),
                None => {}
            }
        } else if let Some(command) = self.subcommand(word) {
            if command.get_name() == HELP {
                self.is_help = true;
            } else {
                self.command = command;
                self.path.push(command.get_name());
            }
        } else {
            self.positionals.push(word.to_owned());
        }
    }

    /// Returns the option that a word names, with the value that the word holds.
    fn option<'w>(&self, word: &'w str) -> Option<(&'t Arg, Option<&'w str>)> {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let argument = self.command.get_arguments().find(|argument| argument.get_long() == Some(name))?;
            return Some((argument, value));
        }
        let cluster = word.strip_prefix('-')?;
        let mut last = None;
        for (at, letter) in cluster.char_indices() {
            let argument = self.command.get_arguments().find(|argument| argument.get_short() == Some(letter))?;
            last = Some((argument, None));
            if argument.get_action().takes_values() {
                let rest = &cluster[at + letter.len_utf8()..];
                return Some((argument, Some(rest.strip_prefix('=').unwrap_or(rest)).filter(|rest| !rest.is_empty())));
            }
        }
        last
    }

    fn subcommand(&self, word: &str) -> Option<&'t Command> {
        self.command.find_subcommand(word).filter(|_| self.takes_command())
    }

    /// Whether a command can follow: no prompt has begun, and no option of `ask` precedes.
    fn takes_command(&self) -> bool {
        let is_global = |argument: &Arg| argument.is_global_set();
        let is_of_ask = self.path.is_empty() && !self.given.iter().all(|(argument, _)| is_global(argument));
        !self.is_literal && self.positionals.is_empty() && !is_of_ask && self.command.has_subcommands()
    }

    /// Returns the positional argument to which the word would belong.
    fn positional(&self) -> Option<&'t Arg> {
        if self.is_help {
            return None;
        }
        let arguments = self.command.get_positionals().filter(|argument| !argument.is_hide_set());
        let arguments: Vec<_> = arguments.collect();
        let is_repeatable = |argument: &&&Arg| matches!(argument.get_action(), ArgAction::Append);
        arguments.get(self.positionals.len()).or_else(|| arguments.last().filter(is_repeatable)).copied()
    }
}

/// Whether the value of an option is the next word.
fn takes_next_word(argument: &Arg) -> bool {
    argument.get_action().takes_values() && !argument.is_require_equals_set()
}
