//! The records of a job and their results.

use serde_json::{Value, json};

use super::super::rules::arn_resource;
use super::Answers;
use super::validation::place;
use crate::fake_s3::Store;

/// The result of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordReply {
    /// The response of the model, as Converse returns it.
    Output(Value),
    /// An error with this code and message.
    Error(u16, String),
    /// The error of a record whose time had run out.
    Expired,
    /// No line.
    Missing,
    /// These bytes in place of the line.
    Raw(String),
}

/// The numbers of records, and the tokens.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub total: usize,
    pub succeeded: usize,
    pub failed: usize,
    input_tokens: u64,
    output_tokens: u64,
}

/// The input of a job, file by file.
pub struct Output {
    /// The name relative to the input's folder, and the records.
    files: Vec<(String, Vec<Value>)>,
}

impl RecordReply {
    /// Responds with this text, for seven tokens of input and three of output.
    pub fn text(text: &str) -> Self {
        Self::Output(json!({
            "metrics": {"latencyMs": 321},
            "output": {"message": {"content": [{"text": text}], "role": "assistant"}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10},
        }))
    }

    /// Responds with the text of the record's last message.
    pub fn echo(record: &Value) -> Self {
        let messages = record["modelInput"]["messages"].as_array();
        let blocks = messages.and_then(|messages| messages.last()?["content"].as_array());
        let texts = blocks.into_iter().flatten().filter_map(|block| block["text"].as_str());
        Self::text(&texts.collect::<String>())
    }

    /// Returns the line of the output, with its line break.
    fn line(&self, record: &Value, id: &str) -> Option<String> {
        let error = |code: u16, message: &str, expired: bool| {
            let error = json!({"errorCode": code, "errorMessage": message, "expired": expired, "retryable": expired});
            json!({"recordId": id, "modelInput": record["modelInput"], "error": error})
        };
        let line = match self {
            Self::Output(output) => json!({"recordId": id, "modelInput": record["modelInput"], "modelOutput": output}),
            Self::Error(code, message) => error(*code, message, false),
            Self::Expired => error(408, "The record was not processed in time: the exact words are not known", true),
            Self::Missing => return None,
            Self::Raw(line) => return Some(line.clone()),
        };
        Some(format!("{line}\n"))
    }
}

impl Counts {
    /// Counts this many records, of which none is processed.
    pub fn of(total: usize) -> Self {
        Self { total, ..Self::default() }
    }

    /// Returns the number of records that were processed.
    pub fn processed(&self) -> usize {
        self.succeeded + self.failed
    }

    fn add(&mut self, reply: &RecordReply) {
        match reply {
            RecordReply::Output(output) => {
                self.succeeded += 1;
                let tokens = |name: &str| output["usage"][name].as_u64().unwrap_or_default();
                self.input_tokens += tokens("inputTokens");
                self.output_tokens += tokens("outputTokens");
            }
            RecordReply::Error(..) | RecordReply::Expired | RecordReply::Raw(_) => self.failed += 1,
            RecordReply::Missing => {}
        }
    }

    fn manifest(&self) -> Value {
        json!({
            "totalRecordCount": self.total,
            "processedRecordCount": self.processed(),
            "successRecordCount": self.succeeded,
            "errorRecordCount": self.failed,
            "inputTokenCount": self.input_tokens,
            "outputTokenCount": self.output_tokens,
        })
    }
}

impl Output {
    /// Returns the keys of the input's files: the one that the URI names, or those in the folder.
    pub fn input_keys(store: &Store, uri: &str) -> Vec<String> {
        let (bucket, key) = place(uri).unwrap_or_default();
        let mut keys = store.keys(bucket, key);
        let folder = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
        keys.retain(|one| one.strip_suffix(".jsonl").is_some() && (one == key || one.starts_with(&folder)));
        keys
    }

    /// Reads the input, or returns a line that is no record.
    pub fn read(store: &Store, request: &Value) -> Result<Self, String> {
        let uri = request["inputDataConfig"]["s3InputDataConfig"]["s3Uri"].as_str().unwrap_or_default();
        let (bucket, key) = place(uri).unwrap_or_default();
        let mut files = Vec::new();
        for found in Self::input_keys(store, uri) {
            let text = String::from_utf8(store.get(bucket, &found).unwrap_or_default());
            let text = text.map_err(|_| format!("{found} is not UTF-8"))?;
            let lines = text.lines().map(|line| {
                let record = serde_json::from_str::<Value>(line).ok().filter(|it| it["modelInput"].is_object());
                record.ok_or_else(|| line.to_owned())
            });
            let folder = if found == key { key.rsplit_once('/').map_or("", |(folder, _)| folder) } else { key };
            let name = found[folder.len()..].trim_start_matches('/').to_owned();
            files.push((name, lines.collect::<Result<_, _>>()?));
        }
        Ok(Self { files })
    }

    /// Returns the number of records.
    pub fn records(&self) -> usize {
        self.files.iter().map(|(_, records)| records.len()).sum()
    }

    /// Writes the results of as many records as the job gets done, and the manifest.
    pub fn write(&self, store: &Store, request: &Value, arn: &str, most: usize, answers: &mut Answers) -> Counts {
        let uri = request["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str().unwrap_or_default();
        let (bucket, folder) = place(uri).unwrap_or_default();
        let folder = folder.trim_end_matches('/');
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let folder = format!("{folder}{}", arn_resource(arn).1);
        let mut counts = Counts::of(self.records());
        let mut number = 0;
        for (name, records) in &self.files {
            let mut lines = Vec::new();
            for record in records {
                number += 1;
                if number > most {
                    break;
                }
                let reply = if record["modelInput"]["toolConfig"].is_null() {
                    answers(record)
                } else {
                    let message = "Tool use is not supported for batch inference Converse requests.";
                    RecordReply::Error(400, message.to_owned())
                };
                counts.add(&reply);
                let id = record["recordId"].as_str().map_or_else(|| format!("AWS{number:08}"), str::to_owned);
                lines.extend(reply.line(record, &id));
            }
            lines.reverse();
            store.put(bucket, &format!("{folder}/{name}.out"), lines.concat().as_bytes());
        }
        store.put(bucket, &format!("{folder}/manifest.json.out"), counts.manifest().to_string().as_bytes());
        counts
    }
}
