//! A line that is typed in a chat: a prompt, or a command that begins with `/`.

use std::path::PathBuf;

use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Empty,
    Prompt(String),
    Model(String),
    Attach(PathBuf),
    Save(PathBuf),
    Usage,
    Help,
    Exit,
}

impl Line {
    /// Parses a line. A space before a `/` makes it a prompt.
    pub fn parse(line: &str) -> Result<Self, Error> {
        let text = line.trim();
        if text.is_empty() {
            return Ok(Self::Empty);
        }
        if !line.starts_with('/') {
            return Ok(Self::Prompt(text.to_owned()));
        }
        if text.contains('\n') {
            return Err(
                Error::usage("a command has one line").hint("type a space before a prompt that begins with `/`")
            );
        }
        let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim();
        let required = |what: &str, placeholder: &str| match argument {
            "" => Err(Error::usage(format!("`{name}` needs {what}")).hint(format!("{name} {placeholder}"))),
            argument => Ok(argument),
        };
        let alone = |line: Self| match argument {
            "" => Ok(line),
            _ => Err(Error::usage(format!("`{name}` takes no argument"))),
        };
        match name {
            "/model" => Ok(Self::Model(required("a model", "MODEL")?.to_owned())),
            "/attach" => Ok(Self::Attach(required("a file", "FILE")?.into())),
            "/save" => Ok(Self::Save(required("a file", "FILE")?.into())),
            "/usage" => alone(Self::Usage),
            "/help" | "/?" => alone(Self::Help),
            "/exit" | "/quit" => alone(Self::Exit),
            _ => Err(Error::usage(format!("there is no command `{name}`"))
                .hint("/help")
                .hint("type a space before a prompt that begins with `/`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_prompt_or_a_command() {
        let prompt = |text: &str| Line::Prompt(text.to_owned());
        for (line, expected) in [
            ("", Line::Empty),
            ("  \t", Line::Empty),
            (" hello ", prompt("hello")),
            ("a\n\nb", prompt("a\n\nb")),
            (" /etc/hosts: what is it?", prompt("/etc/hosts: what is it?")),
            ("/model  haiku ", Line::Model("haiku".to_owned())),
            ("/attach my file.pdf", Line::Attach("my file.pdf".into())),
            ("/save a.md", Line::Save("a.md".into())),
            ("/usage", Line::Usage),
            ("/help", Line::Help),
            ("/quit", Line::Exit),
        ] {
            assert_eq!(Line::parse(line).unwrap(), expected, "{line:?}");
        }
        for line in
            ["/model", "/attach ", "/save", "/usage now", "/exit now", "/etc/hosts", "/", "/Model x", "/save a\nb"]
        {
            assert_eq!(Line::parse(line).unwrap_err().exit, crate::error::ExitCode::Usage, "{line:?}");
        }
    }
}
