//! `bedrock-ask completions`: prints a shell completion script. The scripts hold no values: at each key press they run
//! `bedrock-ask __complete=WORD`, which is answered here, offline and without an error.

mod line;
mod models;
pub mod values;

use std::ffi::OsString;

use clap::{Args, Command, ValueEnum};
use time::OffsetDateTime;

use crate::commands::{ALL_BUT_FORMAT, CommandArgs, Setup, SetupCommand};
use crate::config::Environment;
use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use line::Line;
use values::{Candidate, Completions, Sources};

/// Print the script by which a shell completes this program's options
#[derive(Clone, Debug, Args)]
#[command(after_long_help = WHERE)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const WHERE: &str = "\
Where the script goes:
  bash        bedrock-ask completions bash > ~/.local/share/bash-completion/completions/bedrock-ask
  zsh         bedrock-ask completions zsh > ~/.zfunc/_bedrock-ask, with ~/.zfunc in `fpath` before `compinit`
  fish        bedrock-ask completions fish > ~/.config/fish/completions/bedrock-ask.fish
  powershell  bedrock-ask completions powershell | Out-String | Invoke-Expression, in the profile
  elvish      bedrock-ask completions elvish | slurp | eval, in rc.elv

Commands, options and values are completed by `bedrock-ask` itself, which must be in `PATH`: models, aliases and
application inference profiles are those of the Region, the AWS profile and the settings in force on the line. It reads
the settings and the cache, and sends nothing.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    const fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("completions/scripts/bash.sh"),
            Self::Elvish => include_str!("completions/scripts/elvish.elv"),
            Self::Fish => include_str!("completions/scripts/fish.fish"),
            Self::Powershell => include_str!("completions/scripts/powershell.ps1"),
            Self::Zsh => include_str!("completions/scripts/zsh.zsh"),
        }
    }
}

impl CommandArgs for CompletionsArgs {
    const FORMATS: &'static [FormatFlag] = &[];

    fn unused_flags(&self) -> Vec<&'static str> {
        ALL_BUT_FORMAT.to_vec()
    }
}

impl SetupCommand for CompletionsArgs {
    fn run(self, _: Setup, output: &mut Output) -> Result<ExitCode, Error> {
        output.text(self.shell.script()).map(|()| ExitCode::Success)
    }
}

/// How the first argument begins if a script asks for completions. The word to complete follows in the same argument:
/// PowerShell drops empty ones.
const REQUEST: &str = "__complete=";

/// A request of a script: complete the last word.
pub struct CompletionRequest {
    /// The words before it, without the program's name.
    words: Vec<String>,
    /// The word to complete, up to the cursor.
    current: String,
}

impl CompletionRequest {
    /// Reads the arguments of the process; `None` if they are no request of a script.
    pub fn from_arguments(arguments: &[OsString]) -> Option<Self> {
        let first = arguments.get(1).filter(|first| first.as_encoded_bytes().starts_with(REQUEST.as_bytes()))?;
        let current = first.to_string_lossy().strip_prefix(REQUEST)?.to_owned();
        let words = arguments.iter().skip(2).map(|word| word.to_string_lossy().into_owned()).collect();
        Some(Self { words, current })
    }

    /// Prints one candidate a line, each a word, a tab and a description. If the shell is to complete paths itself, the
    /// line begins with a tab, followed by `files` or `directories`, a tab, and what stands before the path in the word.
    /// Sends and writes nothing, and prints no error: what cannot be found out has no candidates.
    pub fn answer(self, tree: &Command, environment: Environment, clock: OffsetDateTime, output: &mut Output) {
        output.silence();
        let line = Line::read(tree, &self.words);
        let printed = match values::of_word(&line, &self.current, Sources { environment, clock }, output) {
            Completions::Paths { kind, prefix } => format!("\t{kind}\t{prefix}\n"),
            Completions::Words(candidates) => candidates.iter().map(Candidate::to_line).collect(),
        };
        // A closed pipe is no error: the shell has stopped waiting.
        let _ = output.text(&printed);
    }
}
