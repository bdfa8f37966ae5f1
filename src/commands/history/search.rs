//! `bedrock-ask history search`: the conversations that contain a text, each with the place where it stands first.

use clap::Args;
use serde_json::json;

use super::{shortened, shown_time};
use crate::commands::table::Column;
use crate::error::{Error, ExitCode};
use crate::history::{Conversation, History, Turn};
use crate::output::Output;

/// How many characters of the text stand before and after the match.
const BEFORE: usize = 30;
const AFTER: usize = 60;

const COLUMNS: [Column; 4] = [
    Column::new("ID", false, 9),
    Column::new("TIME (UTC)", false, 1),
    Column::new("IN", false, 2),
    Column::new("TEXT", false, 5).shrinking_to(20),
];

#[derive(Clone, Debug, Args)]
pub struct Search {
    /// The text, in upper or lower case
    #[arg(value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    text: String,
}

/// Where a conversation contains the text.
struct Match<'a> {
    turn: &'a Turn,
    role: &'static str,
    excerpt: String,
}

impl Search {
    pub fn run(&self, history: &History, output: &mut Output) -> Result<ExitCode, Error> {
        let wanted: Vec<_> = self.text.chars().flat_map(char::to_lowercase).collect();
        let view = |conversation: &Conversation| {
            let Match { turn, role, excerpt } = find(conversation, &wanted)?;
            let id = conversation.id.to_string();
            let object = json!({
                "conversationId": id,
                "time": turn.time,
                "modelId": turn.model_id,
                "role": role,
                "excerpt": excerpt,
            });
            let place = if role == "user" { "prompt" } else { "response" };
            Some((vec![id, shown_time(&turn.time), place.to_owned(), excerpt], object))
        };
        super::print(history, &COLUMNS, &format!("no conversation contains `{}`", self.text), view, output)
    }
}

/// Returns the first place of a conversation with this text, which is in lower case.
fn find<'a>(conversation: &'a Conversation, wanted: &[char]) -> Option<Match<'a>> {
    conversation.turns.iter().find_map(|turn| {
        turn.messages.iter().zip(["user", "assistant"]).find_map(|(message, role)| {
            let excerpt = message.texts().iter().find_map(|text| excerpt(text, wanted))?;
            Some(Match { turn, role, excerpt })
        })
    })
}

/// Returns the text about the first match, on one line.
fn excerpt(text: &str, wanted: &[char]) -> Option<String> {
    let (start, end) = position(text, wanted)?;
    let begin = text[..start].char_indices().rev().take(BEFORE).last().map_or(start, |(at, _)| at);
    let stop = text[end..].char_indices().nth(AFTER).map_or(text.len(), |(at, _)| end + at);
    let before = if begin > 0 { "…" } else { "" };
    let after = if stop < text.len() { "…" } else { "" };
    Some(format!("{before}{}{after}", shortened(&text[begin..stop], stop - begin)))
}

/// Returns where a text in lower case stands first, as the range of bytes in the original.
fn position(text: &str, wanted: &[char]) -> Option<(usize, usize)> {
    text.char_indices().find_map(|(start, _)| {
        let mut wanted = wanted.iter();
        let mut end = start;
        for letter in text[start..].chars() {
            if wanted.len() == 0 {
                break;
            }
            if !letter.to_lowercase().all(|lower| wanted.next().is_none_or(|wanted| *wanted == lower)) {
                return None;
            }
            end += letter.len_utf8();
        }
        (wanted.len() == 0).then_some((start, end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, wanted: &str) -> Option<String> {
        excerpt(text, &wanted.chars().flat_map(char::to_lowercase).collect::<Vec<_>>())
    }

    #[test]
    fn a_text_is_found_in_any_case_and_shown_with_the_text_beside_it() {
        for (text, wanted, expected) in [
            ("What is\nan Inference  profile?", "INFERENCE", Some("What is an Inference profile?")),
            ("STRASSE", "straße", None),
            ("Die Straße", "STRAßE", Some("Die Straße")),
            ("İstanbul", "i\u{307}s", Some("İstanbul")),
            ("ab", "abc", None),
            ("aab", "ab", Some("aab")),
            ("", "x", None),
            ("日本語", "本", Some("日本語")),
        ] {
            assert_eq!(found(text, wanted).as_deref(), expected, "{text} {wanted}");
        }
        let long = format!("{}x{}", "a".repeat(100), "é".repeat(100));
        assert_eq!(found(&long, "x"), Some(format!("…{}x{}…", "a".repeat(30), "é".repeat(60))));
    }
}
