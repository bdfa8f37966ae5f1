//! `bedrock-ask history delete`: deletes conversations, after the user confirmed.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use serde_json::json;

use super::{failed, identify};
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::history::{ConversationId, History};
use crate::output::Output;

/// Delete conversations
#[derive(Clone, Debug, Args)]
pub struct Delete {
    /// Their IDs, or the beginning of each
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    conversations: Vec<String>,
    /// Delete all conversations
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Delete {
    pub fn run(&self, history: &History, output: &mut Output) -> Result<ExitCode, Error> {
        let ids = self.ids(history)?;
        if !self.yes {
            self.confirm(&ids, output)?;
        }
        for id in &ids {
            // One that another process has deleted meanwhile is deleted too.
            history.delete(id).map_err(failed)?;
            if output.format() == Format::Json {
                output.json(&json!({"conversationId": id.as_str()}))?;
            }
        }
        output.note(&match ids.len() {
            0 => "there is no conversation to delete".to_owned(),
            1 => format!("`{}` is deleted", ids[0]),
            count => format!("{count} conversations are deleted"),
        });
        Ok(ExitCode::Success)
    }

    fn ids(&self, history: &History) -> Result<Vec<ConversationId>, Error> {
        if self.all {
            return history.ids().map_err(failed);
        }
        let mut ids = Vec::new();
        for text in &self.conversations {
            let id = identify(text, history)?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Asks for confirmation on the terminal. Anything but a yes is a no.
    fn confirm(&self, ids: &[ConversationId], output: &mut Output) -> Result<(), Error> {
        if !std::io::stdin().is_terminal() || !output.shows_questions() {
            let what = if self.all { "--all".to_owned() } else { self.conversations.join(" ") };
            return Err(Error::usage("cannot ask for confirmation: stdin is not a terminal")
                .hint(format!("bedrock-ask history delete {what} --yes")));
        }
        output.aside(&match ids {
            [id] => format!("delete the conversation `{id}`? [y/N]"),
            ids => format!("delete {} conversations? [y/N]", ids.len()),
        });
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.map_err(|error| Error::usage("cannot read stdin").cause(error.to_string()))?;
        if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
        Err(Error::new(ExitCode::Failure, "nothing was deleted"))
    }
}
