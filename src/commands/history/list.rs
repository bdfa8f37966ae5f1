//! `bedrock-ask history list`: a line for each conversation.

use serde_json::json;

use super::{shown_time, title};
use crate::commands::table::Column;
use crate::error::{Error, ExitCode};
use crate::history::{Conversation, History};
use crate::output::Output;

/// The most characters of a prompt that are shown.
const LONGEST: usize = 100;

const COLUMNS: [Column; 5] = [
    Column::new("ID", false, 9),
    Column::new("TIME (UTC)", false, 4),
    Column::new("MODEL", false, 2),
    Column::new("TURNS", true, 3),
    Column::new("PROMPT", false, 5).shrinking_to(20),
];

pub fn run(history: &History, output: &mut Output) -> Result<ExitCode, Error> {
    let nothing = format!("there is no conversation in `{}`", history.folder().display());
    let view = |conversation: &Conversation| {
        let last = conversation.turns.last()?;
        let (id, count) = (conversation.id.to_string(), conversation.turns.len());
        let prompt = title(conversation, LONGEST);
        let object = json!({
            "conversationId": id,
            "time": last.time,
            "modelId": last.model_id,
            "region": last.region,
            "turnCount": count,
            "prompt": prompt,
        });
        Some((vec![id, shown_time(&last.time), last.model_id.clone(), count.to_string(), prompt], object))
    };
    super::print(history, &COLUMNS, &nothing, view, output)
}
