//! `bedrock-ask history delete`: deletes conversations, after the user confirmed.

use clap::Args;
use serde_json::json;

use super::{failed, identify};
use crate::commands::stdin;
use crate::config::value::Format;
use crate::distinct::distinct;
use crate::error::{Error, ExitCode};
use crate::history::{ConversationId, History};
use crate::output::Output;
use crate::terminal;

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
        let ids = self.conversations.iter().map(|text| identify(text, history)).collect::<Result<Vec<_>, _>>()?;
        Ok(distinct(ids))
    }

    fn confirm(&self, ids: &[ConversationId], output: &mut Output) -> Result<(), Error> {
        if !stdin::is_terminal() || !output.shows_questions() {
            let what = if self.all { "--all".to_owned() } else { self.conversations.join(" ") };
            return Err(Error::usage("cannot ask for confirmation: stdin is not a terminal")
                .hint(format!("bedrock-ask history delete {what} --yes")));
        }
        let question = match ids {
            [id] => format!("delete the conversation `{id}`?"),
            ids => format!("delete {} conversations?", ids.len()),
        };
        if terminal::confirms(&question, output)? {
            return Ok(());
        }
        Err(Error::new(ExitCode::Failure, "nothing was deleted"))
    }
}
