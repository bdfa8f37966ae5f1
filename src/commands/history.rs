//! `bedrock-ask history`: lists, shows, searches and deletes the saved conversations. Sends nothing.

mod delete;
mod list;
mod search;
mod show;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::commands::completions::values::Candidate;
use crate::commands::table::{self, Column};
use crate::commands::{ALL_BUT_FORMAT, CommandArgs, OfflineCommand};
use crate::config::Environment;
use crate::config::value::Format;
use crate::context::{Context, LiveCatalogs};
use crate::error::{Error, ExitCode};
pub use crate::history::History;
use crate::history::{Conversation, ConversationId, Found, HistoryError, Turn};
use crate::output::Output;
use delete::Delete;
use search::Search;
use show::Show;

/// The key of the setting.
pub const HISTORY: &str = "history";

/// The most conversations that complete a word: each is read.
const MOST_CANDIDATES: usize = 20;

/// The most characters of the prompt that describes a candidate.
const LONGEST_DESCRIPTION: usize = 50;

const LIST: &str = "`bedrock-ask history list` lists the conversations";

/// List, show, search and delete the saved conversations
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    #[command(subcommand)]
    action: HistoryCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum HistoryCommand {
    /// List the conversations, the last one first
    List,
    /// Show a conversation; if stdout is not a terminal, only its last response
    Show(Show),
    /// List the conversations whose prompts or responses contain a text
    Search(Search),
    /// Delete conversations
    Delete(Delete),
}

impl CommandArgs for HistoryArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        ALL_BUT_FORMAT.to_vec()
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::None
    }
}

impl OfflineCommand for HistoryArgs {
    fn run(self, context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
        let history = open(context)?;
        match self.action {
            HistoryCommand::List => list::run(&history, output),
            HistoryCommand::Show(show) => show.run(&history, output),
            HistoryCommand::Search(search) => search.run(&history, output),
            HistoryCommand::Delete(delete) => delete.run(&history, output),
        }
    }
}

/// Returns the IDs of the conversations for the completion of a word, each with its first words.
pub fn candidates(environment: &Environment) -> Vec<Candidate> {
    let Some(history) = environment.state_folder().map(|folder| History::new(folder.join(HISTORY))) else {
        return Vec::new();
    };
    let ids = history.ids().unwrap_or_default().into_iter().take(MOST_CANDIDATES);
    let candidate = |id| {
        let conversation = history.read(&id).ok().flatten()?;
        Some(Candidate::new(id.as_str(), title(&conversation, LONGEST_DESCRIPTION)))
    };
    ids.filter_map(candidate).collect()
}

/// Returns the history of this user.
///
/// # Errors
/// If the environment names no directory for it.
pub fn open(context: &Context) -> Result<History, Error> {
    let folder = context.environment.state_folder().ok_or_else(|| {
        Error::usage("there is no directory for the history").cause("neither `XDG_STATE_HOME` nor `HOME` is set")
    })?;
    Ok(History::new(folder.join(HISTORY)))
}

/// Returns the error for a file or a directory of the history that cannot be used.
pub fn failed(error: HistoryError) -> Error {
    let HistoryError { what, cause, .. } = error;
    Error::usage(what).causes(cause)
}

/// Returns the conversation with this ID, or with the only one that begins so.
///
/// # Errors
/// If there is none, there are several, or it cannot be read.
pub fn find(text: &str, history: &History) -> Result<Conversation, Error> {
    let id = identify(text, history)?;
    history.read(&id).map_err(failed)?.ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> Error {
    Error::usage(format!("there is no conversation `{text}`")).hint(LIST)
}

/// Returns this ID, or the only one that begins so.
fn identify(text: &str, history: &History) -> Result<ConversationId, Error> {
    let text = text.trim();
    match history.find(text).map_err(failed)? {
        Found::One(id) => Ok(id),
        Found::None => Err(unknown(text)),
        Found::Several(ids) => {
            let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
            Err(Error::usage(format!("`{text}` is the beginning of {} conversation IDs", ids.len()))
                .cause(format!("they are {}", ids.join(", ")))
                .hint(LIST))
        }
    }
}

/// Refuses a conversation with a damaged line, of which not every turn can be read.
fn require_whole(conversation: &Conversation) -> Result<(), Error> {
    let Some(damage) = &conversation.damage else { return Ok(()) };
    let lines = (damage.lines > 1).then(|| format!("{} lines of the file are damaged", damage.lines));
    Err(failed(damage.first.clone())
        .causes(lines)
        .hint("remove the damaged lines from the file, or delete the conversation:")
        .hint(format!("bedrock-ask history delete {}", conversation.id)))
}

/// Returns the last turn of a conversation that is whole.
///
/// # Errors
/// If a line of it is damaged, or it has no turn.
pub fn last_turn(conversation: &Conversation) -> Result<&Turn, Error> {
    require_whole(conversation)?;
    let last = conversation.turns.last();
    last.ok_or_else(|| Error::usage(format!("the conversation `{}` has no turn", conversation.id)))
}

pub fn turns_in_words(count: usize) -> String {
    if count == 1 { "1 turn".to_owned() } else { format!("{count} turns") }
}

/// Prints a row for each conversation that `view` has one for, or with `--format json` an object; `nothing` is the note
/// if there is none. Warns of damaged lines.
fn print(
    history: &History,
    columns: &[Column],
    nothing: &str,
    view: impl Fn(&Conversation) -> Option<(Vec<String>, Value)>,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let (mut rows, mut objects) = (Vec::new(), Vec::new());
    for id in history.ids().map_err(failed)? {
        // One that was deleted meanwhile is no longer there.
        let conversation = match history.read(&id) {
            Ok(Some(conversation)) => conversation,
            Ok(None) => continue,
            Err(error) => {
                output.warning(&joined(&error));
                continue;
            }
        };
        if let Some(damage) = &conversation.damage {
            let others = match damage.lines {
                1 => String::new(),
                count => format!(" ({count} lines of the file are damaged)"),
            };
            output.warning(&format!("{}{others}", joined(&damage.first)));
        }
        if let Some((row, object)) = view(&conversation) {
            rows.push(row);
            objects.push(object);
        }
    }
    if output.format() == Format::Json {
        objects.iter().try_for_each(|object| output.json(object))?;
    } else {
        let hidden = table::print(columns, &rows, output)?;
        table::note_hidden(&hidden, "`--format json` has all", output);
    }
    if rows.is_empty() {
        output.note(nothing);
    }
    Ok(ExitCode::Success)
}

fn joined(error: &HistoryError) -> String {
    let cause = error.cause.as_ref().map_or(String::new(), |cause| format!(": {cause}"));
    format!("{}{cause}", error.what)
}

/// Returns the first words of the first prompt, on one line of at most this many characters.
pub fn title(conversation: &Conversation, longest: usize) -> String {
    let texts = conversation.turns.first().map(|turn| turn.prompt().texts()).unwrap_or_default();
    // What is attached as text stands before the prompt.
    let prompt = texts.last().map_or("", String::as_str);
    shortened(prompt, longest)
}

/// Returns a text as words with single spaces, cut to this many characters.
fn shortened(text: &str, longest: usize) -> String {
    let words = table::words(text);
    if words.chars().count() <= longest {
        return words;
    }
    words.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// Returns a time such as `2026-11-27T12:41:33Z` as it is shown to people.
fn shown_time(time: &str) -> String {
    time.replacen('T', " ", 1).chars().filter(|letter| !letter.is_control()).take("2026-11-27 12:41".len()).collect()
}
