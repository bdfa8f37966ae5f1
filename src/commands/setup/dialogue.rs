//! Questions with a default, on the terminal.

use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::terminal::Question;

/// The terminal that questions are written to and answered on.
pub struct Dialogue<'o> {
    pub question: Question,
    pub output: &'o mut Output,
}

impl Dialogue<'_> {
    /// Writes a line that is not a question.
    pub fn line(&mut self, text: &str) {
        self.output.aside(text);
    }

    /// Asks until `accept` takes an answer. Enter stands for the default, or for an empty answer if there is none.
    /// `accept` returns `None` to be asked again.
    pub fn choose<T>(
        &mut self,
        question: &str,
        default: Option<&str>,
        mut accept: impl FnMut(&str, &mut Output) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        loop {
            let answer = self.ask(&format!("{question} [{}]: ", default.unwrap_or("none")))?;
            let answer = if answer.is_empty() { default.unwrap_or_default() } else { &answer };
            match accept(answer, self.output) {
                Ok(Some(chosen)) => return Ok(chosen),
                Ok(None) => {}
                Err(error) => self.output.error(&error),
            }
        }
    }

    /// Asks a question that is answered with yes or no.
    pub fn agrees(&mut self, question: &str, default: bool) -> Result<bool, Error> {
        let choices = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            match &*self.ask(&format!("{question} {choices} "))?.to_lowercase() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    fn ask(&mut self, question: &str) -> Result<String, Error> {
        let line = (self.question)(question);
        // A line that was typed has its end.
        if let Ok(line) = &line
            && line.ends_with('\n')
        {
            return Ok(line.trim().to_owned());
        }
        // The question stands alone on its line.
        self.output.aside("");
        let stopped = Error::new(ExitCode::Failure, "the input ended before the last question");
        Err(line.err().iter().fold(stopped, |stopped, error| stopped.cause(error.to_string())))
    }
}
