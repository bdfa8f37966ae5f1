//! `--continue` and `--conversation`: which earlier messages are sent before the prompt, and whether the turn is saved.

use std::io::IsTerminal;

use clap::Args;

use super::exchange::Exchange;
use crate::aws::{ConverseResponse, REASONING};
use crate::commands::history::{self, HISTORY};
use crate::config::value::SaveHistory;
use crate::config::{Origin, Setting};
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::history::{Conversation, ConversationId, ConverseMessage, TokenCounts, Turn, kind_of, text_of};
use crate::output::Output;
use bedrock_ask::model::resolution::Resolution;

/// The kinds of content that AWS accepts only beside `toolConfig`, and each with its answer.
const TOOLS: [&str; 2] = ["toolUse", "toolResult"];

const CACHE_POINT: &str = "cachePoint";

/// The most words of a prompt that a note shows, in characters.
const LONGEST_TITLE: usize = 40;

/// The flags of `ask` that continue a conversation.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct ConversationArgs {
    /// Continue the last conversation
    ///
    /// Its earlier prompts and responses are sent before the prompt, with attachments, as they were sent the first time. The
    /// model and the system prompt stay the same unless `--model` and `--system` name others.
    #[arg(short = 'c', long = "continue")]
    continues: bool,
    /// Continue the conversation with this ID, or with the only one that begins so; `history list` lists them
    #[arg(long, value_name = "ID", conflicts_with = "continues")]
    conversation: Option<String>,
    /// The conversation, once it is read.
    #[arg(skip)]
    earlier: Option<Box<Conversation>>,
    /// The ID under which turns are saved, once there is one.
    #[arg(skip)]
    id: Option<ConversationId>,
    /// The size of the conversation of this ID as it is known here, in bytes.
    #[arg(skip)]
    size: u64,
    /// The turns of this run, if it has several.
    #[arg(skip)]
    new_turns: Option<Vec<Turn>>,
}

/// The messages that are sent before the prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarlierMessages {
    /// Each as JSON, oldest first.
    pub messages: Vec<String>,
    /// What differs from the earlier requests, for the user.
    pub notes: Vec<String>,
}

impl ConversationArgs {
    /// Reads the conversation to continue, and takes the model and the system prompt from its last turn unless flags or a template give
    /// others.
    ///
    /// # Errors
    /// If there is no such conversation, it is damaged, or the turn could not be saved.
    pub fn complete_settings(
        &mut self,
        words: &[String],
        context: &mut Context,
        output: &mut Output,
    ) -> Result<(), Error> {
        let Some(flag) = self.flag() else { return Ok(()) };
        let Setting { value, origin } = &context.settings.history;
        if *value == SaveHistory::Never {
            let hint = match origin {
                Origin::Environment(variable) => format!("unset `{variable}`, or set it to `terminal`"),
                _ => format!("bedrock-ask config set {HISTORY} terminal"),
            };
            let what = format!("`{flag}` needs the history, which is set to `never` ({origin})");
            return Err(Error::usage(what).hint(hint));
        }
        let history = history::open(context)?;
        reject_id_in_prompt(words.first(), self.continues, &history)?;
        let conversation = match &self.conversation {
            Some(text) => history::find(text, &history)?,
            None => history.last().map_err(history::failed)?.ok_or_else(|| {
                Error::usage(format!("there is no conversation to continue in `{}`", history.folder().display()))
            })?,
        };
        let last = history::last_turn(&conversation)?;
        let origin = Origin::Conversation(conversation.id.to_string());
        let settings = &mut context.settings;
        if !is_chosen(&settings.model.origin) {
            // Where nothing is resolved, only the ID that was invoked is right.
            let model = if settings.resolve.value { &last.model } else { &last.model_id };
            settings.model = Setting::new(Some(model.clone()), origin.clone());
        }
        if !is_chosen(&settings.system.origin) {
            settings.system = Setting::new(last.system.clone(), origin);
        }
        if self.continues {
            output.note(&continued(&conversation));
        }
        self.id = Some(conversation.id.clone());
        self.size = conversation.size;
        self.earlier = Some(Box::new(conversation));
        Ok(())
    }

    /// Reads the conversation again if another process has changed it, so that the next prompt is sent after all of it.
    pub fn update(&mut self, context: &Context, output: &mut Output) -> Result<(), Error> {
        let Some(id) = &self.id else { return Ok(()) };
        let read = history::open(context)?.read(id).map_err(history::failed)?;
        let Some(conversation) = read.filter(|conversation| conversation.size != self.size) else { return Ok(()) };
        history::last_turn(&conversation)?;
        let turns = history::turns_in_words(conversation.turns.len());
        output.note(&format!(
            "another process changed the conversation {id}; the prompt is sent after the {turns} that it has now"
        ));
        // Those that could not be saved are not in the file.
        self.new_turns.iter_mut().for_each(|turns| turns.retain(|turn| !conversation.turns.contains(turn)));
        self.size = conversation.size;
        self.earlier = Some(Box::new(conversation));
        Ok(())
    }

    /// Returns what to say if the conversation goes to another source Region than its last turn.
    pub fn change_of_region(&self, resolution: &Resolution) -> Option<String> {
        let region = resolution.source_region?;
        let last = self.turns().next_back()?.region.as_deref().filter(|last| *last != region.name)?;
        Some(format!("the whole conversation is sent to {region}; its last turn was sent to {last}"))
    }

    /// Returns the messages to send before the prompt to this model.
    ///
    /// # Errors
    /// If nothing is left of a message.
    pub fn earlier_messages(&self, resolution: &Resolution) -> Result<EarlierMessages, Error> {
        let mut earlier = EarlierMessages::default();
        let model = model_of(resolution);
        let last = self.turns().next_back().filter(|last| !is_by(last, resolution));
        earlier.notes.extend(last.map(|last| {
            format!("the conversation continues with `{model}`; its last response is from `{}`", last.model)
        }));
        for turn in self.turns().rev() {
            let is_own = is_by(turn, resolution);
            let note = format!("the reasoning of `{}` is not sent to `{model}`", turn.model);
            if !is_own
                && turn.response().other_kinds().iter().any(|kind| kind == REASONING)
                && !earlier.notes.contains(&note)
            {
                earlier.notes.push(note);
            }
            for message in turn.messages.iter().rev() {
                earlier.messages.push(sendable(message, is_own).map_err(|reason| {
                    let id = self.id.as_ref().map_or(String::new(), |id| format!(" `{id}`"));
                    Error::usage(format!("the conversation{id} cannot be continued")).cause(reason)
                })?);
            }
        }
        earlier.messages.reverse();
        Ok(earlier)
    }

    /// Keeps the turns of this run, so that each prompt is sent after the earlier ones.
    pub fn keep_in_memory(&mut self) {
        self.new_turns = Some(Vec::new());
    }

    /// Whether the turns of this run are kept.
    pub fn is_in_memory(&self) -> bool {
        self.new_turns.is_some()
    }

    /// Returns the turns before the prompt, those of this run last.
    pub fn turns(&self) -> impl DoubleEndedIterator<Item = &Turn> {
        let saved = self.earlier.iter().flat_map(|conversation| &conversation.turns);
        saved.chain(self.new_turns.iter().flatten())
    }

    /// Whether the turn is kept or saved if the response is complete.
    pub fn is_kept(&self, context: &Context, output: &Output) -> bool {
        self.is_in_memory() || self.is_saved(context, output)
    }

    /// Whether the turn is saved if the response is complete.
    fn is_saved(&self, context: &Context, output: &Output) -> bool {
        match context.settings.history.value {
            SaveHistory::Never => false,
            SaveHistory::Always => true,
            SaveHistory::Terminal => {
                let is_terminal = output.is_terminal() || std::io::stdin().is_terminal();
                self.flag().is_some() || (is_terminal && !context.environment.is_ci())
            }
        }
    }

    /// Saves the turn of a complete response, if turns are saved here. `system` is the system prompt before anything was
    /// dropped of the request. A turn that cannot be saved is a warning.
    pub fn save(
        &mut self,
        exchange: &Exchange<'_>,
        system: Option<String>,
        response: &ConverseResponse,
        output: &mut Output,
    ) {
        if !exchange.request.returns_message {
            return;
        }
        if response.stop_reason == "max_tokens" {
            output.note("the turn is not saved in the history, because `--max-tokens` cut the response");
            return;
        }
        let outcome = turn(exchange, system, response).and_then(|turn| {
            let saved = if self.is_saved(exchange.context, output) {
                self.append(&turn, exchange.context, output)
            } else {
                Ok(())
            };
            self.new_turns.iter_mut().for_each(|turns| turns.push(turn.clone()));
            saved
        });
        if let Err(error) = outcome {
            output.warning(&format!(
                "the turn is not saved in the history: {}; `BEDROCK_ASK_HISTORY=never` saves none",
                error.summary_and_causes()
            ));
        }
    }

    /// Writes the turn to the history. The first time, a note says where it is.
    fn append(&mut self, turn: &Turn, context: &Context, output: &mut Output) -> Result<(), Error> {
        let history = history::open(context)?;
        let saved = history.save(self.id.as_ref(), turn).map_err(history::failed)?;
        if saved.is_first {
            output.note(&format!(
                "conversations are saved in `{}`, so that `--continue` can continue them; `bedrock-ask config set {HISTORY} \
                 never` turns this off",
                history.folder().display()
            ));
        }
        if saved.size_before == self.size {
            self.size = saved.size;
        } else {
            // The size stays the one that was known, so that a chat reads the conversation again.
            output.warning(&format!(
                "another process changed the conversation {} during the response, which does not take the change into account",
                saved.id
            ));
        }
        self.id = Some(saved.id);
        Ok(())
    }

    fn flag(&self) -> Option<&'static str> {
        match (self.continues, &self.conversation) {
            (true, _) => Some("--continue"),
            (false, Some(_)) => Some("--conversation"),
            (false, None) => None,
        }
    }
}

/// Whether the command line chose the value of a setting.
fn is_chosen(origin: &Origin) -> bool {
    matches!(origin, Origin::Flag(_) | Origin::Template { .. })
}

/// Refuses `-c ID`: the ID would become the prompt.
fn reject_id_in_prompt(word: Option<&String>, continues: bool, history: &history::History) -> Result<(), Error> {
    let Some(id) = word.and_then(|word| word.parse::<ConversationId>().ok()).filter(|_| continues) else {
        return Ok(());
    };
    if !history.ids().is_ok_and(|ids| ids.contains(&id)) {
        return Ok(());
    }
    let what = format!("`{id}` in the prompt is the ID of a conversation, and `--continue` takes none");
    Err(Error::usage(what).hint(format!("--conversation {id}")))
}

fn continued(conversation: &Conversation) -> String {
    let turns = history::turns_in_words(conversation.turns.len());
    let title = history::title(conversation, LONGEST_TITLE);
    format!("continuing conversation {} of {turns}: {title}", conversation.id)
}

/// Returns what the next turn resolves: the foundation model, but the ARN of a resource of the account, and what was sent as
/// it was written.
fn model_of(resolution: &Resolution) -> &str {
    let model = resolution.model.as_ref().filter(|_| !resolution.id.starts_with("arn:"));
    model.unwrap_or(&resolution.id)
}

/// Whether the response of a turn is from the model of this resolution.
fn is_by(turn: &Turn, resolution: &Resolution) -> bool {
    turn.model == model_of(resolution) || turn.model_id == resolution.id
}

/// Returns a message without what AWS refuses of it: blank text, tools without `toolConfig`, the reasoning of another model,
/// and cache points, whose number and order are those of this request. It is byte for byte the same if there is none of these.
fn sendable(message: &ConverseMessage, is_own: bool) -> Result<String, String> {
    let is_sent = |block: &&str| {
        let kind = kind_of(block).unwrap_or_default();
        let is_blank = text_of(block).is_some_and(|text| text.trim().is_empty());
        !is_blank && kind != CACHE_POINT && !TOOLS.contains(&kind.as_str()) && (is_own || kind != REASONING)
    };
    let blocks = message.blocks();
    let kept: Vec<_> = blocks.iter().copied().filter(is_sent).collect();
    if kept.len() == blocks.len() {
        return Ok(message.as_str().to_owned());
    }
    if kept.is_empty() {
        return Err("a message has no content that can be sent".to_owned());
    }
    ConverseMessage::new(&message.role(), &kept).map(|message| message.as_str().to_owned())
}

fn turn(exchange: &Exchange<'_>, system: Option<String>, response: &ConverseResponse) -> Result<Turn, Error> {
    let failed = |reason: &str| Error::new(ExitCode::Failure, reason);
    let sent = response.sent_message.clone().ok_or_else(|| failed("the request has no message"))?;
    let user = ConverseMessage::from_json(sent).map_err(|reason| failed(&reason))?;
    let received: Vec<_> = response.content.to_json().iter().map(ToString::to_string).collect();
    // AWS accepts a call of a tool only with its result behind it, so what was printed of it is saved as text.
    let is_tool = |block: &&String| TOOLS.contains(&kind_of(block).unwrap_or_default().as_str());
    let has_text = received.iter().any(|block| text_of(block).is_some_and(|text| !text.trim().is_empty()));
    let mut blocks: Vec<_> = received.iter().filter(|block| !is_tool(block)).cloned().collect();
    if !has_text || (exchange.form.is_held() && blocks.len() < received.len()) {
        let printed = exchange.form.render(response)?;
        if printed.trim().is_empty() {
            return Err(failed("the response has no text"));
        }
        blocks.push(serde_json::json!({ "text": printed }).to_string());
    }
    let assistant = ConverseMessage::new("assistant", &blocks).map_err(|reason| failed(&reason))?;
    let resolution = &exchange.resolution;
    let mut turn = Turn::new(
        exchange.context.now,
        model_of(resolution).to_owned(),
        exchange.request.model_id.clone(),
        [user, assistant],
    );
    turn.region = resolution.source_region.map(|region| region.name.to_owned());
    turn.system = system;
    turn.usage = response.usage.map(|usage| TokenCounts {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
    });
    Ok(turn)
}
