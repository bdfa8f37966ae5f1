//! `bedrock-ask history show`: a whole conversation, or its last response alone if stdout is not a terminal.

use clap::Args;
use serde::Serialize;

use super::{failed, find, last_turn, shown_time};
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::history::{Conversation, ConverseMessage, History, TokenCounts, Turn};
use crate::output::Output;

#[derive(Clone, Debug, Args)]
pub struct Show {
    /// Its ID, or the beginning of it; the last conversation by default
    #[arg(value_name = "ID")]
    conversation: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConversationView<'a> {
    conversation_id: &'a str,
    turns: Vec<TurnView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TurnView<'a> {
    time: &'a str,
    model_id: &'a str,
    region: Option<&'a str>,
    system: Option<&'a str>,
    messages: &'a [ConverseMessage; 2],
    usage: Option<TokenCounts>,
}

impl Show {
    pub fn run(&self, history: &History, output: &mut Output) -> Result<ExitCode, Error> {
        let conversation = match &self.conversation {
            Some(text) => find(text, history)?,
            None => history
                .last()
                .map_err(failed)?
                .ok_or_else(|| Error::usage(format!("there is no conversation in `{}`", history.folder().display())))?,
        };
        let last = last_turn(&conversation)?;
        match output.format() {
            Format::Json => output.json(&ConversationView::of(&conversation))?,
            Format::Text if output.is_terminal() => output.text(&page(&conversation))?,
            Format::Text => {
                output.text(&last.response().texts().concat())?;
                output.end_line()?;
            }
        }
        Ok(ExitCode::Success)
    }
}

impl<'a> ConversationView<'a> {
    fn of(conversation: &'a Conversation) -> Self {
        let turn = |turn: &'a Turn| TurnView {
            time: &turn.time,
            model_id: &turn.model_id,
            region: turn.region.as_deref(),
            system: turn.system.as_deref(),
            messages: &turn.messages,
            usage: turn.usage,
        };
        Self { conversation_id: conversation.id.as_str(), turns: conversation.turns.iter().map(turn).collect() }
    }
}

/// Returns the page for people: each prompt and response under a heading.
fn page(conversation: &Conversation) -> String {
    let mut page = format!("conversation {}\n", conversation.id);
    let mut system = None;
    for turn in &conversation.turns {
        let given = turn.system.as_deref();
        if given != system {
            page += &section("system prompt", given.unwrap_or("none"));
            system = given;
        }
        let mut prompt = turn.prompt().other_kinds().iter().map(|kind| format!("[{kind}]")).collect::<Vec<_>>();
        prompt.extend(turn.prompt().texts());
        page += &section(&format!("prompt, {} UTC", shown_time(&turn.time)), &prompt.join("\n\n"));
        let region = turn.region.as_ref().map_or(String::new(), |region| format!(" from {region}"));
        page += &section(&format!("response, {}{region}", turn.model_id), &turn.response().texts().concat());
    }
    page
}

fn section(heading: &str, text: &str) -> String {
    format!("\n{heading}:\n{}\n", text.trim_end())
}
