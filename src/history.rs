//! Conversations: one file of JSON Lines each under the state directory, a line for each turn. No SDK, no clock and no
//! secrets in here. What a file holds is not trusted.

mod error;
mod file;
mod id;
mod message;
#[cfg(test)]
mod tests;
mod turn;

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::atomic_file;
pub use error::HistoryError;
pub use id::ConversationId;
pub use message::{ConverseMessage, kind_of, text_of};
pub use turn::{TokenCounts, Turn};

/// The conversations of a user.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// A conversation: its whole turns, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    pub id: ConversationId,
    pub turns: Vec<Turn>,
    pub damage: Option<Damage>,
    /// The size of its whole lines in bytes, which tells whether it has changed since.
    pub size: u64,
}

/// The lines of a conversation that are no turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first of them as an error, with its position.
    pub first: HistoryError,
    /// How many there are.
    pub lines: usize,
}

/// What a part of an ID stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    One(ConversationId),
    None,
    Several(Vec<ConversationId>),
}

/// Where a turn was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub id: ConversationId,
    /// Whether this is the first conversation of all.
    pub is_first: bool,
    /// The size of the conversation in bytes before the turn.
    pub size_before: u64,
    /// Its size with the turn.
    pub size: u64,
}

impl History {
    /// Creates the history in this directory, which may not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the IDs of the conversations, the one that was written last first. Links are left out, like every file
    /// that this program did not name.
    pub fn ids(&self) -> Result<Vec<ConversationId>, HistoryError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(HistoryError::cannot("read", &self.folder))?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(HistoryError::cannot("read", &self.folder))?;
            let Some(id) = ConversationId::from_file_name(&entry.file_name()) else { continue };
            // A file that another process has deleted meanwhile has no metadata.
            if let Ok(metadata) = entry.metadata()
                && metadata.is_file()
            {
                found.push((metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), id));
            }
        }
        found.sort_by(|one, other| other.cmp(one));
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// Returns the conversation that was written last; `None` if there is none with a turn.
    pub fn last(&self) -> Result<Option<Conversation>, HistoryError> {
        for id in self.ids()? {
            // One that is deleted meanwhile, or that a killed process has only begun, is none.
            if let Some(conversation) = self.read(&id)?
                && !conversation.is_empty()
            {
                return Ok(Some(conversation));
            }
        }
        Ok(None)
    }

    /// Returns the conversation whose ID begins with this text. A whole ID is never ambiguous.
    pub fn find(&self, text: &str) -> Result<Found, HistoryError> {
        let mut ids = self.ids()?;
        ids.retain(|id| id.as_str().starts_with(text) && !text.is_empty());
        if let Some(at) = ids.iter().position(|id| id.as_str() == text) {
            return Ok(Found::One(ids.swap_remove(at)));
        }
        Ok(match ids.len() {
            0 => Found::None,
            1 => Found::One(ids.swap_remove(0)),
            _ => Found::Several(ids),
        })
    }

    /// Reads a conversation, or returns `None` if there is none with this ID.
    ///
    /// # Errors
    /// If the file cannot be read. A damaged line is no error, but is in the conversation.
    pub fn read(&self, id: &ConversationId) -> Result<Option<Conversation>, HistoryError> {
        let path = self.path(id);
        let content = file::read(&path).map_err(HistoryError::cannot("read", &path))?;
        let Some(content) = content else { return Ok(None) };
        let (mut turns, mut damage, mut size) = (Vec::new(), None::<Damage>, 0);
        for (index, line) in file::whole_lines(&content).enumerate() {
            size += line.len() as u64;
            match Turn::from_line(line.trim_ascii_end()) {
                Ok(turn) => turns.push(turn),
                Err(reason) => match &mut damage {
                    Some(damage) => damage.lines += 1,
                    None => damage = Some(Damage { first: HistoryError::damaged(&path, index + 1, reason), lines: 1 }),
                },
            }
        }
        Ok(Some(Conversation { id: id.clone(), turns, damage, size }))
    }

    /// Adds a turn to a conversation, or begins one with it.
    ///
    /// # Errors
    /// If it cannot be written; what was written before is kept.
    pub fn save(&self, id: Option<&ConversationId>, turn: &Turn) -> Result<Saved, HistoryError> {
        let line = turn.to_line().map_err(HistoryError::cannot("write", &self.folder))?;
        if let Some(id) = id {
            let path = self.path(id);
            let appended = file::append(&path, &line).map_err(HistoryError::cannot("write", &path));
            let (size_before, size) = appended?;
            return Ok(Saved { id: id.clone(), is_first: false, size_before, size });
        }
        let created = atomic_file::create_private_folder(&self.folder);
        let is_first = created.map_err(HistoryError::cannot("write", &self.folder))?;
        let begun = self.begin(&line);
        if is_first && begun.is_err() {
            // The next conversation is then the first one.
            let _ = fs::remove_dir(&self.folder);
        }
        begun.map(|id| Saved { id, is_first, size_before: 0, size: line.len() as u64 })
    }

    /// Deletes a conversation, and returns whether there was one.
    pub fn delete(&self, id: &ConversationId) -> Result<bool, HistoryError> {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(HistoryError::cannot("delete", &path)(error)),
        }
    }

    fn begin(&self, line: &str) -> Result<ConversationId, HistoryError> {
        loop {
            // Two processes that choose the same ID create one file only.
            let id = ConversationId::from_number(RandomState::new().hash_one(std::process::id()));
            let path = self.path(&id);
            if file::create(&path, line).map_err(HistoryError::cannot("write", &path))? {
                return Ok(id);
            }
        }
    }

    fn path(&self, id: &ConversationId) -> PathBuf {
        self.folder.join(id.file_name())
    }
}

impl Conversation {
    /// Whether the file has neither a turn nor a damaged line.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty() && self.damage.is_none()
    }
}
