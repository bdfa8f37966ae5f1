//! Bare words that look like a mistyped command, which must not become a prompt that costs money.

use super::Command;
use crate::error::Error;
use crate::shell::quoted;

/// Commands that other programs have, and what does the same here.
const RESERVED: [(&str, &[&str]); 14] = [
    ("aks", &["bedrock-ask ask \"PROMPT\""]),
    ("configure", &["bedrock-ask setup"]),
    ("doctor", &["bedrock-ask whoami"]),
    ("init", &["bedrock-ask setup", "bedrock-ask config init"]),
    ("list", &["bedrock-ask models"]),
    ("login", &["aws login", "bedrock-ask setup"]),
    ("logout", &["aws sso logout"]),
    ("ls", &["bedrock-ask models"]),
    ("profiles", &["bedrock-ask inference-profile list"]),
    ("test", &["bedrock-ask check"]),
    ("update", &["bedrock-ask catalog refresh"]),
    ("upgrade", &["bedrock-ask catalog refresh"]),
    ("usage", &["bedrock-ask --help"]),
    ("version", &["bedrock-ask --version"]),
];

/// Reserved words that a prompt may well begin with: refused only where they stand alone.
const COMMON: [&str; 4] = ["list", "test", "update", "usage"];

/// The command that only scripts use, and that is a word of many prompts.
const MAN: &str = "man";

/// The command that is like words of many prompts.
const HISTORY: &str = "history";

/// Refuses words that were meant as a command: a first word that is nearly one, or one of another program's. If
/// stdout is not a terminal, a second word is suspicious, too.
pub(super) fn reject(words: &[String], is_terminal: bool) -> Result<(), Error> {
    let [first, others @ ..] = words else { return Ok(()) };
    if let Some(name) = nearly_a_command(first) {
        return Err(mistyped(first, name, others, words));
    }
    let lower = first.to_ascii_lowercase();
    let reserved = RESERVED.iter().find(|(word, _)| *word == lower);
    if let Some((word, instead)) = reserved.filter(|(word, _)| others.is_empty() || !COMMON.contains(word)) {
        let error = Error::usage(format!("`{word}` is not a command"));
        return Err(error.hints(instead.iter().copied()).hint(as_prompt(words)));
    }
    let Some(second) = others.first().filter(|_| !is_terminal) else { return Ok(()) };
    if second != MAN && Command::NAMES.contains(&second.as_str()) {
        let what = format!("`{second}` is a command, and stands in a prompt that is not quoted");
        return Err(Error::usage(what).hint(as_prompt(words)));
    }
    match nearly_a_command(second).filter(|_| others.len() == 1) {
        Some(name) => Err(mistyped(second, name, &[], words)),
        None => Ok(()),
    }
}

fn mistyped(word: &str, name: &str, arguments: &[String], words: &[String]) -> Error {
    let command = ["bedrock-ask".to_owned(), name.to_owned()];
    let command = command.into_iter().chain(arguments.iter().map(|argument| quoted(argument))).collect::<Vec<_>>();
    Error::usage(format!("`{word}` is not a command, but `{name}` is")).hint(command.join(" ")).hint(as_prompt(words))
}

fn as_prompt(words: &[String]) -> String {
    format!("bedrock-ask -- {}", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
}

/// The command that this word nearly is: one letter may differ, two from six letters on; case, `_` and `-` do not count.
/// `ask`, `chat` and `man` are like too many words.
fn nearly_a_command(word: &str) -> Option<&'static str> {
    let folded = |text: &str| text.to_ascii_lowercase().replace('_', "-");
    let word = Some(folded(word)).filter(|word| !word.contains(char::is_whitespace))?;
    let distance = |name: &&str| strsim::osa_distance(&word, name);
    // `mystery` and `victory` are two letters from `history`.
    let is_near = |name: &&&str| distance(name) <= if name.len() < 6 || **name == HISTORY { 1 } else { 2 };
    Command::NAMES
        .iter()
        .filter(|name| !["ask", "chat", MAN].contains(*name))
        .filter(is_near)
        .min_by_key(|name| distance(name))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(line: &str, is_terminal: bool) -> String {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        match reject(&words, is_terminal) {
            Ok(()) => "prompt".to_owned(),
            Err(error) => [vec![error.message.summary], error.message.hints].concat().join("; "),
        }
    }

    #[test]
    fn a_mistyped_command_with_arguments_is_no_prompt() {
        for (line, name) in [
            ("reslove haiku", "resolve"),
            ("resolv haiku", "resolve"),
            ("resovle claude-sonnet-4.6", "resolve"),
            ("Resolve haiku", "resolve"),
            ("RESOLVE haiku", "resolve"),
            ("chekc haiku", "check"),
            ("iam-polciy haiku", "iam-policy"),
            ("iam_policy haiku", "iam-policy"),
            ("inference-profiles list", "inference-profile"),
            ("inference_profile list", "inference-profile"),
            ("diagnos x", "diagnose"),
            ("completion bash", "completions"),
            ("model haiku", "models"),
            ("region", "regions"),
            ("whoamI", "whoami"),
            ("who-ami", "whoami"),
            ("confg", "config"),
            ("set-up", "setup"),
        ] {
            let (word, arguments) = line.split_once(' ').unwrap_or((line, ""));
            let command = format!("bedrock-ask {name} {arguments}");
            assert_eq!(
                outcome(line, true),
                format!("`{word}` is not a command, but `{name}` is; {}; bedrock-ask -- {line}", command.trim_end())
            );
        }
    }

    #[test]
    fn a_command_of_another_program_is_no_prompt() {
        for word in RESERVED.map(|(word, _)| word) {
            assert!(outcome(word, true).starts_with(&format!("`{word}` is not a command; ")), "{word}");
        }
        for line in ["login now", "doctor --", "version x"] {
            assert!(outcome(line, true).ends_with(&format!("bedrock-ask -- {line}")), "{line}");
        }
        for (word, instead) in [
            ("login", "aws login; bedrock-ask setup"),
            ("configure", "bedrock-ask setup"),
            ("doctor", "bedrock-ask whoami"),
            ("init", "bedrock-ask setup; bedrock-ask config init"),
        ] {
            assert!(outcome(word, true).starts_with(&format!("`{word}` is not a command; {instead}; ")), "{word}");
        }
        assert_eq!(
            outcome("Version", true),
            "`version` is not a command; bedrock-ask --version; bedrock-ask -- Version"
        );
    }

    #[test]
    fn a_prompt_stays_one() {
        for line in
            ["hello", "say ok", "please check", "list three colours", "test this sentence", "task one", "what is up"]
        {
            assert_eq!(outcome(line, true), "prompt", "{line}");
        }
        for line in ["hello", "say ok", "what is up", "how do I check the config"] {
            assert_eq!(outcome(line, false), "prompt", "{line}");
        }
        let quoted = ["resolv haiku".to_owned(), "models x".to_owned()];
        assert!(quoted.iter().all(|prompt| reject(std::slice::from_ref(prompt), false).is_ok()));
    }

    #[test]
    fn two_words_of_which_one_is_nearly_a_command_are_refused_without_a_terminal() {
        for (line, start) in [
            ("please check", "`check` is a command, and stands in a prompt that is not quoted; bedrock-ask --"),
            ("haiku reslove", "`reslove` is not a command, but `resolve` is; bedrock-ask resolve; bedrock-ask --"),
        ] {
            assert!(outcome(line, false).starts_with(start), "{}", outcome(line, false));
            assert_eq!(outcome(line, true), "prompt");
        }
        assert_eq!(outcome("what is a reslove", false), "prompt");
    }

    #[test]
    fn arguments_in_hints_can_be_pasted() {
        let words = ["resolv".to_owned(), "it's $HOME".to_owned()];
        let error = reject(&words, true).unwrap_err();
        assert_eq!(error.message.hints[0], r"bedrock-ask resolve 'it'\''s $HOME'");
    }
}
