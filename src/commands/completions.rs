//! `bedrock-ask completions`: prints a shell completion script.

mod tree;

use clap::Args;
use clap_complete::Shell;

use crate::commands::{
    ALLOW_HTTP, CommandArgs, ENDPOINT_URL, FORMAT, NO_REPAIR, PROFILE, REGION, REPAIR, ROUTING, STRICT, Setup,
    SetupCommand, TIMEOUT,
};
use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;

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
  elvish      bedrock-ask completions elvish | slurp | eval, in rc.elv";

/// How the root's arguments begin in the script for zsh.
const ZSH_ROOT: &str = "_arguments \"${_arguments_options[@]}\"";

/// How the script for fish parses the options before a command, and the same without the last word.
const FISH_PARSED: &str = "argparse -s (__fish_bedrock_ask_global_optspecs) -- $cmd 2>/dev/null";
const FISH_CUT: &str = "argparse -s (__fish_bedrock_ask_global_optspecs) -- $cmd[1..-2] 2>/dev/null";

impl CommandArgs for CompletionsArgs {
    const FORMATS: &'static [FormatFlag] = &[];

    fn unused_flags(&self) -> Vec<&'static str> {
        vec![REGION, PROFILE, ROUTING, STRICT, REPAIR, NO_REPAIR, FORMAT, ENDPOINT_URL, ALLOW_HTTP, TIMEOUT]
    }
}

impl SetupCommand for CompletionsArgs {
    fn run(self, setup: Setup, output: &mut Output) -> Result<ExitCode, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut tree::completed(&(setup.tree)()), "bedrock-ask", &mut script);
        let script = String::from_utf8(script)
            .map_err(|error| Error::new(ExitCode::Failure, "the script was not generated").cause(error.to_string()))?;
        let script = match self.shell {
            // clap_complete spells the hyphen in our name in two ways, so that bash finds no command's options:
            // https://github.com/clap-rs/clap/issues/6421
            Shell::Bash => script.replace("bedrock__subcmd__ask", "bedrock__ask"),
            // Or else zsh takes an option behind a command for the root's, which has other values.
            Shell::Zsh => script.replacen(ZSH_ROOT, &format!("{ZSH_ROOT} -A \"-*\""), 1),
            // An option that still lacks its value is no reason to offer files.
            Shell::Fish => script.replacen(FISH_PARSED, &format!("{FISH_PARSED}\n    or {FISH_CUT}"), 1),
            _ => script,
        };
        output.text(&script).map(|()| ExitCode::Success)
    }
}
