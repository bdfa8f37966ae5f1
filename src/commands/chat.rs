//! `bedrock-ask chat`: a conversation on the terminal. Each prompt is sent as `ask` sends it, after the earlier turns.

mod line;
mod reader;

use std::path::PathBuf;

use clap::Args;
use rustyline::error::ReadlineError;

use crate::commands::ask::{self, AskArgs, OutputFile};
use crate::commands::history::turns_in_words;
use crate::commands::{CommandArgs, OnlineCommand, stdin};
use crate::config::value::FormatFlag;
use crate::config::{Flags, Origin, Setting, TemplateRequest};
use crate::context::{Context, LiveCatalogs};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, cannot_start};
use crate::signals::Signals;
use line::Line;
use reader::{Reader, unreadable};

/// The commands, as `/help` prints them.
const HELP: &str = "\
/model MODEL   use another model from the next prompt on
/attach FILE   attach a file to the next prompt
/save FILE     write the last response to a file
/usage         print the tokens and the estimated cost of the conversation
/help          print this list
/exit          end the chat, as Ctrl-D does
Ctrl-C stops a response. A prompt that begins with `/` needs a space before it.";

/// Talk to a model on the terminal, one prompt after the other
///
/// Each prompt is sent after the earlier ones and their responses. `/help` lists the commands, such as `/model` and
/// `/attach`; Ctrl-C stops a response, and Ctrl-D ends the chat. The conversation is saved as that of `ask` is, and
/// `--continue` goes on with it.
#[derive(Clone, Debug, Args)]
pub struct ChatArgs {
    #[command(flatten)]
    ask: AskArgs,
}

impl CommandArgs for ChatArgs {
    const FORMATS: &'static [FormatFlag] = &[];

    fn unused_flags(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn flags(&self, global: Flags) -> Flags {
        self.ask.flags(global)
    }

    fn template(&self) -> Result<Option<TemplateRequest>, Error> {
        self.ask.template()
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        self.ask.live_catalogs()
    }
}

impl OnlineCommand for ChatArgs {
    fn complete_settings(&mut self, context: &mut Context, output: &mut Output) -> Result<(), Error> {
        if let Some(flag) = self.ask.one_shot_flag() {
            return Err(Error::usage(format!("`{flag}` cannot be used with `chat`")).hint("bedrock-ask ask --help"));
        }
        if !stdin::is_terminal() || !output.is_terminal() {
            return Err(Error::usage("`chat` needs a terminal").hint("bedrock-ask --continue \"your next question\""));
        }
        output.print_text();
        self.ask.conversation.keep_in_memory();
        self.ask.complete_settings(context, output)
    }

    async fn run(mut self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let resolution = ask::resolve(&session.context, &session.context.catalog)?;
        let region = resolution.source_region.map_or("no Region", |region| region.name);
        output.note(&format!("`{}` from {region}; `/help` lists the commands, Ctrl-D ends the chat", resolution.id));
        let mut reader = Reader::new()?;
        // Words on the command line are the first prompt.
        let mut first = Some(self.ask.take_words()).filter(|words| !words.is_empty());
        let attachments = std::mem::take(&mut self.ask.request.attach);
        let ends = Signals::listen_except_for_interrupt().map_err(cannot_start)?;
        let session = Session::new(session.context.clone());
        let mut chat = Chat { ask: self.ask, session, attachments, saved: Vec::new(), ends };
        loop {
            let typed = match first.take() {
                Some(words) => Ok(words),
                None => reader.read(),
            };
            let typed = match typed {
                Ok(typed) => typed,
                Err(ReadlineError::Interrupted) => {
                    output.note("Ctrl-D ends the chat");
                    continue;
                }
                Err(error) if reader::is_not_text(&error) => {
                    output.error(&Error::usage("the line is not in UTF-8, and nothing of it is sent"));
                    continue;
                }
                Err(ReadlineError::Eof) => return Ok(ExitCode::Success),
                Err(error) => return Err(unreadable(&error)),
            };
            let line = match Line::parse(&typed) {
                Ok(Line::Empty) => continue,
                Ok(Line::Exit) => return Ok(ExitCode::Success),
                line => line,
            };
            reader.keep(&typed);
            let done = match line {
                Ok(line) => chat.run(line, output).await,
                Err(error) => Err(error),
            };
            match done {
                Err(error) if chat.ends.received().is_some() => return Err(error),
                // A fault ends the prompt, not the chat.
                Err(error) => output.error(&error),
                Ok(()) => {}
            }
        }
    }
}

struct Chat {
    ask: AskArgs,
    session: Session,
    /// The files of the next prompt.
    attachments: Vec<PathBuf>,
    /// The files that were written.
    saved: Vec<PathBuf>,
    /// The signals that end the chat.
    ends: Signals,
}

impl Chat {
    async fn run(&mut self, line: Line, output: &mut Output) -> Result<(), Error> {
        match line {
            Line::Prompt(text) => self.prompt(text, output).await?,
            Line::Model(name) => self.use_model(name, output)?,
            Line::Attach(path) => {
                AskArgs::check_attachment(&path, output)?;
                output.note(&format!("`{}` is attached to the next prompt", path.display()));
                self.attachments.push(path);
            }
            Line::Save(path) => self.save(&path, output)?,
            Line::Usage => output.aside(&self.usage()),
            Line::Help => output.aside(HELP),
            Line::Empty | Line::Exit => {}
        }
        Ok(())
    }

    /// Sends a prompt. Ctrl-C drops it with its response.
    async fn prompt(&mut self, text: String, output: &mut Output) -> Result<(), Error> {
        self.ask.conversation.update(&self.session.context, output)?;
        self.ask.set_prompt(text, self.attachments.clone());
        let mut signals = Signals::listen_for_interrupt().map_err(cannot_start)?;
        output.leave_signals_to_caller();
        let sending = signals.unless_received(Box::pin(self.ask.send_prompt(&self.session, output)));
        let sent = self.ends.unless_received(sending).await;
        match sent? {
            Ok(Ok(_)) => {
                self.attachments.clear();
                Ok(())
            }
            Ok(Err(error)) => Err(error.hints(self.kept())),
            Err(_) => {
                output.stop_spinner();
                output.end_line()?;
                output.flush()?;
                output.note("stopped; the prompt and its response are not part of the conversation");
                self.kept().into_iter().for_each(|kept| output.note(&kept));
                Ok(())
            }
        }
    }

    /// Returns which files stay attached if a prompt had no response.
    fn kept(&self) -> Option<String> {
        let names: Vec<_> = self.attachments.iter().map(|path| format!("`{}`", path.display())).collect();
        let stay = if names.len() == 1 { "stays" } else { "stay" };
        (!names.is_empty()).then(|| format!("{} {stay} attached to the next prompt", names.join(", ")))
    }

    fn use_model(&mut self, name: String, output: &mut Output) -> Result<(), Error> {
        let model = &mut self.session.context.settings.model;
        let before = std::mem::replace(model, Setting::new(Some(name), Origin::Flag("/model")));
        let resolved = ask::resolve(&self.session.context, &self.session.context.catalog);
        let resolution = resolved.inspect_err(|_| self.session.context.settings.model = before)?;
        output.notices(&resolution.notices);
        output.note(&format!("the next prompt goes to `{}`", resolution.id));
        Ok(())
    }

    fn save(&mut self, path: &std::path::Path, output: &mut Output) -> Result<(), Error> {
        let Some(turn) = self.ask.conversation.turns().next_back() else {
            return Err(Error::usage("there is no response yet"));
        };
        if path.is_file() && !self.saved.iter().any(|saved| saved == path) {
            let error = Error::usage(format!("`{}` exists, and was not written in this chat", path.display()));
            return Err(error.hint("give another name, or delete it first"));
        }
        OutputFile::create(path)?.write_and_commit(&turn.response().texts().concat())?;
        output.note(&format!("the last response is in `{}`", path.display()));
        self.saved.push(path.to_owned());
        Ok(())
    }

    /// Returns the tokens of all turns, and their cost as far as the catalog has prices.
    fn usage(&self) -> String {
        let catalog = &self.session.context.catalog;
        let (mut input, mut output, mut dollars) = (0_i64, 0_i64, Some(0.0));
        let turns: Vec<_> = self.ask.conversation.turns().collect();
        for turn in &turns {
            if let Some(usage) = turn.usage {
                input += i64::from(usage.input_tokens);
                output += i64::from(usage.output_tokens);
            }
            dollars = dollars.zip(ask::turn_dollars(turn, catalog)).map(|(sum, cost)| sum + cost);
        }
        let cost = ask::cost_in_words(dollars, catalog);
        let count = turns_in_words(turns.len());
        format!("usage: {count}, {input} input + {output} output = {} tokens, {cost}", input + output)
    }
}
