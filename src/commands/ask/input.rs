//! The input of a prompt: its words, files, stdin, attachments and the system prompt. Builds no request.

use std::path::Path;

use super::args::AskArgs;
use super::attachment::{self, Attachment};
use super::{form, managed_prompt, prompt};
use crate::commands::stdin;
use crate::config::{Settings, Template};
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;

impl AskArgs {
    /// Checks that a file can be attached.
    pub fn check_attachment(path: &Path, output: &mut Output) -> Result<(), Error> {
        if path == Path::new("-") {
            return Err(Error::usage("`-` cannot be attached in a chat"));
        }
        attachment::read_all(&[path.to_owned()], None, output).map(|_| ())
    }

    /// Refuses a command line without a prompt before anything else is wrong, such as that no Region is set.
    pub fn require_text(&self, context: &Context, output: &mut Output) -> Result<(), Error> {
        if self.body.is_some() || managed_prompt::is_configured(context) || self.has_text(context, output) {
            return Ok(());
        }
        Err(prompt::empty(self.reads_stdin() && stdin::is_piped(), context.template.as_ref()))
    }

    /// Whether what is piped in belongs to the prompt.
    fn reads_stdin(&self) -> bool {
        !self.no_stdin && !self.attaches_stdin()
    }

    /// Whether the command line, the template or stdin has a prompt.
    pub fn has_text(&self, context: &Context, output: &mut Output) -> bool {
        let has_own = !self.words.is_empty()
            || !self.literal.is_empty()
            || !self.file.is_empty()
            || context.template.as_ref().is_some_and(Template::has_whole_prompt);
        has_own || (self.reads_stdin() && !stdin::is_empty(prompt::SILENT, output))
    }

    /// Returns the prompt, which are words, files and stdin, and what is attached to it.
    pub fn prompt(&self, context: &Context, output: &mut Output) -> Result<(String, Vec<Attachment>), Error> {
        let names_stdin = self.words.iter().any(|word| word == "-");
        let attached = self.request.attach.iter().filter(|value| *value == Path::new("-")).count();
        let stdin = match (attached, names_stdin, self.no_stdin) {
            (0, true, true) => return Err(Error::usage("`-` cannot be used with `--no-stdin`")),
            (0, true, false) => prompt::Stdin::Named,
            (0, false, true) | (1, false, false) => prompt::Stdin::Ignored,
            (0, false, false) => prompt::Stdin::IfPiped,
            (_, _, true) => return Err(Error::usage("`--attach -` cannot be used with `--no-stdin`")),
            _ => return Err(Error::usage("stdin is named more than once, but can be read only once")),
        };
        prompt::reject_names_of_files(&self.words, "--file", &self.file)?;
        prompt::reject_names_of_files(&self.words, "--attach", &self.request.attach)?;
        self.request.fields.reject_level(&self.words)?;
        form::reject_language(self.extract.as_deref(), &self.words)?;
        let words = self.words.iter().filter(|word| *word != "-").chain(&self.literal);
        let words: Vec<_> = words.map(String::as_str).collect();
        let (text, piped) = prompt::gather(&words.join(" "), &self.file, stdin, context.template.as_ref(), output)?;
        Ok((text, attachment::read_all(&self.request.attach, piped, output)?))
    }

    /// Returns the system prompt.
    pub fn system(&self, settings: &Settings) -> Result<Option<String>, Error> {
        let Some(text) = settings.system.value.as_deref() else { return Ok(None) };
        let system = match text.strip_prefix('@').filter(|_| self.request.system.is_some()) {
            Some(file) => prompt::read_file(Path::new(file))?,
            None => text.to_owned(),
        };
        Ok(Some(system).filter(|text| !text.trim().is_empty()))
    }
}
