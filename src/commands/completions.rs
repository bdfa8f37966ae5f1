//! `bedrock-ask completions`: prints the script by which a shell completes this program's words.

use clap::Args;
use clap_complete::Shell;

use crate::error::{Error, ExitCode};

/// Print the script by which a shell completes this program's options
#[derive(Clone, Debug, Args)]
#[command(after_long_help = WHERE)]
pub struct Completions {
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
  elvish      bedrock-ask completions elvish | slurp | eval, in rc.elv";

impl Completions {
    /// The script for the whole tree of commands.
    ///
    /// # Errors
    /// Where the script is no text, which none is.
    pub fn run(&self, mut tree: clap::Command) -> Result<String, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut tree, "bedrock-ask", &mut script);
        let script = String::from_utf8(script)
            .map_err(|error| Error::new(ExitCode::Failure, "no script came out").cause(error.to_string()))?;
        // The hyphen in our name is spelt in two ways, so that bash finds no command's options:
        // https://github.com/clap-rs/clap/issues/6421
        Ok(if self.shell == Shell::Bash { script.replace("bedrock__subcmd__ask", "bedrock__ask") } else { script })
    }
}
