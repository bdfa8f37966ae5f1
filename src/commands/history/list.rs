//! `bedrock-ask history list`: a line for each conversation.

use clap::Args;
use serde_json::json;

use super::{each, shown_time, title};
use crate::commands::table::{self, Column};
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::history::History;
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

/// List the conversations, the last one first
#[derive(Clone, Debug, Args)]
pub struct List {}

impl List {
    pub fn run(history: &History, output: &mut Output) -> Result<ExitCode, Error> {
        let (mut rows, mut objects) = (Vec::new(), Vec::new());
        let is_json = output.format() == Format::Json;
        each(history, output, |conversation| {
            let Some(last) = conversation.turns.last() else { return };
            let (id, count) = (conversation.id.to_string(), conversation.turns.len());
            let prompt = title(conversation, LONGEST);
            if is_json {
                objects.push(json!({
                    "conversationId": id,
                    "time": last.time,
                    "modelId": last.model_id,
                    "region": last.region,
                    "turnCount": count,
                    "prompt": prompt,
                }));
            } else {
                rows.push(vec![id, shown_time(&last.time), last.model_id.clone(), count.to_string(), prompt]);
            }
        })?;
        objects.iter().try_for_each(|object| output.json(object))?;
        let hidden = table::print(&COLUMNS, &rows, output)?;
        table::note_hidden(&hidden, "`--format json` has all", output);
        if rows.is_empty() && objects.is_empty() {
            output.note(&format!("there is no conversation in `{}`", history.folder().display()));
        }
        Ok(ExitCode::Success)
    }
}
